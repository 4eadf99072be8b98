"""Rules by command: what people type, the list, and removing by button."""

import pytest

from bot.core.model import Place, Rule, RuleAction, RuleKind
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Running, subscriber_of
from tests.endtoend.conftest import labels

pytestmark = pytest.mark.usefixtures("running")


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("/follow 机械臂", Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, "机械臂")),
        ("/follow 機器人", Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics")),
        ("/follow AI Ethics", Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "safety")),
        ("/mute @GaryMarcus", Rule(RuleAction.MUTE, RuleKind.AUTHOR, "@GaryMarcus")),
        ("/mute https://x.com/GaryMarcus", Rule(RuleAction.MUTE, RuleKind.AUTHOR, "@GaryMarcus")),
        ("/follow author:陈一诺", Rule(RuleAction.FOLLOW, RuleKind.AUTHOR, "陈一诺")),
        ("/mute example.org", Rule(RuleAction.MUTE, RuleKind.HOST, "example.org")),
        ('/follow "robotics"', Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics")),
        ("/follow keyword:robotics", Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, "robotics")),
        ("/follow category:Industry Trends", Rule(RuleAction.FOLLOW, RuleKind.CATEGORY, "Industry Trends")),
    ],
)
async def test_what_people_type_becomes_a_rule(ann: Person, running: Running, typed: str, rule: Rule) -> None:
    await ann.ask("/subscribe")
    answer = await ann.ask(typed)
    assert answer["text"].startswith("✅")
    assert "There is this rule already" in (await ann.ask(typed))["text"]
    assert subscriber_of(running.core.storage, Place(ann.id)).rules == (rule,)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/follow", "What about? Write it after the command"),
        ("/mute  ", "/mute robots"),
        ("/follow x", "too short"),
        ("/follow topic:unheard", "There is no topic “unheard”"),
        ("/mute site:nowhere", "no site"),
        ("/follow " + "长" * 300, "At most 100"),
        ("/follow ???", "What about?"),
    ],
)
async def test_what_is_no_rule_is_explained(ann: Person, running: Running, typed: str, said: str) -> None:
    assert said in (await ann.ask(typed))["text"]
    assert running.core.subscriptions.find(Place(ann.id)) is None


async def test_who_gets_no_pushes_is_offered_to_subscribe(ann: Person) -> None:
    answer = await ann.ask("/follow 机械臂")
    assert "Nothing is pushed yet" in answer["text"]
    assert "🔔 Subscribe" in labels(answer)


async def test_rules_decide_what_is_shown(ann: Person) -> None:
    await ann.ask("/mute 机械臂")
    text = (await ann.ask("/latest"))["text"]
    assert NEWS[1].title not in text
    assert NEWS[0].title in text


@pytest.mark.parametrize(("who", "hint"), [("ann", "Tap a rule"), ("ming", "点按规则"), ("yijun", "點按規則")])
async def test_rules_are_listed_and_removed_in_place(
    request: pytest.FixtureRequest, emulator: Emulator, running: Running, who: str, hint: str
) -> None:
    person: Person = request.getfixturevalue(who)
    await person.ask("/follow 机械臂")
    await person.ask("/mute @someone")
    shown = await person.ask("/rules")
    assert hint in shown["text"]
    assert labels(shown) == ["✕ 🔑 机械臂", "✕ ✍️ @someone"]
    await person.press(shown, "✕ 🔑 机械臂")
    await emulator.wait_for(lambda: labels(emulator.message(person.chat(), shown)) == ["✕ ✍️ @someone"])
    await person.press(shown, "✕ ✍️ @someone")
    await emulator.wait_for(lambda: labels(emulator.message(person.chat(), shown)) == [])
    assert subscriber_of(running.core.storage, Place(person.id)).rules == ()


@pytest.mark.parametrize(("turns", "left"), [(0, "1/2"), (1, "2/2"), (2, "2/2")])
async def test_a_long_list_has_pages_and_stays_where_it_is(
    ann: Person, emulator: Emulator, running: Running, turns: int, left: str
) -> None:
    await ann.ask("/follow 词零")
    words = [Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, f"word{n} " + "很长的词" * 8) for n in range(21)]
    with running.core.storage.writing() as tx:
        known = tx.subscribers.find(Place(ann.id))
        assert known is not None
        tx.subscribers.set_rules(known.id, words, now=known.since)
    shown = await ann.ask("/rules")
    for turn in range(turns):
        await ann.press(shown, "Next ›")
        await emulator.wait_for(lambda turn=turn: f"{turn + 2}/3" in labels(emulator.message(ann.chat(), shown)))
    await ann.press(shown, labels(emulator.message(ann.chat(), shown))[0])
    await emulator.wait_for(lambda: left in labels(emulator.message(ann.chat(), shown)))
    assert len(subscriber_of(running.core.storage, Place(ann.id)).rules) == 20


async def test_no_rules_are_explained(ann: Person) -> None:
    assert "every item is pushed" in (await ann.ask("/rules"))["text"]


async def test_members_read_rules_and_change_none(ann: Person, ming: Person, group: Chat, running: Running) -> None:
    assert "管理员" in (await ming.ask("/follow 机械臂", group))["text"]
    await ann.ask("/follow 机械臂", group)
    shown = await ming.ask("/rules", group)
    assert "✕ 🔑 机械臂" in labels(shown)
    assert "Only administrators" in str((await ming.press(shown, "✕ 🔑 机械臂"))["text"])
    assert len(subscriber_of(running.core.storage, Place(group.id)).rules) == 1


async def test_two_hundred_rules_are_enough(ann: Person, running: Running) -> None:
    await ann.ask("/follow 词零")
    with running.core.storage.writing() as tx:
        known = tx.subscribers.find(Place(ann.id))
        assert known is not None
        many = [Rule(RuleAction.MUTE, RuleKind.KEYWORD, f"word{n}") for n in range(200)]
        tx.subscribers.set_rules(known.id, many, now=known.since)
    assert "200 rules" in (await ann.ask("/follow 机械臂"))["text"]
