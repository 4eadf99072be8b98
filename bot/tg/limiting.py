"""Who asks, and how much of their share an update costs. Apart from the limiter, which knows no updates, and from the
dispatch, which answers what is let through.
"""

from telegram import Message, Update
from telegram.constants import ChatType

from bot.core.limits import COMMAND, INLINE, PRESS
from bot.tg.incoming import command_of


def cost_of(update: Update, *, bot: str) -> tuple[int, int] | None:
    """Who asks (a user's number, or the chat's for whoever writes in its name) and what it costs. None for what asks
    nothing of this bot (named `bot`): talk among members, commands of other bots, what became of a chat."""
    if update.inline_query is not None:
        return update.inline_query.from_user.id, INLINE
    if update.callback_query is not None:
        return update.callback_query.from_user.id, PRESS
    message = update.message or update.channel_post
    if message is None or not _asks(message, bot):
        return None
    named = message.sender_chat or message.from_user or message.chat
    return named.id, COMMAND


def _asks(message: Message, bot: str) -> bool:
    typed = command_of(message.text or message.caption)
    if typed is not None:
        return typed.bot is None or typed.bot == bot.lower()
    said = message.text or message.caption or message.effective_attachment or message.chat_shared
    return message.chat.type == ChatType.PRIVATE and bool(said) and message.via_bot is None
