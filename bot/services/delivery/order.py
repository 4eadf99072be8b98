"""The order of one reader's digests: while one waits for its time, those announced after it wait behind it. Apart from
the ledger, which gives what is due and does not look at what else its reader waits for.

Deliveries have rising ids in the order in which they are announced.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core.ledger import Delivery
from bot.storage.records import Resting

MOST = 50_000
"""Readers kept in mind. Of more that wait at once, the first noted lose their order, and nothing else."""

_BEHIND = timedelta(milliseconds=20)
_SOON = timedelta(seconds=0.5)  # until what is due is in hand again
_OVERDUE = timedelta(seconds=60)  # what did not come back in that time was cancelled


class Order:
    """What waits for a later time, by reader."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._waiting: dict[int, dict[int, datetime]] = {}

    def begin(self, resting: Iterable[Resting]) -> None:
        """Keep in mind what waits since before this process began."""
        for one in resting:
            self._note(one.subscriber_id, one.delivery_id, one.due_at)

    def rests(self, delivery: Delivery) -> None:
        """A delivery went back to the ledger until its time."""
        self._note(delivery.subscriber_id, delivery.id, delivery.due_at)

    def taken(self, delivery: Delivery) -> None:
        """A delivery is in hand."""
        waiting = self._waiting.get(delivery.subscriber_id)
        if waiting is not None:
            waiting.pop(delivery.id, None)
            if not waiting:
                del self._waiting[delivery.subscriber_id]

    def turn(self, delivery: Delivery, now: datetime) -> datetime | None:
        """When a delivery may be tried at the earliest: just after what was announced to its reader before it and
        still waits; None when that is nothing."""
        waiting = self._waiting.get(delivery.subscriber_id, {})
        before = [due for key, due in waiting.items() if key < delivery.id and due + _OVERDUE > now]
        return max(max(before) + _BEHIND, now + _SOON) if before else None

    def _note(self, subscriber_id: int, delivery_id: int, due_at: datetime) -> None:
        if subscriber_id not in self._waiting and len(self._waiting) >= self._most:
            del self._waiting[next(iter(self._waiting))]
        self._waiting.setdefault(subscriber_id, {})[delivery_id] = due_at
