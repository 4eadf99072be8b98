"""How one field of a button is written and read: numbers, choices, slugs and texts. Every kind of field refuses what
is out of bounds in both directions, because what comes back from a button was in the hands of strangers.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

LAST_PAGE: Final = 9999
MOST_DIGESTS: Final = 20
TEXT_BUDGET: Final = 50  # bytes of UTF-8 that fit beside the longest prefix with its largest page number

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_UNSAFE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class QueryRef:
    """Stands for a text too long for a button; `id` is what the storage gave for it (1 to 2**63 - 1)."""

    id: int


ButtonText = str | QueryRef


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is written and read; both raise ValueError for what is out of bounds."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


Wire = Mapping[type[Any], tuple[str, Mapping[str, Field]]]
"""Per action: its code and its fields in the order of the wire. A text comes last, because it may hold colons."""


def fits_button(text: str) -> bool:
    """Whether a text may travel in a button as it is: not empty, no control characters, at most 50 bytes."""
    if not text or any(unicodedata.category(char) in _UNSAFE for char in text):
        return False
    return len(text.encode("utf-8", "surrogatepass")) <= TEXT_BUDGET


def integer(low: int, high: int) -> Field:
    """A whole number from `low` to `high`."""

    def read(wire: str) -> int:
        if not _NUMBER.fullmatch(wire) or not low <= int(wire) <= high:
            raise ValueError(wire)
        return int(wire)

    return Field(lambda value: str(read(str(value))), read)


def signed(low: int, high: int) -> Field:
    """A whole number from `low`, below zero, to `high`."""
    size = integer(0, 2**63)

    def read(wire: str) -> int:
        value = -int(size.read(wire[1:])) if wire.startswith("-") else int(size.read(wire))
        if not low <= value <= high or wire == "-0":
            raise ValueError(wire)
        return value

    return Field(lambda value: str(read(str(value))), read)


def choice(choices: dict[str, Any]) -> Field:
    """One of some values, each by its short name."""
    names = {value: wire for wire, value in choices.items()}

    def look_up(table: dict[Any, Any], key: Any) -> Any:
        if key not in table:
            raise ValueError(key)
        return table[key]

    return Field(lambda value: str(look_up(names, value)), lambda wire: look_up(choices, wire))


def _read_slug(wire: str) -> str:
    if not _SLUG.fullmatch(wire):
        raise ValueError(wire)
    return wire


def _write_text(value: ButtonText) -> str:
    if isinstance(value, QueryRef):
        return "#" + ID.write(value.id)
    if not fits_button(value):
        raise ValueError("this text needs a QueryRef")
    return "=" + value


def _read_text(wire: str) -> ButtonText:
    if wire.startswith("#"):
        return QueryRef(ID.read(wire[1:]))
    if not wire.startswith("=") or not fits_button(wire[1:]):
        raise ValueError(wire)
    return wire[1:]


ID: Final = integer(1, 2**63 - 1)
PAGE: Final = integer(1, LAST_PAGE)
FLAG: Final = choice({"0": False, "1": True})
SLUG: Final = Field(_read_slug, _read_slug)
TEXT: Final = Field(_write_text, _read_text)
