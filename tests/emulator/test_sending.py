"""sendMessage and its like: what is stored, what is answered, what is refused and in which words."""

from typing import Any

import pytest

from bot.emulator import Chat, Emulator, Fault, Member, Person
from tests.emulator.conftest import Api, Clock


async def test_a_message_comes_back_as_it_is_shown(api: Api, emulator: Emulator, reader: Person, clock: Clock) -> None:
    sent = await api(
        "sendMessage",
        chat_id=reader.id,
        text=" <b>Hi</b> ",
        parse_mode="HTML",
        reply_markup={"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]},
        link_preview_options={"is_disabled": True},
    )
    assert sent.result == {
        "message_id": 1,
        "from": emulator.bot.user.json,
        "chat": {"id": reader.id, "type": "private", "first_name": "Mei"},
        "date": int(clock.now),
        "text": "Hi",
        "entities": [{"type": "bold", "offset": 0, "length": 2}],
        "reply_markup": {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]},
        "link_preview_options": {"is_disabled": True},
    }
    assert emulator.messages(reader) == [sent.result]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, "Bad Request: message text is empty"),
        ({"text": "x"}, "Bad Request: chat_id is empty"),
        ({"text": "x", "chat_id": ""}, "Bad Request: chat_id is empty"),
        ({"text": "x", "chat_id": 0}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": 5}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": -5}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": "someone"}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "Bad Request: chat not found"),
        (
            {"text": "<br>", "parse_mode": "HTML"},
            'Bad Request: can\'t parse entities: Unsupported start tag "br" at byte',
        ),
        ({"text": "x", "parse_mode": "Word"}, "Bad Request: unsupported parse_mode"),
    ],
)
async def test_refused_before_any_chat_is_looked_at(api: Api, params: dict[str, Any], reason: str) -> None:
    answer = await api("sendMessage", **params)
    assert answer.status == 400
    assert answer.error.startswith(reason)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"reply_to_message_id": 99}, "message to be replied not found"),
        ({"reply_parameters": {"quote": "x"}}, 'can\'t find field "message_id"'),
        ({"reply_parameters": "{"}, "can't parse reply parameters JSON object"),
        ({"message_thread_id": 99}, "message thread not found"),
        ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"link_preview_options": {"url": "nowhere"}}, "WEBPAGE_URL_INVALID"),
        ({"link_preview_options": {"is_disabled": "yes"}}, 'field "is_disabled" must be of type Boolean'),
        ({"link_preview_options": []}, "object expected as link preview options"),
        ({"link_preview_options": "{"}, "can't parse link preview options JSON object"),
        ({"business_connection_id": "x"}, "business connection not found"),
        ({"entities": [{"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 9}}]}, "user not found"),
    ],
)
async def test_refused_in_a_private_chat(api: Api, reader: Person, params: dict[str, Any], reason: str) -> None:
    answer = await api("sendMessage", chat_id=reader.id, text="x", **params)
    assert answer.error == f"Bad Request: {reason}"


async def test_a_missing_original_may_be_allowed(api: Api, reader: Person) -> None:
    options = {"message_id": 99, "allow_sending_without_reply": True}
    sent = await api("sendMessage", chat_id=reader.id, text="x", reply_parameters=options)
    assert "reply_to_message" not in sent.result


async def test_a_reply_shows_its_original(api: Api, reader: Person) -> None:
    question = reader.send("question?")
    sent = await api(
        "sendMessage", chat_id=reader.id, text="x", reply_parameters={"message_id": question["message_id"]}
    )
    assert sent.result["reply_to_message"]["text"] == "question?"


async def test_mentions_of_users_are_filled_in(api: Api, reader: Person) -> None:
    sent = await api(
        "sendMessage", chat_id=reader.id, text=f'<a href="tg://user?id={reader.id}">x</a>', parse_mode="HTML"
    )
    assert sent.result["entities"][0]["user"]["first_name"] == "Mei"


async def test_the_older_preview_flag_still_counts(api: Api, reader: Person) -> None:
    sent = await api("sendMessage", chat_id=reader.id, text="x", disable_web_page_preview=True)
    assert sent.result["link_preview_options"] == {"is_disabled": True}


async def test_reply_keyboards_are_not_part_of_the_answer(api: Api, emulator: Emulator, reader: Person) -> None:
    sent = await api("sendMessage", chat_id=reader.id, text="x", reply_markup={"force_reply": True})
    assert "reply_markup" not in sent.result
    assert emulator.reply_keyboards == {(reader.id, 1): {"force_reply": True}}


# -- who may be written to ---------------------------------------------------------------------------------------------


async def test_a_person_who_never_pressed_start_cannot_be_written_to(api: Api, emulator: Emulator) -> None:
    stranger = emulator.add_user()
    answer = await api("sendMessage", chat_id=stranger.id, text="x")
    assert (answer.status, answer.error) == (403, "Forbidden: bot can't initiate conversation with a user")


async def test_a_person_who_blocked_the_bot(api: Api, reader: Person) -> None:
    reader.block()
    answer = await api("sendMessage", chat_id=reader.id, text="x")
    assert (answer.status, answer.error) == (403, "Forbidden: bot was blocked by the user")
    reader.unblock()
    assert (await api("sendMessage", chat_id=reader.id, text="x")).status == 200


async def test_a_deleted_account(api: Api, reader: Person) -> None:
    reader.deactivate()
    assert (await api("sendMessage", chat_id=reader.id, text="x")).error == "Forbidden: user is deactivated"


async def test_another_bot_is_no_reader(api: Api, emulator: Emulator) -> None:
    other = emulator.add_bot("555:SECOND", "second_bot")
    emulator.world.private_chat(emulator.bot, other.user).started = True
    answer = await api("sendMessage", chat_id=other.id, text="x")
    assert answer.error == "Forbidden: the bot can't send messages to the bot"


@pytest.mark.parametrize(
    ("member", "status", "reason"),
    [
        (Member("kicked"), 403, "Forbidden: bot was kicked from the supergroup chat"),
        (Member("left"), 403, "Forbidden: bot is not a member of the supergroup chat"),
        (Member("restricted"), 400, "Bad Request: not enough rights to send text messages to the chat"),
    ],
)
async def test_supergroups_the_bot_may_not_write_to(
    api: Api, emulator: Emulator, forum: Chat, member: Member, status: int, reason: str
) -> None:
    forum.members[emulator.bot.id] = member
    answer = await api("sendMessage", chat_id=forum.id, text="x")
    assert (answer.status, answer.error) == (status, reason)


async def test_a_muted_group_silences_members_but_not_administrators(api: Api, emulator: Emulator, group: Chat) -> None:
    group.muted = True
    assert "not enough rights" in (await api("sendMessage", chat_id=group.id, text="x")).error
    emulator.promote(group)
    assert (await api("sendMessage", chat_id=group.id, text="x")).status == 200


async def test_a_group_the_bot_never_was_in_is_not_found(api: Api, emulator: Emulator, reader: Person) -> None:
    hidden = emulator.add_group("Hidden", reader, with_bot=False)
    public = emulator.add_supergroup("Public", reader, username="public_group", with_bot=False)
    assert (await api("sendMessage", chat_id=hidden.id, text="x")).error == "Bad Request: chat not found"
    answer = await api("sendMessage", chat_id="@public_group", text="x")
    assert answer.error == "Forbidden: bot is not a member of the supergroup chat"
    assert public.messages == {}


async def test_a_deleted_group(api: Api, emulator: Emulator, group: Chat) -> None:
    emulator.delete_chat(group)
    assert (await api("sendMessage", chat_id=group.id, text="x")).error == "Forbidden: the group chat was deleted"


async def test_channels_need_a_posting_administrator(api: Api, emulator: Emulator, channel: Chat) -> None:
    sent = await api("sendMessage", chat_id="@Digest_Channel", text="x")
    assert (sent.result["sender_chat"]["id"], "from" in sent.result) == (channel.id, False)
    emulator.promote(channel, can_post_messages=False)
    answer = await api("sendMessage", chat_id=channel.id, text="x")
    assert answer.error == "Bad Request: need administrator rights in the channel chat"


async def test_a_group_that_became_a_supergroup_says_where_it_went(api: Api, emulator: Emulator, group: Chat) -> None:
    new = emulator.migrate(group)
    answer = await api("sendMessage", chat_id=group.id, text="x")
    assert answer.body["parameters"] == {"migrate_to_chat_id": new.id}
    assert answer.error == "Bad Request: group chat was upgraded to a supergroup chat"
    assert str(new.id).startswith("-100")
    assert (await api("sendMessage", chat_id=new.id, text="x")).status == 200


# -- topics ------------------------------------------------------------------------------------------------------------


async def test_topics(api: Api, emulator: Emulator, forum: Chat) -> None:
    topic = emulator.add_topic(forum, "News")
    sent = await api("sendMessage", chat_id=forum.id, message_thread_id=topic.id, text="x")
    assert (sent.result["message_thread_id"], sent.result["is_topic_message"]) == (topic.id, True)
    general = await api("sendMessage", chat_id=forum.id, text="x")
    assert "message_thread_id" not in general.result


@pytest.mark.parametrize("thread_id", [1, 77])
async def test_general_and_unknown_topics_are_not_found(api: Api, forum: Chat, thread_id: int) -> None:
    answer = await api("sendMessage", chat_id=forum.id, message_thread_id=thread_id, text="x")
    assert answer.error == "Bad Request: message thread not found"


async def test_a_closed_topic_takes_only_administrators(api: Api, emulator: Emulator, forum: Chat) -> None:
    topic = emulator.add_topic(forum, "News")
    topic.closed = True
    answer = await api("sendMessage", chat_id=forum.id, message_thread_id=topic.id, text="x")
    assert answer.error == "Bad Request: TOPIC_CLOSED"
    emulator.promote(forum)
    assert (await api("sendMessage", chat_id=forum.id, message_thread_id=topic.id, text="x")).status == 200


async def test_outside_forums_a_topic_is_ignored(api: Api, group: Chat) -> None:
    sent = await api("sendMessage", chat_id=group.id, message_thread_id=77, text="x")
    assert "message_thread_id" not in sent.result


async def test_a_reply_in_a_forum_stays_in_its_topic(api: Api, emulator: Emulator, forum: Chat, reader: Person) -> None:
    topic = emulator.add_topic(forum, "News")
    asked = reader.send("/latest", forum, thread_id=topic.id)
    sent = await api("sendMessage", chat_id=forum.id, text="x", reply_parameters={"message_id": asked["message_id"]})
    assert sent.result["message_thread_id"] == topic.id


# -- the like ----------------------------------------------------------------------------------------------------------


async def test_typing_is_shown(api: Api, emulator: Emulator, reader: Person) -> None:
    assert (await api("sendChatAction", chat_id=reader.id, action="typing")).result is True
    assert emulator.events.after(0)[-1]["type"] == "typing"
    answer = await api("sendChatAction", chat_id=reader.id, action="dancing")
    assert answer.error == "Bad Request: wrong parameter action in request"


async def test_copies_and_forwards(api: Api, emulator: Emulator, reader: Person, channel: Chat) -> None:
    post = (await api("sendMessage", chat_id=channel.id, text="news")).result
    source = {"from_chat_id": channel.id, "message_id": post["message_id"]}
    copied = await api("copyMessage", chat_id=reader.id, **source)
    forwarded = await api("forwardMessage", chat_id=reader.id, **source)
    assert copied.result == {"message_id": 1}
    assert forwarded.result["forward_origin"]["chat"]["id"] == channel.id
    assert emulator.texts(reader) == ["news", "news"]
    gone = {"from_chat_id": channel.id, "message_id": 99}
    assert (await api("copyMessage", chat_id=reader.id, **gone)).error == "Bad Request: message to copy not found"
    assert (await api("forwardMessage", chat_id=reader.id, **gone)).error == "Bad Request: message to forward not found"


async def test_a_forward_from_a_person_names_them(api: Api, reader: Person) -> None:
    said = reader.send("hello")
    forwarded = await api("forwardMessage", chat_id=reader.id, from_chat_id=reader.id, message_id=said["message_id"])
    assert forwarded.result["forward_origin"]["sender_user"]["id"] == reader.id


async def test_reactions(api: Api, reader: Person) -> None:
    said = reader.send("hello")
    reaction = [{"type": "emoji", "emoji": "👍"}]
    good = await api("setMessageReaction", chat_id=reader.id, message_id=said["message_id"], reaction=reaction)
    assert good.result is True
    assert (await api("setMessageReaction", chat_id=reader.id, message_id=9)).error.endswith("to react not found")


async def test_rich_messages_are_unknown_unless_switched_on(api: Api, emulator: Emulator, reader: Person) -> None:
    rich = {"html": "<h1>News</h1>"}
    assert (await api("sendRichMessage", chat_id=reader.id, rich_message=rich)).error == "Not Found"
    emulator.rich_messages = True
    sent = await api("sendRichMessage", chat_id=reader.id, rich_message=rich)
    assert sent.result["rich_message"] == rich
    edited = await api("editMessageText", chat_id=reader.id, message_id=1, rich_message={"html": "<p>x</p>"})
    assert edited.result["rich_message"] == {"html": "<p>x</p>"}
    assert "non-empty" in (await api("sendRichMessage", chat_id=reader.id, rich_message={})).error
    assert emulator.journal.sends(reader.id)[-1].text == "News"
    long = {"html": "x" * 40_000}
    assert (await api("sendRichMessage", chat_id=reader.id, rich_message=long)).error.endswith("is too long")


async def test_a_chat_keeps_only_so_much_history() -> None:
    emulator = Emulator(history=3)
    person = emulator.add_user(started=True)
    said = [person.send(text)["text"] for text in "01234"]
    assert said == ["0", "1", "2", "3", "4"]
    assert [message["text"] for message in person.messages()] == ["2", "3", "4"]


async def test_faults_of_one_chat_leave_others_alone(api: Api, emulator: Emulator, reader: Person) -> None:
    other = emulator.add_user(started=True)
    emulator.fail_next("sendMessage", chat_id=reader.id, error=Fault.named("blocked"))
    assert (await api("sendMessage", chat_id=other.id, text="x")).status == 200
    assert (await api("sendMessage", chat_id=reader.id, text="x")).status == 403
