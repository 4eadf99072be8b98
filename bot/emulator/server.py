"""The emulator itself: the world, its HTTP server, and the switches that make it slow, strict or faulty."""

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from bot.clock import utc_now
from bot.emulator.account import BotAccount
from bot.emulator.call import Call
from bot.emulator.decoding import Decoder
from bot.emulator.errors import ApiError, not_found, unauthorized
from bot.emulator.events import Events
from bot.emulator.faults import AFTER, Fault, Faults
from bot.emulator.flood import FloodModel
from bot.emulator.journal import Entry, Journal
from bot.emulator.keyboards import Keyboards
from bot.emulator.methods import Method, all_methods
from bot.emulator.methods.queries import QUERY_SECONDS
from bot.emulator.people import Person
from bot.emulator.stage import Stage
from bot.emulator.text import Formatter
from bot.emulator.user_api import UserApi
from bot.emulator.webhook import Webhooks
from bot.emulator.world import World

DEFAULT_TOKEN = "100200300:EMULATORxTOKENxOFxDIGESTBOTxxxxxxxx"  # noqa: S105 - nobody's; made up for the emulator
DEFAULT_USERNAME = "digest_demo_bot"

PublishHook = Callable[[], Awaitable[tuple[str | None, int]]]

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{3,}")
_MAX_BODY = 60 * 1024 * 1024
_BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n"


class Emulator(Stage):
    """Speaks HTTP as Telegram's Bot API server does.

    `clock` gives seconds since 1970 (for dates, flood limits, the journal); `seed` feeds everything random;
    `strict` notes unknown parameters and other silent mistakes in `violations`; `history` is how many messages a chat
    keeps; `journal_path` names a JSON Lines file every call is written to at once; `on_publish` is what the chat
    page's "publish" button calls, answering (title or None, how many are left). `latency` (seconds) may be changed at
    any time, as may `flood.limits`, `faults.rates` and `rich_messages`."""

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        username: str = DEFAULT_USERNAME,
        name: str = "Digest",
        clock: Callable[[], float] = lambda: utc_now().timestamp(),
        seed: int = 1,
        strict: bool = True,
        flood: bool = False,
        latency: float = 0.0,
        history: int = 1000,
        journal_path: Path | None = None,
        journal_keep: int | None = None,
        on_publish: PublishHook | None = None,
        publish_remaining: int | None = None,
        webhook_pause: float = 1.0,
        rich_messages: bool = False,
    ) -> None:
        self.clock = clock
        self.strict = strict
        self.latency = latency
        self.on_publish = on_publish
        self.publish_remaining = publish_remaining
        self.rich_messages = rich_messages
        self.query_seconds = QUERY_SECONDS
        self.events = Events()
        self.world = World(clock, random.Random(seed), self.events, history)  # noqa: S311 - reproducible, not secret
        self.people: dict[int, Person] = {}
        self.formatter = Formatter()
        self.keyboards = Keyboards()
        self.reply_keyboards: dict[tuple[int, int], dict[str, Any]] = {}
        self.flood = FloodModel(clock)
        self.flood.limits.enabled = flood
        self.faults = Faults(random.Random(seed + 1))  # noqa: S311 - reproducible, not secret
        self.journal = Journal(journal_path, journal_keep)
        self.webhooks = Webhooks(clock, webhook_pause)
        self.violations: list[str] = []
        self._methods: dict[str, Method] = all_methods()
        self._decoder = Decoder()
        self._user_api = UserApi(self)
        self._runner: web.ServerRunner | None = None
        self._url = ""
        self.add_bot(token, username, name)

    # -- life --------------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Such as `http://127.0.0.1:40123`; the `base_url` of a bot is this plus `/bot`."""
        return self._url

    @property
    def token(self) -> str:
        """The first bot's token."""
        return self.bot.token

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        """Listen; port 0 takes a free one. Raises OSError when the port is taken."""
        server = web.Server(self._serve, request_factory=_large_request, handler_cancellation=True, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        bound = runner.addresses[0][1]
        self._url = f"http://{'[' + host + ']' if ':' in host else host}:{bound}"
        return self

    async def stop(self) -> None:
        """Stop listening; open connections are cut."""
        await self.webhooks.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.journal.close()

    async def __aenter__(self) -> Self:
        return await self.start() if self._runner is None else self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # -- switches ----------------------------------------------------------------------------------------------------

    def fail_next(
        self,
        method: str | None = None,
        *,
        error: Fault | str = "server_error",
        chat_id: int | None = None,
        times: int = 1,
    ) -> None:
        """Script a fault for the next calls of that method (any when None) to that chat (any when None)."""
        self.faults.script(Fault.named(error), method, chat_id, times)

    def violate(self, method: str, what: str) -> None:
        """Note a mistake the real server would swallow."""
        if self.strict:
            self.violations.append(f"{method}: {what}")

    async def wait_for(self, predicate: Callable[[], Any], timeout_seconds: float = 5.0) -> Any:
        """The predicate's first true value, asked again after every event in the world; raises TimeoutError."""
        return await self.events.wait_for(predicate, timeout_seconds)

    # -- HTTP --------------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        try:
            if path.startswith("/bot"):
                return await self._api(request, path)
            if path.startswith("/file/bot"):
                return self._download(path)
        except ApiError as error:
            return _failure(error)
        return await self._user_api.serve(request)

    def _find_bot(self, token: str) -> BotAccount:
        if not _TOKEN.fullmatch(token):
            raise not_found()
        bot = self.world.bots.get(token)
        if bot is None:
            raise unauthorized()
        if bot.closed:
            raise ApiError(400, "Bad Request: Logged out")
        return bot

    async def _api(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        arrived = self.clock()
        token, _, name = path[4:].partition("/")
        bot = self._find_bot(token)
        name = name.removeprefix("test/")
        method = self._methods.get(name.lower())
        if method is None or request.method not in ("GET", "POST"):
            raise not_found()
        params, files = await self._decoder.decode(request)
        unknown = params.keys() - method.known
        if unknown:
            self.violate(method.name, f"unknown parameters {', '.join(sorted(unknown))}")
        call = Call(self, bot, method.name, params, files=files)
        fault = self.faults.choose(name.lower(), call.chat_id)
        return await self._answer(request, call, method, fault=fault, arrived=arrived)

    async def _answer(
        self, request: web.BaseRequest, call: Call, method: Method, *, fault: Fault | None, arrived: float
    ) -> web.StreamResponse:
        if fault is not None and fault.kind in ("reset_before", "bad_gateway"):
            self._record(call, arrived, ApiError(502, "Bad Gateway"), fault)
            return _cut(request) if fault.kind == "reset_before" else _html(502, _BAD_GATEWAY)
        try:
            if fault is not None and fault.kind not in AFTER:
                self._refuse(call, fault)
            result = method.run(call)
            if asyncio.iscoroutine(result):
                result = await result
            error = None
            response = _success(result)
        except ApiError as refusal:
            error = refusal
            response = _failure(refusal)
        waited = False
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            waited = True
        finally:  # a caller that is killed meanwhile must not hide what it did
            self._record(call, arrived, error, fault, heard=waited)
        if fault is not None and fault.kind == "reset_after":
            return _cut(request)
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return response

    def _refuse(self, call: Call, fault: Fault) -> None:
        """Raise the fault's refusal; a migration happens first and then the call itself reports it."""
        if fault.kind != "migrate":
            raise fault.error()
        chat = call.find_chat()
        if chat.type == "group" and chat.migrated_to is None:
            self.world.migrate(chat)

    def _record(
        self, call: Call, arrived: float, error: ApiError | None, fault: Fault | None, *, heard: bool = True
    ) -> None:
        cut = not heard or (fault is not None and fault.kind.startswith("reset"))
        self.journal.add(
            Entry(
                id=self.journal.next_id(),
                at=arrived,
                answered=None if cut else self.clock(),
                bot_id=call.bot.id,
                method=call.method,
                chat_id=call.chat_id,
                thread_id=call.thread_id,
                text=call.text,
                params=tuple(call.params),
                ok=error is None,
                code=200 if error is None else error.code,
                description="" if error is None else error.description,
                message_id=call.message_id if error is None else None,
                retry_after=(error.parameters or {}).get("retry_after") if error is not None else None,
                fault=fault.kind if fault is not None else "",
            )
        )

    def _download(self, path: str) -> web.StreamResponse:
        token, _, file_path = path.removeprefix("/file/bot").partition("/")
        self._find_bot(token)
        known = self.world.files.get(file_path.removeprefix("files/"))
        if known is None:
            raise not_found()
        return web.Response(body=known[1], content_type="application/octet-stream")


def _large_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    """aiohttp calls this with five values; its own limit of one megabyte would refuse pictures."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_MAX_BODY)


def _success(result: Any) -> web.Response:
    body = json.dumps({"ok": True, "result": result}, ensure_ascii=False, separators=(",", ":"))
    return web.Response(body=body.encode("utf-8", "surrogatepass"), content_type="application/json")


def _failure(error: ApiError) -> web.Response:
    content: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    headers = {}
    if error.parameters:
        content["parameters"] = error.parameters
        if "retry_after" in error.parameters:
            headers["Retry-After"] = str(error.parameters["retry_after"])
    body = json.dumps(content, ensure_ascii=False).encode()
    return web.Response(body=body, status=error.code, headers=headers, content_type="application/json")


def _html(status: int, body: str) -> web.Response:
    return web.Response(text=body, status=status, content_type="text/html")


def _cut(request: web.BaseRequest) -> web.StreamResponse:
    """Break the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
