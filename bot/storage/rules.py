"""What readers follow and mute. A rule points to a term; everybody who wrote the same wish, however spelt, shares one
(`bot.core.selection.rule_key` says what is the same).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy import insert as plain_insert

from bot.core.matching import keyword_key
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.selection import rule_key
from bot.storage.statements import chunks, clean, insert, inserted
from bot.storage.subscriber_tables import RULE, SUBSCRIBER, TERM

TermKey = tuple[str, str]


class Rules:
    """Rules by subscriber."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_of(self, subscriber_id: int) -> tuple[Rule, ...]:
        """A subscriber's rules in the order they were made."""
        return self.of_many([subscriber_id]).get(subscriber_id, ())

    def of_many(self, subscriber_ids: Sequence[int]) -> Mapping[int, tuple[Rule, ...]]:
        """Rules by subscriber id; those without any are left out."""
        found: dict[int, list[Rule]] = defaultdict(list)
        for chunk in chunks(subscriber_ids):
            query = (
                select(RULE.c.subscriber_id, RULE.c.action, TERM.c.kind, RULE.c.value)
                .join(TERM, TERM.c.id == RULE.c.term_id)
                .where(RULE.c.subscriber_id.in_(chunk))
                .order_by(RULE.c.subscriber_id, RULE.c.position, RULE.c.term_id, RULE.c.action)
            )
            for owner, action, kind, value in self._connection.execute(query):
                found[owner].append(Rule(RuleAction(action), RuleKind(kind), value))
        return {owner: tuple(rules) for owner, rules in found.items()}

    def add(self, subscriber_id: int, rule: Rule, *, now: datetime) -> bool:
        """Add a rule at the end; False if the subscriber has the same rule already, perhaps spelt otherwise."""
        term_id = term_ids(self._connection, [rule])[term_key(rule)]
        last = self._connection.execute(
            select(func.max(RULE.c.position)).where(RULE.c.subscriber_id == subscriber_id)
        ).scalar()
        row = _row(subscriber_id, rule, term_id=term_id, position=0 if last is None else last + 1, now=now)
        added = inserted(self._connection, insert(self._connection, RULE).values(**row).on_conflict_do_nothing())
        self._note_follows(subscriber_id)
        return added

    def remove(self, subscriber_id: int, rule: Rule) -> bool:
        """Remove a rule, however it is spelt; False if there is none such."""
        kind, value = term_key(rule)
        term = select(TERM.c.id).where(TERM.c.kind == kind, TERM.c.value == value).scalar_subquery()
        removed = self._connection.execute(
            delete(RULE).where(
                RULE.c.subscriber_id == subscriber_id, RULE.c.term_id == term, RULE.c.action == rule.action.value
            )
        ).rowcount
        self._note_follows(subscriber_id)
        return bool(removed)

    def put_all(self, subscriber_id: int, rules: Sequence[Rule], *, now: datetime) -> None:
        """Replace all rules of a subscriber."""
        self._connection.execute(delete(RULE).where(RULE.c.subscriber_id == subscriber_id))
        add_many(self._connection, {subscriber_id: rules}, now=now)
        self._note_follows(subscriber_id)

    def renew_lookups(self) -> int:
        """File each keyword under the token that the tokeniser of today gives; how many had another."""
        query = select(TERM.c.id, TERM.c.value, TERM.c.lookup).where(TERM.c.kind == RuleKind.KEYWORD.value)
        fresh = [(row.id, row.lookup, keyword_key(row.value) or None) for row in self._connection.execute(query)]
        changed = [{"term": key, "token": token} for key, kept, token in fresh if kept != token]
        if changed:
            renewed = update(TERM).where(TERM.c.id == bindparam("term")).values(lookup=bindparam("token"))
            self._connection.execute(renewed, changed)
        return len(changed)

    def _note_follows(self, subscriber_id: int) -> None:
        follows = (
            select(func.count())
            .select_from(RULE)
            .where(RULE.c.subscriber_id == subscriber_id, RULE.c.action == RuleAction.FOLLOW.value)
        )
        number = self._connection.execute(follows).scalar_one()
        self._connection.execute(
            update(SUBSCRIBER).where(SUBSCRIBER.c.id == subscriber_id).values(follows=1 if number else 0)
        )


@lru_cache(maxsize=1 << 16)
def term_key(rule: Rule) -> TermKey:
    """What a rule's term is filed under. Remembered, because a million readers share few wishes."""
    kind, value = rule_key(rule)
    return kind.value, clean(value)


def add_many(connection: Connection, rules: Mapping[int, Sequence[Rule]], *, now: datetime) -> None:
    """Write the rules of subscribers who have none; of rules that mean the same the first counts."""
    ids = term_ids(connection, (rule for wishes in rules.values() for rule in wishes))
    rows: list[dict[str, Any]] = []
    for owner, wishes in rules.items():
        seen: set[tuple[int, str]] = set()
        for position, rule in enumerate(wishes):
            term_id = ids[term_key(rule)]
            if (term_id, rule.action.value) not in seen:
                seen.add((term_id, rule.action.value))
                rows.append(_row(owner, rule, term_id=term_id, position=position, now=now))
    if rows:
        connection.execute(plain_insert(RULE), rows)


def term_ids(connection: Connection, rules: Iterable[Rule]) -> dict[TermKey, int]:
    """The ids of the rules' terms, made where they are new."""
    wanted = {term_key(rule): rule for rule in rules}
    found = _find_terms(connection, list(wanted))
    missing = [key for key in wanted if key not in found]
    if missing:
        rows = [{"kind": kind, "value": value, "lookup": _lookup(wanted[kind, value])} for kind, value in missing]
        connection.execute(insert(connection, TERM).on_conflict_do_nothing(), rows)
        found |= _find_terms(connection, missing)
    return found


def _find_terms(connection: Connection, keys: Sequence[TermKey]) -> dict[TermKey, int]:
    wanted = set(keys)
    found: dict[TermKey, int] = {}
    for chunk in chunks(sorted({value for _, value in wanted})):
        query = select(TERM.c.id, TERM.c.kind, TERM.c.value).where(
            TERM.c.kind.in_(sorted({kind for kind, _ in wanted})), TERM.c.value.in_(chunk)
        )
        found.update(((kind, value), key) for key, kind, value in connection.execute(query))
    return {key: found[key] for key in wanted & found.keys()}


def _lookup(rule: Rule) -> str | None:
    return keyword_key(rule.value) or None if rule.kind is RuleKind.KEYWORD else None


def _row(subscriber_id: int, rule: Rule, *, term_id: int, position: int, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber_id,
        "term_id": term_id,
        "action": rule.action.value,
        "value": clean(rule.value),
        "position": position,
        "created": now,
    }
