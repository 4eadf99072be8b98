"""Who receives pushes, the watching of sources, and the lease that keeps a second instance out."""

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
from bot.core.model import ChatKind, Language, Place, Preferences, Script, SubscriberState
from bot.core.topics import TopicSet
from bot.errors import DigestbotError, SourceError, StorageError
from bot.services.ingest import Ingest
from bot.services.instance import LEASE_SECONDS, InstanceLease, Process
from bot.services.subscriptions import Subscriptions, Visitor
from bot.services.watching import Watcher, check_sources
from bot.sources import RawDigest, SourceHealth
from bot.storage import Storage
from tests.conftest import NEWS, digest_text, slot, subscriber_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOME = Visitor(Place(7), ChatKind.PRIVATE, "Ann", Language.ZH_HANT)


@pytest.fixture
def subscriptions(database: Storage) -> Subscriptions:
    return Subscriptions(database)


def test_subscribing_is_idempotent_and_adds_topics(subscriptions: Subscriptions) -> None:
    first = subscriptions.subscribe(HOME, topics=["models"], now=NOW)
    again = subscriptions.subscribe(HOME, topics=["robotics", "models"], now=NOW + timedelta(days=1))
    assert (first.state, first.preferences.script, first.since) == (SubscriberState.ACTIVE, Script.HANT, NOW)
    assert (again.id, again.since, [rule.value for rule in again.rules]) == (first.id, NOW, ["models", "robotics"])


def test_leaving_keeps_everything_and_is_idempotent(subscriptions: Subscriptions) -> None:
    subscriptions.subscribe(HOME, topics=["models"], now=NOW)
    assert [subscriptions.unsubscribe(HOME.place, now=NOW) for _ in range(2)] == [True, False]
    assert subscriptions.unsubscribe(Place(8), now=NOW) is False
    back = subscriptions.subscribe(HOME, now=NOW)
    assert (back.state, back.rules[0].value) == (SubscriberState.ACTIVE, "models")


def test_looking_around_does_not_subscribe(subscriptions: Subscriptions, database: Storage) -> None:
    subscriptions.follow_topic(HOME, "models", on=True, now=NOW)
    subscriptions.set_look(HOME, language=Language.EN, preferences=Preferences(silent=True), now=NOW)
    known = subscriber_of(database, HOME.place)
    assert (known.state, known.language, known.preferences.silent) == (SubscriberState.PAUSED, Language.EN, True)
    subscriptions.follow_topic(HOME, "models", on=False, now=NOW)
    assert subscriber_of(database, HOME.place).rules == ()


def test_lost_and_returned_concern_all_places_of_a_chat(subscriptions: Subscriptions, database: Storage) -> None:
    places = [Place(-100, None), Place(-100, 5), Place(-100, 6)]
    for place in places:
        subscriptions.subscribe(Visitor(place, ChatKind.SUPERGROUP, "F", Language.EN), now=NOW)
    subscriptions.unsubscribe(places[2], now=NOW)
    assert subscriptions.lost(-100, reason="kicked", now=NOW) == 2
    assert subscriptions.returned(-100, now=NOW) == 2
    assert subscriptions.moved(-100, -200, now=NOW) == 3
    states = [subscriber_of(database, Place(-200, place.thread_id)).state for place in places]
    assert states == [SubscriberState.ACTIVE, SubscriberState.ACTIVE, SubscriberState.PAUSED]


@dataclass
class Scripted:
    """A source that gives what it is told, or fails."""

    rounds: list[list[RawDigest] | Exception]
    later: list[list[RawDigest]] = field(default_factory=list)
    name: str = "scripted"
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

    def health(self) -> SourceHealth:
        return SourceHealth(self.name)


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
    assert watcher.health() == [SourceHealth("scripted")]
    return len(calls)


@pytest.fixture
def reader(subscriptions: Subscriptions) -> None:
    subscriptions.subscribe(HOME, now=NOW)


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


def lease(storage: Storage, owner: str, *, host: str = "h", pid: int = 1, now: datetime = NOW) -> InstanceLease:
    names = ("deliver:x", "updates:x")
    return InstanceLease(storage, names, Process(owner, host, pid), alive=lambda pid: pid < 100, now=lambda: now)


def test_a_living_holder_is_named_and_keeps_all_leases(database: Storage) -> None:
    lease(database, "first", pid=5).acquire()
    with pytest.raises(DigestbotError, match=r"process 5 on h"):
        lease(database, "second", pid=6).acquire()
    lease(database, "first", pid=5).release()
    lease(database, "second", pid=6).acquire()


@pytest.mark.parametrize(
    ("host", "pid", "later"), [("h", 500, 0.0), ("elsewhere", 5, LEASE_SECONDS + 1), ("h", 6, 0.0)]
)
def test_a_dead_holder_is_replaced(database: Storage, host: str, pid: int, later: float) -> None:
    lease(database, "first", host=host, pid=pid).acquire()
    lease(database, "second", pid=6, now=NOW + timedelta(seconds=later)).acquire()
    with pytest.raises(DigestbotError):
        lease(database, "third", pid=7, now=NOW + timedelta(seconds=later)).acquire()


async def test_who_lost_the_lease_ends(database: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.instance, "RENEW_SECONDS", 0.01)
    first = lease(database, "first", host="elsewhere")
    first.acquire()
    keeping = asyncio.create_task(first.keep())
    await asyncio.sleep(0.05)
    assert not keeping.done()
    lease(database, "second", now=NOW + timedelta(hours=1)).acquire()
    with pytest.raises(DigestbotError, match="took over"):
        await keeping


async def test_a_database_that_is_away_for_a_moment_ends_nothing(
    database: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.services.instance, "RENEW_SECONDS", 0.01)
    held = lease(database, "first")
    held.acquire()
    tried = asyncio.Event()

    def away() -> bool:
        loop.call_soon_threadsafe(tried.set)
        raise StorageError("locked")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(held, "_renew", away)
    keeping = asyncio.create_task(held.keep())
    await tried.wait()
    await asyncio.sleep(0.03)
    assert not keeping.done()
    keeping.cancel()
    assert "not renewed: locked" in caplog.text
