"""Tokens: what is found must be exactly what a substring search (Latin: whole words) over folded text would find."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.folding import fold, squash
from bot.core.matching import contains, token_text
from bot.core.query import Term, term_of
from bot.core.tokens import MAX_WORD, index_tokens, is_unspaced, normalise, placed_tokens, query_tokens

AWKWARD = st.text(
    st.sampled_from(
        "aＡéeè\u0301\u0308ǰŉßİıΣς模型發布。・ー々〇かがﾊﾞﾟ가\u1100\u1161\u11a8"
        "①ⅳ½٣９0-_ \u200d\ufe0f👍🏽\u00ad\U00020000\uf900¸㈶\0"
    )
)
HAN = st.text(st.sampled_from("模型发布用户开源人工智能芯片"), min_size=1, max_size=12)


@pytest.mark.parametrize("text", ["GPT-5", "GPT5", "gpt 5", "ＧＰＴ－５", "Gpt_5", "GPT٥"])
def test_spellings_of_a_version_are_one(text: str) -> None:
    assert index_tokens(text) == ["gpt", "5"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("模型发布", ["模型", "型发", "发布", "布"]),
        ("模型，发布", ["模型", "型", "发布", "布"]),
        ("芯", ["芯"]),
        ("模型AI用", ["模型", "型", "ai", "用"]),
        ("人々", ["人々", "々"]),
        ("二〇二六", ["二〇", "〇二", "二六", "六"]),
        ("\U00020000\U00020001", ["\U00020000\U00020001", "\U00020001"]),
        ("カナ・ｶﾞ", ["カナ", "ナ", "ガ"]),
        ("한국어", ["한국", "국어", "어"]),
        ("Привет мир", ["привет", "мир"]),
        ("café cafe\u0301", ["café", "café"]),
        ("soft\u00adhyphen", ["softhyphen"]),
        ("👍🏽 _ ・", []),
        ("2.5e10", ["2", "5", "e", "10"]),
        ("豈\uf900", ["岂岂", "岂"]),
    ],
)
def test_text_is_cut_into_tokens(text: str, tokens: list[str]) -> None:
    assert index_tokens(text) == tokens


@pytest.mark.parametrize(
    ("term", "tokens", "prefix"),
    [
        ("模型", ["模型"], False),
        ("模型发布", ["模型", "型发", "发布"], False),
        ("芯", ["芯"], True),
        ("AI用", ["ai", "用"], True),
        ("模型AI", ["模型", "型", "ai"], False),
        ("GPT-5", ["gpt", "5"], False),
        ("!? ・", [], False),
        ("", [], False),
    ],
)
def test_a_term_becomes_adjacent_tokens(term: str, tokens: list[str], prefix: bool) -> None:
    assert query_tokens(term) == (tokens, prefix)


def test_traditional_and_simplified_are_one() -> None:
    assert normalise("開源模型發佈於臺灣") == normalise("开源模型發佈于台湾")
    assert index_tokens("機器學習") == index_tokens("机器学习")


def test_long_words_are_cut() -> None:
    assert index_tokens("a" * 500 + "1" * 500) == ["a" * MAX_WORD, "1" * MAX_WORD]


@settings(deadline=None)
@given(st.one_of(st.text(), AWKWARD))
@example("¸")
@example("가\u200d\u11a8")
@example("A\0º")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(st.one_of(st.text(), AWKWARD))
def test_tokens_are_letters_and_digits_of_folded_text(text: str) -> None:
    tokens = index_tokens(text)
    assert all(token.isalnum() and token == fold(token) for token in tokens)


@settings(deadline=None)
@given(st.one_of(st.text(), AWKWARD))
@example("ᄀ\u00adᅡ")
def test_placed_tokens_are_the_same_tokens_with_places_in_order(text: str) -> None:
    placed = placed_tokens(text)
    assert [token.token for token in placed] == index_tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in placed)
    assert [token.start for token in placed] == sorted(token.start for token in placed)


def test_places_point_into_the_source_though_folding_changes_lengths() -> None:
    text = "㈶Ａ① ﬁn 模型"
    assert [(token.token, text[token.start : token.end]) for token in placed_tokens(text)] == [
        ("财", "㈶"),
        ("a", "Ａ"),
        ("1", "①"),
        ("fin", "ﬁn"),
        ("模型", "模型"),
        ("型", "型"),
    ]


@settings(deadline=None)
@given(HAN, HAN)
def test_a_chinese_term_is_found_exactly_where_it_is_a_substring(text: str, word: str) -> None:
    term = term_of(word)
    assert term is not None
    assert contains(token_text(text), term) == (word in text)


@pytest.mark.parametrize("word", ["ai", "gpt", "open"])
@settings(deadline=None)
@given(
    pieces=st.lists(st.sampled_from(["ai", "AIs", "gpt", "open", "模型", "型", "用户", "5", "，", "-"]), max_size=10)
)
def test_a_latin_term_is_found_exactly_where_it_is_a_whole_word(word: str, pieces: list[str]) -> None:
    text = " ".join(pieces)
    term = term_of(word)
    assert term is not None
    assert contains(token_text(text), term) == bool(re.search(rf"\b{word}\b", text.lower()))


@settings(deadline=None)
@given(st.text(st.sampled_from("模型用AI5 "), max_size=12), st.data())
def test_whatever_is_cut_out_between_words_is_found_again(text: str, data: st.DataObject) -> None:
    runs = re.findall(r"[模型用]+|[A-Z]+|[0-9]+", text) or ["模"]
    first = data.draw(st.integers(0, len(runs) - 1))
    last = data.draw(st.integers(first, len(runs) - 1))
    term = term_of(" ".join(runs[first : last + 1]))
    assert term is not None
    assert contains(token_text(" ".join(runs)), term)


@settings(deadline=None)
@given(st.text())
def test_any_text_makes_a_term_or_none(text: str) -> None:
    term = term_of(text)
    assert term is None or (isinstance(term, Term) and all(term.tokens))


def test_a_squashed_name_has_letters_and_digits_only() -> None:
    assert squash(" AI & 倫理 (Ethics) ") == "ai伦理ethics"


@pytest.mark.parametrize(
    ("character", "unspaced"), [("模", True), ("あ", True), ("가", True), ("a", False), ("5", False)]
)
def test_scripts_without_spaces_are_known(character: str, unspaced: bool) -> None:
    assert is_unspaced(character) is unspaced


def test_every_character_folds_to_something_stable() -> None:
    letters = [chr(code) for code in range(0x30000) if unicodedata.category(chr(code)) != "Cs"]
    assert [letter for letter in letters if fold(fold(letter)) != fold(letter)] == []
