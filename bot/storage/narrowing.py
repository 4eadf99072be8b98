"""What a search asks beside its words: authors, topics, categories. Apart from the words because there are two ways to
combine them, and each is slow where the other is quick: to look at every hit of the words, newest first, whether it
passes; or, if only a few items can pass, to look at those whether they have the words.

The SQL is written out: a search asks few and quick questions, and building a statement costs more than most of them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from bot.core.query import Query
from bot.storage.names import author_ids
from bot.storage.names import folded as folded_name
from bot.storage.statements import clean, digest_of_key, filled, on_postgres
from bot.storage.tables import CATEGORY

FEW = 5000
"""From how many items on it is surely quicker to look at the hits of the words."""

_FEW_NAMES = 500
_FEW_DIGESTS = 1000
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_WRITTEN = "EXISTS (SELECT 1 FROM item AS x WHERE x.id = {key} AND {condition})"
_LABELLED = "EXISTS (SELECT 1 FROM item_topic AS x WHERE x.item_id = {key} AND {condition})"
_CARRIED = "EXISTS (SELECT 1 FROM digest_category AS x WHERE x.digest_id = {digest} AND {condition})"
_ANY_POSTGRES = "{column} = ANY(%s::{kind}[])"
_ANY_SQLITE = "{column} IN (SELECT value FROM json_each(?))"
_GIVEN = "SELECT k.value FROM {given} WHERE true{also}"
_STANDING = "SELECT i.id FROM item AS i WHERE {chosen} AND NOT i.removed{also}"
_NEWEST = (
    "SELECT i.id FROM item AS i WHERE NOT i.removed AND i.id BETWEEN {mark} AND {mark}{also} "
    "ORDER BY i.id DESC LIMIT {mark}"
)
_ITEMS = "SELECT id FROM item WHERE {condition}"
_TOPICS = "SELECT item_id FROM item_topic WHERE {condition}"
_DIGESTS = "SELECT digest_id FROM digest_category WHERE {condition} LIMIT {most}"

Span = tuple[int | None, int | None]
"""The item ids a query is limited to: first (inclusive) and last (exclusive); None where it is open."""


def within(span: Span, key: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """The conditions under which `key` lies in the span."""
    first, last = span
    if first is not None:
        yield key >= first
    if last is not None:
        yield key < last


def bounds(span: Span) -> tuple[int, int]:
    """The span as two ids, both inclusive."""
    first, last = span
    return _LEAST if first is None else first, _MOST if last is None else last - 1


@dataclass(frozen=True, slots=True)
class Clause:
    """What an item must meet, as SQL of one engine to be put behind another condition; `{key}` stands for the item's
    id. Empty where nothing is asked. `sought` says how many conditions it holds."""

    sql: str = ""
    parameters: tuple[Any, ...] = ()
    sought: int = 0

    def on(self, key: str) -> str:
        """The SQL for the items whose id is called `key`."""
        return filled(self.sql, key=key)


NO_CLAUSE = Clause()


class Narrowing:
    """The conditions of one query, and the items that can meet them."""

    def __init__(self, connection: Connection, query: Query, span: Span) -> None:
        self._connection = connection
        self._query = query
        self._span = span
        self._postgres = on_postgres(connection)
        self._topics = [clean(topic) for topic in query.topics]  # typed by readers: no database takes every character

    @cached_property
    def clause(self) -> Clause:
        """The conditions."""
        parts = list(self._conditions())
        sql = "".join(f" AND {condition}" for condition, _ in parts)
        return Clause(sql, tuple(value for _, values in parts for value in values), len(parts))

    def _conditions(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        if self._query.authors:
            yield self._exists(_WRITTEN, self._any_of("x.author_id", self._authors))
        if self._topics:
            yield self._exists(_LABELLED, self._any_of("x.topic", self._topics))
        if self._query.categories:
            # The digest's id is in the item's: no row of `item` need be read.
            yield self._exists(
                filled(_CARRIED, digest=digest_of_key("{key}")), self._any_of("x.category_id", self._categories)
            )

    def _exists(self, template: str, condition: tuple[str, tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
        # The offset keeps PostgreSQL from turning a question about one item into a join of all of them; the plus keeps
        # SQLite from walking all items of a topic to find one.
        sql, values = condition
        return filled(template, condition=f"{sql} OFFSET 0" if self._postgres else f"+{sql}"), values

    def passing(self, ids: Sequence[int]) -> list[int]:
        """Those of these ids, in their order, whose items meet the conditions. Whether they are removed is not asked:
        what came from the index is not."""
        if not ids:
            return []
        given = "unnest(%s::bigint[]) AS k (value)" if self._postgres else "json_each(?) AS k"
        return self._kept(ids, filled(_GIVEN, given=given, also=self.clause.on("k.value")))

    def standing(self, ids: Sequence[int]) -> list[int]:
        """Those of these ids, in their order, whose items meet the conditions and are not removed."""
        chosen, _ = self._any_of("i.id", ids)
        return self._kept(ids, filled(_STANDING, chosen=chosen, also=self.clause.on("i.id")))

    def newest(self, span: Span, size: int) -> list[int]:
        """The newest items that meet the conditions and are not removed, at most so many, looking at one after the
        other."""
        statement = filled(_NEWEST, also=self.clause.on("i.id"), mark=self._mark)
        values = (*bounds(span), *self.clause.parameters, size)
        return list(self._connection.exec_driver_sql(statement, values).scalars())

    def few(self) -> list[int] | None:
        """The items of the authors meant, newest first, if these are few: that is quickly told, and then nothing is
        quicker than to look at each. Further conditions are not asked."""
        return self._of_authors

    def candidates(self) -> list[int] | None:
        """A few items, newest first, with all among them that meet the conditions; None when they may be many."""
        found = self._of_authors
        found = self._of_topics() if found is None else found
        return self._of_categories() if found is None else found

    @cached_property
    def _authors(self) -> list[int]:
        """The ids of the authors that are meant."""
        return author_ids(self._connection, self._query.authors)

    @cached_property
    def _categories(self) -> list[int]:
        """The ids of the categories that are meant, in any case and script."""
        folded = sorted({folded_name(name) for name in self._query.categories})
        return list(self._connection.execute(select(CATEGORY.c.id).where(CATEGORY.c.folded.in_(folded))).scalars())

    @cached_property
    def _of_authors(self) -> list[int] | None:
        if not self._query.authors or len(self._authors) > _FEW_NAMES:
            return None
        return self._some(_ITEMS, "id", self._any_of("author_id", self._authors), surely=True)

    def _of_topics(self) -> list[int] | None:
        found: set[int] = set()
        for topic in self._topics:
            some = self._some(_TOPICS, "item_id", (f"topic = {self._mark}", (topic,)))
            if some is None:
                return None
            found.update(some)
        return sorted(found, reverse=True) if self._topics else None

    def _of_categories(self) -> list[int] | None:
        if not self._query.categories:
            return None
        condition, values = self._any_of("category_id", self._categories)
        carrying = filled(_DIGESTS, condition=condition, most=str(_FEW_DIGESTS + 1))
        digests = list(self._connection.exec_driver_sql(carrying, values).scalars())
        if len(digests) > _FEW_DIGESTS:
            return None
        return self._some(_ITEMS, "id", self._any_of("digest_id", digests))

    def _some(
        self, statement: str, key: str, condition: tuple[str, tuple[Any, ...]], *, surely: bool = False
    ) -> list[int] | None:
        """The ids in the span that meet a condition, newest first; None if they are more than a few. They are read
        unordered, so that an index alone answers; `surely` says that they are hardly ever too many."""
        sql, values = condition
        if self._span != (None, None):
            sql, values = f"{sql} AND {key} BETWEEN {self._mark} AND {self._mark}", (*values, *bounds(self._span))
        statement = filled(statement, condition=sql)
        if not surely and self._connection.exec_driver_sql(f"{statement} LIMIT 1 OFFSET {FEW}", values).first():
            return None
        found = self._connection.exec_driver_sql(f"{statement} LIMIT {FEW + 1}", values).scalars().all()
        return sorted(found, reverse=True) if len(found) <= FEW else None

    def _kept(self, ids: Sequence[int], statement: str) -> list[int]:
        values = (list(ids) if self._postgres else json.dumps(list(ids)), *self.clause.parameters)
        found = set(self._connection.exec_driver_sql(statement, values).scalars())
        return [key for key in ids if key in found]

    @property
    def _mark(self) -> str:
        return "%s" if self._postgres else "?"

    def _any_of(self, column: str, values: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
        """Whether a column has one of these values, told in one parameter: a list of them would be a new statement for
        every length."""
        if self._postgres:
            return filled(_ANY_POSTGRES, column=column, kind="text" if column.endswith("topic") else "bigint"), (
                list(values),
            )
        return filled(_ANY_SQLITE, column=column), (json.dumps(list(values)),)
