"""The index as a `tsvector` with GIN: the vector is written as a literal from our own tokens, never by PostgreSQL's
parser.

The planner must not be let near `ORDER BY id DESC LIMIT n` with a text condition: it walks the primary key and unpacks
every vector. So the newest entries are tried first, and only if they do not suffice the index is asked, fenced.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    cast,
    column,
    func,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from bot.core.query import Query, Term
from bot.storage.fts_sqlite import GAP, Entry
from bot.storage.narrowing import Span, within
from bot.storage.statements import chunks
from bot.storage.tables import ITEM

_FTS = table("item_fts", column("id", BigInteger), column("t", TSVECTOR))
_NEWEST = 500
_FEW = 50
_LAST_POSITION = 16383  # where tsvector stops counting positions
_ROOM = 900_000  # bytes, counted generously: a vector may not pass 1 MB


class PostgresIndex:
    """Writes and asks the `tsvector` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Iterable[Entry]) -> None:
        """Insert entries whose ids are new."""
        self._connection.execute(
            text("INSERT INTO item_fts (id, t) VALUES (:id, CAST(:t AS tsvector))"),
            [{"id": key, "t": _vector(title, body)} for key, title, body in entries],
        )

    def remove(self, ids: Sequence[int]) -> None:
        """Delete entries."""
        for chunk in chunks(ids):
            self._connection.execute(_FTS.delete().where(_FTS.c.id.in_(chunk)))

    def remove_between(self, after: int | None, last: int | None) -> None:
        """Delete the entries above the one id up to and with the other; None leaves that side open."""
        span = (None if after is None else after + 1, None if last is None else last + 1)
        self._connection.execute(_FTS.delete().where(*within(span, _FTS.c.id)))

    def settle(self) -> None:
        """Let the planner see how rare each word is now."""
        self._connection.execute(text("ANALYZE item_fts"))

    def find(
        self,
        query: Query,
        *,
        span: Span,
        narrowing: Sequence[ColumnElement[bool]],
        page: tuple[int, int],
    ) -> list[int]:
        """The ids a query with words finds, in its order."""
        words = cast(literal(_words(query)), TSQUERY)
        # With a narrowing the newest have been tried before this is asked.
        if not query.ranked and not narrowing:
            found, complete = self.among_newest(query, span=span, narrowing=narrowing, page=page)
            if complete:
                return found
        hits = select(_FTS.c.id, *self._score(query, words)).where(_FTS.c.t.op("@@")(words), *within(span, _FTS.c.id))
        fenced = hits.cte("hits").prefix_with("MATERIALIZED")
        return self._page(select(fenced.c.id), fenced, narrowing, page)

    def among_newest(
        self,
        query: Query,
        *,
        span: Span,
        narrowing: Sequence[ColumnElement[bool]],
        page: tuple[int, int],
    ) -> tuple[list[int], bool]:
        """The ids a query finds among the newest entries, and whether that is all there is to the page."""
        limit, offset = page
        if limit + offset > _FEW:
            return [], False
        newest = select(_FTS.c.id, _FTS.c.t).where(*within(span, _FTS.c.id)).order_by(_FTS.c.id.desc()).limit(_NEWEST)
        recent = newest.cte("recent").prefix_with("MATERIALIZED")
        hits = select(recent.c.id).where(recent.c.t.op("@@")(cast(literal(_words(query)), TSQUERY)))
        found = self._page(hits, recent, narrowing, page)
        return found, len(found) == limit

    def among(self, query: Query, candidates: Sequence[int]) -> Iterator[int]:
        """Which of these ids, newest first, a query's words find, as they come."""
        words = cast(literal(_words(query)), TSQUERY)
        for chunk in chunks(candidates):
            entries = select(_FTS.c.id, _FTS.c.t).where(_FTS.c.id.in_(chunk)).cte("entries").prefix_with("MATERIALIZED")
            found = select(entries.c.id).where(entries.c.t.op("@@")(words)).order_by(entries.c.id.desc())
            yield from self._connection.execute(found).scalars()

    def lacks(self, terms: Sequence[Term], key: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether an item has none of these terms."""
        return key.not_in(select(_FTS.c.id).where(_FTS.c.t.op("@@")(cast(literal(_any(terms)), TSQUERY))))

    def _page(
        self, ids: Select[Any], hits: Any, narrowing: Sequence[ColumnElement[bool]], page: tuple[int, int]
    ) -> list[int]:
        limit, offset = page
        if narrowing:
            ids = ids.join(ITEM, ITEM.c.id == hits.c.id).where(*narrowing)
        order = [hits.c.score.desc()] if "score" in hits.c else []
        return list(
            self._connection.execute(ids.order_by(*order, hits.c.id.desc()).limit(limit).offset(offset)).scalars()
        )

    def _score(self, query: Query, words: Any) -> list[ColumnElement[Any]]:
        return [func.ts_rank(_FTS.c.t, words).label("score")] if query.ranked else []


def _vector(title: list[str], body: list[str]) -> str:
    # Weight A marks the title: ts_rank counts it ten times the text (D).
    words = [f"'{token}':{place}A" for place, token in enumerate(title[:_LAST_POSITION], start=1)]
    start = len(title) + 2  # a phrase is made of neighbours: the place between belongs to nobody
    room = _ROOM
    for place, token in enumerate(body, start=start):
        if token == GAP:
            continue
        words.append(f"'{token}':{min(place, _LAST_POSITION)}")
        room -= len(token) * 4 + 16
        if room < 0:
            break
    return " ".join(words)


def _words(query: Query) -> str:
    wanted = " & ".join(_phrase(term) for term in query.must)
    return f"{wanted} & !({_any(query.must_not)})" if query.must_not else wanted


def _any(terms: Sequence[Term]) -> str:
    return " | ".join(_phrase(term) for term in terms)


def _phrase(term: Term) -> str:
    words = [f"'{token}'" for token in term.tokens]
    if term.prefix:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"
