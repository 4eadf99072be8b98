"""Channels and groups managed from a private chat. Whether somebody may is asked before these functions are called:
they get the chats that passed.
"""

from collections.abc import Sequence

from bot.core.actions import PickChat
from bot.core.model import ChatKind, ManagedChat
from bot.rendering.chat_view import Toast, toast
from bot.rendering.chats_view import chats_elsewhere, chats_view, pick_view, picked_view
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.routes import Routes


def routes() -> Routes:
    """Buttons of this module; the list itself needs Telegram's word first (see `managing`)."""
    return Routes(buttons={PickChat: pick})


def channels(desk: Desk, ask: Ask, chats: Sequence[ManagedChat], *, pressed: bool = False) -> Answer:
    """`/channels`: what this person manages, in place where a button asked for it."""
    look = desk.reader(ask).look
    if ask.kind is not ChatKind.PRIVATE:
        return Answer((chats_elsewhere(look),))
    message = chats_view(look, chats)
    return Answer(edit=message) if pressed else Answer((message,))


def pick(desk: Desk, ask: Ask, action: PickChat) -> Answer:
    """Ask which chat, by Telegram's own list."""
    look = desk.reader(ask).look
    if ask.kind is not ChatKind.PRIVATE:
        return Answer(toast=toast(look.translator, Toast.STALE))
    return Answer((pick_view(look, channel=action.channel),))


def picked(desk: Desk, ask: Ask, chats: Sequence[ManagedChat], chat: ManagedChat | None) -> Answer:
    """A chat was picked: `chat` unless its rights do not allow it. The list follows, with it."""
    look = desk.reader(ask).look
    return Answer((picked_view(look, chat), chats_view(look, chats)))
