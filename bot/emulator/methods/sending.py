"""sendMessage and its like: check, count against the flood limits, post."""

import json
from collections.abc import Iterable
from typing import Any

from bot.emulator.access import check_reach, check_thread, check_write
from bot.emulator.call import Call
from bot.emulator.errors import bad_request, not_found
from bot.emulator.methods.method import Method, method
from bot.emulator.model import Chat, Message
from bot.emulator.text.formatted import Formatted
from bot.emulator.text.links import link_or_none
from bot.emulator.text.rich import MAX_CHARACTERS, RichError, check_rich_html

COMMON = frozenset(
    {
        "business_connection_id",
        "chat_id",
        "message_thread_id",
        "direct_messages_topic_id",
        "disable_notification",
        "protect_content",
        "allow_paid_broadcast",
        "message_effect_id",
        "suggested_post_parameters",
        "reply_parameters",
        "reply_markup",
        "reply_to_message_id",
        "allow_sending_without_reply",
    }
)
_PREVIEW_FLAGS = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")
_RICH_FORMS = ("html", "markdown", "blocks")
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def formatted(call: Call, name: str = "text", entities: str = "entities", *, caption: bool = False) -> Formatted:
    """The text parameter as it will be shown; entities over the limit are a violation of our own rules."""
    result = call.emulator.formatter.read(
        call.string(name), call.string("parse_mode"), call.params.get(entities), caption=caption
    )
    if result.dropped:
        call.emulator.violate(call.method, f"{result.dropped} entities over the limit of 100 were dropped")
    call.text = result.text
    return result


def text_fields(result: Formatted, call: Call, name: str = "text", entities: str = "entities") -> dict[str, Any]:
    """The fields of a Message for that text; mentions of users are filled in."""
    if not result.text:
        return {}
    fields: dict[str, Any] = {name: result.text}
    if result.entities:
        fields[entities] = [_with_user(entity, call) for entity in result.entities]
    return fields


def _with_user(entity: dict[str, Any], call: Call) -> dict[str, Any]:
    if entity["type"] != "text_mention":
        return entity
    user = call.emulator.world.users.get(entity["user_id"])
    if user is None:
        raise bad_request("user not found")
    return {key: value for key, value in entity.items() if key != "user_id"} | {"user": user.json}


def link_preview(call: Call) -> dict[str, Any]:
    """`link_preview_options`, checked; the older flag means the same."""
    options = call.json("link_preview_options", "can't parse link preview options JSON object")
    if options is None:
        disabled = call.flag("disable_web_page_preview")
        return {"link_preview_options": {"is_disabled": True}} if disabled else {}
    if not isinstance(options, dict):
        raise bad_request("object expected as link preview options")
    for name in _PREVIEW_FLAGS:
        if name in options and not isinstance(options[name], bool):
            raise bad_request(f'field "{name}" must be of type Boolean')
    if options.get("url") and link_or_none(str(options["url"])) is None:
        raise bad_request("WEBPAGE_URL_INVALID")
    return {"link_preview_options": options} if options else {}


def markup(call: Call, chat: Chat, *, only_inline: bool = False) -> dict[str, Any] | None:
    """`reply_markup`, checked for that kind of chat."""
    return call.emulator.keyboards.read(call.params.get("reply_markup"), chat.type, only_inline=only_inline)


def replied(call: Call, chat: Chat) -> dict[str, Any]:
    """The message a reply quotes; raises unless it exists or may be missing."""
    params = call.json("reply_parameters", "can't parse reply parameters JSON object")
    if params is None:
        message_id = call.integer("reply_to_message_id")
        if not message_id:
            return {}
        params = {"message_id": message_id, "allow_sending_without_reply": call.flag("allow_sending_without_reply")}
    if not isinstance(params, dict) or "message_id" not in params:
        raise bad_request('can\'t find field "message_id"')
    original = chat.messages.get(int(params["message_id"]))
    if original is None:
        if params.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    shown = {key: value for key, value in original.items() if key != "reply_to_message"}
    return {"reply_to_message": shown}


def deliver(
    call: Call, chat: Chat, content: dict[str, Any], *, what: str = "text messages", right: str = ""
) -> Message:
    """Check the chat, the topic, the reply and the keyboard; count it; post it."""
    check_write(call.bot, chat, what, right or "can_send_messages")
    thread_id = call.integer("message_thread_id")
    topic = check_thread(call.bot, chat, thread_id)
    reply = replied(call, chat)
    keyboard = markup(call, chat)
    if call.string("business_connection_id"):
        raise bad_request("business connection not found")
    if call.string("message_effect_id") and chat.type != "private":
        raise bad_request("EFFECT_ID_INVALID")
    call.charge(chat)
    message: Message = {**call.emulator.world.author(chat, call.bot.user), **content, **reply}
    if topic is None and reply and chat.is_forum:
        thread_id = reply["reply_to_message"].get("message_thread_id", 0)
        topic = chat.topics.get(thread_id)
    if topic is not None:
        message |= {"message_thread_id": topic.id, "is_topic_message": True}
        call.thread_id = topic.id
    if keyboard is not None and "inline_keyboard" in keyboard:
        message["reply_markup"] = keyboard
    if call.flag("protect_content"):
        message["has_protected_content"] = True
    stored = call.emulator.world.store(chat, message)
    if keyboard is not None and "inline_keyboard" not in keyboard:
        call.emulator.reply_keyboards[(chat.id, stored["message_id"])] = keyboard
    chat.last_bot = call.bot.id
    return call.note(stored)


def send_message(call: Call) -> Message:
    result = formatted(call)
    chat = call.find_chat()
    return deliver(call, chat, {**text_fields(result, call), **link_preview(call)})


def send_chat_action(call: Call) -> bool:
    chat = call.find_chat()
    if call.string("action").lower() not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    check_write(call.bot, chat)
    check_thread(call.bot, chat, call.integer("message_thread_id"))
    call.emulator.world.events.publish("typing", chat_id=chat.id, action=call.string("action"), bot_id=chat.bot_id)
    return True


def send_rich_message(call: Call) -> Message:
    """Newer than most servers: 404 unless the emulator was told to know it."""
    if not call.emulator.rich_messages:
        raise not_found()
    rich = rich_message(call)
    return deliver(call, call.find_chat(), {"rich_message": rich}, what="the rich message")


def rich_message(call: Call) -> dict[str, Any]:
    """`rich_message`, checked: exactly one form of content; HTML as far as its rules are known."""
    rich = call.json("rich_message", "can't parse rich message JSON object")
    if not isinstance(rich, dict) or not rich:
        raise bad_request("rich message must be non-empty")
    if sum(bool(rich.get(name)) for name in _RICH_FORMS) != 1:
        raise bad_request("exactly one of html, markdown and blocks must be specified")
    if len(str(rich.get("markdown", ""))) > MAX_CHARACTERS or len(json.dumps(rich, ensure_ascii=False)) > 65_536:
        raise bad_request("rich message is too long")
    try:
        call.text = check_rich_html(str(rich["html"])) if rich.get("html") else str(rich.get("markdown") or "")
    except RichError as error:
        raise bad_request(f"{error}") from error
    return rich


def _source(call: Call) -> tuple[Chat, Message]:
    origin = call.find_chat("from_chat_id")
    check_reach(call.bot, origin)
    message = origin.messages.get(call.integer("message_id"))
    if message is None:
        raise bad_request(f"message to {'copy' if 'copy' in call.method else 'forward'} not found")
    return origin, message


_CONTENT = ("text", "entities", "caption", "caption_entities", "photo", "document", "rich_message")


def copy_message(call: Call) -> dict[str, int]:
    _, original = _source(call)
    chat = call.find_chat()
    content = {key: original[key] for key in _CONTENT if key in original}
    if "caption" in call.params and "text" not in content:
        result = formatted(call, "caption", "caption_entities", caption=True)
        content |= text_fields(result, call, "caption", "caption_entities")
    call.text = content.get("text") or content.get("caption")
    return {"message_id": deliver(call, chat, content)["message_id"]}


def forward_message(call: Call) -> Message:
    origin, original = _source(call)
    chat = call.find_chat()
    content: dict[str, Any] = {key: original[key] for key in _CONTENT if key in original}
    source: dict[str, Any] = {"type": "user", "sender_user": original.get("from"), "date": original["date"]}
    if origin.type == "channel":
        source = {
            "type": "channel",
            "chat": origin.json,
            "message_id": original["message_id"],
            "date": original["date"],
        }
    call.text = content.get("text") or content.get("caption")
    return deliver(call, chat, {**content, "forward_origin": source})


def set_message_reaction(call: Call) -> bool:
    chat = call.find_chat()
    check_reach(call.bot, chat)
    if call.integer("message_id") not in chat.messages:
        raise bad_request("message to react not found")
    call.json("reaction", "can't parse reaction types JSON object")
    return True


def methods() -> Iterable[Method]:
    texts = ("text", "parse_mode", "entities", "link_preview_options", "disable_web_page_preview")
    yield method("sendMessage", send_message, *texts, also=COMMON)
    yield method("sendRichMessage", send_rich_message, "rich_message", also=COMMON)
    yield method("sendChatAction", send_chat_action, "business_connection_id", "chat_id", "message_thread_id", "action")
    captions = ("caption", "parse_mode", "caption_entities", "show_caption_above_media")
    origin = ("from_chat_id", "message_id", "video_start_timestamp")
    yield method("copyMessage", copy_message, *captions, *origin, also=COMMON)
    yield method("forwardMessage", forward_message, *origin, also=COMMON)
    yield method("setMessageReaction", set_message_reaction, "chat_id", "message_id", "reaction", "is_big")
