"""Words together with authors, topics and categories: every way to find them gives what looking at each item gives."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from bot.core.links import handle_of
from bot.core.matching import Searchable, answers, contains, token_text
from bot.core.model import Digest, Item
from bot.core.query import Query, parse_query
from bot.storage import Storage, fts_postgres, fts_sqlite, narrowing, search
from bot.storage.fts_postgres import PostgresIndex
from bot.storage.fts_sqlite import SqliteIndex
from bot.storage.meta import REINDEXED, TOKENIZER_VERSION
from tests.storage.conftest import NOW, empty
from tests.storage.digests import at, digest, item
from tests.storage.test_search import TODAY, ZONE, found

WORDS = ("common", "half", "rare", "absent", "common half", "common -half", "common -rare")
FILTERS = (
    "author:@account1", "author:@account3", "author:acc", "author:nobody", "topic:models", "topic:policy",
    "topic:none-such", "topic:models topic:policy", "category:ethics", "category:seldom",
    "author:@account1 topic:models", "category:ethics topic:policy author:@account2",
)  # fmt: skip
SPANS = ("", "since:2025-11-05", "until:2025-11-20", "since:2025-11-05 until:2025-11-20")
TINY = {
    narrowing: {"FEW": 15, "_FEW_NAMES": 1, "_FEW_DIGESTS": 3},
    search: {"_FIRST_LOOK": 2, "_RARE": 2, "_MANY_HITS": 9, "_RANKED": 5},
    fts_postgres: {"_LOOK": 3, "_LARGEST": 9, "_FEW": 4, "_WIDER": 2, "_SENT": 2},
    fts_sqlite: {"_LOOK": 3, "_LONG": 3, "_CHECKED": 2, "_MOSTLY_WRONG": 2},
    PostgresIndex: {"many": 3},
    SqliteIndex: {"many": 3},
}


def fill(storage: Storage) -> None:
    """Sixty digests of four items; of each word, author, topic and category there is much and little."""
    draw = random.Random(11)
    with storage.writing() as tx:
        for number in range(60):
            items = [
                item(
                    place,
                    f"{number}.{place} common" + " half" * draw.randint(0, 1) + " rare" * (draw.random() < 0.05),
                    url=f"https://x.com/account{min(3, int(draw.expovariate(1)))}/status/{number}{place}",
                    topics=("models",) if draw.random() < 0.8 else ("policy",) * draw.randint(0, 1),
                )
                for place in range(1, 5)
            ]
            categories = ("Ethics",) if number % 9 else ("Seldom",)
            made = digest(*items, slot=at(day=1) + timedelta(hours=11 * number), categories=categories)
            tx.digests.put(made, content_hash=made.title, source="s", now=NOW)


def one_by_one(storage: Storage, query: Query) -> list[int]:
    """The reference: the items that each part of the query alone finds."""
    parts = [
        replace(Query(), must=query.must, must_not=query.must_not, since=query.since, until=query.until),
        *[replace(Query(), **{name: getattr(query, name)}) for name in ("authors", "topics", "categories")],
    ]
    with storage.reading() as tx:
        sets = [set(tx.search.ids(part, limit=1000, zone=ZONE)) for part in parts if not part.empty]
    return sorted(set.intersection(*sets), reverse=True)


@pytest.fixture(scope="module")
def archive(module_storage: Storage) -> Iterator[Storage]:
    empty(module_storage)
    fill(module_storage)
    yield module_storage
    empty(module_storage)


@pytest.fixture(params=["as it is", "tiny"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits that choose the way, once as they are and once so small that the other ways are taken."""
    chosen = TINY if request.param == "tiny" else {}
    for module, values in chosen.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize(("words", "filters"), list(product(WORDS, FILTERS)))
def test_each_way_finds_the_same(archive: Storage, words: str, filters: str) -> None:
    queries = [parse_query(f"{words} {filters} {span}", today=TODAY) for span in SPANS]
    with archive.reading() as tx:
        pages = [tx.search.ids(query, limit=7, zone=ZONE) for query in queries]
        later = [tx.search.ids(query, limit=5, offset=3, zone=ZONE) for query in queries]
    expected = [one_by_one(archive, query) for query in queries]
    assert pages == [ids[:7] for ids in expected]
    assert later == [ids[3:8] for ids in expected]


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("filters", FILTERS)
def test_filters_alone_are_newest_first_and_paged(archive: Storage, filters: str) -> None:
    query = parse_query(f"{filters} -rare", today=TODAY)
    with archive.reading() as tx:
        everything = tx.search.ids(query, limit=1000, zone=ZONE)
        page = tx.search.ids(query, limit=4, offset=2, zone=ZONE)
    assert everything == sorted(everything, reverse=True)
    assert page == everything[2:6]


PLAIN = tuple(
    " ".join(filter(None, parts))
    for parts in product(
        ("common", "half", "rare -half", "-common", "", '"common half"', "21 common"),
        ("", "author:account1", "topic:policy", "category:ethics topic:models", "author:@account2 author:@account3"),
        ("", "since:20d", "since:2025-11-05 until:2025-11-20", "until:昨天"),
        ("", "sort:rank"),
    )
)


@pytest.fixture(scope="module")
def shelf(archive: Storage) -> list[tuple[int, str, Searchable]]:
    """Each item by its id, with its title and all that a query can ask about; the newest first."""
    with archive.reading() as tx:
        return [
            (stored.id, stored.item.title, searchable(stored.item, digest.digest))
            for digest in tx.digests.list_latest(1000)
            for stored in digest.items
        ]


def searchable(entry: Item, made: Digest) -> Searchable:
    handle = handle_of(entry.url or "")
    return Searchable(
        token_text(entry.title, entry.author, handle, entry.body.text),
        entry.author,
        handle,
        entry.topics,
        made.categories,
        made.slot.astimezone(ZONE).date(),
    )


def by_plain_reading(shelf: list[tuple[int, str, Searchable]], query: Query) -> list[int]:
    """The ids that a look at each item finds, in the query's order."""
    found = [(key, title) for key, title, entry in shelf if not query.empty and answers(query, entry)]
    points = {key: sum(contains(token_text(title), term) for term in query.must) for key, title in found}
    return sorted(points, key=lambda key: (-points[key] * query.ranked, -key))


@pytest.mark.parametrize("typed", PLAIN)
def test_any_mixture_finds_what_reading_each_item_finds(
    archive: Storage, shelf: list[tuple[int, str, Searchable]], typed: str
) -> None:
    query = parse_query(typed, today=TODAY)
    with archive.reading() as tx:
        assert tx.search.ids(query, limit=1000, zone=ZONE) == by_plain_reading(shelf, query)


def test_an_interrupted_reindex_goes_on_and_lets_others_write(archive: Storage) -> None:
    with archive.writing() as tx:
        tx.meta.put(TOKENIZER_VERSION, "0")
        tx.search.remove(tx.search.ids(parse_query("common", today=TODAY), limit=1000))
    with pytest.raises(KeyboardInterrupt):
        archive.reindex(_interrupted)
    with archive.writing() as tx:
        assert tx.search.outdated()
        made = digest(item(1, "meanwhile common"), slot=at(day=1) + timedelta(days=60))
        tx.digests.put(made, content_hash="meanwhile", source="s", now=NOW)
    assert archive.reindex() == 1
    assert found(archive, "common", limit=1000)[0] == "meanwhile common"
    assert len(found(archive, "common", limit=1000)) == 241
    with archive.reading() as tx:
        assert not tx.search.outdated()
        assert tx.meta.find(REINDEXED) is None


def _interrupted(_done: int, _total: int) -> None:
    raise KeyboardInterrupt
