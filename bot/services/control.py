"""What the operator does while the bot runs: hold and release pushes, see what is wrong. The hold is a row, so that
every process that shares the database obeys it, after a restart too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.rendering.admin_view import AdminReport
from bot.services.figures import figures_of
from bot.storage import Storage

HELD = "delivery_held"
_SHOWN = 5  # lines of each list: a chat message, not a log


class Control:
    """The operator's desk. `parked` gives chats that wait long and how many seconds yet, `errors` the last errors."""

    def __init__(
        self,
        storage: Storage,
        *,
        parked: Callable[[], Sequence[tuple[int, float]]] = tuple,
        errors: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._storage = storage
        self._parked = parked
        self._errors = errors

    def hold(self, on: bool) -> None:
        """Hold all pushes, or let them go; replies are not touched."""
        with self._storage.writing() as tx:
            if on:
                tx.meta.put(HELD, "1")
            else:
                tx.meta.remove(HELD)

    def held(self) -> bool:
        """Whether pushes are on hold."""
        with self._storage.reading() as tx:
            return tx.meta.find(HELD) is not None

    def report(self, *, now: datetime) -> AdminReport:
        """Everything `/admin` shows."""
        figures = figures_of(self._storage, now=now)
        return AdminReport(
            digests=figures.digests,
            items=figures.items,
            active=figures.subscribers.active,
            paused=figures.subscribers.paused,
            blocked=figures.subscribers.blocked,
            last_slot=figures.last_slot,
            backlog=figures.backlog,
            oldest_pending=figures.oldest_pending,
            held=self.held(),
            parked=[(chat, now + timedelta(seconds=seconds)) for chat, seconds in self._parked()[:_SHOWN]],
            failures=[(count.name, count.items) for count in figures.failures[:_SHOWN]],
            refused=[
                f"{file.path}:{problem.line}: {problem.message}"
                for file in figures.quarantine[:_SHOWN]
                for problem in file.problems[:1]
            ],
            errors=self._errors()[:_SHOWN],
        )
