"""Buttons and inline mode."""

import asyncio
from typing import Any

import pytest

from bot.emulator import Emulator, Message, Person, WorldError
from tests.emulator.conftest import Answer, Api, Clock

KEYBOARD = {
    "inline_keyboard": [[{"text": "Follow ✓", "callback_data": "f:1"}, {"text": "Read", "url": "https://a.org"}]]
}
ARTICLE = {
    "type": "article",
    "id": "1",
    "title": "T",
    "input_message_content": {"message_text": "<b>x</b>", "parse_mode": "HTML"},
}


@pytest.fixture
async def message(api: Api, reader: Person) -> Message:
    sent: Message = (await api("sendMessage", chat_id=reader.id, text="x", reply_markup=KEYBOARD)).result
    return sent


async def next_query(api: Api, kind: str) -> dict[str, Any]:
    update = (await api("getUpdates", timeout=5)).result[-1]
    query: dict[str, Any] = update[kind]
    return query


@pytest.mark.parametrize("button", ["f:1", "Follow ✓", "Follow"])
async def test_a_press_is_answered(api: Api, reader: Person, message: Message, button: str) -> None:
    press = asyncio.create_task(reader.press(message, button))
    query = await next_query(api, "callback_query")
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("f:1", reader.id, "x")
    await api("answerCallbackQuery", callback_query_id=query["id"], text="done", show_alert=True)
    assert await press == {"text": "done", "show_alert": True, "url": None}


async def test_a_link_button_needs_no_bot(reader: Person, message: Message) -> None:
    assert (await reader.press(message, "Read"))["url"] == "https://a.org/"


async def test_a_button_that_is_not_there(reader: Person, message: Message) -> None:
    with pytest.raises(WorldError, match=r"no button 'x'; there are 'Follow ✓', 'Read'"):
        await reader.press(message, "x")


async def answer_late(api: Api, query_id: str) -> Answer:
    return await api("answerCallbackQuery", callback_query_id=query_id)


async def test_a_query_is_answered_once_and_in_time(api: Api, reader: Person, message: Message, clock: Clock) -> None:
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    press = asyncio.create_task(reader.press(message, "f:1"))
    query = await next_query(api, "callback_query")
    await answer_late(api, query["id"])
    await press
    assert (await answer_late(api, query["id"])).error == too_old
    assert (await answer_late(api, "123")).error == too_old
    assert (await answer_late(api, "")).error == too_old
    late = asyncio.create_task(reader.press(message, "f:1"))
    query = await next_query(api, "callback_query")
    clock.advance(60)
    assert (await answer_late(api, query["id"])).error == too_old
    late.cancel()


async def test_a_press_without_an_answer_times_out(reader: Person, message: Message) -> None:
    with pytest.raises(TimeoutError):
        await reader.press(message, "f:1", timeout_seconds=0.01)


@pytest.mark.parametrize(
    ("params", "reason"), [({"text": "x" * 201}, "MESSAGE_TOO_LONG"), ({"url": "nowhere"}, "URL_INVALID")]
)
async def test_wrong_answers(api: Api, reader: Person, message: Message, params: dict[str, str], reason: str) -> None:
    press = asyncio.create_task(reader.press(message, "f:1"))
    query = await next_query(api, "callback_query")
    answer = await api("answerCallbackQuery", callback_query_id=query["id"], **params)
    assert answer.error == f"Bad Request: {reason}"
    press.cancel()


async def test_inline_results_are_shown_and_sent(api: Api, reader: Person) -> None:
    typing = asyncio.create_task(reader.inline("news"))
    query = await next_query(api, "inline_query")
    assert (query["query"], query["offset"]) == ("news", "")
    result = {**ARTICLE, "reply_markup": KEYBOARD}
    assert (await api("answerInlineQuery", inline_query_id=query["id"], results=[result])).result is True
    [shown] = await typing
    sent = reader.choose(shown, "news")
    assert (sent["text"], sent["via_bot"]["is_bot"], "reply_markup" in sent) == ("x", True, True)
    chosen = await next_query(api, "chosen_inline_result")
    assert (chosen["result_id"], chosen["query"]) == ("1", "news")


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"results": [ARTICLE, ARTICLE]}, "RESULT_ID_DUPLICATE"),
        ({"results": [{**ARTICLE, "id": str(number)} for number in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [{**ARTICLE, "id": "x" * 65}]}, "RESULT_ID_INVALID"),
        ({"results": [{**ARTICLE, "title": ""}]}, "ARTICLE_TITLE_EMPTY"),
        ({"results": [{"id": "1"}]}, "can't parse inline query result: Can't find field \"type\""),
        ({"results": [{"type": "article", "id": "1", "title": "T"}]}, 'Can\'t find field "input_message_content"'),
        ({"results": [1]}, "can't parse inline query result: expected an Object"),
        ({"results": {}}, "expected an Array of InlineQueryResult"),
        ({"results": "["}, "can't parse inline query results JSON object"),
        ({"results": [], "next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"results": [], "button": {"start_parameter": "x"}}, 'Can\'t find field "text"'),
        ({"results": []}, "query is too old"),
    ],
)
async def test_wrong_inline_answers(api: Api, params: dict[str, Any], reason: str) -> None:
    answer = await api("answerInlineQuery", inline_query_id="5", **params)
    assert reason in answer.error


async def test_other_kinds_of_results_pass_as_they_are(api: Api, emulator: Emulator, reader: Person) -> None:
    typing = asyncio.create_task(reader.inline("x"))
    query = await next_query(api, "inline_query")
    photo = {"type": "photo", "id": "p", "photo_url": "https://a.org/p.jpg", "thumbnail_url": "https://a.org/t.jpg"}
    await api("answerInlineQuery", inline_query_id=query["id"], results=[photo])
    [shown] = await typing
    assert reader.choose(shown)["text"] == "p"
    emulator.bot.inline = False
    with pytest.raises(WorldError, match="no inline mode"):
        await reader.inline("x")
