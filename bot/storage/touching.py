"""Agendas begun, or called up because something about their reader changed. Apart from the agendas so that whoever
changes a reader can do it, whom the agendas build upon.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, literal, select, update

from bot.storage.schedule_tables import AGENDA
from bot.storage.statements import insert
from bot.storage.subscriber_tables import SUBSCRIBER

NEW: Final = ("subscriber_id", "due_at", "looked", "wishes", "owed", "slots", "waiting")
"""The columns of an agenda that has just begun; its reader, then what `fresh` gives."""


def touch(connection: Connection, which: ColumnElement[bool], *, now: datetime) -> None:
    """The wishes or the state of these readers changed: look at them now. Those who want digests only as they come
    need no agenda."""
    source = select(SUBSCRIBER.c.id, *fresh(looked=now, due_at=now)).where(which, SUBSCRIBER.c.schedule != "each")
    statement = insert(connection, AGENDA).from_select([*NEW], source)
    connection.execute(statement.on_conflict_do_nothing())
    readers = select(SUBSCRIBER.c.id).where(which)
    connection.execute(update(AGENDA).where(AGENDA.c.subscriber_id.in_(readers)).values(due_at=now))


def fresh(*, looked: datetime, due_at: datetime) -> tuple[Any, ...]:
    """An agenda of which nothing is done yet."""
    return (at(due_at), at(looked), *(literal("") for _ in range(4)))


def at(instant: datetime) -> Any:
    """An instant to select."""
    return literal(instant, AGENDA.c.looked.type)
