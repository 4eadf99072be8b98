"""Readers: found by place, changed, blocked, moved and forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.core.ledger import Change, DeliveryState
from bot.core.model import (
    ChatKind,
    Language,
    Place,
    Preferences,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    Style,
    Subscriber,
    SubscriberState,
)
from bot.errors import NotFoundError
from bot.storage import NewEdition, PutResult, Storage, SubscriberCounts
from bot.storage.subscriber_tables import TERM
from tests.storage.conftest import NOW
from tests.storage.digests import item

Join = Callable[..., Subscriber]
LATER = NOW + timedelta(hours=1)
TOPIC = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models")
WORD = Rule(RuleAction.MUTE, RuleKind.KEYWORD, "GPT-5")


def test_a_place_subscribes_once(storage: Storage) -> None:
    with storage.writing() as tx:
        first, made = tx.subscribers.ensure(
            Place(-1001234567890, 7), kind=ChatKind.SUPERGROUP, title="读者\0", language=Language.ZH_HANT, now=NOW
        )
        again, made_again = tx.subscribers.ensure(
            Place(-1001234567890, 7), kind=ChatKind.SUPERGROUP, title="renamed", language=Language.EN, now=LATER
        )
    assert (made, made_again) == (True, False)
    assert (first.title, first.since, first.state) == ("读者", NOW, SubscriberState.ACTIVE)
    assert (again.id, again.title, again.language, again.since) == (first.id, "renamed", Language.ZH_HANT, NOW)
    assert first.preferences == Preferences()


def test_topics_of_a_chat_and_the_chat_are_different_places(storage: Storage, join: Join) -> None:
    ids = {join(-100, thread).id for thread in (None, 5, 6)}
    assert len(ids) == 3
    with storage.reading() as tx:
        found = tx.subscribers.find(Place(-100))
        assert found is not None
        assert found.place == Place(-100, None)
        assert [reader.place.thread_id for reader in tx.subscribers.list_of_chat(-100)] == [None, 5, 6]
        assert tx.subscribers.find(Place(-100, 7)) is None


def test_of_two_who_change_a_reader_in_the_same_instant_the_second_sees_what_the_first_did(
    storage: Storage, join: Join
) -> None:
    join(5)

    def change(meanwhile: Callable[[], None], **wish: Any) -> None:
        with storage.writing() as tx:
            known, _ = tx.subscribers.ensure(Place(5), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=LATER)
            meanwhile()
            tx.subscribers.set_preferences(known.id, replace(known.preferences, **wish), now=LATER)

    def press() -> None:
        other.start()
        other.join(0.3)  # long enough to read what is kept, were that possible now

    other = Thread(target=change, args=(lambda: None,), kwargs={"rich": True})
    change(press, silent=True)
    other.join()
    with storage.reading() as tx:
        kept = tx.subscribers.find(Place(5))
    assert kept is not None
    assert (kept.preferences.silent, kept.preferences.rich) == (True, True)


def test_ids_of_64_bits(storage: Storage, join: Join) -> None:
    huge = 2**52 + 1
    join(huge, 2**40)
    with storage.reading() as tx:
        assert tx.subscribers.find(Place(huge, 2**40)) is not None


def test_everything_that_can_be_set_is_set(storage: Storage, join: Join) -> None:
    reader = join(1)
    wishes = Preferences(
        style=Style.HEADLINES,
        script=Script.HANT,
        schedule=("daily 08:00", "weekly MON 09:30"),
        time_zone="Europe/Berlin",
        quiet="22:00-07:00",
        rich=True,
        silent=True,
    )
    with storage.writing() as tx:
        assert tx.subscribers.set_preferences(reader.id, wishes, now=LATER)
        assert tx.subscribers.set_language(reader.id, Language.ZH_HANS, now=LATER)
        assert tx.subscribers.set_state(reader.id, SubscriberState.PAUSED, reason="asked", now=LATER)
    with storage.reading() as tx:
        found = tx.subscribers.get(reader.id)
        assert tx.subscribers.state_reason(reader.id) == "asked"
    assert (found.preferences, found.language, found.state) == (wishes, Language.ZH_HANS, SubscriberState.PAUSED)


def test_who_does_not_exist_cannot_be_changed(storage: Storage) -> None:
    with storage.writing() as tx:
        assert not tx.subscribers.set_state(404, SubscriberState.PAUSED, now=NOW)
        assert not tx.subscribers.set_language(404, Language.EN, now=NOW)
        assert not tx.subscribers.set_preferences(404, Preferences(), now=NOW)
        assert tx.subscribers.state_reason(404) == ""
        assert not tx.subscribers.forget(Place(404))
        with pytest.raises(NotFoundError, match="404"):
            tx.subscribers.get(404)


def test_rules_keep_their_order_and_spelling(storage: Storage, join: Join) -> None:
    reader = join(1)
    with storage.writing() as tx:
        assert tx.subscribers.add_rule(reader.id, WORD, now=NOW)
        assert tx.subscribers.add_rule(reader.id, TOPIC, now=NOW)
        assert not tx.subscribers.add_rule(reader.id, Rule(RuleAction.MUTE, RuleKind.KEYWORD, "gpt5"), now=NOW)
        assert tx.subscribers.get(reader.id).rules == (WORD, TOPIC)
        assert tx.subscribers.remove_rule(reader.id, Rule(RuleAction.MUTE, RuleKind.KEYWORD, "gpt5"))
        assert not tx.subscribers.remove_rule(reader.id, WORD)
        assert tx.rules.list_of(reader.id) == (TOPIC,)
        tx.subscribers.set_rules(reader.id, [WORD, WORD, TOPIC], now=NOW)
        assert tx.subscribers.get(reader.id).rules == (WORD, TOPIC)
        tx.subscribers.set_rules(reader.id, [], now=NOW)
        assert tx.subscribers.get(reader.id).rules == ()


def test_follow_and_mute_of_one_thing_are_two_rules(storage: Storage, join: Join) -> None:
    reader = join(1)
    rules = (TOPIC, Rule(RuleAction.MUTE, RuleKind.TOPIC, "models"))
    with storage.writing() as tx:
        tx.subscribers.set_rules(reader.id, rules, now=NOW)
        assert tx.subscribers.get(reader.id).rules == rules


def test_a_chat_is_blocked_and_comes_back_with_everything(storage: Storage, join: Join) -> None:
    readers = [join(-100), join(-100, 5), join(-200)]
    with storage.writing() as tx:
        tx.subscribers.add_rule(readers[0].id, TOPIC, now=NOW)
        tx.subscribers.set_state(readers[1].id, SubscriberState.PAUSED, now=NOW)
        assert tx.subscribers.block_chat(-100, reason="kicked", now=LATER) == 1
        assert tx.subscribers.counts() == SubscriberCounts(active=1, paused=1, blocked=1)
        assert tx.subscribers.unblock_chat(-100, now=LATER) == 1
        assert tx.subscribers.counts() == SubscriberCounts(active=2, paused=1, blocked=0)
        assert tx.subscribers.get(readers[0].id).rules == (TOPIC,)


def test_all_readers_stream_in_order(storage: Storage, join: Join) -> None:
    readers = [join(number) for number in range(1, 8)]
    with storage.writing() as tx:
        tx.subscribers.set_state(readers[3].id, SubscriberState.BLOCKED, now=NOW)
        everyone = [reader.id for reader in tx.subscribers.stream(size=3)]
        active = [reader.id for reader in tx.subscribers.stream(state=SubscriberState.ACTIVE, size=3)]
    assert everyone == [reader.id for reader in readers]
    assert active == [reader.id for reader in readers if reader is not readers[3]]


def deliver(storage: Storage, reader: Subscriber, result: PutResult, *message_ids: int) -> None:
    """Give a reader a delivery of a digest, sent as these messages."""
    with storage.writing() as tx:
        edition = tx.ledger.add_edition(
            NewEdition(result.digest.id, (), Style.FULL, Language.EN, Script.HANS, hidden=0)
        )
        tx.ledger.add_batches(edition, [reader.id], due_at=NOW)
        tx.ledger.expand(9, now=NOW)
        (delivery,) = tx.ledger.claim(now=NOW, lease_until=NOW, limit=9)
        sent = Change(
            delivery.id, delivery.state, DeliveryState.SENT, NOW, 0, len(message_ids), message_ids, None, reader.id
        )
        tx.ledger.apply([sent], now=NOW)


def test_a_group_that_becomes_a_supergroup_keeps_everything(
    storage: Storage, join: Join, put: Callable[..., PutResult]
) -> None:
    reader = join(-5)
    result = put(item(1))
    deliver(storage, reader, result, 10, 11)
    with storage.writing() as tx:
        tx.subscribers.add_rule(reader.id, TOPIC, now=NOW)
        tx.saved.add(reader.id, result.digest.items[0].id, now=NOW)
        assert tx.subscribers.migrate_chat(-5, -1005, now=LATER) == 1
        moved = tx.subscribers.find(Place(-1005))
        assert tx.subscribers.find(Place(-5)) is None
        assert moved is not None
        assert (moved.id, moved.kind, moved.rules) == (reader.id, ChatKind.SUPERGROUP, (TOPIC,))
        assert tx.saved.count(moved.id) == 1
        last = tx.ledger.last_sent(Place(-1005))
        assert last is not None
        assert last.message_ids == (0, 0)
        assert tx.ledger.find_by_message(-1005, 10) is None
        assert tx.subscribers.migrate_chat(-5, -1005, now=LATER) == 0
        assert tx.subscribers.migrate_chat(-1005, -1005, now=LATER) == 0


def test_what_the_new_chat_gathered_is_merged(storage: Storage, join: Join, put: Callable[..., PutResult]) -> None:
    old, new, topic = join(-5), join(-1005), join(-1005, 9)
    first, second = put(item(1), slot=None), put(item(1), slot=NOW)
    deliver(storage, old, first, 10)
    deliver(storage, new, first, 1)
    deliver(storage, new, second, 2)
    kept = first.digest.items[0].id
    with storage.writing() as tx:
        tx.subscribers.set_rules(old.id, [WORD], now=NOW)
        tx.subscribers.set_rules(new.id, [WORD, TOPIC], now=NOW)
        tx.saved.add(old.id, kept, now=NOW)
        tx.saved.add(new.id, kept, now=NOW)
        tx.saved.add(new.id, second.digest.items[0].id, now=NOW)
        assert tx.subscribers.migrate_chat(-5, -1005, now=LATER) == 1
        assert [reader.id for reader in tx.subscribers.stream()] == [old.id, topic.id]
        assert set(tx.subscribers.get(old.id).rules) == {WORD, TOPIC}
        assert tx.saved.count(old.id) == 2
        assert tx.ledger.counts_by_state() == {DeliveryState.SENT: 2}
        follows = {row[0]: row[7] for row in tx.planning.stream_subscribers()}
        assert follows == {old.id: 1, topic.id: 0}


def test_a_roundup_in_the_new_chat_does_not_stand_for_the_push(
    storage: Storage, join: Join, put: Callable[..., PutResult]
) -> None:
    old, new = join(-5), join(-1005)
    result = put(item(1))
    with storage.writing() as tx:
        push = NewEdition(result.digest.id, (1,), Style.FOLDED, Language.EN, Script.HANS)
        ids = tx.ledger.add_editions([push, replace(push, roundup="daily 2026-11-21 08:00")])
        for edition_id, reader in zip(ids, (old, new), strict=True):
            tx.ledger.add_batches(edition_id, [reader.id], due_at=NOW)
        tx.ledger.expand(9, now=NOW)
        tx.subscribers.migrate_chat(-5, -1005, now=LATER)
        due = tx.ledger.claim(now=NOW, lease_until=LATER, limit=9)
    assert [(delivery.subscriber_id, delivery.edition_id) for delivery in due] == [(old.id, ids[0]), (old.id, ids[1])]


@pytest.mark.parametrize("schedule", [("each",), ("daily 08:00",)])
def test_what_is_held_for_the_new_chat_is_kept(storage: Storage, join: Join, schedule: tuple[str, ...]) -> None:
    old, new = join(-5, preferences=Preferences(schedule=schedule)), join(-1005)
    with storage.writing() as tx:
        tx.agendas.hold([new.id], since=NOW, due_at=LATER)
        tx.subscribers.migrate_chat(-5, -1005, now=NOW)
        agenda = tx.agendas.find(old.id)
        assert agenda is not None
        assert agenda.held == NOW
        assert list(tx.agendas.pending()) == [old.id]


@pytest.mark.parametrize(
    ("old_state", "new_state", "state"),
    [
        (SubscriberState.BLOCKED, SubscriberState.ACTIVE, SubscriberState.ACTIVE),
        (SubscriberState.BLOCKED, SubscriberState.PAUSED, SubscriberState.PAUSED),
        (SubscriberState.BLOCKED, SubscriberState.BLOCKED, SubscriberState.BLOCKED),
        (SubscriberState.PAUSED, SubscriberState.ACTIVE, SubscriberState.PAUSED),
        (SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.ACTIVE),
    ],
)
def test_a_lost_old_chat_does_not_silence_the_new_one(
    storage: Storage, join: Join, old_state: SubscriberState, new_state: SubscriberState, state: SubscriberState
) -> None:
    old, new = join(-5), join(-1005)
    with storage.writing() as tx:
        tx.subscribers.set_state(old.id, old_state, reason="r", now=NOW)
        tx.subscribers.set_state(new.id, new_state, reason="r", now=NOW)
        tx.subscribers.migrate_chat(-5, -1005, now=LATER)
        assert tx.subscribers.get(old.id).state is state


def test_forgetting_deletes_the_ledger_too(storage: Storage, join: Join, put: Callable[..., PutResult]) -> None:
    reader, other = join(1), join(2)
    result = put(item(1))
    deliver(storage, reader, result, 10)
    with storage.writing() as tx:
        tx.subscribers.add_rule(reader.id, TOPIC, now=NOW)
        tx.saved.add(reader.id, result.digest.items[0].id, now=NOW)
        assert tx.subscribers.forget(Place(1))
        assert tx.subscribers.find(Place(1)) is None
        assert tx.ledger.counts_by_state() == {}
        assert list(tx.planning.postings(tx.planning.terms(RuleKind.TOPIC, ["models"]).values())) == []
        assert [reader.id for reader in tx.subscribers.stream()] == [other.id]


def test_the_id_of_a_forgotten_reader_is_not_given_again(storage: Storage, join: Join) -> None:
    gone = join(1)
    with storage.writing() as tx:
        tx.subscribers.forget(Place(1))
    assert join(1).id != gone.id


def test_bookmarks(storage: Storage, join: Join, put: Callable[..., PutResult]) -> None:
    reader = join(1)
    result = put(item(1, "one"), item(2, "two"))
    one, two = (stored.id for stored in result.digest.items)
    with storage.writing() as tx:
        assert tx.saved.add(reader.id, two, now=NOW)
        assert tx.saved.add(reader.id, one, now=LATER)
        assert not tx.saved.add(reader.id, one, now=LATER)
        assert [stored.item.title for stored in tx.saved.list_of(reader.id, limit=9)] == ["one", "two"]
        assert [stored.item.title for stored in tx.saved.list_of(reader.id, limit=1, offset=1)] == ["two"]
        assert [mark.number for mark in tx.saved.marks_of_many([reader.id, 404])[reader.id]] == [2, 1]
        assert tx.saved.has(reader.id, one)
        assert tx.saved.remove(reader.id, one)
        assert not tx.saved.remove(reader.id, one)
        assert not tx.saved.has(reader.id, one)
        assert tx.saved.count(reader.id) == 1


def test_a_new_index_also_finds_keyword_rules_by_todays_tokens(storage: Storage, join: Join) -> None:
    reader = join(5)
    words = [
        Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, word) for word in ("GPT-5", "開源 模型", '"大模型 推理"', "芯", "！")
    ]
    kept = select(TERM.c.value, TERM.c.lookup).order_by(TERM.c.id)
    with storage.writing() as tx:
        tx.subscribers.set_rules(reader.id, [*words, TOPIC], now=NOW)
        assert tx.subscribers.renew_lookups() == 0
        before = tx._connection.execute(kept).all()
        tx._connection.execute(update(TERM).values(lookup="of old"))
    storage.reindex()
    with storage.reading() as tx:
        after = tx._connection.execute(kept.where(TERM.c.kind == "keyword")).all()
    assert after == [row for row in before if row.value != "models"]
    assert [row.lookup for row in before if row.value == "models"] == [None]
