"""What somebody asked and what is answered, free of Telegram's types: handlers are plain functions between the two,
and only `dispatch` knows how one arrives and the other leaves.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.actions import Action
from bot.core.model import ChatKind, Language, Place
from bot.rendering.message import Button, OutgoingMessage


@dataclass(frozen=True, slots=True)
class Ask:
    """One command, text or press. `text` is what follows the command; `language_code` is Telegram's guess at the
    reader's language (none in channels). `message_id` is the message whose button was pressed, or which a command
    replies to, and `buttons` are the actions under it. `viewer` is the place that reads the answer where
    it is not `place` itself: a channel is managed from a private chat. `forum`: the chat has forum topics."""

    place: Place
    kind: ChatKind
    chat_title: str
    user_id: int | None
    language_code: str | None
    text: str
    now: datetime
    buttons: tuple[Action, ...] = ()
    message_id: int | None = None
    viewer: Place | None = None
    forum: bool = False

    @property
    def under(self) -> frozenset[type[Action]]:
        """The kinds of `buttons`."""
        return frozenset(map(type, self.buttons))


@dataclass(frozen=True, slots=True)
class Document:
    """A file to send, and what is said under it (at most 1024 characters)."""

    name: str
    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: new messages, a new form of the pressed message, and a toast (shown over the chat). `swap` takes
    the place of the pressed button alone: what is above it need not be made again. A `document` comes after the
    messages. `menu` is the language that a private chat's menu of commands takes."""

    messages: tuple[OutgoingMessage, ...] = ()
    edit: OutgoingMessage | None = None
    toast: str | None = None
    swap: Button | None = None
    delete: bool = False
    document: Document | None = None
    menu: Language | None = None
