"""Answers to pressed buttons and inline queries."""

from collections.abc import Iterable
from typing import Any

from bot.emulator.account import OpenQuery
from bot.emulator.call import Call
from bot.emulator.errors import ApiError, bad_request
from bot.emulator.methods.method import Method, method
from bot.emulator.text.links import link_or_none

QUERY_SECONDS = 15.0  # undocumented; long enough for any sane bot, short enough to notice a late one
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_MAX_RESULTS = 50


def _open(call: Call, name: str) -> OpenQuery:
    if not call.string(name):
        raise bad_request(_TOO_OLD)
    query = call.bot.queries.get(call.string(name))
    now = call.emulator.world.clock()
    if query is None or query.answered or now - query.asked > call.emulator.query_seconds:
        raise bad_request(_TOO_OLD)
    return query


def _settle(query: OpenQuery, answer: dict[str, Any]) -> bool:
    query.answered = True
    if not query.answer.done():
        query.answer.set_result(answer)
    return True


def answer_callback_query(call: Call) -> bool:
    text = call.string("text")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query = _open(call, "callback_query_id")
    call.chat_id = query.chat_id
    url = call.string("url")
    if url and link_or_none(url) is None:
        raise bad_request("URL_INVALID")
    call.text = text or None
    return _settle(query, {"text": text or None, "show_alert": call.flag("show_alert"), "url": url or None})


def answer_inline_query(call: Call) -> bool:
    results = call.json("results", "can't parse inline query results JSON object")
    if not isinstance(results, list):
        raise bad_request("expected an Array of InlineQueryResult")
    if len(results) > _MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    seen: set[str] = set()
    checked = [_result(call, result, seen) for result in results]
    offset = call.string("next_offset")
    if len(offset.encode()) > 64:
        raise bad_request("NEXT_OFFSET_INVALID")
    button = call.json("button", "can't parse InlineQueryResultsButton JSON object")
    if button is not None and not button.get("text"):
        raise bad_request("can't parse inline query results button: Can't find field \"text\"")
    query = _open(call, "inline_query_id")
    return _settle(query, {"results": checked, "next_offset": offset, "button": button})


def _result(call: Call, raw: Any, seen: set[str]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _unparsable("expected an Object")
    for name in ("type", "id"):
        if name not in raw:
            raise _unparsable(f'Can\'t find field "{name}"')
    identifier = str(raw["id"])
    if not 1 <= len(identifier.encode()) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    if identifier in seen:
        raise bad_request("RESULT_ID_DUPLICATE")
    seen.add(identifier)
    if raw["type"] == "article":
        return _article(call, raw)
    return raw


def _article(call: Call, raw: dict[str, Any]) -> dict[str, Any]:
    if not raw.get("title"):
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = raw.get("input_message_content")
    if not isinstance(content, dict):
        raise _unparsable('Can\'t find field "input_message_content"')
    result = call.emulator.formatter.read(
        str(content.get("message_text", "")), str(content.get("parse_mode", "")), content.get("entities")
    )
    keyboard = call.emulator.keyboards.read(raw.get("reply_markup"), "private", only_inline=True)
    message: dict[str, Any] = {"text": result.text, "entities": list(result.entities)}
    if keyboard is not None:
        message["reply_markup"] = keyboard
    return {**raw, "message": message}


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"can't parse inline query result: {reason}")


def methods() -> Iterable[Method]:
    callback = ("callback_query_id", "text", "show_alert", "url", "cache_time")
    yield method("answerCallbackQuery", answer_callback_query, *callback)
    inline = ("inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button")
    yield method("answerInlineQuery", answer_inline_query, *inline)
