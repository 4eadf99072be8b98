"""Today, the week and digests by date: for each reader in their own words, days and rules."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.app
from bot.core.model import Place, Preferences
from bot.emulator import Chat, Emulator, Person
from bot.tg.dispatch import Dispatch
from tests.conftest import NEWS, Entry, House, Running, slot, stored
from tests.endtoend.conftest import buttons, digests, labels, links
from tests.endtoend.test_stories import AGAIN, LARK, OTHER

ASKED = slot(22)
MANY = tuple(
    Entry(
        f"新模型 Kestrel-{chr(65 + n % 26) * 4}-{n} " + chr(0x4E00 + 37 * n) * 120,
        f"{n}",
        f"Author {n}",
        f"https://example.org/many/{n}",
    )
    for n in range(70)
)


@pytest.fixture(autouse=True)
def asked_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Questions are asked in the evening of the day of the sample digest, or when the test says."""

    def set_time(now: datetime) -> None:
        def dispatch(*args: Any, **options: Any) -> Dispatch:
            return Dispatch(*args, **{**options, "clock": lambda: now.astimezone(UTC)})

        monkeypatch.setattr(bot.app, "Dispatch", dispatch)

    set_time(ASKED)
    return set_time


@pytest.fixture
async def told_twice(house: House, running: Running) -> None:
    """The same story twice on one day, and another on the day before."""
    house.desk.publish(slot(12), [LARK])
    house.desk.publish(slot(16), [AGAIN])
    house.desk.publish(slot(20, day=20), [OTHER])
    await stored(running, 4)


@pytest.mark.usefixtures("told_twice")
async def test_today_tells_each_story_once_by_topic(ann: Person) -> None:
    answer = await ann.ask("/today")
    text = answer["text"]
    assert text.splitlines()[:2] == ["🗓 Today, 21 Nov 2026", "4 stories, each once, by topic"]
    assert (AGAIN.title in text, LARK.title in text, OTHER.title in text) == (True, False, False)
    assert f"1. {AGAIN.title} · {AGAIN.author} · 1 more like it" in text
    assert text.index("Models") < text.index("Robotics") < text.index(NEWS[1].title)
    assert links(answer)[0] == AGAIN.url
    assert buttons(answer) == []


@pytest.mark.usefixtures("told_twice")
async def test_the_week_reaches_further_back(ann: Person) -> None:
    text = (await ann.ask("/week"))["text"]
    assert text.startswith("🗓 7 days, 15 Nov – 21 Nov\n5 stories")
    assert OTHER.title in text


@pytest.mark.usefixtures("told_twice")
async def test_recaps_speak_the_readers_language(ming: Person, yijun: Person) -> None:
    simplified, traditional = (await ming.ask("/today"))["text"], (await yijun.ask("/week"))["text"]
    assert "4 件事，重复已合并" in simplified
    assert "机器人\n" in simplified
    assert "5 件事，重複已合併" in traditional
    assert "機械臂學會疊箱子" in traditional


@pytest.mark.usefixtures("told_twice")
@pytest.mark.parametrize(
    ("typed", "words"), [("/today", "2026年11月21日"), ("/week", "7 天"), ("/digest 11-21 12", "📰")]
)
async def test_members_of_a_group_may_ask(ming: Person, group: Chat, typed: str, words: str) -> None:
    assert words in (await ming.ask(typed, group))["text"]


@pytest.mark.usefixtures("told_twice")
async def test_rules_apply_and_are_lifted_by_button(ann: Person, emulator: Emulator) -> None:
    await ann.ask("/mute models")
    answer = await ann.ask("/today")
    assert (AGAIN.title in answer["text"], NEWS[1].title in answer["text"]) == (False, True)
    assert "hidden by your rules" in answer["text"]
    await ann.press(answer, "Show everything")
    await emulator.wait_for(lambda: AGAIN.title in emulator.texts(ann)[-1])


@pytest.mark.usefixtures("told_twice")
async def test_rules_that_hide_all_say_so(ann: Person) -> None:
    await ann.ask("/follow keyword:nothing-like-that")
    for typed in ("/today", "/week"):
        answer = await ann.ask(typed)
        assert "Your rules hid everything" in answer["text"]
        assert labels(answer) == ["Show everything"]


async def test_a_long_day_is_cut_into_whole_parts_with_a_way_to_the_rest(
    ann: Person, house: House, running: Running, emulator: Emulator
) -> None:
    house.desk.publish(slot(12), MANY)
    await stored(running, 2)
    ann.send("/today")
    await emulator.wait_for(lambda: emulator.texts(ann) and buttons(emulator.sent(ann)[-1]))
    first, last = emulator.sent(ann)
    assert ("(1/2)" in first["text"], "(2/2)" in last["text"]) == (True, True)
    assert (len(links(first)) + len(links(last)), "more" in last["text"]) == (40, True)
    [to_models] = [label for label in labels(last) if label.startswith("Models +")]
    await ann.press(last, to_models)
    await emulator.wait_for(lambda: emulator.texts(ann)[-1].startswith("🏷 Models"))


@pytest.mark.parametrize("now", [slot(9, day=23), slot(9, day=30)])
async def test_without_news_the_time_before_is_told(
    house: House, ann: Person, asked_at: Callable[[datetime], None], now: datetime
) -> None:
    asked_at(now)
    async with house.running() as app:
        await stored(app, 1)
        today = (await ann.ask("/today"))["text"]
        assert "24 hours up to Sat 21 Nov 2026, 08:00\nNothing yet today" in today
        assert NEWS[0].title in today
        assert NEWS[0].title in (await ann.ask("/week"))["text"]


async def test_days_and_hours_are_the_readers_own(house: House, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe")
    with running.core.storage.writing() as tx:
        found = tx.subscribers.find(Place(ann.id))
        assert found is not None
        tx.subscribers.set_preferences(found.id, Preferences(time_zone="Europe/Berlin"), now=ASKED)
    house.desk.publish(slot(4), [OTHER])  # nine in the evening of the day before in Berlin
    await stored(running, 2)
    today = (await ann.ask("/today"))["text"]
    assert (OTHER.title in today, NEWS[0].title in today) == (False, True)
    assert OTHER.title in (await ann.ask("/digest yesterday 21"))["text"]


@pytest.mark.usefixtures("told_twice")
@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("2026-11-21 12", [LARK.title]),
        ("11-21 16:00", [AGAIN.title]),
        ("今天 8点", [NEWS[0].title]),
        ("2026-11-20", [OTHER.title]),
        ("yesterday", [OTHER.title]),
        ("昨天", [OTHER.title]),
        ("11-21", [NEWS[0].title, LARK.title, AGAIN.title]),
    ],
)
async def test_digests_of_a_day_come_oldest_first(
    ann: Person, emulator: Emulator, typed: str, titles: list[str]
) -> None:
    ann.send(f"/digest {typed}")
    await emulator.wait_for(lambda: len(emulator.sent(ann)) == len(titles))
    assert [title in text for title, text in zip(titles, emulator.texts(ann), strict=True)] == [True] * len(titles)
    assert len(digests(emulator.sent(ann))) == len(titles)


@pytest.mark.usefixtures("told_twice")
async def test_rules_apply_to_a_digest_of_a_date(ann: Person) -> None:
    await ann.ask("/mute robotics")
    answer = await ann.ask("/digest 11-21 08")
    assert (NEWS[0].title in answer["text"], NEWS[1].title in answer["text"]) == (True, False)
    assert "Show everything" in labels(answer)


@pytest.mark.usefixtures("told_twice")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("2026-11-19", ["20 Nov 2026, 20:00", "21 Nov 2026, 08:00"]),
        ("2026-11-25", ["20 Nov 2026, 20:00", "21 Nov 2026, 16:00"]),
        ("11-21 09", ["21 Nov 2026, 08:00", "21 Nov 2026, 12:00", "21 Nov 2026, 16:00"]),
        ("0001-01-01", ["20 Nov 2026, 20:00", "21 Nov 2026, 08:00"]),
        ("9999-12-31", ["20 Nov 2026, 20:00", "21 Nov 2026, 16:00"]),
    ],
)
async def test_a_day_without_digests_offers_the_nearest(
    ann: Person, emulator: Emulator, typed: str, offered: list[str]
) -> None:
    answer = await ann.ask(f"/digest {typed}")
    assert "No digest " in answer["text"]
    assert labels(answer) == offered
    await ann.press(answer, offered[0])
    await emulator.wait_for(lambda: len(digests(emulator.sent(ann))) == 1)


async def test_of_a_crowded_day_the_earlier_digests_are_one_tap_away(
    ann: Person, house: House, running: Running, emulator: Emulator
) -> None:
    for hour in range(9, 16):
        house.desk.publish(slot(hour), [NEWS[0]])
    await stored(running, 8)
    ann.send("/digest 11-21")
    await emulator.wait_for(lambda: len(emulator.sent(ann)) == 7)
    assert labels(emulator.sent(ann)[-1]) == ["21 Nov 2026, 08:00", "21 Nov 2026, 09:00"]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/digest", "Which day?"),
        ("/digest soon", "“soon” is no date"),
        ("/digest 11-21 24", "“11-21 24” is no date"),
        ("/digest " + "9" * 3000, "is no date"),
    ],
)
async def test_a_day_that_is_none_gets_examples(ann: Person, typed: str, words: str) -> None:
    answer = await ann.ask(typed)
    assert words in answer["text"]
    assert "/digest 2026-11-21 08" in answer["text"]


@pytest.mark.parametrize("typed", ["/today", "/week", "/digest", "/digest 11-21", "/digest yesterday 8"])
async def test_an_empty_archive_is_told_kindly(house: House, ann: Person, typed: str) -> None:
    async with house.running(roles=("updates",)):
        assert "No digest yet" in (await ann.ask(typed))["text"]


@pytest.mark.usefixtures("running")
async def test_channels_get_recaps_without_buttons(ann: Person, channel: Chat, emulator: Emulator) -> None:
    ann.send("/today", channel)
    await emulator.wait_for(lambda: NEWS[0].title in emulator.texts(channel)[-1])
    assert buttons(emulator.sent(channel)[-1]) == []
