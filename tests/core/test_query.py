"""How readers' words become a query."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.days import last_day, parse_day
from bot.core.query import MAX_QUERY, MAX_TERMS, Query, keyword_of, parse_keyword, parse_query, parts_of

TODAY = date(2026, 3, 10)


def parsed(text: str) -> Query:
    return parse_query(text, today=TODAY)


def words(text: str) -> tuple[list[str], list[str]]:
    query = parsed(text)
    return [term.text for term in query.must], [term.text for term in query.must_not]


@pytest.mark.parametrize(
    ("text", "must", "must_not"),
    [
        ("模型 GPT-5", ["模型", "GPT-5"], []),
        ("模型　开源", ["模型", "开源"], []),
        ('"open source" ai', ["open source", "ai"], []),
        ("“开源 模型”", ["开源 模型"], []),
        ("「大模型」『芯片』", ["大模型", "芯片"], []),
        ("＂a b＂c", ["a b", "c"], []),
        ('"never closed', ["never closed"], []),
        ("模型 -苹果 －谷歌 −meta", ["模型"], ["苹果", "谷歌", "meta"]),
        ('-"old news" new', ["new"], ["old news"]),
        ("GPT-5", ["GPT-5"], []),
        ("a - b -- !", ["a", "b"], []),
        ("模型 模型", ["模型"], []),
        ("foo:bar https://x.com/a", ["foo:bar", "https://x.com/a"], []),
        ("-author:merve -topic:x", [], ["merve", "topic x"]),
        ("since:never sort:sideways", ["since never", "sort sideways"], []),
    ],
)
def test_words_phrases_and_exclusions(text: str, must: list[str], must_not: list[str]) -> None:
    assert words(text) == (must, must_not)


@pytest.mark.parametrize(
    ("text", "authors", "topics", "categories"),
    [
        ("author:merve", ("merve",), (), ()),
        ("作者：宝玉 模型", ("宝玉",), (), ()),
        ('author:"Gary Marcus" by:@dotey', ("Gary Marcus", "@dotey"), (), ()),
        ("topic:models 主题:安全 主題：倫理", (), ("models", "安全", "倫理"), ()),
        ('category:"AI Ethics" 分类:行业动态 分類：社會', (), (), ("AI Ethics", "行业动态", "社會")),
        ("AUTHOR: merve", ("merve",), (), ()),
        ("author: topic:models", (), ("models",), ()),
        ("author:", (), (), ()),
        ("author:a author:a", ("a",), (), ()),
    ],
)
def test_fields(text: str, authors: tuple[str, ...], topics: tuple[str, ...], categories: tuple[str, ...]) -> None:
    query = parsed(text)
    assert (query.authors, query.topics, query.categories) == (authors, topics, categories)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-11-26", date(2025, 11, 26)),
        ("2025/11/26", date(2025, 11, 26)),
        ("2025.11.26", date(2025, 11, 26)),
        ("２０２５年１１月２６日", date(2025, 11, 26)),
        ("11-26", date(2025, 11, 26)),
        ("3-10", date(2026, 3, 10)),
        ("3月9日", date(2026, 3, 9)),
        ("2-29", date(2024, 2, 29)),
        ("7d", TODAY - timedelta(days=7)),
        ("2w", TODAY - timedelta(days=14)),
        ("3天", TODAY - timedelta(days=3)),
        ("3天前", TODAY - timedelta(days=3)),
        ("2週", TODAY - timedelta(days=14)),
        ("1个月", TODAY - timedelta(days=30)),
        ("昨天", TODAY - timedelta(days=1)),
        ("前天", TODAY - timedelta(days=2)),
        ("Today", TODAY),
        ("yesterday", TODAY - timedelta(days=1)),
        ("2025-11", date(2025, 11, 1)),
        ("2025", date(2025, 1, 1)),
        ("9999年", date(9999, 1, 1)),
        ("9999y", date.min),
        ("2025-13-01", None),
        ("13-40", None),
        ("0-0", None),
        ("0000-01-01", None),
        ("5x", None),
        ("", None),
        ("soon", None),
    ],
)
def test_days_as_people_write_them(text: str, day: date | None) -> None:
    assert parse_day(text, today=TODAY) == day
    assert parsed(f'since:"{text}"').since == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-11", date(2025, 11, 30)),
        ("2024年2月", date(2024, 2, 29)),
        ("2025", date(2025, 12, 31)),
        ("昨天", date(2026, 3, 9)),
    ],
)
def test_until_means_the_end_of_what_is_named(text: str, day: date) -> None:
    assert last_day(text, today=TODAY) == day
    assert parsed(f"until:{text}").until == day


@pytest.mark.parametrize(
    ("text", "ranked"), [("a sort:rank", True), ("排序：相关 a", True), ("a sort:new", False), ("a", False)]
)
def test_order(text: str, ranked: bool) -> None:
    assert parsed(text).ranked is ranked


@pytest.mark.parametrize(("text", "empty"), [("", True), ("!?", True), ("-a", True), ("a", False), ("since:7d", False)])
def test_a_query_without_anything_to_look_for_is_empty(text: str, empty: bool) -> None:
    assert parsed(text).empty is empty


def test_many_words_are_capped() -> None:
    query = parsed(" ".join(f"{sign}w{k}" for k in range(40) for sign in ("", "-")))
    assert len(query.must) + len(query.must_not) == MAX_TERMS


def test_a_long_query_is_cut() -> None:
    assert len(parsed("模" * 10_000).must[0].tokens) == 255


def test_a_keyword_has_no_fields() -> None:
    keyword = parse_keyword('topic:models "open source" -apple')
    assert [term.tokens for term in keyword.must] == [("topic", "models"), ("open", "source")]
    assert [term.tokens for term in keyword.must_not] == [("apple",)]


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(st.sampled_from("\"“”「」-－:： aА模since作者topicuntil7d\0'\\*()"), max_size=40)))
def test_any_string_is_safe(text: str) -> None:
    query = parsed(text)
    assert all(token.isalnum() for term in (*query.must, *query.must_not) for token in term.tokens)
    assert len(query.must) + len(query.must_not) <= MAX_TERMS
    assert parse_keyword(text).since is None


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("机器人  护栏", "机器人 护栏"),
        ('"open source" -video', '"open source" -video'),
        ("机器人 topic:models", None),
        ("author:merve", None),
        ("机器人 author:", None),
        ("机器人 sort:rank", None),
        ("-only", None),
        ("???", None),
        ("", None),
    ],
)
def test_only_words_can_be_followed_as_a_keyword(text, keyword):
    assert keyword_of(text, today=date(2026, 1, 5)) == keyword


@given(
    st.text(max_size=300) | st.lists(st.sampled_from(['"', "-", "a", " ", "topic:", "模", "by: ", "「"])).map("".join)
)
def test_parts_lie_in_order_and_leaving_all_out_leaves_no_word(text):
    parts = parts_of(text)
    places = [place for part in parts for place in (part.start, part.end)]
    assert places == sorted(places)
    assert places[-1:] <= [min(len(text), MAX_QUERY)]
    rest = "".join(" " if any(p.start <= k < p.end for p in parts) else c for k, c in enumerate(text[:MAX_QUERY]))
    assert not parse_query(rest, today=date(2026, 1, 5)).must_not


@given(st.text(max_size=120))
def test_a_keyword_finds_what_its_query_finds(text):
    keyword = keyword_of(text, today=date(2026, 1, 5))
    query = parse_query(" ".join(text.split()), today=date(2026, 1, 5))
    assert keyword is None or parse_keyword(keyword) == query
