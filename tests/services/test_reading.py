"""What readers ask of the archive, the texts behind buttons, how things stand, and what an edition looks like."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import utc_now
from bot.core.actions import QueryRef
from bot.core.model import ChatKind, Language, Place, Preferences, Rule, RuleAction, RuleKind, Style, SubscriberState
from bot.core.topics import TopicSet
from bot.errors import NotFoundError
from bot.i18n import Catalogue
from bot.rendering.script import ScriptConverter
from bot.services.editions import EditionRenderer
from bot.services.figures import figures_of
from bot.services.ingest import Ingest
from bot.services.phrases import Phrases
from bot.services.reading import COUNTED, Reading, choose
from bot.services.status import StatusService, next_slot
from bot.sources import RawDigest
from bot.storage import Storage
from tests.conftest import NEWS, Entry, digest_text, slot

ZONE = ZoneInfo("Asia/Shanghai")
LAST = datetime(2026, 11, 21, 0, tzinfo=UTC)
Publish = Callable[..., None]


@pytest.fixture
def publish(database: Storage, topics: TopicSet) -> Publish:
    ingest = Ingest(database, topics, time_zone=ZONE)

    def published(hour: int, *entries: Entry, announce: bool = False) -> None:
        raw = RawDigest("/d", f"{hour}.md", digest_text(slot(hour), entries or NEWS).encode(), utc_now())
        ingest.store([raw], announce=announce, now=utc_now())

    return published


@pytest.fixture
def reading(database: Storage, topics: TopicSet) -> Reading:
    return Reading(database, topics)


def test_the_newest_digests_come_newest_first(reading: Reading, publish: Publish) -> None:
    publish(12)
    publish(8)
    assert [stored.digest.slot.hour for stored in reading.latest(5)] == [12, 8]
    assert [stored.digest.slot.hour for stored in reading.latest()] == [12]
    found = reading.at(slot(8))
    assert found is not None
    assert reading.digest(found.id) == found
    assert reading.at(slot(9)) is None
    assert [item.slot.hour for item in reading.newest(limit=4, offset=1)] == [12, 12, 8, 8]


def test_a_digest_that_is_none_is_not_found(reading: Reading) -> None:
    with pytest.raises(NotFoundError):
        reading.digest(1)


@pytest.mark.parametrize("count", [COUNTED - 1, COUNTED, COUNTED + 1, COUNTED + 30])
def test_results_are_counted_exactly_up_to_a_limit(reading: Reading, publish: Publish, count: int) -> None:
    publish(8, *(Entry(f"第{n}条机器人", "机器人。") for n in range(count)))
    part = reading.by_topic("robotics", limit=5, offset=5)
    assert len(part.items) == 5
    assert (part.total, part.exact) == (min(count, COUNTED), count <= COUNTED)


def test_pages_are_disjoint_and_complete(reading: Reading, publish: Publish) -> None:
    publish(8, *(Entry(f"第{n}条机器人", "机器人。") for n in range(63)))
    pages = [reading.by_topic("robotics", limit=5, offset=offset) for offset in range(0, 70, 5)]
    ids = [item.id for page in pages for item in page.items]
    assert len(ids) == len(set(ids)) == 63
    assert (pages[-2].total, pages[-2].exact) == (63, True)
    assert pages[-1].items == ()


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("topic:机器人", [2]),
        ("topic:Robotics topic:models", [1, 2]),
        ("topic:unheard", []),
        ("topic:unheard topic:models", [1]),
        ("机械臂", [2]),
        ("since:2026-11-22", []),
    ],
)
def test_queries_name_topics_in_any_language(
    reading: Reading, publish: Publish, words: str, numbers: list[int]
) -> None:
    publish(8)
    query = reading.parse(words, today=slot(8).date())
    found = reading.search(query, limit=10, zone=ZONE).items
    assert sorted(item.item.number for item in found) == numbers


def test_topics_are_counted_and_categories_known(reading: Reading, publish: Publish) -> None:
    publish(8)
    assert [(count.topic.slug, count.items) for count in reading.topic_counts()] == [
        ("models", 1),
        ("robotics", 1),
        ("open-source", 1),
        ("safety", 0),
    ]
    assert (reading.has_category("industry trends"), reading.has_category("Unheard")) == (True, False)


def test_rules_choose_items_in_order(reading: Reading, publish: Publish) -> None:
    publish(8)
    (stored,) = reading.latest()
    rules = [Rule(RuleAction.MUTE, RuleKind.TOPIC, "models")]
    shown, selection = choose(stored, rules)
    assert [item.item.number for item in shown] == [2, 3]
    assert len(selection.hidden) == 1


def test_short_texts_travel_in_buttons_and_long_ones_by_number(database: Storage) -> None:
    phrases = Phrases(database, now=lambda: slot(8))
    long = "很长的一句话 " * 20
    kept = phrases.keep(long)
    assert phrases.keep("short") == "short"
    assert isinstance(kept, QueryRef)
    assert phrases.keep(long) == kept
    assert (phrases.find(kept), phrases.find("short"), phrases.find(QueryRef(10**15))) == (long, "short", None)


@pytest.mark.parametrize(
    ("window", "hours", "expected"),
    [(None, 1, 4), (4, 1, 4), (4, 5, 4), (4, 6, 8), (4, 25, 24), (24, 1, 24), (24, 27, 48), (4, -3, 4)],
)
def test_the_next_digest_is_expected_in_the_publishers_rhythm(window: int | None, hours: int, expected: int) -> None:
    assert next_slot(LAST, window, LAST + timedelta(hours=hours)) == LAST + timedelta(hours=expected)


def test_nothing_is_expected_before_the_first(database: Storage, reading: Reading) -> None:
    status = StatusService(database, reading, fault=lambda: "polling is dead").of(Place(1), now=LAST)
    assert (status.subscription, status.last_slot, status.next_expected, status.healthy) == (None, None, None, False)
    assert figures_of(database, now=LAST).to_json()["last_digest"] is None


def test_status_and_figures_count_what_waits(database: Storage, reading: Reading, publish: Publish) -> None:
    with database.writing() as tx:
        tx.subscribers.ensure(Place(1), kind=ChatKind.PRIVATE, title="r", language=Language.EN, now=utc_now())
    publish(8, announce=True)
    figures = figures_of(database, now=utc_now())
    status = StatusService(database, reading).of(Place(1), now=utc_now())
    assert (status.subscription, status.last_items, status.backlog) == (SubscriberState.ACTIVE, 3, 1)
    assert figures.to_json()["subscribers"] == {"active": 1, "paused": 0, "blocked": 0}
    assert (figures.backlog, figures.digests, figures.items) == (1, 1, 3)
    assert any(line.startswith("backlog      1, the oldest since") for line in figures.lines())


def test_refused_files_are_in_the_figures_with_line_and_reason(database: Storage, topics: TopicSet) -> None:
    bad = RawDigest("/d", "bad.md", b"\xff\xfe nothing", utc_now())
    Ingest(database, topics, time_zone=ZONE).store([bad], announce=False, now=utc_now())
    figures = figures_of(database, now=utc_now())
    assert any(line.startswith("refused      bad.md:1: ") for line in figures.lines())
    assert figures.to_json()["quarantine"]


@pytest.mark.parametrize("style", list(Style))
def test_a_preview_shows_what_would_be_pushed(
    database: Storage,
    reading: Reading,
    publish: Publish,
    catalogue: Catalogue,
    converter: ScriptConverter,
    style: Style,
) -> None:
    publish(8)
    renderer = EditionRenderer(database, catalogue, converter, time_zone=ZONE)
    (stored,) = reading.latest()
    rules = [Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics")]
    preferences = Preferences(style=style, silent=True)
    (message,) = renderer.preview(stored, language=Language.EN, preferences=preferences, rules=rules)
    assert NEWS[1].title in message.text
    assert NEWS[0].title not in message.text
    assert message.silent
