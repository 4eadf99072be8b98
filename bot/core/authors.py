"""Names of authors as keys to compare: without case, script, blanks, and the "and others" that publishers append."""

import re
from functools import cache

from bot.core.folding import fold, squash


@cache
def _others() -> re.Pattern[str]:
    return re.compile(r"(?:\s*(?:等人|等|et\.?\s+al\.?|and others|& others))+\s*$")


@cache
def _between() -> re.Pattern[str]:
    return re.compile(r"\s*[、/|&;]\s*|,\s+|\s+(?:and|x|和|与|及)\s+")


def author_name_key(name: str) -> str:
    """The key of one shown name: `merve 等` and `Merve` have the same."""
    folded = fold(name).strip().removeprefix("@")
    return squash(_others().sub("", folded)) or squash(folded) or folded


def author_keys(author: str | None) -> frozenset[str]:
    """The keys of everybody named in an author field: the whole of it, and each name where several are listed."""
    if not author or not author.strip():
        return frozenset()
    folded = _others().sub("", fold(author))
    parts = (squash(part) for part in _between().split(folded))
    return frozenset({author_name_key(author), *filter(None, parts)})


def handle_key(handle: str | None) -> str:
    """The key of a handle, with or without `@`; underscores count, as they tell two accounts apart."""
    return fold(handle or "").strip().removeprefix("@")
