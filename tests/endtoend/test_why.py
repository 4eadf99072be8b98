"""Why a push brought what it brought: rule by rule, in reply to it or of the last one."""

from datetime import datetime

import pytest

from bot.core.model import ChatKind, Language, Place, Preferences, Rule, RuleAction, RuleKind
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, subscriber_of, until
from tests.endtoend.conftest import labels
from tests.endtoend.talking import brought, pushed, subscribe, told

pytestmark = pytest.mark.usefixtures("running")
FOLLOWS = (
    Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics"),
    Rule(RuleAction.FOLLOW, RuleKind.AUTHOR, "@maraquill"),
)
MUTES = (Rule(RuleAction.MUTE, RuleKind.KEYWORD, "星图"),)
LATER = (Entry("机械臂叠衣服", "机器人叠得慢。", "Ana"), *NEWS[1:])


def lines(message: dict) -> list[str]:
    return [line for line in message["text"].splitlines() if " — " in line]


@pytest.mark.parametrize(
    ("who", "language", "follows", "mutes"),
    [
        ("ann", Language.EN, "you follow 🏷 Robotics", "you mute 🔑 星图"),
        ("ming", Language.ZH_HANS, "你关注了 🏷 机器人", "你屏蔽了 🔑 星图"),
        ("yijun", Language.ZH_HANT, "你關注了 🏷 機器人", "你封鎖了 🔑 星图"),
    ],
)
async def test_each_item_names_the_rule_that_brought_or_hid_it(
    request: pytest.FixtureRequest,
    house: House,
    emulator: Emulator,
    running: Running,
    who: str,
    language: Language,
    follows: str,
    mutes: str,
) -> None:
    person: Person = request.getfixturevalue(who)
    subscribe(running, Place(person.start()["chat"]["id"]), *FOLLOWS, *MUTES, language=language)
    (push,) = await pushed(house, emulator, person)
    answer = await told(emulator, person, "/why", reply_to=push)
    said = lines(answer)
    assert [line.split(".")[0] for line in said] == ["1", "2", "3"]
    assert said[1] == f"2. {NEWS[1].title} — {follows}"
    assert said[2].endswith(mutes)


async def test_without_rules_everything_came(house: House, emulator: Emulator, ann: Person, running: Running) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]))
    await pushed(house, emulator, ann)
    assert {line.split(" — ")[1] for line in lines(await ann.ask("/why"))} == {"no rules: everything"}


async def test_what_is_not_followed_is_named_as_left_out(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), FOLLOWS[0])
    await pushed(house, emulator, ann)
    text = (await ann.ask("/why"))["text"]
    assert text.index(NEWS[1].title) < text.index("Left out") < text.index(NEWS[0].title)
    assert "none of what you follow" in text


async def test_a_hiding_rule_is_taken_back_with_one_tap(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), *MUTES)
    await pushed(house, emulator, ann)
    answer = await ann.ask("/why")
    assert (await ann.press(answer, "↩ 🔑 星图"))["text"] == "Not muted any more"
    assert subscriber_of(running.core.storage, Place(ann.id)).rules == ()
    await emulator.wait_for(lambda: "🔇 星图" in labels(emulator.message(ann.chat(), answer)))


async def test_every_part_of_a_long_push_leads_to_the_same_answer(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), preferences=Preferences(per_message=1))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: len([text for text in emulator.texts(ann) if "📰" in text]) == 3)
    parts = [message for message in emulator.messages(ann) if message.get("text", "").startswith("📰")]
    answers = [lines(await told(emulator, ann, "/why", reply_to=part)) for part in parts]
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0]) == 3


async def test_every_piece_of_a_part_that_was_too_long_leads_to_the_answer(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]))
    await emulator.wait_for(lambda: emulator.texts(ann))
    emulator.fail_next(error="400 Bad Request: message is too long", chat_id=ann.chat().id)
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: any(NEWS[2].title in text for text in emulator.texts(ann)))
    pieces = [
        message for message in emulator.messages(ann) if any(one.title in message.get("text", "") for one in NEWS)
    ]
    answers = [lines(await told(emulator, ann, "/why", reply_to=piece)) for piece in pieces]
    assert len(pieces) == 2
    assert answers[0] == answers[1]
    assert len(answers[0]) == 3


async def test_a_corrected_push_is_explained_as_it_now_is(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]))
    (push,) = await pushed(house, emulator, ann)
    house.desk.publish(slot(12), LATER)
    await emulator.wait_for(lambda: "机械臂叠衣服" in emulator.message(ann.chat(), push)["text"])
    said = lines(await told(emulator, ann, "/why", reply_to=push))
    assert said[0].startswith("1. 机械臂叠衣服")
    assert len(said) == 3


async def test_the_last_push_is_meant_without_a_reply(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), FOLLOWS[0])
    await pushed(house, emulator, ann)
    house.desk.publish(slot(16), LATER)
    await emulator.wait_for(lambda: any("机械臂叠衣服" in text for text in emulator.texts(ann)))
    await until(lambda: _last_slot(running, Place(ann.id)) == slot(16))
    assert "机械臂叠衣服" in (await ann.ask("/why"))["text"]


def _last_slot(running: Running, place: Place) -> datetime | None:
    with running.core.storage.reading() as tx:
        last = tx.ledger.last_sent(place)
    return last.slot if last else None


async def test_before_any_push_the_newest_digest_is_explained(ann: Person) -> None:
    await ann.ask("/mute 机械臂")
    answer = await ann.ask("/why")
    assert "This was not a push" in answer["text"]
    assert "you mute 🔑 机械臂" in answer["text"]


async def test_a_reply_to_an_answer_explains_that_digest(emulator: Emulator, ann: Person) -> None:
    shown = await ann.ask("/latest")
    assert NEWS[0].title in (await told(emulator, ann, "/why", reply_to=shown))["text"]


async def test_a_reply_to_anything_else_says_so(emulator: Emulator, ann: Person) -> None:
    mine = await ann.ask("/help")
    assert "not a push" in (await told(emulator, ann, "/why", reply_to=mine))["text"]


async def test_a_group_and_a_forum_topic_explain_their_own_rules(
    house: House, emulator: Emulator, ann: Person, ming: Person, forum: Chat, running: Running
) -> None:
    topic = emulator.add_topic(forum, "Robots")
    subscribe(running, Place(forum.id, topic.id), FOLLOWS[0], kind=ChatKind.SUPERGROUP)
    subscribe(running, Place(forum.id), *MUTES, kind=ChatKind.SUPERGROUP)
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: len([text for text in emulator.texts(forum) if "📰" in text]) == 2)
    in_topic = next(m for m in emulator.sent(forum) if m.get("message_thread_id") == topic.id)
    general = next(m for m in emulator.sent(forum) if "message_thread_id" not in m)
    answer = await told(emulator, ming, "/why", forum, thread_id=topic.id, reply_to=in_topic)
    assert "followed here: 🏷 Robotics" in answer["text"]
    assert "muted here: 🔑 星图" in (await told(emulator, ming, "/why", forum, reply_to=general))["text"]
    assert "followed here: 🏷 Robotics" in (await told(emulator, ming, "/why", forum, thread_id=topic.id))["text"]


async def test_the_picker_leads_to_the_same_answer(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), FOLLOWS[0])
    (push,) = await pushed(house, emulator, ann)
    choice = await brought(emulator, ann, push, "📑 Items")
    answer = await brought(emulator, ann, choice, "🤔 Why these?")
    assert "you follow 🏷 Robotics" in answer["text"]
