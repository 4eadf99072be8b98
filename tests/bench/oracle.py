"""Plain substring search over folded text, the judge of recall and precision: it knows nothing of tokens and indexes.

A run of Han, kana or Hangul is found wherever it stands; a word of other letters, or a number, where it stands whole;
what is neither letter nor digit only separates, so that `GPT-5`, `GPT5` and `gpt 5` are one.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from bot.core.folding import fold

_BREAK = "\0\0"  # no phrase reaches from one field into the next
_BETWEEN = r"(?:[^\w\0]|_)"
_SPACELESS = ("CJK ", "HIRAGANA ", "KATAKANA", "HANGUL SYLLABLE", "IDEOGRAPHIC ITERATION", "HANGZHOU NUMERAL")


def kind(character: str) -> str:
    """How a (folded) character is compared: `unspaced`, `letter`, `digit`, or `` for what only separates."""
    if not character.isalnum():
        return ""
    if character in "々〆〇ー" or unicodedata.name(character, "").startswith(_SPACELESS):
        return "unspaced"
    return "digit" if character in "0123456789" else "letter"


class Oracle:
    """A text archive to be searched by brute force; items by their ids."""

    def __init__(self, items: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._ids: list[int] = []
        self._starts: list[int] = []
        self._texts: list[str] = []
        length = 0
        for key, fields in items:
            self._ids.append(key)
            self._starts.append(length)
            self._texts.append(_BREAK + _BREAK.join(map(fold, fields)) + _BREAK)
            length += len(self._texts[-1])
        self._whole = "".join(self._texts)

    def find(self, term: str) -> set[int]:
        """The ids of the items that hold `term`; it must have a letter or digit."""
        runs = [(key, "".join(run)) for key, run in groupby(fold(term), kind)]
        said = [run for run in runs if run[0]]
        holding = self._holding(max((run for _, run in said), key=len))
        if len(said) == 1 and said[0][0] == "unspaced":
            return {self._ids[place] for place in holding}
        wanted = _pattern(said)
        return {self._ids[place] for place in holding if _stands(wanted, self._texts[place])}

    def _holding(self, run: str) -> Iterator[int]:
        """The places of the items whose text holds these characters side by side."""
        start = self._whole.find(run)
        while start >= 0:
            place = bisect_right(self._starts, start) - 1
            yield place
            if place + 1 == len(self._starts):
                return
            start = self._whole.find(run, self._starts[place + 1])


def _pattern(runs: Sequence[tuple[str, str]]) -> re.Pattern[str]:
    """The runs with anything that separates between them; two of one kind would be one run without."""
    parts = [re.escape(runs[0][1])]
    for (before, _), (after, run) in pairwise(runs):
        parts.append(_BETWEEN + ("+" if before == after else "*") + re.escape(run))
    return re.compile("".join(parts))


def _stands(wanted: re.Pattern[str], text: str) -> bool:
    """Whether the pattern occurs with no more of the same word or number before or after it."""
    found = wanted.search(text)
    while found:
        start, end = found.span()
        if _apart(text[start - 1], text[start]) and _apart(text[end - 1], text[end]):
            return True
        found = wanted.search(text, start + 1)
    return False


def _apart(one: str, other: str) -> bool:
    return kind(one) != kind(other) or kind(one) == "unspaced"
