"""Who receives pushes, and how they want them. Every change is one transaction; all are idempotent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.forum import kept_title
from bot.core.model import (
    ChatKind,
    Language,
    Place,
    Preferences,
    Rule,
    RuleAction,
    RuleKind,
    Subscriber,
    SubscriberState,
)
from bot.core.selection import rule_key
from bot.i18n import script_of
from bot.storage import Storage, Transaction


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may not be known yet: where, in what kind of chat, and the language Telegram says they read."""

    place: Place
    kind: ChatKind
    title: str
    language: Language


MOST_RULES = 200
"""Rules of one subscriber: more than anybody keeps in mind, few enough to match at once."""


class RuleOutcome(StrEnum):
    """What became of a wish for a rule."""

    ADDED = "added"
    ALREADY = "already"
    TOO_MANY = "too-many"


class Subscriptions:
    """Subscribers, their preferences and rules."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def find(self, place: Place) -> Subscriber | None:
        """The subscriber of a place, if it is known."""
        with self._storage.reading() as tx:
            return tx.subscribers.find(place)

    def subscribe(self, visitor: Visitor, *, topics: Sequence[str] = (), now: datetime) -> Subscriber:
        """Pushes go to this place from now on; `topics` (slugs) are followed besides what is followed already."""
        with self._storage.writing() as tx:
            known = remembered(tx, visitor, now=now)
            if known.state is not SubscriberState.ACTIVE:
                tx.subscribers.set_state(known.id, SubscriberState.ACTIVE, now=now)
            for slug in topics:
                tx.subscribers.add_rule(known.id, _follow(slug), now=now)
            return tx.subscribers.get(known.id)

    def unsubscribe(self, place: Place, *, now: datetime) -> bool:
        """No pushes any more; preferences and rules stay. False if there were none anyway."""
        with self._storage.writing() as tx:
            known = tx.subscribers.find(place)
            if known is None or known.state is SubscriberState.PAUSED:
                return False
            tx.subscribers.set_state(known.id, SubscriberState.PAUSED, reason="unsubscribed", now=now)
            tx.ledger.cancel_for(known.id, now=now)  # what was planned a moment ago is not wanted any more
            return True

    def follow_topic(self, visitor: Visitor, slug: str, *, on: bool, now: datetime) -> None:
        """Follow a topic or stop following it. Somebody unknown is remembered, but not subscribed by this."""
        with self._storage.writing() as tx:
            known = remembered(tx, visitor, now=now)
            if on:
                tx.subscribers.add_rule(known.id, _follow(slug), now=now)
            else:
                tx.subscribers.remove_rule(known.id, _follow(slug))

    def add_rule(self, visitor: Visitor, rule: Rule, *, now: datetime) -> RuleOutcome:
        """Make a rule. Somebody unknown is remembered, but not subscribed by this."""
        with self._storage.writing() as tx:
            known = remembered(tx, visitor, now=now)
            if any(rule_key(rule) == rule_key(has) and rule.action is has.action for has in known.rules):
                return RuleOutcome.ALREADY
            if len(known.rules) >= MOST_RULES:
                return RuleOutcome.TOO_MANY
            tx.subscribers.add_rule(known.id, rule, now=now)
            return RuleOutcome.ADDED

    def remove_rule(self, place: Place, rule: Rule) -> bool:
        """Take a rule away, however it is spelt; False if there was none."""
        with self._storage.writing() as tx:
            known = tx.subscribers.find(place)
            return known is not None and tx.subscribers.remove_rule(known.id, rule)

    def set_language(self, visitor: Visitor, language: Language, *, now: datetime) -> None:
        """The language of the interface in this place from now on; content follows into its script, unless that was
        chosen apart."""
        with self._storage.writing() as tx:
            known = remembered(tx, visitor, now=now)
            tx.subscribers.set_language(known.id, language, now=now)
            if known.preferences.script is script_of(known.language):
                followed = replace(known.preferences, script=script_of(language))
                tx.subscribers.set_preferences(known.id, followed, now=now)

    def change(self, visitor: Visitor, change: Callable[[Preferences], Preferences], *, now: datetime) -> Preferences:
        """Change the preferences of a place, from whatever they are at that moment; what they are then. Somebody
        unknown is remembered, but not subscribed by this."""
        with self._storage.writing() as tx:
            known = remembered(tx, visitor, now=now)
            changed = change(known.preferences)
            if changed != known.preferences:
                tx.subscribers.set_preferences(known.id, changed, now=now)
            return changed

    def known(self, chat_id: int) -> bool:
        """Whether pushes went to a chat, or would if the bot could post there."""
        wanted = {SubscriberState.ACTIVE, SubscriberState.BLOCKED}
        with self._storage.reading() as tx:
            return any(one.state in wanted for one in tx.subscribers.list_of_chat(chat_id))

    def lost(self, chat_id: int, *, reason: str, now: datetime) -> int:
        """The bot was blocked or removed: pushes pause, everything is kept. How many places that was."""
        with self._storage.writing() as tx:
            return tx.subscribers.block_chat(chat_id, reason=reason, now=now)

    def returned(self, chat_id: int, *, now: datetime) -> int:
        """The bot was unblocked or is back: what was blocked goes on. How many places that was."""
        with self._storage.writing() as tx:
            return tx.subscribers.unblock_chat(chat_id, now=now)

    def moved(self, old_id: int, new_id: int, *, now: datetime) -> int:
        """A group became a supergroup; everything goes with it. How many places that was."""
        with self._storage.writing() as tx:
            return tx.subscribers.migrate_chat(old_id, new_id, now=now)


def remembered(tx: Transaction, visitor: Visitor, *, now: datetime) -> Subscriber:
    """The subscriber of the place, made if need be, without pushes until they are asked for."""
    known = tx.subscribers.find(visitor.place) if visitor.place.thread_id else None
    subscriber, _ = tx.subscribers.ensure(
        visitor.place,
        kind=visitor.kind,
        title=kept_title(known.title, visitor.title) if known else visitor.title,
        language=visitor.language,
        now=now,
        state=SubscriberState.PAUSED,
        preferences=Preferences(script=script_of(visitor.language)),
    )
    return subscriber


def _follow(slug: str) -> Rule:
    return Rule(RuleAction.FOLLOW, RuleKind.TOPIC, slug)
