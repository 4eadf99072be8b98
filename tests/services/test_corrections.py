"""A corrected digest file edits what was sent, in every kind of chat, whatever goes wrong on the way."""

import asyncio
import collections
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.ledger import DeliveryState, Gone, MovedTo, Rejected, RejectedKind, RetryAt, SendResult, Sent, Unknown
from bot.core.model import ChatKind, Place, Rule, RuleAction, RuleKind, SubscriberState
from bot.core.topics import TopicSet
from bot.errors import DigestbotError, StorageError, TransportError
from bot.i18n import Catalogue
from bot.rendering.edition_view import Rendering
from bot.rendering.message import OutgoingMessage
from bot.rendering.script import ScriptConverter
from bot.services.control import Control
from bot.services.delivery.corrector import Corrector
from bot.services.editions import EditionRenderer
from bot.services.ingest import Ingest
from bot.sources import RawDigest
from bot.storage import Storage
from bot.storage.records import Edition
from tests.conftest import NEWS, Entry, digest_text, slot
from tests.services.delivery_kit import START, Call, Chats, Ground, VirtualLoop, in_virtual_time

BETTER = (replace(NEWS[0], title="青岚实验室撤回新模型"), *NEWS[1:])
MANY = tuple(Entry(f"{sign * 2}的消息", "内容。", url=f"https://example.org/{sign}") for sign in "甲乙丙丁戊己")
LONG = tuple(Entry(f"第{number}条长文", f"{number}字" * 700) for number in range(1, 7))
PIECEMEAL = tuple(Entry(f"第{number}条", f"{number}字" * 200) for number in range(1, 5))
MENDED = (replace(PIECEMEAL[0], title="改过的头一条"), *PIECEMEAL[1:3], replace(PIECEMEAL[3], title="改过的末一条"))
Edited = tuple[float, int, int]  # time, chat, message id


def willing(_: OutgoingMessage, __: int, ___: int) -> SendResult | None:
    """Every edit is taken; else a test says what becomes of (message, chat, which try of this chat)."""
    return None


@dataclass
class Walls(Chats):
    """The far side, which shows what every chat reads now. `edits` are the calls that were made."""

    edit_script: Callable[[OutgoingMessage, int, int], SendResult | None] = willing
    shown: dict[tuple[int, int], OutgoingMessage] = field(default_factory=dict)
    edits: list[Edited] = field(default_factory=list)

    async def send(
        self, message: OutgoingMessage, place: Place, *, paid: bool = False, reply_to: int | None = None
    ) -> SendResult:
        result = await super().send(message, place, paid=paid, reply_to=reply_to)
        if not isinstance(result, Sent):
            return result
        number = len(self.shown) + 1
        self.shown[place.chat_id, number] = message
        return Sent(number)

    async def edit(self, message: OutgoingMessage, place: Place, message_id: int) -> SendResult:
        self.edits.append((asyncio.get_running_loop().time(), place.chat_id, message_id))
        tries = sum(chat == place.chat_id for _, chat, _ in self.edits)
        await asyncio.sleep(self.latency)
        told = self.edit_script(message, place.chat_id, tries)
        if told is not None:
            return told
        assert (place.chat_id, message_id) in self.shown
        self.shown[place.chat_id, message_id] = message
        return Sent(message_id)

    def walls(self) -> dict[int, list[OutgoingMessage]]:
        """What each chat reads, in order."""
        found: dict[int, list[OutgoingMessage]] = {}
        for (chat, _), message in sorted(self.shown.items()):
            found.setdefault(chat, []).append(message)
        return found

    def read_by(self, word: str) -> set[int]:
        """The chats that read this somewhere."""
        return {chat for chat, messages in self.walls().items() if any(word in message.text for message in messages)}


@dataclass
class Newsroom(Ground):
    """Real ingest and rendering; a file is published and corrected."""

    topics: TopicSet | None = None
    renderer: EditionRenderer | None = None

    def render(self, edition: Edition) -> Rendering:
        self.rendered += 1
        assert self.renderer is not None
        return self.renderer.render(edition)

    def publish(self, entries: Sequence[Entry] = NEWS, *, hour: int = 8, seconds: float = 0.0) -> None:
        assert self.topics is not None
        raw = RawDigest("folder", f"{hour}.md", digest_text(slot(hour), entries).encode(), START)
        ingest = Ingest(self.storage, self.topics, time_zone=ZoneInfo("Asia/Shanghai"))
        (report,) = ingest.store([raw], announce=True, now=START + timedelta(seconds=seconds))
        assert report.stored in {"new", "updated"}

    @property
    def walls(self) -> Walls:
        assert isinstance(self.chats, Walls)
        return self.chats

    def deliver(self, **settings: float) -> None:
        """Everything that is due now, in a process of its own."""
        in_virtual_time(self.once(**settings))

    async def once(self, **settings: float) -> None:
        await self.deliverer(**{"rate": 25.0, **settings}).run_once()

    async def for_seconds(self, seconds: float, **settings: float) -> None:
        """A deliverer that runs so long and is stopped."""
        deliverer = self.deliverer(**{"rate": 25.0, **settings})
        task = asyncio.create_task(deliverer.run())
        await asyncio.sleep(seconds)
        deliverer.stop()
        await task

    def marked(self) -> int:
        with self.storage.reading() as tx:
            return len(tx.corrections.list_digests())

    def wish(self, chat: int, action: RuleAction, value: str) -> None:
        with self.storage.writing() as tx:
            found = tx.subscribers.find(Place(chat))
            assert found is not None
            tx.rules.add(found.id, Rule(action, RuleKind.KEYWORD, value), now=START)


@pytest.fixture
def room(database: Storage, topics: TopicSet, catalogue: Catalogue, converter: ScriptConverter) -> Newsroom:
    made = Newsroom(database, Walls(), topics=topics)
    made.renderer = EditionRenderer(database, catalogue, converter, time_zone=ZoneInfo("Asia/Shanghai"))
    return made


def test_every_kind_of_chat_reads_the_correction_in_the_same_message(room: Newsroom) -> None:
    room.subscribe([1, -1002])
    room.subscribe([-1003], kind=ChatKind.CHANNEL)
    room.publish()
    room.deliver()
    before = dict(room.walls.shown)
    room.publish(BETTER)
    room.deliver()
    assert room.walls.shown.keys() == before.keys()
    assert room.walls.read_by("撤回新模型") == {1, -1002, -1003}
    assert room.walls.read_by("updated") == {1, -1002, -1003}
    assert {chat: bool(messages[0].keyboard) for chat, messages in room.walls.walls().items()} == {
        1: True,
        -1002: True,
        -1003: False,
    }
    assert (len(room.walls.log), len(room.walls.edits), room.marked()) == (3, 3, 0)


def test_a_channel_gets_no_buttons_when_the_digest_is_new(room: Newsroom) -> None:
    room.subscribe([-1003], kind=ChatKind.CHANNEL)
    room.publish()
    room.deliver()
    assert [message.keyboard for message in room.walls.shown.values()] == [()]


def test_only_the_parts_that_changed_are_edited(room: Newsroom) -> None:
    room.subscribe([1])
    room.publish(LONG)
    room.deliver()
    room.publish((*LONG[:5], replace(LONG[5], title="改过的一条")))
    room.deliver()
    first, *middle, last = room.walls.walls()[1]
    assert len(middle) == 1
    assert [message_id for _, _, message_id in room.walls.edits] == [1, 3]  # the first has the mark
    assert "改过的一条" in last.text
    assert "updated" in first.text


def test_nothing_is_edited_again_by_the_next_start(room: Newsroom) -> None:
    room.subscribe(range(1, 6))
    room.publish()
    room.deliver()
    room.publish(BETTER)
    room.deliver()
    room.deliver()
    assert (len(room.walls.edits), len(room.walls.log)) == (5, 5)


def test_a_correction_nobody_sees_costs_no_call(room: Newsroom) -> None:
    room.subscribe([1])
    room.wish(1, RuleAction.FOLLOW, "机械臂")
    room.publish()
    room.deliver()
    room.publish(BETTER)
    room.deliver()
    assert (room.walls.edits, room.marked()) == ([], 0)


def test_a_stop_in_the_middle_loses_no_edit(room: Newsroom) -> None:
    room.subscribe(range(1, 201))
    room.publish()
    room.deliver()
    room.publish(BETTER)
    in_virtual_time(room.for_seconds(3.0))
    done = len(room.walls.edits)
    room.deliver()
    assert 20 < done < 120
    assert len(room.walls.read_by("撤回新模型")) == 200
    assert len(room.walls.edits) == 200


def test_what_a_crash_forgot_is_edited_once_more(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    room.subscribe(range(1, 51))
    room.publish()
    room.deliver()
    room.publish(BETTER)
    with monkeypatch.context() as patch:
        patch.setattr(Corrector, "_write", _nothing)  # the process dies before it writes anything down
        in_virtual_time(room.for_seconds(1.0))
    room.deliver()
    assert len(room.walls.read_by("撤回新模型")) == 50
    assert len(room.walls.edits) > 50
    assert room.marked() == 0


async def _nothing(_: Corrector) -> None:
    """Stands in for writing down."""


def test_a_flooded_chat_is_edited_later_and_holds_up_nobody(room: Newsroom) -> None:
    room.subscribe(range(1, 11))
    room.publish()
    room.deliver()
    room.walls.edit_script = lambda _, chat, tries: (
        RetryAt(40, "flood", flood=True) if (chat, tries) == (3, 1) else None
    )
    room.publish(BETTER)
    room.deliver()
    times = {chat: time for time, chat, _ in room.walls.edits}
    assert len(room.walls.read_by("撤回新模型")) == 10
    assert max(time for chat, time in times.items() if chat != 3) < 2.0
    assert 40.0 <= times[3] < 45.0
    assert (len(room.walls.edits), room.marked()) == (11, 0)


def test_a_long_flood_wait_is_kept_for_the_next_start(room: Newsroom) -> None:
    room.subscribe([1, 2])
    room.publish()
    room.deliver()
    room.walls.edit_script = lambda _, chat, __: RetryAt(7200, "flood", flood=True) if chat == 1 else None
    room.publish(BETTER)
    room.deliver()
    with room.storage.reading() as tx:
        due = tx.corrections.next_due()
    assert due is not None
    assert due > START + timedelta(seconds=7199)
    assert (room.marked(), room.walls.read_by("撤回新模型")) == (1, {2})


@pytest.mark.parametrize(
    "answer",
    [
        Gone("blocked"),
        Gone("no_rights"),
        Rejected("message to edit not found", RejectedKind.MISSING),
        Rejected("message can't be edited", RejectedKind.MISSING),
        Rejected("whatever else", RejectedKind.OTHER),
    ],
)
def test_a_chat_that_cannot_be_edited_is_left_alone(room: Newsroom, answer: SendResult) -> None:
    room.subscribe([1, 2])
    room.publish()
    room.deliver()
    room.walls.edit_script = lambda _, chat, __: answer if chat == 1 else None
    room.publish(BETTER)
    room.deliver()
    with room.storage.reading() as tx:
        found = tx.subscribers.find(Place(1))
    assert found is not None
    assert found.state is SubscriberState.ACTIVE
    assert (len(room.walls.edits), room.marked(), room.walls.read_by("撤回新模型")) == (2, 0, {2})


def test_an_unknown_outcome_is_tried_again_in_groups_too_but_not_for_ever(room: Newsroom) -> None:
    room.subscribe([-1001, -1002])
    room.publish()
    room.deliver()
    room.walls.edit_script = lambda _, chat, tries: Unknown("no answer") if chat == -1001 or tries == 1 else None
    room.publish(BETTER)
    room.deliver(patience=1000.0)
    tries = [chat for _, chat, _ in room.walls.edits]
    assert (tries.count(-1001), tries.count(-1002)) == (6, 2)
    assert (room.walls.read_by("撤回新模型"), room.marked()) == ({-1002}, 0)


def test_an_edit_the_server_refuses_is_sent_plain(room: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    room.subscribe([1])
    room.publish()
    room.deliver()
    room.walls.edit_script = lambda message, *_: Rejected("no", RejectedKind.MARKUP) if message.entities else None
    room.publish(BETTER)
    room.deliver()
    assert room.walls.walls()[1][0].entities == ()
    assert "was refused and mended" in caplog.text


def test_a_group_that_moved_keeps_its_old_messages_as_they_were(room: Newsroom) -> None:
    room.subscribe([-5], kind=ChatKind.GROUP)
    room.publish()
    room.deliver()
    room.walls.edit_script = lambda _, chat, __: MovedTo(-1005) if chat == -5 else None
    room.publish(BETTER)
    room.deliver()
    with room.storage.reading() as tx:
        assert tx.subscribers.find(Place(-1005)) is not None
    assert ([chat for _, chat, _ in room.walls.edits], room.marked()) == ([-5], 0)


def test_a_token_that_is_refused_ends_everything(room: Newsroom) -> None:
    room.subscribe([1])
    room.publish()
    room.deliver()

    def refuse(*_: object) -> SendResult:
        raise TransportError("the Bot API server refuses this bot")

    room.walls.edit_script = refuse
    room.publish(BETTER)
    with pytest.raises(TransportError, match="refuses this bot"):
        room.deliver()
    room.walls.edit_script = willing
    room.deliver()
    assert room.walls.read_by("撤回新模型") == {1}


def test_who_was_not_reached_yet_gets_the_corrected_text_at_once(room: Newsroom) -> None:
    room.subscribe(range(1, 201))
    room.publish()

    async def work() -> None:
        deliverer = room.deliverer(rate=25.0)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(3.0)
        room.publish(BETTER, seconds=3.0)
        await asyncio.sleep(20.0)
        deliverer.stop()
        await running

    in_virtual_time(work())
    sent_at = {chat: time for time, chat, _ in room.walls.log}
    edited = {chat for _, chat, _ in room.walls.edits}
    assert len(room.walls.log) == 200
    assert len(room.walls.read_by("撤回新模型")) == 200
    assert max(sent_at[chat] for chat in edited) < 6.5  # a second to notice, and two seconds' worth on their way
    assert 60 < len(edited) < 170
    assert min(time for time, _, _ in room.walls.edits) > 7.9  # fresh news goes first
    assert room.marked() == 0


def heads(message: OutgoingMessage) -> list[str]:
    """The numbers of the items in a message."""
    return re.findall(r"^\d(?=\. )", message.text, re.MULTILINE)


def within(units: int) -> Callable[[Call], SendResult | None]:
    """A server that takes messages of so many units."""
    return lambda call: None if len(call.text.rstrip()) <= units else Rejected("long", RejectedKind.TOO_LONG)


def test_every_piece_of_a_part_that_was_too_long_is_corrected(room: Newsroom) -> None:
    room.walls.script = within(1100)
    room.subscribe([1, -1002])
    room.publish(PIECEMEAL)
    room.deliver()
    before = dict(room.walls.shown)
    room.publish(MENDED)
    room.deliver()
    assert room.walls.shown.keys() == before.keys()
    assert len(before) == 4
    found = {chat: [heads(message) for message in wall] for chat, wall in room.walls.walls().items()}
    assert found == {1: [["1", "2"], ["3", "4"]], -1002: [["1", "2"], ["3", "4"]]}
    assert room.walls.read_by("改过的头一条") == room.walls.read_by("改过的末一条") == {1, -1002}
    assert (len(room.walls.edits), room.marked()) == (4, 0)


def test_a_correction_between_two_pieces_reaches_both(room: Newsroom) -> None:
    room.walls.script = within(1100)
    room.subscribe([-1002])
    room.publish(PIECEMEAL)

    async def work() -> None:
        deliverer = room.deliverer(rate=25.0)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(1.5)
        room.publish(MENDED)
        await asyncio.sleep(20.0)
        deliverer.stop()
        await running

    in_virtual_time(work())
    first, second = room.walls.walls()[-1002]
    assert "改过的头一条" in first.text
    assert "改过的末一条" in second.text
    assert (heads(first), heads(second)) == (["1", "2"], ["3", "4"])


def test_a_digest_half_sent_goes_on_with_the_corrected_parts(room: Newsroom) -> None:
    room.subscribe([1])
    room.publish(LONG)

    async def work() -> None:
        deliverer = room.deliverer(rate=25.0)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(0.5)
        room.publish((replace(LONG[0], title="改过的头一条"), *LONG[1:5], replace(LONG[5], title="改过的末一条")))
        await asyncio.sleep(20.0)
        deliverer.stop()
        await running

    in_virtual_time(work())
    sent = [message.text for message in room.walls.messages]
    assert "改过的末一条" in sent[-1]
    assert [message_id for _, _, message_id in room.walls.edits] == [1, 3]  # the second in vain: one mark a delivery
    assert "改过的头一条" in room.walls.walls()[1][0].text
    assert len(room.walls.log) == len(room.walls.walls()[1])


def test_corrections_in_a_row_become_one_edit(room: Newsroom) -> None:
    room.subscribe([1, 2])
    room.publish()
    room.deliver()
    room.publish(BETTER)
    room.publish((replace(NEWS[0], title="第三种说法"), *NEWS[1:]))
    room.deliver()
    assert len(room.walls.edits) == 2
    assert room.walls.read_by("第三种说法") == {1, 2}


def test_a_correction_of_a_correction_under_way_reaches_everybody(room: Newsroom) -> None:
    room.subscribe(range(1, 101))
    room.publish()
    room.deliver()
    room.publish(BETTER)

    async def work() -> None:
        deliverer = room.deliverer(rate=25.0)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(2.0)
        room.publish((replace(NEWS[0], title="第三种说法"), *NEWS[1:]))
        await asyncio.sleep(15.0)
        deliverer.stop()
        await running

    in_virtual_time(work())
    assert len(room.walls.read_by("第三种说法")) == 100
    assert 100 < len(room.walls.edits) < 200
    assert room.marked() == 0


def test_an_added_item_reaches_who_takes_everything_and_nobody_who_mutes_it(room: Newsroom) -> None:
    room.subscribe([1, 2, 3])
    room.wish(2, RuleAction.MUTE, "潮汐")
    room.wish(3, RuleAction.FOLLOW, "青岚")
    room.publish()
    room.deliver()
    room.publish((*NEWS, Entry("潮汐计划登场", "一个新的计划。", url="https://example.org/tide")))
    room.deliver()
    texts = {chat: messages[0].text for chat, messages in room.walls.walls().items()}
    assert room.walls.read_by("潮汐") == {1}
    assert "4 items" in texts[1]
    assert "1 item hidden" in texts[2]
    assert "3 hidden" in texts[3]


def test_who_mutes_an_added_item_is_set_apart_before_anything_is_sent(room: Newsroom) -> None:
    room.subscribe([1, 2])
    room.wish(2, RuleAction.MUTE, "潮汐")
    room.publish()
    room.publish((*NEWS, Entry("潮汐计划登场", "一个新的计划。", url="https://example.org/tide")))
    room.deliver()
    assert (room.walls.read_by("潮汐"), len(room.walls.log), room.walls.edits) == ({1}, 2, [])
    assert not room.walls.read_by("updated")


def test_what_was_sent_long_ago_is_left_alone(room: Newsroom) -> None:
    room.subscribe([1])
    room.publish()
    room.deliver()
    with room.storage.writing() as tx:
        tx.ledger.apply([], now=START)
    room.publish(BETTER)

    async def work() -> None:
        await asyncio.sleep(timedelta(days=8).total_seconds())
        await room.once()

    in_virtual_time(work())
    assert (room.walls.edits, room.marked()) == ([], 0)


def test_blocked_readers_are_not_asked(room: Newsroom) -> None:
    room.subscribe([1, 2])
    room.publish()
    room.deliver()
    with room.storage.writing() as tx:
        tx.subscribers.block_chat(1, reason="blocked", now=START)
    room.publish(BETTER)
    room.deliver()
    assert [chat for _, chat, _ in room.walls.edits] == [2]
    assert room.marked() == 0


def test_corrections_wait_while_pushes_are_held(room: Newsroom) -> None:
    room.subscribe(range(1, 61))
    room.publish()
    room.deliver()
    room.publish(BETTER)
    control = Control(room.storage)
    counts = []

    async def work() -> None:
        deliverer = room.deliverer(rate=10.0)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(2.0)
        control.hold(True)
        await asyncio.sleep(6.0)
        counts.append(len(room.walls.edits))
        await asyncio.sleep(20.0)
        counts.append(len(room.walls.edits))
        control.hold(False)
        await asyncio.sleep(20.0)
        deliverer.stop()
        await running

    in_virtual_time(work())
    assert counts[0] == counts[1] < 60
    assert (len(room.walls.edits), room.marked()) == (60, 0)


def test_an_edition_that_cannot_be_drawn_anew_waits_and_is_reported(
    room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    room.subscribe([1])
    room.publish()
    room.deliver()
    room.publish(BETTER)
    good = room.render

    def fail(_: Edition) -> Rendering:
        raise DigestbotError("no such item")

    room.render = fail  # type: ignore[method-assign] # for a while
    room.deliver()
    assert caplog.text.count("cannot be rendered: no such item") == 1
    assert (room.walls.edits, room.marked()) == ([], 1)
    room.render = good  # type: ignore[method-assign] # as it was
    room.deliver()
    assert room.walls.read_by("撤回新模型") == {1}


def test_an_edition_that_cannot_be_drawn_holds_up_no_other(room: Newsroom) -> None:
    room.subscribe([1, 2])
    room.wish(2, RuleAction.FOLLOW, "青岚")
    room.publish()
    room.deliver()
    room.publish(BETTER)
    good = room.render

    def render(edition: Edition) -> Rendering:
        if edition.complete:
            raise ZeroDivisionError
        return good(edition)

    room.render = render  # type: ignore[method-assign] # fails for those who take everything
    room.deliver()
    assert (room.walls.read_by("撤回新模型"), room.marked()) == ({2}, 1)


def test_the_first_are_edited_while_the_last_editions_are_drawn(room: Newsroom) -> None:
    room.subscribe(range(1, 61))
    wishes = [[entry.title[:2] for number, entry in enumerate(MANY) if chat >> number & 1] for chat in range(1, 61)]
    follows = [(chat, word) for chat, words in enumerate(wishes, start=1) for word in words]
    collections.deque((room.wish(chat, RuleAction.FOLLOW, word) for chat, word in follows), maxlen=0)
    room.publish(MANY)
    room.deliver(patience=120.0)
    drawn: list[int] = []
    room.walls.edit_script = lambda *_: drawn.append(room.rendered)
    room.rendered, good = 0, room.render

    def render(edition: Edition) -> Rendering:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.virtual += 0.1  # what a drawing takes
        return good(edition)

    room.render = render  # type: ignore[method-assign] # takes its time
    room.publish(tuple(replace(entry, body="改过的内容。") for entry in MANY))
    room.deliver(patience=120.0)
    assert (len(room.walls.edits), room.rendered, room.marked()) == (60, 60, 0)
    assert drawn[0] < 30


def test_a_gap_among_the_messages_leaves_the_others_editable(room: Newsroom) -> None:
    room.subscribe([-1001])
    room.walls.script = lambda call: Unknown("no answer") if "第3条长文" in call.text else None
    room.publish(LONG)
    room.deliver(patience=60.0)
    room.publish(tuple(replace(entry, title=f"改过的{entry.title}") for entry in LONG))
    room.deliver(patience=60.0)
    assert room.states() == {DeliveryState.UNKNOWN: 1}
    assert [message_id for _, _, message_id in room.walls.edits] == [1, 2]
    assert "第1条长文" in room.walls.shown[-1001, 1].text
    assert "第6条长文" in room.walls.shown[-1001, 2].text
    assert all("改过的" in message.text for message in room.walls.shown.values())
    assert room.marked() == 0


@pytest.mark.parametrize("broken", ["look", "outdated", "page", "record", "finish"])
def test_a_database_that_fails_for_a_moment_costs_no_edit(
    room: Newsroom, broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room.subscribe(range(1, 4))
    room.publish()
    room.deliver()
    room.publish(BETTER)

    async def work() -> None:
        deliverer = room.deliverer(rate=25.0)
        store = deliverer._store.corrections
        good, failures = getattr(store, broken), iter([StorageError("locked")])

        def once(*arguments: object) -> object:
            error = next(failures, None)
            if error is not None:
                raise error
            return good(*arguments)

        monkeypatch.setattr(store, broken, once)
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(30.0)
        deliverer.stop()
        await running

    with caplog.at_level(logging.ERROR):
        in_virtual_time(work())
    assert "locked" in caplog.text
    assert (len(room.walls.read_by("撤回新模型")), room.marked()) == (3, 0)


def test_delivered_states_stay_as_they_are(room: Newsroom) -> None:
    room.subscribe([1, 2])
    room.publish()
    room.deliver()
    sent: datetime
    with room.storage.reading() as tx:
        sent = _last_sent(tx.ledger.last_sent(Place(1)))
    room.publish(BETTER)
    in_virtual_time(_later(room))
    with room.storage.reading() as tx:
        assert _last_sent(tx.ledger.last_sent(Place(1))) == sent
    assert room.states() == {DeliveryState.SENT: 2}


def _last_sent(found: object) -> datetime:
    return found.at  # type: ignore[attr-defined, no-any-return] # there is one


async def _later(room: Newsroom) -> None:
    await asyncio.sleep(100)
    await room.once()


def test_ingest_marks_nothing_for_a_digest_nobody_was_sent(room: Newsroom) -> None:
    room.publish()
    room.publish(BETTER)
    assert room.marked() == 0
