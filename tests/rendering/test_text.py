"""Counting, cleaning and cutting of text; which urls become links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.text import clean, clean_line, columns, cut_units, fit_columns, shorten, usable_url, utf16_length

ANY = st.text(st.characters(codec="utf-8") | st.sampled_from("👨‍👩‍👧🏽é\u0301\u200d\ufe0f𠮷模"), max_size=60)


@pytest.mark.parametrize(("text", "units"), [("", 0), ("a模", 2), ("🎉", 2), ("𠮷a", 3), ("👨‍👩‍👧", 8)])
def test_length_counts_utf16_units(text, units):
    assert utf16_length(text) == units


@given(ANY.map(clean), st.integers(0, 80))
def test_a_cut_is_the_longest_beginning_that_fits(text, units):
    kept = cut_units(text, units)
    assert text.startswith(kept)
    assert utf16_length(kept) <= units


@pytest.mark.parametrize(
    ("text", "units", "kept"),
    [
        ("模型🎉", 3, "模型"),
        ("ab👨‍👩‍👧c", 6, "ab"),
        ("a👍🏽b", 3, "a"),
        ("ae\u0301b", 2, "a"),
        ("abc", 2, "ab"),
        ("❤️a", 1, ""),
    ],
)
def test_a_cut_never_leaves_half_a_character(text, units, kept):
    assert cut_units(text, units) == kept


@given(ANY.map(clean), st.integers(1, 80))
def test_a_shortened_text_fits_and_says_so(text, units):
    short = shorten(text, units)
    assert utf16_length(short) <= units
    assert short == text or short.endswith("…")


@given(st.text())
def test_a_cleaned_text_can_be_sent(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert all(char == "\n" or ord(char) >= 32 for char in cleaned)


def test_a_line_has_no_breaks_and_no_marks_of_direction():
    assert clean_line("\u3000 a\r\n\tb\u202e\x00 c \u200b") == "a b c"


@pytest.mark.parametrize(("text", "wide"), [("ab", 2), ("模型", 4), ("🎉", 2), ("⚙️", 1), ("＋", 2), ("e\u0301", 1)])
def test_columns_count_wide_characters_twice(text, wide):
    assert columns(text) == wide


@given(ANY, st.integers(1, 30))
def test_a_fitted_label_is_never_too_wide(text, most):
    assert columns(fit_columns(text, most)) <= most


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/a/status/1?s=20#top",
        "HTTP://Example.ORG",
        "https://例子.中国/路径",
        "http://192.168.0.1:8080/x",
        "https://user@example.org/",
        " https://example.org/a(b)_c ",
    ],
)
def test_web_addresses_become_links(url):
    assert usable_url(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "ftp://example.org",
        "tg://user?id=1",
        "https://",
        "https://localhost",
        "https://a b.org",
        "https://example.org/a b",
        "https://exa\u202emple.org",
        "https://[::1",
        "https://example.org:99999",
        "https://<script>.org",
        "//example.org",
        "example.org",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_anything_else_stays_text(url):
    assert usable_url(url) is None
