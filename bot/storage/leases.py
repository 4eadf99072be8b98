"""Leases: what only one process may do at a time (deliver, poll) belongs to whoever holds the lease, until it expires.
A holder that died on this very host is replaced at once; one on another host when its time is up.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from bot.storage.records import Lease
from bot.storage.statements import insert, inserted
from bot.storage.tables import LEASE


class Leases:
    """Leases by name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Lease | None:
        """Who holds the lease, expired or not."""
        row = self._connection.execute(select(LEASE).where(LEASE.c.name == name)).mappings().first()
        return Lease(**row) if row else None

    def list_all(self) -> list[Lease]:
        """Who holds which, expired ones too, by name."""
        return [Lease(**row) for row in self._connection.execute(select(LEASE).order_by(LEASE.c.name)).mappings()]

    def acquire(self, wanted: Lease, *, now: datetime, alive: Callable[[int], bool]) -> Lease | None:
        """Take the lease as `wanted` describes it. None: it is ours now. Otherwise the holder who keeps it: somebody
        else, not expired, and not known to be dead (`alive` says whether a process id runs on this host)."""
        statement = insert(self._connection, LEASE).values(**_columns(wanted))
        if inserted(self._connection, statement.on_conflict_do_nothing()):
            return None
        query = select(LEASE).where(LEASE.c.name == wanted.name).with_for_update()
        held = self._connection.execute(query).mappings().first()
        holder = Lease(**held) if held else None
        if holder and not _replaceable(holder, wanted, now=now, alive=alive):
            return holder
        self._connection.execute(update(LEASE).where(LEASE.c.name == wanted.name).values(**_columns(wanted)))
        return None

    def renew(self, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
        """Hold on for so many seconds from now; False if the lease is no longer ours."""
        result = self._connection.execute(
            update(LEASE)
            .where(LEASE.c.name == name, LEASE.c.owner == owner)
            .values(expires=now + timedelta(seconds=seconds))
        )
        return bool(result.rowcount)

    def release(self, name: str, owner: str) -> bool:
        """Let go; False if the lease was not ours."""
        result = self._connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.owner == owner))
        return bool(result.rowcount)


def _columns(lease: Lease) -> dict[str, object]:
    return {
        "name": lease.name,
        "owner": lease.owner,
        "host": lease.host,
        "pid": lease.pid,
        "acquired": lease.acquired,
        "expires": lease.expires,
    }


def _replaceable(holder: Lease, wanted: Lease, *, now: datetime, alive: Callable[[int], bool]) -> bool:
    if holder.owner == wanted.owner or holder.expires <= now:
        return True
    # The same process id under another owner is a number used again after a restart (containers: always 1).
    return holder.host == wanted.host and (holder.pid == wanted.pid or not alive(holder.pid))
