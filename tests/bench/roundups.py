"""What a morning costs when everybody wants their digest at eight: roundups of a day's six digests for 10 k, 100 k and
1 M subscribers with mixed rules, on SQLite and PostgreSQL: seconds, processor seconds, peak memory above the idle
process, rows written, each in a process of its own. First with nobody having received anything, then a look at a
moment when nothing is due.

    python -m tests.bench.roundups [--engines sqlite] [--sizes 10000,100000]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.bootstrap import bundled
from bot.core.topics import load_topics
from bot.services.ingest import Ingest
from bot.services.scheduling import Scheduler
from bot.storage import Storage
from bot.storage.subscriber_tables import SUBSCRIBER
from bot.storage.touching import touch
from tests.bench.crowd import digest, populate
from tests.bench.planning import resident
from tests.bench.table import Table
from tests.postgres import running_postgres

SIZES = (10_000, 100_000, 1_000_000)
_ZONE = ZoneInfo("Asia/Shanghai")
_EIGHT = datetime(2026, 11, 21, 0, tzinfo=UTC)
_DIGESTS = 6


def prepare(url: str, size: int) -> None:
    """Readers who all want the day at eight, and the day's digests."""
    began = _EIGHT - timedelta(days=1)
    with Storage.open(url) as storage:
        storage.upgrade()
        populate(storage, size)
        with storage.writing() as tx:
            connection = tx._connection  # bulk writing is no business of the bot's own storage
            connection.execute(text("UPDATE subscriber SET schedule = 'daily 08:00', each = 0"))
            touch(connection, SUBSCRIBER.c.id > 0, now=began)
        Scheduler(storage, zone=_ZONE, now=lambda: began).plan_due()
        topics = load_topics(bundled("topics.toml").read_text(encoding="utf-8"))
        ingest = Ingest(storage, topics, time_zone=_ZONE)
        for number in range(1, _DIGESTS + 1):
            ingest.store([digest(number)], announce=True, now=began + timedelta(hours=3 * number))
        storage.optimise()


def measure(url: str) -> dict[str, float]:
    """Plan the morning in this process."""
    with Storage.open(url) as storage:
        scheduler = Scheduler(storage, zone=_ZONE, now=lambda: _EIGHT - timedelta(minutes=1))
        began = time.process_time()
        scheduler.plan_due()
        nothing = time.process_time() - began
        scheduler = Scheduler(storage, zone=_ZONE, now=lambda: _EIGHT)
        idle, began_at, spent = resident(), time.perf_counter(), time.process_time()
        sent = scheduler.plan_due()
        seconds, cpu = time.perf_counter() - began_at, time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with storage.reading() as tx:
            rows = tx._connection.execute(text("SELECT (SELECT count(*) FROM edition), (SELECT count(*) FROM batch)"))
            editions, batches = rows.one()
    figures = {"seconds": seconds, "cpu": cpu, "megabytes": peak - idle, "nothing": nothing * 1000}
    return {**figures, "readers": sent, "editions": editions, "batches": batches}


def bench(engines: Sequence[str], sizes: Sequence[int]) -> None:
    """Print a line for each engine and size."""
    table = Table(
        "roundups",
        *("engine", "subscribers", "s", "CPU s", "MB above idle", "receive", "editions", "batches", "ms when not due"),
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_postgres()) if "postgresql" in engines else None
        for engine in engines:
            for size in sizes:
                url = f"sqlite:///{folder / f'{size}.db'}" if server is None or engine == "sqlite" else server.create()
                prepare(url, size)
                command = [sys.executable, "-m", "tests.bench.roundups", "--measure", url]
                answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                found = json.loads(answer.stdout)
                whole = [f"{found[name]:,.0f}" for name in ("megabytes", "readers", "editions", "batches")]
                times = [f"{found[name]:.2f}" for name in ("seconds", "cpu")]
                table.row(engine, f"{size:,}", *times, *whole, f"{found['nothing']:.1f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Bench, or measure once."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.roundups", description=__doc__)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--measure", metavar="URL", help="plan at this database and print the figures")
    chosen = parser.parse_args([] if arguments is None else arguments)
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
    else:
        bench(chosen.engines.split(","), [int(size) for size in chosen.sizes.split(",")])


if __name__ == "__main__":
    main(sys.argv[1:])
