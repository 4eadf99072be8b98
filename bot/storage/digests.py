"""Digests as a whole: stored once by slot, corrected in place item by item, found by time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from bot.core.model import Digest, Item, StoredDigest, StoredItem
from bot.core.revision import Revision, plan_revision
from bot.errors import NotFoundError
from bot.storage import rows
from bot.storage.names import Names, author_key
from bot.storage.records import DigestHead, NewDigest, PutOutcome, PutResult
from bot.storage.search import Search
from bot.storage.statements import (
    chunks,
    clean,
    digest_id_at,
    digest_of,
    in_offset,
    insert_rows,
    item_id,
    offset_of,
    on_postgres,
    sequence_of,
    slot_of,
)
from bot.storage.tables import CATEGORY, DIGEST, DIGEST_CATEGORY, ITEM, ITEM_TOPIC

_PUT_LOCK = 0x64696765_73746232  # "digestb2": one digest at a time on PostgreSQL, as SQLite has it anyway

_TOGETHER = 1500  # items whose rows are made and inserted at once: an ordinary batch of digests

# Made once: building and naming a statement costs more than SQLite takes to run it.
_FIND = select(DIGEST).where(DIGEST.c.id == bindparam("key"))
_ADD_DIGEST = insert(DIGEST)


class Digests:
    """Digests by slot and id."""

    def __init__(self, connection: Connection, *, search: Search) -> None:
        self._connection = connection
        self._search = search
        self._names = Names(connection)

    def put(self, digest: Digest, *, content_hash: str, source: str, now: datetime) -> PutResult:
        """Store a digest, its items and their search index. The slot is its identity: the same content is `unchanged`,
        other content corrects what is stored item by item and keeps the ids of the items that live on. `source` names
        the file it came from (source key and path)."""
        self._lock()
        stored = self.find(digest.slot)
        new = NewDigest(digest, content_hash, source)
        if stored is None:
            self._add([new], now=now)
            return PutResult(PutOutcome.NEW, _as_stored(digest))
        if self._hash(stored.id) == content_hash:
            return PutResult(PutOutcome.UNCHANGED, stored)
        return self._correct(stored, digest, _head_columns(new, now=now))

    def missing(self, slots: Collection[datetime], *, lasting: bool = False) -> set[datetime]:
        """Which of these slots have no digest; `lasting`, in a transaction for writing: nobody else adds one before its
        end."""
        if lasting:
            self._lock()
        by_id = {digest_id_at(slot): slot for slot in slots}
        found: set[int] = set()
        for chunk in chunks(sorted(by_id)):
            found.update(self._connection.execute(select(DIGEST.c.id).where(DIGEST.c.id.in_(chunk))).scalars())
        return {slot for key, slot in by_id.items() if key not in found}

    def add_all(self, digests: Sequence[NewDigest], *, now: datetime) -> list[int]:
        """Store digests in one go, at half the cost of as many `put`, each with a slot of its own that the same
        transaction found `missing` (lasting); their ids."""
        self._add(digests, now=now)
        return [digest_id_at(new.digest.slot) for new in digests]

    def find(self, slot: datetime) -> StoredDigest | None:
        """The digest of a slot, with all its items."""
        return self._find(digest_id_at(slot))

    def get(self, digest_id: int) -> StoredDigest:
        """The digest with this id; raises NotFoundError."""
        found = self._find(digest_id)
        if found is None:
            raise NotFoundError(f"no digest has the id {digest_id}")
        return found

    def last(self) -> StoredDigest | None:
        """The digest of the latest slot."""
        latest = self.list_latest(1)
        return latest[0] if latest else None

    def list_latest(self, limit: int, *, before: datetime | None = None) -> list[StoredDigest]:
        """The newest digests, newest first; only those whose slot is earlier than `before`, if given."""
        query = select(DIGEST).order_by(DIGEST.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(DIGEST.c.slot < before)
        return [self._stored(row) for row in self._connection.execute(query).all()]

    def list_between(self, start: datetime, end: datetime) -> list[StoredDigest]:
        """The digests with start <= slot < end, oldest first."""
        query = select(DIGEST).where(DIGEST.c.slot >= start, DIGEST.c.slot < end).order_by(DIGEST.c.id)
        return [self._stored(row) for row in self._connection.execute(query).all()]

    def list_from(self, start: datetime, *, limit: int) -> list[StoredDigest]:
        """The digests whose slot is not earlier than `start`, oldest first."""
        query = select(DIGEST).where(DIGEST.c.slot >= start).order_by(DIGEST.c.id).limit(limit)
        return [self._stored(row) for row in self._connection.execute(query).all()]

    def list_slots_between(self, start: datetime, end: datetime) -> list[datetime]:
        """The slots with start <= slot < end, oldest first, each in its publisher's own offset."""
        query = select(DIGEST.c.id, DIGEST.c.slot_offset).where(DIGEST.c.slot >= start, DIGEST.c.slot < end)
        return [slot_of(row.id, row.slot_offset) for row in self._connection.execute(query.order_by(DIGEST.c.id))]

    def head(self, digest_id: int) -> DigestHead:
        """A digest without its items: where it came from and what its last correction changed. Raises NotFoundError."""
        row = self._connection.execute(select(DIGEST).where(DIGEST.c.id == digest_id)).first()
        if row is None:
            raise NotFoundError(f"no digest has the id {digest_id}")
        return DigestHead(
            id=row.id,
            slot=slot_of(row.id, row.slot_offset),
            date=in_offset(row.date, row.date_offset),
            title=row.title,
            window_hours=row.window_hours,
            categories=self._categories(row.id),
            revision=row.revision,
            content_hash=row.content_hash,
            source=row.source,
            created=row.created,
            updated=row.updated,
            changes=tuple(row.changes),
        )

    def count(self) -> int:
        """How many digests are stored."""
        return self._connection.execute(select(func.count()).select_from(DIGEST)).scalar_one()

    def _find(self, digest_id: int) -> StoredDigest | None:
        row = self._connection.execute(_FIND, {"key": digest_id}).first()
        return self._stored(row) if row else None

    def _stored(self, row: Row[Any]) -> StoredDigest:
        query = rows.SELECT_ITEM.where(ITEM.c.digest_id == row.id).order_by(ITEM.c.position, ITEM.c.id.desc())
        items = rows.stored_items(self._connection, query)
        digest = Digest(
            slot=slot_of(row.id, row.slot_offset),
            title=row.title,
            date=in_offset(row.date, row.date_offset),
            window_hours=row.window_hours,
            categories=self._categories(row.id),
            items=tuple(stored.item for stored in items if not stored.removed),
        )
        return StoredDigest(row.id, digest, tuple(items), row.revision)

    def _categories(self, digest_id: int) -> tuple[str, ...]:
        query = (
            select(CATEGORY.c.name)
            .join(DIGEST_CATEGORY, DIGEST_CATEGORY.c.category_id == CATEGORY.c.id)
            .where(DIGEST_CATEGORY.c.digest_id == digest_id)
            .order_by(DIGEST_CATEGORY.c.position)
        )
        return tuple(self._connection.execute(query).scalars())

    def _hash(self, digest_id: int) -> str:
        return str(self._connection.execute(select(DIGEST.c.content_hash).where(DIGEST.c.id == digest_id)).scalar())

    def _lock(self) -> None:
        if on_postgres(self._connection):
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUT_LOCK})

    def _add(self, digests: Sequence[NewDigest], *, now: datetime) -> None:
        if not digests:
            return
        by_id = {digest_id_at(new.digest.slot): new for new in digests}
        first = {"created": now, "revision": 1, "changes": []}
        heads = [{"id": key, **first, **_head_columns(new, now=now)} for key, new in by_id.items()]
        self._connection.execute(_ADD_DIGEST, heads)
        self._add_categories({key: new.digest.categories for key, new in by_id.items()})
        self._insert_items(
            {
                item_id(key, index): (index, item)
                for key, new in by_id.items()
                for index, item in enumerate(new.digest.items)
            }
        )

    def _correct(self, stored: StoredDigest, digest: Digest, head: dict[str, Any]) -> PutResult:
        revision = plan_revision(stored.items, digest.items)
        changed = bool(revision.changes) or _front(stored.digest) != _front(digest)
        values = dict(head)
        if changed:
            values |= {"revision": stored.revision + 1, "changes": _as_json(revision)}
        self._connection.execute(update(DIGEST).where(DIGEST.c.id == stored.id).values(**values))
        self._connection.execute(DIGEST_CATEGORY.delete().where(DIGEST_CATEGORY.c.digest_id == stored.id))
        self._add_categories({stored.id: digest.categories})
        self._rewrite_items(stored, digest, revision)
        outcome = PutOutcome.UPDATED if changed else PutOutcome.UNCHANGED
        return PutResult(outcome, self.get(stored.id), revision if changed else None)

    def _rewrite_items(self, stored: StoredDigest, digest: Digest, revision: Revision) -> None:
        positions: dict[int, list[int]] = defaultdict(list)
        for index, item in enumerate(digest.items):
            positions[id(item)].append(index)
        authors = self._names.author_ids(author_key(item) for item in digest.items)
        for old, item in revision.kept:
            columns = rows.item_columns(
                item, position=positions[id(item)].pop(0), author_id=authors.get(author_key(item))
            )
            self._connection.execute(update(ITEM).where(ITEM.c.id == old.id).values(**columns))
        kept = {old.id: item for old, item in revision.kept}
        self._set_topics(kept)
        self._search.replace(kept)
        next_place = max((sequence_of(old.id) for old in stored.items), default=-1) + 1
        added = {
            item_id(stored.id, next_place + index): (positions[id(item)].pop(0), item)
            for index, item in enumerate(revision.added)
        }
        self._insert_items(added)
        gone = [old.id for old in revision.removed]
        if gone:
            self._connection.execute(update(ITEM).where(ITEM.c.id.in_(gone)).values(removed=True))
            self._search.remove(gone)

    def _insert_items(self, places: Mapping[int, tuple[int, Item]]) -> None:
        # In the order of their ids, which fall within a digest: tables grow fastest at their end. In pieces, because
        # rows and tokens take ten times the room of the items they are made of.
        for keys in chunks(sorted(places), _TOGETHER):
            self._insert_some({key: places[key] for key in keys})

    def _insert_some(self, places: Mapping[int, tuple[int, Item]]) -> None:
        items = {key: item for key, (_, item) in places.items()}
        writers = {key: author_key(item) for key, item in items.items()}
        authors = self._names.author_ids(writers.values())
        insert_rows(
            self._connection,
            ITEM,
            [
                {"id": key, "digest_id": digest_of(key)}
                | rows.item_columns(item, position=places[key][0], author_id=authors.get(writers[key]))
                for key, item in items.items()
            ],
        )
        self._add_topics(items)
        self._search.add(items)

    def _set_topics(self, items: Mapping[int, Item]) -> None:
        self._connection.execute(ITEM_TOPIC.delete().where(ITEM_TOPIC.c.item_id.in_(list(items))))
        self._add_topics(items)

    def _add_topics(self, items: Mapping[int, Item]) -> None:
        topics = [row for key, item in items.items() for row in rows.topic_rows(key, item)]
        insert_rows(self._connection, ITEM_TOPIC, topics)

    def _add_categories(self, categories: Mapping[int, Sequence[str]]) -> None:
        ids = self._names.category_ids(name for names in categories.values() for name in names)
        carried = [
            {"digest_id": digest_id, "position": position, "category_id": ids[clean(name)]}
            for digest_id, names in categories.items()
            for position, name in enumerate(names)
        ]
        insert_rows(self._connection, DIGEST_CATEGORY, carried)


def _as_stored(digest: Digest) -> StoredDigest:
    key = digest_id_at(digest.slot)
    items = [StoredItem(item_id(key, index), key, digest.slot, item) for index, item in enumerate(digest.items)]
    return StoredDigest(key, digest, tuple(items))


def _head_columns(new: NewDigest, *, now: datetime) -> dict[str, Any]:
    digest = new.digest
    return {
        "slot": digest.slot,
        "slot_offset": offset_of(digest.slot),
        "date": digest.date,
        "date_offset": offset_of(digest.date),
        "title": clean(digest.title),
        "window_hours": digest.window_hours,
        "content_hash": new.content_hash,
        "source": clean(new.source),
        "updated": now,
    }


def _front(digest: Digest) -> Digest:
    return replace(digest, items=())


def _as_json(revision: Revision) -> list[dict[str, Any]]:
    return [
        {"kind": change.kind.value, "number": change.number, "item": change.item_id, "fields": list(change.fields)}
        for change in revision.changes
    ]
