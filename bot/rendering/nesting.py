"""Which formatted stretches may lie over each other, and how any set of them becomes a legal one. Apart from the
builder, because it is the one piece of Telegram's rules that needs thought.

Nesting (Bot API, "Formatting options"): bold, italic and strikethrough may hold and be part of each other and of links
and quotations; code and pre hold nothing and are part of nothing; links do not nest, nor do quotations.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from bot.rendering.message import EntityKind
from bot.rendering.text import BLANK

# May be cut in two without a change to what a reader sees.
SPLITTABLE: Final = frozenset({EntityKind.BOLD, EntityKind.ITALIC, EntityKind.STRIKETHROUGH})
VERBATIM: Final = frozenset({EntityKind.CODE, EntityKind.PRE})
_QUOTES: Final = frozenset({EntityKind.BLOCKQUOTE, EntityKind.EXPANDABLE_BLOCKQUOTE})


@dataclass(slots=True)
class Stretch:
    """An entity in the making; positions count characters of the text that is built."""

    kind: EntityKind
    start: int
    end: int
    url: str | None = None


def legal(text: str, stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches trimmed of blanks, merged where they touch, without collisions and partial overlaps; sorted by
    start, outer first."""
    nested = _nested(_merged(_trimmed(text, stretches)))
    # Trimmed again: cutting may have left pieces with blanks at their new ends.
    return sorted(_trimmed(text, nested), key=outer_first)


def _trimmed(text: str, stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches without blanks at their ends; those of blanks alone are gone."""
    trimmed = []
    for stretch in stretches:
        start = max(0, stretch.start)
        inner = text[start : max(start, stretch.end)]  # a stretch may lie wholly before the text
        start += len(inner) - len(inner.lstrip(BLANK))
        if stripped := inner.strip(BLANK):
            trimmed.append(replace(stretch, start=start, end=start + len(stripped)))
    return trimmed


def _merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of one kind that touch or overlap become one (links only with the same target); of whole kinds that
    overlap otherwise, the first stays."""
    merged: list[Stretch] = []
    last: dict[EntityKind, Stretch] = {}
    for stretch in sorted(stretches, key=lambda s: (s.start, -s.end)):
        previous = last.get(stretch.kind)
        if previous is not None and stretch.start <= previous.end and stretch.url == previous.url:
            previous.end = max(previous.end, stretch.end)
        elif previous is None or stretch.start >= previous.end:
            last[stretch.kind] = replace(stretch)
            merged.append(last[stretch.kind])
    return merged


# Outer first where two cover the same stretch, and who wins where they may not be combined.
_ORDER: Final = {
    kind: rank
    for rank, kind in enumerate(
        (
            EntityKind.EXPANDABLE_BLOCKQUOTE,
            EntityKind.BLOCKQUOTE,
            EntityKind.TEXT_LINK,
            EntityKind.PRE,
            EntityKind.CODE,
            EntityKind.BOLD,
            EntityKind.ITALIC,
            EntityKind.STRIKETHROUGH,
        )
    )
}


def _nested(stretches: list[Stretch]) -> list[Stretch]:
    """Only legal nestings are left: of whole kinds that collide the one that ranks first stays; the others are cut at
    the borders of what they cross, and left out over code."""
    whole: list[Stretch] = []
    for stretch in sorted((s for s in stretches if s.kind not in SPLITTABLE), key=lambda s: (_ORDER[s.kind], s.start)):
        if not any(_collide(stretch, other) for other in whole):
            whole.append(stretch)
    pieces = [piece for s in stretches if s.kind in SPLITTABLE for piece in _cut(s, whole)]
    result: list[Stretch] = []
    open_ends: list[Stretch] = []
    queue = sorted(pieces + whole, key=outer_first)
    while queue:
        stretch = queue.pop(0)
        while open_ends and open_ends[-1].end <= stretch.start:
            open_ends.pop()
        if open_ends and stretch.end > open_ends[-1].end:
            # Two splittable ones cross: the later is cut where the earlier ends.
            border = open_ends[-1].end
            queue = sorted([*queue, replace(stretch, start=border)], key=outer_first)
            stretch = replace(stretch, end=border)
        open_ends.append(stretch)
        result.append(stretch)
    return result


def outer_first(stretch: Stretch) -> tuple[int, int, int]:
    """Sort key: by start, what covers more before what it covers."""
    return stretch.start, -stretch.end, _ORDER[stretch.kind]


def _collide(one: Stretch, other: Stretch) -> bool:
    """Whether two whole stretches overlap in a way that is not a link inside a quotation."""
    if one.end <= other.start or other.end <= one.start:
        return False
    kinds = {one.kind, other.kind}
    if len(kinds & _QUOTES) != 1 or EntityKind.TEXT_LINK not in kinds:
        return True
    quote, link = (one, other) if one.kind in _QUOTES else (other, one)
    return not quote.start <= link.start <= link.end <= quote.end


def _cut(stretch: Stretch, whole: list[Stretch]) -> list[Stretch]:
    """A splittable stretch without what lies over code, cut at the borders of whole stretches it crosses."""
    borders = {stretch.start, stretch.end}
    for other in whole:
        crosses = (
            other.start < stretch.start < other.end < stretch.end
            or stretch.start < other.start < stretch.end < other.end
        )
        if crosses or other.kind in VERBATIM:
            borders |= {edge for edge in (other.start, other.end) if stretch.start < edge < stretch.end}
    edges = sorted(borders)
    pieces = [replace(stretch, start=start, end=end) for start, end in pairwise(edges)]
    return [p for p in pieces if not any(o.kind in VERBATIM and o.start <= p.start < o.end for o in whole)]


def fewest(stretches: list[Stretch], most: int) -> list[Stretch]:
    """At most `most` stretches: the deepest splittable ones go first, from the end, then code, links, quotations."""

    def worth(indexed: tuple[int, Stretch]) -> tuple[int, int, int]:
        index, stretch = indexed
        depth = sum(o.start <= stretch.start and stretch.end <= o.end for o in stretches)
        return (1 if stretch.kind in SPLITTABLE else 0), depth, index

    if len(stretches) <= most:
        return stretches
    kept = sorted(enumerate(stretches), key=worth)[:most]
    return [stretch for _, stretch in sorted(kept, key=lambda pair: pair[0])]
