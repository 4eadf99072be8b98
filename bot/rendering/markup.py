"""Text with entities, built piece by piece. Apart from the views because offsets in UTF-16 units and what Telegram's
server removes from a text are dealt with here once, and nothing untrusted is ever glued into markup.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bot.core.model import RichText, Span, SpanKind
from bot.i18n.catalogue import split_template
from bot.rendering.message import Entity, EntityKind
from bot.rendering.nesting import VERBATIM, Stretch, fewest, legal, outer_first
from bot.rendering.text import BLANK, clean, usable_url, utf16_length

_KINDS: Final = {
    SpanKind.BOLD: EntityKind.BOLD,
    SpanKind.ITALIC: EntityKind.ITALIC,
    SpanKind.STRIKE: EntityKind.STRIKETHROUGH,
    SpanKind.CODE: EntityKind.CODE,
    SpanKind.PRE: EntityKind.PRE,
    SpanKind.LINK: EntityKind.TEXT_LINK,
}


@dataclass(frozen=True, slots=True)
class Block:
    """A finished stretch of a message: text and its entities, offsets from the block's start."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    @property
    def units(self) -> int:
        """Its length in UTF-16 code units."""
        return utf16_length(self.text)


class TextBuilder:
    """Appends text and formats it; `block()` gives the result in legal, sorted, merged entities. Every `add…` returns
    the builder, so that lines read as chains."""

    def __init__(self) -> None:
        self._text = ""
        self._stretches: list[Stretch] = []

    def add(self, text: str) -> "TextBuilder":
        """Plain text."""
        self._text += clean(text)
        return self

    def bold(self, text: str) -> "TextBuilder":
        """Text in bold."""
        return self._formatted(EntityKind.BOLD, text)

    def link(self, text: str, url: str | None, *, bold: bool = False) -> "TextBuilder":
        """Text that links; plain where the url is none that Telegram takes."""
        start = len(self._text)
        self.add(text)
        target = usable_url(url)
        if target:
            self._mark(EntityKind.TEXT_LINK, start, url=target)
        if bold:
            self._mark(EntityKind.BOLD, start)
        return self

    def rich(self, text: RichText) -> "TextBuilder":
        """Text with its spans."""
        start, cleaned = len(self._text), clean_rich(text)
        self._text += cleaned.text
        for span in cleaned.spans:
            self._span(span, start + span.start, start + span.end)
        return self

    def quote(self, text: RichText, *, expandable: bool = True) -> "TextBuilder":
        """A quotation, on lines of its own, around formatted text. Code inside loses its formatting: it may not be
        part of anything."""
        start = len(self._text)
        allowed = tuple(span for span in text.spans if _KINDS[span.kind] not in VERBATIM)
        self.rich(RichText(text.text, allowed))
        self._mark(EntityKind.EXPANDABLE_BLOCKQUOTE if expandable else EntityKind.BLOCKQUOTE, start)
        return self

    def template(self, template: str, **values: RichText | str) -> "TextBuilder":
        """A catalogue text whose placeholders are filled with plain or formatted values."""
        for literal, name in split_template(template):
            value = values[name] if name else ""
            self.add(literal)
            self.rich(value) if isinstance(value, RichText) else self.add(value)
        return self

    def block(self, *, most_entities: int | None = None) -> Block:
        """What was built, trimmed at both ends. Beyond `most_entities` the innermost formatting goes first, links and
        quotations last."""
        text = self._text.strip(BLANK)
        shift = len(self._text) - len(self._text.lstrip(BLANK))
        moved = (replace(s, start=s.start - shift, end=min(s.end - shift, len(text))) for s in self._stretches)
        stretches = legal(text, moved)
        if most_entities is not None:
            stretches = fewest(stretches, most_entities)
        return Block(text, _in_units(text, stretches))

    def _formatted(self, kind: EntityKind, text: str) -> "TextBuilder":
        start = len(self._text)
        self.add(text)
        self._mark(kind, start)
        return self

    def _span(self, span: Span, start: int, end: int) -> None:
        url = usable_url(span.url) if span.kind is SpanKind.LINK else None
        if span.kind is not SpanKind.LINK or url:
            self._stretches.append(Stretch(_KINDS[span.kind], start, end, url))

    def _mark(self, kind: EntityKind, start: int, *, url: str | None = None) -> None:
        self._stretches.append(Stretch(kind, start, len(self._text), url))


def clean_rich(rich: RichText) -> RichText:
    """A formatted text as the server would keep it; spans follow their characters and stay inside the text."""
    size, positions = len(rich.text), _positions(rich.text)
    spans = tuple(
        replace(span, start=positions[min(max(0, span.start), size)], end=positions[min(max(0, span.end), size)])
        for span in rich.spans
    )
    return RichText(clean(rich.text), spans)


def rich_bold(text: str) -> RichText:
    """A whole text in bold, as a value for `TextBuilder.template`."""
    return RichText(text, (Span(SpanKind.BOLD, 0, len(text)),))


def join(blocks: Iterable[Block], separator: str = "\n\n") -> Block:
    """Blocks one after the other; empty ones leave no gap."""
    text, units = "", 0
    entities: list[Entity] = []
    for block in blocks:
        if not block.text:
            continue
        if text:
            text += separator
            units += utf16_length(separator)
        entities += [replace(entity, offset=entity.offset + units) for entity in block.entities]
        text += block.text
        units += block.units
    return Block(text, tuple(entities))


def _in_units(text: str, stretches: list[Stretch]) -> tuple[Entity, ...]:
    """Entities from stretches: positions in UTF-16 units instead of characters."""
    units = [0]
    for char in text:
        units.append(units[-1] + (2 if char > "\uffff" else 1))
    return tuple(
        Entity(s.kind, units[s.start], units[s.end] - units[s.start], s.url) for s in sorted(stretches, key=outer_first)
    )


def _positions(text: str) -> list[int] | range:
    """Where each character of a text stands once the text is cleaned."""
    if clean(text) == text:
        return range(len(text) + 1)
    positions = [0]
    for char in text:
        positions.append(positions[-1] + len(clean(char)))
    return positions
