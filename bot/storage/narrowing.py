"""What a search asks beside its words: authors, topics, categories. Apart from the words because there are two ways to
combine them, and each is slow where the other is quick: to look at every hit of the words, newest first, whether it
passes; or, if only a few items can pass, to look at those whether they have the words.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Select, bindparam, column, func, select

from bot.core.query import Query, Term, term_of
from bot.storage.names import authors_like
from bot.storage.names import folded as folded_name
from bot.storage.statements import chunks, clean, digest_of_key, on_postgres
from bot.storage.tables import AUTHOR, CATEGORY, DIGEST_CATEGORY, ITEM, ITEM_TOPIC

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


def _each(connection: Connection, ids: Sequence[int]) -> ColumnElement[int]:
    """The ids as a column, told in one parameter: a list of them would be a new statement for every length."""
    if on_postgres(connection):
        return func.unnest(bindparam("ids", list(ids), ARRAY(BigInteger))).column_valued("given")
    return func.json_each(json.dumps(list(ids))).table_valued(column("value", BigInteger), name="given").c.value


class Narrowing:
    """The conditions of one query, and the items that can meet them."""

    def __init__(self, connection: Connection, query: Query, span: Span) -> None:
        self._connection = connection
        self._query = query
        self._span = span
        self._topics = [clean(topic) for topic in query.topics]  # typed by readers: no database takes every character
        self.conditions = tuple(self._on(ITEM.c.id))
        """What a row of `item` must meet."""

    def passing(self, ids: Sequence[int]) -> list[int]:
        """Those of these ids, in their order, whose items meet the conditions. Whether they are removed is not asked:
        what came from the index is not."""
        given = _each(self._connection, ids)
        found = set(self._connection.execute(select(given).where(*self._on(given))).scalars())
        return [key for key in ids if key in found]

    def standing(self, ids: Sequence[int]) -> list[int]:
        """Those of these ids, in their order, whose items meet the conditions and are not removed."""
        found: set[int] = set()
        for chunk in chunks(ids):
            query = select(ITEM.c.id).where(ITEM.c.id.in_(chunk), ~ITEM.c.removed, *self.conditions)
            found.update(self._connection.execute(query).scalars())
        return [key for key in ids if key in found]

    @cached_property
    def author_term(self) -> Term | None:
        """Words that every item by the authors meant has, as far as one term says it: their handle or name, which the
        index knows."""
        if not self._query.authors or not self._authors:
            return None
        named = select(AUTHOR.c.name, AUTHOR.c.handle).where(AUTHOR.c.id.in_(self._authors))
        terms = {term_of(handle or name) for name, handle in self._connection.execute(named)}
        return terms.pop() if len(terms) == 1 else None

    def _on(self, key: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
        """What the item with this id must meet."""
        query = self._query
        if query.authors:
            yield self._by_authors(key)
        if self._topics:
            topics = select(ITEM_TOPIC.c.item_id).where(ITEM_TOPIC.c.item_id == key)
            yield topics.where(ITEM_TOPIC.c.topic.in_(self._topics)).exists()
        if query.categories:
            # The digest's id is in the item's: no row of `item` need be read.
            carried = select(DIGEST_CATEGORY.c.digest_id).where(DIGEST_CATEGORY.c.digest_id == digest_of_key(key))
            yield carried.where(DIGEST_CATEGORY.c.category_id.in_(self._categories)).exists()

    def candidates(self) -> list[int] | None:
        """A few items, newest first, with all among them that meet the conditions; None when they may be many."""
        for kind in (self._of_authors, self._of_topics, self._of_categories):
            some = kind()
            if some is not None and len(some) <= FEW:
                return sorted(some, reverse=True)
        return None

    @cached_property
    def _authors(self) -> list[int] | None:
        """The ids of the authors that are meant, looked up once; None if they are too many for a list."""
        named = select(AUTHOR.c.id).where(authors_like(self._query.authors)).limit(_FEW_NAMES + 1)
        found = list(self._connection.execute(named).scalars())
        return found if len(found) <= _FEW_NAMES else None

    def _by_authors(self, key: ColumnElement[int]) -> ColumnElement[bool]:
        author = ITEM.c.author_id
        meant = authors_like(self._query.authors)
        wanted = author.in_(select(AUTHOR.c.id).where(meant) if self._authors is None else self._authors)
        return wanted if key is ITEM.c.id else select(ITEM.c.id).where(ITEM.c.id == key, wanted).exists()

    @cached_property
    def _categories(self) -> list[int]:
        """The ids of the categories that are meant, in any case and script."""
        folded = sorted({folded_name(name) for name in self._query.categories})
        return list(self._connection.execute(select(CATEGORY.c.id).where(CATEGORY.c.folded.in_(folded))).scalars())

    def _of_authors(self) -> list[int] | None:
        if not self._query.authors or self._authors is None:
            return None
        return self._some(select(ITEM.c.id).where(ITEM.c.author_id.in_(self._authors), *within(self._span, ITEM.c.id)))

    def _of_topics(self) -> list[int] | None:
        found: set[int] = set()
        for topic in self._topics:
            key = ITEM_TOPIC.c.item_id
            some = self._some(select(key).where(ITEM_TOPIC.c.topic == topic, *within(self._span, key)))
            if some is None:
                return None
            found.update(some)
        return list(found) if self._topics else None

    def _of_categories(self) -> list[int] | None:
        if not self._query.categories:
            return None
        carrying = DIGEST_CATEGORY.c.category_id.in_(self._categories)
        digests = self._some(select(DIGEST_CATEGORY.c.digest_id).where(carrying), _FEW_DIGESTS)
        if digests is None:
            return None
        return self._some(select(ITEM.c.id).where(ITEM.c.digest_id.in_(digests), *within(self._span, ITEM.c.id)))

    def _some(self, query: Select[Any], most: int = FEW) -> list[int] | None:
        """What a query for ids finds; None if that is more than `most`. Unordered, so that an index alone answers."""
        if self._connection.execute(query.limit(1).offset(most)).first():
            return None
        return list(self._connection.execute(query).scalars().all())
