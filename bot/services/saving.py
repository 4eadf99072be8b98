"""Bookmarks: items a chat keeps, by their lasting ids, so that corrections of a digest do not move them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.core.model import Place, StoredItem
from bot.services.subscriptions import Visitor, remembered
from bot.storage import Storage

MOST_SAVED: Final = 2_000
"""Bookmarks of one chat: a line of the export must stay readable for the import."""


class SaveOutcome(StrEnum):
    """What became of a wish to keep an item."""

    SAVED = "saved"
    ALREADY = "already"
    FULL = "full"
    UNKNOWN = "unknown"  # there is no such item


@dataclass(frozen=True, slots=True)
class SavedPage:
    """Some bookmarks, the latest first, and how many there are."""

    items: tuple[StoredItem, ...]
    total: int


class Saving:
    """Keeps, lists and drops bookmarks."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def save(self, visitor: Visitor, item_id: int, *, now: datetime) -> SaveOutcome:
        """Keep an item. Somebody unknown is remembered, but not subscribed by this."""
        with self._storage.writing() as tx:
            if tx.items.find(item_id) is None:
                return SaveOutcome.UNKNOWN
            owner = remembered(tx, visitor, now=now).id
            if tx.saved.count(owner) >= MOST_SAVED and not tx.saved.has(owner, item_id):
                return SaveOutcome.FULL
            return SaveOutcome.SAVED if tx.saved.add(owner, item_id, now=now) else SaveOutcome.ALREADY

    def drop(self, place: Place, item_id: int) -> bool:
        """Let a bookmark go; False if there was none."""
        with self._storage.writing() as tx:
            known = tx.subscribers.find(place)
            return known is not None and tx.saved.remove(known.id, item_id)

    def has(self, place: Place, item_id: int) -> bool:
        """Whether the place keeps an item."""
        return bool(self.among(place, [item_id]))

    def among(self, place: Place, item_ids: Collection[int]) -> frozenset[int]:
        """Those of the items that the place keeps."""
        with self._storage.reading() as tx:
            known = tx.subscribers.find(place)
            if known is None:
                return frozenset()
            return frozenset(item_id for item_id in item_ids if tx.saved.has(known.id, item_id))

    def page(self, place: Place, *, limit: int, offset: int) -> SavedPage:
        """Bookmarks of a place."""
        with self._storage.reading() as tx:
            known = tx.subscribers.find(place)
            if known is None:
                return SavedPage((), 0)
            return SavedPage(tuple(tx.saved.list_of(known.id, limit=limit, offset=offset)), tx.saved.count(known.id))
