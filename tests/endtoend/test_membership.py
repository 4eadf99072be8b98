"""What becomes of a chat when the bot comes, goes, is silenced and let back, and who hears of it."""

import asyncio

import pytest

from bot.core.model import Place, SubscriberState
from bot.emulator import Chat, Emulator, Person
from tests.conftest import House, Running, slot, subscriber_of, until

pytestmark = pytest.mark.usefixtures("running")


async def settled(ann: Person) -> None:
    """All updates so far are answered: the bot takes them in order, and this one comes last."""
    await ann.ask("/status")
    await asyncio.sleep(0.05)


async def paused(running: Running, chat: Chat) -> None:
    await until(lambda: subscriber_of(running.core.storage, Place(chat.id)).state is SubscriberState.BLOCKED)


@pytest.fixture
async def subscribed(ann: Person, emulator: Emulator, running: Running) -> Chat:
    """Ann's channel with pushes; she knows the bot."""
    await ann.ask("/help")
    chat = emulator.add_channel("Paper", ann, with_bot=False)
    emulator.join(chat, by=ann)
    ann.send("/subscribe", chat)
    await until(lambda: running.core.subscriptions.find(Place(chat.id)) is not None)
    return chat


def told(emulator: Emulator, person: Person, words: str) -> int:
    return sum(words in text for text in emulator.texts(person))


async def test_a_channel_that_takes_the_rights_away_is_paused_and_its_manager_told_once(
    ann: Person, subscribed: Chat, emulator: Emulator, running: Running
) -> None:
    posts = len(emulator.sent(subscribed))
    emulator.promote(subscribed, by=ann, can_post_messages=False)
    await paused(running, subscribed)
    await emulator.wait_for(lambda: told(emulator, ann, "may no longer post in Paper"))
    emulator.promote(subscribed, by=ann, can_post_messages=False, can_edit_messages=False)
    await settled(ann)
    assert told(emulator, ann, "may no longer post in Paper") == 1
    emulator.promote(subscribed, by=ann)
    await emulator.wait_for(lambda: told(emulator, ann, "may post in Paper again"))
    assert subscriber_of(running.core.storage, Place(subscribed.id)).state is SubscriberState.ACTIVE
    emulator.promote(subscribed, by=ann, can_edit_messages=False)
    await settled(ann)
    assert told(emulator, ann, "may post in Paper again") == 1
    assert len(emulator.sent(subscribed)) == posts


async def test_when_somebody_unreachable_did_it_the_known_manager_is_told(
    ann: Person, ming: Person, subscribed: Chat, emulator: Emulator
) -> None:
    emulator.promote(subscribed, by=ming, can_post_messages=False)
    await emulator.wait_for(lambda: told(emulator, ann, "我不能再在Paper里发消息"))
    assert emulator.texts(ming) == []


async def test_added_without_the_right_to_post_the_manager_is_told_what_is_missing(
    ann: Person, emulator: Emulator
) -> None:
    await ann.ask("/help")
    chat = emulator.add_channel("Paper", ann, with_bot=False)
    emulator.promote(chat, by=ann, can_post_messages=False)
    await emulator.wait_for(lambda: told(emulator, ann, "may not post in Paper yet"))


async def test_a_removed_bot_says_nothing_and_comes_back_to_everything(
    ann: Person, subscribed: Chat, emulator: Emulator, running: Running
) -> None:
    before = len(emulator.sent(ann))
    emulator.kick(subscribed, by=ann)
    await paused(running, subscribed)
    await settled(ann)
    assert len(emulator.sent(ann)) == before + 1
    emulator.join(subscribed, by=ann)
    await emulator.wait_for(lambda: told(emulator, ann, "may post in Paper again"))
    assert subscriber_of(running.core.storage, Place(subscribed.id)).state is SubscriberState.ACTIVE


async def test_a_group_is_greeted_once_whatever_follows(ann: Person, emulator: Emulator) -> None:
    group = emulator.add_supergroup("New", ann, with_bot=False)
    emulator.join(group, by=ann)
    ann.send("/start@digest_demo_bot true", group)
    emulator.promote(group, by=ann)
    emulator.demote(group, by=ann)
    await emulator.wait_for(lambda: emulator.texts(group))
    await settled(ann)
    await ann.ask("/status@digest_demo_bot", group)
    assert sum("Hello" in text for text in emulator.texts(group)) == 1


async def test_the_link_that_adds_to_a_group_subscribes_it(ann: Person, emulator: Emulator, running: Running) -> None:
    group = emulator.add_supergroup("New", ann, with_bot=False)
    emulator.join(group, by=ann)
    ann.send("/start@digest_demo_bot sub", group)
    await until(lambda: running.core.subscriptions.find(Place(group.id)) is not None)
    assert subscriber_of(running.core.storage, Place(group.id)).state is SubscriberState.ACTIVE


async def test_a_group_that_gets_the_bot_back_hears_it_once_with_everything_kept(
    ann: Person, group: Chat, emulator: Emulator, running: Running
) -> None:
    await ann.ask("/subscribe robotics", group)
    emulator.kick(group)
    await paused(running, group)
    emulator.join(group)
    await emulator.wait_for(lambda: any("I am back" in text for text in emulator.texts(group)))
    emulator.promote(group)
    await ann.ask("/status", group)
    assert sum("I am back" in text for text in emulator.texts(group)) == 1
    assert not any("Hello" in text for text in emulator.texts(group))
    assert subscriber_of(running.core.storage, Place(group.id)).rules[0].value == "robotics"


async def test_a_silenced_group_tells_who_did_it(
    ann: Person, group: Chat, emulator: Emulator, running: Running
) -> None:
    await ann.ask("/help")
    await ann.ask("/subscribe", group)
    emulator.restrict(group, by=ann)
    await paused(running, group)
    await emulator.wait_for(lambda: told(emulator, ann, "may no longer post in Readers"))


async def test_who_unblocks_the_bot_is_told_that_pushes_go_on(
    ann: Person, emulator: Emulator, running: Running
) -> None:
    await ann.ask("/subscribe")
    ann.block()
    await until(lambda: subscriber_of(running.core.storage, Place(ann.id)).state is SubscriberState.BLOCKED)
    ann.unblock()
    await emulator.wait_for(lambda: told(emulator, ann, "I am back") == 1)


async def test_nobody_is_told_of_a_chat_without_pushes(ann: Person, group: Chat, emulator: Emulator) -> None:
    await ann.ask("/help")
    emulator.restrict(group, by=ann)
    await settled(ann)
    assert told(emulator, ann, "may no longer post") == 0


async def test_a_group_managed_privately_is_still_managed_as_a_supergroup(
    ann: Person, emulator: Emulator, running: Running
) -> None:
    group = emulator.add_group("Old", ann, with_bot=False)
    emulator.join(group, by=ann)
    await emulator.wait_for(lambda: emulator.texts(group))
    moved = emulator.migrate(group)
    await settled(ann)

    def chats() -> list[int]:
        with running.core.storage.reading() as tx:
            return [chat.chat_id for chat in tx.managers.chats_of(ann.id)]

    await until(lambda: chats() == [moved.id])


async def test_rights_found_lost_by_a_push_are_told_to_the_manager_once(
    ann: Person, subscribed: Chat, house: House, emulator: Emulator, running: Running
) -> None:
    await emulator.wait_for(lambda: emulator.journal.sends(subscribed.id))  # that it is subscribed
    # Ann has chosen no language here, and a push has no sender whose language Telegram would tell.
    refused = "400 Bad Request: not enough rights to send text messages to the chat"
    emulator.fail_next("sendMessage", error=refused, chat_id=subscribed.id)
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: told(emulator, ann, "Paper里发消息了"))
    await paused(running, subscribed)
    emulator.promote(subscribed, by=ann, can_post_messages=False)
    await settled(ann)
    assert told(emulator, ann, "Paper里发消息了") == 1


async def test_a_reader_who_left_is_nobodys_news(
    ann: Person, ming: Person, house: House, emulator: Emulator, running: Running
) -> None:
    await ann.ask("/subscribe")
    await ming.ask("/subscribe")
    emulator.fail_next("sendMessage", error="403 Forbidden: bot was blocked by the user", chat_id=ming.id)
    before = len(emulator.sent(ann))
    house.desk.publish(slot(12))
    await until(lambda: subscriber_of(running.core.storage, Place(ming.id)).state is SubscriberState.BLOCKED)
    await settled(ann)
    assert len(emulator.sent(ann)) == before + 2  # the digest and /status
