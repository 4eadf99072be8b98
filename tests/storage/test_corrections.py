"""What was sent and is out of date: found, edited or put off, and forgotten when done; on both engines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.layout import PartLayout
from bot.core.ledger import Change, DeliveryState
from bot.core.model import Language, Script, Style, Subscriber
from bot.storage import PutResult, Storage
from bot.storage.records import Amendment, NewEdition, OutdatedDelivery
from tests.storage.conftest import NOW
from tests.storage.digests import at, item

Put = Callable[..., PutResult]
Join = Callable[..., Subscriber]
WEEK = timedelta(days=7)


def sent(storage: Storage, digest_id: int, *readers: Subscriber, complete: bool = True) -> int:
    """An edition, rendered at revision 1 in two parts, that these have received; its id."""
    new = NewEdition(digest_id, (1, 2), Style.FOLDED, Language.EN, Script.HANS, complete=complete)
    with storage.writing() as tx:
        made = tx.ledger.add_edition(new)
        tx.ledger.add_batches(made, [reader.id for reader in readers], due_at=NOW)
        tx.ledger.expand(100, now=NOW)
        taken = tx.ledger.claim(now=NOW, lease_until=NOW + timedelta(minutes=1), limit=100)
        tx.ledger.mark_sending([delivery.id for delivery in taken], now=NOW)
        tx.ledger.set_edition_parts(made, "[]", revision=1, layout=(PartLayout(1, (1,)), PartLayout(1, (2,))))
        tx.ledger.apply(
            [
                Change(
                    delivery_id=one.id, before=DeliveryState.SENDING, state=DeliveryState.SENT, due_at=NOW, attempts=0,
                    parts_sent=2, message_ids=(10 * one.id, 10 * one.id + 1), reason=None,
                    subscriber_id=one.subscriber_id, revision=1,
                )
                for one in taken
            ],
            now=NOW,
        )  # fmt: skip
    return made


def correct(storage: Storage, put: Put, *, day: int = 26, title: str = "other") -> int:
    """Correct the digest of a day and mark it; how many editions that concerned."""
    digest = put(item(1, title), slot=at(day=day)).digest
    with storage.writing() as tx:
        return tx.corrections.mark(digest.id)


def redraw(storage: Storage, edition_id: int, *, revision: int = 2) -> None:
    with storage.writing() as tx:
        tx.ledger.set_edition_parts(
            edition_id, "[2]", revision=revision, layout=(PartLayout(revision, (1,)), PartLayout(1, (2,)))
        )


def outdated(storage: Storage, digest_id: int, *, after: int = 0, limit: int = 100) -> list[OutdatedDelivery]:
    with storage.reading() as tx:
        return tx.corrections.list_deliveries(digest_id, after=after, limit=limit, since=NOW - WEEK)


def marked(storage: Storage) -> list[tuple[int, int]]:
    with storage.reading() as tx:
        return tx.corrections.list_digests()


@pytest.fixture
def first(put: Put) -> int:
    return put(item(1, "one"), slot=at()).digest.id


def test_a_corrected_digest_is_out_of_date_until_its_edition_is_drawn_and_its_messages_are_edited(
    storage: Storage, put: Put, join: Join, first: int
) -> None:
    edition = sent(storage, first, join(1), join(2))
    assert (marked(storage), outdated(storage, first)) == ([], [])
    assert correct(storage, put) == 1
    with storage.reading() as tx:
        assert (tx.corrections.list_outdated(), tx.corrections.list_outdated(first)) == ([edition], [edition])
        assert tx.corrections.list_outdated(first + 1) == []
        assert tx.corrections.revision_of(first) == 2
    assert (marked(storage), outdated(storage, first)) == ([(first, 2)], [])
    redraw(storage, edition)
    found = outdated(storage, first)
    assert [one.delivery.message_ids for one in found] == [(10, 11), (20, 21)]
    assert outdated(storage, first, after=found[0].delivery.subscriber_id) == found[1:]
    assert outdated(storage, first, limit=1) == found[:1]
    with storage.writing() as tx:
        tx.corrections.record([Amendment(one.delivery, 2) for one in found])
        tx.corrections.finish(first)
    assert (marked(storage), outdated(storage, first)) == ([], [])


def test_the_layout_comes_back_and_an_older_drawing_is_not_kept(
    storage: Storage, put: Put, join: Join, first: int
) -> None:
    edition = sent(storage, first, join(1))
    correct(storage, put)
    redraw(storage, edition)
    redraw(storage, edition, revision=1)
    with storage.reading() as tx:
        kept = tx.ledger.get_edition(edition)
    assert kept.layout == (PartLayout(2, (1,)), PartLayout(1, (2,)))
    assert (kept.revision, kept.parts, kept.complete) == (2, "[2]", True)


def test_what_was_drawn_while_the_digest_was_corrected_is_marked(
    storage: Storage, put: Put, join: Join, first: int
) -> None:
    put(item(1, "other"), slot=at())
    sent(storage, first, join(1))
    assert marked(storage) == [(first, 2)]


def test_finishing_leaves_what_was_corrected_again(storage: Storage, put: Put, join: Join, first: int) -> None:
    edition = sent(storage, first, join(1))
    correct(storage, put)
    redraw(storage, edition)
    correct(storage, put, title="third")
    with storage.writing() as tx:
        tx.corrections.finish(first)
    assert marked(storage) == [(first, 3)]


def test_an_edit_put_off_is_remembered_until_it_is_made(storage: Storage, put: Put, join: Join, first: int) -> None:
    edition = sent(storage, first, join(1), join(2))
    correct(storage, put)
    redraw(storage, edition)
    later = NOW + timedelta(hours=1)
    one, other = (found.delivery for found in outdated(storage, first))
    with storage.writing() as tx:
        tx.corrections.record([Amendment(one, again=later, attempts=1), Amendment(replace(one, id=404), again=later)])
        tx.corrections.record([Amendment(one, again=later, attempts=2), Amendment(other, 2)])
        assert tx.corrections.next_due() == later
    assert outdated(storage, first) == [OutdatedDelivery(one, later, 2)]
    with storage.writing() as tx:
        tx.corrections.record([Amendment(one, 2)])
        assert tx.corrections.next_due() is None
    assert outdated(storage, first) == []


def test_a_message_that_came_since_keeps_the_delivery_out_of_date(
    storage: Storage, put: Put, join: Join, first: int
) -> None:
    edition = sent(storage, first, join(1))
    correct(storage, put)
    redraw(storage, edition)
    (found,) = outdated(storage, first)
    with storage.writing() as tx:
        tx.corrections.record([Amendment(replace(found.delivery, message_ids=(10,)), 2)])
    assert outdated(storage, first) == [found]


def test_who_is_blocked_or_was_sent_it_long_ago_is_left_out(storage: Storage, put: Put, join: Join, first: int) -> None:
    edition = sent(storage, first, join(1), join(2))
    correct(storage, put)
    redraw(storage, edition)
    with storage.writing() as tx:
        tx.subscribers.block_chat(1, reason="blocked", now=NOW)
        assert tx.corrections.list_deliveries(first, after=0, limit=9, since=NOW + timedelta(seconds=1)) == []
    assert [one.delivery.place.chat_id for one in outdated(storage, first)] == [2]


def test_what_is_being_sent_is_in_flight_and_left_out(storage: Storage, put: Put, join: Join, first: int) -> None:
    edition, other = sent(storage, first, join(1)), join(2)
    with storage.writing() as tx:
        assert not tx.corrections.in_flight(first)
        tx.ledger.add_batches(edition, [other.id], due_at=NOW)
        tx.ledger.expand(1, now=NOW)
        tx.ledger.claim(now=NOW, lease_until=NOW, limit=1)
        assert tx.corrections.in_flight(first)
        assert not tx.corrections.in_flight(first + 1)


def test_who_does_not_want_an_addition_gets_an_edition_apart(storage: Storage, join: Join, first: int) -> None:
    readers = [join(number) for number in (1, 2, 3, 4)]
    edition = sent(storage, first, *readers[:2])
    with storage.writing() as tx:
        tx.ledger.add_batches(edition, [reader.id for reader in readers[2:]], due_at=NOW)
        tx.corrections.set_apart(first, [readers[1].id, readers[3].id, 999])
        tx.ledger.expand(100, now=NOW)
        editions = {one.id: one for one in tx.ledger.list_editions(first)}
        deliveries = [tx.ledger.get(number) for number in (1, 2, 3, 4)]
    (twin,) = editions.keys() - {edition}
    by_reader = {one.place.chat_id: one.edition_id for one in deliveries}
    assert by_reader == {1: edition, 2: twin, 3: edition, 4: twin}
    assert editions[twin] == replace(editions[edition], id=twin, complete=False)


def test_nobody_is_set_apart_from_an_edition_that_takes_no_additions(storage: Storage, join: Join, first: int) -> None:
    reader = join(1)
    sent(storage, first, reader, complete=False)
    with storage.writing() as tx:
        tx.corrections.set_apart(first, [reader.id])
        tx.corrections.set_apart(first, [])
        assert len(tx.ledger.list_editions(first)) == 1


def test_a_cancelled_delivery_is_not_revived_by_its_release(storage: Storage, join: Join, first: int) -> None:
    reader = join(1)
    with storage.writing() as tx:
        made = tx.ledger.add_edition(NewEdition(first, (1,), Style.FOLDED, Language.EN, Script.HANS))
        tx.ledger.add_batches(made, [reader.id], due_at=NOW)
        tx.ledger.expand(1, now=NOW)
        (taken,) = tx.ledger.claim(now=NOW, lease_until=NOW, limit=1)
        tx.ledger.cancel_for(reader.id, now=NOW)
        released = Change(
            delivery_id=taken.id, before=DeliveryState.CLAIMED, state=DeliveryState.RETRY, due_at=NOW, attempts=0,
            parts_sent=0, message_ids=(), reason=None, subscriber_id=reader.id,
        )  # fmt: skip
        tx.ledger.apply([released], now=NOW)
        assert tx.ledger.get(taken.id).state is DeliveryState.GONE
