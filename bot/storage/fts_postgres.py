"""The index as a `tsvector` with GIN: the vector is written as a literal from our own tokens, never by PostgreSQL's
parser.

The planner must not be let near `ORDER BY id DESC LIMIT n` with a text condition: it walks the primary key and unpacks
every vector. So the newest entries are looked through first, as long as hits are wanted; how many were found says
whether to look through more of them (a frequent word) or to ask the index, fenced. The index gives hits in no order,
and each hit is a page to read: it is asked for all if they are few, else about a stretch of the newest ids that should
hold enough. What else must be met is asked of one hit after the other, newest first, and so are phrases, of which the
index knows the words but not their places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import BigInteger, Connection, column, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from bot.core.query import Query, Term
from bot.storage.fts_sqlite import GAP, Entry, Look
from bot.storage.narrowing import NO_CLAUSE, Clause, Span, bounds, within
from bot.storage.statements import chunks, filled

_FTS = table("item_fts", column("id", BigInteger), column("t", TSVECTOR))
_TITLE = "A"
_LOOK = 500  # entries that are looked through before anything is known of a query
_LARGEST = 8000
_HITS_FOR_A_LOOK = 8  # hits that the index lists in the time in which one entry is unpacked and compared
_UNKNOWN = 100_000  # entries of a table that was never analysed
_FEW = 2000  # hits whose pages are quickly read
_SENT = 200
_STRETCH = 2  # how many times more hits than wanted a stretch should hold
_WIDER = 4
_STRETCHES = 2
_RECENT = (
    "SELECT e.id FROM (SELECT id, t FROM item_fts WHERE id BETWEEN %s AND %s ORDER BY id DESC LIMIT %s) AS e "
    "WHERE e.t @@ %s::tsquery{also} ORDER BY e.id DESC LIMIT %s"
)
_REACHED = (
    "SELECT count(*), min(e.id), max(e.id), "
    "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'item_fts'::regclass) "
    "FROM (SELECT id FROM item_fts WHERE id BETWEEN %s AND %s ORDER BY id DESC LIMIT %s) AS e"
)
# Asked for in a subquery, words are unknown to the planner: it takes the index. Knowing that a word is frequent it
# would read the whole table, unaware of what unpacking a vector costs.
_LISTED = "SELECT id FROM item_fts WHERE t @@ (SELECT %s::tsquery) AND id BETWEEN %s AND %s"
_SOME = f"{_LISTED} LIMIT %s"
# OFFSET 0 is the fence: hits are put in order before they are looked at, and no more of them than are wanted.
_INDEXED = (
    "WITH hits AS MATERIALIZED ({listed}) "
    "SELECT e.id FROM (SELECT id FROM hits ORDER BY id DESC OFFSET 0) AS e WHERE true{checks} LIMIT %s"
).replace("{listed}", _LISTED)
_KEPT = (
    "SELECT e.id FROM (SELECT id FROM unnest(%s::bigint[]) AS u (id) ORDER BY id DESC OFFSET 0) AS e "
    "WHERE true{checks} LIMIT %s"
)
_EXACT = " AND (SELECT f.t @@ %s::tsquery FROM item_fts AS f WHERE f.id = e.id)"
_AMONG = (
    "WITH entries AS MATERIALIZED (SELECT id, t FROM item_fts WHERE id = ANY(%s)) "
    "SELECT id FROM entries WHERE t @@ %s::tsquery"
)
_LAST_POSITION = 16383  # where tsvector stops counting positions
_ROOM = 900_000  # bytes, counted generously: a vector may not pass 1 MB


class PostgresIndex:
    """Writes and asks the `tsvector` table."""

    many: Final = 2000
    """From how many ids on it is better to ask which items the words find than to look at each."""

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

    def newest(self, query: Query, *, span: Span, size: int, clause: Clause = NO_CLAUSE) -> list[int]:
        """The ids of the newest entries that a query's words find and that meet a clause, at most so many."""
        look = self.look(query, span=span, size=size, clause=clause)
        if look.reached is None:
            return look.found
        return look.found + self.older(query, look, span=span, size=size - len(look.found), clause=clause)

    def look(self, query: Query, *, span: Span, size: int, clause: Clause) -> Look:
        """The same as far as the newest entries of all give it."""
        return self._look(_words(query), span, size, clause, room=_LOOK)

    def older(self, query: Query, look: Look, *, span: Span, size: int, clause: Clause) -> list[int]:
        """The newest beyond what a look reached, at most so many."""
        words = _Words.of(query, clause)
        found: list[int] = []
        while look.reached is not None:
            wanted, rest = size - len(found), (span[0], look.reached)
            room = _next_look(wanted, look.share, entries=look.entries)
            if not room:
                return found + self._by_index(words, look, rest, wanted)
            look = self._look(words.exact, rest, wanted, clause, room=room)
            found += look.found
        return found

    def _look(self, words: str, span: Span, size: int, clause: Clause, *, room: int) -> Look:
        """Look through the newest `room` entries of a span."""
        recent = (*bounds(span), room)
        statement = filled(_RECENT, also=clause.on("e.id"))
        values = (*recent, words, *clause.parameters, size)
        found = list(self._connection.exec_driver_sql(statement, values).scalars())
        if len(found) >= size:
            return Look(found)
        looked, lowest, highest, entries = self._connection.exec_driver_sql(_REACHED, recent).one()
        if looked < room:
            return Look(found)
        return Look(
            found,
            reached=lowest,
            share=(len(found) + 1) / room,
            entries=max(entries, _UNKNOWN),
            spacing=(highest - lowest) // room + 1,
        )

    def _by_index(self, words: "_Words", look: Look, span: Span, size: int) -> list[int]:
        """The newest hits by way of the index: all of them if they are few, else those of one stretch of ids after the
        other, which together are the whole span."""
        if look.share * look.entries <= _FEW:
            some = self._connection.exec_driver_sql(_SOME, (words.loose, *bounds(span), _FEW)).scalars().all()
            if len(some) < _FEW:
                return self._kept(words, some, size)
        reach = int(_STRETCH * size / max(look.share, _FEW / look.entries))
        found: list[int] = []
        for stretch in _stretches(bounds(span), look.spacing * reach, whole=2 * reach >= look.entries):
            values = (words.loose, *stretch, *words.verified, size - len(found))
            found += self._connection.exec_driver_sql(words.completed(_INDEXED), values).scalars()
            if len(found) >= size:
                break
        return found

    def _kept(self, words: "_Words", ids: Sequence[int], size: int) -> list[int]:
        """The newest of what the index found that is right, at most so many."""
        if not words.verified:
            return sorted(ids, reverse=True)[:size]
        statement, found = words.completed(_KEPT), list[int]()
        # A long list of ids takes longer to send than the few that are wanted to verify.
        for some in chunks(sorted(ids, reverse=True), max(_SENT, 2 * size)):
            values = (list(some), *words.verified, size - len(found))
            found += self._connection.exec_driver_sql(statement, values).scalars()
            if len(found) >= size:
                break
        return found

    def _matching(self, words: str, ids: Sequence[int]) -> set[int]:
        return set(self._connection.exec_driver_sql(_AMONG, (list(ids), words)).scalars())

    def matching(self, query: Query, ids: Sequence[int]) -> set[int]:
        """Which of these ids a query's words find."""
        return self._matching(_words(query), ids)

    def having(self, terms: Sequence[Term], ids: Sequence[int]) -> set[int]:
        """Which of these ids have one of the terms."""
        return self._matching(_any(terms), ids)

    def titled(self, term: Term, ids: Sequence[int]) -> set[int]:
        """Which of these ids have the term in their title."""
        return self._matching(_phrase(term, _TITLE), ids)


@dataclass(frozen=True, slots=True)
class _Words:
    """A query's words as `tsquery`s: `exact`; and `loose`, which the index answers without looking at a vector and
    which finds at least as much. `checks` is the SQL that says what more a hit must meet, `verified` its parameters."""

    exact: str
    loose: str
    checks: str
    verified: tuple[Any, ...]

    @classmethod
    def of(cls, query: Query, clause: Clause) -> Self:
        # Every token that begins with a character is most of the index: only where there is nothing else to ask.
        asked = [term for term in query.must if not term.prefix] or query.must
        words = [word for term in asked for word in _phrase(term)[1:-1].split(" <-> ")]
        single = [term for term in query.must_not if len(term.tokens) == 1]
        loose = " & ".join(dict.fromkeys(words))
        if single:
            loose = f"{loose} & !({_any(single)})"
        certain = len(asked) == len(query.must) and all(
            len(term.tokens) == 1 for term in (*query.must, *query.must_not)
        )
        exact = _words(query)
        checks = ("" if certain else _EXACT) + clause.on("e.id")
        return cls(exact, loose, checks, (*(() if certain else (exact,)), *clause.parameters))

    def completed(self, statement: str) -> str:
        """A statement with the checks in their place."""
        return filled(statement, checks=self.checks)


def _next_look(wanted: int, share: float, *, entries: int) -> int:
    """How many entries to look through next, of which about this share are hits; 0 where the index is quicker."""
    needed = int(1.2 * wanted / share)
    return needed if needed <= min(_LARGEST, share * entries / _HITS_FOR_A_LOOK) else 0


def _stretches(span: tuple[int, int], reach: int, *, whole: bool) -> list[tuple[int, int]]:
    """The span (inclusive) from its end on cut where `reach` ids are behind, and where several times as many are; or
    left `whole`, where that would be hardly less than all."""
    first, last = span
    cut: list[tuple[int, int]] = []
    while not whole and len(cut) < _STRETCHES and last - reach > first:
        cut.append((last - reach + 1, last))
        last, reach = last - reach, reach * _WIDER
    return [*cut, (first, last)]


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


def _phrase(term: Term, weight: str = "") -> str:
    last = f"{'*' if term.prefix else ''}{weight}"
    words = [f"'{token}'{f':{weight}' if weight else ''}" for token in term.tokens[:-1]]
    words.append(f"'{term.tokens[-1]}'{f':{last}' if last else ''}")
    return f"({' <-> '.join(words)})"
