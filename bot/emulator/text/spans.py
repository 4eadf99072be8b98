"""Formatted stretches and how Telegram repairs them: sorting, nesting, splitting, cleaning, trimming."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bot.emulator.errors import bad_request

SPLITTABLE = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
VERBATIM = frozenset({"pre", "code"})

_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 10,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "date_time": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_MAX_OFFSET = 1_000_000  # TDLib refuses more before it looks at the text

# TDLib's clean_input_string: other control characters become spaces, these vanish.
_REMOVED = "\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a"
_CLEAN = {code: " " for code in range(32) if code not in (10, 13)} | {ord(char): None for char in _REMOVED}
_NEEDS_CLEANING = re.compile(rf"[\x00-\x09\x0b-\x1f{_REMOVED}]")
_GONE = re.compile(rf"[{_REMOVED}]")


@dataclass(slots=True)
class Span:
    """One formatted stretch; `offset` and `length` in UTF-16 units, `extra` what the kind carries (url, language)."""

    kind: str
    offset: int
    length: int
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_json(self) -> dict[str, Any]:
        """The Bot API's MessageEntity."""
        return {"offset": self.offset, "length": self.length, "type": self.kind, **self.extra}


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def sort_spans(spans: list[Span]) -> None:
    """By offset, longer first, then by Telegram's rank of kinds."""
    spans.sort(key=lambda span: (span.offset, -span.length, _PRIORITY.get(span.kind, 50)))


def nest(spans: list[Span]) -> list[Span]:
    """What is left when Telegram has made the stretches nest: links and code never overlap one another, quotations
    never nest, bold and its like are cut at every border and vanish inside code."""
    sort_spans(spans)
    if _disjoint(spans):
        return spans
    splittable = [span for span in spans if span.kind in SPLITTABLE]
    quotes = _without_overlaps(span for span in spans if span.kind in QUOTES)
    solid = _without_overlaps(span for span in spans if span.kind not in SPLITTABLE and span.kind not in QUOTES)
    others = [span for span in solid if not _crosses_quote(span, quotes)] + quotes
    sort_spans(others)
    result = others + _split(splittable, others)
    sort_spans(result)
    return result


def _disjoint(spans: list[Span]) -> bool:
    end = -1
    for span in spans:
        if span.offset <= end:  # touching ones of one kind are merged, so they take the long way too
            return False
        end = span.end
    return True


def _without_overlaps(spans: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    end = 0
    for span in spans:
        if span.offset >= end:
            kept.append(span)
            end = span.end
    return kept


def _crosses_quote(span: Span, quotes: list[Span]) -> bool:
    """True when the stretch begins, ends or lies around a border of a quotation instead of lying inside or outside."""
    for quote in quotes:
        if quote.end > span.offset:
            return quote.end < span.end or span.offset < quote.offset < span.end
    return False


def _split(splittable: list[Span], others: list[Span]) -> list[Span]:
    runs = [(kind, start, end) for kind in SPLITTABLE for start, end in _merged(splittable, kind)]
    cuts = sorted({start for _, start, _ in runs} | {edge for span in others for edge in (span.offset, span.end)})
    verbatim = [span for span in others if span.kind in VERBATIM]
    pieces: list[Span] = []
    for kind, start, end in runs:
        edges = [start, *(cut for cut in cuts if start < cut < end), end]
        pieces += [Span(kind, low, high - low) for low, high in pairwise(edges)]
    return [piece for piece in pieces if not any(v.offset <= piece.offset < v.end for v in verbatim)]


def _merged(spans: list[Span], kind: str) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for span in spans:
        if span.kind != kind:
            continue
        if runs and span.offset <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], span.end))
        else:
            runs.append((span.offset, span.end))
    return runs


def repair(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """The text as a chat shows it: nested, cleaned, trimmed; raises ApiError where Telegram refuses."""
    if not spans:
        return _cleaned(text).rstrip(" \n").lstrip(" \n"), spans
    for span in spans:
        if not 0 <= span.offset <= _MAX_OFFSET:
            raise bad_request(f"Receive an entity with incorrect offset {span.offset}")
        if not 0 <= span.length <= _MAX_OFFSET:
            raise bad_request(f"Receive an entity with incorrect length {span.length}")
    spans = nest([span for span in spans if span.length])
    layout = Layout(text)
    _check_borders(layout, spans)
    if _NEEDS_CLEANING.search(text):
        text, spans = _cleaned_with_spans(layout, spans)
    return _trimmed(text, nest(_without_blank_edges(Layout(text), spans)))


def _cleaned(text: str) -> str:
    return text.translate(_CLEAN) if _NEEDS_CLEANING.search(text) else text


class Layout:
    """Maps UTF-16 offsets to positions in the text; free of cost when every character is one unit."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._positions: dict[int, int] | None = None
        self.length = units(text)
        if self.length != len(text):
            self._positions = {}
            offset = 0
            for position, char in enumerate(text):
                self._positions[offset] = position
                offset += 2 if char > "\uffff" else 1
            self._positions[offset] = len(text)

    def position(self, offset: int) -> int | None:
        """Where that offset is in the text; None in the middle of a character or after the end."""
        if self._positions is None:
            return offset if offset <= self.length else None
        return self._positions.get(offset)

    def byte_after(self, offset: int) -> int:
        """The byte offset Telegram names when an offset falls inside a character: where the next one begins."""
        assert self._positions is not None  # noqa: S101 - only such texts have characters of two units
        return len(self.text[: self._positions[offset + 1]].encode())


def _check_borders(layout: Layout, spans: list[Span]) -> None:
    for span in spans:
        if span.offset > layout.length or (span.offset == layout.length and span.length):
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {span.offset}")
        if layout.position(span.offset) is None:
            at = layout.byte_after(span.offset)
            raise bad_request(f"Entity begins in a middle of a UTF-16 symbol at byte offset {at}")
        if span.end > layout.length:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {span.offset} ends after the end of the text at UTF-16 offset "
                f"{span.end}"
            )
        if layout.position(span.end) is None:
            at = layout.byte_after(span.end)
            raise bad_request(
                f"Entity beginning at UTF-16 offset {span.offset} ends in a middle of a UTF-16 symbol at byte offset "
                f"{at}"
            )


def _cleaned_with_spans(layout: Layout, spans: list[Span]) -> tuple[str, list[Span]]:
    gone = [units(layout.text[: match.start()]) for match in _GONE.finditer(layout.text)]

    def moved(offset: int) -> int:
        return offset - sum(1 for place in gone if place < offset)

    moved_spans = [Span(s.kind, moved(s.offset), moved(s.end) - moved(s.offset), s.extra) for s in spans]
    return layout.text.translate(_CLEAN), [span for span in moved_spans if span.length]


def _without_blank_edges(layout: Layout, spans: list[Span]) -> list[Span]:
    """Stretches lose the white space they begin with, and vanish when nothing else is in them."""
    kept: list[Span] = []
    for span in spans:
        start, end = layout.position(span.offset), layout.position(span.end)
        inside = layout.text[start:end]
        blank = len(inside) - len(inside.lstrip(" \n"))
        if blank < len(inside):
            kept.append(Span(span.kind, span.offset + blank, span.length - blank, span.extra) if blank else span)
    return kept


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    text = text.rstrip(" \n")
    length = units(text)
    spans = [
        span if span.end <= length else Span(span.kind, span.offset, length - span.offset, span.extra) for span in spans
    ]
    sort_spans(spans)
    stripped = text.lstrip(" \n")
    blank = len(text) - len(stripped)
    if blank:
        for span in spans:
            span.offset -= blank
    return stripped, spans
