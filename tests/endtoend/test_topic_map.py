"""Forum topics: which gets what, opened and stopped by button."""

import pytest

from bot.core.actions import Managed, OpenTopic, SetStyle, ShowMap, Unbind, encode
from bot.core.model import Place, Style, SubscriberState
from bot.emulator import Chat, Emulator, Person
from tests.conftest import House, Running, slot, subscriber_of, until
from tests.endtoend.conftest import digests, labels

pytestmark = pytest.mark.usefixtures("running")


@pytest.fixture
def ours(forum: Chat, emulator: Emulator) -> Chat:
    """The forum, where the bot may manage topics."""
    emulator.promote(forum)
    return forum


async def test_topics_are_opened_and_get_their_news(
    ann: Person, ours: Chat, emulator: Emulator, house: House, running: Running
) -> None:
    shown = await ann.ask("/map", ours)
    assert "No forum topic" in shown["text"]
    assert "news on it" in (await ann.press(shown, "+ Robotics"))["text"].lower()
    robots = next(topic for topic in ours.topics.values() if topic.name == "Robotics")
    known = subscriber_of(running.core.storage, Place(ours.id, robots.id))
    assert (known.state, known.title, known.rules[0].value) == (SubscriberState.ACTIVE, "Forum › Robotics", "robotics")
    await emulator.wait_for(lambda: "Robotics" in emulator.message(ours, shown)["text"])
    assert "+ Robotics" not in labels(emulator.message(ours, shown))
    await ann.press(shown, "+ Models")
    house.desk.publish(slot(12))
    pushes = await emulator.wait_for(lambda: found if len(found := digests(emulator.messages(ours))) == 2 else None)
    by_topic = {push["message_thread_id"]: push["text"] for push in pushes}
    assert "机械臂" in by_topic[robots.id]
    assert "青岚" not in by_topic[robots.id]


async def test_pressed_twice_one_topic_is_opened(ann: Person, ours: Chat) -> None:
    shown = await ann.ask("/map", ours)
    await ann.press_data(shown, encode(OpenTopic("robotics")))
    assert "already" in (await ann.press_data(shown, encode(OpenTopic("robotics"))))["text"]
    assert [topic.name for topic in ours.topics.values()] == ["Robotics"]


async def test_without_the_right_nothing_is_opened_and_the_way_is_said(
    ann: Person, forum: Chat, running: Running
) -> None:
    shown = await ann.ask("/map", forum)
    assert "right to manage topics" in (await ann.press(shown, "+ Robotics"))["text"]
    assert forum.topics == {}


async def test_a_topic_subscribed_by_hand_is_on_the_map_and_can_be_stopped(
    ann: Person, ours: Chat, emulator: Emulator, running: Running
) -> None:
    topic = emulator.add_topic(ours, "Machines", announce=True)
    ann.send("/subscribe robotics", ours, thread_id=topic.id)
    await until(lambda: running.core.subscriptions.find(Place(ours.id, topic.id)) is not None)
    ann.send("/map", ours, thread_id=topic.id)
    shown = await emulator.wait_for(lambda: next((m for m in emulator.sent(ours) if "🗺" in m["text"]), None))
    assert "Machines" in shown["text"]
    assert shown["message_thread_id"] == topic.id
    assert "no more pushes" in (await ann.press(shown, "✕"))["text"]
    assert subscriber_of(running.core.storage, Place(ours.id, topic.id)).state is SubscriberState.PAUSED
    await ann.press_data(shown, encode(Unbind(topic.id)))
    assert subscriber_of(running.core.storage, Place(ours.id, topic.id)).rules[0].value == "robotics"


async def test_a_topics_settings_are_reached_from_the_map(
    ann: Person, ours: Chat, emulator: Emulator, running: Running
) -> None:
    shown = await ann.ask("/map", ours)
    await ann.press(shown, "+ Robotics")
    await emulator.wait_for(lambda: "⚙️ Robotics" in labels(emulator.message(ours, shown)))
    await ann.press(shown, "⚙️ Robotics")
    await emulator.wait_for(lambda: "Settings" in emulator.message(ours, shown)["text"])
    thread = next(iter(ours.topics))
    await ann.press_data(shown, encode(Managed(ours.id, thread, SetStyle(Style.FULL))))
    assert subscriber_of(running.core.storage, Place(ours.id, thread)).preferences.style is Style.FULL
    assert running.core.subscriptions.find(Place(ours.id)) is None


@pytest.mark.parametrize(
    "action", [OpenTopic("robotics"), Unbind(0), ShowMap(), Managed(0, 0, SetStyle(Style.FULL))], ids=repr
)
async def test_members_change_no_map(
    ann: Person, ming: Person, ours: Chat, running: Running, action: OpenTopic | Unbind | ShowMap | Managed
) -> None:
    await ann.ask("/subscribe", ours)
    shown = await ann.ask("/map", ours)
    bound = Managed(ours.id, 0, action.action) if isinstance(action, Managed) else action
    assert "administrators" in (await ming.press_data(shown, encode(bound)))["text"]
    known = subscriber_of(running.core.storage, Place(ours.id))
    assert (known.state, known.preferences.style) == (SubscriberState.ACTIVE, Style.FOLDED)
    assert ours.topics == {}


async def test_members_do_not_see_it_and_other_chats_have_none(
    ann: Person, ming: Person, group: Chat, forum: Chat
) -> None:
    assert "管理员" in (await ming.ask("/map", forum))["text"]
    assert "no forum topics" in (await ann.ask("/map", group))["text"]
    assert "no forum topics" in (await ann.ask("/map"))["text"]


async def test_a_topic_of_ours_that_is_unknown_is_refused(ann: Person, ours: Chat) -> None:
    shown = await ann.ask("/map", ours)
    assert "out of date" in (await ann.press_data(shown, encode(OpenTopic("unheard"))))["text"]
