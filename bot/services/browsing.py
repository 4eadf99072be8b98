"""Single items: one by its id, and those like it. Apart from the reading of lists, because likeness is a guess made
from several of them.
"""

from typing import Final

from bot.core.model import StoredItem
from bot.core.similar import similar_items
from bot.services.meaning import Meaning
from bot.storage import Storage, Transaction

_OF_TOPIC: Final = 80  # newest items of each of the item's topics: what a press may cost
_OF_AUTHOR: Final = 30
_TOPICS: Final = 2


class Browsing:
    """Finds items."""

    def __init__(self, storage: Storage, meaning: Meaning | None = None) -> None:
        self._storage = storage
        self._meaning = meaning

    def find(self, item_id: int) -> StoredItem | None:
        """One item, also one that a correction took out."""
        with self._storage.reading() as tx:
            return tx.items.find(item_id)

    def similar(self, stored: StoredItem, *, most: int) -> list[StoredItem]:
        """Items like this one: other tellings of its story first, newest first, then what shares words, topics or the
        author with it; before that what means the same, where that is compared."""
        with self._storage.reading() as tx:
            told = _tellings(tx, stored)
            pool = _pool(tx, stored)
        near = self._meaning.similar(stored.id, limit=most) if self._meaning else []
        alike = similar_items(stored, pool, most=most + len(told))
        return list({item.id: item for item in (*told, *near, *alike)}.values())[:most]


def _tellings(tx: Transaction, stored: StoredItem) -> list[StoredItem]:
    story = tx.stories.of_items([stored.id]).get(stored.id)
    members = tx.stories.members([story]).get(story, []) if story is not None else []
    ids = [item_id for _, item_id in members if item_id != stored.id]
    return [item for item in tx.items.get_many(sorted(ids, reverse=True)) if not item.removed]


def _pool(tx: Transaction, stored: StoredItem) -> list[StoredItem]:
    item = stored.item
    found = [one for topic in item.topics[:_TOPICS] for one in tx.items.list_by_topic(topic, limit=_OF_TOPIC)]
    return found + (tx.items.list_by_author(item.author, limit=_OF_AUTHOR) if item.author else [])
