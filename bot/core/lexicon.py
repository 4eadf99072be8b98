"""Finding the words of a dictionary in a text, in one pass. Apart from the topics because it knows nothing of them:
it finds entries, and what they are worth is somebody else's affair.

A text is a row of *units*: single characters of scripts without spaces, and whole words and numbers of the others.
At each place the longest entry counts, and the search goes on behind it: time grows with the text, and at most with the
length of the longest entry.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from operator import add

from bot.core.folding import fold
from bot.core.tokens import is_unspaced, unspaced_class

_BREAK = ""
"""The unit that stands for punctuation which no entry reaches over."""

_SHORTEST_PLURAL = 4
_HEAD = 3  # letters that the beginning of an open entry (`regulat*`) has at least


@cache
def _runs() -> re.Pattern[str]:
    marks = r"""[,;:!?。、()"“”「」『』《》<>|\n…—]|\.(?=\s)"""
    return re.compile(rf"([{unspaced_class()}]+|[0-9]+|[^\W0-9_{unspaced_class()}]+\*?)|{marks}")


def units(text: str) -> list[str]:
    """The units of `text`, folded; plural Latin words lose their ending on both sides of a comparison."""
    return folded_units(fold(text))


def folded_units(text: str) -> list[str]:
    """The units of a text that is folded already."""
    row: list[str] = []
    for run in _runs().findall(text):
        if run.isascii():
            row.append(run if len(run) < _SHORTEST_PLURAL else _singular(run))
        elif is_unspaced(run[0]):
            row.extend(run)
        else:
            row.append(run)
    return row


def _singular(unit: str) -> str:
    if unit[-1] != "s" or unit[-2:] in ("ss", "us", "is"):
        return unit
    return unit[:-3] + "y" if unit.endswith("ies") else unit[:-1]


@dataclass(slots=True)
class _Node:
    """What may follow the units read so far: whole units, beginnings of units (`regulat*`), or the entry's end."""

    units: dict[str, "_Node"] = field(default_factory=dict)
    beginnings: dict[str, "_Node"] = field(default_factory=dict)
    entry: str | None = None

    def open_after(self, unit: str) -> "_Node | None":
        """What follows the longest beginning of `unit`."""
        starts = (self.beginnings.get(unit[:length]) for length in range(len(unit), _HEAD - 1, -1))
        return next((node for node in starts if node), None)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A dictionary ready for scanning. Nearly every character begins some entry, but few pairs of neighbours do: the
    sets tell, without a walk, where no entry can begin."""

    _root: _Node
    _alone: frozenset[str]
    _pairs: frozenset[str]
    _heads: frozenset[str]

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Lexicon":
        """A lexicon of `entries`; those without a letter or digit are left out."""
        root = _Node()
        for entry in entries:
            node = root
            for unit in filter(None, units(entry)):
                if unit.endswith("*"):
                    node = node.beginnings.setdefault(unit[:-1], _Node())
                else:
                    node = node.units.setdefault(unit, _Node())
            if node is not root:
                node.entry = entry
        alone = (unit for unit, node in root.units.items() if node.entry is not None or node.beginnings)
        pairs = (unit + follower for unit, node in root.units.items() for follower in node.units)
        heads = (beginning[:_HEAD] for beginning in root.beginnings)
        return cls(root, frozenset(alone), frozenset(pairs), frozenset(heads))

    def scan(self, text: str) -> Iterator[str]:
        """The entries that occur in `text`, from left to right, the longest where several begin at one place."""
        return self.scan_folded(fold(text))

    def scan_folded(self, text: str) -> Iterator[str]:
        """As `scan`, for a text that is folded already."""
        return self.scan_row(folded_units(text))

    def scan_row(self, row: list[str]) -> Iterator[str]:
        """As `scan`, for the units of a text."""
        alone, pairs, heads = self._alone, self._pairs, self._heads
        behind = 0
        for place, pair in enumerate(map(add, row, [*row[1:], _BREAK])):
            # The commonest question first: of a hundred places, some ten pass.
            if (pair in pairs or row[place] in alone or row[place][:_HEAD] in heads) and place >= behind:
                entry, behind = self._longest(row, place)
                if entry is not None:
                    yield entry

    def _longest(self, row: list[str], place: int) -> tuple[str | None, int]:
        node = self._root
        entry, behind = None, place + 1
        for end in range(place, len(row)):
            # A break between units is no unit of any entry, so it ends the walk as any unknown unit does.
            following = node.units.get(row[end]) or (node.open_after(row[end]) if node.beginnings else None)
            if following is None:
                break
            node = following
            if node.entry is not None:
                entry, behind = node.entry, end + 1
        return entry, behind


def entry_key(entry: str) -> str:
    """What two spellings of one entry share; empty when an entry could never be found."""
    return " ".join(filter(None, units(entry)))
