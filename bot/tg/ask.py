"""What somebody asked and what is answered, free of Telegram's types: handlers are plain functions between the two,
and only `dispatch` knows how one arrives and the other leaves.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.actions import Action
from bot.core.model import ChatKind, Place
from bot.rendering.message import Button, OutgoingMessage


@dataclass(frozen=True, slots=True)
class Ask:
    """One command, text or press. `text` is what follows the command; `language_code` is Telegram's guess at the
    reader's language (none in channels); `buttons` are the actions under the message whose button was pressed."""

    place: Place
    kind: ChatKind
    chat_title: str
    user_id: int | None
    language_code: str | None
    text: str
    now: datetime
    buttons: tuple[Action, ...] = ()

    @property
    def under(self) -> frozenset[type[Action]]:
        """The kinds of `buttons`."""
        return frozenset(map(type, self.buttons))


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: new messages, a new form of the pressed message, and a toast (shown over the chat). `swap` takes
    the place of the pressed button alone: what is above it need not be made again."""

    messages: tuple[OutgoingMessage, ...] = ()
    edit: OutgoingMessage | None = None
    toast: str | None = None
    swap: Button | None = None
    delete: bool = False
