"""How fast a backlog is read, labelled and stored with its search index on SQLite, by one process and with the one that
reads ahead, and whether memory stays flat; beside a plain front matter load of the same files. Then one digest as large
as they come.

    python -m tests.bench.ingest [--digests 10000]

Processor seconds are those of all processes, and change little on a busy machine; seconds of the clock need two cores
that have nothing else to do. The ratio to the plain load changes least.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import frontmatter

from bot.bootstrap import bundled
from bot.core.digest import read_digest
from bot.core.topics import TopicSet, load_topics
from bot.services.ingest import Ingest, check_file
from bot.services.looking import AHEAD_FROM, BATCH
from bot.sources import RawDigest
from bot.storage import Storage
from tests.bench.corpus import ITEMS, ZONE, Corpus
from tests.bench.reading import digest_of
from tests.bench.table import Table

DIGESTS = 10_000
_SHOWN = 10
_HUGE = 20_000  # items
_ALONE = 2_000  # digests are enough to know one process by
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def seconds(action: Callable[[], object]) -> float:
    """The processor time of one call."""
    started = time.process_time()
    action()
    return time.process_time() - started


def processor() -> float:
    """The processor seconds of this process and those it has started."""
    ticks = 0
    for pid in children():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def resident(pid: int | str = "self") -> float:
    """Megabytes a process holds now."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
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


def children() -> list[int]:
    """The processes that this one has started."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def storing(ingest: Ingest, folder: Path, count: int, title: str) -> float:
    """Digests a processor second from bytes to rows, printed as it goes."""
    table = Table(title, "digests", "items", "/cpu s", "/s", "MB here", "MB there")
    reports = ingest.store_backlog(islice(backlog(folder), count), announce_newest=1, now=lambda: _NOW)
    piece = max(BATCH, count // _SHOWN)
    done = items = 0
    there = 0.0
    alone, began = time.process_time(), processor()
    spent = began
    first = clock = time.perf_counter()
    while part := [len(report.digest.items) for report in islice(reports, piece) if report.digest]:
        done, items = done + len(part), items + sum(part)
        there = max([there, *map(resident, children())])
        now, at = processor(), time.perf_counter()
        rates = (f"{len(part) / (now - spent):.0f}", f"{len(part) / (at - clock):.0f}")
        table.row(f"{done:,}", f"{items:,}", *rates, f"{resident():.0f}", f"{there:.0f}")
        spent, clock = now, at
    here, both = time.process_time() - alone, processor() - began
    print(
        f"{done / (clock - first):,.0f} digests/s by the clock (load {os.getloadavg()[0]:.1f}); "
        f"processor ms a digest: {1000 * here / done:.1f} here, {1000 * (both - here) / done:.1f} there, "
        f"so {done / max(here, both - here):,.0f} digests/s where each has a core to itself"
    )
    return done / both


def huge(ingest: Ingest, topics: TopicSet) -> None:
    """One digest of 20,000 items, checked and stored."""
    raw = RawDigest("bench", "huge.md", digest_of(_HUGE), _NOW)
    took = []
    for action in (
        lambda: check_file(raw, topics, time_zone=ZONE),
        lambda: ingest.store([raw], announce=False, now=_NOW),
    ):
        began, clock = time.process_time(), time.perf_counter()
        action()
        took += [time.perf_counter() - clock, time.process_time() - began]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{_HUGE:,} items, {len(raw.data) / 1e6:.1f} MB: checked in {took[0]:.1f} s ({took[1]:.1f} cpu), "
        f"ingested in {took[2]:.1f} s ({took[3]:.1f}); peak {peak:.0f} MB; load {os.getloadavg()[0]:.1f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", type=int, default=DIGESTS, help=f"how many (of some {ITEMS} items each)")
    count: int = parser.parse_args(arguments).digests
    topics = load_topics(bundled("topics.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "digests")
        folder.mkdir()
        for name, data in Corpus().files(count):
            (folder / name).write_bytes(data)
        ours, plain = reading(folder)
        print(f"read: {ours:,.0f} digests/cpu s; python-frontmatter alone {plain:,.0f}; ratio {plain / ours:.2f} to 1")
        for ahead_from, by in ((None, "by one process"), (AHEAD_FROM, "read ahead by a second process")):
            with opened(Path(place, f"{ahead_from}.db")) as storage:
                ingest = Ingest(storage, topics, time_zone=ZONE, ahead_from=ahead_from)
                part = count if ahead_from else min(count, _ALONE)
                stored = storing(ingest, folder, part, f"stored with topics and search index (SQLite), {by}")
            print(f"stored: {stored:,.0f} digests/cpu s; python-frontmatter alone reads {plain / stored:.0f} meanwhile")
        with opened(Path(place, "huge.db")) as storage:
            huge(Ingest(storage, topics, time_zone=ZONE), topics)


@contextmanager
def opened(path: Path) -> Iterator[Storage]:
    """A new database."""
    with Storage.open(f"sqlite:///{path}") as storage:
        storage.upgrade()
        yield storage


if __name__ == "__main__":
    main()
