"""Names and words as lists, on both engines."""

import pytest

from bot.core.query import parse_query
from bot.storage import AuthorCount, Storage
from tests.storage.conftest import NOW
from tests.storage.digests import at, digest, hash_of, item


def by(number, name, handle=None):
    return item(
        number, f"Title {number}", author=name, url=f"https://x.com/{handle}/status/{number}" if handle else None
    )


@pytest.fixture
def archive(put):
    put(
        by(1, "Ada Lin", "ada"),
        by(2, "陈一诺"),
        by(3, None, "nobody"),
        slot=at(8),
        categories=("AI Models", "行业动态"),
    )
    put(by(1, "ADA LIN", "ada"), by(2, "陈一诺", "yinuo"), by(3, "Ada Lin", "ada_two"), slot=at(12))


@pytest.mark.usefixtures("archive")
def test_people_are_counted_by_name_however_it_is_spelt(storage: Storage):
    with storage.reading() as tx:
        found = tx.vocabulary.people(limit=9)
    assert [(one.name or "").casefold() for one in found] == ["ada lin", "陈一诺", ""]
    assert [(one.handle, one.items) for one in found] == [(None, 3), ("yinuo", 2), ("nobody", 1)]


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(("name", "items"), [("lin", [3]), ("陳一", [2]), ("@nobody", [1]), ("@ada", [2]), ("zzz", [])])
def test_people_are_found_by_part_of_the_name(storage: Storage, name, items):
    with storage.reading() as tx:
        assert [one.items for one in tx.vocabulary.people(limit=9, names=[name])] == items


@pytest.mark.usefixtures("archive")
def test_people_come_in_pages(storage: Storage):
    with storage.reading() as tx:
        assert tx.vocabulary.people(limit=1, offset=1) == [AuthorCount("陈一诺", "yinuo", 2)]
        assert tx.vocabulary.people(limit=5, offset=3) == []


@pytest.mark.usefixtures("archive")
def test_items_that_a_correction_removed_do_not_count(storage: Storage):
    corrected = digest(by(1, "Ada Lin", "ada"), slot=at(8), categories=("AI Models", "行业动态"))
    with storage.writing() as tx:
        tx.digests.put(corrected, content_hash=hash_of(corrected), source="folder:x.md", now=NOW)
        found = {one.name or one.handle: one.items for one in tx.vocabulary.people(limit=9)}
        assert "nobody" not in found
        assert found["陈一诺"] == 1
        assert "Title 2" in tx.vocabulary.titles(9)
        assert len(tx.vocabulary.titles(9)) == 4


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("name", "written"), [("ai models", "AI Models"), ("行業動態", "行业动态"), ("none", None), ("", None)]
)
def test_a_category_is_found_as_written(storage: Storage, name, written):
    with storage.reading() as tx:
        assert tx.vocabulary.find_category(name) == written


@pytest.mark.usefixtures("archive")
def test_the_stamp_changes_with_the_archive(storage: Storage, put):
    with storage.reading() as tx:
        before = tx.vocabulary.stamp()
        assert tx.vocabulary.stamp() == before
        known = tx.vocabulary.authors(99)
        assert tx.vocabulary.authors(99, after=known[-1][0]) == []
        assert tx.vocabulary.categories(99) == ["AI Models", "行业动态"]
    put(by(1, "New One"), slot=at(16))
    with storage.reading() as tx:
        assert tx.vocabulary.stamp() != before
        assert [name for _, name, _ in tx.vocabulary.authors(99, after=known[-1][0])] == ["New One"]


@pytest.mark.parametrize(
    ("words", "number"), [("title", 3), ("author:@nobody", 1), ("nothing", 0), ("title sort:rank", 3), ("", 0)]
)
@pytest.mark.usefixtures("archive")
def test_results_are_counted_up_to_a_bound(storage: Storage, words, number):
    with storage.reading() as tx:
        query = parse_query(words, today=NOW.date())
        assert tx.search.count(query, most=3) == number


def test_an_empty_archive_has_empty_lists(storage: Storage):
    with storage.reading() as tx:
        words = tx.vocabulary
        assert (words.stamp(), words.titles(5), words.people(limit=5), words.authors(5)) == ((0, 0), [], [], [])
