"""A broadcast by the real program, seen from the other side: how long it takes against the theoretical minimum, and how
many arrive in the fullest second.

    python -m tests.bench.broadcast [--chats 1000] [--fast-chats 10000]

1. `deliver --once` at 25 a second against the emulator with Telegram's flood limits: no answer may be a 429;
2. the same at 1,000 a second against a far side that answers after 50 ms.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.emulator import sliding_peak
from tests.bench.far_side import far_side
from tests.bench.house import BenchHouse
from tests.bench.server import FIRST, server
from tests.bench.table import Table

_LOOK = 0.1  # seconds between two looks at the program
_HEADS = ("rate", "messages", "seconds", "of minimum", "per second", "fullest s", "429", "MB", "CPU ms each")


def at_rate_of_the_free_tier(table: Table, chats: int, rate: float = 25.0) -> None:
    """One digest to so many private chats."""
    with tempfile.TemporaryDirectory() as folder:
        house = BenchHouse(Path(folder) / "house")
        house.fill(range(FIRST, FIRST + chats))
        with server(Path(folder), readers=chats, latency=0.05) as emulator:
            spent = _delivered(house, emulator.url, rate)
            entries = emulator.entries()
    times = [entry["at"] for entry in entries if entry["ok"]]
    _report(table, rate, times, refused=sum(entry["code"] == 429 for entry in entries), spent=spent)


def at_full_rate(table: Table, chats: int, rate: float = 1000.0) -> None:
    """The same where the server bears 1,000 a second."""
    with tempfile.TemporaryDirectory() as folder:
        house = BenchHouse(Path(folder) / "house")
        house.fill(range(FIRST, FIRST + chats))
        with far_side(0.05) as other:
            spent = _delivered(house, other.url, rate)
            times = other.times()
    _report(table, rate, times, refused=0, spent=spent)


def _delivered(house: BenchHouse, url: str, rate: float) -> tuple[float, float]:
    """Run `deliver --once` to its end; its peak memory in megabytes and its processor seconds after the start."""
    process = house.start(url, "deliver", "--once", rate=rate)
    megabytes = 0.0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        megabytes = max(megabytes, _peak(process.pid))
        time.sleep(_LOOK)
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((house.root / "log").read_text())
    return megabytes, usage.ru_utime + usage.ru_stime


def _peak(pid: int) -> float:
    """The most memory that a process has held so far, in megabytes. What the system tells of a process that ended is
    no use: it counts what its parent, this program, held when it was started."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0.0)


def _report(table: Table, rate: float, times: Sequence[float], *, refused: int, spent: tuple[float, float]) -> None:
    seconds = times[-1] - times[0]
    megabytes, cpu = spent
    table.row(
        *(f"{rate:.0f}", f"{len(times):,}", f"{seconds:.2f}", f"{seconds / ((len(times) - 1) / rate):.4f}"),
        *(f"{(len(times) - 1) / seconds:.0f}", sliding_peak(times, 1.0), refused, f"{megabytes:.0f}"),
        f"{cpu / len(times) * 1000:.2f}",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Both."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.broadcast", description=__doc__)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--fast-chats", type=int, default=10_000)
    chosen = parser.parse_args([] if arguments is None else arguments)
    began = time.monotonic()
    table = Table("a broadcast by `deliver --once`", *_HEADS)
    at_rate_of_the_free_tier(table, chosen.chats)
    at_full_rate(table, chosen.fast_chats)
    print(f"({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main(sys.argv[1:])
