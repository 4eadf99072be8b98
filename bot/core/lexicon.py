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
from bot.core.tokens import unspaced_class

_BREAK = ""
"""The unit that stands for punctuation which no entry reaches over."""

_SHORTEST_PLURAL = 4
_HEAD = 3  # letters that the beginning of an open entry (`regulat*`) has at least


@cache
def _runs() -> re.Pattern[str]:
    marks = r"""[,;:!?。、()"“”「」『』《》<>|\n…—]|\.(?=\s)"""
    return re.compile(rf"([{unspaced_class()}]+)|([0-9]+|[^\W0-9_{unspaced_class()}]+\*?)|{marks}")


def units(text: str) -> list[str]:
    """The units of `text`, folded; plural Latin words lose their ending on both sides of a comparison."""
    return folded_units(fold(text))


def folded_units(text: str) -> list[str]:
    """The units of a text that is folded already."""
    row: list[str] = []
    for characters, word in _runs().findall(text):
        if characters:
            row.extend(characters)
        elif len(word) < _SHORTEST_PLURAL or not word.isascii():
            row.append(word)  # or nothing, for a mark
        else:
            row.append(_singular(word))
    return row


def neighbours(row: list[str]) -> list[str]:
    """Each unit of a row written together with the next one; the last stands alone."""
    return list(map(add, row, [*row[1:], _BREAK]))


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
    def of(cls, keys: Iterable[str]) -> "Lexicon":
        """A lexicon of entries, each given by its `entry_key`."""
        root = _Node()
        for entry in keys:
            node = root
            for unit in entry.split():
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

    def scan(self, row: list[str], pairs_of_row: list[str]) -> Iterator[str]:
        """The entries that occur in the units `row` of a text, from left to right, the longest where several begin at
        one place. `pairs_of_row` are its `neighbours`, which others need too."""
        pairs, seen = self._pairs, set(row)
        starts = seen & self._alone
        starts.update(unit for unit in seen if len(unit) >= _HEAD and unit[:_HEAD] in self._heads)
        behind = 0
        # Of a hundred places some ten pass, so the question is asked of all of them at once.
        for place in [k for k, pair in enumerate(pairs_of_row) if pair in pairs or row[k] in starts]:
            if place >= behind:
                entry, behind = self._longest(row, place)
                if entry is not None:
                    yield entry

    def _longest(self, row: list[str], place: int) -> tuple[str | None, int]:
        node = self._root
        entry, behind = None, place + 1
        for end in range(place, len(row)):
            # A break between units is no unit of any entry, so it ends the walk as any unknown unit does.
            following = node.units.get(row[end])
            if following is None and node.beginnings:
                following = node.open_after(row[end])
            if following is None:
                break
            node = following
            if node.entry is not None:
                entry, behind = node.entry, end + 1
        return entry, behind


def entry_key(entry: str) -> str:
    """What two spellings of one entry share; empty when an entry could never be found."""
    return " ".join(filter(None, units(entry)))
