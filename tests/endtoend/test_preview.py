"""What the last 24 hours would have brought, as this chat wants it."""

from datetime import timedelta

import pytest

from bot.clock import utc_now
from bot.core.model import Place, Preferences, Repeats, Rule, RuleAction, RuleKind, Script, Style
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, stored
from tests.endtoend.conftest import kinds, labels
from tests.endtoend.talking import brought, subscribe, told

pytestmark = pytest.mark.usefixtures("running")
FRESH = (
    Entry("新的机械臂", "机器人叠衣服。", "Ana", "https://example.org/fresh/1"),
    Entry("新的仓库", "代码开源。", "Bo", "https://example.org/fresh/2"),
)


@pytest.fixture
async def today(house: House, running: Running) -> None:
    """Two digests of the last hours, which tell one story twice."""
    house.desk.publish(utc_now() - timedelta(hours=8), NEWS)
    house.desk.publish(utc_now() - timedelta(hours=3), (*FRESH, NEWS[0]))
    await stored(running, 3)


@pytest.mark.parametrize(
    ("who", "title", "count"),
    [
        ("ann", "👀 Preview: 24 hours", "5 items with today’s rules"),
        ("ming", "👀 预览：24 小时", "会收到 5 条"),
        ("yijun", "👀 預覽：24 小時", "會收到 5 條"),
    ],
)
async def test_all_digests_of_a_day_in_one_list_each_story_once(
    request: pytest.FixtureRequest, today: None, who: str, title: str, count: str
) -> None:
    person: Person = request.getfixturevalue(who)
    text = (await person.ask("/preview"))["text"]
    assert text.startswith(title)
    assert count in text
    assert [line.split(".")[0] for line in text.splitlines() if line[:1].isdigit() and "." in line[:3]] == list("12345")


async def test_rules_decide_and_what_they_hide_can_be_seen(emulator: Emulator, ann: Person, today: None) -> None:
    await ann.ask("/follow robotics")
    shown = await ann.ask("/preview")
    assert "2 items" in shown["text"]
    assert "4 hidden by your rules" in shown["text"]
    assert FRESH[1].title not in shown["text"]
    assert FRESH[1].title in (await brought(emulator, ann, shown, "Show everything"))["text"]


async def test_style_and_script_are_the_chats_own(ann: Person, running: Running, today: None) -> None:
    subscribe(running, Place(ann.id), preferences=Preferences(style=Style.HEADLINES, script=Script.HANT))
    shown = await ann.ask("/preview")
    assert "機械臂" in shown["text"]
    assert "expandable_blockquote" not in kinds(shown)
    assert "🔔 Subscribe" not in labels(shown)


async def test_who_is_not_subscribed_is_offered_to(ann: Person, today: None) -> None:
    assert "🔔 Subscribe" in labels(await ann.ask("/preview"))


async def test_when_nothing_came_lately_the_day_before_stands_in(ann: Person) -> None:
    text = (await ann.ask("/preview"))["text"]
    assert "Nothing new lately" in text
    assert NEWS[0].title in text


async def test_when_the_rules_hide_everything_that_is_said(ann: Person, today: None) -> None:
    await ann.ask("/follow 独角鲸")
    shown = await ann.ask("/preview")
    assert "would have hidden everything" in shown["text"]
    assert "Show everything" in labels(shown)


async def test_a_group_sees_its_own(ann: Person, ming: Person, group: Chat, today: None) -> None:
    await ann.ask("/mute 机械臂", group)
    assert (
        "3 items with" in (await ming.ask("/preview", group))["text"]
        or "3 条" in (await ming.ask("/preview", group))["text"]
    )


async def test_a_channel_gets_no_buttons(emulator: Emulator, ann: Person, channel: Chat, today: None) -> None:
    assert labels(await told(emulator, ann, "/preview", channel)) == []


@pytest.mark.parametrize(
    ("preferences", "rules", "said"),
    [
        (Preferences(), (), "seen before"),
        (Preferences(repeats=Repeats.HIDE), (), "left out: known from an earlier push"),
        (Preferences(), (Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models"),), "left out: known from an earlier push"),
    ],
)
async def test_stories_of_earlier_pushes_are_marked_or_left_out(
    house: House,
    emulator: Emulator,
    ann: Person,
    running: Running,
    preferences: Preferences,
    rules: tuple[Rule, ...],
    said: str,
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), *rules, preferences=preferences)
    house.desk.publish(utc_now() - timedelta(hours=30), NEWS)
    await emulator.wait_for(lambda: any("📰" in text for text in emulator.texts(ann)))
    house.desk.publish(utc_now() - timedelta(hours=1), (*FRESH, NEWS[0]))
    await stored(running, 3)
    assert said in (await ann.ask("/preview"))["text"]
