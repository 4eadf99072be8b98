"""One person's burst is answered so far, told once, and slows nobody else down."""

import asyncio

import pytest

from bot.core.model import Place, SubscriberState
from bot.emulator import Chat, Emulator, Person
from tests.conftest import Running, subscriber_of, until
from tests.endtoend.conftest import Message

pytestmark = pytest.mark.usefixtures("running")
TOLD = "That was a lot at once"


def answers(emulator: Emulator, where: Person | Chat) -> tuple[int, int]:
    """How many answers came, and how many notices."""
    texts = [message.get("text", "") for message in emulator.sent(where)]
    notices = sum(TOLD in text for text in texts)
    return len(texts) - notices, notices


async def test_three_hundred_commands_bring_thirty_answers_and_one_notice(
    emulator: Emulator, ann: Person, ming: Person
) -> None:
    for _ in range(300):
        ann.send("/help")
    answer: Message = await ming.ask("/status")
    await emulator.wait_for(lambda: answers(emulator, ann)[1])
    assert "状态" in answer["text"]
    assert "状态" in (await ming.ask("/status"))["text"]
    given, notices = answers(emulator, ann)
    assert 1 <= given <= 30
    assert notices == 1


async def test_presses_are_told_by_a_toast_and_change_nothing(emulator: Emulator, ann: Person) -> None:
    shown = await ann.ask("/topics")
    toasts = [(await ann.press_data(shown, "1:-"))["text"] for _ in range(59)]
    assert toasts[:58] == [None] * 58
    assert TOLD in toasts[58]
    with pytest.raises(TimeoutError):
        await ann.press_data(shown, "1:-", timeout_seconds=0.3)
    assert answers(emulator, ann) == (1, 0)


async def test_letters_typed_inline_cost_little_and_too_many_bring_nothing(ann: Person) -> None:
    found = [await ann.inline("机械臂") for _ in range(40)]
    assert all(found)
    await ann.ask("/help")


async def test_talk_in_groups_and_other_bots_commands_cost_nothing(
    emulator: Emulator, ann: Person, group: Chat
) -> None:
    emulator.promote(group)
    for _ in range(40):
        ann.send("hello", group)
    for _ in range(31):
        await asyncio.sleep(0.01)  # they wait for their turn like any command
        ann.send("/latest@other_bot", group)
    await ann.ask("/help", group)
    assert answers(emulator, group) == (1, 0)


async def test_the_share_is_a_persons_not_a_chats(emulator: Emulator, ann: Person, ming: Person, group: Chat) -> None:
    for _ in range(40):
        ann.send("/help", group)
    await emulator.wait_for(lambda: answers(emulator, group)[1])
    before = sum(answers(emulator, group))
    ming.send("/status", group)
    await emulator.wait_for(lambda: sum(answers(emulator, group)) > before)
    ann.send("/help")
    await ming.ask("/help")
    assert emulator.sent(ann) == []


async def test_what_becomes_of_a_chat_is_heard_however_much_somebody_asked(
    emulator: Emulator, ann: Person, running: Running
) -> None:
    await ann.ask("/subscribe")
    for _ in range(60):
        ann.send("/help")
    ann.block()
    await until(lambda: subscriber_of(running.core.storage, Place(ann.id)).state is SubscriberState.BLOCKED)
