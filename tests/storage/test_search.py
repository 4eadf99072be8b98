"""Full-text search: the same on both engines, equal to the plain semantics, and safe for any string."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.links import handle_of
from bot.core.matching import Searchable, answers, token_text
from bot.core.model import Digest, Item, RichText
from bot.core.query import Query, Term, parse_query
from bot.core.tokens import query_tokens
from bot.storage import PutResult, Storage
from bot.storage.meta import TOKENIZER_VERSION
from tests.bench.bulk import write
from tests.bench.oracle import Oracle
from tests.bench.recall import Questions, SpicedCorpus, fields_of, judge
from tests.storage.conftest import NOW, empty
from tests.storage.digests import SHANGHAI, at, digest, item

Put = Callable[..., PutResult]
TODAY = date(2025, 11, 30)
ZONE = ZoneInfo("Asia/Shanghai")


def found(storage: Storage, words: str, *, limit: int = 10, offset: int = 0) -> list[str]:
    with storage.reading() as tx:
        items = tx.search.find(parse_query(words, today=TODAY), limit=limit, offset=offset, zone=ZONE)
    return [stored.item.title for stored in items]


@pytest.mark.parametrize(
    ("words", "hit"),
    [
        ("模型", True), ("模型發布", True), ("型", True), ("谷", True), ("歌", True),
        ("gpt5", True), ("GPT-5", True), ("gpt 5", True), ("ＧＰＴ５", True), ("GPT-6", False), ("gp", False),
        ("模型 谷歌", True), ("模型 微软", False),
        ('"大模型发布"', True), ('"发布大模型"', False), ("发布 大模型", True),
        ("merve", True), ("mervenoyann", True), ("模型 -谷歌", False), ("模型 -微软", True),
        ('"发布 谷歌"', False), ('"merve 谷歌"', False), ('"对手 merve"', False),
    ],
)  # fmt: skip
def test_words_of_title_body_author_and_handle(storage: Storage, put: Put, words: str, hit: bool) -> None:
    body = "谷歌 GPT-5 的对手"
    put(item(1, "大模型发布", body, author="merve", url="https://x.com/mervenoyann/status/1"), item(2, "芯片"))
    assert found(storage, words) == ["大模型发布"] * hit


def test_newest_first_in_reading_order_and_paged(storage: Storage, put: Put) -> None:
    put(item(1, "模型 b1"), item(2, "模型 b2"), slot=at(day=2))
    put(item(1, "模型 c1"), slot=at(day=3))
    put(item(1, "模型 a1"), slot=at(day=1))
    assert found(storage, "模型") == ["模型 c1", "模型 b1", "模型 b2", "模型 a1"]
    assert found(storage, "模型", limit=2, offset=1) == ["模型 b1", "模型 b2"]
    assert found(storage, "模型", offset=4) == []
    assert found(storage, "模型", limit=0) == []


def test_filters_narrow_words_and_stand_alone(storage: Storage, put: Put) -> None:
    put(item(1, "模型 old", topics=("models",), author="Ann"), slot=at(day=1), categories=("AI Ethics",))
    put(item(1, "模型 new", topics=("coding",), author="Bob"), item(2, "other"), slot=at(day=2), categories=("开源",))
    assert found(storage, "模型 author:ann") == ["模型 old"]
    assert found(storage, "模型 topic:coding") == ["模型 new"]
    assert found(storage, '模型 category:"ai ethics"') == ["模型 old"]
    assert found(storage, "author:bob") == ["模型 new"]
    assert found(storage, "category:開源") == ["模型 new", "other"]
    assert found(storage, "category:開源 -模型") == ["other"]
    assert found(storage, "模型 since:2025-11-02") == ["模型 new"]
    assert found(storage, "模型 until:2025-11-01") == ["模型 old"]
    assert found(storage, "until:2025-11-01") == ["模型 old"]
    assert found(storage, "since:2025-11-02 until:2025-11-02") == ["模型 new", "other"]


def test_days_are_days_of_the_readers_zone(storage: Storage, put: Put) -> None:
    put(item(1, "模型"), slot=datetime(2025, 11, 2, 0, 30, tzinfo=SHANGHAI))
    query = parse_query("模型 since:2025-11-02", today=TODAY)
    with storage.reading() as tx:
        assert len(tx.search.find(query, limit=1, zone=ZONE)) == 1
        assert tx.search.find(query, limit=1) == []


def test_the_last_day_there_is_ends_nothing(storage: Storage, put: Put) -> None:
    put(item(1, "模型"))
    with storage.reading() as tx:
        assert len(tx.search.find(Query(since=date.min, until=date.max), limit=5)) == 1


def test_an_empty_query_finds_nothing(storage: Storage, put: Put) -> None:
    put(item(1, "模型"))
    with storage.reading() as tx:
        assert tx.search.find(Query(), limit=5) == []
        assert tx.search.find(Query(must=(Term("x", ("模型",)),)), limit=5, offset=-1) == []


def test_best_first_puts_title_hits_before_text_hits(storage: Storage, put: Put) -> None:
    put(item(1, "芯片报告", "短"), slot=at(day=1))
    put(item(1, "别的", "正文里 芯片 一次"), slot=at(day=2))
    ranked = Query(must=(Term("芯片", ("芯片",)),), ranked=True)
    with storage.reading() as tx:
        assert [stored.item.title for stored in tx.search.find(ranked, limit=5)] == ["芯片报告", "别的"]


def test_hits_beyond_the_newest_five_hundred_are_found(storage: Storage, put: Put) -> None:
    put(item(1, "rare 模型"), slot=at(day=1))
    put(*(item(number, "common") for number in range(1, 700)), slot=at(day=2))
    assert found(storage, "rare") == ["rare 模型"]
    assert found(storage, "common", limit=3) == ["common"] * 3
    assert len(found(storage, "common", limit=60, offset=630)) == 60
    assert found(storage, "common author:nobody") == []


def test_the_index_follows_corrections(storage: Storage, put: Put) -> None:
    put(item(1, "first 模型", url="https://a.example/"), item(2, "going 模型"))
    put(item(1, "first 芯片", url="https://a.example/"))
    assert found(storage, "模型") == []
    assert found(storage, "芯片") == ["first 芯片"]
    put(item(1, "first 芯片", url="https://a.example/"), item(2, "going 模型"))
    assert found(storage, "模型") == ["going 模型"]


def test_an_index_of_another_tokeniser_is_rebuilt(storage: Storage, put: Put) -> None:
    put(*(item(number, f"模型 {number}") for number in range(1, 703)))
    steps: list[tuple[int, int]] = []
    with storage.writing() as tx:
        tx.meta.put(TOKENIZER_VERSION, "0")
        tx.search.remove([tx.items.list_since(limit=1)[0].id])
        assert tx.search.outdated()
    with storage.writing() as tx:
        assert tx.search.reindex(lambda done, total: steps.append((done, total))) == 702
        assert not tx.search.outdated()
    assert steps == [(500, 702), (702, 702)]
    assert found(storage, "模型 1") == ["模型 1"]


@pytest.mark.parametrize(
    "words",
    [
        '"', "' OR 1=1 --", "a* OR b*", 'NEAR("a" "b", 2)', "{title}: a", "a AND", "NOT", "-", "--", "(", "\\", ":*",
        "!!", "a | b", "a & !b", "<->", "\0", "模\0型", "\ud800", "%s", "%(x)s", ":x", "x:y", "author:%", "author:'",
        "category:\0", "topic:'; DROP TABLE item;--", "\ue000", "*", "^a", "a:*", "'a':1A", "\U0001f600", "a" * 10_000,
        "模" * 5_000, " ".join(f"w{n}" for n in range(2_000)), " ".join(f"-w{n}" for n in range(2_000)) + " a",
    ],
)  # fmt: skip
def test_any_string_is_safe(storage: Storage, words: str) -> None:
    assert found(storage, words) == []


PIECES = (
    *"\"'*^()-&|!%_;\\模가𠀀🤖９ﷺ \n\0\ud800\udfff\u202e\u200b\u200d\ufeff\ue000",
    *("{title}:", "NEAR(", " AND ", " OR ", " NOT ", "<->", ":*", "$1", "%s", "模型", "مرحبا"),
    *("author:", "作者：", "topic:", "category:", "since:", "until:", "sort:", "author:@", "since:99999d", "until:0"),
    *("topic:\ud800", "category:\udfff", "author:\ud800", "\ud800"),
    *("b" * 3000, "型" * 3000, "1" * 500),
)
HOSTILE = st.lists(st.one_of(st.text(max_size=6), st.sampled_from(PIECES)), max_size=12).map("".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HOSTILE, min_size=25, max_size=25))
def test_whatever_is_typed_is_answered(archive: Storage, typed: list[str]) -> None:
    queries = [parse_query(words, today=TODAY) for words in typed]
    with archive.reading() as tx:
        pages = [tx.search.ids(query, limit=3, zone=ZONE) for query in queries]
        counts = [tx.search.count(query, most=3, zone=ZONE) for query in queries]
    assert list(map(len, pages)) == counts


def test_hundreds_of_terms_are_safe(storage: Storage, put: Put) -> None:
    put(item(1, "模型"))
    many = tuple(Term(f"w{n}", (f"w{n}",)) for n in range(400))
    with storage.reading() as tx:
        assert tx.search.find(Query(must=many), limit=5) == []
        hits = tx.search.find(Query(must=(Term("模型", ("模型",)),), must_not=many), limit=5)
        assert len(hits) == 1


LETTERS = st.sampled_from(
    [*"模型发布新的芯片ab12", "GPT", "gpt", " ", "  ", "-", "，", "\n", "_", "é", "模型", "模型發布"]
)
TEXT = st.lists(LETTERS, max_size=14).map("".join)
WORDS = st.lists(LETTERS, min_size=1, max_size=4).map("".join)
ENTRY = st.tuples(TEXT, TEXT, st.sampled_from([None, "宝玉", "merve 等", "GPT"]))


@pytest.fixture(scope="module")
def archive(module_storage: Storage) -> Iterator[Storage]:
    """The database, to be emptied by each example itself."""
    yield module_storage
    empty(module_storage)


def plain(entries: Digest, query: Query) -> list[int]:
    """What a scan with the plain semantics finds: the numbers of the items, in reading order."""
    return [
        entry.number
        for entry in entries.items
        if answers(
            query,
            Searchable(
                tokens=token_text(
                    entry.title, entry.author, handle_of(entry.url) if entry.url else None, entry.body.text
                ),
                author=entry.author,
                handle=handle_of(entry.url) if entry.url else None,
                day=at().date(),
            ),
        )
    ]


def term(words: str) -> Term | None:
    tokens, prefix = query_tokens(words)
    return Term(words, tuple(tokens), prefix) if tokens else None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ENTRY, min_size=1, max_size=6), st.lists(WORDS, min_size=1, max_size=6), st.lists(WORDS, max_size=1))
def test_search_equals_a_plain_scan(
    archive: Storage, entries: list[tuple[str, str, str | None]], wanted: list[str], unwanted: list[str]
) -> None:
    items = [
        Item(number, title, author, "https://x.com/dotey/status/1", RichText(body))
        for number, (title, body, author) in enumerate(entries, start=1)
    ]
    made = digest(*items)
    empty(archive)
    with archive.writing() as tx:
        tx.digests.put(made, content_hash="x", source="s", now=NOW)
    excluded = tuple(filter(None, map(term, unwanted)))
    queries = [Query(must=(must,), must_not=excluded) for must in filter(None, map(term, wanted))]
    with archive.reading() as tx:
        hits = [[stored.item.number for stored in tx.search.find(query, limit=10)] for query in queries]
    assert hits == [plain(made, query) for query in queries]


def test_both_find_what_a_plain_search_of_many_scripts_finds(archive: Storage) -> None:
    empty(archive)
    write(archive, SpicedCorpus(300).digests(), now=NOW)
    with archive.reading() as tx:
        shelf = [(stored.id, fields_of(stored.item)) for batch in tx.items.stream() for stored in batch]
    questions = Questions([text for _, fields in shelf for text in fields]).by_kind(25)
    assert judge([archive], Oracle(shelf), questions) == 0


def test_fields_of_an_earlier_day_are_left_alone(storage: Storage, put: Put) -> None:
    put(item(1, "模型"), slot=at() - timedelta(days=400))
    assert found(storage, "模型 since:7d") == []
