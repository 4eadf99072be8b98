"""A message once more as a rich message (Bot API 10.1, `InputRichMessage.html`): headings, paragraphs, and a fold for
each quotation. Made from the finished text and its entities, so that what a rich message says is what the classic one
says, and one can stand in for the other.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Final

from bot.rendering.message import Entity, EntityKind, OutgoingMessage

MOST_CHARACTERS: Final = 32_768
MOST_BLOCKS: Final = 500
_TAGS: Final = {
    EntityKind.BOLD: "b",
    EntityKind.ITALIC: "i",
    EntityKind.STRIKETHROUGH: "s",
    EntityKind.CODE: "code",
    EntityKind.PRE: "code",
    EntityKind.TEXT_LINK: "a",
}
_QUOTES: Final = frozenset({EntityKind.EXPANDABLE_BLOCKQUOTE, EntityKind.BLOCKQUOTE})


def rich_html(message: OutgoingMessage, *, unfold: str) -> str | None:
    """The HTML; `unfold` is what stands on a closed fold. None for what a rich message has no room for."""
    text = _Units(message.text)
    quotes = sorted((e for e in message.entities if e.kind in _QUOTES), key=lambda entity: entity.offset)
    inline = [entity for entity in message.entities if entity.kind in _TAGS]
    blocks: list[str] = []
    start = 0
    for quote in quotes:
        blocks += _lines(text, start, quote.offset, inline, headed=True)
        inside = "".join(_lines(text, quote.offset, quote.offset + quote.length, inline))
        blocks.append(f"<details><summary>{escape(unfold)}</summary>{inside}</details>")
        start = quote.offset + quote.length
    blocks += _lines(text, start, text.size, inline)
    html = "".join(blocks)
    fits = len(html) <= MOST_CHARACTERS and html.count("<p>") + 3 * len(quotes) <= MOST_BLOCKS
    return html if blocks and fits else None


class _Units:
    """A text by UTF-16 units, as entities count."""

    def __init__(self, text: str) -> None:
        self._units = text.encode("utf-16-le", "surrogatepass")

    @property
    def size(self) -> int:
        return len(self._units) // 2

    def cut(self, start: int, end: int) -> str:
        return self._units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


def _lines(text: _Units, start: int, end: int, entities: Sequence[Entity], *, headed: bool = False) -> list[str]:
    """Each line as a paragraph; the last one, if `headed`, as the heading of what follows."""
    blocks: list[str] = []
    position = start
    lines = text.cut(start, end).split("\n")
    last = max((place for place, line in enumerate(lines) if line.strip()), default=-1)
    for place, line in enumerate(lines):
        size = len(line.encode("utf-16-le", "surrogatepass")) // 2
        if line.strip():
            tag = "h4" if headed and place == last else "p"
            blocks.append(f"<{tag}>{_inline(text, position, position + size, entities)}</{tag}>")
        position += size + 1
    return blocks


def _inline(text: _Units, start: int, end: int, entities: Sequence[Entity]) -> str:
    """A stretch of one line with its formatting, tags opened and closed in order. Where entities end or begin within
    it, they are closed and opened at the border: lines are blocks of their own."""
    within = [e for e in entities if e.offset < end and e.offset + e.length > start]
    borders = sorted(
        {start, end} | {min(max(edge, start), end) for e in within for edge in (e.offset, e.offset + e.length)}
    )
    pieces: list[str] = []
    for left, right in pairwise(borders):
        over = sorted(
            (e for e in within if e.offset <= left and e.offset + e.length >= right),
            key=lambda e: (e.offset, -e.length),
        )
        opened = "".join(map(_opening, over))
        closed = "".join(f"</{_TAGS[e.kind]}>" for e in reversed(over))
        pieces.append(opened + escape(text.cut(left, right), quote=False) + closed)
    return "".join(pieces)


def _opening(entity: Entity) -> str:
    tag = _TAGS[entity.kind]
    return f'<a href="{escape(entity.url or "")}">' if tag == "a" else f"<{tag}>"
