"""Changing and deleting what was sent."""

from collections.abc import Iterable
from typing import Any

from bot.emulator.access import check_reach
from bot.emulator.call import Call
from bot.emulator.errors import bad_request
from bot.emulator.methods.method import Method, method
from bot.emulator.methods.sending import formatted, link_preview, markup, rich_message, text_fields
from bot.emulator.model import Chat, Message

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_DELETABLE_SECONDS = 48 * 3600
_TARGET = ("business_connection_id", "chat_id", "message_id", "inline_message_id", "reply_markup")
_WATCHED = ("text", "entities", "caption", "caption_entities", "photo", "document", "reply_markup", "rich_message")


def target(call: Call) -> tuple[Chat, Message]:
    """The message to change; only the bot's own (or, in channels, anything for an editing administrator)."""
    if call.string("inline_message_id") and not call.string("chat_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = call.find_chat()
    check_reach(call.bot, chat)
    if not call.string("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(call.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    member = chat.member(call.bot.id)
    mine = message.get("from", {}).get("id") == call.bot.id
    if chat.type == "channel":
        mine = member.is_admin and member.rights.get("can_edit_messages", True)
    if not mine:
        raise bad_request("message can't be edited")
    return chat, message


def change(call: Call, chat: Chat, message: Message, content: dict[str, Any], *, gone: tuple[str, ...]) -> Message:
    """Replace the fields in `gone` by `content` and the keyboard; refuse when nothing would change."""
    keyboard = markup(call, chat, only_inline=True)
    new = {key: value for key, value in message.items() if key not in gone and key != "reply_markup"} | content
    if keyboard is not None:
        new["reply_markup"] = keyboard
    if all(new.get(name) == message.get(name) for name in _WATCHED):
        raise bad_request(_NOT_MODIFIED)
    call.charge(chat)
    new["edit_date"] = call.emulator.world.stamp()
    chat.messages[message["message_id"]] = new
    call.emulator.world.edited(chat, new)
    return call.note(new)


def edit_message_text(call: Call) -> Message:
    if "rich_message" in call.params and call.emulator.rich_messages:
        chat, message = target(call)
        rich = rich_message(call)
        return change(call, chat, message, {"rich_message": rich}, gone=("text", "entities", "rich_message"))
    result = formatted(call)
    chat, message = target(call)
    if "text" not in message and "rich_message" not in message:
        raise bad_request("there is no text in the message to edit")
    content = {**text_fields(result, call), **link_preview(call)}
    return change(call, chat, message, content, gone=("text", "entities", "rich_message", "link_preview_options"))


def edit_message_caption(call: Call) -> Message:
    result = formatted(call, "caption", "caption_entities", caption=True)
    chat, message = target(call)
    if "photo" not in message and "document" not in message:
        raise bad_request("there is no caption in the message to edit")
    content = text_fields(result, call, "caption", "caption_entities")
    return change(call, chat, message, content, gone=("caption", "caption_entities"))


def edit_message_reply_markup(call: Call) -> Message:
    chat, message = target(call)
    return change(call, chat, message, {}, gone=())


def _may_delete(call: Call, chat: Chat, message: Message) -> bool:
    member = chat.member(call.bot.id)
    if chat.type == "channel":
        return member.is_admin and member.rights.get("can_post_messages", True)
    if member.is_admin and member.rights.get("can_delete_messages", True):
        return True
    recent = call.emulator.world.clock() - message["date"] < _DELETABLE_SECONDS
    return recent and (chat.type == "private" or message.get("from", {}).get("id") == call.bot.id)


def _delete(call: Call, chat: Chat, message_id: int) -> bool:
    message = chat.messages.get(message_id)
    if message is None:
        return False
    if not _may_delete(call, chat, message):
        raise bad_request("message can't be deleted")
    return call.emulator.world.remove(chat, message_id)


def delete_message(call: Call) -> bool:
    chat = call.find_chat()
    check_reach(call.bot, chat)
    if not _delete(call, chat, call.integer("message_id")):
        raise bad_request("message to delete not found")
    return True


def delete_messages(call: Call) -> bool:
    chat = call.find_chat()
    check_reach(call.bot, chat)
    ids = call.json("message_ids", "can't parse message identifiers JSON object")
    if not isinstance(ids, list) or not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    for message_id in ids:
        _delete(call, chat, int(message_id))
    return True


def methods() -> Iterable[Method]:
    texts = ("text", "parse_mode", "entities", "link_preview_options", "disable_web_page_preview", "rich_message")
    captions = ("caption", "parse_mode", "caption_entities", "show_caption_above_media")
    yield method("editMessageText", edit_message_text, *_TARGET, *texts)
    yield method("editMessageCaption", edit_message_caption, *_TARGET, *captions)
    yield method("editMessageReplyMarkup", edit_message_reply_markup, *_TARGET)
    yield method("deleteMessage", delete_message, "chat_id", "message_id")
    yield method("deleteMessages", delete_messages, "chat_id", "message_ids")
