"""What a reader was sent, words forgotten in time, and nothing left of who asks for that: on both engines."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.ledger import Change, DeliveryState
from bot.core.model import ChatKind, Language, ManagedChat, Place, Rule, RuleAction, RuleKind, Script, Style, Subscriber
from bot.errors import NotFoundError
from bot.services.privacy import Privacy
from bot.storage import NewEdition, PutResult, Storage
from bot.storage.columns import Row
from tests.storage.conftest import NOW
from tests.storage.digests import item

ROBOTS = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics")


def delivered(storage: Storage, reader: Subscriber, put: PutResult, *item_ids: int) -> None:
    """An edition of these items, on its way to a reader."""
    edition = NewEdition(put.digest.id, item_ids, Style.FOLDED, Language.EN, Script.HANS)
    with storage.writing() as tx:
        tx.ledger.add_batches(tx.ledger.add_edition(edition), [reader.id], due_at=NOW)
        tx.ledger.expand(10, now=NOW)


def test_a_reader_has_what_was_planned_for_them_and_nobody_elses(
    storage: Storage, put: Callable[..., PutResult], join: Callable[..., Subscriber]
) -> None:
    first, second = join(1), join(2)
    stored = put(item(1), item(2))
    ids = [one.id for one in stored.digest.items]
    delivered(storage, first, stored, ids[0])
    delivered(storage, second, stored, *ids)
    slot = stored.digest.digest.slot
    with storage.reading() as tx:
        assert tx.received.item_ids(first.id, since=slot) == {ids[0]}
        assert tx.received.item_ids(second.id, since=slot - timedelta(days=3)) == set(ids)
        assert tx.received.item_ids(second.id, since=slot + timedelta(minutes=1)) == set()


def test_what_never_arrived_was_not_received(
    storage: Storage, put: Callable[..., PutResult], join: Callable[..., Subscriber]
) -> None:
    reader, stored = join(1), put(item(1), item(2))
    delivered(storage, reader, stored, *(one.id for one in stored.digest.items))
    with storage.writing() as tx:
        tx.ledger.cancel_for(reader.id, now=NOW)
    with storage.reading() as tx:
        assert tx.received.item_ids(reader.id, since=stored.digest.digest.slot) == set()


def test_long_words_are_forgotten_after_a_month(storage: Storage) -> None:
    with storage.writing() as tx:
        old = tx.phrases.keep("很久以前的词")
        assert tx.phrases.expire(now=NOW) == 0
        young = tx.phrases.keep("昨天的词")
        assert tx.phrases.expire(now=NOW + timedelta(days=29)) == 0
        assert tx.phrases.get(old) == "很久以前的词"
        assert tx.phrases.expire(now=NOW + timedelta(days=30)) == 1
        with pytest.raises(NotFoundError):
            tx.phrases.get(old)
        assert tx.phrases.get(young) == "昨天的词"
        assert tx.phrases.expire(now=NOW + timedelta(days=30, hours=1)) == 0
        assert tx.phrases.expire(now=NOW + timedelta(days=90)) == 1


def traces(storage: Storage, chat_id: int, subscriber_id: int) -> dict[str, int]:
    """In which tables something of a chat stands, by whatever column names it."""
    found: dict[str, int] = {}
    with storage.reading() as tx:
        for table in Row.metadata.sorted_tables:
            named = {"chat_id": chat_id, "user_id": chat_id, "subscriber_id": subscriber_id}
            for column in set(named) & set(table.c.keys()):
                query = select(func.count()).select_from(table).where(table.c[column] == named[column])
                rows = tx._connection.execute(query).scalar_one()  # the schema is asked, not a repository
                found |= {f"{table.name}.{column}": rows} if rows else {}
    return found


def test_who_asks_to_be_forgotten_leaves_no_row_in_any_table(
    storage: Storage, put: Callable[..., PutResult], join: Callable[..., Subscriber]
) -> None:
    me, other = join(1001), join(1002)
    stored = put(item(1), item(2))
    kept = stored.digest.items[0]
    for reader in (me, other):
        delivered(storage, reader, stored, kept.id)
        with storage.writing() as tx:
            tx.subscribers.add_rule(reader.id, ROBOTS, now=NOW)
            tx.saved.add(reader.id, kept.id, now=NOW)
    with storage.writing() as tx:
        sent = tx.ledger.claim(now=NOW, lease_until=NOW + timedelta(minutes=1), limit=9)
        assert len(sent) == 2
    before = traces(storage, 1001, me.id)
    assert {
        "subscriber.chat_id",
        "rule.subscriber_id",
        "saved.subscriber_id",
        "delivery.subscriber_id",
    } <= before.keys()
    assert Privacy(storage).forget(1001, now=NOW) == 1
    assert traces(storage, 1001, me.id) == {}
    assert traces(storage, 1002, other.id) == before
    assert Privacy(storage).forget(1001, now=NOW) == 0


def test_a_delivery_under_way_ends_quietly_when_its_reader_is_forgotten(
    storage: Storage, put: Callable[..., PutResult], join: Callable[..., Subscriber]
) -> None:
    me, stored = join(1001), put(item(1), item(2))
    delivered(storage, me, stored, stored.digest.items[0].id)
    with storage.writing() as tx:
        (claimed,) = tx.ledger.claim(now=NOW, lease_until=NOW + timedelta(minutes=1), limit=9)
        assert tx.ledger.mark_sending([claimed.id], now=NOW) == {claimed.id}
    Privacy(storage).forget(1001, now=NOW)
    change = Change(
        claimed.id,
        DeliveryState.SENDING,
        DeliveryState.SENT,
        due_at=NOW,
        attempts=0,
        parts_sent=1,
        message_ids=(5,),
        reason=None,
        subscriber_id=me.id,
    )
    with storage.writing() as tx:
        tx.ledger.apply([change], now=NOW)
        assert tx.ledger.counts_by_state() == {}
        assert tx.subscribers.find(Place(1001)) is None


def test_who_manages_chats_is_forgotten_too(storage: Storage) -> None:
    with storage.writing() as tx:
        tx.managers.put(1001, ManagedChat(-1005, ChatKind.CHANNEL, "Channel"))
        tx.managers.put(1002, ManagedChat(-1005, ChatKind.CHANNEL, "Channel"))
    privacy = Privacy(storage)
    assert (privacy.keeps(1001), privacy.keeps(1003), privacy.keeps(-1005)) == (True, False, True)
    privacy.forget(1001, now=NOW)
    with storage.reading() as tx:
        assert tx.managers.users_of(-1005) == [1002]
    privacy.forget(-1005, now=NOW)
    assert (privacy.keeps(1002), privacy.keeps(-1005)) == (False, False)


def test_several_places_of_a_chat_go_together(storage: Storage, join: Callable[..., Subscriber]) -> None:
    for thread in (None, 5, 9):
        join(-1001, thread)
    assert Privacy(storage).places(-1001) == 3
    assert Privacy(storage).export(-1001).count(b"\n") == 3
    assert Privacy(storage).forget(-1001, now=NOW) == 3
    assert Privacy(storage).export(-1001) == b""
