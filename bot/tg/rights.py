"""Who may change something in a chat: everybody in their own, administrators (anonymous ones too) in groups, whoever
can post in channels. Asked anew each time: rights change without a word, and changes are rare.
"""

import logging

from telegram import Bot, Chat, Message
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

_LOG = logging.getLogger(__name__)
_DECIDERS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})


async def may_change(bot: Bot, chat: Chat, user_id: int | None, *, message: Message | None = None) -> bool:
    """Whether who wrote `message` (or the user) may change the chat's settings. A server that does not say counts as
    no."""
    if chat.type == ChatType.PRIVATE:
        return True
    if message is not None and message.sender_chat is not None:
        return message.sender_chat.id == chat.id  # a post of the channel, or an anonymous administrator
    return await is_decider(bot, chat.id, user_id)


async def is_decider(bot: Bot, chat_id: int, user_id: int | None) -> bool:
    """Whether a person is an administrator of a chat, which also says that the bot can see it. A server that does not
    say counts as no."""
    if user_id is None:
        return False
    try:
        member = await bot.get_chat_member(chat_id, user_id)
    except TelegramError as error:
        _LOG.info("rights in chat %s are unknown: %s", chat_id, type(error).__name__)
        return False
    return member.status in _DECIDERS
