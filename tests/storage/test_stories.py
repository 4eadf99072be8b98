"""Which items tell one story, and who was sent them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.model import Language, Script, StoredItem, Style, Subscriber
from bot.storage import NewEdition, PutResult, Storage, Transaction
from tests.storage.conftest import NOW
from tests.storage.digests import at, item

Put = Callable[..., PutResult]
Join = Callable[..., Subscriber]


def items_of(result: PutResult) -> list[StoredItem]:
    return list(result.digest.items)


@pytest.fixture
def told(put: Put) -> list[StoredItem]:
    """Two items of a morning, one of noon and one of the next day."""
    morning = put(item(1, "first", url="https://example.org/post/1?utm_source=a"), item(2, "second"))
    noon = put(item(1, "third"), slot=at(12))
    later = put(item(4, "fourth", "a body", author="Ana", url="https://example.org/post/1"), slot=at(8, day=27))
    return [*items_of(morning), *items_of(noon), *items_of(later)]


def assign(storage: Storage, stories: dict[int, int]) -> None:
    with storage.writing() as tx:
        tx.stories.assign(stories)


def test_items_in_a_story_are_listed_by_place(storage: Storage, told: list[StoredItem]) -> None:
    first, _, third, fourth = told
    assign(storage, {fourth.id: first.id, third.id: first.id})
    with storage.reading() as tx:
        (story,) = tx.stories.list_since()
        assert tx.stories.of_items([entry.id for entry in told]) == dict.fromkeys(
            [first.id, third.id, fourth.id], first.id
        )
        assert tx.stories.count() == 1
        members = tx.stories.members([first.id])
    assert story.id == first.id
    assert [(entry.slot, entry.number, entry.title) for entry in story.items] == [
        (at(8), 1, "first"),
        (at(12), 1, "third"),
        (at(8, day=27), 4, "fourth"),
    ]
    assert members == {first.id: [(entry.digest_id, entry.id) for entry in (first, third, fourth)]}


def test_a_story_told_again_later_counts_as_recent(storage: Storage, told: list[StoredItem]) -> None:
    first, second, third, fourth = told
    assign(storage, {third.id: second.id, fourth.id: first.id})
    with storage.reading() as tx:
        assert [story.id for story in tx.stories.list_since()] == [first.id, second.id]
        assert [story.id for story in tx.stories.list_since(at(9, day=26))] == [first.id, second.id]
        assert [story.id for story in tx.stories.list_since(at(8, day=27))] == [first.id]
        assert tx.stories.list_since(at(9, day=27)) == []


def test_an_item_moves_to_another_story_and_out_of_it(storage: Storage, told: list[StoredItem]) -> None:
    first, second, third, _ = told
    assign(storage, {third.id: first.id})
    assign(storage, {third.id: second.id})
    with storage.writing() as tx:
        assert tx.stories.of_items([third.id]) == {third.id: second.id}
        tx.stories.release([third.id])
        assert tx.stories.of_items([third.id]) == {}
        assert tx.stories.list_since() == []
        tx.stories.clear()
        assert tx.stories.of_items([first.id, second.id]) == {}


def test_nothing_to_assign_is_nothing_done(storage: Storage) -> None:
    assign(storage, {})
    with storage.reading() as tx:
        assert tx.stories.of_items([]) == {}
        assert tx.stories.count() == 0
        assert tx.stories.digest_ids() == []


def test_removed_items_leave_a_story_unlisted(storage: Storage, put: Put, told: list[StoredItem]) -> None:
    first, _, third, _ = told
    assign(storage, {third.id: first.id})
    put(item(2, "second"))
    with storage.reading() as tx:
        assert tx.stories.list_since() == []
        assert first.id not in tx.stories.window(at(0), at(23), limit=10)


def test_the_window_tells_what_changed(storage: Storage, told: list[StoredItem]) -> None:
    first, second, third, fourth = told
    assign(storage, {third.id: first.id})
    with storage.reading() as tx:
        window = tx.stories.window(at(8), at(12), limit=10)
        assert set(window) == {first.id, second.id, third.id}
        assert (window[third.id].story_id, window[second.id].story_id) == (first.id, None)
        assert len({row.fingerprint for row in window.values()}) == 3
        assert list(tx.stories.window(at(8), at(8, day=27), limit=1)) == [fourth.id]
        assert set(tx.stories.window(at(8) + timedelta(seconds=1), at(12), limit=10)) == {third.id}


def test_texts_are_loaded_without_their_looks(storage: Storage, told: list[StoredItem]) -> None:
    fourth = told[-1]
    with storage.reading() as tx:
        assert tx.stories.load([fourth.id, 5]) == [fourth]
        assert tx.stories.digest_ids() == sorted({entry.digest_id for entry in told})


def test_links_are_found_across_all_times(storage: Storage, told: list[StoredItem]) -> None:
    first, *_, fourth = told
    link = "https://example.org/post/1"
    with storage.reading() as tx:
        found = tx.stories.linked([link, "https://example.org/none"])
    assert found == {link: [(first.digest_id, first.id), (fourth.digest_id, fourth.id)]}


def planned(tx: Transaction, entry: StoredItem, readers: list[int], *, seen: tuple[int, ...] = ()) -> int:
    edition = NewEdition(entry.digest_id, (entry.id,), Style.FULL, Language.EN, Script.HANS, seen=seen)
    edition_id = tx.ledger.add_edition(edition)
    tx.ledger.add_batches(edition_id, readers, due_at=NOW)
    return edition_id


def reached(tx: Transaction, edition_id: int) -> set[int]:
    return {reader for _, piece in tx.stories.readers([edition_id]) for reader in piece}


def test_readers_are_those_who_got_an_edition_or_will(storage: Storage, told: list[StoredItem], join: Join) -> None:
    ann, bo = join(1), join(2)
    with storage.writing() as tx:
        edition_id = planned(tx, told[0], [ann.id, bo.id])
        assert tx.stories.editions_of([told[0].id, told[1].id]) == [(edition_id, (told[0].id,))]
        assert tx.stories.editions_of([told[2].id]) == []
        assert reached(tx, edition_id) == {ann.id, bo.id}
        tx.ledger.expand(10, now=NOW)
        assert reached(tx, edition_id) == {ann.id, bo.id}
        tx.ledger.cancel_for(bo.id, now=NOW)
        assert reached(tx, edition_id) == {ann.id}


def test_an_edition_knows_what_was_seen_before(storage: Storage, told: list[StoredItem]) -> None:
    with storage.writing() as tx:
        edition_id = planned(tx, told[0], [], seen=(told[0].id,))
        assert tx.ledger.get_edition(edition_id).seen == (told[0].id,)
