"""What a search asks beside its words: authors, topics, categories. Apart from the words because there are two ways to
combine them, and each is slow where the other is quick: to look at every hit of the words, newest first, whether it
passes; or, if only a few items can pass, to look at those whether they have the words.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from bot.core.query import Query
from bot.storage.items import by_authors, category_rows, in_categories, in_topics
from bot.storage.names import authors_like
from bot.storage.statements import chunks
from bot.storage.tables import AUTHOR, DIGEST_CATEGORY, ITEM, ITEM_TOPIC

FEW = 5000
"""From how many items on it is surely quicker to look at the hits of the words."""

_FEW_NAMES = 500
_FEW_DIGESTS = 1000

Span = tuple[int | None, int | None]
"""The item ids a query is limited to: first (inclusive) and last (exclusive); None where it is open."""


def within(span: Span, key: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """The conditions under which `key` lies in the span."""
    first, last = span
    if first is not None:
        yield key >= first
    if last is not None:
        yield key < last


class Narrowing:
    """The conditions of one query, and the items that can meet them."""

    def __init__(self, connection: Connection, query: Query, span: Span) -> None:
        self._connection = connection
        self._query = query
        self._span = span

    @cached_property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What a row of `item` must meet."""
        query = self._query
        conditions = (
            by_authors(query.authors) if query.authors else None,
            in_topics(query.topics) if query.topics else None,
            in_categories(query.categories) if query.categories else None,
        )
        return tuple(condition for condition in conditions if condition is not None)

    def candidates(self) -> list[int] | None:
        """All items that meet the conditions, newest first; None when they may be more than a few."""
        for kind in (self._of_authors, self._of_topics, self._of_categories):
            some = kind()
            if some is not None and len(some) <= FEW:
                return self._passing(some)
        return None

    def _passing(self, ids: Sequence[int]) -> list[int]:
        passing: list[int] = []
        for chunk in chunks(ids):
            query = select(ITEM.c.id).where(ITEM.c.id.in_(chunk), ~ITEM.c.removed, *self.conditions)
            passing += self._connection.execute(query).scalars()
        return sorted(passing, reverse=True)

    def _of_authors(self) -> list[int] | None:
        if not self._query.authors:
            return None
        authors = self._some(select(AUTHOR.c.id).where(authors_like(self._query.authors)), _FEW_NAMES)
        if authors is None:
            return None
        return self._some(select(ITEM.c.id).where(ITEM.c.author_id.in_(authors), *within(self._span, ITEM.c.id)))

    def _of_topics(self) -> list[int] | None:
        found: set[int] = set()
        for topic in self._query.topics:
            key = ITEM_TOPIC.c.item_id
            some = self._some(select(key).where(ITEM_TOPIC.c.topic == topic, *within(self._span, key)))
            if some is None:
                return None
            found.update(some)
        return list(found) if self._query.topics else None

    def _of_categories(self) -> list[int] | None:
        if not self._query.categories:
            return None
        digests = self._some(
            select(DIGEST_CATEGORY.c.digest_id).where(category_rows(self._query.categories)), _FEW_DIGESTS
        )
        if digests is None:
            return None
        return self._some(select(ITEM.c.id).where(ITEM.c.digest_id.in_(digests), *within(self._span, ITEM.c.id)))

    def _some(self, query: Select[Any], most: int = FEW) -> list[int] | None:
        """What a query for ids finds; None if that is more than `most`. Unordered, so that an index alone answers."""
        if self._connection.execute(query.limit(1).offset(most)).first():
            return None
        return list(self._connection.execute(query).scalars().all())
