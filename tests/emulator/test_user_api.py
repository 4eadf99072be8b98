"""The interface the chat page is made with."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.emulator import Emulator, Person, demo_world
from bot.emulator.user_api import UserApi
from tests.emulator.conftest import Api


async def test_the_state_of_the_demo_world(api: Api, emulator: Emulator) -> None:
    world = demo_world(emulator)
    status, state = await api.page("GET", "/emulator/state")
    assert status == 200
    assert state["bot"]["username"] == "digest_demo_bot"
    assert [user["language_code"] for user in state["users"]] == ["zh-hans", "zh-TW", "en"]
    types = [chat["type"] for chat in state["chats"]]
    assert types == ["private", "private", "private", "group", "supergroup", "channel"]
    forum = next(chat for chat in state["chats"] if chat["id"] == world.forum.id)
    assert (forum["is_forum"], len(forum["topics"])) == (True, 2)
    assert {member["status"] for member in forum["members"]} == {"creator", "member", "administrator"}
    assert state["publish"] == {"remaining": None}
    (told,) = (await api("getUpdates")).result  # that the bot was made an administrator of the channel
    assert told["my_chat_member"]["new_chat_member"]["status"] == "administrator"


async def test_sending_and_reading(api: Api, emulator: Emulator, reader: Person) -> None:
    body = {"user_id": reader.id, "chat_id": reader.id, "text": "/start"}
    status, sent = await api.page("POST", "/emulator/send", body)
    assert (status, sent["message"]["outgoing"]) == (200, True)
    await api("sendMessage", chat_id=reader.id, text="welcome")
    _, found = await api.page("GET", f"/emulator/messages?chat_id={reader.id}&user_id={reader.id}")
    assert [(m["text"], m.get("outgoing", False)) for m in found["messages"]] == [("/start", True), ("welcome", False)]


async def test_messages_of_one_topic(api: Api, emulator: Emulator, reader: Person) -> None:
    forum = emulator.add_supergroup("F", reader, forum=True)
    topic = emulator.add_topic(forum, "N")
    body = {"user_id": reader.id, "chat_id": forum.id, "text": "in", "thread_id": topic.id, "reply_to": topic.id}
    _, sent = await api.page("POST", "/emulator/send", body)
    assert sent["message"]["message_thread_id"] == topic.id
    reader.send("outside", forum)
    path = f"/emulator/messages?chat_id={forum.id}&user_id={reader.id}&thread_id={topic.id}"
    _, found = await api.page("GET", path)
    assert [message.get("text") for message in found["messages"]] == [None, "in"]


async def test_pressing_waits_for_the_answer(api: Api, reader: Person) -> None:
    keyboard = {"inline_keyboard": [[{"text": "go", "callback_data": "d"}]]}
    sent = (await api("sendMessage", chat_id=reader.id, text="x", reply_markup=keyboard)).result
    body = {"user_id": reader.id, "chat_id": reader.id, "message_id": sent["message_id"], "data": "d"}
    press = asyncio.create_task(api.page("POST", "/emulator/press", body))
    query = (await api("getUpdates", timeout=5)).result[-1]["callback_query"]
    await api("answerCallbackQuery", callback_query_id=query["id"], text="ok")
    assert await press == (200, {"text": "ok", "show_alert": False, "url": None})


async def test_a_bot_that_does_not_answer(api: Api, reader: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(Person, "inline_answer", never)  # ten seconds of waiting would be too long for a test
    answer = await api.page("POST", "/emulator/inline", {"user_id": reader.id, "query": "x"})
    assert answer == (504, {"error": "the bot did not answer"})


async def test_inline_mode(api: Api, reader: Person) -> None:
    typing = asyncio.create_task(api.page("POST", "/emulator/inline", {"user_id": reader.id, "query": "q"}))
    query = (await api("getUpdates", timeout=5)).result[-1]["inline_query"]
    article = {"type": "article", "id": "1", "title": "T", "input_message_content": {"message_text": "text"}}
    await api("answerInlineQuery", inline_query_id=query["id"], results=[article], next_offset="5")
    status, answer = await typing
    assert (status, answer["next_offset"]) == (200, "5")
    body = {"user_id": reader.id, "chat_id": reader.id, "query": "q", "result": answer["results"][0]}
    _, chosen = await api.page("POST", "/emulator/choose", body)
    assert (chosen["message"]["text"], chosen["message"]["outgoing"]) == ("text", True)


async def test_blocking(api: Api, reader: Person) -> None:
    body = {"user_id": reader.id, "chat_id": reader.id}
    assert await api.page("POST", "/emulator/block", body) == (200, {"ok": True})
    assert (await api("sendMessage", chat_id=reader.id, text="x")).status == 403
    await api.page("POST", "/emulator/unblock", body)
    assert (await api("sendMessage", chat_id=reader.id, text="x")).status == 200


async def test_the_command_menu(api: Api, reader: Person) -> None:
    commands = [{"command": "latest", "description": "最新"}]
    await api("setMyCommands", commands=commands, language_code="zh")
    path = f"/emulator/commands?user_id={reader.id}&chat_id={reader.id}"
    assert await api.page("GET", path) == (200, {"commands": commands})


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("send", {"chat_id": 1, "text": "x"}, "user_id must be a whole number"),
        ("send", {"user_id": 5, "chat_id": 1, "text": "x"}, "no user 5"),
        ("send", {"user_id": "READER", "chat_id": 1, "text": "x"}, "no chat 1"),
        ("send", {"user_id": "READER", "chat_id": "READER", "text": " "}, "text must be a text that is not empty"),
        ("send", {"user_id": "READER", "chat_id": "READER", "text": "x" * 4097}, "text is longer than 4096 characters"),
        ("press", {"user_id": "READER", "chat_id": "READER", "message_id": 9}, "no message 9 in chat"),
        ("choose", {"user_id": "READER", "chat_id": "READER", "result": 1}, "result must be one of the results"),
        ("send", [1], "the body must be a JSON object"),
        ("faults", {"rates": {"gremlins": 1}}, "unknown fault rates: gremlins"),
        ("faults", {"next": [{"error": "gremlins"}]}, "unknown fault 'gremlins'"),
    ],
)
async def test_mistakes_are_explained(api: Api, reader: Person, path: str, body: Any, reason: str) -> None:
    filled = json.loads(json.dumps(body).replace('"READER"', str(reader.id)))
    status, answer = await api.page("POST", f"/emulator/{path}", filled)
    assert status == 400
    assert answer["error"].startswith(reason)


async def test_a_body_that_is_no_json(api: Api, emulator: Emulator) -> None:
    async with api.session.post(f"{emulator.url}/emulator/send", data=b"{") as response:
        assert (response.status, await response.json()) == (400, {"error": "the body must be JSON"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:1234"}, 200),
        ({}, 200),
    ],
)
async def test_pages_from_elsewhere_cannot_act(api: Api, reader: Person, headers: dict[str, str], status: int) -> None:
    body = {"user_id": reader.id, "chat_id": reader.id, "text": "x"}
    assert (await api.page("POST", "/emulator/send", body, **headers))[0] == status


@pytest.mark.parametrize(
    "path", ["/emulator/none", "/nothing", "/page/../server.py", "/page/%2e%2e/server.py", "/page/"]
)
async def test_what_is_not_there(api: Api, path: str) -> None:
    assert await api.page("GET", path) == (404, {"error": "not found"})


async def test_the_page_is_served(api: Api, emulator: Emulator) -> None:
    async with api.session.get(emulator.url + "/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
    async with api.session.get(emulator.url + "/page/app.js") as response:
        assert response.status == 200


async def test_publishing() -> None:
    async def publish() -> tuple[str | None, int]:
        return "A digest", 3

    async with Emulator(on_publish=publish, publish_remaining=4) as emulator, aiohttp.ClientSession() as session:
        api = Api(session, emulator)
        assert (await api.page("GET", "/emulator/state"))[1]["publish"] == {"remaining": 4}
        assert await api.page("POST", "/emulator/publish") == (200, {"published": "A digest", "remaining": 3})
        assert (await api.page("GET", "/emulator/state"))[1]["publish"] == {"remaining": 3}
        assert emulator.events.after(0)[-1]["type"] == "publish"


async def test_nothing_can_be_published_without_a_hook(api: Api) -> None:
    assert (await api.page("POST", "/emulator/publish"))[0] == 404


async def next_event(response: aiohttp.ClientResponse) -> dict[str, Any]:
    while not (line := await response.content.readline()).startswith(b"data: "):
        assert line
    event: dict[str, Any] = json.loads(line[6:])
    return event


async def test_events_are_replayed_and_then_follow(api: Api, emulator: Emulator, reader: Person) -> None:
    after = emulator.events.last_id
    reader.send("first")
    async with api.session.get(f"{emulator.url}/emulator/events?after={after}") as response:
        assert response.content_type == "text/event-stream"
        first = await next_event(response)
        await api("sendMessage", chat_id=reader.id, text="second")
        second = await next_event(response)
    assert [(event["type"], event["chat_id"], event["message"]["text"]) for event in (first, second)] == [
        ("message", reader.id, "first"),
        ("message", reader.id, "second"),
    ]
    assert second["id"] > first["id"]


async def test_a_quiet_stream_has_a_heartbeat(api: Api, emulator: Emulator) -> None:
    user_api: UserApi = emulator._user_api  # the interval is no setting; waiting fifteen seconds would be silly
    user_api.heartbeat = 0.01
    async with api.session.get(f"{emulator.url}/emulator/events") as response:
        lines = [await response.content.readline() for _ in range(3)]
    assert lines == [b": open\n", b"\n", b": heartbeat\n"]


async def test_the_journal_over_http(api: Api, reader: Person) -> None:
    await api("sendMessage", chat_id=reader.id, text="x", typo=1)
    _, found = await api.page("GET", "/emulator/journal?after=0")
    assert (found["entries"][0]["text"], found["violations"]) == ("x", ["sendMessage: unknown parameters typo"])
    after = found["entries"][0]["id"]
    assert (await api.page("GET", f"/emulator/journal?after={after}"))[1]["entries"] == []


async def test_faults_can_be_set_from_outside(api: Api, emulator: Emulator, reader: Person) -> None:
    body = {
        "latency": 0.001,
        "flood": {"rate": 100, "private_burst": 2, "private_interval": 2.5},
        "rates": {"server_error": 0.5, "methods": ["send"]},
        "next": [{"method": "getMe", "error": "blocked", "times": 1}],
    }
    _, state = await api.page("POST", "/emulator/faults", body)
    assert (state["latency"], state["flood"]["rate"], state["flood"]["enabled"]) == (0.001, 100, True)
    assert (state["flood"]["private_interval"], state["rates"]["server_error"]) == (2.5, 0.5)
    assert (await api("getMe")).status == 403
    _, state = await api.page("POST", "/emulator/faults", {"clear": True, "flood": False, "latency": 0})
    assert (state["rates"]["server_error"], state["flood"]["enabled"]) == (0.0, False)
