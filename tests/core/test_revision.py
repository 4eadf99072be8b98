"""How a corrected digest maps onto what was stored."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Item, RichText, StoredItem
from bot.core.revision import ChangeKind, plan_revision

SLOT = datetime(2025, 11, 26, tzinfo=UTC)


def stored(*items: Item, removed: frozenset[int] = frozenset()) -> list[StoredItem]:
    return [StoredItem(100 + place, 1, SLOT, item, place in removed) for place, item in enumerate(items)]


def item(number: int, title: str, url: str | None = None, body: str = "") -> Item:
    return Item(number, title, url=url, body=RichText(body))


def pairs(old: list[StoredItem], new: list[Item]) -> dict[int, str]:
    return {before.id: after.title for before, after in plan_revision(old, new).kept}


def test_nothing_changed() -> None:
    items = [item(1, "a"), item(2, "b")]
    revision = plan_revision(stored(*items), items)
    assert revision.changes == ()
    assert [before.id for before, _ in revision.kept] == [100, 101]


def test_the_link_identifies_an_item_however_it_is_written() -> None:
    old = stored(item(1, "old words", "https://twitter.com/a/status/1?s=20"))
    assert pairs(old, [item(7, "new words", "https://x.com/a/status/1")]) == {100: "new words"}


def test_items_that_swap_places_keep_their_ids() -> None:
    old = stored(item(1, "OpenAI releases one"), item(2, "OpenAI releases two"))
    new = [item(1, "OpenAI releases two"), item(2, "OpenAI releases one")]
    assert pairs(old, new) == {101: "OpenAI releases two", 100: "OpenAI releases one"}


def test_a_mended_link_keeps_the_item_by_its_title() -> None:
    old = stored(item(1, "same", "https://a.example/tpyo"))
    revision = plan_revision(old, [item(1, "same", "https://a.example/typo")])
    assert [change.fields for change in revision.changes] == [("url",)]


def test_a_reworded_title_is_known_by_its_number() -> None:
    old = stored(item(4, "谷歌发布新的图像模型"))
    assert pairs(old, [item(4, "谷歌发布全新的图像模型")]) == {100: "谷歌发布全新的图像模型"}


def test_another_entry_under_the_same_number_is_another_entry() -> None:
    revision = plan_revision(stored(item(4, "谷歌发布新的图像模型")), [item(4, "Meta lays off half its staff")])
    assert [change.kind for change in revision.changes] == [ChangeKind.ADDED, ChangeKind.REMOVED]


def test_a_removed_item_that_is_still_absent_is_no_change() -> None:
    old = stored(item(1, "a"), item(2, "b"), removed=frozenset([1]))
    assert plan_revision(old, [item(1, "a")]).changes == ()


def test_a_removed_item_comes_back() -> None:
    old = stored(item(1, "a"), removed=frozenset([0]))
    revision = plan_revision(old, [item(1, "a")])
    assert [(change.kind, change.item_id) for change in revision.changes] == [(ChangeKind.RESTORED, 100)]


def test_a_living_twin_is_preferred_to_a_removed_one() -> None:
    old = stored(item(1, "same"), item(1, "same"), removed=frozenset([0]))
    assert pairs(old, [item(1, "same")]) == {101: "same"}


def test_several_items_with_one_link_pair_by_title_then_number_then_order() -> None:
    link = "https://a.example/"
    old = stored(item(1, "a", link), item(2, "b", link), item(3, "c", link))
    new = [item(1, "c", link), item(2, "x", link), item(3, "y", link)]
    assert pairs(old, new) == {102: "c", 101: "x", 100: "y"}


def test_a_new_item_between_moves_the_others_without_losing_them() -> None:
    old = stored(item(1, "alpha"), item(2, "beta"))
    revision = plan_revision(old, [item(1, "alpha"), item(2, "inserted"), item(3, "beta")])
    assert [(change.kind, change.number, change.fields) for change in revision.changes] == [
        (ChangeKind.CHANGED, 3, ("number",)),
        (ChangeKind.ADDED, 2, ()),
    ]


def test_topics_are_not_the_publishers_words() -> None:
    old = stored(Item(1, "a", topics=("models",)))
    assert plan_revision(old, [Item(1, "a", topics=("coding",))]).changes == ()


ITEMS = st.lists(
    st.builds(
        item,
        st.integers(1, 4),
        st.sampled_from(["a", "A", "b", "模型发布", "模型发布了"]),
        st.sampled_from([None, "https://x.com/a/status/1", "https://a.example/b"]),
    ),
    max_size=8,
)


@given(ITEMS, ITEMS, st.frozensets(st.integers(0, 7)))
def test_every_item_is_accounted_for_once(old: list[Item], new: list[Item], removed: frozenset[int]) -> None:
    before = stored(*old, removed=removed)
    revision = plan_revision(before, new)
    kept_ids = [entry.id for entry, _ in revision.kept]
    gone = {entry.id for entry in revision.removed}
    assert len(set(kept_ids)) == len(kept_ids)
    assert len(revision.kept) + len(revision.added) == len(new)
    assert gone == {entry.id for entry in before if not entry.removed} - set(kept_ids)


@given(ITEMS)
def test_a_digest_corrected_to_itself_is_unchanged(items: list[Item]) -> None:
    assert plan_revision(stored(*items), items).changes == ()
