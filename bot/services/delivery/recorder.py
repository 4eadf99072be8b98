"""Group commit: what many coroutines want recorded at about the same time becomes one transaction, so that a thousand
messages a second need some fifty commits. Apart because the delivery promise hangs on it: `record` returns only when
the change is on disk.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from bot.core.ledger import Change
from bot.errors import StorageError

_LOG = logging.getLogger(__name__)
_GATHER = 0.02  # seconds in which changes gather before they are written together
_LONGEST_WAIT = 30.0


class Recorder:
    """Writes changes to the ledger, many at a time and in the order they came. `commit` is synchronous, runs in a
    thread, and returns the ids of deliveries that were cancelled meanwhile."""

    def __init__(
        self, commit: Callable[[Sequence[Change]], Collection[int]], *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._commit = commit
        self._sleep = sleep
        self._changes: list[Change] = []
        self._waiting: list[asyncio.Future[bool]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, change: Change) -> bool:
        """Return when the change is committed; False if the delivery was cancelled meanwhile and nothing was written.
        While the database cannot be written this waits, however long: what was sent must not be forgotten. Who is
        cancelled meanwhile hears nothing, but the change is written."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._changes.append(change)
        self._waiting.append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._write_out(), name="delivery recorder")
        return await future

    async def drained(self) -> None:
        """Return when nothing is left to write."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _write_out(self) -> None:
        try:
            while self._changes:
                await self._sleep(_GATHER)
                changes, self._changes = self._changes, []
                waiting, self._waiting = self._waiting, []
                outcome = await self._written(changes)
                for change, future in zip(changes, waiting, strict=True):
                    alone = isinstance(outcome, Exception) and len(changes) > 1
                    # Nothing was written: a change that cannot be must not take those of other chats along.
                    _settle(future, change, await self._written([change]) if alone else outcome)
        finally:
            self._task = None

    async def _written(self, changes: Sequence[Change]) -> Collection[int] | Exception:
        wait = 0.5
        while True:
            try:
                return await asyncio.to_thread(self._commit, changes)
            except StorageError as error:
                _LOG.error("the ledger cannot be written; trying again in %.0f s: %s", wait, error)
                await self._sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            except Exception as error:  # handed to everyone who waits for it
                return error


def _settle(future: "asyncio.Future[bool]", change: Change, outcome: Collection[int] | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(change.delivery_id not in outcome)
