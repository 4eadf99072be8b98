"""The full-text index of both engines behind one face: written in the item's own transaction, read newest first.

Tokens are made in Python (`bot.core.tokens`), so that FTS5 and `tsvector` hold the same words and give the same items;
they hold letters and digits only, so that no query can break out of its quotes. Removed items are not in the index.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from bot.core.links import handle_of
from bot.core.model import Item, StoredItem
from bot.core.query import Query
from bot.core.tokens import TOKENIZER_VERSION as VERSION
from bot.core.tokens import index_tokens
from bot.storage.fts_postgres import PostgresIndex
from bot.storage.fts_sqlite import GAP, SqliteIndex
from bot.storage.items import Items, by_authors, in_categories, in_topics
from bot.storage.meta import TOKENIZER_VERSION, Meta
from bot.storage.statements import digest_id_from, first_item_id, on_postgres
from bot.storage.tables import ITEM

_DAY = timedelta(days=1)
_REINDEX_BATCH = 500


class Search:
    """The full-text index: title, author, handle and body of every item that is not removed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._index = PostgresIndex(connection) if on_postgres(connection) else SqliteIndex(connection)

    def find(self, query: Query, *, limit: int, offset: int = 0, zone: tzinfo = UTC) -> list[StoredItem]:
        """The items a query finds, newest digest first and in reading order within one; with `ranked` the best first.

        Words and exclusions are matched as tokens; authors as `Items.list_by_author` does, topics by slug, categories
        in any case and script: one of each kind suffices. `since` and `until` are days in `zone`. An empty query finds
        nothing. Never counts: ask for one more than is shown to know whether there are more."""
        if query.empty or limit <= 0 or offset < 0:
            return []
        ids = self.ids(query, limit=limit, offset=offset, zone=zone)
        return Items(self._connection).get_many(ids)

    def count(self, query: Query, *, most: int, zone: tzinfo = UTC) -> int:
        """How many items a query finds, counted up to `most`."""
        return 0 if query.empty else len(self.ids(replace(query, ranked=False), limit=most, offset=0, zone=zone))

    def add(self, items: Mapping[int, Item]) -> None:
        """Index items that are not in the index, by id."""
        if items:
            # Rising ids: FTS5 writes out what it has gathered whenever an id falls, at two and a half times the cost.
            self._index.add([(key, *_fields(items[key])) for key in sorted(items)])

    def replace(self, items: Mapping[int, Item]) -> None:
        """Index items anew, by id, whether they were in the index or not."""
        self.remove(list(items))
        self.add(items)

    def remove(self, ids: Sequence[int]) -> None:
        """Take items out of the index; unknown ids are passed over."""
        if ids:
            self._index.remove(ids)

    def outdated(self) -> bool:
        """Whether the index was made by another version of the tokeniser and must be rebuilt."""
        made_by = Meta(self._connection).find(TOKENIZER_VERSION)
        return made_by is not None and made_by != str(VERSION)

    def reindex(self, progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
        """Build the index anew, telling `progress` (done, total) as it goes; how many items it holds then.

        One transaction: readers see the old index until it is committed."""
        items = Items(self._connection)
        total = items.count()
        done = 0
        self._index.clear()
        for batch in items.stream(size=_REINDEX_BATCH):
            self.add({stored.id: stored.item for stored in batch})
            done += len(batch)
            progress(done, total)
        self._index.settle()
        self.mark_current()
        return done

    def mark_current(self) -> None:
        """Note that the index is the work of this tokeniser."""
        Meta(self._connection).put(TOKENIZER_VERSION, str(VERSION))

    def ids(self, query: Query, *, limit: int, offset: int = 0, zone: tzinfo = UTC) -> list[int]:
        """The ids of what `find` finds."""
        first, last = _span(query, zone)
        narrowing = _narrowing(query)
        if query.must:
            return self._index.find(query, span=(first, last), narrowing=narrowing, page=(limit, offset))
        statement: Select[Any] = select(ITEM.c.id).where(~ITEM.c.removed, *narrowing)
        if first is not None:
            statement = statement.where(ITEM.c.id >= first)
        if last is not None:
            statement = statement.where(ITEM.c.id < last)
        if query.must_not:
            statement = statement.where(self._index.lacks(query.must_not, ITEM.c.id))
        statement = statement.order_by(ITEM.c.id.desc()).limit(limit).offset(offset)
        return list(self._connection.execute(statement).scalars())


def _fields(item: Item) -> tuple[list[str], list[str]]:
    # Two fields, so that a hit in the title can weigh more.
    body: list[str] = []
    for text in (item.author, handle_of(item.url) if item.url else None, item.body.text):
        if text:
            body += [*index_tokens(text), GAP]
    return index_tokens(item.title), body[:-1]


def _narrowing(query: Query) -> list[ColumnElement[bool]]:
    conditions: Iterable[ColumnElement[bool] | None] = (
        by_authors(query.authors) if query.authors else None,
        in_topics(query.topics) if query.topics else None,
        in_categories(query.categories) if query.categories else None,
    )
    return [condition for condition in conditions if condition is not None]


def _span(query: Query, zone: tzinfo) -> tuple[int | None, int | None]:
    """The ids that the days from `since` to `until` can have: first (inclusive) and last (exclusive)."""
    first = _midnight(query.since, zone) if query.since else None
    last = _midnight(query.until + _DAY, zone) if query.until and query.until.toordinal() < 3652059 else None
    return (
        None if first is None else first_item_id(digest_id_from(first)),
        None if last is None else first_item_id(digest_id_from(last)),
    )


def _midnight(day: Any, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)
