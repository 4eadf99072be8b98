"""A run: start `python -m bot run`, kill it at a random instant, look at what it left, start it again; in the end let
it finish and count.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.emulator import Emulator
from bot.services.delivery import DeliverySettings
from bot.storage import Storage
from tests.conftest import Desk
from tests.crash.scene import Edition, Sizes, digests, populate, subscribe
from tests.crash.witness import (
    Message,
    Snapshot,
    arrived,
    by_place,
    disordered,
    expected_parts,
    lost,
    repeated,
    snapshot,
)

LATENCY = 0.02
# How often a digest is there before the start, when there is nothing left to send.
_FOUND_AT_START = {"starting": 0.5, "sending": 1.0, "ingesting": 0.3, "ending": 1.0}
_PATIENCE = 400.0  # seconds for the end: a group takes 20 messages a minute
Process = subprocess.Popen[bytes]
# Everything is imported before the gate opens, while the process before still lives: a start takes a third of the time.
_GATED = (
    "import runpy, sys, bot.cli.program, bot.cli.running; sys.stdin.readline();"
    "sys.argv = ['bot', 'run']; runpy.run_module('bot', run_name='__main__', alter_sys=True)"
)


@dataclass
class Kill:
    """One kill: when it hit, and how many messages had arrived that the ledger did not know as sent."""

    moment: str
    unrecorded: int
    sending: int


@dataclass
class Report:
    """What a run found. `repeated` must not exceed the sum of what was in flight at the kills."""

    kills: list[Kill] = field(default_factory=list)
    digests: int = 0
    places: int = 0
    messages: int = 0
    lost: int = 0
    repeated: int = 0
    disordered: int = 0
    invented: int = 0
    unfinished: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    workers: int = 0
    violations: list[str] = field(default_factory=list)
    exit_code: int | None = None
    seconds: float = 0.0

    @property
    def in_flight(self) -> int:
        """Messages that had arrived unrecorded, over all kills."""
        return sum(kill.unrecorded for kill in self.kills)

    def lines(self) -> list[str]:
        """For people."""
        moments = Counter(kill.moment for kill in self.kills)
        most = max((kill.unrecorded for kill in self.kills), default=0)
        hits = sum(1 for kill in self.kills if kill.unrecorded)
        when = ", ".join(f"{count} while {moment}" for moment, count in sorted(moments.items()))
        what = f"lost {self.lost}; out of order {self.disordered}; recorded but never sent {self.invented}"
        where = f"{hits} kills hit some, at most {most} at once; {self.workers} are allowed"
        return [
            f"{len(self.kills)} kills in {self.seconds:.0f} s: {when}",
            f"{self.digests} digests to {self.places} places, {self.messages} messages arrived",
            f"{what}; unfinished {self.unfinished} {self.waiting or ''}",
            f"repeated {self.repeated}, of {self.in_flight} in flight at the kills ({where})",
        ]

    @property
    def broken(self) -> list[str]:
        """What of the promise does not hold."""
        worst = max((kill.unrecorded for kill in self.kills), default=0)
        faults = {
            "lost": self.lost,
            "out of order": self.disordered,
            "recorded but never sent": self.invented,
            "unfinished": self.unfinished,
            "repeated beyond what was in flight": max(0, self.repeated - self.in_flight),
            "more in flight than workers": max(0, worst - self.workers),
            "arrived unrecorded, but not marked as being sent": sum(
                1 for kill in self.kills if kill.unrecorded > kill.sending
            ),
            "calls the server would not like": len(self.violations),
            "exit code": self.exit_code,
        }
        return [f"{name}: {count}" for name, count in faults.items() if count]


class Crashes:
    """Kills the bot. `root` holds its data; `url` its database."""

    def __init__(self, root: Path, url: str, *, seed: int, sizes: Sizes = Sizes(), rate: float = 600.0) -> None:
        self._root = root
        self._url = url
        self._random = random.Random(seed)
        self._digests = digests(random.Random(seed + 1))
        self._sizes = sizes
        self._rate = rate
        self._emulator = Emulator(latency=LATENCY, history=20)
        self._desk = Desk(root / "digests")
        self._published: list[Edition] = []
        self._taken: set[Message] = set()  # arrived but unrecorded at some kill
        self._report = Report(workers=DeliverySettings(rate=rate).workers)
        self._last = Snapshot(frozenset(), 0, 0, 0)
        self._waiting: Process | None = None

    async def run(self, kills: int, *, seconds: float) -> Report:
        """Kill so many times, or until the time is up; then finish."""
        began = time.monotonic()
        self._desk.folder.mkdir(parents=True)
        places = populate(self._emulator, self._sizes)
        self._report.places = len(places)
        with Storage.open(self._url) as storage:
            storage.upgrade()
            subscribe(storage, places)
        async with self._emulator:
            self._publish()
            try:
                while len(self._report.kills) < kills and time.monotonic() - began < seconds:
                    await self._life()
                await self._finish()
            finally:
                self._dismiss()
            self._count(set(places))
        self._report.seconds = time.monotonic() - began
        return self._report

    # The process

    def _spawn(self) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        environment |= {
            "DIGESTBOT_TOKEN": self._emulator.token,
            "DIGESTBOT_API_BASE_URL": self._emulator.url,
            "DIGESTBOT_DATA_DIR": str(self._root),
            "DIGESTBOT_DATABASE_URL": self._url,
            "DIGESTBOT_HTTP_ADDRESS": "off",
            "DIGESTBOT_RATE": str(self._rate),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        with (self._root / "log").open("ab") as log:
            return subprocess.Popen(
                (sys.executable, "-c", _GATED), cwd=self._root, env=environment, stdin=-1, stdout=log, stderr=log
            )

    def _start(self) -> Process:
        process = self._waiting or self._spawn()
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        self._waiting = self._spawn()
        return process

    def _dismiss(self) -> None:
        if self._waiting is not None:
            self._waiting.kill()
            self._waiting.communicate()

    async def _life(self) -> None:
        moments: dict[str, Callable[[Process], Awaitable[None]]] = {
            "starting": self._while_starting,
            "sending": self._while_sending,
            "ingesting": self._while_ingesting,
            "ending": self._while_ending,
        }
        moment = self._random.choices(list(moments), (2, 6, 2, 1))[0]
        if self._idle() and self._random.random() < _FOUND_AT_START[moment]:
            self._publish()  # found at the start
        process = self._start()
        await moments[moment](process)
        process.kill()
        await asyncio.to_thread(process.wait)
        if process.returncode not in {-signal.SIGKILL, -signal.SIGTERM, 0}:
            raise AssertionError(f"the bot ended by itself with {process.returncode}; see {self._root / 'log'}")
        await self._look(moment)

    async def _while_starting(self, _: Process) -> None:
        await asyncio.sleep(self._random.uniform(0.0, 0.8))

    async def _while_sending(self, process: Process) -> None:
        goal = self._sends() + self._random.randint(1, self._sizes.private // 2)
        # A busy machine is slow to start; when only chats that must wait are left, there is no use in waiting for them.
        patience = 15.0 if self._last.pending + self._last.batches > 20 or not self._all_ingested() else 3.0
        await self._wait(lambda: self._sends() >= goal or process.poll() is not None, seconds=patience)
        await asyncio.sleep(self._random.uniform(0.0, 2 * LATENCY))

    async def _while_ingesting(self, _: Process) -> None:
        await asyncio.sleep(self._random.uniform(0.5, 1.2))
        if self._idle():
            self._publish()
        await asyncio.sleep(self._random.uniform(0.2, 0.7))

    async def _while_ending(self, process: Process) -> None:
        await self._while_sending(process)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(self._random.uniform(0.0, 0.15))

    async def _finish(self) -> None:
        process = self._start()
        done, until = 0, time.monotonic() + _PATIENCE
        while done < 2 and process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(0.2)
            self._last = await asyncio.to_thread(snapshot, self._url, alive=True)
            done = done + 1 if self._last.pending == self._last.batches == 0 and self._all_ingested() else 0
        self._report.unfinished = self._last.pending + self._last.batches
        self._report.waiting = dict(self._last.waiting)
        process.send_signal(signal.SIGTERM)
        self._report.exit_code = await asyncio.to_thread(process.wait)

    # What is known meanwhile

    def _sends(self) -> int:
        return self._emulator.journal.counts["sendMessage", 200]

    async def _wait(self, condition: Callable[[], bool], *, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:  # noqa: ASYNC110 - half of it happens in another process
            await asyncio.sleep(0.002)

    def _publish(self) -> None:
        edition = next(self._digests)
        # As if written a minute ago: a file that is still warm is left alone for a second.
        self._desk.write(edition.name, edition.text, modified=time.time() - 60)  # noqa: TID251 - a file's own time
        self._published.append(edition)

    def _all_ingested(self) -> bool:
        newest = min(self._published[-1].marks, key=len)
        return any(newest in (entry.text or "") for entry in reversed(self._emulator.journal.entries))

    def _idle(self) -> bool:
        """Whether the next digest may come: one at a time, because what comes while the bot is down may be old."""
        return self._all_ingested() and not self._last.batches and self._last.pending < self._report.places // 2

    async def _look(self, moment: str) -> None:
        await asyncio.sleep(2 * LATENCY + 0.03)  # what had left is taken by then
        self._last = await asyncio.to_thread(snapshot, self._url)
        messages = arrived(self._emulator.journal)
        unrecorded = messages.keys() - self._last.recorded - self._taken
        self._taken |= unrecorded
        self._report.invented += len(self._last.recorded - messages.keys())
        self._report.kills.append(Kill(moment, len(unrecorded), self._last.sending))

    def _count(self, places: set) -> None:
        report, received = self._report, by_place(arrived(self._emulator.journal).values())
        report.digests = len(self._published)
        report.messages = sum(map(len, received.values()))
        report.lost = lost(received, places, {mark for edition in self._published for mark in edition.marks})
        report.repeated = repeated(received)
        report.disordered = disordered(received, expected_parts(self._url))
        report.violations = self._emulator.violations
