"""Digests as a whole: stored once by slot, corrected in place item by item, found by time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from bot.core.model import Digest, Item, StoredDigest, StoredItem
from bot.core.revision import Revision, plan_revision
from bot.errors import NotFoundError
from bot.storage import rows
from bot.storage.names import Names, author_key
from bot.storage.records import DigestHead, PutOutcome, PutResult
from bot.storage.search import Search
from bot.storage.statements import clean, digest_id_at, in_offset, item_id, offset_of, on_postgres, sequence_of, slot_of
from bot.storage.tables import CATEGORY, DIGEST, DIGEST_CATEGORY, ITEM, ITEM_TOPIC

_PUT_LOCK = 0x64696765_73746232  # "digestb2": one digest at a time on PostgreSQL, as SQLite has it anyway

# Made once: building and naming a statement costs more than SQLite takes to run it.
_FIND = select(DIGEST).where(DIGEST.c.id == bindparam("key"))
_ADD_DIGEST = insert(DIGEST)
_ADD_ITEM = insert(ITEM)
_ADD_TOPIC = insert(ITEM_TOPIC)
_ADD_CATEGORY = insert(DIGEST_CATEGORY)


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
        if on_postgres(self._connection):
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUT_LOCK})
        stored = self.find(digest.slot)
        head = _head_columns(digest, content_hash=content_hash, source=source, now=now)
        if stored is None:
            return self._add(digest, head)
        if self._hash(stored.id) == content_hash:
            return PutResult(PutOutcome.UNCHANGED, stored)
        return self._correct(stored, digest, head)

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

    def _add(self, digest: Digest, head: dict[str, Any]) -> PutResult:
        digest_id = digest_id_at(digest.slot)
        values = {"id": digest_id, "created": head["updated"], "revision": 1, "changes": [], **head}
        self._connection.execute(_ADD_DIGEST, values)
        self._add_categories(digest_id, digest.categories)
        places = {item_id(digest_id, index): (index, item) for index, item in enumerate(digest.items)}
        self._insert_items(digest_id, places)
        items = tuple(StoredItem(key, digest_id, digest.slot, item) for key, (_, item) in places.items())
        return PutResult(PutOutcome.NEW, StoredDigest(digest_id, digest, items))

    def _correct(self, stored: StoredDigest, digest: Digest, head: dict[str, Any]) -> PutResult:
        revision = plan_revision(stored.items, digest.items)
        changed = bool(revision.changes) or _front(stored.digest) != _front(digest)
        values = dict(head)
        if changed:
            values |= {"revision": stored.revision + 1, "changes": _as_json(revision)}
        self._connection.execute(update(DIGEST).where(DIGEST.c.id == stored.id).values(**values))
        self._connection.execute(DIGEST_CATEGORY.delete().where(DIGEST_CATEGORY.c.digest_id == stored.id))
        self._add_categories(stored.id, digest.categories)
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
        self._insert_items(stored.id, added)
        gone = [old.id for old in revision.removed]
        if gone:
            self._connection.execute(update(ITEM).where(ITEM.c.id.in_(gone)).values(removed=True))
            self._search.remove(gone)

    def _insert_items(self, digest_id: int, places: Mapping[int, tuple[int, Item]]) -> None:
        if not places:
            return
        # In the order of their ids, which fall within a digest: tables grow fastest at their end.
        items = {key: places[key][1] for key in sorted(places)}
        writers = {key: author_key(item) for key, item in items.items()}
        authors = self._names.author_ids(writers.values())
        self._connection.execute(
            _ADD_ITEM,
            [
                {"id": key, "digest_id": digest_id}
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
        if topics:
            self._connection.execute(_ADD_TOPIC, topics)

    def _add_categories(self, digest_id: int, categories: Sequence[str]) -> None:
        if categories:
            ids = self._names.category_ids(categories)
            self._connection.execute(
                _ADD_CATEGORY,
                [
                    {"digest_id": digest_id, "position": position, "category_id": ids[clean(name)]}
                    for position, name in enumerate(categories)
                ],
            )


def _head_columns(digest: Digest, *, content_hash: str, source: str, now: datetime) -> dict[str, Any]:
    return {
        "slot": digest.slot,
        "slot_offset": offset_of(digest.slot),
        "date": digest.date,
        "date_offset": offset_of(digest.date),
        "title": clean(digest.title),
        "window_hours": digest.window_hours,
        "content_hash": content_hash,
        "source": clean(source),
        "updated": now,
    }


def _front(digest: Digest) -> Digest:
    return replace(digest, items=())


def _as_json(revision: Revision) -> list[dict[str, Any]]:
    return [
        {"kind": change.kind.value, "number": change.number, "item": change.item_id, "fields": list(change.fields)}
        for change in revision.changes
    ]
