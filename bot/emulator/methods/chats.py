"""Chats and their members, pins and forum topics."""

from collections.abc import Iterable
from typing import Any

from bot.emulator.access import check_reach
from bot.emulator.call import Call
from bot.emulator.errors import bad_request
from bot.emulator.methods.method import Method, method
from bot.emulator.model import Chat, Member, Topic, User
from bot.emulator.world import member_json


def _reachable(call: Call) -> Chat:
    chat = call.find_chat()
    if chat.type != "private":
        check_reach(call.bot, chat)
    return chat


def get_chat(call: Call) -> dict[str, Any]:
    chat = _reachable(call)
    full: dict[str, Any] = {**chat.json, "accent_color_id": 0, "max_reaction_count": 11}
    full["accepted_gift_types"] = {
        "unlimited_gifts": False,
        "limited_gifts": False,
        "unique_gifts": False,
        "premium_subscription": False,
        "gifts_from_channels": False,
    }
    if chat.type in ("group", "supergroup"):
        full["permissions"] = {"can_send_messages": not chat.muted}
    if chat.pinned is not None and chat.pinned in chat.messages:
        full["pinned_message"] = chat.messages[chat.pinned]
    return full


def _account(call: Call, user_id: int) -> User | None:
    world = call.emulator.world
    known = world.users.get(user_id)
    return known or next((bot.user for bot in world.bots.values() if bot.id == user_id), None)


def get_chat_member(call: Call) -> dict[str, Any]:
    chat = _reachable(call)
    user_id = call.integer("user_id")
    if not user_id:
        raise bad_request("invalid user_id specified")
    user = _account(call, user_id)
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID" if chat.type != "private" else "user not found")
    if chat.type == "private":
        return member_json(user, Member("member"))
    return member_json(user, chat.member(user_id))


def get_chat_administrators(call: Call) -> list[dict[str, Any]]:
    chat = _reachable(call)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    admins = [(_account(call, user_id), member) for user_id, member in chat.members.items() if member.is_admin]
    return [member_json(user, member) for user, member in admins if user is not None and not member.is_anonymous]


def get_chat_member_count(call: Call) -> int:
    chat = _reachable(call)
    return 2 if chat.type == "private" else sum(member.present for member in chat.members.values())


def leave_chat(call: Call) -> bool:
    chat = _reachable(call)
    if chat.type == "private":
        raise bad_request("chat_id must be a group or a channel")
    call.emulator.world.set_member(chat, call.bot.user, Member("left"), call.bot.user)
    return True


def pin_chat_message(call: Call) -> bool:
    chat = _reachable(call)
    if call.integer("message_id") not in chat.messages:
        raise bad_request("message to pin not found")
    member = chat.member(call.bot.id)
    if chat.type != "private" and not (member.is_admin and member.rights.get("can_pin_messages", True)):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    chat.pinned = call.integer("message_id")
    return True


def unpin_chat_message(call: Call) -> bool:
    chat = _reachable(call)
    chat.pinned = None
    return True


def _managed_forum(call: Call) -> Chat:
    chat = _reachable(call)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    member = chat.member(call.bot.id)
    if not member.is_admin or not member.rights.get("can_manage_topics", True):
        raise bad_request("not enough rights to create a topic")
    return chat


def create_forum_topic(call: Call) -> dict[str, Any]:
    chat = _managed_forum(call)
    name = call.string("name")
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    topic = call.emulator.world.add_topic(chat, name, call.bot.user)
    return {"message_thread_id": topic.id, "name": name, "icon_color": 7322096}


def _topic(call: Call) -> tuple[Chat, Topic]:
    chat = _managed_forum(call)
    topic = chat.topics.get(call.integer("message_thread_id"))
    if topic is None:
        raise bad_request("message thread not found")
    return chat, topic


def close_forum_topic(call: Call) -> bool:
    _topic(call)[1].closed = True
    return True


def reopen_forum_topic(call: Call) -> bool:
    _topic(call)[1].closed = False
    return True


def delete_forum_topic(call: Call) -> bool:
    chat, topic = _topic(call)
    del chat.topics[topic.id]
    return True


def methods() -> Iterable[Method]:
    yield method("getChat", get_chat, "chat_id")
    yield method("getChatMember", get_chat_member, "chat_id", "user_id")
    yield method("getChatAdministrators", get_chat_administrators, "chat_id", "return_bots")
    yield method("getChatMemberCount", get_chat_member_count, "chat_id")
    yield method("leaveChat", leave_chat, "chat_id")
    pin = ("business_connection_id", "chat_id", "message_id", "disable_notification")
    yield method("pinChatMessage", pin_chat_message, *pin)
    yield method("unpinChatMessage", unpin_chat_message, *pin)
    yield method("createForumTopic", create_forum_topic, "chat_id", "name", "icon_color", "icon_custom_emoji_id")
    yield method("closeForumTopic", close_forum_topic, "chat_id", "message_thread_id")
    yield method("reopenForumTopic", reopen_forum_topic, "chat_id", "message_thread_id")
    yield method("deleteForumTopic", delete_forum_topic, "chat_id", "message_thread_id")
