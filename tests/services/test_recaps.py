"""Recaps from the archive: what is removed is not told, and one question costs a bounded amount of work."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import Digest, Item, Rule, RuleAction, RuleKind
from bot.core.recap import RecapSpan
from bot.core.topics import TopicSet
from bot.services.recaps import Recaps
from bot.storage import Storage

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def recaps(database: Storage, topics: TopicSet) -> Recaps:
    return Recaps(database, topics)


def put(storage: Storage, slot: datetime, *titles: str) -> None:
    items = tuple(Item(n, title, topics=("models",)) for n, title in enumerate(titles, start=1))
    digest = Digest(slot, "Digest", slot, 4, ("AI Models",), items)
    with storage.writing() as tx:
        tx.digests.put(digest, content_hash=f"{slot}{titles}", source="test", now=NOON)


def titles(recaps: Recaps, *rules: Rule) -> list[str]:
    told = recaps.tell(RecapSpan.TODAY, now=NOON, zone=ZONE, rules=rules)
    assert told is not None
    return [entry.item.item.title for section in told.recap.sections for entry in section.entries]


def test_what_a_correction_took_out_is_not_told(database: Storage, recaps: Recaps) -> None:
    put(database, NOON, "A quiet launch", "Something quite different")
    put(database, NOON, "A quiet launch")
    assert titles(recaps) == ["A quiet launch"]


def test_a_day_whose_items_were_all_taken_out_is_like_none(database: Storage, recaps: Recaps) -> None:
    put(database, NOON - timedelta(hours=20), "Of the evening before")
    put(database, NOON, "Withdrawn")
    put(database, NOON)
    assert titles(recaps) == ["Of the evening before"]


def test_rules_on_categories_see_each_items_own_digest(database: Storage, recaps: Recaps) -> None:
    put(database, NOON, "A quiet launch")
    assert titles(recaps, Rule(RuleAction.FOLLOW, RuleKind.CATEGORY, "ai models")) == ["A quiet launch"]
    assert titles(recaps, Rule(RuleAction.MUTE, RuleKind.CATEGORY, "AI Models")) == []


def test_of_very_many_digests_the_newest_are_told(database: Storage, recaps: Recaps) -> None:
    for minute in range(205):
        put(database, NOON - timedelta(minutes=minute), f"Told {minute}")
    told = recaps.tell(RecapSpan.TODAY, now=NOON, zone=ZONE, rules=())
    assert told is not None
    assert told.recap.stories == 200
    assert titles(recaps)[:2] == ["Told 0", "Told 1"]


def test_an_empty_archive_has_nothing_to_tell(recaps: Recaps) -> None:
    assert recaps.tell(RecapSpan.WEEK, now=NOON, zone=ZONE, rules=()) is None
    assert recaps.near(date(2026, 11, 21), ZONE) == recaps.of_day(date(2026, 11, 21), ZONE) == []
