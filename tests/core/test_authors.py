"""Names of authors: what is one person, whatever a publisher writes after the name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.authors import author_keys, author_name_key, person_key, without_others
from bot.core.matching import author_found

SPELLINGS = [
    "merve",
    "Merve 等",
    "merve等",
    "MERVE et al.",
    "merve, et al",
    "merve 等人",
    "merve and others",
    "merve（等）",
]


@pytest.mark.parametrize("written", SPELLINGS)
def test_and_others_is_not_part_of_a_name(written: str) -> None:
    assert person_key(written) == author_name_key(written) == "merve"
    assert without_others(written).casefold() == "merve"
    assert "merve" in author_keys(written)


@pytest.mark.parametrize("name", ["等", "et al", "Planet Al", "平等", "高等教育", "Wait"])
def test_what_only_looks_like_and_others_stays(name: str) -> None:
    assert person_key(name)


@pytest.mark.parametrize("asked", ["merve", "MERVE 等", "erv", "ｍｅｒｖｅ", "@mervenoyann", "＠MerveNoyann", "noyann"])
def test_a_person_is_found_by_any_spelling_or_part(asked: str) -> None:
    assert author_found(asked, "Merve 等", "mervenoyann")


@pytest.mark.parametrize("asked", ["@merve", "mervex", "", " ", "！"])
def test_nobody_else_is_found(asked: str) -> None:
    assert not author_found(asked, "Merve 等", "mervenoyann")


@given(st.text(max_size=90))
def test_any_name_has_keys(name: str) -> None:
    assert person_key(person_key(name)) in {person_key(name), person_key(without_others(person_key(name)))}
    assert author_name_key(name) in author_keys(name) or not name.strip()
