"""Groups, forums and channels: who may change what, where answers go, and what becomes of a chat."""

import pytest

import bot.emulator.world
from bot.core.actions import SetStyle, Subscribe, ToggleTopic, encode
from bot.core.model import Place, Style, SubscriberState
from bot.emulator import Chat, Emulator, Person
from bot.emulator.methods.commands import shown_commands
from tests.conftest import House, Running, subscriber_of, until
from tests.endtoend.conftest import Message

pytestmark = pytest.mark.usefixtures("running")
NEW_RIGHTS = ("can_edit_tag", "can_react_to_messages")
CHANGES = [
    encode(Subscribe()),
    encode(ToggleTopic("robotics", True)),
    encode(SetStyle(Style.FULL)),
    "1:x",
    "1:set:style",
]


async def state_becomes(running: Running, place: Place, state: SubscriberState) -> None:
    await until(lambda: subscriber_of(running.core.storage, place).state is state)


async def test_administrators_subscribe_a_group(ann: Person, group: Chat, running: Running) -> None:
    answer = await ann.ask("/subscribe robotics", group)
    assert "Subscribed. The next digest comes here" in answer["text"]
    known = subscriber_of(running.core.storage, Place(group.id))
    assert (known.state, known.title, known.kind.value) == (SubscriberState.ACTIVE, "Readers", "supergroup")


@pytest.mark.parametrize(
    "typed", ["/subscribe", "/subscribe models", "/unsubscribe", "/settings", "/start@digest_demo_bot sub"]
)
async def test_members_change_nothing_by_command(ming: Person, group: Chat, running: Running, typed: str) -> None:
    assert "管理员" in (await ming.ask(typed, group))["text"]
    assert running.core.subscriptions.find(Place(group.id)) is None


@pytest.mark.parametrize("data", CHANGES)
async def test_members_change_nothing_by_button(
    ann: Person, ming: Person, group: Chat, emulator: Emulator, running: Running, data: str
) -> None:
    shown = await ann.ask("/topics", group)
    assert "管理员" in (await ming.press_data(shown, data))["text"]
    assert running.core.subscriptions.find(Place(group.id)) is None
    assert emulator.message(group, shown) == shown


@pytest.mark.parametrize("typed", ["/latest", "/topics", "/help", "/status", "/search 机器人", "/topic models"])
async def test_members_read(ming: Person, group: Chat, typed: str) -> None:
    assert "管理员" not in (await ming.ask(typed, group))["text"].splitlines()[0]


async def test_an_anonymous_administrator_may_change(ann: Person, group: Chat, emulator: Emulator) -> None:
    emulator.promote(group, ann, anonymous=True)
    assert "✅" in (await ann.ask("/subscribe", group))["text"]


async def test_rights_are_asked_anew_each_time(ann: Person, ming: Person, group: Chat, emulator: Emulator) -> None:
    shown = await ann.ask("/topics", group)
    emulator.promote(group, ming)
    assert "管理员" not in (await ming.press_data(shown, CHANGES[1]))["text"]
    emulator.demote(group, ming)
    assert "管理员" in (await ming.press_data(shown, CHANGES[1]))["text"]


async def test_talk_and_unknown_commands_in_groups_are_left_alone(ann: Person, group: Chat, emulator: Emulator) -> None:
    emulator.promote(group)
    ann.send("hello", group)
    ann.send("/unheard", group)
    ann.send("/latest@other_bot", group)
    await ann.ask("/help@digest_demo_bot", group)
    assert len(emulator.sent(group)) == 1


async def test_commands_are_written_with_the_bots_name_in_groups(ann: Person, group: Chat) -> None:
    assert "/search@digest_demo_bot" in (await ann.ask("/help", group))["text"]


async def test_each_forum_topic_is_a_place_of_its_own(
    ann: Person, forum: Chat, emulator: Emulator, running: Running
) -> None:
    topic = emulator.add_topic(forum, "Robots")
    ann.send("/subscribe robotics", forum, thread_id=topic.id)
    answer: Message = await emulator.wait_for(lambda: next(iter(emulator.sent(forum)), None))
    assert answer["message_thread_id"] == topic.id
    assert running.core.subscriptions.find(Place(forum.id)) is None
    assert subscriber_of(running.core.storage, Place(forum.id, topic.id)).rules[0].value == "robotics"
    ann.send("/topics", forum, thread_id=topic.id)
    await emulator.wait_for(lambda: len(emulator.sent(forum)) == 2)
    await ann.press(emulator.sent(forum)[-1], "Models")
    assert len(subscriber_of(running.core.storage, Place(forum.id, topic.id)).rules) == 2


async def test_general_is_the_chat_itself(ann: Person, forum: Chat, running: Running) -> None:
    await ann.ask("/subscribe", forum)
    assert subscriber_of(running.core.storage, Place(forum.id)).state is SubscriberState.ACTIVE


async def test_a_channel_is_subscribed_by_a_post(
    ann: Person, channel: Chat, emulator: Emulator, running: Running
) -> None:
    ann.send("/subscribe", channel)
    await emulator.wait_for(lambda: len(emulator.sent(channel)) == 2)
    assert subscriber_of(running.core.storage, Place(channel.id)).state is SubscriberState.ACTIVE


async def test_a_channels_readers_cannot_make_the_bot_post(
    ann: Person, ming: Person, channel: Chat, emulator: Emulator
) -> None:
    ann.send("/help", channel)
    await emulator.wait_for(lambda: len(emulator.sent(channel)) == 2)
    shown = emulator.sent(channel)[-1]
    assert "管理员" in (await ming.press_data(shown, "1:lat:20:1"))["text"]
    assert len(emulator.sent(channel)) == 2


async def test_a_bot_added_to_a_group_introduces_itself(ann: Person, emulator: Emulator) -> None:
    group = emulator.add_supergroup("New", ann, with_bot=False)
    emulator.join(group, by=ann)
    await emulator.wait_for(lambda: any("Hello" in text for text in emulator.texts(group)))


async def test_blocked_is_paused_and_kept_and_unblocked_goes_on(ann: Person, running: Running) -> None:
    await ann.ask("/subscribe robotics")
    ann.block()
    await state_becomes(running, Place(ann.id), SubscriberState.BLOCKED)
    ann.unblock()
    await state_becomes(running, Place(ann.id), SubscriberState.ACTIVE)
    assert subscriber_of(running.core.storage, Place(ann.id)).rules[0].value == "robotics"


async def test_who_had_left_before_blocking_stays_left(ann: Person, running: Running) -> None:
    await ann.ask("/subscribe")
    await ann.ask("/unsubscribe")
    ann.block()
    ann.unblock()
    await ann.ask("/help")
    assert subscriber_of(running.core.storage, Place(ann.id)).state is SubscriberState.PAUSED


@pytest.mark.parametrize(
    ("away", "back"),
    [("kick", "join"), ("leave", "join"), ("restrict", "demote"), ("restrict", "promote")],
)
async def test_a_group_that_shuts_the_bot_out_is_paused_until_it_is_back(
    ann: Person,
    group: Chat,
    emulator: Emulator,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    away: str,
    back: str,
) -> None:
    # A server from before Bot API 9.5 does not know these rights, without which the library reads no such member.
    rights = tuple(right for right in bot.emulator.world._MEMBER_RIGHTS if right not in NEW_RIGHTS)
    monkeypatch.setattr(bot.emulator.world, "_MEMBER_RIGHTS", rights)
    await ann.ask("/subscribe", group)
    getattr(emulator, away)(group)
    await state_becomes(running, Place(group.id), SubscriberState.BLOCKED)
    getattr(emulator, back)(group)
    await state_becomes(running, Place(group.id), SubscriberState.ACTIVE)


async def test_a_channel_that_takes_the_rights_away_is_paused_until_they_are_back(
    ann: Person, channel: Chat, emulator: Emulator, running: Running
) -> None:
    ann.send("/subscribe", channel)
    await until(lambda: running.core.subscriptions.find(Place(channel.id)) is not None)
    emulator.promote(channel, can_post_messages=False)
    await state_becomes(running, Place(channel.id), SubscriberState.BLOCKED)
    emulator.promote(channel)
    await state_becomes(running, Place(channel.id), SubscriberState.ACTIVE)


async def test_a_group_that_becomes_a_supergroup_keeps_everything(
    ann: Person, emulator: Emulator, running: Running
) -> None:
    group = emulator.add_group("Old", ann)
    await ann.ask("/subscribe robotics", group)
    moved = emulator.migrate(group)
    await until(lambda: running.core.subscriptions.find(Place(moved.id)) is not None)
    known = subscriber_of(running.core.storage, Place(moved.id))
    assert (known.state, known.rules[0].value) == (SubscriberState.ACTIVE, "robotics")
    assert running.core.subscriptions.find(Place(group.id)) is None
    assert "already" in (await ann.ask("/subscribe", moved))["text"]


@pytest.mark.parametrize(
    ("code", "word"), [("en", "Read the latest digest"), ("zh", "最新"), ("", "最新"), ("zh-hans", "最新")]
)
async def test_menus_speak_the_language_and_fit_the_kind_of_chat(
    house: House, ann: Person, ming: Person, group: Chat, code: str, word: str
) -> None:
    emulator = house.emulator
    await emulator.wait_for(lambda: len(emulator.journal.calls("setMyCommands")) == 9)
    reader = emulator.add_user("Reader", language_code=code)
    private = {row["command"]: row["description"] for row in shown_commands(emulator.bot, reader.chat(), reader.user)}
    member = [row["command"] for row in shown_commands(emulator.bot, group, ming.user)]
    owner = [row["command"] for row in shown_commands(emulator.bot, group, ann.user)]
    assert word in private["latest"]
    assert "subscribe" in private
    assert ("subscribe" in member, "subscribe" in owner) == (False, True)
