"""May this bot write there? Telegram's answers, in Telegram's order."""

from bot.emulator.account import BotAccount
from bot.emulator.errors import ApiError, bad_request, forbidden
from bot.emulator.model import Chat, Member, Topic

_GENERAL_TOPIC = 1


def check_reach(bot: BotAccount, chat: Chat) -> None:
    """Raise unless the bot can reach the chat at all."""
    if chat.type == "private":
        _check_private(chat)
        return
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    name = f"{chat.type} chat"
    if chat.deleted:
        raise forbidden(f"the {name} was deleted")
    member = chat.members.get(bot.id)
    if member is None and not chat.username:
        raise bad_request("chat not found")
    if member is None or member.status == "left":
        raise forbidden(f"bot is not a member of the {name}")
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {name}")


def _check_private(chat: Chat) -> None:
    assert chat.user is not None  # noqa: S101 - a private chat has a person
    if chat.user.deactivated:
        raise forbidden("user is deactivated")
    if chat.user.is_bot:
        raise forbidden("the bot can't send messages to the bot")
    if chat.blocked:
        raise forbidden("bot was blocked by the user")
    if not chat.started:
        raise forbidden("bot can't initiate conversation with a user")


def check_write(bot: BotAccount, chat: Chat, what: str = "text messages", right: str = "can_send_messages") -> None:
    """Raise unless the bot may post; `what` is how Telegram names it, `right` the permission it needs."""
    check_reach(bot, chat)
    if chat.type == "private":
        return
    member = chat.member(bot.id)
    if chat.type == "channel":
        if not member.is_admin or not member.rights.get("can_post_messages", True):
            raise bad_request("need administrator rights in the channel chat")
    elif _silenced(chat, member, right):
        raise bad_request(f"not enough rights to send {what} to the chat")


def _silenced(chat: Chat, member: Member, right: str) -> bool:
    if member.is_admin:
        return False
    if member.status == "restricted":
        return not member.rights.get(right, False)
    return chat.muted


def check_thread(bot: BotAccount, chat: Chat, thread_id: int) -> Topic | None:
    """The topic a thread id means; None outside forums, where Telegram ignores the id (but not in private chats)."""
    if not thread_id:
        return None
    if chat.type == "private":
        raise bad_request("message thread not found")
    if not chat.is_forum:
        return None
    topic = chat.topics.get(thread_id)
    if thread_id == _GENERAL_TOPIC or topic is None:
        raise bad_request("message thread not found")
    if topic.closed:
        member = chat.member(bot.id)
        if not member.is_admin or not member.rights.get("can_manage_topics", True):
            raise bad_request("TOPIC_CLOSED")
    return topic
