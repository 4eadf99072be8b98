"""Channels and groups managed from a private chat: the list of them, what their managers are told, and how a page that
was made for such a place is shown elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from bot.core.actions import (
    Action,
    ButtonText,
    Close,
    Managed,
    Noop,
    PickChat,
    QueryRef,
    ShowChats,
    ShowSettings,
    decode,
    encode,
)
from bot.core.model import ChatKind, ManagedChat, Place
from bot.rendering.buttons import button, keyboard, label
from bot.rendering.chat_view import adding
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join, rich_bold
from bot.rendering.message import Asking, Button, OutgoingMessage, Request
from bot.rendering.text import clean_line, shorten

_LONGEST_TITLE: Final = 64
_EVERYWHERE: Final = (Close, Noop)  # mean the same wherever they stand
Refer = Callable[[str], QueryRef]


class Notice(StrEnum):
    """What the manager of a chat is told in private."""

    ADDED = "added"
    NO_POST = "no_post"  # added without the right to post
    LOST = "lost"
    BACK = "back"


def chats_view(look: Look, chats: Sequence[ManagedChat]) -> OutgoingMessage:
    """The chats somebody manages, each leading to its settings, and the ways to add another."""
    t = look.translator
    text = TextBuilder().bold(t("chats.title")).add("\n\n" + t("chats.hint" if chats else "chats.none")).block()
    doors = [[_door(chat)] for chat in chats]
    pick = [button(t("button.pick_channel"), PickChat(True)), button(t("button.pick_group"), PickChat(False))]
    return OutgoingMessage(text.text, text.entities, keyboard(*doors, pick, adding(look)))


def chats_elsewhere(look: Look) -> OutgoingMessage:
    """The list belongs into a private chat."""
    t = look.translator
    link = Button(t("button.chats"), url=f"https://t.me/{look.bot_username}?start=channels")
    return OutgoingMessage(t("chats.private_only"), keyboard=keyboard([link] if look.bot_username else []))


def pick_view(look: Look, *, channel: bool) -> OutgoingMessage:
    """Ask for a chat by Telegram's own list."""
    t = look.translator
    if channel:
        return OutgoingMessage(t("chats.pick_channel"), request=Request(Asking.CHANNEL, t("button.pick_channel")))
    return OutgoingMessage(t("chats.pick_group"), request=Request(Asking.GROUP, t("button.pick_group")))


def picked_view(look: Look, chat: ManagedChat | None) -> OutgoingMessage:
    """The chat that was picked, or why not; the keyboard that asked for it goes."""
    key = "chats.found" if chat else "chats.not_yours"
    block = _named(look, key, chat.title if chat else "")
    return OutgoingMessage(block.text, block.entities, request=Request(Asking.NOTHING))


def notice_view(look: Look, chat: ManagedChat, notice: Notice) -> OutgoingMessage:
    """What happened in a chat, with the door to its settings."""
    block = _named(look, f"chats.{notice.value}", chat.title)
    doors = [] if notice is Notice.NO_POST else [_settings(look, chat)]
    return OutgoingMessage(block.text, block.entities, keyboard(doors))


def back_view(look: Look) -> OutgoingMessage:
    """The bot is back in a chat and goes on."""
    return OutgoingMessage(look.translator("chats.back_here"))


def seen_from_elsewhere(
    message: OutgoingMessage, place: Place, title: str, *, look: Look, way_back: Action, refer: Refer
) -> OutgoingMessage:
    """A page made for `place` as it is shown in another: its name above, its buttons bound to it, and a way back under
    its first page. A button that has no room for the place is left out; long texts are carried by reference."""
    head = TextBuilder().template(look.translator.template("settings.of"), title=rich_bold(_short(title))).block()
    text = join((head, Block(message.text, message.entities)))
    lines = [[_bound(one, place, refer) for one in line] for line in message.keyboard]
    first = any(decode(one.data) == Close() for line in message.keyboard for one in line)
    back = [button(look.translator("button.back"), way_back)] if first else []
    shown = keyboard(*([one for one in line if one is not None] for line in lines), back)
    return replace(message, text=text.text, entities=text.entities, keyboard=shown)


def _bound(shown: Button, place: Place, refer: Refer) -> Button | None:
    action = decode(shown.data)
    if action is None or isinstance(action, _EVERYWHERE):
        return shown
    for inner in (action, _referring(action, refer)):
        try:
            return replace(shown, data=encode(Managed(place.chat_id, place.thread_id or 0, inner)))
        except ValueError:
            continue
    return None


def _referring(action: Any, refer: Refer) -> Any:
    """The same action with its text carried by reference."""
    value: ButtonText = getattr(action, "value", "")
    return replace(action, value=refer(value)) if isinstance(value, str) and value else action


def _named(look: Look, key: str, title: str) -> Block:
    t = look.translator
    return TextBuilder().template(t.template(key), title=rich_bold(_short(title))).block()


def _short(title: str) -> str:
    return shorten(clean_line(title), _LONGEST_TITLE) or "?"


def _door(chat: ManagedChat) -> Button:
    mark = "📣 " if chat.kind is ChatKind.CHANNEL else "👥 "
    return button(label(_short(chat.title), before=mark), Managed(chat.chat_id, 0, ShowSettings()))


def _settings(look: Look, chat: ManagedChat) -> Button:
    return button(look.translator("button.settings"), Managed(chat.chat_id, 0, ShowSettings()), colour="primary")


__all__ = [
    "Notice",
    "ShowChats",
    "back_view",
    "chats_elsewhere",
    "chats_view",
    "notice_view",
    "pick_view",
    "picked_view",
    "seen_from_elsewhere",
]
