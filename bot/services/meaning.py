"""What is alike in meaning, whatever words it is told in: the extra `digestbot[semantic]`. Vectors of the newest items
are made in the background, one small batch after the other, stored, and compared in memory. Switched off, nothing of
this is built.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from bot.core.model import Item, StoredItem
from bot.errors import StorageError
from bot.storage import Storage

_LOG = logging.getLogger(__name__)

ALIKE: Final = 0.55
"""From which cosine on two items are offered as alike."""
CLOSE: Final = 0.25
"""From which cosine on an item is offered to somebody whose words were found nowhere: a few words say less."""

_BATCH: Final = 16  # items encoded at once: a quarter of a second, then others may write
_BODY: Final = 400  # characters of a paragraph: what it is about is said by then
_PAUSE: Final = 30.0  # seconds between two looks for new items
_RECENT: Final = 2_000  # items looked at each time, after the first
_SPARE: Final = 8  # hits fetched beyond those wanted: some were taken out since


class Space(Protocol):
    """Makes vectors and finds the nearest: `bot.services.sentences`, or a small one in tests."""

    name: str
    most: int

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """A vector for each text."""

    def put(self, ids: Sequence[int], vectors: Sequence[bytes]) -> None:
        """Hold vectors by item."""

    def nearest(self, vector: bytes, *, limit: int) -> list[tuple[int, float]]:
        """Items and likeness, the likest first."""


class Meaning:
    """Answers what is alike, as far as it has got; makes the vectors of new items while it runs."""

    def __init__(self, storage: Storage, load: Callable[[], Space]) -> None:
        self._storage = storage
        self._load = load
        self._space: Space | None = None
        self._swept = False
        self._stopped = threading.Event()

    def similar(self, item_id: int, *, limit: int) -> list[StoredItem]:
        """Items that mean much the same as this one, the likest first; none before its own vector is made."""
        if self._space is None:
            return []
        with self._storage.reading() as tx:
            vector = tx.meanings.find(item_id, encoder=self._space.name)
        return [] if vector is None else self._nearest(self._space, vector, ALIKE, limit=limit, besides=item_id)

    def closest(self, words: str, *, limit: int) -> list[StoredItem]:
        """Items that are about what the words mean, the likest first; none if nothing comes near."""
        if self._space is None:
            return []
        (vector,) = self._space.encode([words])
        return self._nearest(self._space, vector, CLOSE, limit=limit)

    def open(self) -> None:
        """Load the encoder and the vectors that are stored."""
        space = self._load()
        with self._storage.reading() as tx:
            for page in tx.meanings.pages(encoder=space.name, most=space.most):
                space.put(*zip(*page, strict=True))
                if self._stopped.is_set():
                    return
        self._space = space

    def catch_up(self) -> int:
        """Make the vectors that are missing or out of date, newest item first; how many were made. The first time it
        looks at all items that are compared, then at the newest."""
        if self._space is None:
            return 0
        with self._storage.reading() as tx:
            least = tx.meanings.oldest_of(_RECENT if self._swept else self._space.most)
        made, below = 0, None
        while not self._stopped.is_set():
            with self._storage.reading() as tx:
                missing = tx.meanings.list_missing(encoder=self._space.name, least=least, below=below, limit=_BATCH)
            if not missing:
                self._swept = True
                return made
            self._encode(self._space, dict(missing))
            made, below = made + len(missing), missing[-1][0]
        return made

    async def run(self) -> None:
        """Load, then keep up with the archive, until cancelled. What fails is said and tried again."""
        while True:
            try:
                if self._space is None:
                    await asyncio.to_thread(self.open)
                made = await asyncio.to_thread(self.catch_up)
            except StorageError as error:
                _LOG.warning("items are not compared by meaning for now: %s", error)
            else:
                if made:
                    _LOG.info("%d items can be compared by meaning now", made)
            await asyncio.sleep(_PAUSE)

    def stop(self) -> None:
        """Begin no further batch: what runs in a thread cannot be cancelled, it must ask."""
        self._stopped.set()

    def _encode(self, space: Space, items: dict[int, Item]) -> None:
        vectors = dict(zip(items, space.encode([_text(item) for item in items.values()]), strict=True))
        with self._storage.writing() as tx:
            tx.meanings.put(vectors, encoder=space.name)
        space.put(list(vectors), list(vectors.values()))

    def _nearest(
        self, space: Space, vector: bytes, least: float, *, limit: int, besides: int | None = None
    ) -> list[StoredItem]:
        hits = space.nearest(vector, limit=limit + _SPARE)
        ids = [key for key, likeness in hits if likeness >= least and key != besides]
        with self._storage.reading() as tx:
            return [item for item in tx.items.get_many(ids) if not item.removed][:limit]


def _text(item: Item) -> str:
    return f"{item.title}\n{item.body.text[:_BODY]}"
