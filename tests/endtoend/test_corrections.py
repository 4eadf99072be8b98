"""A corrected file in the watched folder edits what readers already have; nobody hears a second ring."""

from dataclasses import replace

from bot.core.model import ChatKind, Language, Place
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored, until
from tests.endtoend.conftest import buttons, digests

BETTER = (
    replace(NEWS[0], title="青岚实验室撤回新模型"),
    NEWS[2],
    Entry("潮汐计划登场", "新的计划。", url="https://example.org/t"),
)


def subscribe(running: Running, place: Place, kind: ChatKind) -> None:
    with running.core.storage.writing() as tx:
        tx.subscribers.ensure(place, kind=kind, title="", language=Language.EN, now=slot(7))


async def corrected(emulator: Emulator, *chats: Person | Chat) -> None:
    await emulator.wait_for(lambda: all("潮汐计划" in emulator.texts(chat)[-1] for chat in chats))


async def test_an_overwritten_file_edits_private_chats_groups_and_channels_in_place(
    house: House, running: Running, emulator: Emulator, ann: Person, group: Chat, channel: Chat
) -> None:
    await ann.ask("/subscribe")
    subscribe(running, Place(group.id), ChatKind.SUPERGROUP)
    subscribe(running, Place(channel.id), ChatKind.CHANNEL)
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: all(digests(emulator.messages(chat)) for chat in (ann, group, channel)))
    before = {chat.id: emulator.messages(chat)[-1] for chat in (ann, group, channel)}
    sent = len(emulator.journal.sends())
    house.desk.publish(slot(12), BETTER)
    await corrected(emulator, ann, group, channel)
    after = {chat.id: emulator.messages(chat)[-1] for chat in (ann, group, channel)}
    assert [after[chat]["message_id"] for chat in before] == [message["message_id"] for message in before.values()]
    assert len(emulator.journal.sends()) == sent
    assert {("updated" in message["text"], "撤回" in message["text"]) for message in after.values()} == {(True, True)}
    assert {"strikethrough" in {one["type"] for one in message["entities"]} for message in after.values()} == {True}
    assert [bool(buttons(after[chat.id])) for chat in (ann, group, channel)] == [True, True, False]


async def test_a_correction_that_came_while_the_bot_was_down_is_made_at_the_next_start(
    house: House, emulator: Emulator, ann: Person, ming: Person
) -> None:
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/subscribe")
        await ming.ask("/subscribe")
        house.desk.publish(slot(12))
        await emulator.wait_for(lambda: all(digests(emulator.messages(chat)) for chat in (ann, ming)))
    emulator.world.remove(ming.chat(), emulator.messages(ming)[-1]["message_id"])
    house.desk.publish(slot(12), BETTER)
    async with house.running():
        await corrected(emulator, ann)
        await until(lambda: len(emulator.journal.calls("editMessageText")) == 2)
    edits = len(emulator.journal.calls("editMessageText"))
    async with house.running() as running:
        await stored(running, 2)
    assert len(emulator.journal.calls("editMessageText")) == edits
    assert digests(emulator.messages(ming)) == []
