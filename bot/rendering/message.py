"""What leaves digestbot for a chat, as values: text with entities and buttons, before any Telegram type exists."""

from dataclasses import dataclass
from enum import StrEnum


class EntityKind(StrEnum):
    """The formatting this bot uses; the values are the Bot API's own names (MessageEntity.type)."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKETHROUGH = "strikethrough"
    CODE = "code"
    PRE = "pre"
    TEXT_LINK = "text_link"
    BLOCKQUOTE = "blockquote"
    EXPANDABLE_BLOCKQUOTE = "expandable_blockquote"


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted stretch; `offset` and `length` count UTF-16 code units (Bot API, MessageEntity)."""

    kind: EntityKind
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: exactly one of `data` (callback data, 1 to 64 bytes), `url`, `copy_text` (1 to 256
    characters) and `inline_query` (switch_inline_query_current_chat) is set. `colour`: Bot API 9.4 `style`
    (`primary`, `success`, `danger`) or None."""

    text: str
    data: str | None = None
    url: str | None = None
    copy_text: str | None = None
    inline_query: str | None = None
    colour: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


class Asking(StrEnum):
    """What a message asks for with a keyboard in place of the reader's own; in private chats only."""

    LOCATION = "location"  # by a button that shares it
    CITY = "city"  # by typing an answer
    CHANNEL = "channel"  # by Telegram's list of channels
    GROUP = "group"  # by Telegram's list of groups
    NOTHING = "nothing"  # any more: that keyboard goes


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for; `label` is what the button, or the empty line to type in, says."""

    asking: Asking
    label: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message (one part): at most 4096 UTF-16 units, 100 entities, 32768 bytes. `silent` sends without a
    notification; `link_preview` is the address that is previewed above the text, None for no preview. `rich`: the same
    in the server's HTML of rich messages (Bot API 10.1), for who asked for it; the text stands in where that fails.
    `request` asks for something that inline buttons cannot; it goes with no `keyboard`."""

    text: str
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard = ()
    silent: bool = False
    link_preview: str | None = None
    rich: str | None = None
    request: Request | None = None
