"""Deep links: what they open, in private and in groups, and kind words where they lead nowhere."""

import pytest

from bot.core.model import Place, SubscriberState
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Running, subscriber_of
from tests.endtoend.conftest import labels
from tests.endtoend.talking import told

pytestmark = pytest.mark.usefixtures("running")


def link_of(running: Running, number: int = 1) -> str:
    """The payload of an item's link."""
    return f"i_{running.core.reading.latest()[0].items[number - 1].id}"


@pytest.mark.parametrize(
    ("who", "save", "gone"),
    [("ann", "☆ Save", "not here"), ("ming", "☆ 收藏", "找不到"), ("yijun", "☆ 收藏", "找不到")],
)
async def test_an_items_link_shows_it_in_full_with_its_menu(
    request: pytest.FixtureRequest, running: Running, who: str, save: str, gone: str
) -> None:
    person: Person = request.getfixturevalue(who)
    shown = await person.ask(f"/start {link_of(running)}")
    assert "text_link" in {entity["type"] for entity in shown["entities"]}
    assert save in labels(shown)
    assert running.core.subscriptions.find(Place(person.id)) is None
    assert gone in (await person.ask("/start i_1"))["text"]


@pytest.mark.parametrize("payload", ["i_", "i_x", "i_-1", "i_" + "9" * 60, "i_９", "i_1_2", "i_0"])
async def test_a_broken_items_link_is_answered_kindly(ann: Person, payload: str) -> None:
    shown = await ann.ask(f"/start {payload}")
    assert "This item is not here" in shown["text"]
    assert "📰 Latest digest" in labels(shown)


async def test_a_topics_link_opens_it_and_an_unknown_one_offers_others(ann: Person) -> None:
    assert NEWS[1].title in (await ann.ask("/start t_robotics"))["text"]
    assert "There is no topic “robotic”" in (await ann.ask("/start t_robotic"))["text"]
    assert "Robotics" in labels(await ann.ask("/start t_robotic"))
    assert "Robotics 1" in labels(await ann.ask("/start t_"))


async def test_a_group_is_subscribed_by_who_brings_the_bot_with_a_link(
    ann: Person, ming: Person, group: Chat, running: Running
) -> None:
    assert "管理员" in (await ming.ask("/start@digest_demo_bot sub", group))["text"]
    assert "Subscribed" in (await ann.ask("/start@digest_demo_bot sub", group))["text"]
    assert subscriber_of(running.core.storage, Place(group.id)).state is SubscriberState.ACTIVE


async def test_links_work_in_groups_and_forum_topics(
    emulator: Emulator, ann: Person, forum: Chat, running: Running
) -> None:
    topic = emulator.add_topic(forum, "Robots")
    for payload, words in (("t_robotics", NEWS[1].title), (link_of(running, 3), NEWS[2].title), ("i_7", "not here")):
        answer = await told(emulator, ann, f"/start@digest_demo_bot {payload}", forum, thread_id=topic.id)
        assert words in answer["text"]
        assert answer["message_thread_id"] == topic.id


async def test_a_link_in_a_channel_has_no_buttons(
    emulator: Emulator, ann: Person, channel: Chat, running: Running
) -> None:
    answer = await told(emulator, ann, f"/start {link_of(running)}", channel)
    assert NEWS[0].title in answer["text"]
    assert labels(answer) == []
