"""What people do, and what bots hear of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.emulator import Chat, Emulator, Member, Person, WorldError
from tests.emulator.conftest import Api


async def updates(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api("getUpdates")).result
    return found


def test_users_get_ids_on_both_sides_of_32_bits(emulator: Emulator) -> None:
    ids = [emulator.add_user().id for _ in range(50)]
    assert min(ids) < 2**31 < max(ids) < 2**53
    assert len(set(ids)) == 50


async def test_commands_are_marked(api: Api, emulator: Emulator) -> None:
    emulator.add_user("New").start("sub")
    [update] = await updates(api)
    assert update["message"]["text"] == "/start sub"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["from"]["first_name"] == "New"


async def test_edits_reach_the_bot(api: Api, reader: Person) -> None:
    reader.edit(reader.send("one"), "/two")
    update = (await updates(api))[-1]["edited_message"]
    assert (update["text"], update["entities"][0]["type"], "edit_date" in update) == ("/two", "bot_command", True)


async def test_blocking_and_unblocking_are_announced_once(api: Api, reader: Person) -> None:
    reader.block()
    reader.block()
    reader.unblock()
    changes = [update["my_chat_member"]["new_chat_member"]["status"] for update in await updates(api)]
    assert changes == ["kicked", "member"]


async def test_a_blocked_bot_is_written_to_by_start_only(reader: Person) -> None:
    reader.block()
    with pytest.raises(WorldError, match="blocked"):
        reader.send("hello")
    assert reader.start()["text"] == "/start"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("hello", False),
        ("/latest", True),
        ("/latest@digest_demo_bot", True),
        ("/latest@other_bot", False),
    ],
)
async def test_privacy_mode_hides_what_is_not_for_the_bot(
    api: Api, group: Chat, reader: Person, text: str, heard: bool
) -> None:
    reader.send(text, group)
    assert bool(await updates(api)) is heard


async def test_with_two_bots_a_bare_command_is_for_the_last_that_spoke(
    api: Api, emulator: Emulator, group: Chat, reader: Person
) -> None:
    second = emulator.add_bot("555:SECOND", "second_bot")
    group.members[second.id] = Member("member")
    reader.send("/one", group)
    await api("sendMessage", chat_id=group.id, text="I am here")
    reader.send("/two", group)
    assert [update["message"]["text"] for update in await updates(api)] == ["/two"]
    assert second.inbox.waiting() == []


async def test_replies_to_the_bot_are_heard(api: Api, group: Chat, reader: Person) -> None:
    said = (await api("sendMessage", chat_id=group.id, text="hi")).result
    reader.send("thanks", group, reply_to=said)
    [update] = await updates(api)
    assert update["message"]["reply_to_message"]["text"] == "hi"


async def test_administrators_and_bots_without_privacy_hear_everything(
    api: Api, emulator: Emulator, group: Chat, reader: Person
) -> None:
    emulator.bot.privacy = False
    reader.send("one", group)
    emulator.bot.privacy = True
    group.members[emulator.bot.id] = Member("administrator")
    reader.send("two", group)
    assert [update["message"]["text"] for update in await updates(api)] == ["one", "two"]


async def test_an_anonymous_administrator_has_no_name(
    api: Api, emulator: Emulator, forum: Chat, reader: Person
) -> None:
    forum.members[reader.id] = Member("administrator", is_anonymous=True)
    said = reader.send("/settings", forum)
    assert (said["from"]["id"], said["sender_chat"]["id"]) == (1087968824, forum.id)
    assert "outgoing" not in said
    administrators = (await api("getChatAdministrators", chat_id=forum.id)).result
    assert administrators == []


async def test_channel_posts_have_no_author(api: Api, emulator: Emulator, channel: Chat, reader: Person) -> None:
    post = reader.send("news", channel)
    reader.edit(post, "newer")
    kinds = [next(key for key in update if key != "update_id") for update in await updates(api)]
    assert ("from" in post, kinds) == (False, ["channel_post", "edited_channel_post"])


ATTEMPTS: dict[str, Callable[[Emulator, Person, Chat], object]] = {
    "is not in": lambda emulator, _, forum: emulator.add_user("Out").send("x", forum),
    "only administrators": lambda emulator, reader, _: reader.send(
        "x", emulator.add_channel("C", emulator.add_user(), reader)
    ),
    "no topic": lambda _, reader, forum: reader.send("x", forum, thread_id=99),
    "no chat": lambda _, reader, __: reader.send("x", -5),
    "no message": lambda _, reader, __: reader.send("x", reply_to=9),
    "no forum": lambda emulator, reader, _: emulator.add_topic(emulator.add_group("G", reader), "x"),
}


@pytest.mark.parametrize("reason", ATTEMPTS)
def test_people_cannot_do_what_no_client_lets_them(
    emulator: Emulator, reader: Person, forum: Chat, reason: str
) -> None:
    with pytest.raises(WorldError, match=reason):
        ATTEMPTS[reason](emulator, reader, forum)


def test_nobody_writes_to_a_group_that_moved(emulator: Emulator, reader: Person, group: Chat) -> None:
    emulator.migrate(group)
    with pytest.raises(WorldError, match="is now"):
        reader.send("x", group)


async def test_joining_leaving_and_rights_are_announced(api: Api, emulator: Emulator, reader: Person) -> None:
    chat = emulator.add_supergroup("S", reader, with_bot=False)
    emulator.join(chat, by=reader)
    emulator.promote(chat, can_pin_messages=False)
    emulator.restrict(chat, can_send_messages=True)
    emulator.demote(chat)
    emulator.kick(chat)
    found = await updates(api)
    statuses = [u["my_chat_member"]["new_chat_member"]["status"] for u in found if "my_chat_member" in u]
    assert statuses == ["member", "administrator", "restricted", "member", "kicked"]
    assert [u["message"]["new_chat_members"][0]["is_bot"] for u in found if "message" in u] == [True]


async def test_a_migration_gives_both_service_messages_and_keeps_members(
    api: Api, emulator: Emulator, group: Chat, reader: Person
) -> None:
    new = emulator.migrate(group)
    first, second = [update["message"] for update in await updates(api)]
    assert (first["chat"]["id"], first["migrate_to_chat_id"]) == (group.id, new.id)
    assert (second["chat"]["id"], second["migrate_from_chat_id"]) == (new.id, group.id)
    assert reader.send("/x", new)["chat"]["type"] == "supergroup"


async def test_a_topic_of_people_carries_its_id(api: Api, emulator: Emulator, forum: Chat, reader: Person) -> None:
    topic = emulator.add_topic(forum, "News")
    said = reader.send("/latest", forum, thread_id=topic.id)
    assert (said["message_thread_id"], said["is_topic_message"], topic.id > 1) == (topic.id, True, True)


async def test_ask_waits_for_the_answer(api: Api, emulator: Emulator, reader: Person) -> None:
    async def answer() -> None:
        await emulator.wait_for(reader.messages)
        await api("sendMessage", chat_id=reader.id, text="pong")

    task = asyncio.create_task(answer())
    assert (await reader.ask("ping"))["text"] == "pong"
    await task
    with pytest.raises(TimeoutError):
        await reader.ask("ping", timeout_seconds=0.01)


def test_looking_at_chats(emulator: Emulator, reader: Person) -> None:
    reader.send("x")
    assert emulator.texts(reader) == emulator.sent(reader.id) == []
    assert [message["text"] for message in emulator.messages(reader.chat())] == ["x"]
    assert repr(reader) == f"Person({reader.id}, 'Mei')"
    assert list(emulator.everyone()) == [reader]
    emulator.leave(emulator.add_group("G", reader), reader)


async def test_a_picture_with_a_command_under_it_reaches_the_bot(api: Api, reader: Person) -> None:
    reader.send_photo("/search x")
    reader.send_photo()
    first, second = (update["message"] for update in (await updates(api))[-2:])
    assert (first["caption"], first["caption_entities"][0]["type"]) == ("/search x", "bot_command")
    assert "caption" not in second


async def test_a_picture_in_a_group_is_seen_only_with_a_command(api: Api, emulator: Emulator) -> None:
    ann = emulator.add_user("Ann")
    group = emulator.add_supergroup("G", ann)
    await updates(api)
    ann.send_photo("look", group)
    ann.send_photo(f"/help@{emulator.bot.user.username}", group)
    assert [update["message"]["caption"] for update in await updates(api)][-1].startswith("/help")


async def test_a_location_and_a_picked_chat_reach_the_bot(api: Api, emulator: Emulator, reader: Person) -> None:
    channel = emulator.add_channel("C", reader)
    reader.share_location(35.5, 139.5)
    reader.share_chat(channel, request_id=2)
    place, picked = (update["message"] for update in (await updates(api))[-2:])
    assert place["location"] == {"latitude": 35.5, "longitude": 139.5}
    assert picked["chat_shared"] == {"request_id": 2, "chat_id": channel.id, "title": "C"}


async def test_a_message_in_a_forum_topic_answers_the_note_that_opened_it(api: Api, emulator: Emulator) -> None:
    ann = emulator.add_user("Ann")
    forum = emulator.add_supergroup("F", ann, forum=True)
    topic = emulator.add_topic(forum, "Robots", announce=True)
    ann.send("/help", forum, thread_id=topic.id)
    message = (await updates(api))[-1]["message"]
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "Robots"
