"""The full-text index of both engines behind one face: written in the item's own transaction, read newest first.

Tokens are made in Python (`bot.core.tokens`), so that FTS5 and `tsvector` hold the same words and give the same items;
they hold letters and digits only, so that no query can break out of its quotes. Removed items are not in the index.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select

from bot.core.links import handle_of
from bot.core.model import Item, StoredItem
from bot.core.query import Query
from bot.core.tokens import TOKENIZER_VERSION as VERSION
from bot.core.tokens import index_tokens
from bot.storage.fts_postgres import PostgresIndex
from bot.storage.fts_sqlite import GAP, SqliteIndex
from bot.storage.items import Items
from bot.storage.meta import REINDEXED, TOKENIZER_VERSION, Meta
from bot.storage.narrowing import Narrowing, Span, within
from bot.storage.statements import chunks, digest_id_from, first_item_id, on_postgres
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
        """Build the index anew in this transaction, telling `progress` (done, total) as it goes; how many items it
        holds then. `Storage.reindex` does it in many small ones."""
        total, done = Items(self._connection).count(), 0
        while batch := self.reindex_some():
            done += batch
            progress(done, total)
        return done

    def reindex_some(self) -> int:
        """Index the next few hundred items anew, and remember how far that went; how many there were, 0 at the end."""
        meta = Meta(self._connection)
        version, _, reached = (meta.find(REINDEXED) or "").partition(":")
        after = int(reached) if version == str(VERSION) else None
        items = Items(self._connection).list_after(after, limit=_REINDEX_BATCH)
        self._index.remove_between(after, items[-1].id if items else None)
        if items:
            self.add({stored.id: stored.item for stored in items})
            meta.put(REINDEXED, f"{VERSION}:{items[-1].id}")
            return len(items)
        self._index.settle()
        self.mark_current()
        meta.remove(REINDEXED)
        return 0

    def mark_current(self) -> None:
        """Note that the index is the work of this tokeniser."""
        Meta(self._connection).put(TOKENIZER_VERSION, str(VERSION))

    def ids(self, query: Query, *, limit: int, offset: int = 0, zone: tzinfo = UTC) -> list[int]:
        """The ids of what `find` finds."""
        span = _span(query, zone)
        narrowing = Narrowing(self._connection, query, span)
        if not query.must:
            return self._wordless(query, span, narrowing, (limit, offset))
        conditions = narrowing.conditions
        if not conditions or query.ranked:
            return self._index.find(query, span=span, narrowing=conditions, page=(limit, offset))
        soon, complete = self._index.among_newest(query, span=span, narrowing=conditions, page=(limit, offset))
        if complete:
            return soon
        candidates = narrowing.candidates()
        if candidates is None:
            return self._index.find(query, span=span, narrowing=conditions, page=(limit, offset))
        return list(islice(self._index.among(query, candidates), offset, offset + limit))

    def _wordless(self, query: Query, span: Span, narrowing: Narrowing, page: tuple[int, int]) -> list[int]:
        """What a query finds that names no word: everything that passes, without what has an unwanted word."""
        limit, offset = page
        wanted: Select[Any] = (
            select(ITEM.c.id).where(~ITEM.c.removed, *within(span, ITEM.c.id)).order_by(ITEM.c.id.desc())
        )
        if query.must_not:
            wanted = wanted.where(self._index.lacks(query.must_not, ITEM.c.id))
        candidates = narrowing.candidates()
        if candidates is None:
            wanted = wanted.where(*narrowing.conditions).limit(limit).offset(offset)
            return list(self._connection.execute(wanted).scalars())
        found: list[int] = []
        for chunk in chunks(candidates):
            found += self._connection.execute(wanted.where(ITEM.c.id.in_(chunk))).scalars()
            if len(found) >= offset + limit:
                break
        return found[offset : offset + limit]


def _fields(item: Item) -> tuple[list[str], list[str]]:
    # Two fields, so that a hit in the title can weigh more.
    body: list[str] = []
    for text in (item.author, handle_of(item.url) if item.url else None, item.body.text):
        if text:
            body += [*index_tokens(text), GAP]
    return index_tokens(item.title), body[:-1]


def _span(query: Query, zone: tzinfo) -> Span:
    """The ids that the days from `since` to `until` can have: first (inclusive) and last (exclusive)."""
    first = _midnight(query.since, zone) if query.since else None
    last = _midnight(query.until + _DAY, zone) if query.until and query.until.toordinal() < 3652059 else None
    return (
        None if first is None else first_item_id(digest_id_from(first)),
        None if last is None else first_item_id(digest_id_from(last)),
    )


def _midnight(day: Any, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)
