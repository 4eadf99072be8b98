"""The transactions of the delivery loop, synchronous and few. Apart from the loop so that everything that crosses into
a thread is in one place; nothing in here waits for Telegram.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from bot.core.ledger import Change, Delivery, DeliveryState
from bot.core.model import SubscriberState
from bot.rendering.edition_view import Rendering
from bot.rendering.serialize import dumps, loads
from bot.services.control import HELD
from bot.services.delivery.correction_store import CorrectionStore
from bot.storage.ledger import BATCH_SIZE
from bot.storage.records import Edition, Recovered, Resting
from bot.storage.storage import Storage, Transaction

Render = Callable[[Edition], Rendering]
_MOST_EXPANSIONS = 64  # of batches in one transaction, so that others can write between
_FRUITLESS = 8  # of them without a reader who is awake
_MOST_ROUNDS = 1000  # of a look; what somebody else has locked comes with a later one


class DeliveryStore:
    """What the deliverer reads and writes. `render` turns an edition into its parts, those of its digest's newest
    revision; `now` reads the clock; `zone` is for readers who chose none."""

    def __init__(self, storage: Storage, *, render: Render, now: Callable[[], datetime], zone: tzinfo = UTC) -> None:
        self._storage = storage
        self._zone = zone
        self._render = render
        self._now = now
        self.corrections = CorrectionStore(storage, now=now)

    def recover(self) -> Recovered:
        """Make what a dead instance left behind due again. Only for who holds the instance lease."""
        with self._storage.writing() as tx:
            return tx.ledger.recover(now=self._now())

    def resting(self, limit: int) -> list[Resting]:
        """Up to so many deliveries that wait for a later time, those due soonest."""
        with self._storage.reading() as tx:
            return tx.ledger.list_resting(now=self._now(), limit=limit)

    def claim(self, limit: int, lease: timedelta) -> list[Delivery]:
        """Take up to `limit` due deliveries, unpacking planned batches when too few are unpacked; none while the
        operator holds pushes. Where a crowd is asleep this goes through it in short transactions."""
        now = self._now()
        for _ in range(_MOST_ROUNDS):
            with self._storage.writing() as tx:
                if tx.meta.find(HELD) is not None:
                    return []
                taken = self._take(tx, limit, now=now, lease_until=now + lease)
                if taken or not tx.ledger.has_due(now=now):
                    return taken
        return []

    def _take(self, tx: Transaction, limit: int, *, now: datetime, lease_until: datetime) -> list[Delivery]:
        taken = tx.ledger.claim(now=now, lease_until=lease_until, limit=limit, zone=self._zone)
        fruitless = 0
        for _ in range(_MOST_EXPANSIONS):
            room = limit - len(taken)
            if not room or fruitless == _FRUITLESS or not tx.ledger.expand(-(-room // BATCH_SIZE), now=now):
                break
            more = tx.ledger.claim(now=now, lease_until=lease_until, limit=room, zone=self._zone)
            fruitless += not more
            taken += more
        return taken

    def next_due(self) -> datetime | None:
        """When the next delivery or batch is due, while nothing is in hand; None when nothing waits."""
        with self._storage.reading() as tx:
            return tx.ledger.oldest_pending()

    def commit(self, changes: Sequence[Change]) -> set[int]:
        """Record changes, subscribers included, in one transaction. Nothing is written for deliveries that were
        cancelled since they were claimed; those that were to begin are returned."""
        now = self._now()
        begun = {change.delivery_id for change in changes if _begins(change)}
        with self._storage.writing() as tx:
            # Most changes are beginnings, and those can be written in one statement.
            cancelled = begun - tx.ledger.mark_sending(sorted(begun), now=now) if begun else set[int]()
            tx.ledger.apply([change for change in changes if not _begins(change)], now=now)
            for change in changes:
                if change.subscriber_state is SubscriberState.BLOCKED and not (change.reason or "").startswith("topic"):
                    self._block_chat(tx, change, now)
        return cancelled

    def _block_chat(self, tx: Transaction, change: Change, now: datetime) -> None:
        # What is true of a chat is true of all its forum topics. Who was forgotten meanwhile has none.
        chat_id = tx.subscribers.chat_of(change.subscriber_id)
        if chat_id is not None:
            tx.subscribers.block_chat(chat_id, reason=change.reason or "", now=now)

    def rendered(self, edition_id: int) -> Rendering:
        """An edition's messages: rendered once for each revision of its digest, then kept, so that a restart goes on
        with the very same parts."""
        with self._storage.reading() as tx:
            edition = tx.ledger.get_edition(edition_id)
            newest = tx.corrections.revision_of(edition.digest_id)
        if edition.parts is not None and edition.revision >= newest:
            return Rendering(loads(edition.parts), edition.layout, edition.revision)
        rendering = self._render(edition)
        with self._storage.writing() as tx:
            tx.ledger.set_edition_parts(
                edition_id, dumps(rendering.parts), revision=rendering.revision, layout=rendering.layout
            )
        return rendering

    def migrate(self, chat_id: int, new_chat_id: int) -> None:
        """A group got a new id."""
        with self._storage.writing() as tx:
            tx.subscribers.migrate_chat(chat_id, new_chat_id, now=self._now())


def _begins(change: Change) -> bool:
    return change.before is DeliveryState.CLAIMED and change.state is DeliveryState.SENDING
