"""The transactions behind corrections, synchronous and few; the counterpart of the delivery loop's store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.services.control import HELD
from bot.storage.records import Amendment, OutdatedDelivery
from bot.storage.storage import Storage

_PAGE = 200


@dataclass(frozen=True, slots=True)
class OutOfDate:
    """What was corrected and may have to be edited: digests, newest first, with their revisions, and the editions
    that are not rendered anew yet. `held`: the operator wants no pushes now, and no edits of them either."""

    digests: tuple[tuple[int, int], ...] = ()
    editions: tuple[int, ...] = ()
    held: bool = False


class CorrectionStore:
    """What corrections read and write. `now` reads the clock."""

    def __init__(self, storage: Storage, *, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._now = now

    def look(self) -> OutOfDate:
        """What is to be done."""
        with self._storage.reading() as tx:
            digests = tx.corrections.list_digests()
            editions = tx.corrections.list_outdated() if digests else []
            return OutOfDate(tuple(digests), tuple(editions), held=tx.meta.find(HELD) is not None)

    def outdated(self, digest_id: int) -> list[int]:
        """The editions of a digest that are not rendered anew yet."""
        with self._storage.reading() as tx:
            return tx.corrections.list_outdated(digest_id)

    def in_flight(self, digest_id: int) -> bool:
        """Whether messages of a digest are on their way, perhaps with its old text."""
        with self._storage.reading() as tx:
            return tx.corrections.in_flight(digest_id)

    def page(self, digest_id: int, after: int, age: timedelta) -> list[OutdatedDelivery]:
        """Some deliveries of a digest that show an old text and are not older than `age`, by subscriber."""
        with self._storage.reading() as tx:
            return tx.corrections.list_deliveries(digest_id, after=after, limit=_PAGE, since=self._now() - age)

    def next_due(self) -> datetime | None:
        """When the first edit that was put off is due."""
        with self._storage.reading() as tx:
            return tx.corrections.next_due()

    def record(self, amendments: Sequence[Amendment]) -> None:
        """Write what became of edits."""
        with self._storage.writing() as tx:
            tx.corrections.record(amendments)

    def finish(self, digest_id: int) -> None:
        """Nothing of a digest is out of date any more."""
        with self._storage.writing() as tx:
            tx.corrections.finish(digest_id)

    def migrate(self, chat_id: int, new_chat_id: int) -> None:
        """A group got a new id; its old messages stay behind."""
        with self._storage.writing() as tx:
            tx.subscribers.migrate_chat(chat_id, new_chat_id, now=self._now())
