"""How things stand, for one chat and for the operator: figures only, no texts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from bot.core.agenda import next_time
from bot.core.model import Place, SubscriberState
from bot.rendering.status_view import Status
from bot.services.reading import Reading
from bot.storage import Storage

USUAL_HOURS = 4  # between digests, until the publisher's title says otherwise
OVERDUE = timedelta(hours=2)  # after the expected time; then something is wrong


class StatusService:
    """Figures about the archive, the ledger and the sources. `fault` tells what is wrong with the running parts."""

    def __init__(self, storage: Storage, reading: Reading, *, fault: Callable[[], str | None] = lambda: None) -> None:
        self._storage = storage
        self._reading = reading
        self._fault = fault

    def of(self, place: Place, *, now: datetime, zone: tzinfo = UTC) -> Status:
        """The state of one chat; `zone` is for readers who chose none."""
        archive = self._reading.state()
        with self._storage.reading() as tx:
            subscriber = tx.subscribers.find(place)
            backlog = tx.ledger.backlog(place).deliveries
        active = subscriber is not None and subscriber.state is SubscriberState.ACTIVE
        expected = next_slot(archive.last_slot, archive.window_hours, now)
        return Status(
            subscription=subscriber.state if subscriber else None,
            last_slot=archive.last_slot,
            last_items=archive.last_items,
            next_expected=expected,
            next_here=next_time(subscriber.preferences, zone, now=now) if subscriber and active else None,
            backlog=backlog,
            archive=archive.items,
            healthy=self._fault() is None,
        )


def next_slot(last: datetime | None, window_hours: int | None, now: datetime) -> datetime | None:
    """When the next digest is expected: the first step of the publisher's rhythm that is not past (or not long)."""
    if last is None:
        return None
    step = timedelta(hours=window_hours or USUAL_HOURS)
    missed = max(0, (now - last - OVERDUE) // step)
    return last + step * (missed + 1)
