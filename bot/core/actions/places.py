"""Chats managed from elsewhere: the list of channels, and a forum's map of topics."""

from dataclasses import dataclass
from typing import Any, Final

from bot.core.actions.wire import FLAG, SLUG, Wire, integer, signed


@dataclass(frozen=True, slots=True)
class Managed:
    """An action for another place than the one whose message carries the button: a channel seen from its manager's
    private chat, a forum topic seen from the forum's map (`thread_id` 0: the chat itself). `action` is any other."""

    chat_id: int
    thread_id: int
    action: Any


@dataclass(frozen=True, slots=True)
class ShowChats:
    """The channels and groups that somebody manages."""


@dataclass(frozen=True, slots=True)
class PickChat:
    """Ask for a channel (else a group) by Telegram's own list of chats."""

    channel: bool


@dataclass(frozen=True, slots=True)
class ShowMap:
    """Which forum topic gets what."""


@dataclass(frozen=True, slots=True)
class OpenTopic:
    """Open a forum topic for one of our topics, and subscribe it there."""

    slug: str


@dataclass(frozen=True, slots=True)
class Unbind:
    """Stop the pushes to a forum topic (0: to the forum's General)."""

    thread_id: int


PlaceAction = Managed | ShowChats | PickChat | ShowMap | OpenTopic | Unbind

CHAT: Final = signed(-(2**63), 2**63 - 1)
THREAD: Final = integer(0, 2**63 - 1)

WIRE: Final[Wire] = {
    ShowChats: ("chs", {}),
    PickChat: ("pick", {"channel": FLAG}),
    ShowMap: ("map", {}),
    OpenTopic: ("opn", {"slug": SLUG}),
    Unbind: ("unb", {"thread_id": THREAD}),
}
