"""The delivery loop on a real ledger, in virtual time: everything arrives, once, in order, at the pace allowed."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.core.ledger import (
    IN_DOUBT,
    Begin,
    Change,
    Delivery,
    DeliveryState,
    Gone,
    MovedTo,
    PartsSent,
    Rejected,
    RejectedKind,
    RetryAt,
    RetryPolicy,
    RetryUnknown,
    SendResult,
    Sent,
    Unknown,
    advance,
    applied,
)
from bot.core.model import ChatKind, Place, Preferences, SubscriberState
from bot.core.pieces import by_part
from bot.errors import DigestbotError, StorageError, TransportError
from bot.rendering.edition_view import Rendering
from bot.rendering.message import Button, Entity, EntityKind, OutgoingMessage
from bot.services.delivery import DeliveryStore, Figures
from bot.storage.records import Edition
from bot.storage.storage import Storage
from tests.services.delivery_kit import START, Call, Chats, Ground, in_virtual_time

S = DeliveryState


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with Storage.open(f"sqlite:///{tmp_path}/ledger.db") as storage:
        storage.upgrade()
        yield Ground(storage)


def deliver_all(ground: Ground, **settings: object) -> Figures:
    async def work() -> Figures:
        return await ground.deliverer(**settings).run_once()  # type: ignore[arg-type] # handed on

    return in_virtual_time(work())


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1.0 for time in times) for start in times)


def test_a_broadcast_takes_the_theoretical_minimum_and_never_above_the_rate(ground: Ground) -> None:
    ground.planned(range(1, 401))
    figures = deliver_all(ground, rate=25.0)
    times = [time for time, _, _ in ground.chats.log]
    assert (figures.sent, len(ground.chats.received), ground.states()) == (400, 400, {S.SENT: 400})
    assert most_in_a_second(times) <= 25
    assert times[-1] <= 400 / 25 * 1.02
    assert ground.rendered == 1


def test_parts_arrive_in_order_a_second_apart_and_hold_up_nobody(ground: Ground) -> None:
    ground.parts = ("part 1", "part 2", "part 3")
    ground.planned([*range(1, 101), -7])
    deliver_all(ground, rate=50.0)
    assert set(ground.chats.texts()) == {*range(1, 101), -7}
    assert {tuple(texts) for texts in ground.chats.texts().values()} == {("part 1", "part 2", "part 3")}
    assert ground.chats.log[-1][0] < 303 / 50 * 1.02 + 1.5
    assert len(ground.delivery().message_ids) == 3


def test_every_call_is_recorded_before_it_is_made(ground: Ground) -> None:
    seen: list[S] = []

    def script(call: Call) -> SendResult | None:
        seen.append(ground.delivery(call.place.chat_id).state)
        return None

    ground.chats.script = script
    ground.parts = ("part 1", "part 2")
    ground.planned(range(1, 21))
    deliver_all(ground)
    assert seen == [S.SENDING] * 40


def test_nothing_is_sent_twice_when_run_again(ground: Ground) -> None:
    ground.planned(range(1, 51))
    deliver_all(ground)
    deliver_all(ground)
    assert len(ground.chats.log) == 50


def test_what_a_crash_left_goes_on_where_it_was(ground: Ground) -> None:
    ground.parts = ("part 1", "part 2")
    ground.planned(range(1, 31))

    with ground.storage.writing() as tx:
        now = START + timedelta(seconds=1)
        tx.ledger.expand(1, now=now)
        taken = tx.ledger.claim(now=now, lease_until=now, limit=20)
        tx.ledger.mark_sending([1, 2, 3], now=now)
        policy = RetryPolicy()
        sending = applied(taken[0], advance(taken[0], Begin(), now, policy))
        tx.ledger.apply([advance(sending, PartsSent((41,), last=False), now, policy)], now=now)
    deliver_all(ground)
    assert ground.chats.texts() == {1: ["part 2"]} | {chat: ["part 1", "part 2"] for chat in range(2, 31)}
    assert ground.delivery(1).message_ids[0] == 41
    assert ground.delivery(3).reason == "interrupted"


def test_a_flood_wait_parks_one_chat_and_no_other(ground: Ground) -> None:
    ground.chats.script = lambda call: (
        RetryAt(20, "flood", flood=True) if (call.place.chat_id, call.tries) == (5, 1) else None
    )
    ground.planned(range(1, 101))
    figures = deliver_all(ground)
    last = {chat: time for time, chat, _ in ground.chats.received}
    first_try = next(time for time, chat, _ in ground.chats.log if chat == 5)
    assert first_try + 20 <= last[5] < first_try + 22
    assert max(time for chat, time in last.items() if chat != 5) < 4.2
    assert (figures.floods, ground.states()) == (1, {S.SENT: 100})


def test_a_chat_parked_for_hours_is_left_to_the_ledger_and_shown(ground: Ground) -> None:
    ground.chats.script = lambda _: RetryAt(7200, "flood", flood=True)
    ground.planned([1])

    async def work() -> tuple[tuple[int, float], ...]:
        deliverer = ground.deliverer()
        await deliverer.run_once()
        return deliverer._calls.turns.parked_long()

    ((chat, wait),) = in_virtual_time(work())
    assert (chat, ground.states()) == (1, {S.RETRY: 1})
    assert 7190 < wait <= 7200
    assert START + timedelta(hours=2) <= ground.delivery().due_at < START + timedelta(hours=2, seconds=5)


def test_a_group_with_many_topics_keeps_its_limit_and_stalls_nobody(ground: Ground) -> None:
    ground.planned([*(Place(-7, topic) for topic in range(2, 42)), *range(1, 201)])
    deliver_all(ground, patience=120.0)
    group = [time for time, chat, _ in ground.chats.received if chat == -7]
    others = [time for time, chat, _ in ground.chats.received if chat != -7]
    assert (len(group), len(others)) == (40, 200)
    assert max(sum(start <= time < start + 60 for time in group) for start in group) == 20
    assert max(others) < 220 / 25 + 1.5


@pytest.mark.parametrize(
    ("reason", "blocked"),
    [("blocked", {2, 3}), ("kicked", {2, 3}), ("topic_closed", {2})],
)
def test_a_lost_chat_blocks_its_places_and_a_lost_topic_only_itself(
    ground: Ground, reason: str, blocked: set[int]
) -> None:
    ground.chats.script = lambda call: Gone(reason) if call.place.thread_id == 2 else None
    ground.subscribe([Place(-7, 2), Place(-7, 3)])
    ground.plan([1])
    figures = deliver_all(ground)
    with ground.storage.reading() as tx:
        found = {
            subscriber.place.thread_id
            for subscriber in tx.subscribers.list_of_chat(-7)
            if subscriber.state is SubscriberState.BLOCKED
        }
        assert tx.subscribers.state_reason(1) == reason
    assert (found, figures.gone, figures.reasons) == (blocked, 1, {reason: 1})
    assert ground.states() == {S.GONE: 1}


def test_a_group_that_moved_keeps_everything_and_is_sent_to_again_once(ground: Ground) -> None:
    ground.chats.script = lambda call: MovedTo(-1009) if call.place.chat_id == -9 else None
    ground.planned([Place(-9), Place(-9, 4), 1])
    deliver_all(ground)
    assert ground.chats.texts() == {-1009: ["part 1", "part 1"], 1: ["part 1"]}
    assert Counter(chat for _, chat, _ in ground.chats.log) == {-9: 1, -1009: 2, 1: 1}
    with ground.storage.reading() as tx:
        assert [subscriber.place for subscriber in tx.subscribers.list_of_chat(-1009)] == [
            Place(-1009),
            Place(-1009, 4),
        ]
    assert ground.states() == {S.SENT: 3}


@pytest.mark.parametrize(
    ("setting", "chat", "calls", "state"),
    [
        (RetryUnknown.PRIVATE, 5, 2, S.SENT),
        (RetryUnknown.PRIVATE, -5, 1, S.UNKNOWN),
        (RetryUnknown.ALL, -5, 2, S.SENT),
        (RetryUnknown.NONE, 5, 1, S.UNKNOWN),
    ],
)
def test_an_unknown_outcome_follows_the_policy(
    ground: Ground, setting: RetryUnknown, chat: int, calls: int, state: S
) -> None:
    ground.chats.script = lambda call: Unknown("read timeout") if call.tries == 1 else None
    ground.planned([chat])
    figures = deliver_all(ground, policy=RetryPolicy(retry_unknown=setting))
    assert (len(ground.chats.log), ground.states(), figures.unknown) == (calls, {state: 1}, 1)
    assert ground.delivery().reason == "unknown: read timeout"


def test_a_server_that_cannot_be_reached_is_tried_gently_and_nothing_is_lost(ground: Ground) -> None:
    ground.chats.script = lambda _: RetryAt(0, "no connection") if asyncio.get_running_loop().time() < 600 else None
    ground.planned(range(1, 201))
    figures = deliver_all(ground, patience=900.0)
    assert ground.states() == {S.SENT: 200}
    assert figures.not_sent < 200


LONG = OutgoingMessage("line\n" * 700)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (RejectedKind.MARKUP, ["part 1"]),
        (RejectedKind.KEYBOARD, ["part 1"]),
        (RejectedKind.EMPTY, []),
    ],
)
def test_a_refused_message_is_mended_once(ground: Ground, kind: RejectedKind, texts: list[str]) -> None:
    whole = OutgoingMessage("part 1", (Entity(EntityKind.BOLD, 0, 4),), ((Button("b", data="x"),),))
    ground.render = lambda _: Rendering((whole,))  # type: ignore[method-assign] # a message with everything
    ground.chats.script = lambda call: Rejected("no", kind) if call.tries == 1 else None
    ground.planned([1])
    figures = deliver_all(ground)
    assert (ground.chats.texts().get(1, []), figures.repaired, ground.states()) == (texts, 1, {S.SENT: 1})
    assert (ground.chats.messages[-1].entities == ()) is (kind is RejectedKind.MARKUP)
    assert (ground.chats.messages[-1].keyboard == ()) is (kind is RejectedKind.KEYBOARD)


def test_a_message_too_long_arrives_in_pieces(ground: Ground) -> None:
    ground.render = lambda _: Rendering((LONG,))  # type: ignore[method-assign] # one long message
    ground.chats.script = lambda call: Rejected("long", RejectedKind.TOO_LONG) if call.text == LONG.text else None
    ground.planned([1])
    deliver_all(ground)
    pieces = ground.chats.texts()[1]
    assert "".join(pieces) == LONG.text
    assert len(pieces) == 2
    assert [len(part) for part in by_part(ground.delivery().message_ids)] == [2]


def test_what_cannot_be_mended_fails_with_its_reason(ground: Ground) -> None:
    ground.chats.script = lambda _: Rejected("never heard of", RejectedKind.OTHER)
    ground.planned([1])
    figures = deliver_all(ground)
    assert (figures.failed, ground.delivery().reason) == (1, "other: never heard of")


def test_an_edition_that_cannot_be_rendered_fails_and_others_go_on(ground: Ground) -> None:
    ground.planned([1], hour=8)
    good = ground.render

    def render(edition: object) -> Rendering:
        if ground.rendered == 0:
            ground.rendered = 1
            raise DigestbotError("no such item")
        return good(edition)  # type: ignore[arg-type] # handed on

    ground.render = render  # type: ignore[method-assign] # fails the first time
    ground.plan([1], hour=12)
    deliver_all(ground)
    assert ground.states() == {S.FAILED: 1, S.SENT: 1}
    assert ground.delivery(1).reason == "other: cannot be rendered: no such item"


def test_a_fault_in_drawing_one_edition_is_told_once_and_stops_nobody(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    good = ground.render
    broken = ground.plan(ground.subscribe(range(1, 61)), hour=8)

    def render(edition: Edition) -> Rendering:
        return good(edition) if edition.digest_id != broken else Rendering(1 / 0)  # type: ignore[arg-type] # the fault

    ground.render = render  # type: ignore[method-assign] # fails for one digest
    ground.plan(range(1, 61), hour=12)
    figures = deliver_all(ground)
    assert (ground.states(), figures.failed) == ({S.FAILED: 60, S.SENT: 60}, 60)
    assert ground.delivery(1).reason == "other: cannot be rendered: ZeroDivisionError: division by zero"
    assert caplog.text.count("Traceback") == 1


def test_who_is_caught_up_with_reads_the_newest_first(ground: Ground) -> None:
    readers = ground.subscribe([*range(1, 151), *range(-40, 0)])
    new = ground.plan(readers, hour=20)
    old = ground.plan(readers, hour=8, due_at=START + timedelta(milliseconds=1))
    ground.render = lambda edition: Rendering(  # type: ignore[method-assign] # tells them apart
        tuple(OutgoingMessage(f"{edition.digest_id} {part}") for part in ("first", "second"))
    )
    deliver_all(ground, patience=120.0)
    expected = (f"{new} first", f"{new} second", f"{old} first", f"{old} second")
    assert {tuple(texts) for texts in ground.chats.texts().values()} == {expected}


@pytest.mark.parametrize(
    ("lost", "arrived", "kept"),
    [("part 1", ("part 2", "part 3"), (True, False, False)), ("part 2", ("part 1", "part 3"), (False, True, False))],
)
def test_after_a_part_in_doubt_a_group_gets_the_others(
    ground: Ground, lost: str, arrived: tuple[str, ...], kept: tuple[bool, ...]
) -> None:
    ground.parts = ("part 1", "part 2", "part 3")
    ground.chats.script = lambda call: Unknown("read timeout") if call.text == lost else None
    ground.planned([-5])
    figures = deliver_all(ground)
    assert ground.chats.texts() == {-5: list(arrived)}
    assert (ground.states(), figures.unknown, ground.delivery().parts_sent) == ({S.UNKNOWN: 1}, 1, 3)
    assert tuple(number == IN_DOUBT for number in ground.delivery().message_ids) == kept
    assert ground.delivery().reason == "unknown: read timeout"


def test_a_private_chat_gets_the_rest_when_a_part_stays_in_doubt(ground: Ground) -> None:
    ground.parts = ("part 1", "part 2")
    ground.chats.script = lambda call: Unknown("read timeout") if call.text == "part 1" else None
    ground.planned([5])
    figures = deliver_all(ground, patience=1000.0)
    assert (ground.chats.texts(), ground.states(), figures.unknown) == ({5: ["part 2"]}, {S.UNKNOWN: 1}, 6)


def test_an_edition_of_nothing_is_sent_at_once(ground: Ground) -> None:
    ground.parts = ()
    ground.planned([1])
    deliver_all(ground)
    assert (ground.states(), ground.chats.log) == ({S.SENT: 1}, [])


def test_a_refused_token_ends_everything_and_loses_nothing(ground: Ground) -> None:
    def script(call: Call) -> SendResult | None:
        if len(ground.chats.log) >= 10:
            raise TransportError("the token is refused")
        return None

    ground.chats.script = script
    ground.planned(range(1, 101))
    with pytest.raises(TransportError, match="token"):
        deliver_all(ground)
    states = ground.states()
    assert sum(states.values()) == 100
    assert set(states) <= {S.SENT, S.PLANNED, S.RETRY}
    assert states[S.SENT] == len(ground.chats.received) < 20


def test_a_program_error_in_one_delivery_stops_no_other(ground: Ground) -> None:
    def script(call: Call) -> SendResult | None:
        if call.place.chat_id == 3:
            raise ZeroDivisionError
        return None

    ground.chats.script = script
    ground.planned(range(1, 11))
    deliver_all(ground)
    assert ground.states() == {S.SENT: 9, S.SENDING: 1}
    ground.chats.script = lambda _: None
    deliver_all(ground)
    assert ground.states() == {S.SENT: 10}


def test_stopping_finishes_what_is_under_way_and_gives_the_rest_back(ground: Ground) -> None:
    ground.chats.latency = 2.0
    ground.parts = ("part 1", "part 2")
    ground.planned(range(1, 151))

    async def work() -> float:
        deliverer = ground.deliverer()
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(3.0)
        deliverer.stop()
        before = asyncio.get_running_loop().time()
        await running
        return asyncio.get_running_loop().time() - before

    took = in_virtual_time(work())
    states = ground.states()
    assert took < 2.5
    assert set(states) <= {S.PLANNED, S.RETRY}
    assert len(ground.chats.log) == len(ground.chats.received)
    deliver_all(ground)
    assert {tuple(texts) for texts in ground.chats.texts().values()} == {("part 1", "part 2")}
    assert ground.states() == {S.SENT: 150}


def test_a_nudge_is_quicker_than_the_poll_and_the_poll_is_enough(ground: Ground) -> None:
    async def work() -> list[float]:
        deliverer = ground.deliverer(poll=10.0)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(3.0)
        ground.planned([1], hour=8)
        deliverer.nudge()
        await asyncio.sleep(4.0)
        ground.planned([1], hour=12)
        await asyncio.sleep(20.0)
        deliverer.stop()
        await running
        return [time for time, _, _ in ground.chats.log]

    nudged, polled = in_virtual_time(work())
    assert 3.0 <= nudged < 3.2
    assert 7.0 < polled < 17.5


def test_who_unsubscribes_meanwhile_gets_nothing(ground: Ground) -> None:
    def script(call: Call) -> SendResult | None:
        if call.place.chat_id == 1:
            with ground.storage.writing() as tx:
                tx.ledger.cancel_for(60, now=START)
        return None

    ground.chats.script = script
    ground.chats.latency = 0.0
    ground.planned(range(1, 61))
    deliver_all(ground)
    assert 60 not in ground.chats.texts()
    assert ground.states() == {S.SENT: 59, S.GONE: 1}


@pytest.mark.parametrize("outcome", [Gone("blocked"), MovedTo(-1001)])
def test_who_is_forgotten_meanwhile_takes_nobody_along(ground: Ground, outcome: SendResult) -> None:
    def script(call: Call) -> SendResult | None:
        if call.place.chat_id != -1:
            return None
        with ground.storage.writing() as tx:
            tx.subscribers.forget(call.place)
        return outcome

    ground.chats.script = script
    ground.planned([-1, *range(2, 11)])
    deliver_all(ground)
    assert ground.states() == {S.SENT: 9}
    deliver_all(ground)
    assert len(ground.chats.received) == 9


class PoisonedForOne(DeliveryStore):
    """A ledger in which what was sent to the first reader cannot be written."""

    def commit(self, changes: Sequence[Change]) -> set[int]:
        if any(change.delivery_id == 1 and change.state is S.SENT for change in changes):
            raise ZeroDivisionError
        return super().commit(changes)


def test_a_change_that_cannot_be_written_takes_no_other_along(ground: Ground) -> None:
    ground.store = PoisonedForOne
    ground.planned(range(1, 11))
    deliver_all(ground)
    assert ground.states() == {S.SENT: 9, S.SENDING: 1}


def test_a_crowd_asleep_holds_up_neither_writers_nor_who_is_awake(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.ledger.BATCH_SIZE", 4)
    monkeypatch.setattr("bot.services.delivery.store._FRUITLESS", 1)
    readers = ground.subscribe(range(1, 101))
    with ground.storage.writing() as tx:
        for reader in readers[:-1]:
            tx.subscribers.set_preferences(reader, Preferences(quiet="07:00-23:00"), now=START)
    ground.plan(readers)
    figures = deliver_all(ground)
    assert figures.sent == 1
    assert set(ground.chats.texts()) == {100}
    assert ground.states() == {S.PLANNED: 99, S.SENT: 1}


def test_silent_readers_are_not_woken_and_paid_sends_say_so(ground: Ground) -> None:
    ground.subscribe([1, 2])
    with ground.storage.writing() as tx:
        tx.subscribers.set_preferences(2, Preferences(silent=True), now=START)
    ground.plan([1, 2])
    deliver_all(ground, paid=True)
    assert [message.silent for message in ground.chats.messages] == [False, True]
    assert ground.chats.paid is True


def test_in_hand_and_open_calls_stay_bounded(ground: Ground) -> None:
    ground.chats.latency = 30.0
    ground.planned(range(1, 121))
    deliver_all(ground, patience=5.0)
    assert ground.chats.most_open == 50
    assert ground.states() == {S.SENT: 120}


@pytest.mark.parametrize("seed", range(2))
def test_with_every_fault_at_once_each_chat_has_each_part_once_but_for_counted_unknowns(
    ground: Ground, seed: int
) -> None:
    dice = Random(seed)

    def script(call: Call) -> SendResult | None:
        roll = dice.random()
        if roll < 0.05:
            return RetryAt(dice.randint(1, 5), "flood", flood=True)
        if roll < 0.12:
            return Unknown("Bad Gateway (502)")  # did not arrive
        if roll < 0.13:
            ground.chats.received.append((asyncio.get_running_loop().time(), call.place.chat_id, call.text))
            return Unknown("no answer in time")  # did arrive
        return None

    ground.chats.script = script
    ground.parts = ("part 1", "part 2")
    ground.planned(range(1, 121))
    figures = deliver_all(ground, rate=100.0)
    copies = Counter((chat, text) for _, chat, text in ground.chats.received)
    assert ground.states() == {S.SENT: 120}
    assert set(copies) == {(chat, text) for chat in range(1, 121) for text in ground.parts}
    assert sum(copies.values()) - 240 <= figures.unknown
    assert figures.floods > 3


class LockedNowAndThen(DeliveryStore):
    """Claims, and reads editions, at every second try."""

    tries = 0

    def _try(self) -> None:
        type(self).tries += 1
        if self.tries % 2:
            raise StorageError("locked")

    def claim(self, limit: int, lease: timedelta) -> list[Delivery]:
        self._try()
        return super().claim(limit, lease)

    def rendered(self, edition_id: int) -> Rendering:
        self._try()
        return super().rendered(edition_id)


def test_a_database_locked_now_and_then_only_costs_time(ground: Ground) -> None:
    ground.store = LockedNowAndThen
    ground.planned([1, 2])
    deliver_all(ground)
    assert ground.states() == {S.SENT: 2}


def test_a_move_heard_of_elsewhere_is_stored(ground: Ground) -> None:
    ground.subscribe([Place(-5, 2)])
    DeliveryStore(ground.storage, render=ground.render, now=lambda: START).migrate(-5, -1005)
    with ground.storage.reading() as tx:
        assert tx.subscribers.find(Place(-1005, 2)) is not None


def test_sent_results_of_the_sender_are_kept_as_message_ids(ground: Ground) -> None:
    ground.chats = Chats(script=lambda _: Sent(4_000_000_000))
    ground.planned([1])
    deliver_all(ground)
    assert ground.delivery().message_ids == (4_000_000_000,)
    assert ground.delivery().kind is ChatKind.PRIVATE
