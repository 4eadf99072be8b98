"""The search index made anew while the bot runs, when another tokeniser made it. Apart from reading and ingest, which
go on meanwhile: searches find what is there already, and digests are stored between two batches.
"""

import asyncio
import logging
import threading

from bot.errors import StorageError
from bot.storage import Storage

_LOG = logging.getLogger(__name__)
_BREATH = 0.02  # seconds between two batches, for whoever else waits to write
_TELL_EVERY = 10_000  # items between two lines in the log


class Reindexing:
    """Looks once, at the start, whether the index is of this tokeniser, and rebuilds it if it is not."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._stopped = threading.Event()

    async def run(self) -> None:
        """Rebuild if need be, then wait until cancelled. What fails is said, and tried again at the next start."""
        try:
            await asyncio.to_thread(self.refresh)
        except StorageError as error:
            _LOG.warning("the search index was not rebuilt and is tried again at the next start: %s", error)
        await asyncio.Event().wait()

    def stop(self) -> None:
        """Begin no further batch: what runs in a thread cannot be cancelled, it must ask. The next start goes on where
        this one stopped."""
        self._stopped.set()

    def refresh(self) -> bool:
        """Rebuild the index if another tokeniser made it; whether that is done."""
        with self._storage.reading() as tx:
            outdated = tx.search.outdated()
        if not outdated or self._stopped.is_set():
            return False
        _LOG.info("the search index is of another version: rebuilding it; searches work meanwhile")
        try:
            count = self._storage.reindex(self._tell)
        except _StoppedError:
            return False
        _LOG.info("the search index is rebuilt: %d items", count)
        return True

    def _tell(self, done: int, total: int) -> None:
        if done % _TELL_EVERY == 0:
            _LOG.info("search index: %d of about %d items", done, total)
        if self._stopped.wait(_BREATH):
            raise _StoppedError


class _StoppedError(Exception):
    """The bot ends; only to leave the loop of batches."""
