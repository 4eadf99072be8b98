"""Which items tell one story, and who was sent a story before. Only items that are not alone have a row; a story's id
is the id of the item it began with.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from bot.core.model import Item, RichText, StoredItem
from bot.storage import packing
from bot.storage.ledger_rows import NEVER_ARRIVED
from bot.storage.records import PlacedItem, Story, WindowItem
from bot.storage.statements import chunks, clean, digest_id_from, first_item_id, insert, slot_of
from bot.storage.subscriber_tables import BATCH, DELIVERY, EDITION
from bot.storage.tables import DIGEST, ITEM, STORY, UNTOLD

_PIECE = 20_000  # pairs held at a time


class Stories:
    """Membership of items in stories."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def assign(self, stories: Mapping[int, int]) -> None:
        """Put items into stories: item id -> id of the item its story began with, which joins its own story too."""
        rows = dict(stories)
        for story in stories.values():
            rows.setdefault(story, story)
        if not rows:
            return
        statement = insert(self._connection, STORY)
        statement = statement.on_conflict_do_update(
            index_elements=["item_id"], set_={"story_id": statement.excluded.story_id}
        )
        self._connection.execute(
            statement, [{"item_id": item, "story_id": story} for item, story in sorted(rows.items())]
        )

    def release(self, item_ids: Collection[int]) -> None:
        """Take items out of their stories."""
        for chunk in chunks(sorted(item_ids)):
            self._connection.execute(delete(STORY).where(STORY.c.item_id.in_(chunk)))

    def put_off(self, digest_ids: Collection[int]) -> None:
        """Note that the stories of these digests are still to be found."""
        if digest_ids:
            statement = insert(self._connection, UNTOLD).on_conflict_do_nothing()
            self._connection.execute(statement, [{"digest_id": key} for key in digest_ids])

    def list_put_off(self, *, limit: int) -> list[int]:
        """The digests whose stories are still to be found, oldest slot first."""
        query = select(UNTOLD.c.digest_id).order_by(UNTOLD.c.digest_id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def mark_told(self, digest_ids: Collection[int]) -> None:
        """The stories of these digests were found."""
        for chunk in chunks(sorted(digest_ids)):
            self._connection.execute(delete(UNTOLD).where(UNTOLD.c.digest_id.in_(chunk)))

    def clear(self) -> None:
        """Forget all stories."""
        self._connection.execute(delete(STORY))

    def of_items(self, item_ids: Collection[int]) -> dict[int, int]:
        """Story id by item id; items that are alone are missing."""
        found: dict[int, int] = {}
        for chunk in chunks(sorted(item_ids)):
            query = select(STORY.c.item_id, STORY.c.story_id).where(STORY.c.item_id.in_(chunk))
            found.update((row.item_id, row.story_id) for row in self._connection.execute(query))
        return found

    def members(self, story_ids: Collection[int]) -> dict[int, list[tuple[int, int]]]:
        """(digest id, item id) of the items of stories, oldest digest first, in reading order within one; removed ones
        included."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for chunk in chunks(sorted(set(story_ids))):
            query = select(STORY.c.story_id, STORY.c.item_id, ITEM.c.digest_id).join(ITEM, ITEM.c.id == STORY.c.item_id)
            query = query.where(STORY.c.story_id.in_(chunk)).order_by(ITEM.c.digest_id, ITEM.c.position)
            for row in self._connection.execute(query):
                found[row.story_id].append((row.digest_id, row.item_id))
        return dict(found)

    def list_since(self, since: datetime | None = None) -> list[Story]:
        """The stories of two or more items that are not removed, newest last item first; with `since`, those of which
        one item at least belongs to a digest whose slot is not earlier."""
        recent = select(STORY.c.story_id).distinct()
        if since is not None:
            recent = recent.where(STORY.c.item_id >= first_item_id(digest_id_from(since)))
        query = (
            select(STORY.c.story_id, ITEM.c.id, ITEM.c.digest_id, ITEM.c.number, ITEM.c.title, DIGEST.c.slot_offset)
            .join(ITEM, ITEM.c.id == STORY.c.item_id)
            .join(DIGEST, DIGEST.c.id == ITEM.c.digest_id)
            .where(STORY.c.story_id.in_(recent), ~ITEM.c.removed)
            .order_by(ITEM.c.digest_id, ITEM.c.position)
        )
        items: dict[int, list[PlacedItem]] = defaultdict(list)
        for row in self._connection.execute(query):
            slot = slot_of(row.digest_id, row.slot_offset)
            items[row.story_id].append(PlacedItem(row.id, row.digest_id, slot, row.number, row.title))
        told = [Story(key, tuple(found)) for key, found in items.items() if len(found) > 1]
        return sorted(told, key=lambda story: (-story.items[-1].digest_id, story.id))

    def window(self, start: datetime, end: datetime, *, limit: int) -> dict[int, WindowItem]:
        """The newest `limit` items with start <= slot <= end, by id, without removed ones: what tells whether they
        changed since they were looked at."""
        query = (
            select(ITEM.c.id, ITEM.c.fingerprint, STORY.c.story_id)
            .outerjoin(STORY, STORY.c.item_id == ITEM.c.id)
            .where(
                ITEM.c.id >= first_item_id(digest_id_from(start)),
                ITEM.c.id < first_item_id(digest_id_from(end) + 1),
                ~ITEM.c.removed,
            )
            .order_by(ITEM.c.id.desc())
            .limit(limit)
        )
        return {row.id: WindowItem(row.fingerprint, row.story_id) for row in self._connection.execute(query)}

    def load(self, item_ids: Collection[int]) -> list[StoredItem]:
        """Items with what stories are told by and nothing else: no formatting, no topics."""
        found: list[StoredItem] = []
        for chunk in chunks(sorted(item_ids)):
            query = select(ITEM, DIGEST.c.slot_offset).join(DIGEST, DIGEST.c.id == ITEM.c.digest_id)
            for row in self._connection.execute(query.where(ITEM.c.id.in_(chunk))):
                item = Item(row.number, row.title, row.author, row.url, RichText(row.body))
                found.append(StoredItem(row.id, row.digest_id, slot_of(row.digest_id, row.slot_offset), item))
        return found

    def linked(self, links: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        """(digest id, item id) of the standing items that lead to these canonical addresses, of all times."""
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for chunk in chunks(sorted({clean(link) for link in links})):
            query = select(ITEM.c.canonical_url, ITEM.c.digest_id, ITEM.c.id)
            query = query.where(ITEM.c.canonical_url.in_(chunk), ~ITEM.c.removed).order_by(ITEM.c.id)
            for row in self._connection.execute(query):
                found[row.canonical_url].append((row.digest_id, row.id))
        return dict(found)

    def editions_of(self, item_ids: Collection[int]) -> list[tuple[int, tuple[int, ...]]]:
        """The pushes of the digests of these items: edition id, and the items it was planned with."""
        found: list[tuple[int, tuple[int, ...]]] = []
        for chunk in chunks(sorted(item_ids)):
            digests = select(ITEM.c.digest_id).where(ITEM.c.id.in_(chunk))
            query = select(EDITION.c.id, EDITION.c.item_ids).where(
                EDITION.c.digest_id.in_(digests), EDITION.c.roundup == ""
            )
            found += [(row.id, tuple(row.item_ids)) for row in self._connection.execute(query.order_by(EDITION.c.id))]
        return found

    def readers(self, edition_ids: Collection[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """(edition id, subscribers) of those who received these editions, or still will, in pieces; whoever they could
        not reach is missing."""
        for chunk in chunks(sorted(edition_ids)):
            batches = select(BATCH.c.edition_id, BATCH.c.subscriber_ids).where(BATCH.c.edition_id.in_(chunk))
            for edition_id, packed in self._connection.execute(batches).all():
                yield edition_id, packing.unpack(packed)
            reached = select(DELIVERY.c.edition_id, DELIVERY.c.subscriber_id).where(
                DELIVERY.c.edition_id.in_(chunk), DELIVERY.c.state.not_in(NEVER_ARRIVED)
            )
            yield from self._in_pieces(reached)

    def _in_pieces(self, query: Select[Any]) -> Iterator[tuple[int, Sequence[int]]]:
        """Pairs with the same first value together, as the driver's own tuples: there may be a million."""
        result = self._connection.execute(query)
        try:
            while rows := result.cursor.fetchmany(_PIECE):
                for edition_id, pairs in groupby(rows, key=itemgetter(0)):
                    yield edition_id, [reader for _, reader in pairs]
        finally:
            result.close()

    def digest_ids(self) -> list[int]:
        """All digests, oldest slot first."""
        return list(self._connection.execute(select(DIGEST.c.id).order_by(DIGEST.c.id)).scalars())

    def count(self) -> int:
        """How many stories are told by more than one item."""
        query = select(STORY.c.story_id).group_by(STORY.c.story_id).having(func.count() > 1)
        return self._connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
