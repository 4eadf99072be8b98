"""What the planner reads, shaped for a million readers: terms by what a digest holds, the readers of a term by one walk
over an index, and all readers as plain tuples, read in pieces so that memory stays flat and the transaction may write.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from bot.core.model import RuleAction, RuleKind, SubscriberState
from bot.core.query import Query, Term
from bot.storage.records import KeywordTerm
from bot.storage.statements import CHUNK, chunks, clean
from bot.storage.subscriber_tables import RULE, SUBSCRIBER, TERM

Taste = tuple[str, str, str, int, int, int]
"""style, language, script, rich (0 or 1), items in one message, link preview (0 or 1): what an edition looks like."""

PlanRow = tuple[int, str, str, str, int, int, int, int, str, int, str | None, str, str | None]
"""id, the six of `Taste`, follows (1: has a follow rule), repeats, fewest items, quiet, night, time zone; the columns'
values."""

_PIECE = 20_000


class Planning:
    """Terms, postings and readers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def terms(self, kind: RuleKind, values: Collection[str]) -> dict[str, int]:
        """Term id by value, for those values (as `bot.core.selection.rule_key` gives them) that a rule names."""
        found: dict[str, int] = {}
        for chunk in chunks(sorted({clean(value) for value in values})):
            query = select(TERM.c.value, TERM.c.id).where(TERM.c.kind == kind.value, TERM.c.value.in_(chunk))
            found.update((value, key) for value, key in self._connection.execute(query))
        return found

    def all_terms(self, kind: RuleKind) -> dict[str, int]:
        """Term id by value, for a kind that cannot be looked up by value (a host also stands for its subdomains)."""
        query = select(TERM.c.value, TERM.c.id).where(TERM.c.kind == kind.value)
        return {row.value: row.id for row in self._connection.execute(query)}

    def keyword_terms(self, keys: Collection[str]) -> list[KeywordTerm]:
        """The keywords that can occur in a text with these `bot.core.matching.candidate_keys`; each still has to be
        matched against it."""
        found: list[KeywordTerm] = []
        for chunk in chunks(sorted({clean(key) for key in keys})):
            query = select(TERM.c.id, TERM.c.value).where(TERM.c.lookup.in_(chunk))
            found += [KeywordTerm(key, keyword_query(value)) for key, value in self._connection.execute(query)]
        return found

    def last_id(self) -> int:
        """The highest id of a subscriber; 0 when there is none."""
        return self._connection.execute(select(func.max(SUBSCRIBER.c.id))).scalar() or 0

    def postings(self, term_ids: Iterable[int]) -> Iterator[tuple[int, RuleAction, int]]:
        """(term id, action, subscriber id) of every rule on these terms, whatever the readers' state."""
        for action, terms, total in self._bundles(sorted(term_ids)):
            owner = RULE.c.subscriber_id
            query = select(owner, RULE.c.term_id).where(RULE.c.term_id.in_(terms), RULE.c.action == action.value)
            pieces = self._by_id(query, owner) if total > _PIECE else [self._tuples(query)]
            for piece in pieces:
                for subscriber_id, term_id in piece:
                    yield term_id, action, subscriber_id

    def stream_subscribers(self) -> Iterator[PlanRow]:
        """Every active subscriber who wants each digest, in order of id."""
        c = SUBSCRIBER.c
        taste = (c.style, c.language, c.script, c.rich, c.per_message, c.link_preview)
        query = select(c.id, *taste, c.follows, c.repeats, c.min_items, c.quiet, c.night, c.time_zone)
        for piece in self._by_id(query.where(c.state == SubscriberState.ACTIVE.value, c.each == 1), c.id):
            yield from piece

    def _bundles(self, term_ids: Sequence[int]) -> Iterator[tuple[RuleAction, list[int], int]]:
        """Terms that one query can ask for together, and how many rules they have: few readers each, or one with many.
        Most keywords are one reader's own; asking for each by itself would take longer than reading them."""
        terms: dict[RuleAction, list[int]] = {action: [] for action in RuleAction}
        totals = dict.fromkeys(RuleAction, 0)
        for chunk in chunks(term_ids):
            c = RULE.c
            query = select(c.term_id, c.action, func.count()).where(c.term_id.in_(chunk)).group_by(c.term_id, c.action)
            for term_id, name, count in self._connection.execute(query).all():
                action = RuleAction(name)
                if terms[action] and (totals[action] + count > _PIECE or len(terms[action]) == CHUNK):
                    yield action, terms[action], totals[action]
                    terms[action], totals[action] = [], 0
                terms[action].append(term_id)
                totals[action] += count
        yield from ((action, terms[action], totals[action]) for action in RuleAction if terms[action])

    def _by_id(self, query: Select[Any], key: ColumnElement[int]) -> Iterator[list[Any]]:
        """The rows of a query in order of `key`, its first column, in pieces: no cursor stays open over a write."""
        after = 0
        while True:
            piece = self._tuples(query.where(key > after).order_by(key).limit(_PIECE))
            yield piece
            if len(piece) < _PIECE:
                return
            after = piece[-1][0]

    def _tuples(self, query: Select[Any]) -> list[Any]:
        """The driver's own tuples: a million rows of plain numbers and words need nothing made of them."""
        result = self._connection.execute(query)
        try:
            return list(result.cursor.fetchall())
        finally:
            result.close()


def keyword_query(value: str) -> Query:
    """The query that the value of a keyword term stands for (`bot.core.selection.rule_key` wrote it)."""
    words = value.split("|")
    return Query(
        must=tuple(_term(word) for word in words if not word.startswith("-")),
        must_not=tuple(_term(word[1:]) for word in words if word.startswith("-")),
    )


def _term(word: str) -> Term:
    bare = word.removesuffix("*")
    return Term(bare, tuple(bare.split(" ")), prefix=bare != word)
