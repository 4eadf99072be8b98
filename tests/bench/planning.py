"""What planning one digest costs for 10 k, 100 k and 1 M subscribers with mixed rules, on SQLite and PostgreSQL:
seconds, processor seconds, peak memory above the idle process, rows written; each in a process of its own. First for
a digest of news, then for one whose every item its readers have received before.

    python -m tests.bench.planning [--engines sqlite] [--sizes 10000,100000]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.bootstrap import bundled
from bot.core.topics import load_topics
from bot.services.ingest import Ingest
from bot.sources import RawDigest
from bot.storage import Storage
from tests.bench.crowd import digest, populate
from tests.bench.table import Table
from tests.postgres import running_postgres

SIZES = (10_000, 100_000, 1_000_000)
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def measure(url: str, *, again: bool) -> dict[str, float]:
    """Plan one digest in this process, for whoever subscribes there; with `again` one that tells what a digest told
    that everybody has already received."""
    topics = load_topics(bundled("topics.toml").read_text(encoding="utf-8"))
    with Storage.open(url) as storage:
        ingest = Ingest(storage, topics, time_zone=ZoneInfo("Asia/Shanghai"))
        ingest.store([digest(1)], announce=False, now=_NOW)  # what is loaded at the first use is not planning's cost
        idle, began, spent = resident(), time.perf_counter(), time.process_time()
        (report,) = ingest.store([retold() if again else digest(2)], announce=True, now=_NOW)
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with storage.reading() as tx:
            rows = tx._connection.execute(text("SELECT (SELECT count(*) FROM edition), (SELECT count(*) FROM batch)"))
            editions, batches = rows.one()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "megabytes": peak - idle,
        "readers": report.announced,
        "editions": editions,
        "batches": batches,
    }


def retold() -> RawDigest:
    """The second digest's items once more, four hours later."""
    data = digest(2).data.replace(b"2026.11.20.02", b"2026.11.20.06").replace(b"2026-11-20T02", b"2026-11-20T06")
    return RawDigest("bench", "retold.md", data, _NOW, "retold.md")


def deliver(url: str) -> None:
    """Let everybody have received what is planned."""
    with Storage.open(url) as storage:
        unpacked = 1
        while unpacked:
            with storage.writing() as tx:
                unpacked = tx.ledger.expand(100, now=_NOW)
        with storage.writing() as tx:
            tx._connection.execute(text("UPDATE delivery SET state = 'sent', parts_sent = 1, message_ids = '77'"))
        storage.optimise()


def resident() -> float:
    """Megabytes this process holds now."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def measured(url: str, *, again: bool) -> dict[str, float]:
    """The same in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.planning", "--measure", url, *(["--again"] if again else [])]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


def bench(engines: Sequence[str], sizes: Sequence[int]) -> None:
    """Print a line for each engine and size; `times` compares with the size before."""
    table = Table(
        "planning",
        *("engine", "subscribers", "items", "s", "CPU s", "MB above idle", "receive", "editions", "batches", "times"),
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_postgres()) if "postgresql" in engines else None
        for engine in engines:
            before = 0.0
            for size in sizes:
                url = f"sqlite:///{folder / f'{size}.db'}" if server is None or engine == "sqlite" else server.create()
                with Storage.open(url) as storage:
                    storage.upgrade()
                    populate(storage, size)
                found = measured(url, again=False)
                times = f"x{found['seconds'] / before:.1f}" if before else ""
                table.row(*(engine, f"{size:,}", "news"), *_cells(found), times)
                before = found["seconds"]
                table.row(*(engine, f"{size:,}", "told before"), *_cells(measured_again(url)), "")


def measured_again(url: str) -> dict[str, float]:
    """What a digest costs whose every item was delivered before."""
    deliver(url)
    return measured(url, again=True)


def _cells(found: Mapping[str, float]) -> list[str]:
    whole = [f"{found[name]:,.0f}" for name in ("megabytes", "readers", "editions", "batches")]
    return [f"{found['seconds']:.2f}", f"{found['cpu']:.2f}", *whole]


def main(arguments: Sequence[str] | None = None) -> None:
    """Bench, or measure once."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planning", description=__doc__)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--measure", metavar="URL", help="plan at this database and print the figures")
    parser.add_argument("--again", action="store_true", help="with --measure: items that were delivered before")
    chosen = parser.parse_args([] if arguments is None else arguments)
    if chosen.measure:
        print(json.dumps(measure(chosen.measure, again=chosen.again)))
    else:
        bench(chosen.engines.split(","), [int(size) for size in chosen.sizes.split(",")])


if __name__ == "__main__":
    main(sys.argv[1:])
