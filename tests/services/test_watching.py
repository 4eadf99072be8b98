"""Sources kept in view: what is backlog, what is news, and what becomes of a source that fails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import bot.services.instance
import bot.services.watching
from bot.clock import utc_now
from bot.core.model import ChatKind, Language, Place
from bot.core.topics import TopicSet
from bot.errors import SourceError, StorageError
from bot.services.ingest import Ingest
from bot.services.subscriptions import Subscriptions, Visitor
from bot.services.watching import Watcher, check_sources
from bot.sources import RawDigest, SourceHealth
from bot.storage import Storage
from tests.conftest import NEWS, digest_text, slot

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOME = Visitor(Place(7), ChatKind.PRIVATE, "Ann", Language.ZH_HANT)


@dataclass
class Scripted:
    """A source that gives what it is told, or fails."""

    rounds: list[list[RawDigest] | Exception]
    later: list[list[RawDigest]] = field(default_factory=list)
    name: str = "scripted"
    gone: frozenset[str] = frozenset()
    fault: str | None = None
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def scan(self) -> Iterator[RawDigest]:
        now = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        if isinstance(now, Exception):
            raise now
        yield from now

    async def changes(self) -> AsyncIterator[Sequence[RawDigest]]:
        while self.later:
            yield tuple(self.later.pop(0))
        self.idle.set()
        await asyncio.Event().wait()

    def holds(self, path: str) -> bool:
        return path not in self.gone

    def health(self) -> SourceHealth:
        return SourceHealth(self.name, self.fault)


def raw(hour: int, day: int = 20) -> RawDigest:
    return RawDigest("scripted", f"{day}-{hour}.md", digest_text(slot(hour, day), NEWS[:1]).encode(), NOW)


@pytest.fixture
def ingest(database: Storage, topics: TopicSet) -> Ingest:
    return Ingest(database, topics, time_zone=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.watching, "_AGAIN", timedelta(0))


async def watched(source: Scripted, ingest: Ingest, *, catch_up: int = 1) -> int:
    """How often something was announced until the source fell silent."""
    calls: list[None] = []
    watcher = Watcher([source], ingest, catch_up=catch_up, now=utc_now, announced=lambda: calls.append(None))  # type: ignore[list-item] # stands in for a Source
    task = asyncio.create_task(watcher.run())
    await asyncio.wait_for(source.idle.wait(), 10)
    watcher.stop()
    task.cancel()
    await asyncio.wait([task])
    assert watcher.health() == [source.health()]
    return len(calls)


@pytest.fixture
def reader(database: Storage) -> None:
    Subscriptions(database).subscribe(HOME, now=NOW)


@pytest.mark.usefixtures("reader")
async def test_the_backlog_is_caught_up_with_and_news_is_announced(ingest: Ingest) -> None:
    source = Scripted([[raw(0), raw(4), raw(8)]], [[raw(12), raw(16)], [raw(20)]])
    assert await watched(source, ingest) == 1 + 3


@pytest.mark.usefixtures("reader")
async def test_a_flood_of_files_is_an_archive(ingest: Ingest) -> None:
    flood = [raw(hour, day) for day in (10, 11) for hour in range(24)]
    assert await watched(Scripted([[]], [flood]), ingest, catch_up=2) == 2


@pytest.mark.usefixtures("reader", "again_at_once")
@pytest.mark.parametrize("error", [SourceError("the disk is away"), ValueError("a bug")])
async def test_a_source_that_fails_is_looked_at_again(
    ingest: Ingest, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert await watched(Scripted([error, [raw(0), raw(4)]]), ingest) == 1
    assert "the disk is away" in caplog.text or "a bug" in caplog.text


@pytest.mark.usefixtures("again_at_once")
@pytest.mark.parametrize(("fault", "times"), [("the server is away", 0), (None, 2)])
async def test_what_a_source_has_said_itself_is_not_said_again(
    ingest: Ingest, caplog: pytest.LogCaptureFixture, fault: str | None, times: int
) -> None:
    error = SourceError("the server is away")
    await watched(Scripted([error, error, []], fault=fault), ingest)
    assert caplog.text.count("the server is away") == times


@pytest.mark.usefixtures("reader", "again_at_once")
async def test_news_that_could_not_be_stored_is_still_news_a_moment_later(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, faults = ingest.store, [StorageError("the database is locked")]

    def store(raws: Sequence[RawDigest], *, announce: bool, now: datetime) -> object:
        if announce and faults:
            raise faults.pop()
        return whole(raws, announce=announce, now=now)

    monkeypatch.setattr(ingest, "store", store)
    source = Scripted([[], [raw(0), raw(4), raw(8)]], [[raw(0), raw(4), raw(8)]])
    assert await watched(source, ingest, catch_up=0) == 3


async def test_refused_files_are_logged_with_file_line_and_code(
    ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await watched(Scripted([[RawDigest("scripted", "bad.md", b"nothing", NOW)]]), ingest)
    assert "bad.md:1: " in caplog.text


def test_a_start_with_nothing_at_all_is_refused(database: Storage, ingest: Ingest) -> None:
    empty, full = Scripted([[]], name="empty"), Scripted([[raw(0)]])
    with pytest.raises(SourceError, match="empty: no digest here yet"):
        check_sources([empty], database)  # type: ignore[list-item] # stands in for a Source
    check_sources([empty, full], database)  # type: ignore[list-item] # the same
    ingest.store([raw(0)], announce=False, now=NOW)
    check_sources([empty], database)  # type: ignore[list-item] # the same


@pytest.mark.parametrize(("gone", "left"), [(frozenset(), 1), (frozenset({"bad.md"}), 0)])
async def test_a_refused_file_stays_listed_while_it_is_there(
    ingest: Ingest, database: Storage, gone: frozenset[str], left: int
) -> None:
    await watched(Scripted([[RawDigest("scripted", "bad.md", b"nothing", NOW)]], gone=gone), ingest)
    with database.reading() as tx:
        assert tx.sources.count_quarantine() == left
