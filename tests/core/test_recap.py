"""A recap tells each story once, under one topic, the most told first, within its caps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Item, StoredItem
from bot.core.recap import (
    Caps,
    Entry,
    Period,
    Recap,
    RecapSpan,
    Section,
    local_days,
    make_recap,
    past_period,
    period_of,
    shares,
)

SLOT = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
TOPICS = ("models", "agents", "robotics")
WIDE = Caps(100, 100)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def item(key, *topics):
    return StoredItem(key, 1, SLOT, Item(key, f"Title {key}", topics=topics))


ITEMS = st.lists(
    st.builds(lambda key, topics: item(key, *topics), st.integers(1, 30), st.lists(st.sampled_from((*TOPICS, "old")))),
    max_size=40,
)
STORIES = st.dictionaries(st.integers(1, 30), st.integers(1, 8))
CAPS = st.builds(Caps, st.integers(0, 20), st.integers(0, 10))


def test_topics_come_in_their_own_order_and_what_has_none_comes_last():
    items = [item(1), item(2, "robotics"), item(3, "models", "robotics"), item(4, "old"), item(5, "old", "agents")]
    recap = make_recap(items, {}, topics=TOPICS, caps=WIDE)
    shown = [(section.topic, [entry.item.id for entry in section.entries]) for section in recap.sections]
    assert shown == [("models", [3]), ("agents", [5]), ("robotics", [2]), (None, [1, 4])]


def test_a_story_is_told_once_by_its_newest_telling_and_the_most_told_come_first():
    items = [item(9, "models"), item(8, "models"), item(7, "models"), item(6, "agents")]
    recap = make_recap(items, {8: 6, 6: 6}, topics=TOPICS, caps=WIDE)
    assert recap == Recap((Section("models", (Entry(items[1], 2), Entry(items[0]), Entry(items[2]))),), 3)


def test_a_story_stands_under_the_topic_of_an_older_telling_if_the_newest_has_none():
    recap = make_recap([item(2), item(1, "agents")], {1: 1, 2: 1}, topics=TOPICS, caps=WIDE)
    assert [section.topic for section in recap.sections] == ["agents"]


def test_a_topic_beyond_its_cap_says_how_many_more_there_are():
    recap = make_recap([item(n, "models") for n in range(1, 6)], {}, topics=TOPICS, caps=Caps(10, 3))
    [section] = recap.sections
    assert (len(section.entries), section.more, recap.stories) == (3, 2, 5)


@given(ITEMS, STORIES, CAPS)
def test_nothing_is_told_twice_and_nothing_is_lost(items, stories, caps):
    recap = make_recap(items, stories, topics=TOPICS, caps=caps)
    shown = [entry for section in recap.sections for entry in section.entries]
    told = [stories.get(entry.item.id, -entry.item.id) for entry in shown]
    assert len(set(told)) == len(told) == sum(len(section.entries) for section in recap.sections)
    different = {stories.get(item.id, -item.id) for item in items}
    assert recap.stories == len(told) + sum(section.more for section in recap.sections) == len(different)


@given(ITEMS, STORIES)
def test_every_item_is_counted_in_one_story(items, stories):
    recap = make_recap(items, stories, topics=TOPICS, caps=WIDE)
    tellings = [entry.tellings for section in recap.sections for entry in section.entries]
    assert sum(tellings) == len({item.id for item in items})
    orders = [[-entry.tellings for entry in section.entries] for section in recap.sections]
    assert orders == [sorted(order) for order in orders]


@given(ITEMS, CAPS)
def test_the_caps_hold(items, caps):
    sizes = [len(section.entries) for section in make_recap(items, {}, topics=TOPICS, caps=caps).sections]
    assert sum(sizes) <= caps.most
    assert max(sizes, default=0) <= caps.most_each


@pytest.mark.parametrize(
    ("wanted", "caps", "given_"),
    [
        ([5, 1, 3], Caps(9, 9), [5, 1, 3]),
        ([5, 1, 3], Caps(6, 9), [3, 1, 2]),
        ([5, 5, 5], Caps(15, 2), [2, 2, 2]),
        ([2, 2, 2], Caps(2, 9), [1, 1, 0]),
        ([], Caps(5, 5), []),
    ],
)
def test_places_are_dealt_out_in_turn(wanted, caps, given_):
    assert shares(wanted, caps) == given_


def test_days_are_the_readers_own():
    now = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # half past one of the next day in Shanghai
    start = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert period_of(RecapSpan.TODAY, now, SHANGHAI) == Period(start, start + timedelta(days=1))
    assert period_of(RecapSpan.DAY, now, SHANGHAI) == Period(now - timedelta(days=1), now)
    assert period_of(RecapSpan.WEEK, now, SHANGHAI) == Period(start - timedelta(days=6), start + timedelta(days=1))


def test_a_day_of_23_hours_is_a_day():
    period = local_days(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    assert period.end - period.start == timedelta(hours=23)


def test_the_past_day_ends_with_the_newest_digest():
    period = past_period(RecapSpan.TODAY, SLOT, SHANGHAI)
    assert period.start <= SLOT - timedelta(hours=23) < SLOT < period.end
    assert period.start > SLOT - timedelta(days=1)
    assert past_period(RecapSpan.WEEK, SLOT, SHANGHAI).past


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_beyond_every_calendar_are_no_error(day):
    assert local_days(day, day, SHANGHAI).start < local_days(day, day, SHANGHAI).end
