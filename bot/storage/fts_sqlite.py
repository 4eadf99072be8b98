"""The index as an FTS5 table: tokens joined by spaces, read by SQLite's simplest tokeniser."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    column,
    literal_column,
    select,
    table,
    text,
)

from bot.core.query import Query, Term
from bot.storage.statements import chunks
from bot.storage.tables import ITEM

Entry = tuple[int, list[str], list[str]]
"""An item's id, the tokens of its title, and those of its other fields."""

GAP = "\ue000"
"""A token that no query can hold: a phrase never reaches from one field into the next."""

_FTS = table("item_fts", column("rowid", BigInteger), column("item_fts"))
_RANK = "bm25(item_fts, 4.0, 1.0)"  # a word in the title counts for four in the text


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

    def clear(self) -> None:
        """Delete all entries."""
        self._connection.execute(text("DELETE FROM item_fts"))

    def settle(self) -> None:
        """Merge the pieces a large load leaves behind."""
        self._connection.execute(text("INSERT INTO item_fts (item_fts) VALUES ('optimize')"))

    def find(
        self,
        query: Query,
        *,
        span: tuple[int | None, int | None],
        narrowing: Sequence[ColumnElement[bool]],
        page: tuple[int, int],
    ) -> list[int]:
        """The ids a query with words finds, in its order."""
        statement = select(_FTS.c.rowid).where(_FTS.c.item_fts.op("MATCH")(_match(query)))
        first, last = span
        if first is not None:
            statement = statement.where(_FTS.c.rowid >= first)
        if last is not None:
            statement = statement.where(_FTS.c.rowid < last)
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
