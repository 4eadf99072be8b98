"""Longer conversations than a question and its answer: replies, forum topics, what a press brings."""

from bot.core.model import ChatKind, Language, Place, Preferences, Rule
from bot.emulator import Chat, Emulator, Person
from bot.storage import Storage
from tests.conftest import House, Running, slot, until
from tests.endtoend.conftest import Message, digests


async def told(
    emulator: Emulator,
    person: Person,
    text: str,
    chat: Chat | None = None,
    *,
    thread_id: int | None = None,
    reply_to: Message | None = None,
) -> Message:
    """Type a text, perhaps in reply, and wait for the bot's next message there."""
    where = chat or person.chat()
    sent = person.send(text, chat, thread_id=thread_id, reply_to=reply_to)

    def answer() -> Message | None:
        # In a channel both post in its name: what the bot sent is known from its calls.
        ours = {entry.message_id for entry in emulator.journal.sends(where.id)}
        return next(
            (m for m in where.messages.values() if m["message_id"] in ours and m["message_id"] > sent["message_id"]),
            None,
        )

    found: Message = await emulator.wait_for(answer)
    return found


async def brought(emulator: Emulator, person: Person, message: Message, button: str) -> Message:
    """Press a button and wait for the new message that it brings."""
    chat = emulator.find(message["chat"]["id"], person)
    newest = max(chat.messages)
    await person.press(message, button)
    found: Message = await emulator.wait_for(
        lambda: next((m for key, m in chat.messages.items() if key > newest), None)
    )
    return found


async def edited(emulator: Emulator, person: Person, message: Message, button: str) -> Message:
    """Press a button and wait until the message it is under has changed."""
    chat = emulator.find(message["chat"]["id"], person)
    before = emulator.message(chat, message)
    await person.press(message, button)
    await emulator.wait_for(lambda: emulator.message(chat, message) != before)
    return emulator.message(chat, message)


def subscribe(
    running: Running,
    place: Place,
    *rules: Rule,
    kind: ChatKind = ChatKind.PRIVATE,
    language: Language = Language.EN,
    preferences: Preferences = Preferences(),
) -> None:
    """A subscriber with these wishes, known without having asked."""
    with running.core.storage.writing() as tx:
        known, _ = tx.subscribers.ensure(
            place, kind=kind, title="T", language=language, now=slot(7), preferences=preferences
        )
        tx.subscribers.set_rules(known.id, rules, now=slot(7))


async def pushed(house: House, emulator: Emulator, where: Person | Chat, **publishing: object) -> list[Message]:
    """Publish a digest and wait until it has come and the ledger knows; its messages there."""
    before = len(digests(emulator.messages(where)))
    house.desk.publish(slot(12), **publishing)
    await emulator.wait_for(lambda: len(digests(emulator.messages(where))) > before)
    async with house.storage() as storage:
        await until(lambda: _noted(storage, digests(emulator.messages(where))[-1]))
    return digests(emulator.messages(where))[before:]


def _noted(storage: Storage, message: Message) -> bool:
    with storage.reading() as tx:
        return tx.ledger.find_by_message(message["chat"]["id"], message["message_id"]) is not None
