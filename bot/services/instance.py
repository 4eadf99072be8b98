"""One instance per token and database: a lease in the database that only one process holds, renewed while it lives.
A dead predecessor on the same host is replaced at once, one elsewhere when its lease runs out.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import DigestbotError, StorageError
from bot.storage import Lease, Storage

_LOG = logging.getLogger(__name__)
LEASE_SECONDS = 45.0
RENEW_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Process:
    """Who we are: a name drawn at the start, the host, the process id."""

    owner: str
    host: str
    pid: int


class InstanceLease:
    """Holds the leases named. `alive` tells whether a process id runs on this host."""

    def __init__(
        self,
        storage: Storage,
        names: tuple[str, ...],
        process: Process,
        *,
        alive: Callable[[int], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._names = names
        self._process = process
        self._alive = alive
        self._now = now

    def acquire(self) -> None:
        """Take all leases. Raises DigestbotError naming who holds one."""
        now = self._now()
        with self._storage.writing() as tx:
            for name in self._names:
                holder = tx.leases.acquire(self._lease(name, now), now=now, alive=self._alive)
                if holder is not None:
                    raise DigestbotError(
                        f"another digestbot (process {holder.pid} on {holder.host}) works on this database with this "
                        f"token; stop it first, or wait until {holder.expires:%H:%M:%S} UTC if it is dead"
                    )

    def release(self) -> None:
        """Let go of all leases."""
        with self._storage.writing() as tx:
            for name in self._names:
                tx.leases.release(name, self._process.owner)

    async def keep(self) -> None:
        """Renew until cancelled. Raises DigestbotError when a lease was lost: somebody else took over."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                kept = await asyncio.to_thread(self._renew)
            except StorageError as error:
                _LOG.error("the instance lease was not renewed: %s", error)
                continue
            if not kept:
                raise DigestbotError("another digestbot took over this database; this one ends")

    def _renew(self) -> bool:
        now = self._now()
        with self._storage.writing() as tx:
            renewed = [
                tx.leases.renew(name, self._process.owner, now=now, seconds=LEASE_SECONDS) for name in self._names
            ]
        return all(renewed)

    def _lease(self, name: str, now: datetime) -> Lease:
        expires = now + timedelta(seconds=LEASE_SECONDS)
        return Lease(name, self._process.owner, self._process.host, self._process.pid, now, expires)
