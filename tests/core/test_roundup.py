"""A roundup tells each story once, the most important first, under a heading that fits the hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.agenda import Owed
from bot.core.model import Item, StoredItem
from bot.core.roundup import Heading, Occasion, heading_of, ranked

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def item(key: int, *, number: int = 1, hours: int = 0) -> StoredItem:
    slot = NOON + timedelta(hours=hours)
    return StoredItem(key, int(slot.timestamp()) // 60, slot, Item(number, f"item {key}"))


def order(items: list[StoredItem], stories: dict[int, int], tellings: dict[int, int], *followed: int) -> list[int]:
    return [found.id for found in ranked(items, stories, tellings, followed=frozenset(followed))]


def test_more_digests_then_followed_then_rank_then_newer() -> None:
    items = [item(1), item(2, number=3), item(3, number=2), item(4, number=2, hours=4), item(5, number=9)]
    assert order(items, {5: 50}, {50: 3}, 2) == [5, 2, 1, 4, 3]


def test_a_story_is_told_once_by_its_newest_telling() -> None:
    items = [item(1), item(2, number=4, hours=4), item(3, number=2)]
    assert order(items, {1: 1, 2: 1}, {1: 2}) == [2, 3]


def test_two_tellings_in_one_digest_are_one() -> None:
    assert order([item(1, number=1), item(2, number=5)], {1: 1, 2: 1}, {1: 1}) == [1]


@pytest.mark.parametrize(
    ("hour", "occasion"),
    [
        *((4, Occasion.MORNING), (10, Occasion.MORNING), (11, Occasion.MIDDAY), (17, Occasion.EVENING)),
        *((22, Occasion.NIGHT), (3, Occasion.NIGHT)),
    ],
)
def test_the_heading_fits_the_local_hour(hour: int, occasion: Occasion) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    now = datetime(2026, 11, 23, hour, tzinfo=zone)
    heading = heading_of(Owed.DAILY, zone, now.astimezone(UTC))
    assert (heading.occasion, heading.day) == (occasion, now.date())
    assert Heading.parse(str(heading)) == heading


@pytest.mark.parametrize(("owed", "occasion"), [(Owed.WEEKLY, Occasion.WEEK), (Owed.HELD, Occasion.HELD)])
def test_a_week_and_what_was_held_are_headed_as_such_at_any_hour(owed: Owed, occasion: Occasion) -> None:
    assert heading_of(owed, UTC, NOON).occasion is occasion
