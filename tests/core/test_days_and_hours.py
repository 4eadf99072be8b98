"""A day with an hour, as people type it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.days import parse_day_hour

TODAY = date(2025, 12, 3)
DAY = date(2025, 11, 26)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2025-11-26", None),
        ("11-26", None),
        ("2025/11/26", None),
        ("11月26日", None),
        ("7d", None),
        ("2025-11-26 08", 8),
        ("2025-11-26 8", 8),
        (" 2025-11-26   23 ", 23),
        ("2025-11-26 08:00", 8),
        ("2025-11-26T08:00", 8),
        ("2025-11-26-08", 8),
        ("2025.11.26.08", 8),
        ("11-26 0", 0),
        ("11-26 8点", 8),
        ("11-26 8點", 8),
        ("11月26日8时", 8),
        ("11月26日 20:30", 20),
        ("１１－２６ ０８：００", 8),
    ],
)
def test_a_day_and_perhaps_an_hour(text, hour):
    assert parse_day_hour(text, today=TODAY) == (DAY, hour)


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("今天", TODAY, None),
        ("昨天", date(2025, 12, 2), None),
        ("yesterday 8", date(2025, 12, 2), 8),
        ("昨天8点", date(2025, 12, 2), 8),
        ("前天 12点30分", date(2025, 12, 1), 12),
        ("12-31", date(2024, 12, 31), None),
    ],
)
def test_days_seen_from_today(text, day, hour):
    assert parse_day_hour(text, today=TODAY) == (day, hour)


@pytest.mark.parametrize(
    "text", ["", " ", "08", "11-26 24", "11-26 99", "11-26 8 9", "2025-02-30", "soon 8", "11-26 x", "2025_11"]
)
def test_anything_else_is_none(text):
    assert parse_day_hour(text, today=TODAY) is None


@given(st.text(max_size=60))
def test_any_text_is_safe(text):
    found = parse_day_hour(text, today=TODAY)
    assert found is None or isinstance(found[0], date)
