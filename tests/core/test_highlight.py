"""Snippets around hits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.highlight import ELLIPSIS, hits, snippet
from bot.core.query import Term, parse_keyword

LONG = "第一句说的是别的事情。" * 12 + "直到这里才提到开源模型的发布。" + "后面又讲了许多无关的细节。" * 12


def terms(text: str) -> tuple[Term, ...]:
    return parse_keyword(text).must


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in hits(text, terms(query))]


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("開源模型發布，模型", "模型", ["模型", "模型"]),
        ("開源模型發布", "开源 模型发布", ["開源模型發布"]),
        ("GPT-5 与 gpt5", "gpt 5", ["GPT", "5", "gpt5"]),
        ("GPT-5 与 gpt5", '"gpt 5"', ["GPT-5", "gpt5"]),
        ("芯片用芯", "芯", ["芯", "芯"]),
        ("AI用户 AI", "AI用", ["AI用"]),
        ("AI用", "AI用", ["AI用"]),
        ("nothing", "模型", []),
        ("开源", "开源模型", []),
        ("开 AI", '"开 AI x"', []),
    ],
)
def test_hits_cover_the_source_words(text: str, query: str, found: list[str]) -> None:
    assert marked(text, query) == found


def test_a_short_text_is_returned_whole() -> None:
    assert snippet("a\n模型", terms("模型"), 80) == ("a 模型", ((2, 4),))


def test_a_snippet_starts_at_the_sentence_of_the_first_hit() -> None:
    text, spans = snippet(LONG, terms("模型"), 60)
    assert text.startswith(ELLIPSIS + "直到这里才提到开源模型")
    assert text.endswith("。" + ELLIPSIS)
    assert [text[start:end] for start, end in spans] == ["模型"]


def test_without_a_hit_the_beginning_is_shown() -> None:
    text, spans = snippet(LONG, terms("nothing"), 40)
    assert text.startswith("第一句")
    assert text.endswith(ELLIPSIS)
    assert spans == ()


def test_latin_words_are_not_cut() -> None:
    text, _ = snippet("supercalifragilistic " * 20 + "needle " + "expialidocious " * 20, terms("needle"), 60)
    inner = set(text.strip(ELLIPSIS).split())
    assert inner <= {"supercalifragilistic", "needle", "expialidocious"}


def test_a_hit_far_into_a_sentence_is_still_shown() -> None:
    text, spans = snippet("很长的一句话没有标点" * 30 + "目标词" + "继续说下去" * 30, terms("目标词"), 50)
    assert [text[start:end] for start, end in spans] == ["目标词"]
    assert len(text) <= 50


def test_a_hit_at_the_end_shows_more_of_what_comes_before() -> None:
    text, spans = snippet("前文" * 100 + "。目标", terms("目标"), 40)
    assert text.endswith("目标")
    assert 30 <= len(text) <= 40
    assert len(spans) == 1


@settings(deadline=None)
@given(
    st.text(st.sampled_from("模型发布AI gpt。.\n👩\u200d💻é\u0301ﬁ"), max_size=300),
    st.sampled_from(["模型", "模", "ai", "gpt 布", '"ai gpt"', "fi"]),
    st.integers(10, 120),
)
def test_snippets_fit_and_their_spans_lie_inside(text: str, query: str, width: int) -> None:
    cut, spans = snippet(text, terms(query), width)
    assert len(cut) <= width
    assert all(0 <= start < end <= len(cut) for start, end in spans)
    assert bool(spans) == bool(hits(text, terms(query)))
    assert list(spans) == sorted(spans)
