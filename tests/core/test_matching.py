"""What a query and a keyword find in an item, by the plain semantics."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.matching import (
    Searchable,
    answers,
    author_found,
    candidate_keys,
    compile_keyword,
    keyword_key,
    matches,
    token_text,
)
from bot.core.query import parse_query
from bot.core.tokens import index_tokens

ITEM = Searchable(
    tokens=token_text("FLUX.2 模型发布", "支持图像编辑与 2K 分辨率", "Gary Marcus", "garymarcus"),
    author="Gary Marcus",
    handle="GaryMarcus",
    topics=("multimodal", "models"),
    categories=("AI Ethics",),
    day=date(2026, 3, 10),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("模型", True),
        ("模", True),
        ("型发布支", False),
        ('"发布 支持"', False),
        ("flux 图像", True),
        ("flux 音频", False),
        ("flux -图像", False),
        ("flux2", True),
        ("author:marcus", True),
        ("作者:GARY", True),
        ("author:@garymarcus", True),
        ("author:@gary", False),
        ("author:merve", False),
        ("author:merve author:gary", True),
        ("topic:models", True),
        ("topic:funding", False),
        ("category:aiethics", True),
        ("category:AI", False),
        ("since:2026-03-10 until:2026-03-10", True),
        ("since:2026-03-11", False),
        ("until:2026-03-09", False),
    ],
)
def test_a_query_finds_an_item(text: str, found: bool) -> None:
    assert answers(parse_query(text, today=date(2026, 4, 1)), ITEM) is found


def test_without_a_day_no_date_is_met() -> None:
    assert not answers(parse_query("since:7d", today=date(2026, 4, 1)), Searchable(" a "))


def test_an_author_of_no_letters_is_nobody() -> None:
    assert not author_found("!", "merve", None)


def test_fields_do_not_run_into_each_other() -> None:
    assert not matches(token_text("open", "source"), compile_keyword('"open source"'))


@pytest.mark.parametrize(
    ("keyword", "key"),
    [
        ("芯", "芯"),
        ("AI 芯片", "芯片"),
        ("open source", "source"),
        ("GPT-5", "5"),
        ("-苹果", ""),
        ("模型 DeepSeek", "deepseek"),
    ],
)
def test_a_keyword_is_filed_under_its_rarest_token(keyword: str, key: str) -> None:
    assert keyword_key(keyword) == key


@settings(deadline=None)
@given(
    st.text(st.sampled_from("模型芯片AI gpt5"), max_size=20), st.text(st.sampled_from("模型芯片AI gpt5"), max_size=6)
)
def test_every_keyword_that_matches_is_found_by_its_key(text: str, keyword: str) -> None:
    query = compile_keyword(keyword)
    found = bool(query.must) and matches(token_text(text), query)
    assert not found or keyword_key(keyword) in candidate_keys(index_tokens(text))
