"""What delivery is made of: turns, group commit, mending, the cache of editions, answers to people."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.ledger import (
    Change,
    DeliveryState,
    Gone,
    MovedTo,
    Rejected,
    RejectedKind,
    RetryAt,
    SendResult,
    Sent,
    Unknown,
)
from bot.core.model import ChatKind, Place
from bot.core.pacing import Limits, Pacer, Priority
from bot.errors import DigestbotError, StorageError
from bot.rendering.edition_view import Rendering
from bot.rendering.message import Button, Entity, EntityKind, OutgoingMessage
from bot.services.delivery import Calls, DeliverySettings, PacedSender, Turns
from bot.services.delivery.calls import Figures
from bot.services.delivery.editions import Editions, Shown, UnrenderableError
from bot.services.delivery.recorder import Recorder
from bot.services.delivery.repair import repaired
from bot.services.delivery.stopping import Stopping
from bot.services.delivery.turns import ChatParkedError, ClosedError
from tests.services.delivery_kit import Chats, in_virtual_time

HELLO = OutgoingMessage("hello")


def turns(rate: float = 25.0) -> Turns:
    return Turns(Pacer(Limits(rate=rate)), asyncio.get_running_loop().time)


async def push(into: Turns, chat: int) -> float:
    await into.turn(chat, group=chat < 0, priority=Priority.PUSH)
    return asyncio.get_running_loop().time()


async def reply(into: Turns, chat: int) -> float:
    await into.turn(chat, group=False, priority=Priority.REPLY)
    return asyncio.get_running_loop().time()


# Turns


def test_a_reply_is_not_delayed_by_a_broadcast() -> None:
    async def work() -> list[float]:
        lane = turns()
        pushes = [asyncio.create_task(push(lane, chat)) for chat in range(1, 501)]
        waits = []
        for number in range(20):
            await asyncio.sleep(0.5)
            asked = asyncio.get_running_loop().time()
            waits.append(await reply(lane, 1000 + number) - asked)
        await asyncio.gather(*pushes)
        return waits

    assert max(in_virtual_time(work())) < 0.05


def test_a_cancelled_wait_takes_nobodys_turn() -> None:
    async def work() -> float:
        lane = turns(rate=1.0)
        waiting = [asyncio.create_task(push(lane, chat)) for chat in (1, 2, 3)]
        await asyncio.sleep(0.1)
        waiting[1].cancel()
        await asyncio.wait([waiting[1]])
        return await waiting[2]

    assert in_virtual_time(work()) < 1.1


def test_a_push_to_a_parked_chat_is_told_and_a_reply_waits() -> None:
    async def work() -> float:
        lane = turns(rate=1.0)
        tasks = [asyncio.create_task(push(lane, chat)) for chat in (1, 2, 3)]
        await asyncio.sleep(0.1)
        assert lane.flooded(3, 5.0) is False
        with pytest.raises(ChatParkedError) as told:
            await tasks[2]
        assert (told.value.chat_id, lane.wait(3, group=False)) == (3, 5.0)
        return await reply(lane, 3)

    assert 5.0 <= in_virtual_time(work()) < 5.2


def test_closing_ends_pushes_and_not_replies() -> None:
    async def work() -> None:
        lane = turns(rate=1.0)
        first, second = asyncio.create_task(push(lane, 1)), asyncio.create_task(push(lane, 2))
        await first
        lane.close()
        with pytest.raises(ClosedError):
            await second
        with pytest.raises(ClosedError):
            await push(lane, 3)
        await reply(lane, 4)

    in_virtual_time(work())


def test_long_waits_are_listed_with_what_remains() -> None:
    async def work() -> tuple[tuple[int, float], ...]:
        lane = turns()
        lane.flooded(9, 10_000.0)
        lane.moved(9, -9)
        await asyncio.sleep(1000)
        return lane.parked_long()

    assert in_virtual_time(work()) == ((-9, 9000.0),)


def test_what_runs_late_is_counted_when_it_runs() -> None:
    pacer = Pacer(Limits(rate=2.0))
    pacer.gate.started(Priority.PUSH, 0.0, 0.0)
    pacer.gate.late(0.0, 0.4)
    pacer.gate.late(77.0, 78.0)
    pacer.gate.started(Priority.PUSH, 0.5, 0.506)
    assert pacer.gate.next_start(Priority.PUSH, 0.0) == pytest.approx(0.4 + 1.016)


# Group commit


def change(number: int) -> Change:
    return Change(
        delivery_id=number,
        before=DeliveryState.CLAIMED,
        state=DeliveryState.SENDING,
        due_at=datetime(2026, 11, 22, tzinfo=UTC),
        attempts=0,
        parts_sent=0,
        message_ids=(),
        reason=None,
        subscriber_id=number,
    )


class Commits:
    """Remembers batches; fails as told; calls those in `cancelled` cancelled."""

    def __init__(self, *failures: Exception, cancelled: Collection[int] = ()) -> None:
        self.batches: list[list[int]] = []
        self.failures = list(failures)
        self.cancelled = cancelled

    def __call__(self, changes: Sequence[Change]) -> Collection[int]:
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append([change.delivery_id for change in changes])
        return self.cancelled


async def record_many(commits: Commits, count: int) -> list[bool | BaseException]:
    recorder = Recorder(commits, sleep=asyncio.sleep)
    results = await asyncio.gather(*(recorder.record(change(n)) for n in range(count)), return_exceptions=True)
    await recorder.drained()
    return results


def test_changes_of_a_moment_share_a_commit_and_keep_their_order() -> None:
    commits = Commits(cancelled={3})
    assert in_virtual_time(record_many(commits, 5)) == [True, True, True, False, True]
    assert commits.batches == [[0, 1, 2, 3, 4]]


def test_a_database_in_trouble_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    commits = Commits(*[StorageError("locked")] * 8)
    assert in_virtual_time(record_many(commits, 2)) == [True, True]
    assert commits.batches == [[0, 1]]
    assert "cannot be written" in caplog.text


def test_a_program_error_reaches_whose_change_it_is() -> None:
    results = in_virtual_time(record_many(Commits(*[ZeroDivisionError()] * 3), 2))
    assert [type(result) for result in results] == [ZeroDivisionError, ZeroDivisionError]


def test_a_change_that_cannot_be_written_takes_no_other_along() -> None:
    commits = Commits(ZeroDivisionError(), ZeroDivisionError())
    results = in_virtual_time(record_many(commits, 2))
    assert [type(result) for result in results] == [ZeroDivisionError, bool]
    assert commits.batches == [[1]]


def test_who_gives_up_waiting_is_written_all_the_same() -> None:
    commits = Commits()

    async def work() -> None:
        recorder = Recorder(commits, sleep=asyncio.sleep)
        task = asyncio.create_task(recorder.record(change(1)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await recorder.drained()

    in_virtual_time(work())
    assert commits.batches == [[1]]


# Mending

RICH = OutgoingMessage("text", (Entity(EntityKind.BOLD, 0, 4),), ((Button("b", data="x"),),))


@pytest.mark.parametrize(
    ("message", "kind", "instead"),
    [
        (RICH, RejectedKind.MARKUP, OutgoingMessage("text", (), RICH.keyboard)),
        (RICH, RejectedKind.KEYBOARD, OutgoingMessage("text", RICH.entities)),
        (RICH, RejectedKind.OTHER, None),
        (RICH, RejectedKind.MISSING, None),
        (HELLO, RejectedKind.MARKUP, None),
        (HELLO, RejectedKind.KEYBOARD, None),
    ],
)
def test_what_is_sent_instead(message: OutgoingMessage, kind: RejectedKind, instead: OutgoingMessage | None) -> None:
    assert repaired(message, kind) == instead


# Editions


def test_an_edition_is_loaded_once_and_a_failure_is_tried_again() -> None:
    loads: list[int] = []

    def load(edition_id: int) -> Rendering:
        loads.append(edition_id)
        if len(loads) == 1:
            raise StorageError("not yet")
        return Rendering((HELLO,))

    async def work() -> None:
        editions = Editions(load)
        with pytest.raises(StorageError, match="not yet"):
            await editions.get(1)
        shown = await asyncio.gather(*(editions.get(1) for _ in range(5)))
        assert all(one.parts(ChatKind.PRIVATE)[0] is HELLO for one in shown)
        for number in range(2, 400):
            await editions.get(number)
        await editions.get(1)
        editions.forget([1, 5000])
        await editions.get(1)

    in_virtual_time(work())
    assert loads == [1, 1, *range(2, 400), 1, 1]


@pytest.mark.parametrize(
    ("fault", "told"), [(DigestbotError("no such item"), "no such item"), (KeyError("x"), "KeyError: 'x'")]
)
def test_an_edition_that_cannot_be_drawn_is_reported_once(
    fault: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    loads: list[int] = []

    def load(edition_id: int) -> Rendering:
        loads.append(edition_id)
        raise fault

    async def work() -> list[Exception | Shown]:
        editions = Editions(load)
        first = await asyncio.gather(*(editions.get(1) for _ in range(5)), return_exceptions=True)
        editions.forget([1])
        again = await asyncio.gather(*(editions.get(1) for _ in range(5)), return_exceptions=True)
        return [*first, *again]  # type: ignore[list-item] # nothing worse than an exception

    assert {f"{error!r}" for error in in_virtual_time(work())} == {f"{UnrenderableError(told)!r}"}
    assert (loads, caplog.text.count("cannot be rendered")) == ([1, 1], 1)


def test_every_kind_of_chat_has_its_own_form_of_an_edition_made_once() -> None:
    whole = OutgoingMessage("hello", keyboard=((Button("press", data="1:x"),),))
    shown = Shown(Rendering((whole,)))
    hushed, bare = shown.parts(ChatKind.SUPERGROUP, silent=True), shown.parts(ChatKind.CHANNEL)
    assert shown.parts(ChatKind.PRIVATE) == (whole,)
    assert hushed == (replace(whole, silent=True),)
    assert bare == (OutgoingMessage("hello"),)
    assert shown.parts(ChatKind.CHANNEL, silent=True) == (OutgoingMessage("hello", silent=True),)
    assert shown.parts(ChatKind.GROUP, silent=True) is hushed
    assert shown.parts(ChatKind.CHANNEL) is bare


# Answers to people


async def answered(chats: Chats, moved: list[tuple[int, int]] | None = None, *, edit: bool = False) -> SendResult:
    async def note(old: int, new: int) -> None:
        assert moved is not None
        moved.append((old, new))

    clock = asyncio.get_running_loop().time
    sender = PacedSender(Calls(chats, turns(), clock=clock), sleep=asyncio.sleep, moved=note)
    return await (sender.edit(HELLO, Place(-5, 3), 44) if edit else sender.reply(HELLO, Place(-5, 3), reply_to=1))


@pytest.mark.parametrize("edit", [False, True])
@pytest.mark.parametrize(
    ("trouble", "calls", "kind"),
    [
        (RetryAt(0, "no connection"), 2, Sent),
        (RetryAt(3, "flood", flood=True), 2, Sent),
        (RetryAt(300, "flood", flood=True), 1, RetryAt),
        (Unknown("read timeout"), 1, Unknown),
        (Gone("kicked"), 1, Gone),
    ],
)
def test_only_what_was_certainly_not_sent_is_tried_again(
    trouble: SendResult, calls: int, kind: type, edit: bool
) -> None:
    chats = Chats(script=lambda call: trouble if call.tries == 1 else None)
    assert isinstance(in_virtual_time(answered(chats, edit=edit)), kind)
    assert len(chats.log) == calls


@pytest.mark.parametrize("edit", [False, True])
def test_answers_are_tried_three_times_at_most(edit: bool) -> None:
    chats = Chats(script=lambda _: RetryAt(0, "no connection"))
    assert in_virtual_time(answered(chats, edit=edit)) == RetryAt(0, "no connection")
    assert len(chats.log) == 3


def test_an_answer_follows_a_group_that_moved() -> None:
    moved: list[tuple[int, int]] = []
    chats = Chats(script=lambda call: MovedTo(-1005) if call.place.chat_id == -5 else None)
    assert isinstance(in_virtual_time(answered(chats, moved)), Sent)
    assert moved == [(-5, -1005)]
    assert [chat for _, chat, _ in chats.log] == [-5, -1005]


def test_an_answer_of_nothing_is_no_failure() -> None:
    chats = Chats(script=lambda _: Rejected("empty", RejectedKind.EMPTY))
    assert in_virtual_time(answered(chats)) == Sent(0)


def test_endless_mending_ends() -> None:
    chats = Chats(script=lambda _: Rejected("long", RejectedKind.TOO_LONG))
    result = in_virtual_time(answered(chats))
    assert isinstance(result, Rejected)
    assert len(chats.log) <= 5


# Small things


def test_reasons_are_counted_up_to_a_point() -> None:
    figures = Figures()
    for number in range(500):
        figures.note(f"reason {number}")
    figures.note("reason 1")
    assert (len(figures.reasons), figures.reasons["other"], figures.reasons["reason 1"]) == (201, 300, 2)


def test_rests_end_with_their_time_a_wake_or_the_end() -> None:
    async def work() -> list[float]:
        loop = asyncio.get_running_loop()
        stopping, wake = Stopping(asyncio.sleep), asyncio.Event()
        ends = []
        await stopping.rest(2.0)
        ends.append(loop.time())
        loop.call_later(1.0, wake.set)
        await stopping.rest(None, wake=wake)
        ends.append(loop.time())
        loop.call_later(1.0, stopping.begin)
        await stopping.rest(100.0)
        assert stopping.begun
        return [*ends, loop.time()]

    assert in_virtual_time(work()) == [2.0, 3.0, 4.0]


@pytest.mark.parametrize(("rate", "workers", "window"), [(1.0, 32, 128), (25.0, 50, 128), (1000.0, 512, 762)])
def test_work_ahead_follows_the_rate(rate: float, workers: int, window: int) -> None:
    settings = DeliverySettings(rate=rate)
    assert (settings.workers, settings.window) == (workers, window)


def test_several_floods_at_once_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    async def work() -> Figures:
        clock = asyncio.get_running_loop().time
        calls = Calls(Chats(script=lambda _: RetryAt(0, "flood", flood=True)), turns(), clock=clock)
        sender = PacedSender(calls, sleep=asyncio.sleep)
        await asyncio.gather(*(sender.reply(HELLO, Place(chat)) for chat in range(1, 6)))
        return calls.figures

    figures = in_virtual_time(work())
    assert figures.slowed >= 1
    assert figures.floods == 15
    assert "slow down" in caplog.text
