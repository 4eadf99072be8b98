"""Names of authors as keys to compare: without case, script, blanks, and the "and others" that publishers append."""

import re
from functools import cache

from bot.core.folding import fold, squash

_ENDING = 64  # characters in which "and others" is looked for


@cache
def _others() -> re.Pattern[str]:
    return re.compile(
        r"(?:[\s(（,，]*(?:等人|等)[)）]?|[\s(（,，]+(?:et\.?\s+al\.?|and others|& others)[)）]?)+\s*$", re.IGNORECASE
    )


def _alone(name: str) -> str:
    # The end alone is looked at: a name of a million blanks must not cost more than another.
    return name[:-_ENDING] + _others().sub("", name[-_ENDING:])


@cache
def _between() -> re.Pattern[str]:
    return re.compile(r"\s*[、/|&;]\s*|,\s+|\s+(?:and|x|和|与|及)\s+")


def author_name_key(name: str) -> str:
    """The key of one shown name: `merve 等` and `Merve` have the same."""
    folded = fold(name).strip().removeprefix("@")
    return squash(_alone(folded)) or squash(folded) or folded


def without_others(name: str) -> str:
    """A shown name as it is written, without the "and others" at its end, unless nothing else is there."""
    return _alone(name) or name


def person_key(name: str) -> str:
    """The letters and digits of a shown name, folded, without "and others": what part of a name is looked for in, and
    what counts as one person. Empty where a name has neither."""
    return squash(_alone(fold(name))) or squash(name)


def author_keys(author: str | None) -> frozenset[str]:
    """The keys of everybody named in an author field: the whole of it, and each name where several are listed."""
    if not author or not author.strip():
        return frozenset()
    folded = _alone(fold(author))
    parts = (squash(part) for part in _between().split(folded))
    return frozenset({author_name_key(author), *filter(None, parts)})


def handle_key(handle: str | None) -> str:
    """The key of a handle, with or without `@`; underscores count, as they tell two accounts apart."""
    return fold(handle or "").strip().removeprefix("@")
