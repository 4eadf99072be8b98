"""What a deliverer may not take yet because its reader is asleep. Apart from the ledger because it looks at wishes: the
ledger says what is due, this says for whom it is night.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from bot.core.ledger import DeliveryState
from bot.core.model import Night
from bot.core.schedule import quiet_end, quiet_of, zone_of
from bot.storage.agendas import Agendas
from bot.storage.schedule_tables import ANNOUNCED
from bot.storage.statements import chunks
from bot.storage.subscriber_tables import DELIVERY


def night_end(row: Row[Any], zone: tzinfo, now: datetime) -> datetime | None:
    """When the quiet hours of a delivery's reader are over, if it is in them; `row` of SELECT_DELIVERY."""
    return quiet_end(quiet_of(row.quiet), zone_of(row.time_zone, zone), at=now) if row.quiet else None


def awake(connection: Connection, rows: Sequence[Row[Any]], *, zone: tzinfo, now: datetime) -> list[Row[Any]]:
    """Those due deliveries whose readers may be written to now. The others are put off to the end of their quiet hours:
    a digest of which nothing was sent becomes part of the roundup then, anything else stays a delivery of its own."""
    held: defaultdict[tuple[int, datetime], list[Row[Any]]] = defaultdict(list)
    later: defaultdict[datetime, list[int]] = defaultdict(list)
    taken = []
    for row in rows:
        end = night_end(row, zone, now) if row.night == Night.HOLD.value else None
        if end is None:
            taken.append(row)
        elif row.state == DeliveryState.PLANNED.value and not row.occasion and not row.parts_sent:
            held[row.digest_id, end].append(row)
        else:
            later[end].append(row.id)
    for (digest_id, end), rows_held in held.items():
        if not _held(connection, digest_id, end, rows_held):
            later[end] += [row.id for row in rows_held]
    for end, ids in later.items():
        for chunk in chunks(ids):
            connection.execute(update(DELIVERY).where(DELIVERY.c.id.in_(chunk)).values(due_at=end))
    return taken


def _held(connection: Connection, digest_id: int, end: datetime, rows: Sequence[Row[Any]]) -> bool:
    """Turn planned pushes of a digest into what their readers are owed; False if it was never announced."""
    announced = connection.execute(select(ANNOUNCED.c.at).where(ANNOUNCED.c.digest_id == digest_id)).scalar()
    if announced is None:
        return False
    Agendas(connection).hold([row.subscriber_id for row in rows], since=announced, due_at=end)
    for chunk in chunks([row.id for row in rows]):
        connection.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(chunk)))
    return True
