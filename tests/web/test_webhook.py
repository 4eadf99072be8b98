"""What strangers and Telegram may send to a webhook's address."""

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from bot.web.health import HealthServer
from bot.web.webhook import LARGEST, SECRET_HEADER, WebhookIntake, _update_of

SECRET = "a-Secret_1"
DEEP = b'{"update_id": 1, "x": ' + b"[" * 100_000


class Post:
    """A server with a webhook, what it took, and somebody who posts."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.taken: list[dict[str, Any]] = []
        self.room = True
        self.intake = WebhookIntake("/in/here", SECRET, take=self.take)
        self.server = HealthServer(alive=dict, ready=dict, registry=CollectorRegistry(), webhook=self.intake)

    async def take(self, update: dict[str, Any]) -> bool:
        self.taken.append(update)
        return self.room

    async def send(
        self, body: bytes, *, path: str = "/in/here", method: str = "POST", chunked: bool | None = None, **headers: str
    ) -> int:
        url = f"http://127.0.0.1:{self.server.port}{path}"
        given_headers = {SECRET_HEADER: SECRET, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = io.BytesIO(body)
        async with self.session.request(method, url, data=content, headers=given_headers, chunked=chunked) as answer:
            self.headers = answer.headers
            return answer.status


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with ClientSession() as session:
        made = Post(session)
        await made.server.start("127.0.0.1", 0)
        yield made
        await made.server.stop()


@pytest.mark.parametrize(
    "body",
    [
        b'{"update_id": 7, "never_heard_of": {"x": [1, null]}}',
        b'\xef\xbb\xbf{"update_id": 7}',
        b'{"update_id": 7}'.ljust(LARGEST),
        b'{"update_id": 7, "message": "\\ud83d"}',
    ],
    ids=["unknown fields", "byte order mark", "as large as may be", "half a pair"],
)
async def test_an_update_is_taken(post: Post, body: bytes) -> None:
    assert await post.send(body) == 200
    assert [update["update_id"] for update in post.taken] == [7]


async def test_a_compressed_update_is_taken(post: Post) -> None:
    assert await post.send(gzip.compress(b'{"update_id": 7}'), Content_Encoding="gzip") == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"7",
        b'"update_id"',
        b"[]",
        b"{}",
        b'{"update_id": null}',
        b'{"update_id": "7"}',
        b'{"update_id": 7.0}',
        b'{"update_id": true}',
        b'{"update_id": NaN}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        DEEP,
        b"update_id=7",
    ],
)
async def test_what_is_no_update_is_refused(post: Post, body: bytes) -> None:
    assert await post.send(body) == 400
    assert post.taken == []
    assert post.intake.figures()["invalid"] == 1


async def test_what_is_too_large_is_refused(post: Post) -> None:
    assert await post.send(b'{"update_id": 7}'.ljust(LARGEST + 1)) == 413
    assert await post.send(b'{"update_id": 7}'.ljust(LARGEST + 1), chunked=True) == 413
    bomb = gzip.compress(b'{"update_id": 7}'.ljust(64 * LARGEST))
    assert await post.send(bomb, Content_Encoding="gzip") == 413
    assert post.intake.figures()["too_large"] == 3
    assert post.taken == []


async def test_what_only_says_it_is_compressed_is_refused(post: Post) -> None:
    assert await post.send(b'{"update_id": 7}', Content_Encoding="gzip") == 400
    assert await post.send(b'{"update_id": 7}') == 200


@pytest.mark.parametrize("secret", ["", "a-secret_1", "a-Secret_1 x", "é", "a-Secret_"])
async def test_a_stranger_is_refused_whatever_they_say(post: Post, secret: str) -> None:
    assert await post.send(b"{", **{SECRET_HEADER: secret}) == 403
    assert post.intake.figures()["refused"] == 1
    assert post.taken == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_posts_are_taken(post: Post, method: str) -> None:
    assert await post.send(b"", method=method) == 405


@pytest.mark.parametrize("path", ["/", "/in", "/in/here/", "/in/here/more", "/in//here", "/IN/HERE"])
async def test_only_at_the_very_address(post: Post, path: str) -> None:
    assert await post.send(b'{"update_id": 7}', path=path) == 404


async def test_when_there_is_no_room_telegram_is_asked_to_come_again_soon(post: Post) -> None:
    post.room = False
    assert await post.send(b'{"update_id": 7}') == 503
    assert post.headers["Retry-After"] == "1"
    assert post.intake.figures()["busy"] == 1


async def test_a_body_that_never_ends_is_given_up(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.webhook._READ_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", post.server.port)
    head = f"POST /in/here HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 50\r\n\r\n{{"
    writer.write(head.encode())
    assert b" 408 " in await reader.readline()
    writer.close()
    assert post.intake.figures()["too_slow"] == 1


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | _JSON.map(json.dumps).map(str.encode))
def test_no_bytes_do_harm(body: bytes) -> None:
    assert _update_of(body) is None


@given(st.integers(), st.dictionaries(st.text(max_size=8).filter(lambda name: name != "update_id"), _JSON, max_size=3))
def test_every_update_is_read_as_it_was_written(number: int, rest: dict[str, object]) -> None:
    body = json.dumps({**rest, "update_id": number}).encode()
    update = _update_of(body)
    assert update is not None
    assert json.dumps(update) == body.decode()
