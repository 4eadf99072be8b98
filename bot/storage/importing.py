"""Readers in bulk: one batch of lines becomes a handful of statements, however many lines it has. Apart from the
repository of single readers because it merges in memory what that one changes column by column.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy import insert as plain_insert

from bot.core.model import ChatKind, Language, Place, Preferences, Rule, RuleAction, SubscriberState
from bot.storage.records import ImportCounts, SavedMark, SubscriberLine
from bot.storage.rules import add_many
from bot.storage.statements import chunks, clean, digest_id_at, insert
from bot.storage.subscriber_tables import RULE, SAVED, SUBSCRIBER
from bot.storage.subscribers import preference_columns
from bot.storage.tables import ITEM
from bot.storage.touching import touch

Key = tuple[int, int]
Columns = dict[str, Any]

_NEVER_CHANGED = {"id", "chat_id", "thread_id"}


class Importer:
    """Writes readers by the thousand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def upsert_many(
        self, lines: Sequence[SubscriberLine], *, now: datetime, language: Language = Language.ZH_HANS
    ) -> ImportCounts:
        """Add or change the readers of a batch (a few thousand lines are a good size). Of several lines for one place
        the later goes over the earlier. What a line leaves out stays as it is stored; a new reader gets the default,
        and `language`. Given rules and bookmarks replace the stored ones."""
        rows = self._stored({line.place.chat_id for line in lines})
        known = set(rows)
        wanted: dict[Key, Columns] = {}
        rules: dict[Key, tuple[Rule, ...]] = {}
        saved: dict[Key, tuple[SavedMark, ...]] = {}
        for line in lines:
            key = _key(line.place)
            wanted[key] = _merged(wanted.get(key) or rows.get(key) or _new(line.place, language, now), line, now=now)
            if line.rules is not None:
                rules[key] = line.rules
            if line.saved is not None:
                saved[key] = line.saved
        self._write(list(wanted.values()))
        for chunk in chunks(sorted({chat_id for chat_id, _ in wanted})):
            touch(self._connection, SUBSCRIBER.c.chat_id.in_(chunk), now=now)
        ids = self._ids({chat_id for chat_id, _ in rules.keys() | saved.keys()})
        self._put_rules({ids[key]: wishes for key, wishes in rules.items()}, now=now)
        unknown = self._put_saved({ids[key]: marks for key, marks in saved.items()}, now=now)
        added = len(wanted.keys() - known)
        return ImportCounts(added=added, updated=len(wanted) - added, unknown_saved=unknown)

    def _stored(self, chats: Iterable[int]) -> dict[Key, Columns]:
        found: dict[Key, Columns] = {}
        for chunk in chunks(sorted(chats)):
            query = select(*(column for column in SUBSCRIBER.c if column.name != "id"))
            for columns in self._connection.execute(query.where(SUBSCRIBER.c.chat_id.in_(chunk))).mappings():
                found[columns["chat_id"], columns["thread_id"]] = dict(columns)
        return found

    def _write(self, rows: list[Columns]) -> None:
        if not rows:
            return
        statement = insert(self._connection, SUBSCRIBER)
        changing = {
            column.name: statement.excluded[column.name] for column in SUBSCRIBER.c if column.name not in _NEVER_CHANGED
        }
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["chat_id", "thread_id"], set_=changing), rows
        )

    def _ids(self, chats: Iterable[int]) -> dict[Key, int]:
        found: dict[Key, int] = {}
        for chunk in chunks(sorted(chats)):
            query = select(SUBSCRIBER.c.id, SUBSCRIBER.c.chat_id, SUBSCRIBER.c.thread_id)
            for key, chat_id, thread_id in self._connection.execute(query.where(SUBSCRIBER.c.chat_id.in_(chunk))):
                found[chat_id, thread_id] = key
        return found

    def _put_rules(self, rules: Mapping[int, Sequence[Rule]], *, now: datetime) -> None:
        for chunk in chunks(list(rules)):
            self._connection.execute(delete(RULE).where(RULE.c.subscriber_id.in_(chunk)))
        add_many(self._connection, rules, now=now)

    def _put_saved(self, saved: Mapping[int, Sequence[SavedMark]], *, now: datetime) -> int:
        for chunk in chunks(list(saved)):
            self._connection.execute(delete(SAVED).where(SAVED.c.subscriber_id.in_(chunk)))
        items = self._items({digest_id_at(mark.slot) for marks in saved.values() for mark in marks})
        unknown = 0
        rows: dict[tuple[int, int], Columns] = {}
        for owner, marks in saved.items():
            for place, mark in enumerate(marks):
                item = items.get((digest_id_at(mark.slot), mark.number))
                if item is None:
                    unknown += 1
                else:
                    # A microsecond apart, so that the order survives.
                    at = now + timedelta(microseconds=place)
                    rows.setdefault((owner, item), {"subscriber_id": owner, "item_id": item, "at": at})
        if rows:
            self._connection.execute(plain_insert(SAVED), list(rows.values()))
        return unknown

    def _items(self, digests: Iterable[int]) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for chunk in chunks(sorted(digests)):
            query = select(ITEM.c.digest_id, ITEM.c.number, ITEM.c.id).where(ITEM.c.digest_id.in_(chunk))
            for digest_id, number, item in self._connection.execute(query.order_by(ITEM.c.removed, ITEM.c.position)):
                found.setdefault((digest_id, number), item)
        return found


def _key(place: Place) -> Key:
    return place.chat_id, place.thread_id or 0


def _new(place: Place, language: Language, now: datetime) -> Columns:
    chat_id, thread_id = _key(place)
    return {
        "chat_id": chat_id,
        "thread_id": thread_id,
        "kind": _likely_kind(chat_id).value,
        "title": "",
        "language": language.value,
        "state": SubscriberState.ACTIVE.value,
        "state_reason": "",
        "since": now,
        "follows": 0,
        "returned": None,
        **preference_columns(Preferences()),
    }


def _likely_kind(chat_id: int) -> ChatKind:
    # Bot API: users are positive, supergroups and channels start with -100, basic groups are the other negatives.
    if chat_id > 0:
        return ChatKind.PRIVATE
    return ChatKind.SUPERGROUP if chat_id <= -1_000_000_000_000 else ChatKind.GROUP


def _merged(columns: Columns, line: SubscriberLine, *, now: datetime) -> Columns:
    given = {
        "kind": line.kind,
        "title": None if line.title is None else clean(line.title),
        "language": line.language,
        "state": line.state,
        "since": line.since,
    }
    changed: Columns = {name: value for name, value in given.items() if value is not None}
    if line.preferences:
        names = dict(line.preferences)
        if "schedule" in names:
            schedule: Any = names["schedule"]
            changed |= {"schedule": ",".join(schedule), "each": int("each" in schedule)}
            del names["schedule"]
        changed |= {name: int(value) if isinstance(value, bool) else value for name, value in names.items()}
    if line.rules is not None:
        changed["follows"] = int(any(rule.action is RuleAction.FOLLOW for rule in line.rules))
    return columns | changed | {"updated": now}
