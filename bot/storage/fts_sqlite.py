"""The index as an FTS5 table: tokens joined by spaces, read by SQLite's simplest tokeniser."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Connection, column, table, text

from bot.core.query import Query, Term
from bot.storage.narrowing import NO_CLAUSE, Clause, Span, bounds, within
from bot.storage.statements import chunks, filled

Entry = tuple[int, list[str], list[str]]
"""An item's id, the tokens of its title, and those of its other fields."""

GAP = "\ue000"
"""A token that no query can hold: a phrase never reaches from one field into the next."""

_FTS = table("item_fts", column("rowid", BigInteger), column("item_fts"))
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_MANY = 200  # entries that only a load adds together
_GATHERED = 8 << 20  # bytes held back before they are written; FTS5 itself begins with 1 MiB
_HITS = "SELECT rowid FROM item_fts WHERE item_fts MATCH ? AND rowid BETWEEN ? AND ?{also} ORDER BY rowid DESC LIMIT ?"
_PLAIN_HITS = filled(_HITS, also="")
_FLAGGED = (
    "SELECT rowid, true{also} FROM item_fts "
    "WHERE item_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
)
_LOOK = 400  # hits that are looked at whether they meet a clause before anything else is tried
_LONG = 4  # tokens of a phrase from which on it is asked for by a few of them
_COMPARED = 4  # tokens of it of which the rarest is taken
_CHECKED = 64
_MOSTLY_WRONG = 8  # of so many hits of the thinned phrase less than one has the phrase
_REACHED = "(SELECT rowid FROM item_fts WHERE item_fts MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET 19)"
_STORED = "SELECT id FROM item_fts_content WHERE id IN (SELECT value FROM json_each(?)){also}"
_HOLDS = "(instr(' ' || c0 || ' ', ?) OR instr(' ' || c1 || ' ', ?))"


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look found, newest first. All from the id `reached` on was looked at; everything if that is None.
    The rest is what the one engine learnt for going on: which share of `entries` is found, and the distance of ids."""

    found: list[int]
    reached: int | None = None
    share: float = 1.0
    entries: int = 0
    spacing: int = 1


class SqliteIndex:
    """Writes and asks the FTS5 table."""

    many: Final = 600
    """From how many ids on it is better to ask which items the words find than to look at each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Sequence[Entry]) -> None:
        """Insert entries whose ids are new."""
        if len(entries) >= _MANY:
            self._make_room()
        self._connection.exec_driver_sql(
            "INSERT INTO item_fts (rowid, title, body) VALUES (?, ?, ?)",
            [(key, " ".join(title), " ".join(body)) for key, title, body in entries],
        )

    def _make_room(self) -> None:
        """Let the index gather more before it writes a piece: a load leaves fewer of them, which is half the work."""
        known = self._connection.exec_driver_sql("SELECT v FROM item_fts_config WHERE k = 'hashsize'").scalar()
        if known != _GATHERED:
            self._connection.exec_driver_sql(
                "INSERT INTO item_fts (item_fts, rank) VALUES ('hashsize', ?)", (_GATHERED,)
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

    def newest(self, query: Query, *, span: Span, size: int, clause: Clause = NO_CLAUSE) -> list[int]:
        """The ids of the newest entries that a query's words find and that meet a clause, at most so many."""
        if not clause.sought and any(map(_thins, query.must)):
            return self._by_thinned(query, span, size)
        hits = filled(_HITS, also=clause.on("item_fts.rowid"))
        values = (_match(query), *bounds(span), *clause.parameters, size)
        return list(self._connection.exec_driver_sql(hits, values).scalars())

    def look(self, query: Query, *, span: Span, size: int, clause: Clause) -> Look:
        """The same as far as the newest hits of the words give it."""
        found: list[int] = []
        statement = filled(_FLAGGED, also=clause.on("item_fts.rowid"))
        values = (*clause.parameters, _match(query), *bounds(span), _LOOK)
        rows = self._connection.exec_driver_sql(statement, values)
        looked = key = 0
        for looked, (key, passes) in enumerate(rows, start=1):  # noqa: B007 - the last ones are what counts
            if passes:
                found.append(key)
            if len(found) == size:
                rows.close()
                return Look(found)
        return Look(found, reached=key if looked == _LOOK else None)

    def older(self, query: Query, look: Look, *, span: Span, size: int, clause: Clause) -> list[int]:
        """The newest beyond what a look reached, at most so many."""
        return self.newest(query, span=(span[0], look.reached), size=size, clause=clause)

    def _by_thinned(self, query: Query, span: Span, size: int) -> list[int]:
        """The newest hits by way of a question that finds more, but is quicker, and is checked; unless it finds hardly
        anything else."""
        match, room, found = self._thinned(query), max(size, _CHECKED), list[int]()
        while True:
            hits = self._connection.exec_driver_sql(_PLAIN_HITS, (match, *bounds(span), room)).scalars().all()
            right = self.matching(query, hits)
            found += [key for key in hits if key in right]
            if len(found) >= size or len(hits) < room:
                return found[:size]
            span = (span[0], hits[-1])
            if len(right) * _MOSTLY_WRONG < len(hits):
                values = (_match(query), *bounds(span), size - len(found))
                return [*found, *self._connection.exec_driver_sql(_PLAIN_HITS, values).scalars()]
            room *= 2

    def _thinned(self, query: Query) -> str:
        """A question for less of each long phrase: its ends and the rarest token between, near each other. FTS5 steps
        through the hits of every token of a phrase, and most of them say nothing that the others do not."""
        return _match(query, [self._near(term) if _thins(term) else _phrase(term) for term in query.must])

    def _near(self, term: Term) -> str:
        first, *between, last = term.tokens
        # Single characters and digits are frequent; so is half of the rest, which is enough to choose from.
        tokens = list(dict.fromkeys([token for token in between if len(token) > 1] or between))[:_COMPARED]
        reached = ", ".join([_REACHED] * len(tokens))
        row = self._connection.exec_driver_sql(f"SELECT {reached}", tuple(f'"{token}"' for token in tokens)).one()
        # How far back a few hits reach tells how rare a token is.
        _, rarest = min(zip((_LEAST if key is None else key for key in row), tokens, strict=True))
        return f'NEAR("{first}" "{rarest}" "{last}", {len(term.tokens)})'

    def matching(self, query: Query, ids: Sequence[int]) -> set[int]:
        """Which of these ids a query's words find."""
        wanted = "".join(f" AND {_HOLDS}" for _ in query.must)
        unwanted = "".join(f" AND NOT {_HOLDS}" for _ in query.must_not)
        return self._stored(ids, wanted + unwanted, (*query.must, *query.must_not))

    def having(self, terms: Sequence[Term], ids: Sequence[int]) -> set[int]:
        """Which of these ids have one of the terms."""
        return self._stored(ids, f" AND ({' OR '.join(_HOLDS for _ in terms)})", terms)

    def _stored(self, ids: Sequence[int], condition: str, terms: Sequence[Term]) -> set[int]:
        # Comparing stored tokens is 30 times quicker than to ask the index about one row after the other.
        needles = [_needle(term) for term in terms for _field in ("title", "body")]
        statement = filled(_STORED, also=condition)
        return set(self._connection.exec_driver_sql(statement, (json.dumps(list(ids)), *needles)).scalars())

    def titled(self, term: Term, ids: Sequence[int]) -> set[int]:
        """Which of these ids, newest first, have the term in their title."""
        words = f"{{title}} : {_phrase(term)}"
        hits = self._connection.exec_driver_sql(_PLAIN_HITS, (words, ids[-1], ids[0], _MOST)).scalars()
        return set(ids).intersection(hits)


def _match(query: Query, wanted: Sequence[str] = ()) -> str:
    every = " AND ".join(wanted or map(_phrase, query.must))
    return f"({every}) NOT ({_any(query.must_not)})" if query.must_not else every


def _thins(term: Term) -> bool:
    return len(term.tokens) >= _LONG and not term.prefix


def _any(terms: Sequence[Term]) -> str:
    return " OR ".join(_phrase(term) for term in terms)


def _phrase(term: Term) -> str:
    # Tokens hold letters and digits only, so the quotes cannot be closed from inside.
    return f'"{" ".join(term.tokens)}"{"*" if term.prefix else ""}'


def _needle(term: Term) -> str:
    """What stored tokens hold, with a blank before and after, where they hold the term."""
    return f" {' '.join(term.tokens)}{'' if term.prefix else ' '}"
