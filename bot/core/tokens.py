"""Text cut into index tokens: the one tokeniser of search, keyword rules and topics, so that they never disagree.

A run of characters written without spaces (Han, kana, Hangul) becomes its bigrams and then its last character; any
other script's letters are whole words; digits stand apart, so that `GPT-5`, `GPT5` and `gpt 5` are one. Tokens hold
letters and digits only: no engine's query syntax can hide in them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import add

from bot.core.folding import INVISIBLE, fold

TOKENIZER_VERSION = 1
"""Rises whenever the same text would give other tokens: an index made by another version must be rebuilt."""

MAX_WORD = 60
"""Longer words and numbers are cut: both engines bound the length of what they index."""

_UNSPACED = (
    "\u3005-\u3007\u3021-\u3029\u303b\u303c"  # 々 〆 〇 and the Suzhou numerals
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana, without the middle dot
    "\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29"  # Han; other compatibility ideographs are gone after NFKC
    "\uac00-\ud7a3"  # Hangul: particles stick to the noun, so whole words would miss it
    "\U00020000-\U0002a6df\U0002a700-\U0002b738\U0002b740-\U0002b81d\U0002b820-\U0002cea1"
    "\U0002ceb0-\U0002ebe0\U00030000-\U0003134a"
)
_NEWER_HAN = ("\U0002ebf0-\U0002ee5d", "\U00031350-\U000323af")
"""Extensions I and H: letters only for the Pythons whose Unicode knows them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An index token and the stretch of the source text it came from (code points, end exclusive)."""

    token: str
    start: int
    end: int


@cache
def unspaced_class() -> str:
    """The inside of a regular expression's character class: what is cut into bigrams (after folding)."""
    return _UNSPACED + "".join(known for known in _NEWER_HAN if known[0].isalnum())


@cache
def _pattern() -> re.Pattern[str]:
    # One run per match; the first character tells which kind it is.
    return re.compile(rf"[{unspaced_class()}]+|[0-9]+|[^\W0-9_{unspaced_class()}]+")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{unspaced_class()}]")


def normalise(text: str) -> str:
    """`text` as the tokeniser sees it (see `bot.core.folding.fold`); its length can differ from the source's."""
    return fold(text)


def is_unspaced(character: str) -> bool:
    """Whether this (normalised) character belongs to a script cut into bigrams."""
    return _unspaced().match(character) is not None


def index_tokens(text: str) -> list[str]:
    """The tokens of `text`, in order, as the index stores them."""
    tokens: list[str] = []
    unspaced = _unspaced().match
    for run in _pattern().findall(fold(text)):
        if unspaced(run):
            tokens.extend(map(add, run, run[1:]))
            tokens.append(run[-1])
        else:
            tokens.append(run[:MAX_WORD])
    return tokens


def query_tokens(term: str) -> tuple[list[str], bool]:
    """The adjacent tokens that an item containing `term` must have, and whether the last one is only a beginning.

    A run of two or more characters needs no last character unless something follows; a lone character at the end
    stands for every token that starts with it."""
    runs = _pattern().findall(fold(term))
    tokens: list[str] = []
    prefix = False
    for place, run in enumerate(runs, start=1):
        if not is_unspaced(run[0]):
            tokens.append(run[:MAX_WORD])
            continue
        tokens.extend(map(add, run, run[1:]))
        if place < len(runs):
            tokens.append(run[-1])
        elif len(run) == 1:
            tokens.append(run)
            prefix = True
    return tokens, prefix


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of `text` that can be folded alone: a character with everything that may combine with it."""
    start = 0
    for place in range(1, len(text)):
        if not joins(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def joins(character: str) -> bool:
    """Whether `character` may melt into the one before it, so that a text must not be cut between them."""
    if character < "\u0300" and character != "\xad":  # below the marks only the soft hyphen is invisible
        return False
    first = unicodedata.normalize("NFKC", character)[0]
    # Marks, invisible characters, and the Hangul vowels and finals that close a syllable begun before them.
    return unicodedata.category(first) in INVISIBLE or "\u1160" <= first <= "\u11ff"


def placed_tokens(text: str) -> list[Placed]:
    """The tokens of `text` as `index_tokens` gives them, each with its place in the source."""
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = fold(text[start:end])
        folded.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    placed: list[Placed] = []
    for match in _pattern().finditer("".join(folded)):
        first, last = match.span()
        if is_unspaced(match.group()[0]):
            run = match.group()
            placed += [Placed(run[k : k + 2], starts[first + k], ends[first + k + 1]) for k in range(len(run) - 1)]
            placed.append(Placed(run[-1], starts[last - 1], ends[last - 1]))
        else:
            placed.append(Placed(match.group()[:MAX_WORD], starts[first], ends[last - 1]))
    return placed
