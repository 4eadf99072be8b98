"""A running emulator, a reader who pressed Start, and a raw HTTP client, for every test of this folder."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.emulator import Chat, Emulator, Person


class Clock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Answer:
    """What the Bot API answered."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        assert self.body["ok"], self.body
        return self.body["result"]

    @property
    def error(self) -> str:
        assert not self.body["ok"], self.body
        assert self.body["error_code"] == self.status
        return str(self.body["description"])


class Api:
    """Calls methods over HTTP as JSON."""

    def __init__(self, session: aiohttp.ClientSession, emulator: Emulator) -> None:
        self.session = session
        self.emulator = emulator

    async def __call__(self, method: str, **params: Any) -> Answer:
        url = f"{self.emulator.url}/bot{self.emulator.token}/{method}"
        async with self.session.post(url, json=params) as response:
            return Answer(response.status, json.loads(await response.read()), dict(response.headers))

    async def page(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The user-side interface."""
        url = f"{self.emulator.url}{path}"
        async with self.session.request(verb, url, json=body, headers=headers) as response:
            return response.status, json.loads(await response.read())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def emulator(clock: Clock) -> AsyncIterator[Emulator]:
    async with Emulator(clock=clock, webhook_pause=0.01) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def api(session: aiohttp.ClientSession, emulator: Emulator) -> Api:
    return Api(session, emulator)


@pytest.fixture
def reader(emulator: Emulator) -> Person:
    return emulator.add_user("Mei", language_code="zh-hans", started=True)


@pytest.fixture
def group(emulator: Emulator, reader: Person) -> Chat:
    return emulator.add_group("Morning", reader)


@pytest.fixture
def forum(emulator: Emulator, reader: Person) -> Chat:
    return emulator.add_supergroup("Forum", reader, forum=True)


@pytest.fixture
def channel(emulator: Emulator, reader: Person) -> Chat:
    return emulator.add_channel("Channel", reader, username="digest_channel")
