"""Bookmarks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.core.model import StoredItem
from bot.storage import rows
from bot.storage.records import SavedMark
from bot.storage.statements import chunks, insert, inserted, slot_of
from bot.storage.subscriber_tables import SAVED
from bot.storage.tables import DIGEST, ITEM


class Saved:
    """Bookmarks by subscriber, the latest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, subscriber_id: int, item_id: int, *, now: datetime) -> bool:
        """Keep an item; False if it was kept already."""
        statement = insert(self._connection, SAVED).values(subscriber_id=subscriber_id, item_id=item_id, at=now)
        return inserted(self._connection, statement.on_conflict_do_nothing())

    def remove(self, subscriber_id: int, item_id: int) -> bool:
        """Drop a bookmark; False if there was none."""
        statement = delete(SAVED).where(SAVED.c.subscriber_id == subscriber_id, SAVED.c.item_id == item_id)
        return bool(self._connection.execute(statement).rowcount)

    def has(self, subscriber_id: int, item_id: int) -> bool:
        """Whether the item is kept."""
        query = select(SAVED.c.at).where(SAVED.c.subscriber_id == subscriber_id, SAVED.c.item_id == item_id)
        return self._connection.execute(query).first() is not None

    def list_of(self, subscriber_id: int, *, limit: int, offset: int = 0) -> list[StoredItem]:
        """The kept items, the latest bookmark first; items that a correction removed stay."""
        query = (
            rows.SELECT_ITEM.join(SAVED, SAVED.c.item_id == ITEM.c.id)
            .where(SAVED.c.subscriber_id == subscriber_id)
            .order_by(SAVED.c.at.desc(), ITEM.c.id.desc())
        )
        return rows.stored_items(self._connection, query.limit(limit).offset(offset))

    def count(self, subscriber_id: int) -> int:
        """How many items are kept."""
        query = select(func.count()).select_from(SAVED).where(SAVED.c.subscriber_id == subscriber_id)
        return self._connection.execute(query).scalar_one()

    def marks_of_many(self, subscriber_ids: Sequence[int]) -> Mapping[int, tuple[SavedMark, ...]]:
        """Bookmarks as exported, by subscriber id, the earliest first; those without any are left out."""
        found: dict[int, list[SavedMark]] = defaultdict(list)
        for chunk in chunks(subscriber_ids):
            query = (
                select(SAVED.c.subscriber_id, ITEM.c.digest_id, DIGEST.c.slot_offset, ITEM.c.number)
                .join(ITEM, ITEM.c.id == SAVED.c.item_id)
                .join(DIGEST, DIGEST.c.id == ITEM.c.digest_id)
                .where(SAVED.c.subscriber_id.in_(chunk))
                .order_by(SAVED.c.subscriber_id, SAVED.c.at, ITEM.c.id)
            )
            for owner, digest_id, offset, number in self._connection.execute(query):
                found[owner].append(SavedMark(slot_of(digest_id, offset), number))
        return {owner: tuple(marks) for owner, marks in found.items()}
