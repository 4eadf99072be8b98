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


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message (one part): at most 4096 UTF-16 units, 100 entities, 32768 bytes. `silent` sends without a
    notification; link previews are off unless `link_preview`."""

    text: str
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard = ()
    silent: bool = False
    link_preview: bool = False
