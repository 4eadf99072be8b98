"""How long `/latest` takes from the reader's message to the arrival of the answer, while nothing goes on and while a
broadcast runs at the set rate: over HTTP, the emulator in its own process.

    python -m tests.bench.latest [--asks 100] [--rate 25]
"""

import argparse
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.storage import Storage
from tests.bench.house import BenchHouse, subscribe
from tests.bench.server import FIRST, Server, server
from tests.bench.table import Table
from tests.conftest import Entry, digest_text, slot

_PAUSE = 0.12  # seconds between two readers who ask
_LATENCY = 0.03


def asked(emulator: Server, readers: Sequence[int]) -> list[float]:
    """Milliseconds until each got an answer; infinity where none came."""
    began = {}
    for reader in readers:
        began[reader] = emulator.say(reader, "/latest")
        time.sleep(_PAUSE)
    time.sleep(2.0)
    arrivals: dict[int, float] = {}
    for entry in emulator.entries():
        if entry["ok"] and entry["chat_id"] in began and entry["at"] > began[entry["chat_id"]]:
            arrivals.setdefault(entry["chat_id"], entry["at"])
    return sorted((arrivals.get(reader, float("inf")) - at) * 1000 for reader, at in began.items())


def bench(asks: int, rate: float) -> None:
    """Ask, publish, ask again."""
    table = Table("/latest, ms until the answer arrives", "while", "asked", "median", "99 of 100", "most", "of idle")
    broadcast = int(rate * (asks * _PAUSE + 30))
    askers = range(FIRST + broadcast, FIRST + broadcast + 2 * asks)
    with tempfile.TemporaryDirectory() as folder:
        house = BenchHouse(Path(folder) / "house")
        house.fill([])
        with Storage.open(house.database) as storage:
            subscribe(storage, range(FIRST, FIRST + broadcast))
        with server(Path(folder), readers=broadcast + 2 * asks, latency=_LATENCY, flood=rate <= 30) as emulator:
            process = house.start(emulator.url, "run", rate=rate)
            try:
                _until(lambda: len(emulator.entries("getUpdates")) > 0)
                idle = asked(emulator, askers[:asks])
                _row(table, "idle", idle, idle)
                entries = [Entry(f"News {number}", "A few words about it.") for number in range(5)]
                (house.root / "digests" / "two.md").write_text(digest_text(slot(12, day=21), entries), encoding="utf-8")
                before = len(emulator.entries())
                _until(lambda: len(emulator.entries()) > before + 10)
                busy = asked(emulator, askers[asks:])
                _row(table, f"{rate:.0f}/s", busy, idle)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait()


def _row(table: Table, name: str, found: Sequence[float], idle: Sequence[float]) -> None:
    worst, usual = _high(found), _high(idle)
    table.row(
        *(name, len(found), f"{statistics.median(found):.0f}", f"{worst:.0f}", f"{max(found):.0f}"),
        f"{worst / usual:.2f}",
    )


def _high(found: Sequence[float]) -> float:
    """The 99th percentile."""
    return sorted(found)[max(0, round(0.99 * len(found)) - 1)]


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise SystemExit("waited in vain")


def main(arguments: Sequence[str] | None = None) -> None:
    """At the free rate, and at a paid one."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latest", description=__doc__)
    parser.add_argument("--asks", type=int, default=100)
    parser.add_argument("--rate", type=float, default=25.0)
    chosen = parser.parse_args([] if arguments is None else arguments)
    bench(chosen.asks, chosen.rate)


if __name__ == "__main__":
    main(sys.argv[1:])
