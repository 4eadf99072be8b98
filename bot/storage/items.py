"""Items by id, topic, category, author and time, newest first, and the counts that menus show."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, true

from bot.core.model import StoredItem
from bot.errors import NotFoundError
from bot.storage import rows
from bot.storage.names import authors_like, folded
from bot.storage.statements import digest_id_from, first_item_id
from bot.storage.tables import AUTHOR, CATEGORY, DIGEST_CATEGORY, ITEM, ITEM_TOPIC


class Items:
    """Items of the archive. Every list is newest digest first, in reading order within a digest, without removed items;
    `since` is the earliest slot wanted (inclusive)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, item_id: int) -> StoredItem | None:
        """One item, removed or not."""
        return rows.items_by_id(self._connection, [item_id]).get(item_id)

    def get(self, item_id: int) -> StoredItem:
        """One item, removed or not; raises NotFoundError."""
        found = self.find(item_id)
        if found is None:
            raise NotFoundError(f"no item has the id {item_id}")
        return found

    def get_many(self, ids: Sequence[int]) -> list[StoredItem]:
        """These items in this order, removed ones included; unknown ids are left out."""
        found = rows.items_by_id(self._connection, ids)
        return [found[key] for key in ids if key in found]

    def list_since(self, since: datetime | None = None, *, limit: int, offset: int = 0) -> list[StoredItem]:
        """The newest items of all."""
        return self._list(select(ITEM.c.id), since=since, limit=limit, offset=offset)

    def list_between(self, start: datetime, end: datetime) -> list[StoredItem]:
        """All items of the digests with start <= slot < end."""
        query = rows.SELECT_ITEM.where(_since(ITEM.c.id, start), ITEM.c.id < first_item_id(digest_id_from(end)))
        return rows.stored_items(self._connection, query.where(~ITEM.c.removed).order_by(ITEM.c.id.desc()))

    def list_by_topic(
        self, topic: str, *, limit: int, offset: int = 0, since: datetime | None = None
    ) -> list[StoredItem]:
        """The newest items with a topic, by its slug."""
        query = select(ITEM_TOPIC.c.item_id).join(ITEM, ITEM.c.id == ITEM_TOPIC.c.item_id)
        query = query.where(ITEM_TOPIC.c.topic == topic)
        return self._list(query, since=since, limit=limit, offset=offset, column=ITEM_TOPIC.c.item_id)

    def list_by_category(
        self, category: str, *, limit: int, offset: int = 0, since: datetime | None = None
    ) -> list[StoredItem]:
        """The newest items of digests that carry a category, its name in any case and script."""
        return self.list_by_categories([category], limit=limit, offset=offset, since=since)

    def list_by_categories(
        self, categories: Sequence[str], *, limit: int, offset: int = 0, since: datetime | None = None
    ) -> list[StoredItem]:
        """The newest items of digests that carry one of these categories."""
        wanted = limit + offset
        digests = (
            select(DIGEST_CATEGORY.c.digest_id)
            .distinct()
            .where(category_rows(categories), DIGEST_CATEGORY.c.digest_id >= _first_digest(since))
            .order_by(DIGEST_CATEGORY.c.digest_id.desc())
        )
        # As many digests as items are wanted are nearly always enough; they are not if a correction emptied some.
        while True:
            newest = list(self._connection.execute(digests.limit(wanted)).scalars())
            query = select(ITEM.c.id).where(ITEM.c.digest_id.in_(newest))
            found = self._list(query, since=None, limit=limit, offset=offset)
            if len(found) == limit or len(newest) < wanted:
                return found
            wanted *= 4

    def list_by_author(
        self, author: str, *, limit: int, offset: int = 0, since: datetime | None = None
    ) -> list[StoredItem]:
        """The newest items of an author: `@handle` exactly, else any part of the shown name or of the handle."""
        query = select(ITEM.c.id).where(by_authors([author]))
        return self._list(query, since=since, limit=limit, offset=offset)

    def stream(self, *, size: int = 500) -> Iterator[list[StoredItem]]:
        """All items that are not removed, oldest id first, so many at a time; the transaction may write meanwhile."""
        after: int | None = None
        while True:
            batch = self.list_after(after, limit=size)
            if not batch:
                return
            yield batch
            after = batch[-1].id

    def list_after(self, item_id: int | None, *, limit: int) -> list[StoredItem]:
        """The items with the ids next above this one (the lowest of all if None), lowest first."""
        query = rows.SELECT_ITEM.where(~ITEM.c.removed).order_by(ITEM.c.id).limit(limit)
        return rows.stored_items(self._connection, query if item_id is None else query.where(ITEM.c.id > item_id))

    def set_topics(self, topics: Mapping[int, Sequence[str]]) -> None:
        """Label items anew: item id -> topics, best first."""
        if not topics:
            return
        self._connection.execute(ITEM_TOPIC.delete().where(ITEM_TOPIC.c.item_id.in_(list(topics))))
        labels: list[dict[str, Any]] = [
            {"item_id": key, "topic": topic, "rank": rank}
            for key, slugs in topics.items()
            for rank, topic in enumerate(dict.fromkeys(slugs))
        ]
        if labels:
            self._connection.execute(insert(ITEM_TOPIC), labels)

    def count(self) -> int:
        """How many items there are, without removed ones."""
        return self._connection.execute(select(func.count()).select_from(ITEM).where(~ITEM.c.removed)).scalar_one()

    def topic_counts(self, since: datetime | None = None) -> dict[str, int]:
        """Topic slug -> number of items; topics without items are left out."""
        query = select(ITEM_TOPIC.c.topic, func.count()).join(ITEM, ITEM.c.id == ITEM_TOPIC.c.item_id)
        query = query.where(~ITEM.c.removed, _since(ITEM_TOPIC.c.item_id, since)).group_by(ITEM_TOPIC.c.topic)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def known_authors(self) -> dict[str, frozenset[str]]:
        """Lower-case handle -> the names shown with it: what the reader of digests divides headlines by."""
        names: dict[str, set[str]] = defaultdict(set)
        query = select(AUTHOR.c.handle, AUTHOR.c.name).where(AUTHOR.c.handle != "", AUTHOR.c.name != "")
        for handle, name in self._connection.execute(query):
            names[handle].add(name)
        return {handle: frozenset(found) for handle, found in names.items()}

    def _list(
        self,
        ids: Select[Any],
        *,
        since: datetime | None,
        limit: int,
        offset: int,
        column: ColumnElement[int] = ITEM.c.id,
    ) -> list[StoredItem]:
        query = ids.where(~ITEM.c.removed, _since(column, since)).order_by(column.desc()).limit(limit).offset(offset)
        return self.get_many(list(self._connection.execute(query).scalars()))


def by_authors(names: Sequence[str]) -> ColumnElement[bool]:
    """Whether an item is by one of these authors, as readers write them."""
    return ITEM.c.author_id.in_(select(AUTHOR.c.id).where(authors_like(names)))


def category_rows(names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row of `digest_category` is about one of these categories, in any case and script."""
    wanted = sorted({folded(name) for name in names})
    return DIGEST_CATEGORY.c.category_id.in_(select(CATEGORY.c.id).where(CATEGORY.c.folded.in_(wanted)))


def _since(column: ColumnElement[int], since: datetime | None) -> ColumnElement[bool]:
    return true() if since is None else column >= first_item_id(digest_id_from(since))


def _first_digest(since: datetime | None) -> int:
    return -(1 << 40) if since is None else digest_id_from(since)
