"""The index as an FTS5 table: tokens joined by spaces, read by SQLite's simplest tokeniser."""

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import BigInteger, Connection, column, table, text

from bot.core.matching import contains, matches
from bot.core.query import Query, Term
from bot.storage.narrowing import Span, within
from bot.storage.statements import chunks

Entry = tuple[int, list[str], list[str]]
"""An item's id, the tokens of its title, and those of its other fields."""

GAP = "\ue000"
"""A token that no query can hold: a phrase never reaches from one field into the next."""

_FTS = table("item_fts", column("rowid", BigInteger), column("item_fts"))
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_MANY = 200  # entries that only a load adds together
_SAMPLE = 50  # hits that tell how frequent a token is
_GATHERED = 8 << 20  # bytes held back before they are written; FTS5 itself begins with 1 MiB
_HITS = "SELECT rowid FROM item_fts WHERE item_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
_STORED = "SELECT id, c0, c1 FROM item_fts_content WHERE id IN (SELECT value FROM json_each(?))"


class SqliteIndex:
    """Writes and asks the FTS5 table."""

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

    def newest(self, query: Query, *, span: Span, size: int) -> list[int]:
        """The ids of the newest entries that a query's words find, at most so many."""
        first, last = span
        bounds = (_LEAST if first is None else first, _MOST if last is None else last - 1)
        return list(self._connection.exec_driver_sql(_HITS, (_match(query), *bounds, size)).scalars())

    def keys(self, term: Term) -> tuple[Term, ...]:
        """What to ask for in a term's place where its hits are checked anyway: its rarest token, judged by how far
        back a few hits reach. To step through the many hits of a frequent one beside it costs far more."""
        tokens = [Term(token, (token,)) for token in dict.fromkeys(term.tokens)]
        if len(tokens) == 1:
            return (term,)
        return (min(tokens, key=lambda token: self._reached(_phrase(token))),)

    def _reached(self, words: str) -> int:
        hits = self._connection.exec_driver_sql(_HITS, (words, _LEAST, _MOST, _SAMPLE)).scalars().all()
        return hits[-1] if len(hits) == _SAMPLE else _LEAST + len(hits)

    def matching(self, query: Query, ids: Sequence[int]) -> set[int]:
        """Which of these ids a query's words find."""
        return {key for key, tokens in self._tokens(ids) if matches(tokens, query)}

    def having(self, terms: Sequence[Term], ids: Sequence[int]) -> set[int]:
        """Which of these ids have one of the terms."""
        return {key for key, tokens in self._tokens(ids) if any(contains(tokens, term) for term in terms)}

    def _tokens(self, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
        # Comparing stored tokens is 20 times quicker than to ask the index about one row after the other.
        for key, title, body in self._connection.exec_driver_sql(_STORED, (json.dumps(list(ids)),)):
            yield key, f" {title} {GAP} {body} "

    def titled(self, term: Term, ids: Sequence[int]) -> set[int]:
        """Which of these ids, newest first, have the term in their title."""
        words = f"{{title}} : {_phrase(term)}"
        hits = self._connection.exec_driver_sql(_HITS, (words, ids[-1], ids[0], _MOST)).scalars()
        return set(ids).intersection(hits)


def _match(query: Query) -> str:
    wanted = " AND ".join(_phrase(term) for term in query.must)
    return f"({wanted}) NOT ({_any(query.must_not)})" if query.must_not else wanted


def _any(terms: Sequence[Term]) -> str:
    return " OR ".join(_phrase(term) for term in terms)


def _phrase(term: Term) -> str:
    # Tokens hold letters and digits only, so the quotes cannot be closed from inside.
    return f'"{" ".join(term.tokens)}"{"*" if term.prefix else ""}'
