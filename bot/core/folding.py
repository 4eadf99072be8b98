"""One spelling for comparing: compatibility forms, case, Traditional script, marks and digits folded away.

Apart from the tokeniser because names, rules and topics compare folded text without cutting it into tokens.

`folding.txt` holds pairs of lines: characters, and below each the one it folds to. It was made once from the `opencc`
package: every CJK character that `OpenCC("t2s")`, given alone, turns into exactly one other character; chains were
followed to their end. Single characters only, on purpose: a phrase-aware conversion would make the folding of a
character depend on its neighbours, and a word would no longer be found inside a longer one.
"""

import unicodedata
from functools import cache
from importlib.resources import files

INVISIBLE = frozenset({"Mn", "Mc", "Me", "Cf"})
"""Marks and invisible format characters (soft hyphens, joiners): people neither see nor type them in a search."""

_GONE = "\0"
"""Stands in the table for what is dropped, so that one search tells whether a text holds any."""


class _FoldingTable(dict[int, int | str]):
    """A table for `str.translate` that learns each character it meets: asking Unicode about all 1.1 million at once
    would cost 0.2 s at every start, and a known character is three times quicker than a miss."""

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character)
        folded: int | str = code
        if any(unicodedata.category(part) in INVISIBLE for part in _composed(character)):
            folded = ord(_GONE)
        elif plain != character:  # full-width forms, mostly: NFKC is slow once it must change them
            folded = plain.translate(self)
        elif character.isdecimal():
            folded = ord("0") + unicodedata.digit(character)
        self[code] = folded
        return folded


def _composed(text: str) -> str:
    # Case folding can take a letter apart again ("ǰ"), hence the second time.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@cache
def _table() -> _FoldingTable:
    lines = (files("bot.core") / "folding.txt").read_text(encoding="utf-8").splitlines()
    table = _FoldingTable()
    for source, target in zip(lines[::2], lines[1::2], strict=True):
        table.update(zip(map(ord, source), map(ord, target), strict=True))
    return table


def fold(text: str) -> str:
    """Folded `text`: NFKC, case folded, Traditional characters as Simplified, digits as ASCII, marks and invisible
    characters gone. Folding twice changes nothing more."""
    if text.isascii():
        return text.casefold()
    table = _table()
    quick = text.translate(table)
    if _GONE not in quick:
        return _composed(quick)
    # Marks must compose with their letters first (e and an accent); only what is left over goes.
    bare = _composed(text.replace(_GONE, " ")).translate(table).replace(_GONE, "")
    return _composed(bare)


def squash(text: str) -> str:
    """The folded letters and digits of `text` and nothing else: the key under which names are compared."""
    return "".join(filter(str.isalnum, fold(text)))
