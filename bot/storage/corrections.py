"""Messages already sent whose digest was corrected since. Apart from the ledger, which knows what is yet to be sent:
this finds what has to be edited, and remembers which revision each chat was shown, so that every edit is made, however
often the program stops on the way, and none is made twice without need.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.core.ledger import DeliveryState
from bot.core.model import SubscriberState
from bot.storage import packing
from bot.storage.ledger_rows import SELECT_DELIVERY, delivery_of, state_values
from bot.storage.records import Amendment, OutdatedDelivery
from bot.storage.statements import chunks
from bot.storage.statements import insert as tolerant_insert
from bot.storage.subscriber_tables import BATCH, CORRECTION, DELIVERY, EDITION, SUBSCRIBER
from bot.storage.tables import DIGEST

_FLYING = state_values(DeliveryState.CLAIMED, DeliveryState.SENDING)


class Corrections:
    """Editions and deliveries that are out of date."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, digest_id: int) -> int:
        """A digest was corrected: what was sent of it may be out of date. How many editions that concerns."""
        return self._connection.execute(
            update(EDITION).where(EDITION.c.digest_id == digest_id).values(correcting=True)
        ).rowcount

    def set_apart(self, digest_id: int, subscriber_ids: Collection[int]) -> None:
        """Of those who were to receive everything of a digest, let these receive what they were planned and nothing
        that was added since: they get editions of their own."""
        leaving = frozenset(subscriber_ids)
        deliveries = self._deliveries(digest_id, sorted(leaving))
        query = select(EDITION.c.id).where(EDITION.c.digest_id == digest_id, EDITION.c.complete)
        for edition_id in self._connection.execute(query).scalars().all():
            self._set_apart(edition_id, deliveries.get(edition_id, []), leaving)

    def revision_of(self, digest_id: int) -> int:
        """How often a digest was corrected, from 1."""
        return int(self._connection.execute(select(DIGEST.c.revision).where(DIGEST.c.id == digest_id)).scalar_one())

    def list_digests(self) -> list[tuple[int, int]]:
        """The digests with messages that may be out of date, newest first, each with its revision."""
        query = (
            select(DIGEST.c.id, DIGEST.c.revision)
            .where(DIGEST.c.id.in_(select(EDITION.c.digest_id).where(EDITION.c.correcting)))
            .order_by(DIGEST.c.id.desc())
        )
        return [(row.id, row.revision) for row in self._connection.execute(query)]

    def list_outdated(self, digest_id: int | None = None) -> list[int]:
        """The editions whose rendered messages are older than their digest, of one digest or of all."""
        query = (
            select(EDITION.c.id)
            .join(DIGEST, DIGEST.c.id == EDITION.c.digest_id)
            .where(EDITION.c.correcting, EDITION.c.parts.is_not(None), EDITION.c.revision < DIGEST.c.revision)
        )
        query = query if digest_id is None else query.where(EDITION.c.digest_id == digest_id)
        return sorted(self._connection.execute(query).scalars())

    def in_flight(self, digest_id: int) -> bool:
        """Whether deliveries of a digest are being sent right now."""
        flying = DELIVERY.c.state.in_(bindparam(None, _FLYING, expanding=True, literal_execute=True))
        # The sum keeps the engines from walking all deliveries of the digest: few are in flight.
        query = select(DELIVERY.c.id).where(flying, DELIVERY.c.digest_id + 0 == digest_id).limit(1)
        return self._connection.execute(query).first() is not None

    def list_deliveries(self, digest_id: int, *, after: int, limit: int, since: datetime) -> list[OutdatedDelivery]:
        """Deliveries of a digest that show less than their edition does now, in order of subscriber after `after`;
        those whose last message was sent before `since`, that are being sent, or that nobody can see are left out."""
        query = (
            SELECT_DELIVERY.add_columns(CORRECTION.c.due_at.label("postponed"), CORRECTION.c.attempts.label("tried"))
            .join(EDITION, EDITION.c.id == DELIVERY.c.edition_id)
            .outerjoin(CORRECTION, CORRECTION.c.delivery_id == DELIVERY.c.id)
            .where(
                DELIVERY.c.digest_id == digest_id,
                DELIVERY.c.subscriber_id > after,
                DELIVERY.c.revision < EDITION.c.changed,
                DELIVERY.c.message_ids != "",
                DELIVERY.c.updated >= since,
                DELIVERY.c.state.not_in(_FLYING),
                SUBSCRIBER.c.state != SubscriberState.BLOCKED.value,
            )
            .order_by(DELIVERY.c.subscriber_id)
            .limit(limit)
        )
        return [
            OutdatedDelivery(delivery_of(row), row.postponed, row.tried or 0) for row in self._connection.execute(query)
        ]

    def next_due(self) -> datetime | None:
        """When the first postponed edit is due."""
        return self._connection.execute(select(func.min(CORRECTION.c.due_at))).scalar()

    def record(self, amendments: Sequence[Amendment]) -> None:
        """Write what became of edits."""
        made = [amendment for amendment in amendments if amendment.again is None]
        if made:
            self._connection.execute(_AMENDED, [_amended_columns(amendment) for amendment in made])
            for chunk in chunks([amendment.delivery.id for amendment in made]):
                self._connection.execute(delete(CORRECTION).where(CORRECTION.c.delivery_id.in_(chunk)))
        waiting = {
            amendment.delivery.id: {"due_at": amendment.again, "attempts": amendment.attempts}
            for amendment in amendments
            if amendment.again is not None
        }
        self._postpone(waiting)

    def finish(self, digest_id: int) -> None:
        """Everything of a digest was looked at and nothing is out of date. An edition that was corrected again since
        stays marked."""
        newest = select(DIGEST.c.revision).where(DIGEST.c.id == digest_id).scalar_subquery()
        self._connection.execute(
            update(EDITION)
            .where(
                EDITION.c.digest_id == digest_id,
                EDITION.c.correcting,
                EDITION.c.parts.is_(None) | (EDITION.c.revision >= newest),
            )
            .values(correcting=False)
        )

    def _postpone(self, waiting: dict[int, dict[str, Any]]) -> None:
        # Whoever was forgotten meanwhile has no delivery any more.
        for chunk in chunks(list(waiting)):
            known = self._connection.execute(select(DELIVERY.c.id).where(DELIVERY.c.id.in_(chunk))).scalars().all()
            if known:
                statement = tolerant_insert(self._connection, CORRECTION)
                statement = statement.on_conflict_do_update(
                    index_elements=["delivery_id"],
                    set_={"due_at": statement.excluded.due_at, "attempts": statement.excluded.attempts},
                )
                self._connection.execute(statement, [{"delivery_id": key, **waiting[key]} for key in known])

    def _set_apart(self, edition_id: int, moving: Sequence[int], leaving: Collection[int]) -> None:
        batches = list(self._batches(edition_id, leaving))
        if not moving and not batches:
            return
        twin = self._copy(edition_id)
        for chunk in chunks(moving):
            self._connection.execute(update(DELIVERY).where(DELIVERY.c.id.in_(chunk)).values(edition_id=twin))
        for batch_id, due_at, staying, gone in batches:
            self._connection.execute(
                update(BATCH).where(BATCH.c.id == batch_id).values(subscriber_ids=packing.pack(staying))
            )
            self._connection.execute(
                insert(BATCH).values(edition_id=twin, due_at=due_at, subscriber_ids=packing.pack(gone))
            )

    def _deliveries(self, digest_id: int, subscriber_ids: Sequence[int]) -> dict[int, list[int]]:
        """The deliveries of a digest to these subscribers, by edition."""
        found: dict[int, list[int]] = defaultdict(list)
        for chunk in chunks(subscriber_ids):
            query = select(DELIVERY.c.edition_id, DELIVERY.c.id).where(
                DELIVERY.c.digest_id == digest_id, DELIVERY.c.subscriber_id.in_(chunk)
            )
            for edition_id, delivery_id in self._connection.execute(query):
                found[edition_id].append(delivery_id)
        return found

    def _batches(
        self, edition_id: int, leaving: Collection[int]
    ) -> Iterator[tuple[int, datetime, list[int], list[int]]]:
        query = select(BATCH.c.id, BATCH.c.due_at, BATCH.c.subscriber_ids).where(BATCH.c.edition_id == edition_id)
        for row in self._connection.execute(query).all():
            readers = packing.unpack(row.subscriber_ids)
            if gone := [reader for reader in readers if reader in leaving]:
                yield row.id, row.due_at, [reader for reader in readers if reader not in leaving], gone

    def _copy(self, edition_id: int) -> int:
        own = [column for column in EDITION.c if column.name not in {"id", "complete"}]
        source = select(*own, bindparam("complete", False)).where(EDITION.c.id == edition_id)
        statement = insert(EDITION).from_select([*(column.name for column in own), "complete"], source)
        return int(self._connection.execute(statement.returning(EDITION.c.id)).scalar_one())


# Only if the messages are those that were edited: one that arrived since may show the older text.
_AMENDED = (
    update(DELIVERY)
    .where(
        DELIVERY.c.id == bindparam("key"),
        DELIVERY.c.message_ids == bindparam("seen"),
        DELIVERY.c.state != DeliveryState.CLAIMED.value,
        DELIVERY.c.state != DeliveryState.SENDING.value,
    )
    .values(revision=bindparam("new_revision"))
)


def _amended_columns(amendment: Amendment) -> dict[str, Any]:
    delivery = amendment.delivery
    return {"key": delivery.id, "seen": packing.join(delivery.message_ids), "new_revision": amendment.revision}
