"""The index as an FTS5 table: tokens joined by spaces, read by SQLite's simplest tokeniser."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)

from bot.core.query import Query, Term
from bot.storage.narrowing import Span, within
from bot.storage.statements import chunks
from bot.storage.tables import ITEM

Entry = tuple[int, list[str], list[str]]
"""An item's id, the tokens of its title, and those of its other fields."""

GAP = "\ue000"
"""A token that no query can hold: a phrase never reaches from one field into the next."""

_FTS = table("item_fts", column("rowid", BigInteger), column("item_fts"))
_RANK = "bm25(item_fts, 4.0, 1.0)"  # a word in the title counts for four in the text

_NEWEST = 300
_FIRST_PROBES = 4
_HITS_FOR_A_PROBE = 100  # hits that are read in the time in which one candidate is looked up
_HITS = "SELECT rowid FROM item_fts WHERE item_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
_PROBE = (
    "SELECT f.rowid FROM json_each(?) AS wanted CROSS JOIN item_fts AS f ON f.rowid = wanted.value "
    "WHERE f.item_fts MATCH ? ORDER BY wanted.key"  # in their order; by falling row ids it takes three times as long
)


class SqliteIndex:
    """Writes and asks the FTS5 table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Iterable[Entry]) -> None:
        """Insert entries whose ids are new."""
        self._connection.exec_driver_sql(
            "INSERT INTO item_fts (rowid, title, body) VALUES (?, ?, ?)",
            [(key, " ".join(title), " ".join(body)) for key, title, body in entries],
        )

    def remove(self, ids: Sequence[int]) -> None:
        """Delete entries."""
        for chunk in chunks(ids):
            self._connection.execute(_FTS.delete().where(_FTS.c.rowid.in_(chunk)))

    def remove_between(self, after: int | None, last: int | None) -> None:
        """Delete the entries above the one id up to and with the other; None leaves that side open."""
        span = (None if after is None else after + 1, None if last is None else last + 1)
        self._connection.execute(_FTS.delete().where(*within(span, _FTS.c.rowid)))

    def settle(self) -> None:
        """Merge the pieces a large load leaves behind."""
        self._connection.execute(text("INSERT INTO item_fts (item_fts) VALUES ('optimize')"))

    def find(
        self,
        query: Query,
        *,
        span: Span,
        narrowing: Sequence[ColumnElement[bool]],
        page: tuple[int, int],
    ) -> list[int]:
        """The ids a query with words finds, in its order."""
        statement = select(_FTS.c.rowid).where(_FTS.c.item_fts.op("MATCH")(_match(query)))
        statement = statement.where(*within(span, _FTS.c.rowid))
        if narrowing:
            # Filters are looked up for each hit as it comes; joined the other way the index could not stop early.
            statement = statement.where(
                select(ITEM.c.id).where(ITEM.c.id == _FTS.c.rowid, *narrowing).correlate(_FTS).exists()
            )
        order: list[Any] = [_FTS.c.rowid.desc()]
        if query.ranked:
            order.insert(0, literal_column(_RANK))
        limit, offset = page
        return list(self._connection.execute(statement.order_by(*order).limit(limit).offset(offset)).scalars())

    def among_newest(
        self,
        query: Query,
        *,
        span: Span,
        narrowing: Sequence[ColumnElement[bool]],
        page: tuple[int, int],
    ) -> tuple[list[int], bool]:
        """The ids a query finds among the newest hits of its words, and whether that is all there is to the page."""
        hits = select(_FTS.c.rowid).where(_FTS.c.item_fts.op("MATCH")(_match(query)), *within(span, _FTS.c.rowid))
        newest = self._connection.execute(hits.order_by(_FTS.c.rowid.desc()).limit(_NEWEST)).scalars().all()
        limit, offset = page
        wanted = func.json_each(json.dumps(list(newest))).table_valued("value")
        passing = select(ITEM.c.id).where(ITEM.c.id.in_(select(wanted.c.value)), *narrowing).order_by(ITEM.c.id.desc())
        found = list(self._connection.execute(passing.limit(limit).offset(offset)).scalars())
        return found, len(found) == limit or len(newest) < _NEWEST

    def among(self, query: Query, candidates: Sequence[int]) -> Iterator[int]:
        """Which of these ids, newest first, a query's words find, as they come."""
        # Hits that are compared, then candidates that are looked up, each going on below where the other stopped: for
        # a rare word the hits end soon, for a frequent one the next candidates have it.
        words, wanted, left, size = _match(query), frozenset(candidates), candidates, _FIRST_PROBES
        while left:
            most = size * _HITS_FOR_A_PROBE
            hits = self._connection.exec_driver_sql(_HITS, (words, left[-1], left[0], most)).scalars().all()
            yield from (key for key in hits if key in wanted)
            if len(hits) < most:
                return
            left = [key for key in left if key < hits[-1]]
            probes, left = json.dumps(left[:size]), left[size:]
            yield from self._connection.exec_driver_sql(_PROBE, (probes, words)).scalars().all()
            size *= 2

    def lacks(self, terms: Sequence[Term], key: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether an item has none of these terms."""
        return key.not_in(select(_FTS.c.rowid).where(_FTS.c.item_fts.op("MATCH")(_any(terms))))


def _match(query: Query) -> str:
    wanted = " AND ".join(_phrase(term) for term in query.must)
    return f"({wanted}) NOT ({_any(query.must_not)})" if query.must_not else wanted


def _any(terms: Sequence[Term]) -> str:
    return " OR ".join(_phrase(term) for term in terms)


def _phrase(term: Term) -> str:
    # Tokens hold letters and digits only, so the quotes cannot be closed from inside.
    return f'"{" ".join(term.tokens)}"{"*" if term.prefix else ""}'
