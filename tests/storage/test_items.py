"""Items by topic, category, author and time, and the counts over them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.errors import NotFoundError
from bot.storage import PutResult, Storage
from tests.storage.digests import at, item

Put = Callable[..., PutResult]


@pytest.fixture
def archive(put: Put) -> list[PutResult]:
    """Three digests, the newest put first."""
    return [
        put(
            item(1, "newest one", topics=("models", "coding"), author="宝玉", url="https://x.com/dotey/status/3"),
            item(2, "newest two", topics=("funding",)),
            slot=at(day=3),
            categories=("AI Ethics",),
        ),
        put(
            item(1, "old one", topics=("models",), author="merve", url="https://x.com/mervenoyann/status/1"),
            slot=at(day=1),
            categories=("AI Models", "行业动态"),
        ),
        put(
            item(
                1, "middle one", topics=("models",), author="merve 等", url="https://twitter.com/MerveNoyann/status/2"
            ),
            item(2, "middle two", author="Gary Marcus"),
            slot=at(day=2),
            categories=("AI Models",),
        ),
    ]


def titles(items: object) -> list[str]:
    return [stored.item.title for stored in items]  # type: ignore[attr-defined] # a list of StoredItem


@pytest.mark.usefixtures("archive")
class TestLists:
    def test_the_newest_items_in_reading_order(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_since(limit=4)) == ["newest one", "newest two", "middle one", "middle two"]
            assert titles(tx.items.list_since(limit=2, offset=3)) == ["middle two", "old one"]
            assert titles(tx.items.list_since(at(day=3), limit=9)) == ["newest one", "newest two"]
            assert tx.items.count() == 5

    def test_since_is_inclusive_to_the_minute(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert len(tx.items.list_since(at(day=3), limit=9)) == 2
            assert tx.items.list_since(at(day=3) + timedelta(seconds=1), limit=9) == []

    def test_between_excludes_the_end(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_between(at(day=1), at(day=3))) == ["middle one", "middle two", "old one"]

    def test_by_topic(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_by_topic("models", limit=2)) == ["newest one", "middle one"]
            assert titles(tx.items.list_by_topic("models", limit=9, offset=2)) == ["old one"]
            assert titles(tx.items.list_by_topic("models", limit=9, since=at(day=2))) == ["newest one", "middle one"]
            assert tx.items.list_by_topic("robots", limit=9) == []

    @pytest.mark.parametrize("name", ["AI Models", "ai models", " AI  MODELS "])
    def test_by_category_in_any_case(self, storage: Storage, name: str) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_by_category(name, limit=9)) == ["middle one", "middle two", "old one"]

    def test_by_category_in_another_script_and_paged(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_by_category("行業動態", limit=9)) == ["old one"]
            assert titles(tx.items.list_by_category("AI Models", limit=2, offset=1)) == ["middle two", "old one"]
            assert titles(tx.items.list_by_category("AI Models", limit=9, since=at(day=2))) == [
                "middle one",
                "middle two",
            ]
            found = tx.items.list_by_categories(["AI Models", "行业动态", "AI Ethics"], limit=9)
            assert len(found) == 5
            assert tx.items.list_by_category("nothing", limit=9) == []

    @pytest.mark.parametrize(
        ("name", "found"),
        [
            ("merve", ["middle one", "old one"]),
            ("MERVENO", ["middle one", "old one"]),
            ("@mervenoyann", ["middle one", "old one"]),
            ("@merve", []),
            ("寶玉", ["newest one"]),
            ("gary", ["middle two"]),
            ("%", []),
            ("_", []),
            ("", []),
            ("\0", []),
        ],
    )
    def test_by_author(self, storage: Storage, name: str, found: list[str]) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_by_author(name, limit=9)) == found

    def test_by_author_paged(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert titles(tx.items.list_by_author("merve", limit=1, offset=1)) == ["old one"]
            assert titles(tx.items.list_by_author("merve", limit=9, since=at(day=2))) == ["middle one"]

    def test_streamed_oldest_first(self, storage: Storage) -> None:
        with storage.writing() as tx:
            seen = [stored.item.title for batch in tx.items.stream(size=2) for stored in batch]
        assert seen[0] == "old one"
        assert len(seen) == 5


@pytest.mark.usefixtures("archive")
class TestCounts:
    def test_topics(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert tx.items.topic_counts() == {"models": 3, "coding": 1, "funding": 1}
            assert tx.items.topic_counts(at(day=3)) == {"models": 1, "coding": 1, "funding": 1}

    def test_names_known_for_a_handle(self, storage: Storage) -> None:
        with storage.reading() as tx:
            assert tx.items.known_authors() == {"mervenoyann": {"merve", "merve 等"}, "dotey": {"宝玉"}}


def test_items_come_in_the_order_they_are_asked_for(storage: Storage, archive: list[PutResult]) -> None:
    ids = [archive[1].digest.items[0].id, 404, archive[0].digest.items[1].id]
    with storage.reading() as tx:
        assert titles(tx.items.get_many(ids)) == ["old one", "newest two"]
        assert tx.items.get_many([]) == []
        assert tx.items.find(404) is None
        with pytest.raises(NotFoundError, match="404"):
            tx.items.get(404)


def test_many_items_are_fetched_at_once(storage: Storage, put: Put) -> None:
    result = put(*(item(number, topics=("models",)) for number in range(1, 1203)))
    ids = [stored.id for stored in result.digest.items]
    with storage.reading() as tx:
        assert [stored.id for stored in tx.items.get_many(ids)] == ids


def test_removed_items_are_in_no_list(storage: Storage, put: Put) -> None:
    put(item(1, "stays", topics=("models",), author="A"), item(2, "goes", topics=("models",), author="A"))
    result = put(item(1, "stays", topics=("models",), author="A"))
    gone = result.digest.items[-1].id
    with storage.reading() as tx:
        assert titles(tx.items.list_since(limit=9)) == ["stays"]
        assert titles(tx.items.list_by_topic("models", limit=9)) == ["stays"]
        assert titles(tx.items.list_by_category("AI Models", limit=9)) == ["stays"]
        assert titles(tx.items.list_by_author("A", limit=9)) == ["stays"]
        assert tx.items.topic_counts() == {"models": 1}
        assert tx.items.count() == 1
        removed = tx.items.get(gone)
        assert removed.removed
        assert removed.item.title == "goes"


def test_categories_are_filled_up_past_emptied_digests(storage: Storage, put: Put) -> None:
    put(item(1, "old"), slot=at(day=1))
    put(item(1, "gone"), slot=at(day=2))
    put(slot=at(day=2))
    put(item(1, "new"), slot=at(day=3))
    with storage.reading() as tx:
        assert titles(tx.items.list_by_category("AI Models", limit=2)) == ["new", "old"]


def test_items_are_labelled_anew(storage: Storage, put: Put) -> None:
    result = put(item(1, topics=("models",)), item(2, topics=("models",)))
    first, second = (stored.id for stored in result.digest.items)
    with storage.writing() as tx:
        tx.items.set_topics({first: ["coding", "models", "coding"], second: []})
        tx.items.set_topics({})
        assert tx.items.get(first).item.topics == ("coding", "models")
        assert tx.items.get(second).item.topics == ()
