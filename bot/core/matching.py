"""Whether a query or a keyword finds an item: the plain semantics that every engine's search must equal, and what
keyword rules are decided by. Works on an item's *token text*: its fields' index tokens as one string, in which a term
is found by a substring test."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.core.authors import person_key
from bot.core.folding import squash
from bot.core.query import Query, Term, parse_keyword
from bot.core.tokens import index_tokens, is_unspaced

_FIELD_BREAK = "\n"
_EVERYWHERE = frozenset(
    ("ai", "gpt", "llm", "the", "of", "and", "for", "to", "in", "is", "模型", "人工", "智能", "发布", "大模")
)
"""Tokens of so many items that they are a bad key."""


@dataclass(frozen=True, slots=True)
class Searchable:
    """All of an item that a query can ask about. `tokens` is the token text of title, body, author and handle; `day`
    is the local date of its digest."""

    tokens: str
    author: str | None = None
    handle: str | None = None
    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    day: date | None = None


def token_text(*fields: str | None) -> str:
    """The index tokens of `fields` in one string, blank before and after each; no phrase reaches over a field's end."""
    return f" {f' {_FIELD_BREAK} '.join(' '.join(index_tokens(field)) for field in fields if field)} "


def contains(tokens: str, term: Term) -> bool:
    """Whether the token text `tokens` holds the term's tokens side by side."""
    needle = " " + " ".join(term.tokens)
    return (needle if term.prefix else needle + " ") in tokens


def matches(tokens: str, query: Query) -> bool:
    """Whether every word of `query` occurs in the token text and no excluded one does. Its other fields are not
    asked: see `answers`."""
    return all(contains(tokens, term) for term in query.must) and not any(
        contains(tokens, term) for term in query.must_not
    )


def compile_keyword(value: str) -> Query:
    """The keyword rule `value`, ready for `matches`. Several words must all occur; phrases and `-word` as in search."""
    return parse_keyword(value)


def answers(query: Query, item: Searchable) -> bool:
    """Whether `item` belongs to the results of `query`: every given field must agree; of several values of one field,
    one is enough. `query.topics` are slugs here. An author is found by any part of the shown name or handle."""
    if not matches(item.tokens, query):
        return False
    if query.authors and not any(author_found(name, item.author, item.handle) for name in query.authors):
        return False
    if query.topics and not set(query.topics) & set(item.topics):
        return False
    if query.categories and not set(map(squash, query.categories)) & set(map(squash, item.categories)):
        return False
    return _in_time(query, item.day)


def _in_time(query: Query, day: date | None) -> bool:
    if query.since is None and query.until is None:
        return True
    return day is not None and (query.since or day) <= day <= (query.until or day)


def author_found(name: str, author: str | None, handle: str | None) -> bool:
    """Whether `name` is part of a shown name or handle, in any case and script; `@name` is the whole handle."""
    key = person_key(name)
    if not key:
        return False
    if name.strip().startswith(("@", "＠")):
        return key == squash(handle or "")
    return key in person_key(author or "") or key in squash(handle or "")


def keyword_key(value: str) -> str:
    """One token that every item matched by the keyword has among its `candidate_keys`; the one that looks rarest.
    Empty when the keyword has no word to look for."""
    tokens = [token for term in compile_keyword(value).must for token in term.tokens]
    return max(tokens, key=_rarity, default="")


def _rarity(token: str) -> tuple[bool, int, str]:
    # A Chinese character says about as much as two letters; digits say little.
    weight = 2 * len(token) if is_unspaced(token[0]) else len(token) - token.isdecimal()
    return token not in _EVERYWHERE, weight, token


def candidate_keys(tokens: Iterable[str]) -> set[str]:
    """The keys under which keywords that may match an item with these index tokens are filed: the tokens themselves,
    and the first character of each bigram (a keyword of one lone character is filed under that)."""
    distinct = set(tokens)
    return distinct | {token[0] for token in distinct if is_unspaced(token[0])}
