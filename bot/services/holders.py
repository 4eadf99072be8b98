"""Who works on a database at this moment, by the leases held in it: for whoever only looks (`doctor`, `db copy`). Apart
from the lease that a running bot keeps for itself.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime

from bot.storage import Lease, Storage


@dataclass(frozen=True, slots=True)
class Holders:
    """The leases of processes that live, and of those that ended without giving theirs back."""

    living: tuple[Lease, ...] = ()
    dead: tuple[Lease, ...] = ()


def holders_of(storage: Storage, *, host: str, now: datetime) -> Holders:
    """Whose leases there are. Of a process on another host nothing is known but when its lease runs out."""
    with storage.reading() as tx:
        leases = tx.leases.list_all()
    dead = [lease for lease in leases if lease.expires <= now or (lease.host == host and not runs_here(lease.pid))]
    return Holders(tuple(lease for lease in leases if lease not in dead), tuple(dead))


def token_mark(token: str) -> str:
    """What stands for a token in the names of leases; no way leads back to it."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def runs_here(pid: int) -> bool:
    """Whether a process of this number runs on this host."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def described(leases: tuple[Lease, ...]) -> str:
    """Processes in words: `process 12 on news1 (deliver, updates)`."""
    roles: dict[tuple[int, str], list[str]] = {}
    for lease in leases:
        roles.setdefault((lease.pid, lease.host), []).append(lease.name.partition(":")[0])
    return "; ".join(f"process {pid} on {host} ({', '.join(sorted(held))})" for (pid, host), held in roles.items())
