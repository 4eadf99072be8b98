"""A group that becomes a supergroup: everything hangs on the chat's id, and the new id may have gathered things of its
own before anybody told us. Apart because merging two readers touches every table of theirs.
"""

from datetime import datetime

from sqlalchemy import Connection, Table, delete, select, update

from bot.core.model import ChatKind
from bot.storage.subscriber_tables import DELIVERY, RULE, SAVED, SUBSCRIBER

_LOST = "0"  # in place of the id of a message that stayed behind in the old chat


def migrate_chat(connection: Connection, old_id: int, new_id: int, *, now: datetime) -> int:
    """Move all places of a chat to its new id; how many moved."""
    if old_id == new_id:
        return 0
    places = connection.execute(
        select(SUBSCRIBER.c.id, SUBSCRIBER.c.thread_id).where(SUBSCRIBER.c.chat_id == old_id)
    ).all()
    for subscriber_id, thread_id in places:
        twin = connection.execute(
            select(SUBSCRIBER.c.id).where(SUBSCRIBER.c.chat_id == new_id, SUBSCRIBER.c.thread_id == thread_id)
        ).scalar()
        _lose_messages(connection, subscriber_id)
        if twin is not None:
            _absorb(connection, twin=twin, into=subscriber_id)
        connection.execute(
            update(SUBSCRIBER)
            .where(SUBSCRIBER.c.id == subscriber_id)
            .values(chat_id=new_id, kind=ChatKind.SUPERGROUP.value, updated=now)
        )
    return len(places)


def _absorb(connection: Connection, *, twin: int, into: int) -> None:
    """Give the older reader what the twin at the new place has beyond it; then the twin is gone. Its ledger wins where
    both have a row: it tells what truly reached the new chat."""
    received = select(DELIVERY.c.digest_id).where(DELIVERY.c.subscriber_id == twin)
    connection.execute(
        delete(DELIVERY).where(
            DELIVERY.c.subscriber_id == into, DELIVERY.c.digest_id.in_(received), DELIVERY.c.state != "sent"
        )
    )
    for table, key in ((DELIVERY, ("digest_id",)), (RULE, ("term_id", "action")), (SAVED, ("item_id",))):
        _move(connection, table, key, twin=twin, into=into)
    _keep_following(connection, into)
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


def _lose_messages(connection: Connection, subscriber_id: int) -> None:
    rows = connection.execute(
        select(DELIVERY.c.id, DELIVERY.c.message_ids).where(
            DELIVERY.c.subscriber_id == subscriber_id, DELIVERY.c.message_ids != ""
        )
    ).all()
    for key, messages in rows:
        lost = ",".join([_LOST] * len(messages.split(",")))
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == key).values(message_ids=lost))
