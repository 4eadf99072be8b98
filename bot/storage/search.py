"""The full-text index of both engines behind one face: written in the item's own transaction, read newest first.

Tokens are made in Python (`bot.core.tokens`), so that FTS5 and `tsvector` hold the same words and give the same items;
they hold letters and digits only, so that no query can break out of its quotes. Removed items are not in the index.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from bot.core.links import handle_of
from bot.core.model import Item, StoredItem
from bot.core.query import Query
from bot.core.tokens import TOKENIZER_VERSION as VERSION
from bot.core.tokens import index_tokens
from bot.storage.fts_postgres import PostgresIndex
from bot.storage.fts_sqlite import GAP, SqliteIndex
from bot.storage.items import Items
from bot.storage.meta import REINDEXED, TOKENIZER_VERSION, Meta
from bot.storage.narrowing import Narrowing, Span
from bot.storage.statements import CHUNK, chunks, clean, digest_id_from, first_item_id, on_postgres

_DAY = timedelta(days=1)
_REINDEX_BATCH = 500
_FIRST_LOOK = 64
_RARE = 16  # of so many candidates less than one is a hit: then it is better to look at all hits
_MANY_HITS = 2000
_MORE_HITS = 4
_RANKED = 1000


class Search:
    """The full-text index: title, author, handle and body of every item that is not removed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._index = PostgresIndex(connection) if on_postgres(connection) else SqliteIndex(connection)

    def find(self, query: Query, *, limit: int, offset: int = 0, zone: tzinfo = UTC) -> list[StoredItem]:
        """The items a query finds, newest digest first and in reading order within one.

        Words and exclusions are matched as tokens; authors as `Items.list_by_author` does, topics by slug, categories
        in any case and script: one of each kind suffices. `since` and `until` are days in `zone`. An empty query finds
        nothing. With `ranked` the best of the newest thousand come first: those with more of the words in their title;
        both engines agree on that, which their own measures of relevance do not. Never counts: `ids` is cheap to ask
        for one more than is shown."""
        return Items(self._connection).get_many(self.ids(query, limit=limit, offset=offset, zone=zone))

    def count(self, query: Query, *, most: int, zone: tzinfo = UTC) -> int:
        """How many items a query finds, counted up to `most`."""
        return len(self.ids(replace(query, ranked=False), limit=most, offset=0, zone=zone))

    def ids(self, query: Query, *, limit: int, offset: int = 0, zone: tzinfo = UTC) -> list[int]:
        """The ids of what `find` finds."""
        if query.empty or limit <= 0 or offset < 0:
            return []
        span = _span(query, zone)
        narrowing = Narrowing(self._connection, query, span)
        wanted = limit + offset
        if not query.must:
            return list(islice(self._wordless(query, span, narrowing, wanted), offset, wanted))
        if query.ranked:
            return self._ranked(query, span, narrowing, wanted)[offset:wanted]
        return self._newest(query, span, narrowing, wanted)[offset:wanted]

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

    def _newest(self, query: Query, span: Span, narrowing: Narrowing, wanted: int) -> list[int]:
        """The newest items that a query with words finds, at most so many."""
        clause = narrowing.clause
        if not clause.sought:
            return self._index.newest(query, span=span, size=wanted)
        found: list[int] = []
        left = narrowing.few()
        if left is None:
            look = self._index.look(query, span=span, size=wanted, clause=clause)
            found, reached = look.found, look.reached
            if reached is None:
                return found
            left = narrowing.candidates()
            if left is None:
                older = self._index.older(query, look, span=span, size=wanted - len(found), clause=clause)
                return found + older
            left = [key for key in left if key < reached]
        if clause.sought > 1:
            left = narrowing.passing(left)
        return found + list(islice(self._among(query, left), wanted - len(found)))

    def _among(self, query: Query, candidates: Sequence[int]) -> Iterator[int]:
        """Which of these ids, newest first, a query's words find: the next ones are compared, ever more at a time;
        where hardly any was a hit and many are left, all hits are, unless they are too many."""
        left, size, few = candidates, _FIRST_LOOK, True
        while left:
            some, left = left[:size], left[size:]
            found = self._index.matching(query, some)
            yield from (key for key in some if key in found)
            if few and len(left) > self._index.many and len(found) * _RARE < size:
                hits = self._index.newest(query, span=(left[-1], left[0] + 1), size=_MANY_HITS)
                few = len(hits) < _MANY_HITS
                if few:
                    wanted = frozenset(left)
                    yield from (key for key in hits if key in wanted)
                    return
            size = min(_MORE_HITS * size, CHUNK)

    def _ranked(self, query: Query, span: Span, narrowing: Narrowing, wanted: int) -> list[int]:
        newest = self._newest(query, span, narrowing, max(wanted, _RANKED))
        pool = newest[:_RANKED]
        points: Counter[int] = Counter()
        for term in query.must if pool else ():
            points.update(self._index.titled(term, pool))
        return sorted(pool, key=lambda key: (-points[key], -key)) + newest[_RANKED:]

    def _wordless(self, query: Query, span: Span, narrowing: Narrowing, wanted: int) -> Iterator[int]:
        """What a query finds that names no word, newest first: what passes, without what has an unwanted word."""
        for some in self._passing(span, narrowing, wanted):
            unwanted = self._index.having(query.must_not, some) if query.must_not else set()
            yield from (key for key in some if key not in unwanted)

    def _passing(self, span: Span, narrowing: Narrowing, size: int) -> Iterator[Sequence[int]]:
        """The items that pass, newest first, ever more at a time."""
        candidates = narrowing.candidates()
        if candidates is not None:
            for some in chunks(candidates, max(size, _FIRST_LOOK)):
                yield narrowing.standing(some)
            return
        while True:
            some = narrowing.newest(span, size)
            if some:
                yield some
            if len(some) < size:
                return
            span = (span[0], some[-1])
            size = min(size * _MORE_HITS, _RANKED)


def _fields(item: Item) -> tuple[list[str], list[str]]:
    # Two fields, so that a hit in the title can weigh more.
    body: list[str] = []
    # Authors are sought by what is stored of them, which is clean.
    for text in (clean(item.author or ""), handle_of(item.url) if item.url else None, item.body.text):
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
