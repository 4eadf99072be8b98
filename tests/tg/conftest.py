"""A server that answers as it is told, for what travels on the wire; and a bot that talks to it."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.tg.receiving import DigestBot
from bot.tg.request import AiohttpRequest

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
Answer = web.Response | Callable[[web.Request], Awaitable[web.Response]]


def answer(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def refusal(code: int, description: str, **parameters: int) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)


async def reset(request: web.Request) -> web.Response:
    """Take the call and break the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def silence(_: web.Request) -> web.Response:
    """Take the call and never answer."""
    await asyncio.sleep(3600)
    return web.Response()


@dataclass
class Wire:
    """What came in, and what goes out next (message 77 when nothing is told)."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    peers: list[Any] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        fields = {name: _value(value) for name, value in (await request.post()).items()}
        self.calls.append((request.path.rpartition("/")[2], fields))
        self.types.append(request.content_type)
        self.peers.append(request.transport and request.transport.get_extra_info("peername"))
        if not self.answers:
            return answer({"message_id": 77, "date": 0, "chat": {"id": 5, "type": "private"}})
        told = self.answers.popleft()
        return told if isinstance(told, web.Response) else await told(request)

    @property
    def last(self) -> dict[str, Any]:
        """The parameters of the last call; JSON ones decoded."""
        return {name: _decoded(value) for name, value in self.calls[-1][1].items()}


def _value(value: Any) -> Any:
    return (value.filename, value.file.read()) if isinstance(value, web.FileField) else value


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    told = Wire()
    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{path:.*}", told.take)
    runner = web.AppRunner(application, shutdown_timeout=0.01, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield told
    await runner.cleanup()


@pytest.fixture
async def request_(wire: Wire) -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest(read_timeout=5) as request:
        yield request


@pytest.fixture
async def bot(wire: Wire, request_: AiohttpRequest) -> DigestBot:
    loop = asyncio.get_running_loop()
    return DigestBot(
        TOKEN, request=request_, get_updates_request=request_, clock=loop.time, api_base_url=f"{wire.url}/"
    )
