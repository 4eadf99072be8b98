"""Channels and groups managed from a private chat, with rights asked anew at every press."""

from typing import Any

import pytest

from bot.core.actions import (
    Begin,
    Managed,
    PickChat,
    SetLanguage,
    SetPaused,
    SetStyle,
    SettingsSection,
    ShowChats,
    ShowLatest,
    ShowSettings,
    ShowTopics,
    ToggleDaily,
    ToggleTopic,
    encode,
)
from bot.core.model import Language, Place, Rule, RuleAction, RuleKind, Style, SubscriberState
from bot.emulator import Chat, Emulator, Person
from tests.conftest import House, Running, slot, subscriber_of, until
from tests.endtoend.conftest import buttons, digests, kinds, labels

pytestmark = pytest.mark.usefixtures("running")


@pytest.fixture
async def managed(ann: Person, emulator: Emulator) -> Chat:
    """A channel to which Ann added the bot, after she had said hello to it."""
    await ann.ask("/help")
    chat = emulator.add_channel("Paper", ann, with_bot=False)
    emulator.join(chat, by=ann)
    await emulator.wait_for(lambda: any("I am in the channel" in text for text in emulator.texts(ann)))
    return chat


def on(chat: Chat, action: Any, thread_id: int = 0) -> str:
    return encode(Managed(chat.id, thread_id, action))


async def open_settings(ann: Person, emulator: Emulator) -> dict[str, Any]:
    """The channel's settings, opened from the list."""
    listed = await ann.ask("/channels")
    await ann.press(listed, "📣 Paper")
    await emulator.wait_for(lambda: "Settings" in emulator.texts(ann)[-1])
    return emulator.sent(ann)[-1]


async def test_who_adds_the_bot_to_a_channel_is_told_privately_and_once(
    ann: Person, managed: Chat, emulator: Emulator
) -> None:
    emulator.promote(managed, by=ann)
    await ann.ask("/status")
    assert sum("I am in the channel" in text for text in emulator.texts(ann)) == 1
    assert emulator.sent(managed) == []


async def test_who_never_started_the_bot_finds_the_channel_later(ann: Person, emulator: Emulator) -> None:
    chat = emulator.add_channel("Paper", ann, with_bot=False)
    emulator.join(chat, by=ann)
    await until(lambda: emulator.journal.refused(403))  # the greeting, which may not be sent yet
    listed = await ann.ask("/channels")
    assert labels(listed)[0] == "📣 Paper"


async def test_a_channel_is_set_up_from_the_private_chat(
    ann: Person, managed: Chat, emulator: Emulator, house: House, running: Running
) -> None:
    shown = await open_settings(ann, emulator)
    assert shown["text"].startswith("📣 Paper\n")
    await ann.press(shown, "🔔 Subscribe")
    await ann.press(shown, "🎨 Style")
    await emulator.wait_for(lambda: "Style" in emulator.texts(ann)[-1].splitlines()[2])
    await ann.press(shown, "Headlines only")
    await until(lambda: subscriber_of(running.core.storage, Place(managed.id)).preferences.style is Style.HEADLINES)
    known = subscriber_of(running.core.storage, Place(managed.id))
    assert (known.state, known.title, known.kind.value) == (SubscriberState.ACTIVE, "Paper", "channel")
    assert running.core.subscriptions.find(Place(ann.id)) is None
    house.desk.publish(slot(12))
    push = await emulator.wait_for(lambda: next(iter(digests(emulator.messages(managed))), None))
    assert "expandable_blockquote" not in kinds(push)
    assert digests(emulator.messages(ann)) == []


async def test_back_leads_from_a_section_to_the_channel_and_from_there_to_the_list(
    ann: Person, managed: Chat, emulator: Emulator
) -> None:
    shown = await open_settings(ann, emulator)
    await ann.press(shown, "🌙 Quiet hours")
    await emulator.wait_for(lambda: "Quiet hours" in emulator.texts(ann)[-1].splitlines()[2])
    await ann.press(shown, "‹ Back")
    await emulator.wait_for(lambda: "Pushes:" in emulator.texts(ann)[-1])
    await ann.press(shown, "‹ Back")
    await emulator.wait_for(lambda: "you manage" in emulator.texts(ann)[-1])
    assert len([text for text in emulator.texts(ann) if "Settings" in text]) == 0
    assert len([text for text in emulator.texts(ann) if "you manage" in text]) == 1


async def test_the_manager_is_spoken_to_in_their_own_language(
    ann: Person, managed: Chat, emulator: Emulator, running: Running
) -> None:
    shown = await open_settings(ann, emulator)
    await ann.press_data(shown, on(managed, SetLanguage(Language.ZH_HANT)))
    await emulator.wait_for(lambda: "✓ 繁體中文" in labels(emulator.sent(ann)[-1]))
    assert "Language" in emulator.texts(ann)[-1]
    assert subscriber_of(running.core.storage, Place(managed.id)).language is Language.ZH_HANT
    assert not emulator.journal.calls("setMyCommands", chat_id=ann.id)


async def test_topics_and_rules_of_a_channel_from_the_private_chat(
    ann: Person, managed: Chat, emulator: Emulator, running: Running
) -> None:
    shown = await open_settings(ann, emulator)
    await ann.press(shown, "🏷 Topics")
    topics = await emulator.wait_for(lambda: next((m for m in emulator.sent(ann) if "🏷" in m["text"]), None))
    assert (await ann.press(topics, "Robotics"))["text"] == "Followed"
    assert subscriber_of(running.core.storage, Place(managed.id)).rules[0].value == "robotics"
    long = Rule(RuleAction.MUTE, RuleKind.KEYWORD, "一个很长的词组" * 2)
    visitor = subscriber_of(running.core.storage, Place(managed.id))
    with running.core.storage.writing() as tx:
        tx.subscribers.set_rules(visitor.id, [long], now=visitor.since)
    await ann.press(shown, "📋 Rules")
    rules = await emulator.wait_for(lambda: next((m for m in emulator.sent(ann) if "一个很长" in m["text"]), None))
    await ann.press(rules, "✕ ")
    assert subscriber_of(running.core.storage, Place(managed.id)).rules == ()


@pytest.mark.parametrize("gone", ["demoted", "bot removed"])
async def test_rights_are_asked_at_each_press_and_for_the_list(
    ann: Person, managed: Chat, emulator: Emulator, running: Running, gone: str
) -> None:
    shown = await open_settings(ann, emulator)
    if_gone = {"demoted": lambda: emulator.demote(managed, ann), "bot removed": lambda: emulator.kick(managed, by=ann)}
    if_gone[gone]()
    refused = await ann.press_data(shown, on(managed, SetStyle(Style.FULL)))
    assert "administrators" in refused["text"]
    assert running.core.subscriptions.find(Place(managed.id)) is None
    assert "None yet" in (await ann.ask("/channels"))["text"]


@pytest.mark.parametrize(
    "action",
    [ShowSettings(), ShowSettings(SettingsSection.WHEN), SetStyle(Style.FULL), SetPaused(False), ShowTopics(),
     ToggleTopic("robotics", True), ToggleDaily("08:00", True)],
    ids=repr,
)  # fmt: skip
async def test_somebody_elses_channel_is_nobodys_business(
    ming: Person, managed: Chat, emulator: Emulator, running: Running, action: Any
) -> None:
    shown = await ming.ask("/settings")
    assert "管理员" in (await ming.press_data(shown, on(managed, action)))["text"]
    assert running.core.subscriptions.find(Place(managed.id)) is None
    assert len(emulator.sent(ming)) == 1


@pytest.mark.parametrize("action", [ShowLatest(), Begin("08:00")], ids=repr)
async def test_only_settings_are_managed_from_elsewhere(ann: Person, managed: Chat, action: Any) -> None:
    shown = await ann.ask("/channels")
    assert "out of date" in (await ann.press_data(shown, on(managed, action)))["text"]


async def test_a_managing_button_in_a_foreign_group_does_nothing(
    ann: Person, managed: Chat, group: Chat, running: Running
) -> None:
    shown = await ann.ask("/settings", group)
    assert "out of date" in (await ann.press_data(shown, on(managed, SetPaused(False))))["text"]
    assert running.core.subscriptions.find(Place(managed.id)) is None


async def test_a_person_cannot_be_managed(ann: Person, ming: Person, running: Running) -> None:
    await ming.ask("/subscribe")
    shown = await ann.ask("/channels")
    data = encode(Managed(ming.id, 0, SetPaused(True)))
    assert "administrators" in (await ann.press_data(shown, data))["text"]
    assert subscriber_of(running.core.storage, Place(ming.id)).state is SubscriberState.ACTIVE


async def test_a_channel_somebody_else_added_is_picked_from_telegrams_list(
    ann: Person, ming: Person, channel: Chat, emulator: Emulator
) -> None:
    listed = await ann.ask("/channels")
    assert "None yet" in listed["text"]
    await ann.press(listed, "🔍 Choose a channel")
    asked = await emulator.wait_for(
        lambda: next((m for m in emulator.sent(ann) if "Tap the button" in m["text"]), None)
    )
    wanted = emulator.reply_keyboards[ann.id, asked["message_id"]]["keyboard"][0][0]["request_chat"]
    assert (wanted["chat_is_channel"], wanted["bot_is_member"]) == (True, True)
    ann.share_chat(channel)
    await emulator.wait_for(lambda: "📣 Channel" in labels(emulator.sent(ann)[-1]))
    ming.chat().started = True
    ming.share_chat(channel)
    await emulator.wait_for(lambda: any("我看不到你是那里的管理员" in text for text in emulator.texts(ming)))


async def test_links_add_the_bot_with_the_rights_it_needs(ann: Person) -> None:
    urls = [one["url"] for one in buttons(await ann.ask("/channels")) if "url" in one]
    assert urls == [
        "https://t.me/digest_demo_bot?startchannel&admin=post_messages+edit_messages",
        "https://t.me/digest_demo_bot?startgroup=sub",
    ]


async def test_readers_of_a_channel_cannot_make_the_bot_post_their_list(
    ann: Person, ming: Person, channel: Chat, emulator: Emulator
) -> None:
    ann.send("/help", channel)
    await emulator.wait_for(lambda: len(emulator.sent(channel)) == 2)
    shown = emulator.sent(channel)[-1]
    answers = [await ming.press_data(shown, encode(action)) for action in (ShowChats(), PickChat(True))]
    assert all(answer["text"] for answer in answers)
    assert len(emulator.sent(channel)) == 2


async def test_the_list_is_for_private_chats(ann: Person, group: Chat, emulator: Emulator) -> None:
    answer = await ann.ask("/channels", group)
    assert "private chat" in answer["text"]
    assert buttons(answer)[0]["url"].endswith("?start=channels")
    assert "you manage" in (await ann.ask("/start channels"))["text"]


async def test_forgetting_oneself_forgets_the_channels(ann: Person, managed: Chat, running: Running) -> None:
    await ann.ask("/subscribe")
    with running.core.storage.writing() as tx:
        tx.subscribers.forget(Place(ann.id))
        assert tx.managers.chats_of(ann.id) == []


async def test_a_server_that_does_not_describe_chats_still_lets_a_channel_be_managed(
    ann: Person, ming: Person, managed: Chat, emulator: Emulator, running: Running
) -> None:
    emulator.fail_next("getChat", error="404 Not Found: method not found", times=100)
    shown = await open_settings(ann, emulator)
    assert "Paper" in shown["text"]
    assert (await ann.press_data(shown, on(managed, SetStyle(Style.FULL))))["text"] == "Saved"
    assert subscriber_of(running.core.storage, Place(managed.id)).preferences.style is Style.FULL
    hello = await ming.ask("/help")
    assert "管理员" in (await ming.press_data(hello, on(managed, SetStyle(Style.FOLDED))))["text"]
