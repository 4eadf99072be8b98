"""What roundups are made of: the digests that were announced, and what readers were sent of them before. Apart from the
stories and the ledger because it asks from the readers' side, a few thousand of them at a time.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select
from sqlalchemy import insert as plain_insert

from bot.core.model import RuleKind
from bot.storage import packing
from bot.storage.ledger_rows import NEVER_ARRIVED
from bot.storage.records import Planned, TermLine
from bot.storage.schedule_tables import ANNOUNCED, ROUNDUP_DIGEST
from bot.storage.statements import chunks, digest_id_at, insert
from bot.storage.subscriber_tables import BATCH, DELIVERY, EDITION, RULE, TERM


class Roundups:
    """Announcements, and who has what."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark_announced(self, digest_id: int, *, now: datetime) -> None:
        """Readers are told of a digest; one that was announced before stays so."""
        statement = insert(self._connection, ANNOUNCED).values(digest_id=digest_id, at=now)
        self._connection.execute(statement.on_conflict_do_nothing())

    def list_announced(self, since: datetime) -> list[tuple[int, datetime]]:
        """(digest id, when) of what was announced from `since` on, in that order."""
        query = select(ANNOUNCED.c.digest_id, ANNOUNCED.c.at).where(ANNOUNCED.c.at >= since)
        rows = self._connection.execute(query.order_by(ANNOUNCED.c.at, ANNOUNCED.c.digest_id)).all()
        return [(row.digest_id, row.at) for row in rows]

    def link(self, digests: Mapping[int, Collection[int]]) -> None:
        """Note of which digests roundups hold items, by edition id: so that others find what was sent."""
        rows = [{"edition_id": key, "digest_id": digest} for key, found in digests.items() for digest in sorted(found)]
        if rows:
            self._connection.execute(plain_insert(ROUNDUP_DIGEST), rows)

    def rules_of(self, subscriber_ids: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """(subscriber id, term id, action as its column holds it) of all rules of these readers."""
        for chunk in chunks(subscriber_ids):
            query = select(RULE.c.subscriber_id, RULE.c.term_id, RULE.c.action).where(RULE.c.subscriber_id.in_(chunk))
            yield from ((owner, term_id, action) for owner, term_id, action in self._connection.execute(query).all())

    def terms(self, term_ids: Collection[int]) -> list[TermLine]:
        """What these terms speak of."""
        found: list[TermLine] = []
        for chunk in chunks(sorted(term_ids)):
            query = select(TERM.c.id, TERM.c.kind, TERM.c.value, TERM.c.lookup).where(TERM.c.id.in_(chunk))
            for key, kind, value, lookup in self._connection.execute(query):
                found.append(TermLine(key, RuleKind(kind), value, lookup))
        return found

    def editions_of(self, subscriber_ids: Sequence[int], *, since: datetime) -> Iterator[tuple[int, int]]:
        """(subscriber id, edition id) of what these readers were sent, or still will be, of digests whose slot is not
        earlier than `since`; what never arrived is left out."""
        for chunk in chunks(subscriber_ids):
            query = select(DELIVERY.c.subscriber_id, DELIVERY.c.edition_id).where(
                DELIVERY.c.subscriber_id.in_(chunk),
                DELIVERY.c.digest_id >= digest_id_at(since),
                DELIVERY.c.state.not_in(NEVER_ARRIVED),
            )
            yield from ((owner, edition_id) for owner, edition_id in self._connection.execute(query).all())

    def editions_with(self, subscriber_ids: Sequence[int], digest_ids: Collection[int]) -> Iterator[tuple[int, int]]:
        """The same for what was sent of these digests, however long ago, in pushes and roundups."""
        if not digest_ids:
            return
        wanted = sorted(digest_ids)
        linked = select(ROUNDUP_DIGEST.c.edition_id).where(ROUNDUP_DIGEST.c.digest_id.in_(wanted))
        for chunk in chunks(subscriber_ids):
            query = select(DELIVERY.c.subscriber_id, DELIVERY.c.edition_id).where(
                DELIVERY.c.subscriber_id.in_(chunk),
                or_(DELIVERY.c.digest_id.in_(wanted), DELIVERY.c.edition_id.in_(linked)),
                DELIVERY.c.state.not_in(NEVER_ARRIVED),
            )
            yield from ((owner, edition_id) for owner, edition_id in self._connection.execute(query).all())

    def last_batch(self) -> int:
        """The highest id of a batch; 0 when there is none."""
        return self._connection.execute(select(func.max(BATCH.c.id))).scalar() or 0

    def batched(self, *, until: int | None = None) -> Iterator[tuple[int, Sequence[int]]]:
        """(edition id, subscriber ids) of what is planned and not expanded yet; with `until`, without the roundups in
        later batches."""
        query = select(BATCH.c.edition_id, BATCH.c.subscriber_ids)
        if until is not None:
            query = query.join(EDITION, EDITION.c.id == BATCH.c.edition_id)
            query = query.where((BATCH.c.id <= until) | (EDITION.c.roundup == ""))
        for edition_id, data in self._connection.execute(query).all():
            yield edition_id, packing.unpack(data)

    def planned(self, edition_ids: Collection[int]) -> dict[int, Planned]:
        """What these editions were planned with."""
        found: dict[int, Planned] = {}
        for chunk in chunks(sorted(edition_ids)):
            query = select(EDITION.c.id, EDITION.c.digest_id, EDITION.c.item_ids, EDITION.c.complete)
            for row in self._connection.execute(query.where(EDITION.c.id.in_(chunk))):
                found[row.id] = Planned(row.digest_id, tuple(row.item_ids), row.complete)
        return found

    def with_items(self, digest_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
        """The roundups that hold items of these digests: the items of each, by edition id."""
        found: dict[int, tuple[int, ...]] = {}
        for chunk in chunks(sorted(digest_ids)):
            query = select(EDITION.c.id, EDITION.c.item_ids).where(
                EDITION.c.id.in_(select(ROUNDUP_DIGEST.c.edition_id).where(ROUNDUP_DIGEST.c.digest_id.in_(chunk)))
            )
            found.update((row.id, tuple(row.item_ids)) for row in self._connection.execute(query))
        return found
