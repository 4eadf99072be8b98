"""The whole bot against a server where much goes wrong: every chat that can be reached has every part, in order, and
once, save what was accepted without an answer; and nobody waits for somebody else's chat.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import pytest

import bot.tg.application
from bot.core.ledger import IN_DOUBT, DeliveryState
from bot.core.model import ChatKind, Place, SubscriberState
from bot.emulator import Chat, Emulator, FaultRates
from bot.storage import Storage
from bot.tg.request import AiohttpRequest
from tests.conftest import House, Running, stored, subscriber_of, until
from tests.crash.scene import Edition, Sizes, digests, populate, subscribe
from tests.crash.witness import arrived, by_place, disordered, expected_parts, lost, repeated

S = DeliveryState
ROUGH = FaultRates(
    flood=0.05, server_error=0.03, bad_gateway=0.02, reset_before=0.01, reset_after=0.01, delay=0.01, delay_seconds=5
)
_OVER = {S.SENT, S.UNKNOWN, S.GONE, S.FAILED}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is given up after a second, not after half a minute."""
    monkeypatch.setattr(
        bot.tg.application, "AiohttpRequest", lambda **given: AiohttpRequest(**{"read_timeout": 1.0, **given})
    )


@pytest.fixture
def edition() -> Edition:
    """A digest of several parts."""
    return next(digests(random.Random(7)))


def states(app: Running) -> Counter[DeliveryState]:
    with app.core.storage.reading() as tx:
        return Counter(tx.ledger.counts_by_state())


def settled(app: Running, count: int, *, besides: Collection[DeliveryState] = ()) -> Callable[[], bool]:
    """Whether so many deliveries are over."""
    return lambda: sum(number for state, number in states(app).items() if state in {*_OVER, *besides}) == count


async def broadcast(house: House, app: Running, edition: Edition, places: dict[Place, ChatKind]) -> None:
    """Subscribe these and publish, once the bot runs and has nothing else to say."""
    await stored(app, 1)
    subscribe(app.core.storage, places)
    house.desk.write(edition.name, edition.text)


async def test_a_faulty_line_loses_nothing_and_repeats_only_what_may_have_been_lost(
    house: House, edition: Edition
) -> None:
    emulator = house.emulator
    places = populate(emulator, Sizes(private=240, groups=0, channels=0, forums=0))
    async with house.running(catch_up=0, rate=1000.0) as app:
        emulator.faults.rates = ROUGH
        await broadcast(house, app, edition, places)
        await until(settled(app, len(places)), seconds=30)
        assert states(app) == {S.SENT: 240}
    received = by_place(arrived(emulator.journal).values())
    unheard = [entry for entry in emulator.journal.sends() if entry.fault in {"reset_after", "delay"}]
    assert lost(received, places, edition.marks) == 0
    assert disordered(received, expected_parts(house.settings().database)) == 0
    assert repeated(received) <= len(unheard)
    assert {entry.fault for entry in emulator.journal.entries} >= {"flood", "server_error", "reset_before", "delay"}


async def test_groups_are_never_told_twice(house: House, edition: Edition) -> None:
    emulator = house.emulator
    places = populate(emulator, Sizes(private=0, groups=40, channels=40, forums=10, topics=4))
    async with house.running(catch_up=0, rate=1000.0) as app:
        emulator.faults.rates = ROUGH
        await broadcast(house, app, edition, places)
        await until(settled(app, len(places)), seconds=30)
        counts = states(app)
    received = by_place(arrived(emulator.journal).values())
    whole = [place for place in places if lost(received, [place], edition.marks) == 0]
    assert repeated(received) == 0
    assert counts[S.SENT] + counts[S.UNKNOWN] == len(places)
    assert counts[S.SENT] <= len(whole)
    assert counts[S.UNKNOWN] > 0


async def test_every_kind_of_chat_has_every_part_once_save_counted_unknowns(house: House, edition: Edition) -> None:
    emulator = house.emulator
    places = populate(emulator, Sizes(private=210, groups=45, channels=45, forums=10, topics=3))
    blocked, parked = _block(emulator, 10), [Place(10_100 + number) for number in range(5)]
    async with house.running(catch_up=0, rate=1000.0) as app:
        emulator.faults.rates = ROUGH
        for place in parked:
            emulator.fail_next("sendMessage", error="flood:3600", chat_id=place.chat_id)
        await broadcast(house, app, edition, places)
        await until(settled(app, len(places) - len(parked)), seconds=60)
        counts = states(app)
    doubts = Counter(in_doubt(house.settings().database))
    received = by_place(arrived(emulator.journal).values())
    expected = expected_parts(house.settings().database)
    reached = places.keys() - {*blocked, *parked}
    missing = {place: len({*expected[place][0]} - {*received.get(place, ())}) for place in reached}
    unheard = [entry for entry in emulator.journal.sends() if entry.fault in {"reset_after", "delay"}]
    assert (counts[S.GONE], counts[S.RETRY]) == (len(blocked), len(parked))
    assert counts[S.SENT] + counts[S.UNKNOWN] == len(reached)
    assert counts[S.UNKNOWN] == len(doubts) > 0
    assert {place for place in reached if missing[place] > doubts[place]} == set()
    assert repeated({place: texts for place, texts in received.items() if place.chat_id < 0}) == 0
    assert repeated(received) <= len(unheard)
    assert {len(parts) for (parts,) in expected.values()} != {1}


def in_doubt(url: str) -> list[Place]:
    """For every message of which the ledger does not know whether it arrived, its place."""
    with Storage.open(url) as storage, storage.reading() as tx:
        deliveries = [tx.ledger.get(number) for number in range(1, sum(tx.ledger.counts_by_state().values()) + 1)]
    return [delivery.place for delivery in deliveries for number in delivery.message_ids if number == IN_DOUBT]


async def test_lost_chats_hold_up_nobody(house: House, edition: Edition) -> None:
    emulator = house.emulator
    places = populate(emulator, Sizes(private=200, groups=20, channels=20, forums=10, topics=2))
    blocked, kicked, closed = _block(emulator, 20), _kick(emulator, 3), _close_topic(emulator)
    migrating = _chats(emulator, "group")[:3]
    async with house.running(catch_up=0, rate=1000.0) as app:
        _script(emulator, "migrate", migrating)
        emulator.fail_next("sendMessage", error="flood:3600", chat_id=10_100)
        await broadcast(house, app, edition, places)
        await until(settled(app, len(places), besides={S.RETRY}), seconds=30)
        assert states(app) == {S.SENT: len(places) - 25, S.GONE: 24, S.RETRY: 1}
        assert _state(app.core.storage, blocked[0]) is SubscriberState.BLOCKED
    gone = {*blocked, *kicked, closed, Place(10_100)}
    moved = {Place(chat.id): Place(chat.migrated_to or 0) for chat in migrating}
    reachable = [moved.get(place, place) for place in places if place not in gone]
    received = by_place(arrived(emulator.journal).values())
    assert lost(received, reachable, edition.marks) == 0
    assert repeated(received) == 0
    assert not received.keys() & (gone | moved.keys())


def _block(emulator: Emulator, count: int) -> list[Place]:
    people = [person for person in emulator.people.values() if person.id >= 10_000][:count]
    for person in people:
        person.block()
    return [Place(person.id) for person in people]


def _kick(emulator: Emulator, count: int) -> list[Place]:
    chats = _chats(emulator, "supergroup", forum=False)[:count]
    for chat in chats:
        emulator.kick(chat)
    return [Place(chat.id) for chat in chats]


def _close_topic(emulator: Emulator) -> Place:
    forum = _chats(emulator, "supergroup", forum=True)[0]
    topic = next(iter(forum.topics.values()))
    topic.closed = True
    return Place(forum.id, topic.id)


def _script(emulator: Emulator, fault: str, chats: Collection[Chat]) -> None:
    for chat in chats:
        emulator.fail_next("sendMessage", error=fault, chat_id=chat.id)


def _chats(emulator: Emulator, kind: str, **traits: Any) -> list[Chat]:
    wanted = {"type": kind, **{f"is_{name}": value for name, value in traits.items()}}
    return [
        chat
        for chat in emulator.world.chats.values()
        if all(getattr(chat, name) == value for name, value in wanted.items())
    ]


def _state(storage: Storage, place: Place) -> SubscriberState:
    return subscriber_of(storage, place).state
