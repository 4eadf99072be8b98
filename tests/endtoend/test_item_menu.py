"""From a push to one item, and what can be done with it: by button, in every kind of chat and in three languages."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.core.actions import (
    Action,
    DropSaved,
    ExplainItem,
    ExplainPush,
    KeepSaved,
    SaveItem,
    ShowItem,
    ShowItems,
    ShowPreview,
    ShowSaved,
    ShowSimilar,
    encode,
)
from bot.core.model import ChatKind, Place, Rule, RuleAction, RuleKind
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored, subscriber_of, until
from tests.endtoend.conftest import buttons, labels
from tests.endtoend.talking import brought, edited, pushed, subscribe, told

pytestmark = pytest.mark.usefixtures("running")
BIG = 2**63 - 1
FORGED = [
    ShowItems(BIG, BIG),
    ShowItems(1, 0, 9999),
    ShowItem(BIG),
    ShowItem(1, BIG, BIG),
    SaveItem(BIG, True),
    SaveItem(BIG, False),
    ShowSimilar(BIG),
    ExplainItem(1),
    ExplainPush(BIG, BIG),
    DropSaved(BIG, 9999),
    KeepSaved(BIG, 9999),
    ShowSaved(9999),
    ShowPreview(True),
]


async def picked(emulator: Emulator, person: Person, push: dict, number: str = "2") -> dict:
    """The menu of an item of a push, by two taps."""
    choice = await brought(emulator, person, push, "📑")
    return await edited(emulator, person, choice, number)


@pytest.mark.parametrize(
    ("who", "items", "back", "save"),
    [
        ("ann", "📑 Items", "‹ Back", "☆ Save"),
        ("ming", "📑 选条目", "‹ 返回", "☆ 收藏"),
        ("yijun", "📑 選條目", "‹ 返回", "☆ 收藏"),
    ],
)
async def test_two_taps_lead_from_a_digest_to_an_item_and_back(
    request: pytest.FixtureRequest, emulator: Emulator, who: str, items: str, back: str, save: str
) -> None:
    person: Person = request.getfixturevalue(who)
    choice = await brought(emulator, person, await person.ask("/latest"), items)
    assert [label for label in labels(choice) if label.isdecimal()] == ["1", "2", "3"]
    shown = await edited(emulator, person, choice, "2")
    assert "expandable_blockquote" not in {entity["type"] for entity in shown.get("entities", [])}
    assert labels(shown)[0] == save
    again = await edited(emulator, person, shown, back)
    assert again["text"] == choice["text"]


async def test_a_push_opens_its_own_items_in_full(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics"))
    (push,) = await pushed(house, emulator, ann)
    choice = await brought(emulator, ann, push, "📑 Items")
    assert [label for label in labels(choice) if label.isdecimal()] == ["2"]
    shown = await edited(emulator, ann, choice, "2")
    assert shown["text"].startswith(f"{NEWS[1].title}\n陈一诺")
    assert "港口的机器人整夜不停，工人改做调度。" in shown["text"]


async def test_saving_by_button_is_a_toggle(emulator: Emulator, ann: Person, running: Running) -> None:
    menu = await picked(emulator, ann, await ann.ask("/latest"))
    assert (await ann.press(menu, "☆ Save"))["text"] == "Saved"
    await emulator.wait_for(lambda: labels(emulator.message(ann.chat(), menu))[0] == "★ Saved")
    with running.core.storage.reading() as tx:
        owner = tx.subscribers.find(Place(ann.id))
        assert owner is not None
        assert [item.item.title for item in tx.saved.list_of(owner.id, limit=9)] == [NEWS[1].title]
    assert (await ann.press(menu, "★ Saved"))["text"] == "Not saved any more"
    assert labels(await picked(emulator, ann, await ann.ask("/latest")))[0] == "☆ Save"


async def test_sharing_gives_a_link_that_opens_the_item_for_anybody(
    emulator: Emulator, ann: Person, ming: Person
) -> None:
    menu = await picked(emulator, ann, await ann.ask("/latest"))
    share = next(button["url"] for button in buttons(menu) if "url" in button)
    assert share.startswith("https://t.me/share/url?")
    query = parse_qs(urlsplit(share).query)
    assert query["text"] == [NEWS[1].title]
    link = urlsplit(query["url"][0])
    assert (link.netloc, link.path) == ("t.me", "/digest_demo_bot")
    opened = await ming.ask(f"/start {parse_qs(link.query)['start'][0]}")
    assert opened["text"].startswith(NEWS[1].title)
    assert "☆ 收藏" in labels(opened)
    assert "‹ 返回" not in labels(opened)


@pytest.mark.parametrize(("button", "rule"), [
    ("🔇 陈一诺", Rule(RuleAction.MUTE, RuleKind.AUTHOR, "陈一诺")),
    ("🔇 Robotics", Rule(RuleAction.MUTE, RuleKind.TOPIC, "robotics")),
    ("🔇 robots.example.org", Rule(RuleAction.MUTE, RuleKind.HOST, "robots.example.org")),
])  # fmt: skip
async def test_one_tap_mutes_and_one_more_takes_it_back(
    emulator: Emulator, ann: Person, running: Running, button: str, rule: Rule
) -> None:
    menu = await picked(emulator, ann, await ann.ask("/latest"))
    assert (await ann.press(menu, button))["text"] == "Muted. Tap again to undo"
    await emulator.wait_for(lambda: f"✓ {button}" in labels(emulator.message(ann.chat(), menu)))
    assert subscriber_of(running.core.storage, Place(ann.id)).rules == (rule,)
    assert "1 item hidden by your rules" in (await ann.ask("/latest"))["text"]
    assert (await ann.press(menu, f"✓ {button}"))["text"] == "Not muted any more"
    assert subscriber_of(running.core.storage, Place(ann.id)).rules == ()


async def test_an_author_with_an_account_is_muted_by_it(emulator: Emulator, ann: Person, running: Running) -> None:
    menu = await picked(emulator, ann, await ann.ask("/latest"), "1")
    await ann.press(menu, "🔇 Mara Quill")
    assert subscriber_of(running.core.storage, Place(ann.id)).rules[0].value == "@maraquill"


async def test_more_like_this_finds_the_like_and_offers_to_follow(
    house: House, running: Running, emulator: Emulator, ann: Person
) -> None:
    like = (
        Entry("另一座港口也买了机械臂", "港口的机械臂叠箱子，机器人整夜不停。", "Wu"),
        Entry("别的", "无关。", "Xu"),
    )
    house.desk.publish(slot(12), like)
    await stored(running, 2)
    menu = await picked(emulator, ann, await ann.ask("/digest 2026-11-21 08"))
    found = await brought(emulator, ann, menu, "🔎 More like this")
    assert found["text"].startswith(f"🔎 More like “{NEWS[1].title}”")
    assert like[0].title in found["text"]
    assert like[1].title not in found["text"]
    await ann.press(found, "+ Follow this topic")
    assert subscriber_of(running.core.storage, Place(ann.id)).rules[0].value == "robotics"
    assert (await brought(emulator, ann, found, "1"))["text"].startswith(like[0].title)


@pytest.mark.parametrize(("command", "said"), [
    (None, "no rules: everything"),
    ("/follow 机械臂", "you follow 🔑 机械臂"),
    ("/mute 机械臂", "you mute 🔑 机械臂"),
    ("/follow 独角鲸", "none of what you follow"),
])  # fmt: skip
async def test_why_is_a_toast(emulator: Emulator, ann: Person, command: str | None, said: str) -> None:
    menu = await picked(emulator, ann, await ann.ask("/latest"))
    await ann.ask(command or "/help")
    assert (await ann.press(menu, "🤔 Why?"))["text"] == said


async def test_members_of_a_group_read_and_administrators_change(
    emulator: Emulator, ann: Person, ming: Person, group: Chat, running: Running
) -> None:
    push = await ann.ask("/latest", group)
    choice = await brought(emulator, ming, push, "📑")
    menu = await edited(emulator, ming, choice, "2")
    for data in [button["callback_data"] for button in buttons(menu) if button["text"][0] in "☆🔇"]:
        assert "管理员" in (await ming.press_data(menu, data))["text"]
    assert running.core.subscriptions.find(Place(group.id)) is None
    await ann.press(menu, "☆ 收藏")
    await until(lambda: running.core.subscriptions.find(Place(group.id)))


async def test_in_a_forum_topic_everything_stays_in_the_topic(
    emulator: Emulator, ann: Person, forum: Chat, running: Running
) -> None:
    topic = emulator.add_topic(forum, "Robots")
    push = await told(emulator, ann, "/latest", forum, thread_id=topic.id)
    choice = await brought(emulator, ann, push, "📑 Items")
    assert choice["message_thread_id"] == topic.id
    menu = await edited(emulator, ann, choice, "3")
    await ann.press(menu, "☆ Save")
    assert running.core.subscriptions.find(Place(forum.id)) is None
    assert running.core.subscriptions.find(Place(forum.id, topic.id)) is not None


async def test_channels_have_no_buttons(
    house: House, emulator: Emulator, ann: Person, channel: Chat, running: Running
) -> None:
    subscribe(running, Place(channel.id), kind=ChatKind.CHANNEL)
    (push,) = await pushed(house, emulator, channel)
    assert labels(push) == []


@pytest.mark.parametrize("action", FORGED, ids=lambda action: type(action).__name__)
async def test_forged_presses_are_harmless(emulator: Emulator, ann: Person, running: Running, action: Action) -> None:
    shown = await ann.ask("/latest")
    await ann.press_data(shown, encode(action))
    await until(lambda: running.core.subscriptions.find(Place(ann.id)) is None)
    assert not running.app._errors.lines()  # nothing went wrong behind the answer
    await ann.ask("/help")


@pytest.mark.parametrize(
    "data",
    ["1:item:0:0:0", "1:item:-1:0:0", "1:item:x:0:0", "1:item:1:0", "1:save:1:2", "1:itms:1:1:0", "1:svx:1:10000"],
)
async def test_what_is_no_action_of_ours_is_answered_as_outdated(ann: Person, data: str) -> None:
    shown = await ann.ask("/latest")
    assert "out of date" in (await ann.press_data(shown, data))["text"]


async def test_a_message_of_another_chat_opens_nothing_of_it(
    house: House, emulator: Emulator, ann: Person, ming: Person, running: Running
) -> None:
    subscribe(running, Place(ming.start()["chat"]["id"]))
    (push,) = await pushed(house, emulator, ming)
    mine = await ann.ask("/help")
    toast = await ann.press_data(mine, encode(ShowItems(0, push["message_id"] + 1000)))
    assert "out of date" in toast["text"]


async def test_an_item_survives_a_correction_of_its_digest(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    menu = await picked(emulator, ann, await ann.ask("/latest"))
    await ann.press(menu, "☆ Save")
    house.desk.publish(slot(8), (NEWS[0], NEWS[2]))
    await until(lambda: len(running.core.reading.latest()[0].digest.items) == 2)
    saved = await ann.ask("/saved")
    assert NEWS[1].title in saved["text"]
    assert "withdrawn" in saved["text"]
    assert "withdrawn" in (await brought(emulator, ann, saved, "1"))["text"]
