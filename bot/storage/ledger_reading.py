"""The ledger as it is looked at: what waits, what failed and why, which message came from which delivery."""

from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from bot.core.ledger import Delivery, DeliveryState
from bot.core.model import Place
from bot.errors import NotFoundError
from bot.storage import packing
from bot.storage.ledger_rows import (
    LOST,
    PENDING,
    PENDING_INDEXES,
    SELECT_DELIVERY,
    delivery_of,
    edition_of,
    state_is,
    state_values,
)
from bot.storage.records import Backlog, Count, Edition, LastSent, Resting
from bot.storage.statements import slot_of
from bot.storage.subscriber_tables import BATCH, DELIVERY, EDITION, SUBSCRIBER
from bot.storage.subscribers import at_place
from bot.storage.tables import DIGEST


class LedgerReading:
    """Editions and deliveries, read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_edition(self, edition_id: int) -> Edition:
        """An edition; raises NotFoundError."""
        row = self._connection.execute(select(EDITION).where(EDITION.c.id == edition_id)).first()
        if row is None:
            raise NotFoundError(f"no edition has the id {edition_id}")
        return edition_of(row)

    def list_editions(self, digest_id: int) -> list[Edition]:
        """The editions of a digest."""
        query = select(EDITION).where(EDITION.c.digest_id == digest_id).order_by(EDITION.c.id)
        return [edition_of(row) for row in self._connection.execute(query)]

    def get(self, delivery_id: int) -> Delivery:
        """A delivery; raises NotFoundError."""
        row = self._connection.execute(SELECT_DELIVERY.where(DELIVERY.c.id == delivery_id)).first()
        if row is None:
            raise NotFoundError(f"no delivery has the id {delivery_id}")
        return delivery_of(row)

    def find_by_message(self, chat_id: int, message_id: int) -> Delivery | None:
        """The delivery that sent a message to a chat."""
        listed = literal(",").concat(DELIVERY.c.message_ids).concat(",")
        query = SELECT_DELIVERY.where(SUBSCRIBER.c.chat_id == chat_id, listed.like(f"%,{message_id},%"))
        row = self._connection.execute(query.order_by(DELIVERY.c.id.desc()).limit(1)).first()
        return delivery_of(row) if row and message_id > 0 else None

    def counts_by_state(self, digest_id: int | None = None) -> dict[DeliveryState, int]:
        """How many deliveries are in each state, of one digest or of all; states nobody is in are left out."""
        query = select(DELIVERY.c.state, func.count()).group_by(DELIVERY.c.state)
        query = query if digest_id is None else query.where(DELIVERY.c.digest_id == digest_id)
        return {DeliveryState(state): number for state, number in self._connection.execute(query)}

    def count_pending(self) -> int:
        """How many deliveries are not over, without those still in batches (see `count_batched`); costs only what is
        pending."""
        return sum(
            self._connection.execute(select(func.count()).where(condition)).scalar_one()
            for condition in PENDING_INDEXES
        )

    def count_batched(self) -> int:
        """How many readers wait in batches that are not expanded yet."""
        bytes_in_all = func.coalesce(func.sum(func.length(BATCH.c.subscriber_ids)), 0)
        return int(self._connection.execute(select(bytes_in_all)).scalar_one()) // packing.WIDTH

    def has_due(self, *, now: datetime) -> bool:
        """Whether something could be claimed or expanded at `now`."""
        waiting = (state_is(DeliveryState.PLANNED), state_is(DeliveryState.RETRY))
        queries = [select(DELIVERY.c.id).where(condition, DELIVERY.c.due_at <= now) for condition in waiting]
        queries.append(select(BATCH.c.id).where(BATCH.c.due_at <= now))
        return any(self._connection.execute(query.limit(1)).first() is not None for query in queries)

    def oldest_pending(self) -> datetime | None:
        """Since when the longest waiting delivery or batch has been due."""
        queries = [select(func.min(DELIVERY.c.due_at)).where(condition) for condition in PENDING_INDEXES]
        dues = [self._connection.execute(query).scalar() for query in (*queries, select(func.min(BATCH.c.due_at)))]
        return min((due for due in dues if due is not None), default=None)

    def waiting_since(self, *, now: datetime) -> datetime | None:
        """The same for people: what was put off to a time that is yet to come waits since that was decided."""
        oldest = self.oldest_pending()
        if oldest is None or oldest <= now:
            return oldest
        queries = [select(func.min(DELIVERY.c.updated)).where(condition) for condition in PENDING_INDEXES]
        decided = [self._connection.execute(query).scalar() for query in queries]
        return min((at for at in decided if at is not None), default=oldest)

    def list_resting(self, *, now: datetime, limit: int) -> list[Resting]:
        """Deliveries that wait for a later time after they were tried or put off, those due soonest."""
        query = (
            select(DELIVERY.c.id, DELIVERY.c.subscriber_id, DELIVERY.c.due_at)
            .where(state_is(DeliveryState.RETRY), DELIVERY.c.due_at > now)
            .order_by(DELIVERY.c.due_at, DELIVERY.c.id)
            .limit(limit)
        )
        return [Resting(*row) for row in self._connection.execute(query)]

    def failures_by_reason(self, *, limit: int = 20) -> list[Count]:
        """Why deliveries did not arrive, the commonest reason first."""
        number = func.count()
        query = (
            select(DELIVERY.c.error, number)
            .where(DELIVERY.c.state.in_(state_values(*LOST)))
            .group_by(DELIVERY.c.error)
            .order_by(number.desc(), DELIVERY.c.error)
            .limit(limit)
        )
        return [Count(reason or "unknown", times) for reason, times in self._connection.execute(query)]

    def backlog(self, place: Place) -> Backlog:
        """What waits for a place, in batches too."""
        subscriber_id = self._connection.execute(select(SUBSCRIBER.c.id).where(at_place(place))).scalar()
        if subscriber_id is None:
            return Backlog(0, None)
        dues: list[datetime] = list(
            self._connection.execute(
                select(DELIVERY.c.due_at).where(
                    DELIVERY.c.subscriber_id == subscriber_id, DELIVERY.c.state.in_(state_values(*PENDING))
                )
            ).scalars()
        )
        for data, due_at in self._connection.execute(select(BATCH.c.subscriber_ids, BATCH.c.due_at)):
            if subscriber_id in packing.unpack(data):
                dues.append(due_at)
        return Backlog(len(dues), min(dues, default=None))

    def last_sent(self, place: Place) -> LastSent | None:
        """The newest digest a place received in full."""
        row = self._connection.execute(
            select(DELIVERY.c.digest_id, DELIVERY.c.message_ids, DELIVERY.c.updated, DIGEST.c.slot_offset)
            .join(SUBSCRIBER, SUBSCRIBER.c.id == DELIVERY.c.subscriber_id)
            .join(DIGEST, DIGEST.c.id == DELIVERY.c.digest_id)
            .where(at_place(place), DELIVERY.c.state == DeliveryState.SENT.value)
            .order_by(DELIVERY.c.digest_id.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        return LastSent(
            row.digest_id, slot_of(row.digest_id, row.slot_offset), row.updated, packing.split(row.message_ids)
        )
