"""Calls on the wire: bodies, time-outs, and what is known when a connection fails."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web
from telegram import InputFile
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.tg.request import AiohttpRequest, NotSentError
from tests.tg.conftest import TOKEN, Wire, answer, refusal, reset, silence


def data(**values: object) -> RequestData:
    return RequestData([RequestParameter.from_input(name, value) for name, value in values.items()])


def address(wire: Wire) -> str:
    return f"{wire.url}/bot{TOKEN}/sendMessage"


async def test_parameters_travel_as_a_form(wire: Wire, request_: AiohttpRequest) -> None:
    text = "模型 & 智能体 = 100 % + «ü»\n" * 30
    result = await request_.post(address(wire), data(chat_id=5, text=text, entities=[{"type": "bold"}], silent=True))
    assert isinstance(result, dict)
    assert result["message_id"] == 77
    assert wire.types == ["application/x-www-form-urlencoded"]
    assert wire.last == {"chat_id": "5", "text": text, "entities": [{"type": "bold"}], "silent": "true"}


async def test_files_travel_as_multipart(wire: Wire, request_: AiohttpRequest) -> None:
    photo = InputFile(b"\x89PNG", filename="trend.png")
    await request_.post(address(wire), data(chat_id=5, caption="图", photo=photo))
    assert wire.types == ["multipart/form-data"]
    assert wire.calls[0][1] == {"chat_id": "5", "caption": "图", "photo": ("trend.png", b"\x89PNG")}


async def test_no_parameters_at_all(wire: Wire, request_: AiohttpRequest) -> None:
    wire.answers.append(answer(True))
    assert await request_.post(address(wire)) is True


async def test_connections_are_reused(wire: Wire, request_: AiohttpRequest) -> None:
    for _ in range(5):
        await request_.post(address(wire), data(chat_id=5))
    assert len(set(wire.peers)) == 1


async def test_the_library_maps_errors_as_ever(wire: Wire, request_: AiohttpRequest) -> None:
    wire.answers.append(refusal(403, "Forbidden: bot was blocked by the user"))
    with pytest.raises(Forbidden, match="blocked"):
        await request_.post(address(wire))
    wire.answers.append(refusal(429, "Too Many Requests: retry after 7", retry_after=7))
    with pytest.raises(RetryAfter):
        await request_.post(address(wire))


async def test_a_page_of_html_is_an_error_and_not_printed(
    wire: Wire, request_: AiohttpRequest, caplog: pytest.LogCaptureFixture
) -> None:
    wire.answers.append(web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html"))
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await request_.post(address(wire))
    assert "html" not in caplog.text


@pytest.mark.parametrize("body", ["<html>", "[]", '{"ok": true}', ""])
async def test_a_good_status_with_a_bad_body_is_an_error(wire: Wire, request_: AiohttpRequest, body: str) -> None:
    wire.answers.append(web.Response(text=body))
    with pytest.raises(TelegramError, match="Invalid server response"):
        await request_.post(address(wire))


async def test_no_connection_means_certainly_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with AiohttpRequest() as request:
        with pytest.raises(NotSentError) as raised:
            await request.post(f"http://127.0.0.1:{port}/bot{TOKEN}/getMe")
    assert isinstance(raised.value.__cause__, aiohttp.ClientConnectorError)
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r}"


async def test_a_connection_that_takes_too_long_means_certainly_not_sent(wire: Wire) -> None:
    wire.answers.append(silence)
    async with AiohttpRequest(pool_size=1) as request:
        busy = asyncio.create_task(request.post(address(wire), read_timeout=60))
        await asyncio.wait([busy], timeout=0.05)
        with pytest.raises(NotSentError) as raised:
            await request.post(address(wire), connect_timeout=0.03, pool_timeout=0.02)
        busy.cancel()
        await asyncio.wait([busy])
    # the cause's text would hold the address
    assert raised.value.__cause__ is None
    assert TOKEN not in f"{raised.value}"


async def test_a_wrong_address_means_certainly_not_sent() -> None:
    async with AiohttpRequest() as request:
        with pytest.raises(NotSentError) as raised:
            await request.post(f"nonsense-{TOKEN}")
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r}"


async def test_no_answer_in_time_is_a_time_out(wire: Wire, request_: AiohttpRequest) -> None:
    wire.answers.append(silence)
    with pytest.raises(TimedOut) as raised:
        await request_.post(address(wire), read_timeout=0.05)
    assert isinstance(raised.value.__cause__, TimeoutError)
    assert len(wire.calls) == 1


async def test_a_broken_connection_is_neither_a_time_out_nor_known_unsent(wire: Wire, request_: AiohttpRequest) -> None:
    wire.answers.append(reset)
    with pytest.raises(NetworkError, match="connection broke") as raised:
        await request_.post(address(wire))
    assert not isinstance(raised.value, TimedOut | NotSentError)
    assert isinstance(raised.value.__cause__, aiohttp.ClientError)


async def test_half_a_character_is_refused_before_it_is_sent(wire: Wire, request_: AiohttpRequest) -> None:
    with pytest.raises(BadRequest, match="UTF-8"):
        await request_.post(address(wire), data(text="\ud83d"))
    assert wire.calls == []


async def test_no_limits_may_be_asked_for(wire: Wire, request_: AiohttpRequest) -> None:
    result = await request_.post(
        address(wire), read_timeout=None, write_timeout=None, connect_timeout=None, pool_timeout=None
    )
    assert result


async def test_it_can_be_opened_again_and_closed_twice(wire: Wire) -> None:
    request = AiohttpRequest(read_timeout=12)
    assert request.read_timeout == 12
    with pytest.raises(NetworkError, match="not initialised"):
        await request.post(address(wire))
    for _ in range(2):
        await request.initialize()
        await request.initialize()
        assert await request.post(address(wire))
        await request.shutdown()
        await request.shutdown()


async def test_a_file_can_be_fetched(wire: Wire, request_: AiohttpRequest) -> None:
    wire.answers.append(web.Response(body=b"bytes"))
    assert await request_.retrieve(f"{wire.url}/file/bot{TOKEN}/x.png") == b"bytes"
