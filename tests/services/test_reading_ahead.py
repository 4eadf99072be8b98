"""The process that reads a backlog ahead: it finds what one process alone would have found, and nothing is lost, nor
left behind, when it or the main process dies.
"""

import logging
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.query import parse_query
from bot.core.topics import TopicSet
from bot.errors import SourceError
from bot.services import looking
from bot.services.ingest import FileReport, Ingest
from bot.services.reading_ahead import ReadingAhead
from bot.sources import RawDigest
from bot.storage import Storage
from tests.conftest import NEWS, Entry, digest_text

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Alone = tuple[list[FileReport], list[str]]
FILES = 330
SMALL = 20  # files a batch here
ROOT = Path(__file__).parents[2]
KNOWN = Entry("A thing", "b", "Ann-Lee Ray", "https://x.com/annlee/status/1")
DOUBTFUL = digest_text(NOON, [Entry("T", "b", "x", "https://x.com/annlee/status/2")]).replace(
    "[T - x]", "[About well-known things-Ann-Lee Ray]"
)


def varied(number: int) -> str:
    """A file that is new, doubtful, known under another name, a draft, refused, or for a slot that is taken."""
    at = NOON - timedelta(hours=number)
    plain = digest_text(at, [Entry(f"标题{number}", f"关于模型的**第{number}件事**。", "林一"), *NEWS])
    kinds = (
        plain,
        digest_text(at, [KNOWN]) if number > FILES / 2 else plain,
        DOUBTFUL.replace(f"{NOON:%Y-%m-%dT%H:%M}", f"{at:%Y-%m-%dT%H:%M}"),
        digest_text(at, NEWS, front="draft: true\n"),
        "nothing here",
        digest_text(NOON, [Entry(f"rival {number}", "b")]),
        digest_text(at + timedelta(hours=6), [Entry(f"标题{number - 6}", "corrected", "林一"), *NEWS]),
    )
    return kinds[number % len(kinds)]


def files(count: int = FILES) -> Iterator[RawDigest]:
    """Varied files; some come a second time, unchanged or changed."""
    for number in range(count):
        path = f"{number:03}.md"
        yield RawDigest("/digests", path, varied(number).encode(), NOON + timedelta(minutes=number), path)
        if number % 50 == 49:
            again, text = f"{number - 30:03}.md", varied(number - 30 + number // 100)
            yield RawDigest("/digests", again, text.encode(), NOON + timedelta(minutes=number), again)


def contents(path: Path) -> list[str]:
    """Every row of every table, the search index included."""
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


class Watched(ReadingAhead):
    """A reading process that is waited for, so that it does its part however small the backlog, and is counted."""

    started: list[ReadingAhead]
    asked = 0
    answered = 0

    def __init__(self) -> None:
        super().__init__()
        self.started.append(self)

    def ready(self) -> bool:
        while not super().ready():
            time.sleep(0.01)
        return True

    def ask(self, files: Sequence[bytes]) -> None:
        Watched.asked += len(files)
        super().ask(files)

    def answer(self) -> list:
        found = super().answer()
        Watched.answered += len(found)
        return found


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    """Small batches, and an eye on the process."""
    monkeypatch.setattr(Watched, "started", [], raising=False)
    monkeypatch.setattr(Watched, "asked", 0)
    monkeypatch.setattr(Watched, "answered", 0)
    monkeypatch.setattr(looking, "ReadingAhead", Watched)
    monkeypatch.setattr(looking, "BATCH", SMALL)
    return Watched


@pytest.fixture
def ingest(database: Storage, topics: TopicSet) -> Ingest:
    return Ingest(database, topics, time_zone=ZONE, ahead_from=30)


def stored(ingest: Ingest, raws: Iterable[RawDigest], announce_newest: int = 2) -> list[FileReport]:
    return list(ingest.store_backlog(raws, announce_newest=announce_newest, now=lambda: NOON))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, empty_database: Path, topics: TopicSet) -> Alone:
    """What one process makes of the files: its reports and its rows."""
    path = tmp_path_factory.mktemp("alone") / "alone.db"
    path.write_bytes(empty_database.read_bytes())
    with Storage.open(f"sqlite:///{path}") as storage, pytest.MonkeyPatch.context() as patched:
        patched.setattr(looking, "BATCH", SMALL)
        reports = stored(Ingest(storage, topics, time_zone=ZONE), files())
    return reports, contents(path)


def ended(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.02)
    return False


def test_two_processes_store_what_one_stores(
    ingest: Ingest, database: Storage, tmp_path: Path, alone: Alone, watched: type[Watched]
) -> None:
    reports, rows = alone
    assert stored(ingest, files()) == reports
    assert contents(tmp_path / "services.db") == rows
    assert watched.answered > 250
    assert {report.stored for report in reports} == {"new", "updated", "unchanged", None}
    with database.reading() as tx:
        assert len(tx.search.find(parse_query("模型", today=NOON.date()), limit=500)) > 40


def test_what_was_learned_stays_known_when_the_process_has_ended(ingest: Ingest, watched: type[Watched]) -> None:
    stored(ingest, files())
    assert [one.pid for one in watched.started if not ended(one.pid)] == []
    (report,) = ingest.store([RawDigest("/digests", "x.md", DOUBTFUL.encode(), NOON)], announce=False, now=NOON)
    assert report.digest is not None
    assert report.digest.items[0].author == "Ann-Lee Ray"


def interrupted_by(action: Callable[[], None], *, after: int) -> Iterator[RawDigest]:
    for place, raw in enumerate(files()):
        if place == after:
            action()
        yield raw


def test_a_killed_process_is_replaced_by_this_one(
    ingest: Ingest, tmp_path: Path, alone: Alone, watched: type[Watched], caplog: pytest.LogCaptureFixture
) -> None:
    def kill() -> None:
        os.kill(watched.started[0].pid, signal.SIGKILL)

    reports, rows = alone
    with caplog.at_level(logging.WARNING, looking.__name__):
        assert stored(ingest, interrupted_by(kill, after=200)) == reports
    assert contents(tmp_path / "services.db") == rows
    assert caplog.text.count("reads files ahead is gone (exit code -9)") == 1
    assert 0 < watched.answered < 250


@pytest.mark.usefixtures("watched")
def test_without_a_second_process_one_does_it_all(
    ingest: Ingest,
    tmp_path: Path,
    alone: Alone,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert stored(ingest, files()) == alone[0]
    assert contents(tmp_path / "services.db") == alone[1]
    assert caplog.text.count("No such file") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_the_group_are_for_the_main_process(
    ingest: Ingest, watched: type[Watched], number: signal.Signals
) -> None:
    def tell() -> None:
        os.kill(watched.started[0].pid, number)

    stored(ingest, interrupted_by(tell, after=200))
    assert watched.answered > 250


def test_a_backlog_that_is_given_up_leaves_no_process(ingest: Ingest, watched: type[Watched]) -> None:
    reports = ingest.store_all(files(), announce=False, now=lambda: NOON)
    next(reports)
    reports.close()
    assert [ended(one.pid) for one in watched.started] == [True]


def test_a_backlog_that_was_given_up_goes_on_where_it_was(
    ingest: Ingest, watched: type[Watched], database: Storage, alone: Alone
) -> None:
    reports = ingest.store_all(files(), announce=False, now=lambda: NOON)
    first = [next(reports) for _ in range(100)]
    reports.close()
    rest = [report.stored for report in ingest.store_all(files(), announce=False, now=lambda: NOON)]
    assert rest[: len(first)].count("new") == 0
    with database.reading() as tx:
        assert tx.digests.count() == [report.stored for report in alone[0]].count("new")
    assert watched.answered > 200


def test_files_that_are_known_are_not_read_again(ingest: Ingest, watched: type[Watched]) -> None:
    plain = [raw for raw in files(300) if raw.path.startswith(("0", "1", "2")) and b"draft" not in raw.data]
    stored(ingest, plain, 0)
    watched.started.clear()
    before, known = watched.asked, [report for report in stored(ingest, plain[:250:7], 0) if report.stored]
    assert watched.asked == before
    assert watched.started == []
    assert known


def test_a_second_backlog_at_the_same_time_is_read_in_this_process(ingest: Ingest, watched: type[Watched]) -> None:
    first = ingest.store_all(files(150), announce=False, now=lambda: NOON)
    next(first)
    assert len(stored(ingest, files(), 0)) == len(list(files()))
    assert len(watched.started) == 1
    first.close()


def test_a_source_that_fails_on_the_way_loses_nothing_of_what_came_before(
    ingest: Ingest, watched: type[Watched]
) -> None:
    def gone() -> None:
        raise SourceError("the disk is away")

    reports = ingest.store_all(interrupted_by(gone, after=200), announce=False, now=lambda: NOON)
    kept: list[FileReport] = []
    with pytest.raises(SourceError, match="the disk is away"):
        kept.extend(reports)
    assert len(kept) == 200
    assert watched.answered > 100


def test_a_few_files_start_no_process(ingest: Ingest, watched: type[Watched]) -> None:
    stored(ingest, files(30), 0)
    assert watched.started == []


def test_huge_files_make_short_batches() -> None:
    huge = [RawDigest("s", f"{n}.md", b"x" * (3 << 20), NOON) for n in range(5)]
    assert [len(batch) for batch in looking.batches(huge)] == [2, 2, 1]


def test_the_process_ends_with_the_one_that_started_it() -> None:
    line = "import time; from bot.services.reading_ahead import ReadingAhead as R; print(R().pid, flush=True); "
    main = subprocess.Popen([sys.executable, "-c", f"{line} time.sleep(60)"], stdout=subprocess.PIPE, cwd=ROOT)
    with main:
        assert main.stdout is not None
        pid = int(main.stdout.readline())
        main.kill()
    assert ended(pid)


def test_the_process_loads_neither_storage_nor_telegram() -> None:
    line = "import sys, bot.services.reading_ahead; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", line], capture_output=True, check=True, cwd=ROOT, text=True).stdout
    heavy = {"sqlalchemy", "telegram", "watchfiles", "pydantic", "click", "asyncio"}
    assert heavy.intersection(out.split()) == set()


def test_topics_travel_to_another_process(topics: TopicSet) -> None:
    there = pickle.loads(pickle.dumps(topics))  # noqa: S301 - made in this line
    texts = [(entry.title, entry.body) for entry in NEWS]
    assert [there.classify(*text) for text in texts] == [topics.classify(*text) for text in texts]
