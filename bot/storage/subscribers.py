"""Readers: found by place, changed one wish at a time, walked in order of id. A reader who is blocked keeps everything;
only `forget` deletes.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, delete, func, select, update

from bot.core.model import (
    ChatKind,
    Language,
    Night,
    Place,
    Preferences,
    Repeats,
    Rule,
    Script,
    Style,
    Subscriber,
    SubscriberState,
)
from bot.errors import NotFoundError
from bot.storage import moving
from bot.storage.managers import Managers
from bot.storage.records import SubscriberCounts
from bot.storage.rules import Rules
from bot.storage.statements import clean, inserted
from bot.storage.statements import insert as tolerant_insert
from bot.storage.subscriber_tables import SUBSCRIBER
from bot.storage.touching import at, touch

_STREAM = 500

PREFERENCES = (
    *("style", "script", "schedule", "time_zone", "quiet", "rich", "silent"),
    *("night", "min_items", "per_message", "link_preview", "repeats"),
)
"""The columns that `preferences_from` takes, in order."""


class Subscribers:
    """Readers by place and id."""

    def __init__(self, connection: Connection, *, rules: Rules) -> None:
        self._connection = connection
        self._rules = rules

    def find(self, place: Place) -> Subscriber | None:
        """The subscriber of a place."""
        return self._one(select(SUBSCRIBER).where(at_place(place)))

    def get(self, subscriber_id: int) -> Subscriber:
        """The subscriber with this id; raises NotFoundError."""
        found = self._one(select(SUBSCRIBER).where(SUBSCRIBER.c.id == subscriber_id))
        if found is None:
            raise NotFoundError(f"no subscriber has the id {subscriber_id}")
        return found

    def ensure(
        self,
        place: Place,
        *,
        kind: ChatKind,
        title: str,
        language: Language,
        now: datetime,
        state: SubscriberState = SubscriberState.ACTIVE,
        preferences: Preferences = Preferences(),
    ) -> tuple[Subscriber, bool]:
        """The subscriber of a place, made with these values if there was none, and whether it was made. Of one that
        exists only kind and title are brought up to date."""
        values = {
            **place_columns(place),
            **preference_columns(preferences),
            "kind": kind.value,
            "title": clean(title),
            "language": language.value,
            "state": state.value,
            "state_reason": "",
            "since": now,
            "updated": now,
            "follows": 0,
        }
        statement = tolerant_insert(self._connection, SUBSCRIBER).values(**values).on_conflict_do_nothing()
        made = inserted(self._connection, statement)
        if made:
            touch(self._connection, at_place(place), now=now)
        else:
            self._update(at_place(place), {"kind": kind.value, "title": clean(title)})
        found = self.find(place)
        if found is None:
            raise NotFoundError(f"the subscriber of chat {place.chat_id} was deleted meanwhile")
        return found, made

    def set_state(self, subscriber_id: int, state: SubscriberState, *, reason: str = "", now: datetime) -> bool:
        """Set the state and why; False if there is no such subscriber. Who comes back after a pause that had a reason
        is owed nothing of the time before."""
        values: dict[str, Any] = {"state": state.value, "state_reason": clean(reason), "updated": now}
        which = SUBSCRIBER.c.id == subscriber_id
        if state is SubscriberState.ACTIVE:
            away = (SUBSCRIBER.c.state == SubscriberState.BLOCKED.value) | (SUBSCRIBER.c.state_reason != "")
            values["returned"] = case((away, at(now)), else_=SUBSCRIBER.c.returned)
            touch(self._connection, which, now=now)
        return self._update(which, values)

    def chat_of(self, subscriber_id: int) -> int | None:
        """The chat a subscriber lives in; None for one that was forgotten."""
        query = select(SUBSCRIBER.c.chat_id).where(SUBSCRIBER.c.id == subscriber_id)
        return self._connection.execute(query).scalar()

    def state_reason(self, subscriber_id: int) -> str:
        """Why the subscriber is in its state; empty if nobody said."""
        query = select(SUBSCRIBER.c.state_reason).where(SUBSCRIBER.c.id == subscriber_id)
        return self._connection.execute(query).scalar() or ""

    def set_language(self, subscriber_id: int, language: Language, *, now: datetime) -> bool:
        """Set the language of the interface; False if there is no such subscriber."""
        return self._update(SUBSCRIBER.c.id == subscriber_id, {"language": language.value, "updated": now})

    def set_preferences(self, subscriber_id: int, preferences: Preferences, *, now: datetime) -> bool:
        """Set all preferences; False if there is no such subscriber."""
        which = SUBSCRIBER.c.id == subscriber_id
        known = self._update(which, {**preference_columns(preferences), "updated": now})
        touch(self._connection, which, now=now)
        return known

    def set_rules(self, subscriber_id: int, rules: Iterable[Rule], *, now: datetime) -> None:
        """Replace all rules."""
        self._rules.put_all(subscriber_id, tuple(rules), now=now)

    def add_rule(self, subscriber_id: int, rule: Rule, *, now: datetime) -> bool:
        """Add a rule; False if the subscriber has the same one already."""
        return self._rules.add(subscriber_id, rule, now=now)

    def remove_rule(self, subscriber_id: int, rule: Rule) -> bool:
        """Remove a rule, however it is spelt; False if there is none such."""
        return self._rules.remove(subscriber_id, rule)

    def renew_lookups(self) -> int:
        """Let keyword rules be found by the tokens of today's tokeniser; how many keywords had others."""
        return self._rules.renew_lookups()

    def list_of_chat(self, chat_id: int) -> list[Subscriber]:
        """The subscribers of a chat and of all its forum topics."""
        query = select(SUBSCRIBER).where(SUBSCRIBER.c.chat_id == chat_id).order_by(SUBSCRIBER.c.thread_id)
        return self._many(query)

    def stream(self, *, state: SubscriberState | None = None, size: int = _STREAM) -> Iterator[Subscriber]:
        """All subscribers in order of id, read so many at a time; the transaction may write meanwhile."""
        after = 0
        while True:
            query = select(SUBSCRIBER).where(SUBSCRIBER.c.id > after).order_by(SUBSCRIBER.c.id).limit(size)
            found = self._many(query if state is None else query.where(SUBSCRIBER.c.state == state.value))
            if not found:
                return
            yield from found
            after = found[-1].id

    def counts(self) -> SubscriberCounts:
        """How many there are in each state."""
        query = select(SUBSCRIBER.c.state, func.count()).group_by(SUBSCRIBER.c.state)
        return SubscriberCounts(**{row[0]: row[1] for row in self._connection.execute(query)})

    def block_chat(self, chat_id: int, *, reason: str, now: datetime) -> int:
        """Telegram says that nothing can be sent to a chat: block all its active places; how many."""
        return self._change_chat(chat_id, SubscriberState.ACTIVE, SubscriberState.BLOCKED, reason, now)

    def unblock_chat(self, chat_id: int, *, now: datetime) -> int:
        """The chat is back: what was blocked is active again, and owed nothing of before; how many places."""
        blocked = (SUBSCRIBER.c.chat_id == chat_id) & (SUBSCRIBER.c.state == SubscriberState.BLOCKED.value)
        touch(self._connection, blocked, now=now)
        self._update(blocked, {"returned": now})
        return self._change_chat(chat_id, SubscriberState.BLOCKED, SubscriberState.ACTIVE, "", now)

    def migrate_chat(self, old_id: int, new_id: int, *, now: datetime) -> int:
        """A group became a supergroup: its places, with rules, bookmarks and ledger, now live under the new id, merged
        with what may be there already; how many places moved. Messages of the old chat cannot be edited any more."""
        return moving.migrate_chat(self._connection, old_id, new_id, now=now)

    def forget(self, place: Place) -> bool:
        """Delete everything about a place, the ledger included, and of a person which chats they manage; False if
        there was nothing."""
        Managers(self._connection).forget(place.chat_id)
        return bool(self._connection.execute(delete(SUBSCRIBER).where(at_place(place))).rowcount)

    def _change_chat(
        self, chat_id: int, before: SubscriberState, after: SubscriberState, reason: str, now: datetime
    ) -> int:
        return self._connection.execute(
            update(SUBSCRIBER)
            .where(SUBSCRIBER.c.chat_id == chat_id, SUBSCRIBER.c.state == before.value)
            .values(state=after.value, state_reason=clean(reason), updated=now)
        ).rowcount

    def _update(self, which: ColumnElement[bool], values: Mapping[str, Any]) -> bool:
        return bool(self._connection.execute(update(SUBSCRIBER).where(which).values(**values)).rowcount)

    def _one(self, query: Select[Any]) -> Subscriber | None:
        return next(iter(self._many(query)), None)

    def _many(self, query: Select[Any]) -> list[Subscriber]:
        rows = self._connection.execute(query).all()
        rules = self._rules.of_many([row.id for row in rows])
        return [_subscriber(row, rules.get(row.id, ())) for row in rows]


def at_place(place: Place) -> ColumnElement[bool]:
    """Whether a subscriber lives at this place."""
    columns = place_columns(place)
    return and_(SUBSCRIBER.c.chat_id == columns["chat_id"], SUBSCRIBER.c.thread_id == columns["thread_id"])


def place_columns(place: Place) -> dict[str, Any]:
    """A place in columns: no thread is 0."""
    return {"chat_id": place.chat_id, "thread_id": place.thread_id or 0}


def place_of(chat_id: int, thread_id: int) -> Place:
    """A place from its columns."""
    return Place(chat_id, thread_id or None)


def preference_columns(preferences: Preferences) -> dict[str, Any]:
    """Preferences in columns."""
    return {
        "style": preferences.style.value,
        "script": preferences.script.value,
        "schedule": ",".join(preferences.schedule),
        "each": int("each" in preferences.schedule),
        "time_zone": preferences.time_zone,
        "quiet": preferences.quiet,
        "rich": int(preferences.rich),
        "silent": int(preferences.silent),
        "night": preferences.night.value,
        "min_items": preferences.min_items,
        "per_message": preferences.per_message,
        "link_preview": int(preferences.link_preview),
        "repeats": preferences.repeats.value,
    }


def schedule_of(text: str) -> tuple[str, ...]:
    """A schedule from its column."""
    return tuple(text.split(",")) if text else ()


def preferences_of(row: Row[Any]) -> Preferences:
    """Preferences from a row of `subscriber`."""
    return preferences_from(*(getattr(row, name) for name in PREFERENCES))


def preferences_from(
    style: str, script: str, schedule: str, time_zone: str | None, quiet: str | None, *others: Any
) -> Preferences:
    """Preferences from the columns PREFERENCES names, in their order."""
    rich, silent, night, min_items, per_message, link_preview, repeats = others
    return Preferences(
        style=Style(style),
        script=Script(script),
        schedule=schedule_of(schedule),
        time_zone=time_zone,
        quiet=quiet,
        rich=bool(rich),
        silent=bool(silent),
        night=Night(night),
        min_items=min_items,
        per_message=per_message,
        link_preview=bool(link_preview),
        repeats=Repeats(repeats),
    )


def _subscriber(row: Row[Any], rules: tuple[Rule, ...]) -> Subscriber:
    return Subscriber(
        id=row.id,
        place=place_of(row.chat_id, row.thread_id),
        kind=ChatKind(row.kind),
        title=row.title,
        language=Language(row.language),
        state=SubscriberState(row.state),
        since=row.since,
        preferences=preferences_of(row),
        rules=rules,
    )
