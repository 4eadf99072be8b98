"""How fast a backlog is read, labelled and stored with its search index on SQLite, and whether memory stays flat;
beside a plain front matter load of the same files.

    python -m tests.bench.ingest [--digests 10000]

Processor seconds, so that a busy machine does not change the figures much; the ratio to the plain load changes least.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import frontmatter

from bot.bootstrap import bundled
from bot.core.digest import read_digest
from bot.core.topics import load_topics
from bot.services.ingest import BATCH, Ingest
from bot.sources import RawDigest
from bot.storage import Storage
from tests.bench.corpus import ITEMS, ZONE, Corpus
from tests.bench.table import Table

DIGESTS = 10_000
_SHOWN = 10
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def seconds(action: Callable[[], object]) -> float:
    """The processor time of one call."""
    started = time.process_time()
    action()
    return time.process_time() - started


def resident() -> float:
    """Megabytes this process holds now."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def backlog(folder: Path) -> Iterable[RawDigest]:
    """The files of a folder, each read when its turn comes."""
    for path in sorted(folder.iterdir()):
        yield RawDigest("bench", path.name, path.read_bytes(), _NOW)


def reading(folder: Path) -> tuple[float, float]:
    """Digests a processor second: read by us, and loaded by python-frontmatter alone (its best of three)."""
    sample = [raw.data for raw in islice(backlog(folder), 500)]
    texts = [data.decode() for data in sample]
    ours = min(seconds(lambda: [read_digest(data, time_zone=ZONE) for data in sample]) for _ in range(3))
    plain = min(seconds(lambda: [frontmatter.loads(text) for text in texts]) for _ in range(3))
    return len(sample) / ours, len(sample) / plain


def storing(folder: Path, database: Path, count: int) -> float:
    """Digests a processor second from bytes to rows, printed as it goes."""
    table = Table("stored with topics and search index (SQLite)", "digests", "items", "/cpu s", "/s", "resident MB")
    topics = load_topics(bundled("topics.toml").read_text(encoding="utf-8"))
    with Storage.open(f"sqlite:///{database}") as storage:
        storage.upgrade()
        ingest = Ingest(storage, topics, time_zone=ZONE)
        reports = ingest.store_backlog(backlog(folder), announce_newest=1, now=lambda: _NOW)
        began = spent = time.process_time()
        piece = max(BATCH, count // _SHOWN)
        done = items = 0
        wall = time.perf_counter()
        while part := [len(report.digest.items) for report in islice(reports, piece) if report.digest]:
            done, items = done + len(part), items + sum(part)
            now, clock = time.process_time(), time.perf_counter()
            rates = (f"{len(part) / (now - spent):.0f}", f"{len(part) / (clock - wall):.0f}")
            table.row(f"{done:,}", f"{items:,}", *rates, f"{resident():.0f}")
            spent, wall = now, clock
        return done / (spent - began)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", type=int, default=DIGESTS, help=f"how many (of some {ITEMS} items each)")
    count: int = parser.parse_args(arguments).digests
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "digests")
        folder.mkdir()
        for name, data in Corpus().files(count):
            (folder / name).write_bytes(data)
        ours, plain = reading(folder)
        print(f"read: {ours:,.0f} digests/cpu s; python-frontmatter alone {plain:,.0f}; ratio {plain / ours:.2f} to 1")
        stored = storing(folder, Path(place, "bench.db"), count)
        print(f"stored: {stored:,.0f} digests/cpu s; python-frontmatter alone reads {plain / stored:.1f} in that time")


if __name__ == "__main__":
    main()
