"""What choices make of preferences: each step leads to a wish that can be stored, and back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.choosing import (
    DAYS,
    at_weekly_time,
    daily_times,
    each_digest,
    move_daily,
    quiet_ends,
    shifted,
    timed,
    weekly_days,
    weekly_time,
    with_daily,
    with_weekly,
)
from bot.core.forum import kept_title, topic_of, topic_title
from bot.core.model import Preferences

PLAIN = Preferences()
TIMES = st.times().map(lambda time: f"{time:%H:%M}")
STEPS = st.one_of(
    st.builds(lambda time, on: lambda wishes: with_daily(wishes, time, on=on), TIMES, st.booleans()),
    st.builds(lambda one, other: lambda wishes: move_daily(wishes, one, other), TIMES, TIMES),
    st.builds(
        lambda day, time, on: lambda wishes: with_weekly(wishes, day, time, on=on),
        st.sampled_from(DAYS), TIMES, st.booleans(),
    ),
    st.builds(lambda time: lambda wishes: at_weekly_time(wishes, time), TIMES),
    st.just(each_digest),
)  # fmt: skip
ENTRY = re.compile(r"each|(daily|weekly (MON|TUE|WED|THU|FRI|SAT|SUN)) ([01]\d|2[0-3]):[0-5]\d")


def after(steps):
    wishes = PLAIN
    for step in steps:
        wishes = step(wishes)
    return wishes


@given(st.lists(STEPS, max_size=12))
def test_any_row_of_choices_leaves_a_schedule_that_can_be_kept(steps):
    wishes = after(steps)
    assert wishes.schedule
    assert all(map(ENTRY.fullmatch, wishes.schedule))
    assert wishes.schedule == ("each",) or "each" not in wishes.schedule
    assert len(set(wishes.schedule)) == len(wishes.schedule)


def test_daily_and_weekly_go_together_and_the_last_one_gone_brings_each_back():
    wishes = with_weekly(with_daily(with_daily(PLAIN, "20:00", on=True), "08:00", on=True), "SUN", "09:00", on=True)
    assert wishes.schedule == ("daily 08:00", "daily 20:00", "weekly SUN 09:00")
    wishes = with_daily(with_daily(wishes, "08:00", on=False), "20:00", on=False)
    assert wishes.schedule == ("weekly SUN 09:00",)
    assert with_weekly(wishes, "SUN", "09:00", on=False).schedule == ("each",)


def test_a_time_moves_only_from_where_it_is():
    wishes = with_daily(PLAIN, "08:00", on=True)
    assert daily_times(move_daily(wishes, "08:00", "08:30")) == ("08:30",)
    assert move_daily(wishes, "09:00", "09:30") is wishes


def test_weekly_days_share_one_time():
    wishes = with_weekly(with_weekly(PLAIN, "FRI", "08:00", on=True), "MON", "08:00", on=True)
    assert weekly_days(at_weekly_time(wishes, "21:30")) == (("MON", "21:30"), ("FRI", "21:30"))
    assert weekly_time(PLAIN) == "08:00"
    assert at_weekly_time(PLAIN, "21:30") is PLAIN


@pytest.mark.parametrize(
    ("time", "minutes", "later"), [("23:45", 30, "00:15"), ("00:00", -30, "23:30"), ("08:00", 30, "08:30")]
)
def test_times_move_around_midnight(time, minutes, later):
    assert shifted(time, minutes) == later


def test_only_hours_need_a_zone():
    assert not timed(PLAIN)
    assert timed(with_daily(PLAIN, "08:00", on=True))
    assert timed(Preferences(quiet="22:00-07:00"))
    assert quiet_ends("22:00-07:00") == ("22:00", "07:00")


def test_a_forum_topic_keeps_its_name_when_nobody_tells_it():
    title = topic_title("Readers", "Robots")
    assert topic_of(title) == "Robots"
    assert topic_of("Readers") is None
    assert kept_title(title, "Readers") == title
    assert kept_title(title, "Writers") == "Writers"
