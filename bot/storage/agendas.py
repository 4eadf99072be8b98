"""What readers are owed and when, shaped for many: taken by the thousand in order of time, and written back by the
handful of values that most of them share. Apart from the readers, whose wishes this only reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, case, func, literal, select, update

from bot.core.agenda import Agenda, Owed
from bot.core.model import Language, Preferences, SubscriberState
from bot.storage import packing
from bot.storage.records import AgendaLine
from bot.storage.schedule_tables import AGENDA
from bot.storage.statements import chunks, insert
from bot.storage.subscriber_tables import SUBSCRIBER
from bot.storage.subscribers import PREFERENCES, preferences_from
from bot.storage.touching import NEW, at, fresh

_PIECE = 20_000
_AT_ONCE = 5_000  # at night all readers are held in the transaction that announces a digest
_COLUMNS = ("due_at", "looked", "wishes", "held", "since", "owed", "slots", "waiting", "pending")


class Agendas:
    """Agendas by time and reader."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, subscriber_id: int) -> Agenda | None:
        """The agenda of a reader; None while nothing but digests as they come is wanted of us."""
        query = select(*(AGENDA.c[name] for name in _COLUMNS)).where(AGENDA.c.subscriber_id == subscriber_id)
        row = self._connection.execute(query).first()
        return _agenda(tuple(row)) if row else None

    def take_due(self, *, now: datetime, limit: int) -> list[AgendaLine]:
        """Up to `limit` agendas that are due, those due first, with what is needed to plan for their readers. Nobody
        else gets the same ones until the transaction ends; `put` says when each is due again."""
        query = (
            select(AGENDA.c.subscriber_id, *(AGENDA.c[name] for name in _COLUMNS), *_WISHES)
            .join(SUBSCRIBER, SUBSCRIBER.c.id == AGENDA.c.subscriber_id)
            .where(AGENDA.c.due_at <= now)
            .order_by(AGENDA.c.due_at, AGENDA.c.subscriber_id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=AGENDA)
        )
        agendas, wishes = cache(_agenda), cache(_wishes)  # most readers of a time wish the same
        return [
            AgendaLine(row[0], agendas(row[1:_SPLIT]), *wishes(row[_SPLIT:])) for row in self._connection.execute(query)
        ]

    def next_due(self) -> datetime | None:
        """When the first agenda is due."""
        return self._connection.execute(select(func.min(AGENDA.c.due_at))).scalar()

    def put(self, agendas: Iterable[tuple[int, Agenda]]) -> None:
        """Write agendas that exist, by their readers' ids. Those that read alike are written together."""
        alike: defaultdict[Agenda, list[int]] = defaultdict(list)
        for owner, agenda in agendas:
            alike[agenda].append(owner)
        for agenda, owners in alike.items():
            values = dict(zip(_COLUMNS, _values(agenda), strict=True))
            for chunk in chunks(owners):
                self._connection.execute(update(AGENDA).where(AGENDA.c.subscriber_id.in_(chunk)).values(values))

    def hold(self, subscriber_ids: Sequence[int], *, since: datetime, due_at: datetime) -> None:
        """Pushes announced at `since` wait for these readers, not longer than until `due_at` (`bot.core.agenda.hold`,
        for many at once)."""
        for chunk in chunks(subscriber_ids, _AT_ONCE):
            source = select(SUBSCRIBER.c.id, *fresh(looked=since, due_at=due_at), at(since), literal(1)).where(
                SUBSCRIBER.c.id.in_(chunk)
            )
            statement = insert(self._connection, AGENDA).from_select([*NEW, "held", "pending"], source)
            held, due = AGENDA.c.held, AGENDA.c.due_at
            new = statement.excluded
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["subscriber_id"],
                    set_={
                        "held": case((held.is_(None) | (held > new.held), new.held), else_=held),
                        "due_at": case((due.is_(None) | (due > new.due_at), new.due_at), else_=due),
                        "pending": 1,
                    },
                )
            )

    def pending(self) -> Iterator[int]:
        """The readers for whom something is held, or waits to become enough, in order of id."""
        key, after = AGENDA.c.subscriber_id, 0
        query = select(key).where(AGENDA.c.pending == literal(1, literal_execute=True)).order_by(key).limit(_PIECE)
        while piece := self._connection.execute(query.where(key > after)).scalars().all():
            yield from piece
            after = piece[-1]


_SPLIT = 1 + len(_COLUMNS)
_WISHES = (
    *(SUBSCRIBER.c[name] for name in ("state", "language", "follows", "returned")),
    *(SUBSCRIBER.c[name] for name in PREFERENCES),
)


def _values(agenda: Agenda) -> tuple[Any, ...]:
    slots = "\n".join(f"{int(slot.timestamp())} {entry}" for entry, slot in agenda.slots)
    return (
        *(agenda.due_at, agenda.looked, agenda.key, agenda.held, agenda.since, agenda.owed.value, slots),
        packing.join(agenda.waiting),
        int(agenda.held is not None or bool(agenda.waiting)),
    )


def _agenda(columns: tuple[Any, ...]) -> Agenda:
    due_at, looked, key, held, since, owed, slots, waiting, _ = columns
    lines = (line.partition(" ") for line in slots.splitlines())
    return Agenda(
        due_at=due_at,
        looked=looked,
        key=key,
        held=held,
        since=since,
        owed=Owed(owed),
        slots=tuple((entry, datetime.fromtimestamp(int(slot), UTC)) for slot, _, entry in lines),
        waiting=packing.split(waiting),
    )


def _wishes(columns: tuple[Any, ...]) -> tuple[bool, Language, Preferences, bool, datetime | None]:
    """Whether pushes are wanted, language, preferences, whether there are follow rules, and the last return."""
    state, language, follows, returned, *rest = columns
    return state == SubscriberState.ACTIVE.value, Language(language), preferences_from(*rest), bool(follows), returned
