"""The delivery ledger: planned, expanded, claimed, sent; nothing lost, nothing twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.core.ledger import IN_DOUBT, Change, Delivery, DeliveryState
from bot.core.model import ChatKind, Language, Place, Preferences, Script, Style, Subscriber, SubscriberState
from bot.core.pieces import Mark
from bot.errors import NotFoundError
from bot.storage import Backlog, Count, Edition, NewEdition, PutResult, Recovered, Storage, packing
from bot.storage.records import Resting
from tests.storage.conftest import NOW
from tests.storage.digests import at, item

Join = Callable[..., Subscriber]
Put = Callable[..., PutResult]
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def first(put: Put) -> int:
    """The id of a stored digest."""
    return put(item(1), item(2), slot=at(day=1)).digest.id


@pytest.fixture
def second(put: Put) -> int:
    """The id of a later digest."""
    return put(item(1), slot=at(day=2)).digest.id


def edition(digest_id: int) -> NewEdition:
    return NewEdition(digest_id, (3, 2, 1), Style.FOLDED, Language.EN, Script.HANT, hidden=2, revision=1, rich=True)


def plan(storage: Storage, digest_id: int, *readers: Subscriber, due_at: datetime = NOW, expand: bool = True) -> int:
    with storage.writing() as tx:
        made = tx.ledger.add_edition(edition(digest_id))
        tx.ledger.add_batches(made, [reader.id for reader in readers], due_at=due_at)
        assert not expand or tx.ledger.expand(100, now=due_at) == 1
    return made


def claim(storage: Storage, *, now: datetime = NOW, limit: int = 100) -> list[Delivery]:
    with storage.writing() as tx:
        return tx.ledger.claim(now=now, lease_until=now + timedelta(minutes=1), limit=limit)


def change(delivery: Delivery, state: DeliveryState, **fields: object) -> Change:
    whole: dict[str, object] = {
        "delivery_id": delivery.id, "before": delivery.state, "state": state, "due_at": delivery.due_at,
        "attempts": delivery.attempts, "parts_sent": delivery.parts_sent, "message_ids": delivery.message_ids,
        "reason": None, "subscriber_id": delivery.subscriber_id, **fields,
    }  # fmt: skip
    return Change(**whole)  # type: ignore[arg-type] # handed on


def apply(storage: Storage, *changes: Change, now: datetime = NOW) -> None:
    with storage.writing() as tx:
        tx.ledger.apply(changes, now=now)


def test_editions_come_back_as_planned(storage: Storage, first: int) -> None:
    with storage.writing() as tx:
        ids = tx.ledger.add_editions([edition(first), edition(first)])
        assert tx.ledger.add_editions([]) == []
        tx.ledger.set_edition_parts(ids[1], '["x"]')
        tx.ledger.set_edition_parts(ids[0], '["y"]', revision=2)
    with storage.reading() as tx:
        assert tx.ledger.get_edition(ids[1]) == Edition(
            ids[1], first, (3, 2, 1), Style.FOLDED, Language.EN, Script.HANT, 2, 1, '["x"]', rich=True
        )
        assert [(made.id, made.revision) for made in tx.ledger.list_editions(first)] == [(ids[0], 2), (ids[1], 1)]
        with pytest.raises(NotFoundError, match="404"):
            tx.ledger.get_edition(404)
        with pytest.raises(NotFoundError, match="405"):
            tx.ledger.get(405)


def test_readers_are_packed_by_five_hundred(storage: Storage, first: int) -> None:
    with storage.writing() as tx:
        made = tx.ledger.add_edition(edition(first))
        assert tx.ledger.add_batches(made, iter(range(1, 1_202)), due_at=NOW) == 1_201
        assert tx.ledger.add_batches(made, [], due_at=NOW) == 0
        assert tx.ledger.count_batches() == 3
        assert tx.ledger.count_batches(due=NOW - timedelta(seconds=1)) == 0
        assert tx.ledger.expand(2, now=NOW) == 2
        assert tx.ledger.expand(2, now=NOW) == 1
        assert tx.ledger.expand(2, now=NOW) == 0


def test_packing_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packing.pack([1, 2**40]) == b"\1" + b"\0" * 7 + b"\0" * 5 + b"\1" + b"\0" * 2
    assert list(packing.unpack(packing.pack([1, 2**40]))) == [1, 2**40]
    # The other byte order, on this machine: packing and unpacking must both turn the bytes around.
    monkeypatch.setattr("bot.storage.packing.sys.byteorder", "big")
    assert packing.pack([1]) == b"\0" * 7 + b"\1"
    assert list(packing.unpack(packing.pack([1]))) == [1]


def test_only_active_readers_get_a_delivery_and_only_one(storage: Storage, join: Join, first: int) -> None:
    readers = [join(1), join(2), join(-1003, 7)]
    with storage.writing() as tx:
        tx.subscribers.set_state(readers[1].id, SubscriberState.PAUSED, now=NOW)
    plan(storage, first, *readers)
    plan(storage, first, *readers)
    claimed = claim(storage)
    assert [delivery.place for delivery in claimed] == [Place(1), Place(-1003, 7)]
    assert [delivery.kind for delivery in claimed] == [ChatKind.PRIVATE, ChatKind.SUPERGROUP]
    assert {delivery.state for delivery in claimed} == {DeliveryState.CLAIMED}


def test_a_batch_waits_until_it_is_due(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(1), due_at=SOON, expand=False)
    with storage.writing() as tx:
        assert tx.ledger.expand(9, now=NOW) == 0
        assert tx.ledger.backlog(Place(1)) == Backlog(1, SOON)
        assert tx.ledger.oldest_pending() == SOON
        assert tx.ledger.expand(9, now=SOON) == 1
        assert tx.ledger.backlog(Place(1)) == Backlog(1, SOON)
        assert tx.ledger.backlog(Place(2)) == Backlog(0, None)


def test_silence_is_the_readers_wish_at_the_time(storage: Storage, join: Join, first: int) -> None:
    reader = join(1)
    plan(storage, first, reader)
    with storage.writing() as tx:
        tx.subscribers.set_preferences(reader.id, Preferences(silent=True), now=NOW)
    assert claim(storage)[0].silent


@pytest.mark.parametrize("newest_first", [False, True])
def test_what_was_announced_first_is_claimed_first_and_nothing_twice(
    storage: Storage, join: Join, first: int, second: int, newest_first: bool
) -> None:
    early, late = (second, first) if newest_first else (first, second)
    readers = [join(1), join(2)]
    plan(storage, early, *readers, expand=False)
    plan(storage, late, *readers, due_at=NOW + timedelta(microseconds=1), expand=False)
    with storage.writing() as tx:
        assert (tx.ledger.expand(1, now=SOON), tx.ledger.expand(1, now=SOON)) == (1, 1)
    assert [delivery.digest_id for delivery in claim(storage, now=SOON, limit=3)] == [early, early, late]
    assert [delivery.digest_id for delivery in claim(storage, now=SOON)] == [late]
    assert claim(storage, now=SOON) == []


def test_a_restart_does_not_change_the_order(storage: Storage, join: Join, first: int, second: int) -> None:
    plan(storage, second, join(1))
    assert [delivery.digest_id for delivery in claim(storage)] == [second]
    plan(storage, first, join(1), due_at=NOW + timedelta(seconds=1))
    with storage.writing() as tx:
        tx.ledger.recover(now=SOON)
    assert [delivery.digest_id for delivery in claim(storage, now=SOON)] == [second, first]


def test_readers_in_batches_are_counted_one_by_one(storage: Storage, first: int) -> None:
    with storage.writing() as tx:
        assert tx.ledger.count_batched() == 0
        tx.ledger.add_batches(tx.ledger.add_edition(edition(first)), range(1, 1_202), due_at=NOW)
        assert tx.ledger.count_batched() == 1_201


def test_a_group_that_moves_keeps_what_is_in_doubt(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(-5))
    (delivery,) = claim(storage)
    apply(storage, change(delivery, DeliveryState.UNKNOWN, parts_sent=3, message_ids=(7, IN_DOUBT, 9)))
    with storage.writing() as tx:
        tx.subscribers.migrate_chat(-5, -1005, now=SOON)
        assert tx.ledger.get(delivery.id).message_ids == (0, IN_DOUBT, 0)


def test_a_group_that_moves_between_pieces_keeps_how_far_its_part_was_sent(
    storage: Storage, join: Join, first: int
) -> None:
    plan(storage, first, join(-5))
    (delivery,) = claim(storage)
    mark = Mark(2, 0, 900)
    apply(storage, change(delivery, DeliveryState.RETRY, message_ids=(7, mark.number)))
    with storage.writing() as tx:
        tx.subscribers.migrate_chat(-5, -1005, now=SOON)
        assert tx.ledger.get(delivery.id).message_ids == (0, mark.number)


def test_what_was_begun_with_a_piece_is_begun_for_a_new_instance(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(1))
    (delivery,) = claim(storage)
    apply(storage, change(delivery, DeliveryState.CLAIMED, message_ids=(7, Mark(2, 0, 900).number)))
    with storage.writing() as tx:
        tx.ledger.recover(now=SOON)
        assert tx.ledger.get(delivery.id).state is DeliveryState.RETRY


def test_a_retry_is_claimed_when_it_is_due(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(1), join(2))
    one, two = claim(storage)
    apply(storage, change(one, DeliveryState.RETRY, due_at=SOON, attempts=2, reason="flood"))
    apply(storage, change(two, DeliveryState.RETRY, due_at=NOW, attempts=1, reason="reset"))
    assert [delivery.id for delivery in claim(storage)] == [two.id]
    (again,) = claim(storage, now=SOON)
    assert (again.id, again.attempts, again.reason) == (one.id, 2, "flood")


def test_what_was_sent_can_be_found_by_its_message(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(-1005, 7), join(9))
    one, two = claim(storage)
    apply(
        storage,
        change(one, DeliveryState.SENT, parts_sent=2, message_ids=(110, 111)),
        change(two, DeliveryState.SENDING, parts_sent=1, message_ids=(11,)),
        now=SOON,
    )
    with storage.reading() as tx:
        found = tx.ledger.find_by_message(-1005, 111)
        assert found is not None
        assert (found.id, found.message_ids, found.parts_sent, found.state) == (
            one.id,
            (110, 111),
            2,
            DeliveryState.SENT,
        )
        assert tx.ledger.get(one.id) == found
        assert tx.ledger.find_by_message(-1005, 11) is None
        assert tx.ledger.find_by_message(9, 111) is None
        last = tx.ledger.last_sent(Place(-1005, 7))
        assert last is not None
        assert (last.digest_id, last.slot, last.at, last.message_ids) == (first, at(day=1), SOON, (110, 111))
        assert tx.ledger.last_sent(Place(9)) is None


def test_only_claimed_deliveries_may_be_sent(storage: Storage, join: Join, first: int) -> None:
    reader, other = join(1), join(2)
    plan(storage, first, reader, other)
    ids = [delivery.id for delivery in claim(storage)]
    with storage.writing() as tx:
        assert tx.ledger.cancel_for(reader.id, now=NOW) == 1
        assert tx.ledger.mark_sending(ids, now=NOW) == {ids[1]}
        assert tx.ledger.mark_sending([], now=NOW) == set()
        assert tx.ledger.cancel_for(other.id, now=NOW) == 0
        assert tx.ledger.failures_by_reason() == [Count("unsubscribed", 1)]


def test_a_new_instance_takes_over_what_the_dead_one_held(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, *(join(number) for number in range(1, 5)))
    flying, begun, untouched, _sent = claim(storage)
    apply(storage, change(_sent, DeliveryState.SENT, parts_sent=1, message_ids=(1,)))
    apply(storage, change(begun, DeliveryState.CLAIMED, attempts=1, reason="flood"))
    with storage.writing() as tx:
        tx.ledger.mark_sending([flying.id], now=NOW)
    with storage.writing() as tx:
        assert tx.ledger.recover(now=SOON) == Recovered(claimed=2, interrupted=1)
        assert tx.ledger.recover(now=SOON) == Recovered(claimed=0, interrupted=0)
        assert tx.ledger.counts_by_state() == {
            DeliveryState.RETRY: 2, DeliveryState.PLANNED: 1, DeliveryState.SENT: 1,
        }  # fmt: skip
    again = {delivery.id: delivery.reason for delivery in claim(storage, now=SOON)}
    assert again == {flying.id: "interrupted", begun.id: "flood", untouched.id: None}


def test_a_lost_chat_blocks_its_reader_in_the_same_transaction(storage: Storage, join: Join, first: int) -> None:
    active, paused = join(1), join(2)
    plan(storage, first, active, paused)
    one, two = claim(storage)
    with storage.writing() as tx:
        tx.subscribers.set_state(paused.id, SubscriberState.PAUSED, reason="asked", now=NOW)
    gone = {"subscriber_state": SubscriberState.BLOCKED, "reason": "bot was blocked"}
    apply(storage, change(one, DeliveryState.GONE, **gone), change(two, DeliveryState.GONE, **gone))
    with storage.reading() as tx:
        assert tx.subscribers.get(active.id).state is SubscriberState.BLOCKED
        assert tx.subscribers.state_reason(active.id) == "bot was blocked"
        assert tx.subscribers.get(paused.id).state is SubscriberState.PAUSED
        assert tx.ledger.failures_by_reason() == [Count("bot was blocked", 2)]


def test_a_moved_chat_moves_its_reader_in_the_same_transaction(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(-5))
    (delivery,) = claim(storage)
    apply(storage, change(delivery, DeliveryState.RETRY, moved_to=-1005, reason="moved"))
    (again,) = claim(storage)
    assert (again.id, again.place, again.kind) == (delivery.id, Place(-1005), ChatKind.SUPERGROUP)


def test_who_is_forgotten_while_a_message_is_on_its_way_moves_nothing(storage: Storage, join: Join, first: int) -> None:
    reader, other = join(-5), join(2)
    plan(storage, first, reader, other)
    one, two = claim(storage)
    with storage.writing() as tx:
        tx.subscribers.forget(reader.place)
    apply(
        storage,
        change(one, DeliveryState.RETRY, moved_to=-1005, reason="moved"),
        change(two, DeliveryState.SENT, parts_sent=1, message_ids=(5,)),
    )
    with storage.reading() as tx:
        assert tx.ledger.counts_by_state() == {DeliveryState.SENT: 1}
        assert tx.subscribers.find(Place(-1005)) is None


def test_a_crowd_asleep_is_gone_through_in_pieces(storage: Storage, join: Join, first: int) -> None:
    sleepers = [join(number, preferences=Preferences(quiet="07:00-23:00")) for number in range(1, 34)]
    plan(storage, first, *sleepers, join(34))
    assert claim(storage, limit=2) == []
    with storage.reading() as tx:
        assert tx.ledger.has_due(now=NOW)
    assert claim(storage, limit=2) == []
    assert [delivery.place.chat_id for delivery in claim(storage, limit=2)] == [34]
    with storage.reading() as tx:
        assert not tx.ledger.has_due(now=NOW)


def test_of_several_changes_the_last_stands(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, join(1))
    (delivery,) = claim(storage)
    apply(storage)
    apply(
        storage,
        change(delivery, DeliveryState.SENDING),
        change(delivery, DeliveryState.SENT, parts_sent=1, message_ids=(5,)),
    )
    with storage.reading() as tx:
        assert tx.ledger.get(delivery.id).state is DeliveryState.SENT


def test_figures_of_what_waits(storage: Storage, join: Join, first: int, second: int) -> None:
    plan(storage, first, join(1), join(2), join(3))
    plan(storage, second, join(1))
    one, *_ = claim(storage, limit=2)
    apply(storage, change(one, DeliveryState.SENT, parts_sent=1, message_ids=(1,)))
    with storage.reading() as tx:
        assert tx.ledger.count_pending() == 3
        assert tx.ledger.oldest_pending() == NOW
        assert tx.ledger.counts_by_state(second) == {DeliveryState.PLANNED: 1}
        assert tx.ledger.backlog(Place(1)) == Backlog(1, NOW)
        assert tx.ledger.failures_by_reason() == []


def test_what_was_put_off_waits_since_that_was_decided_and_comes_later(
    storage: Storage, join: Join, first: int
) -> None:
    plan(storage, first, join(1))
    (one,) = claim(storage)
    apply(storage, change(one, DeliveryState.RETRY, due_at=SOON))
    with storage.reading() as tx:
        assert tx.ledger.oldest_pending() == SOON
        assert tx.ledger.list_resting(now=NOW, limit=9) == [Resting(one.id, one.subscriber_id, SOON)]
        assert tx.ledger.list_resting(now=SOON, limit=9) == []
        assert tx.ledger.waiting_since(now=NOW) == NOW


def test_an_idle_ledger_has_no_oldest(storage: Storage) -> None:
    with storage.reading() as tx:
        assert tx.ledger.oldest_pending() is None
        assert tx.ledger.waiting_since(now=NOW) is None
        assert tx.ledger.count_pending() == 0


def test_two_deliverers_never_claim_the_same(storage: Storage, join: Join, first: int) -> None:
    plan(storage, first, *(join(number) for number in range(1, 9)))
    with storage.writing() as tx:
        early = tx.ledger.claim(now=NOW, lease_until=SOON, limit=4)
        others = [] if storage.engine_name == "sqlite" else claim(storage)
    late = claim(storage)
    ids = [delivery.id for delivery in (*early, *others, *late)]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 8
