"""Digests and items made for tests, short to write."""

import hashlib
from datetime import datetime, timedelta, timezone

from bot.core.model import Digest, Item, RichText

SHANGHAI = timezone(timedelta(hours=8))


def at(hour: int = 8, day: int = 26) -> datetime:
    """A slot in November 2025, Shanghai time."""
    return datetime(2025, 11, day, hour, tzinfo=SHANGHAI)


def item(number: int, title: str = "", body: str = "", **fields: object) -> Item:
    """An item; `title` defaults to its number in words."""
    return Item(number=number, title=title or f"entry {number}", body=RichText(body), **fields)  # type: ignore[arg-type] # handed on


def digest(*items: Item, slot: datetime | None = None, **fields: object) -> Digest:
    """A digest of these items."""
    when = slot or at()
    front: dict[str, object] = {
        "title": "Digest",
        "date": when + timedelta(seconds=7),
        "window_hours": 4,
        "categories": ("AI Models",),
        **fields,
    }
    return Digest(slot=when, items=items, **front)  # type: ignore[arg-type] # handed on


def hash_of(made: Digest) -> str:
    """A content hash as a source would give it."""
    return hashlib.sha256(repr(made).encode()).hexdigest()
