"""The index as a `tsvector` with GIN: the vector is written as a literal from our own tokens, never by PostgreSQL's
parser.

The planner must not be let near `ORDER BY id DESC LIMIT n` with a text condition: it walks the primary key and unpacks
every vector. So a few of the newest entries are looked through first; how many of them are hits says whether to look
through more of them (a frequent word) or to ask the index, fenced. The index gives hits in no order, and each hit is a
page to read: it is asked for all if they are few, else about a stretch of the newest ids that should hold enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import BigInteger, Connection, column, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from bot.core.query import Query, Term
from bot.storage.fts_sqlite import GAP, Entry
from bot.storage.narrowing import Span, within
from bot.storage.statements import chunks

_FTS = table("item_fts", column("id", BigInteger), column("t", TSVECTOR))
_TITLE = "A"
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_WINDOW = 256  # entries that are looked through before anything is known of a query
_LARGEST = 1000
_HITS_FOR_A_LOOK = (
    2  # hits that the index gives in the time in which one entry is unpacked and compared: each is a page
)
_UNKNOWN = 100_000  # entries of a table that was never analysed
_FEW = 2000  # hits whose pages are quickly read
_STRETCH = 2  # how many times more hits than wanted a stretch should hold
_WIDER = 4
_STRETCHES = 2
_CANDIDATES = 500
_GROWTH = 8
_RECENT = (
    "WITH recent AS MATERIALIZED (SELECT id, t FROM item_fts WHERE id >= %s AND id < %s ORDER BY id DESC LIMIT %s) "
    "SELECT id, t @@ %s::tsquery, (SELECT reltuples::bigint FROM pg_class WHERE oid = 'item_fts'::regclass) "
    "FROM recent ORDER BY id DESC"
)
_INDEXED = (
    # Asked for in a subquery, words are unknown to the planner: it takes the index. Knowing that a word is frequent it
    # would read the whole table, unaware of what unpacking a vector costs.
    "WITH hits AS MATERIALIZED (SELECT id FROM item_fts WHERE t @@ (SELECT %s::tsquery) AND id >= %s AND id < %s) "
    "SELECT id FROM hits ORDER BY id DESC LIMIT %s"
)
_SOME = "SELECT id FROM item_fts WHERE t @@ (SELECT %s::tsquery) AND id >= %s AND id < %s LIMIT %s"
_AMONG = (
    "WITH entries AS MATERIALIZED (SELECT id, t FROM item_fts WHERE id = ANY(%s)) "
    "SELECT id FROM entries WHERE t @@ %s::tsquery"
)
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

    def newest(self, query: Query, *, span: Span, size: int) -> list[int]:
        """The ids of the newest entries that a query's words find, at most so many."""
        words = _Words.of(query)
        first = _LEAST if span[0] is None else span[0]
        last = _MOST if span[1] is None else span[1]
        found: list[int] = []
        room = _WINDOW
        while True:
            looked, rows = self._window(words, (first, last), room)
            found += looked
            if len(rows) < room or len(found) >= size:
                return found[:size]
            last = rows[-1][0]
            wanted, share = size - len(found), (len(looked) + 1) / room
            entries = max(rows[0][2], _UNKNOWN)
            room = _next_window(wanted, share, entries=entries)
            if not room:
                each = (rows[0][0] - last) // len(rows) + 1
                reach = int(_STRETCH * wanted / max(share, _FEW / entries))
                return found + self._older(
                    words, _stretches((first, last), each * reach, whole=2 * reach >= entries), wanted
                )

    def _window(self, words: "_Words", span: tuple[int, int], room: int) -> tuple[list[int], Sequence[Any]]:
        """The hits among the newest `room` entries, and these entries."""
        rows = self._connection.exec_driver_sql(_RECENT, (*span, room, words.exact)).all()
        return [row[0] for row in rows if row[1]], rows

    def _older(self, words: "_Words", stretches: Sequence[tuple[int, int]], size: int) -> list[int]:
        """The newest hits by way of the index: all of them if they are few, else those of one stretch of ids after the
        other, which together are the whole span."""
        found: list[int] = []
        if size < _FEW:
            some = (words.loose, stretches[-1][0], stretches[0][1], _FEW)
            few = self._connection.exec_driver_sql(_SOME, some).scalars().all()
            if len(few) < _FEW:
                return self._verified(words, sorted(few, reverse=True), size)
        for stretch in stretches:
            found += self._indexed(words, stretch, size - len(found))
            if len(found) >= size:
                break
        return found

    def _indexed(self, words: "_Words", span: tuple[int, int], size: int) -> list[int]:
        """The newest hits of one stretch."""
        found: list[int] = []
        first, last = span
        room = size if words.certain else max(_CANDIDATES, 4 * size)
        while True:
            candidates = self._lookup((words.loose, first, last, room))
            found += self._verified(words, candidates, size - len(found))
            if len(found) >= size or len(candidates) < room:
                return found
            last, room = candidates[-1], room * _GROWTH

    def _verified(self, words: "_Words", candidates: Sequence[int], size: int) -> list[int]:
        """The newest of what the index found, at most so many. It knows words but not their places: a phrase is
        verified, newest first, until there are enough."""
        if words.certain:
            return list(candidates[:size])
        found: list[int] = []
        for chunk in chunks(candidates, max(size, _WINDOW)):
            found += sorted(self._matching(words.exact, chunk), reverse=True)
            if len(found) >= size:
                break
        return found[:size]

    def _lookup(self, parameters: tuple[str, int, int, int]) -> list[int]:
        return list(self._connection.exec_driver_sql(_INDEXED, parameters).scalars())

    def _matching(self, words: str, ids: Sequence[int]) -> set[int]:
        return set(self._connection.exec_driver_sql(_AMONG, (list(ids), words)).scalars())

    def keys(self, term: Term) -> tuple[Term, ...]:
        """What to ask for in a term's place where its hits are checked anyway: its tokens, wherever they stand."""
        return tuple(Term(token, (token,)) for token in dict.fromkeys(term.tokens))

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
    which finds at least as much: the same if `certain`."""

    exact: str
    loose: str
    certain: bool

    @classmethod
    def of(cls, query: Query) -> Self:
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
        return cls(_words(query), loose, certain)


def _next_window(wanted: int, share: float, *, entries: int) -> int:
    """How many entries to look through next, of which about this share are hits; 0 where the index is quicker."""
    needed = int(1.2 * wanted / share)
    return needed if needed <= min(_LARGEST, share * entries / _HITS_FOR_A_LOOK) else 0


def _stretches(span: tuple[int, int], reach: int, *, whole: bool) -> list[tuple[int, int]]:
    """The span from its end on cut where `reach` ids are behind, and where several times as many are; or left `whole`,
    where that would be hardly less than all."""
    first, last = span
    cut: list[tuple[int, int]] = []
    while not whole and len(cut) < _STRETCHES and last - reach > first:
        cut.append((last - reach, last))
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
