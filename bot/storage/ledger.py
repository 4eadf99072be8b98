"""The delivery ledger: what is to be sent becomes rows before it is sent, and stays until it is certain what became of
it (`bot.core.ledger` holds the states and their rules; this keeps the rows).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, literal, select, update

from bot.core.layout import PartLayout, last_changed
from bot.core.ledger import Change, Delivery, DeliveryState
from bot.core.model import SubscriberState
from bot.storage import packing
from bot.storage.ledger_reading import LedgerReading
from bot.storage.ledger_rows import SELECT_DELIVERY, delivery_of, state_is, state_values
from bot.storage.quieting import awake, night_end
from bot.storage.records import NewEdition, Recovered
from bot.storage.statements import chunks, clean, on_postgres, packed
from bot.storage.statements import insert as tolerant_insert
from bot.storage.subscriber_tables import BATCH, DELIVERY, EDITION, SUBSCRIBER
from bot.storage.subscribers import Subscribers
from bot.storage.tables import DIGEST

BATCH_SIZE = 500
"""How many subscribers one batch row holds."""

_LOOKS = 8  # at deliveries of which some were put off, in one transaction


class Ledger(LedgerReading):
    """Editions, batches of readers, and deliveries."""

    def __init__(self, connection: Connection, *, subscribers: Subscribers) -> None:
        super().__init__(connection)
        self._subscribers = subscribers

    # Planning

    def add_edition(self, edition: NewEdition) -> int:
        """Add an edition; its id."""
        return self.add_editions([edition])[0]

    def add_editions(self, editions: Sequence[NewEdition]) -> list[int]:
        """Add editions; their ids in the same order."""
        if not editions:
            return []
        rows = [_edition_columns(edition) for edition in editions]
        if on_postgres(self._connection):
            statement = insert(EDITION).returning(EDITION.c.id, sort_by_parameter_order=True)
            return list(self._connection.execute(statement, rows).scalars())
        # SQLite promises no order for what many rows return, so each would be a statement of its own; but while we
        # write nobody else does, so that the next ids are known.
        last = self._connection.execute(select(func.max(EDITION.c.id))).scalar() or 0
        ids = list(range(last + 1, last + 1 + len(rows)))
        self._connection.execute(insert(EDITION), [{"id": key, **row} for key, row in zip(ids, rows, strict=True)])
        return ids

    def add_batches(self, edition_id: int, subscriber_ids: Iterable[int], *, due_at: datetime) -> int:
        """Note that these subscribers receive an edition, not before `due_at`; how many they are."""
        return self.add_all_batches([(edition_id, subscriber_ids)], due_at=due_at)

    def add_all_batches(self, readers: Iterable[tuple[int, Iterable[int]]], *, due_at: datetime) -> int:
        """The same for many editions, by edition id, in few statements."""
        total = 0
        rows: list[dict[str, Any]] = []
        for edition_id, subscriber_ids in readers:
            for piece in packed(subscriber_ids, BATCH_SIZE):
                total += len(piece)
                rows.append({"edition_id": edition_id, "due_at": due_at, "subscriber_ids": packing.pack(piece)})
        if rows:
            self._connection.execute(insert(BATCH), rows)
        return total

    def expand(self, limit: int, *, now: datetime) -> int:
        """Turn up to `limit` due batches into deliveries and delete them, in order of their time; how many batches.
        Readers who are no longer active, and those who have a delivery of this digest, are left out."""
        query = (
            select(
                BATCH.c.id,
                BATCH.c.subscriber_ids,
                BATCH.c.due_at,
                EDITION.c.id.label("edition_id"),
                EDITION.c.digest_id,
                EDITION.c.roundup,
            )
            .join(EDITION, EDITION.c.id == BATCH.c.edition_id)
            .where(BATCH.c.due_at <= now)
            .order_by(BATCH.c.due_at, BATCH.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=BATCH)
        )
        batches = self._connection.execute(query).all()
        for batch in batches:
            self._expand(batch, now=now)
        if batches:
            self._connection.execute(delete(BATCH).where(BATCH.c.id.in_([batch.id for batch in batches])))
        return len(batches)

    def count_batches(self, *, due: datetime | None = None) -> int:
        """How many batches are not expanded yet; only those due at an instant, if given."""
        query = select(func.count()).select_from(BATCH)
        return self._connection.execute(query if due is None else query.where(BATCH.c.due_at <= due)).scalar_one()

    def set_edition_parts(
        self, edition_id: int, parts: str, *, revision: int | None = None, layout: Sequence[PartLayout] = ()
    ) -> None:
        """Keep the rendered messages of an edition, what stands where in them, and which revision of the digest they
        show, if it is another than planned. Older ones than are kept already are not; if the digest was corrected
        while they were made, the edition waits for its correction."""
        values: dict[str, Any] = {"parts": parts, "changed": last_changed(layout)}
        values["layout"] = [[part.revision, list(part.item_ids)] for part in layout]
        newest = select(DIGEST.c.revision).where(DIGEST.c.id == EDITION.c.digest_id).scalar_subquery()
        shown = EDITION.c.revision if revision is None else literal(revision)
        self._connection.execute(
            update(EDITION)
            .where(EDITION.c.id == edition_id, EDITION.c.parts.is_(None) | (EDITION.c.revision <= shown))
            .values(revision=shown, correcting=EDITION.c.correcting | (newest > shown), **values)
        )

    # Delivering

    def claim(self, *, now: datetime, lease_until: datetime, limit: int, zone: tzinfo = UTC) -> list[Delivery]:
        """Take up to `limit` deliveries that are due, so that nobody else does until `recover`: first what was tried
        before, then what was due first. That is the order of announcement, in every chat alike: digests as they come,
        and at a start the newest of those that are caught up with before the older ones (contract, section 2). What
        quiet hours forbid is put off to their end, or made silent; `zone` is for readers who chose none."""
        due = self._awake(DeliveryState.RETRY, now=now, limit=limit, zone=zone)
        if len(due) < limit:
            due += self._awake(DeliveryState.PLANNED, now=now, limit=limit - len(due), zone=zone)
        ids = [row.id for row in due]
        for chunk in chunks(ids):
            self._connection.execute(
                update(DELIVERY)
                .where(DELIVERY.c.id.in_(chunk))
                .values(state=DeliveryState.CLAIMED.value, lease_until=lease_until)
            )
        found = [delivery_of(row, state=DeliveryState.CLAIMED) for row in due]
        return [
            replace(delivery, silent=True) if night_end(row, zone, now) else delivery
            for row, delivery in zip(due, found, strict=True)
        ]

    def mark_sending(self, ids: Sequence[int], *, now: datetime) -> set[int]:
        """Note that Bot API calls for these claimed deliveries are about to be made; commit before making them. Returns
        those that may go ahead: one that was cancelled meanwhile is missing."""
        marked: set[int] = set()
        for chunk in chunks(ids):
            statement = (
                update(DELIVERY)
                .where(
                    DELIVERY.c.id.in_(chunk),
                    DELIVERY.c.state.in_(state_values(DeliveryState.CLAIMED, DeliveryState.SENDING)),
                )
                .values(state=DeliveryState.SENDING.value, updated=now)
                .returning(DELIVERY.c.id)
            )
            marked.update(self._connection.execute(statement).scalars())
        return marked

    def apply(self, changes: Sequence[Change], *, now: datetime) -> None:
        """Write what became of deliveries, in order, with what it means for their subscribers (blocked, moved). A
        delivery that is not in the state its first change starts from was cancelled meanwhile and stays as it is."""
        if not changes:
            return
        # The last change of a row says it whole; a driver sends them all in one go.
        final = {change.delivery_id: change for change in changes}
        first = {change.delivery_id: change.before for change in reversed(changes)}
        self._connection.execute(_APPLY, [_change_columns(c, first[key], now) for key, c in final.items()])
        for change in changes:
            if change.subscriber_state is not None:
                self._set_state(change, change.subscriber_state, now=now)
            if change.moved_to is not None:
                chat_id = self._subscribers.chat_of(change.subscriber_id)
                if chat_id is not None:  # else forgotten while the message was on its way
                    self._subscribers.migrate_chat(chat_id, change.moved_to, now=now)

    def recover(self, *, now: datetime) -> Recovered:
        """A new instance holds the lease: what the dead one had taken is due at once. What it was sending may have
        arrived, and is counted as interrupted."""
        again = {"state": DeliveryState.RETRY.value, "due_at": now}
        interrupted = self._give_back(DeliveryState.SENDING, {**again, "error": "interrupted"}, now=now)
        begun = (DELIVERY.c.parts_sent > 0) | (DELIVERY.c.message_ids != "") | (DELIVERY.c.attempts > 0)
        claimed = self._give_back(DeliveryState.CLAIMED, again, begun, now=now)
        # What was not begun keeps its time, and with it its place in the order.
        claimed += self._give_back(DeliveryState.CLAIMED, {"state": DeliveryState.PLANNED.value}, now=now)
        return Recovered(claimed=claimed, interrupted=interrupted)

    def cancel_for(self, subscriber_id: int, *, now: datetime, reason: str = "unsubscribed") -> int:
        """Drop what waits for a subscriber (what is being sent cannot be held back); how many deliveries."""
        waiting = state_values(DeliveryState.PLANNED, DeliveryState.RETRY, DeliveryState.CLAIMED)
        return self._connection.execute(
            update(DELIVERY)
            .where(DELIVERY.c.subscriber_id == subscriber_id, DELIVERY.c.state.in_(waiting))
            .values(state=DeliveryState.GONE.value, error=reason, updated=now)
        ).rowcount

    def _expand(self, batch: Any, *, now: datetime) -> None:
        readers = select(
            literal(batch.digest_id),
            literal(batch.edition_id),
            SUBSCRIBER.c.id,
            literal(DeliveryState.PLANNED.value),
            literal(0),
            literal(""),
            literal(0),
            literal(batch.due_at, DELIVERY.c.due_at.type),
            literal(now, DELIVERY.c.updated.type),
            literal(batch.edition_id if batch.roundup else 0, DELIVERY.c.occasion.type),
        ).where(
            SUBSCRIBER.c.id.in_(list(packing.unpack(batch.subscriber_ids))),
            SUBSCRIBER.c.state == SubscriberState.ACTIVE.value,
        )
        statement = tolerant_insert(self._connection, DELIVERY).from_select(_PLANNED, readers.order_by(SUBSCRIBER.c.id))
        self._connection.execute(statement.on_conflict_do_nothing())

    def _awake(self, state: DeliveryState, *, now: datetime, limit: int, zone: tzinfo) -> list[Row[Any]]:
        """Up to `limit` due deliveries whose readers may be written to. After so many looks at sleepers others may
        write: `has_due` says whether it is worth asking again."""
        found: list[Row[Any]] = []
        for _ in range(_LOOKS):
            due = self._due(state, now=now, limit=limit)
            taken = awake(self._connection, due, zone=zone, now=now)
            found = taken[:limit]
            if len(found) == limit or len(taken) == len(due):
                break  # enough, or nobody was asleep, or nothing is left
        return found

    def _due(self, state: DeliveryState, *, now: datetime, limit: int) -> list[Row[Any]]:
        query = (
            SELECT_DELIVERY.where(state_is(state), DELIVERY.c.due_at <= now)
            .order_by(DELIVERY.c.due_at, DELIVERY.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=DELIVERY)
        )
        return list(self._connection.execute(query).all())

    def _set_state(self, change: Change, state: SubscriberState, *, now: datetime) -> None:
        # A reader who paused stays paused: only who is active can become blocked by a failed send.
        self._connection.execute(
            update(SUBSCRIBER)
            .where(SUBSCRIBER.c.id == change.subscriber_id, SUBSCRIBER.c.state == SubscriberState.ACTIVE.value)
            .values(state=state.value, state_reason=clean(change.reason or ""), updated=now)
        )

    def _give_back(self, state: DeliveryState, values: dict[str, Any], *conditions: Any, now: datetime) -> int:
        return self._connection.execute(
            update(DELIVERY).where(state_is(state), *conditions).values(lease_until=None, updated=now, **values)
        ).rowcount


# What a planned delivery starts with, in the order `_expand` selects it.
_PLANNED = (
    *("digest_id", "edition_id", "subscriber_id"),
    *("state", "parts_sent", "message_ids", "attempts", "due_at", "updated", "occasion"),
)

_APPLY = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("key"), DELIVERY.c.state == bindparam("before"))
    .values(
        state=bindparam("new_state"),
        parts_sent=bindparam("new_parts_sent"),
        message_ids=bindparam("new_message_ids"),
        attempts=bindparam("new_attempts"),
        due_at=bindparam("new_due_at"),
        error=bindparam("new_error"),
        updated=bindparam("new_updated"),
        revision=bindparam("new_revision"),
    )
)


def _change_columns(change: Change, before: DeliveryState, now: datetime) -> dict[str, Any]:
    return {
        "key": change.delivery_id,
        "before": before.value,
        "new_state": change.state.value,
        "new_parts_sent": change.parts_sent,
        "new_message_ids": packing.join(change.message_ids),
        "new_attempts": change.attempts,
        "new_due_at": change.due_at,
        "new_error": clean(change.reason) if change.reason else None,
        "new_updated": now,
        "new_revision": change.revision,
    }


def _edition_columns(edition: NewEdition) -> dict[str, Any]:
    return {
        "digest_id": edition.digest_id,
        "item_ids": list(edition.item_ids),
        "style": edition.style.value,
        "language": edition.language.value,
        "script": edition.script.value,
        "rich": edition.rich,
        "hidden": edition.hidden,
        "revision": edition.revision,
        "parts": edition.parts,
        "complete": edition.complete,
        "seen": list(edition.seen),
        "per_message": edition.per_message,
        "link_preview": edition.link_preview,
        "roundup": edition.roundup,
        "more": edition.more,
    }
