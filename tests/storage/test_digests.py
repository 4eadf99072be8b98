"""Digests: stored once, corrected in place, found by time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.core.model import Item, RichText, Span, SpanKind
from bot.core.query import Query, Term
from bot.errors import NotFoundError
from bot.storage import NewDigest, PutOutcome, PutResult, Storage
from tests.storage.conftest import NOW
from tests.storage.digests import at, digest, hash_of, item

Put = Callable[..., PutResult]

FULL = Item(
    number=3,
    title="谷歌发布 Gemini 3",
    author="宝玉",
    url="https://x.com/dotey/status/1993?s=20",
    body=RichText(
        "大模型 很快。\n\n第二段", (Span(SpanKind.BOLD, 0, 3), Span(SpanKind.LINK, 4, 6, "https://a.example/"))
    ),
    topics=("models", "research"),
)


def test_a_digest_comes_back_as_it_went_in(storage: Storage, put: Put) -> None:
    made = digest(FULL, item(4), categories=("AI Models", "行业动态"), window_hours=None)
    with storage.writing() as tx:
        result = tx.digests.put(made, content_hash=hash_of(made), source="s", now=NOW)
    with storage.reading() as tx:
        stored = tx.digests.find(made.slot)
    assert result.outcome is PutOutcome.NEW
    assert stored == result.digest
    assert stored is not None
    assert stored.digest == made
    assert stored.revision == 1


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))])
def test_instants_keep_their_own_offset(storage: Storage, zone: timezone) -> None:
    made = digest(item(1), slot=datetime(2025, 11, 26, 8, 15, tzinfo=zone))
    with storage.writing() as tx:
        tx.digests.put(made, content_hash="x", source="s", now=NOW)
    with storage.reading() as tx:
        stored = tx.digests.last()
        assert stored is not None
        assert stored.digest.slot.isoformat() == made.slot.isoformat()
        assert stored.digest.date.isoformat() == made.date.isoformat()
        assert stored.items[0].slot.isoformat() == made.slot.isoformat()
        assert tx.digests.list_slots_between(made.slot, made.slot + timedelta(minutes=1)) == [made.slot]


@pytest.mark.parametrize("year", [1, 1969, 1970, 9999])
def test_any_year_can_be_stored_and_ordered(storage: Storage, put: Put, year: int) -> None:
    slot = datetime(year, 1, 2, 3, 4, tzinfo=UTC)
    put(item(1), slot=slot)
    with storage.reading() as tx:
        found = tx.digests.find(slot)
        assert found is not None
        assert found.digest.slot == slot
        assert tx.items.get(found.items[0].id).slot == slot


def test_the_same_bytes_change_nothing(put: Put) -> None:
    first = put(item(1), item(2))
    again = put(item(1), item(2))
    assert again.outcome is PutOutcome.UNCHANGED
    assert again.digest == first.digest


def test_other_bytes_of_the_same_content_are_unchanged(storage: Storage, put: Put) -> None:
    put(item(1))
    with storage.writing() as tx:
        result = tx.digests.put(digest(item(1)), content_hash="other bytes", source="y", now=NOW)
    assert result.outcome is PutOutcome.UNCHANGED
    assert result.revision is None
    assert result.digest.revision == 1


def test_a_correction_keeps_the_ids_of_what_lives_on(storage: Storage, put: Put) -> None:
    first = put(item(1, "kept"), item(2, "dropped"), item(3, "reworded title", url="https://a.example/3"))
    ids = {stored.item.title: stored.id for stored in first.digest.items}
    second = put(item(1, "entirely new"), item(2, "kept"), item(3, "another wording", url="https://a.example/3"))
    now = {stored.item.title: stored for stored in second.digest.items}
    assert second.outcome is PutOutcome.UPDATED
    assert second.digest.revision == 2
    assert now["kept"].id == ids["kept"]
    assert now["another wording"].id == ids["reworded title"]
    assert now["entirely new"].id not in ids.values()
    assert now["dropped"].removed
    assert [entry.title for entry in second.digest.digest.items] == ["entirely new", "kept", "another wording"]


def test_a_correction_remembers_what_changed(storage: Storage, put: Put) -> None:
    first = put(item(1, "one"), item(2, "two"))
    put(item(1, "one", "now with a body"), item(2, "something else entirely"))
    with storage.reading() as tx:
        head = tx.digests.head(first.digest.id)
    kinds = {(change["kind"], change["item"]) for change in head.changes}
    assert kinds == {
        ("changed", first.digest.items[0].id),
        ("added", None),
        ("removed", first.digest.items[1].id),
    }
    assert head.changes[0]["fields"] == ["body"]


def test_a_removed_item_that_returns_is_the_same_item(put: Put) -> None:
    first = put(item(1, "one"), item(2, "two"))
    put(item(1, "one"))
    third = put(item(1, "one"), item(2, "two"))
    assert [stored.id for stored in third.digest.items] == [stored.id for stored in first.digest.items]
    assert not any(stored.removed for stored in third.digest.items)


def test_ids_given_to_added_items_are_never_given_twice(put: Put) -> None:
    put(item(1, "one"), item(2, "two"))
    second = put(item(1, "one"), item(2, "three"))
    third = put(item(1, "one"), item(2, "completely different"))
    ids = {stored.id for result in (second, third) for stored in result.digest.items}
    assert len({stored.id for stored in third.digest.items}) == 4
    assert ids == {stored.id for stored in third.digest.items}


def test_a_changed_title_of_the_digest_alone_is_a_correction(put: Put) -> None:
    put(item(1))
    result = put(item(1), title="Better title", categories=())
    assert result.outcome is PutOutcome.UPDATED
    assert result.revision is not None
    assert result.revision.changes == ()
    assert result.digest.digest.title == "Better title"


def test_items_that_are_equal_in_all_are_still_several(put: Put) -> None:
    same = item(1, "twice")
    put(same)
    result = put(same, same)
    assert len(result.digest.digest.items) == 2
    assert len({stored.id for stored in result.digest.items}) == 2


def test_a_digest_without_items_can_be_stored_and_filled_later(put: Put) -> None:
    assert put().digest.items == ()
    assert len(put(item(1)).digest.items) == 1
    assert put().digest.digest.items == ()


def test_twenty_thousand_items_fit(put: Put) -> None:
    result = put(*(item(number) for number in range(20_000)))
    assert len(result.digest.items) == 20_000


def test_the_newest_come_first_whatever_the_order_of_arrival(storage: Storage, put: Put) -> None:
    put(item(1), slot=at(8, day=3))
    put(item(1), slot=at(8, day=1))
    put(item(1), slot=at(8, day=2))
    with storage.reading() as tx:
        newest = tx.digests.list_latest(2)
        assert [stored.digest.slot for stored in newest] == [at(8, day=3), at(8, day=2)]
        earlier = tx.digests.list_latest(5, before=at(8, day=2))
        assert [stored.digest.slot for stored in earlier] == [at(8, day=1)]
        between = tx.digests.list_between(at(8, day=1), at(8, day=3))
        assert [stored.digest.slot for stored in between] == [at(8, day=1), at(8, day=2)]
        assert tx.digests.list_slots_between(at(8, day=2), at(9, day=3)) == [at(8, day=2), at(8, day=3)]
        last = tx.digests.last()
        assert last is not None
        assert last.digest.slot == at(8, day=3)
        assert tx.digests.count() == 3


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    with storage.reading() as tx:
        assert tx.digests.find(at()) is None
        assert tx.digests.last() is None
        with pytest.raises(NotFoundError, match="77"):
            tx.digests.get(77)
        with pytest.raises(NotFoundError, match="78"):
            tx.digests.head(78)


def test_the_head_tells_where_a_digest_came_from(storage: Storage, put: Put) -> None:
    result = put(item(1))
    with storage.reading() as tx:
        head = tx.digests.head(result.digest.id)
    assert head.source == "folder:x.md"
    assert head.slot == at()
    assert head.date.isoformat() == "2025-11-26T08:00:07+08:00"
    assert head.categories == ("AI Models",)
    assert (head.created, head.updated, head.changes) == (NOW, NOW, ())


def test_text_no_engine_can_hold_is_cleaned(put: Put) -> None:
    result = put(item(1, "a\0b", "c\ud800d"))
    assert put(item(1, "a\0b", "c\ud800d")).outcome is PutOutcome.UNCHANGED
    assert result.outcome is PutOutcome.NEW


def test_digests_added_together_are_as_if_put_one_by_one(storage: Storage, put: Put) -> None:
    put(item(1, "known"), slot=at(4))
    made = [digest(FULL, item(4), slot=at(12)), digest(slot=at(8)), digest(item(1), slot=at(16), categories=())]
    with storage.writing() as tx:
        assert tx.digests.missing([at(4), *(one.slot for one in made)], lasting=True) == {one.slot for one in made}
        ids = tx.digests.add_all([NewDigest(one, hash_of(one), "folder:x.md") for one in made], now=NOW)
    with storage.reading() as tx:
        assert [tx.digests.get(key).digest for key in ids] == made
        assert tx.digests.missing([one.slot for one in made]) == set()
        assert tx.digests.head(ids[0]).source == "folder:x.md"
        assert len(tx.search.find(Query(must=(Term("Gemini", ("gemini",)),)), limit=9)) == 1
    assert [put(*one.items, slot=one.slot, categories=one.categories).outcome for one in made] == [
        PutOutcome.UNCHANGED
    ] * 3


def test_a_digest_of_thousands_of_items_is_stored_in_their_order(storage: Storage, put: Put) -> None:
    made = [item(number, f"entry {number}") for number in range(1, 3202)]
    result = put(*made)
    with storage.reading() as tx:
        found = tx.digests.get(result.digest.id)
        assert list(found.digest.items) == made
        assert len(tx.search.find(Query(must=(Term("entry", ("entry",)),)), limit=5000)) == len(made)
