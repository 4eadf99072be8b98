"""A group that becomes a supergroup: everything hangs on the chat's id, and the new id may have gathered things of its
own before anybody told us. Apart because merging two readers touches every table of theirs.
"""

from datetime import datetime

from sqlalchemy import Connection, Table, delete, select, update

from bot.core.model import ChatKind, SubscriberState
from bot.core.pieces import NO_MESSAGE
from bot.storage import packing
from bot.storage.managers import Managers
from bot.storage.schedule_tables import AGENDA
from bot.storage.subscriber_tables import DELIVERY, RULE, SAVED, SUBSCRIBER
from bot.storage.touching import touch


def migrate_chat(connection: Connection, old_id: int, new_id: int, *, now: datetime) -> int:
    """Move all places of a chat to its new id; how many moved."""
    if old_id == new_id:
        return 0
    Managers(connection).move(old_id, new_id)
    places = connection.execute(
        select(SUBSCRIBER.c.id, SUBSCRIBER.c.thread_id).where(SUBSCRIBER.c.chat_id == old_id)
    ).all()
    for subscriber_id, thread_id in places:
        twin = connection.execute(
            select(SUBSCRIBER.c.id).where(SUBSCRIBER.c.chat_id == new_id, SUBSCRIBER.c.thread_id == thread_id)
        ).scalar()
        _lose_messages(connection, subscriber_id)
        if twin is not None:
            _absorb(connection, twin=twin, into=subscriber_id, now=now)
        connection.execute(
            update(SUBSCRIBER)
            .where(SUBSCRIBER.c.id == subscriber_id)
            .values(chat_id=new_id, kind=ChatKind.SUPERGROUP.value, updated=now)
        )
    return len(places)


def _absorb(connection: Connection, *, twin: int, into: int, now: datetime) -> None:
    """Give the older reader what the twin at the new place has beyond it; then the twin is gone. Its ledger wins where
    both have a row: it tells what truly reached the new chat."""
    received = select(DELIVERY.c.digest_id).where(DELIVERY.c.subscriber_id == twin, DELIVERY.c.occasion == 0)
    connection.execute(
        delete(DELIVERY).where(
            DELIVERY.c.subscriber_id == into,
            DELIVERY.c.occasion == 0,
            DELIVERY.c.digest_id.in_(received),
            DELIVERY.c.state != "sent",
        )
    )
    for table, key in ((DELIVERY, ("digest_id", "occasion")), (RULE, ("term_id", "action")), (SAVED, ("item_id",))):
        _move(connection, table, key, twin=twin, into=into)
    _keep_following(connection, into)
    _keep_held(connection, twin=twin, into=into, now=now)
    _keep_open(connection, twin=twin, into=into, now=now)
    connection.execute(delete(SUBSCRIBER).where(SUBSCRIBER.c.id == twin))


def _move(connection: Connection, table: Table, key: tuple[str, ...], *, twin: int, into: int) -> None:
    own = table.alias("own")
    same = [own.c[name] == table.c[name] for name in key]
    known = select(own.c.subscriber_id).where(own.c.subscriber_id == into, *same).exists()
    connection.execute(update(table).where(table.c.subscriber_id == twin, ~known).values(subscriber_id=into))


def _keep_following(connection: Connection, subscriber_id: int) -> None:
    follow = select(RULE.c.term_id).where(RULE.c.subscriber_id == subscriber_id, RULE.c.action == "follow").limit(1)
    follows = 1 if connection.execute(follow).first() else 0
    connection.execute(update(SUBSCRIBER).where(SUBSCRIBER.c.id == subscriber_id).values(follows=follows))


def _keep_held(connection: Connection, *, twin: int, into: int, now: datetime) -> None:
    """What quiet hours hold for the twin is owed to the older reader; when, a look at once decides."""
    _move(connection, AGENDA, (), twin=twin, into=into)
    held = connection.execute(select(AGENDA.c.held).where(AGENDA.c.subscriber_id == twin)).scalar()
    if held is not None:
        later = AGENDA.c.held.is_(None) | (AGENDA.c.held > held)
        values = {"held": held, "pending": 1, "due_at": now}
        connection.execute(update(AGENDA).where(AGENDA.c.subscriber_id == into, later).values(values))


def _keep_open(connection: Connection, *, twin: int, into: int, now: datetime) -> None:
    """That the old chat was lost says nothing of the new one."""
    columns = (SUBSCRIBER.c.state, SUBSCRIBER.c.state_reason)
    state, reason = connection.execute(select(*columns).where(SUBSCRIBER.c.id == twin)).one()
    lost = (SUBSCRIBER.c.id == into) & (SUBSCRIBER.c.state == SubscriberState.BLOCKED.value)
    touch(connection, lost, now=now)
    values = {"state": state, "state_reason": reason, "returned": now}
    connection.execute(update(SUBSCRIBER).where(lost).values(values))


def _lose_messages(connection: Connection, subscriber_id: int) -> None:
    rows = connection.execute(
        select(DELIVERY.c.id, DELIVERY.c.message_ids).where(
            DELIVERY.c.subscriber_id == subscriber_id, DELIVERY.c.message_ids != ""
        )
    ).all()
    for key, messages in rows:
        # What is in doubt stays so, and marks say how far a part was sent: the rest comes to the new chat.
        lost = packing.join(min(number, NO_MESSAGE) for number in packing.split(messages))
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == key).values(message_ids=lost))
