"""How Bot API calls travel: a python-telegram-bot request on aiohttp instead of httpx, whose pool gets slower with
every connection (30 messages a second with 128 in flight; aiohttp does some 2,000). Apart from the sender because
answering, polling and sending share it.

It also tells apart what the library does not: a call that certainly never left (NotSentError) from one whose outcome
nobody knows. Addresses hold the token, so no error made here carries one.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import aiohttp
import yarl
from telegram._utils.defaultvalue import DefaultValue  # the library's own marker for "not given" has no public name
from telegram._utils.types import ODVInput
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.log import redact

_FORM = "application/x-www-form-urlencoded"
_NEVER_LEFT = (
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_LONG = 256  # characters; shorter values are not worth remembering


class NotSentError(NetworkError):
    """No connection came about, so the server never saw the call: safe to repeat."""


class AiohttpRequest(BaseRequest):
    """A connection pool for Bot API calls. Timeouts are in seconds and suit the server's own habit of waiting out
    short flood limits for up to 8 s before it answers; `trust_env` honours the HTTP(S)_PROXY variables."""

    __slots__ = ("_connect", "_pool", "_pool_size", "_quote", "_read", "_session", "_trust_env", "_write")

    def __init__(
        self,
        *,
        pool_size: int = 256,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        write_timeout: float = 20.0,
        pool_timeout: float = 10.0,
        trust_env: bool = False,
    ) -> None:
        self._pool_size = pool_size
        self._connect = connect_timeout
        self._read = read_timeout
        self._write = write_timeout
        self._pool = pool_timeout
        self._trust_env = trust_env
        self._session: aiohttp.ClientSession | None = None
        # One edition's text goes to thousands of chats, and quoting 4,000 Chinese characters costs more than the rest
        # of the call: the quoted forms of the latest long values are kept.
        self._quote: Callable[[str], str] = lru_cache(maxsize=128)(quote_plus)

    @property
    def read_timeout(self) -> float | None:
        """Seconds an answer may take when a call does not say."""
        return self._read

    async def initialize(self) -> None:
        """Open the pool; doing it twice is harmless."""
        if self._session is not None:
            return
        # Without it the library warns at every flood answer about a property that it reads itself.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        # Connections idle for long are closed by the server at a moment that may be ours: do not reuse those.
        connector = aiohttp.TCPConnector(limit=self._pool_size, keepalive_timeout=15, ttl_dns_cache=300)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            skip_auto_headers=("Accept",),
            trust_env=self._trust_env,
        )

    async def shutdown(self) -> None:
        """Close the pool; `initialize` opens a new one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call: status and body of the answer.

        Raises NotSentError when no connection came about, TimedOut when no answer came in time, NetworkError when
        the connection broke, BadRequest for a text no server would take. None as a timeout means none."""
        session = self._session
        if session is None:
            raise RuntimeError("the request is not initialised")
        timeout = _timeout(
            read=_given(read_timeout, self._read),
            write=_given(write_timeout, self._write),
            connect=_given(connect_timeout, self._connect),
            pool=_given(pool_timeout, self._pool),
        )
        body, headers = self._body(request_data)
        address = yarl.URL(url, encoded=True)
        try:
            async with session.request(
                method, address, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError) as error:  # aiohttp's and asyncio's time-outs are OSErrors
            raise _library_error(error) from _without_address(error)

    def _body(self, request_data: RequestData | None) -> tuple[Any, dict[str, str] | None]:
        if request_data is None:
            return None, None
        if request_data.contains_files:
            return _multipart(request_data), None
        try:
            pairs = [
                f"{quote_plus(name)}={self._quoted(value)}" for name, value in request_data.json_parameters.items()
            ]
        except UnicodeEncodeError as error:
            # Half a surrogate pair: the server would say the same, and nothing was sent.
            raise BadRequest("strings must be encoded in UTF-8") from error
        return "&".join(pairs).encode("ascii"), {"Content-Type": _FORM}

    def _quoted(self, value: str) -> str:
        return self._quote(value) if len(value) > _LONG else quote_plus(value)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer's JSON object. Raises TelegramError for anything else, and unlike the library does not print a
        page of somebody's HTML into the log."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        if not isinstance(answer, dict) or (answer.get("ok") is True and "result" not in answer):
            raise TelegramError("Invalid server response")
        return answer


def _given(value: ODVInput[float], default: float) -> float | None:
    return default if isinstance(value, DefaultValue) else value


def _timeout(
    *, read: float | None, write: float | None, connect: float | None, pool: float | None
) -> aiohttp.ClientTimeout:
    """aiohttp counts waiting for a free connection and connecting together, and has no limit for writing: a limit on
    the whole stands in for it."""
    before = None if connect is None or pool is None else connect + pool
    total = None if read is None or write is None or before is None else before + write + read
    return aiohttp.ClientTimeout(total=total, connect=before, sock_connect=connect, sock_read=read)


def _multipart(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    files: Mapping[str, tuple[str, Any, str]] = request_data.multipart_data
    for name, (filename, content, mime_type) in files.items():
        form.add_field(name, content, filename=filename, content_type=mime_type)
    return form


def _library_error(error: Exception) -> NetworkError:
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError):
        return NotSentError(f"no connection to the Bot API server ({name}: {error.os_error})")
    if isinstance(error, _NEVER_LEFT):
        return NotSentError(f"no connection to the Bot API server ({name})")
    if isinstance(error, TimeoutError):
        return TimedOut(f"no answer in time ({name})")
    return NetworkError(f"the connection broke ({name})")


def _without_address(error: Exception) -> Exception | None:
    """The cause, for who wants to inspect it, unless its text holds the address and with it the token."""
    text = f"{error} {error!r}"
    return None if "/bot" in text or "://" in text or redact(text) != text else error
