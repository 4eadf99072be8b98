"""Edits and deletions."""

from typing import Any

import pytest

from bot.emulator import Chat, Emulator, Person
from tests.emulator.conftest import Api, Clock

BUTTON = {"inline_keyboard": [[{"text": "a", "callback_data": "x"}]]}


async def sent(api: Api, chat_id: int, **params: Any) -> dict[str, Any]:
    message: dict[str, Any] = (await api("sendMessage", chat_id=chat_id, **{"text": "old", **params})).result
    return message


async def test_an_edit_replaces_text_and_keyboard(api: Api, emulator: Emulator, reader: Person, clock: Clock) -> None:
    message = await sent(api, reader.id, reply_markup=BUTTON)
    clock.advance(5)
    edited = await api(
        "editMessageText", chat_id=reader.id, message_id=message["message_id"], text="<i>new</i>", parse_mode="HTML"
    )
    assert (edited.result["text"], edited.result["edit_date"]) == ("new", int(clock.now))
    assert "reply_markup" not in edited.result
    assert emulator.messages(reader) == [edited.result]


async def test_an_edit_that_changes_nothing_is_refused(api: Api, reader: Person) -> None:
    message = await sent(api, reader.id, reply_markup=BUTTON)
    params = {"chat_id": reader.id, "message_id": message["message_id"]}
    answer = await api("editMessageText", **params, text="old", reply_markup=BUTTON)
    assert answer.error == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message"
    )
    assert (await api("editMessageReplyMarkup", **params, reply_markup=BUTTON)).error.startswith(
        "Bad Request: message is not"
    )
    assert (await api("editMessageReplyMarkup", **params)).status == 200


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"message_id": 99}, "message to edit not found"),
        ({}, "message identifier is not specified"),
        ({"chat_id": None, "inline_message_id": "x"}, "MESSAGE_ID_INVALID"),
        ({"chat_id": None}, "chat_id is empty"),
    ],
)
async def test_edits_of_nothing(api: Api, reader: Person, params: dict[str, Any], reason: str) -> None:
    answer = await api("editMessageText", **{"chat_id": reader.id, "text": "x", **params})
    assert answer.error == f"Bad Request: {reason}"


async def test_only_own_messages_can_be_edited(api: Api, reader: Person) -> None:
    theirs = reader.send("mine")
    answer = await api("editMessageText", chat_id=reader.id, message_id=theirs["message_id"], text="x")
    assert answer.error == "Bad Request: message can't be edited"


async def test_a_blocked_bot_cannot_edit(api: Api, reader: Person) -> None:
    message = await sent(api, reader.id)
    reader.block()
    answer = await api("editMessageText", chat_id=reader.id, message_id=message["message_id"], text="x")
    assert answer.error == "Forbidden: bot was blocked by the user"


async def test_captions_and_texts_are_not_confused(api: Api, reader: Person) -> None:
    message = await sent(api, reader.id)
    answer = await api("editMessageCaption", chat_id=reader.id, message_id=message["message_id"], caption="x")
    assert answer.error == "Bad Request: there is no caption in the message to edit"


async def test_channel_posts_can_be_edited_by_editors_only(api: Api, emulator: Emulator, channel: Chat) -> None:
    message = await sent(api, channel.id)
    params = {"chat_id": channel.id, "message_id": message["message_id"]}
    assert (await api("editMessageText", **params, text="new")).status == 200
    emulator.promote(channel, can_edit_messages=False)
    assert (await api("editMessageText", **params, text="newer")).error == "Bad Request: message can't be edited"


async def test_deletion(api: Api, emulator: Emulator, reader: Person) -> None:
    message = await sent(api, reader.id)
    params = {"chat_id": reader.id, "message_id": message["message_id"]}
    assert (await api("deleteMessage", **params)).result is True
    assert (await api("deleteMessage", **params)).error == "Bad Request: message to delete not found"
    assert emulator.messages(reader) == []


async def test_after_two_days_only_administrators_delete(
    api: Api, emulator: Emulator, group: Chat, reader: Person, clock: Clock
) -> None:
    message = await sent(api, group.id)
    theirs = reader.send("hello", group)
    params = {"chat_id": group.id, "message_id": message["message_id"]}
    foreign = await api("deleteMessage", chat_id=group.id, message_id=theirs["message_id"])
    assert foreign.error == "Bad Request: message can't be deleted"
    clock.advance(48 * 3600)
    assert (await api("deleteMessage", **params)).error == "Bad Request: message can't be deleted"
    emulator.promote(group)
    assert (await api("deleteMessage", **params)).result is True


async def test_several_are_deleted_at_once_and_missing_ones_skipped(api: Api, channel: Chat) -> None:
    first, second = await sent(api, channel.id), await sent(api, channel.id)
    ids = [first["message_id"], 99, second["message_id"]]
    assert (await api("deleteMessages", chat_id=channel.id, message_ids=ids)).result is True
    assert channel.messages == {}
    assert "not specified" in (await api("deleteMessages", chat_id=channel.id)).error
    assert "too many" in (await api("deleteMessages", chat_id=channel.id, message_ids=list(range(101)))).error
