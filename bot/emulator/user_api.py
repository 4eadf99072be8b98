"""The user's side over HTTP: the chat page and the JSON interface under `/emulator` it is made with."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.emulator.errors import WorldError
from bot.emulator.methods.commands import shown_commands
from bot.emulator.model import Chat, Message
from bot.emulator.people import Person

if TYPE_CHECKING:
    from bot.emulator.server import Emulator

HEARTBEAT_SECONDS = 15.0
_PAGE = Path(__file__).parent / "page"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MAX_JOURNAL = 5000

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class UserApi:
    """Routes everything that is not the Bot API."""

    def __init__(self, emulator: "Emulator") -> None:
        self._emulator = emulator
        self.heartbeat = HEARTBEAT_SECONDS
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "state"): self._state,
            ("GET", "messages"): self._messages,
            ("GET", "commands"): self._commands,
            ("GET", "events"): self._events,
            ("GET", "journal"): self._journal,
            ("POST", "send"): self._send,
            ("POST", "press"): self._press,
            ("POST", "inline"): self._inline,
            ("POST", "choose"): self._choose,
            ("POST", "block"): self._block,
            ("POST", "unblock"): self._unblock,
            ("POST", "publish"): self._publish,
            ("POST", "faults"): self._faults,
        }

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; mistakes come back as `{"error": …}`."""
        path = request.path
        try:
            if path == "/" or path.startswith("/page/"):
                return _page_file(path)
            handler = self._routes.get((request.method, path.removeprefix("/emulator/")))
            if not path.startswith("/emulator/") or handler is None:
                return _json({"error": "not found"}, 404)
            if request.method == "POST":
                _check_origin(request)
            return await handler(request)
        except _RefusedError as refusal:
            return _json({"error": str(refusal)}, refusal.status)
        except (WorldError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        except TimeoutError:
            return _json({"error": "the bot did not answer"}, 504)

    # -- looking -----------------------------------------------------------------------------------------------------

    async def _state(self, _request: web.BaseRequest) -> web.StreamResponse:
        emulator = self._emulator
        bot = emulator.bot
        people = list(emulator.everyone())
        return _json(
            {
                "bot": {"id": bot.id, "first_name": bot.user.first_name, "username": bot.user.username},
                "users": [
                    {
                        "id": person.id,
                        "first_name": person.user.first_name,
                        "language_code": person.user.language_code,
                    }
                    for person in people
                ],
                "chats": [self._chat_json(person.chat()) for person in people]
                + [self._chat_json(chat) for chat in emulator.world.chats.values() if chat.migrated_to is None],
                "publish": {"remaining": emulator.publish_remaining if emulator.on_publish else None},
            }
        )

    def _chat_json(self, chat: Chat) -> dict[str, Any]:
        members = [{"user_id": user_id, "status": member.status} for user_id, member in chat.members.items()]
        if chat.user is not None:
            status = "kicked" if chat.blocked else "member" if chat.started else "left"
            members = [{"user_id": chat.user.id, "status": "member"}, {"user_id": chat.bot_id, "status": status}]
        return {
            **chat.json,
            "username": chat.json.get("username"),
            "is_forum": chat.is_forum,
            "topics": [{"id": topic.id, "name": topic.name} for topic in chat.topics.values()],
            "members": members,
        }

    async def _messages(self, request: web.BaseRequest) -> web.StreamResponse:
        person = self._person(_integer(request.query, "user_id"))
        chat = self._emulator.find(_integer(request.query, "chat_id"), person)
        thread = request.query.get("thread_id")
        found = [
            _as_seen(message, person)
            for message in chat.messages.values()
            if not thread or message.get("message_thread_id") == int(thread)
        ]
        return _json({"messages": found})

    async def _commands(self, request: web.BaseRequest) -> web.StreamResponse:
        person = self._person(_integer(request.query, "user_id"))
        chat = self._emulator.find(_integer(request.query, "chat_id"), person)
        return _json({"commands": shown_commands(self._emulator.bot, chat, person.user)})

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        after = request.query.get("after") or request.headers.get("Last-Event-ID")
        last_seen = int(after) if after is not None and after.isdecimal() else self._emulator.events.last_id
        try:
            await response.write(b": open\n\n")
            async for event in self._emulator.events.stream(last_seen, self.heartbeat):
                await response.write(_event_bytes(event))
        except ConnectionError:
            return response  # the page was closed
        return response

    async def _journal(self, request: web.BaseRequest) -> web.StreamResponse:
        after = int(request.query.get("after", "0"))
        journal = self._emulator.journal
        entries = [entry.as_json() for entry in journal.entries if entry.id > after][:_MAX_JOURNAL]
        return _json({"entries": entries, "violations": self._emulator.violations})

    # -- acting ------------------------------------------------------------------------------------------------------

    async def _send(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await _body(request)
        person = self._person(_integer(body, "user_id"))
        chat = self._emulator.find(_integer(body, "chat_id"), person)
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise WorldError("text must be a text that is not empty")
        if len(text) > 4096:
            raise WorldError("text is longer than 4096 characters")
        thread, reply = body.get("thread_id"), body.get("reply_to")
        message = person.send(text, chat, thread_id=thread or None, reply_to=reply or None)
        return _json({"message": _as_seen(message, person)})

    async def _press(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await _body(request)
        person = self._person(_integer(body, "user_id"))
        chat = self._emulator.find(_integer(body, "chat_id"), person)
        message = self._emulator.message(chat, _integer(body, "message_id"))
        return _json(await person.press_data(message, str(body.get("data", ""))))

    async def _inline(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await _body(request)
        person = self._person(_integer(body, "user_id"))
        return _json(await person.inline_answer(str(body.get("query", "")), str(body.get("offset", ""))))

    async def _choose(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await _body(request)
        person = self._person(_integer(body, "user_id"))
        chat = self._emulator.find(_integer(body, "chat_id"), person)
        result = body.get("result")
        if not isinstance(result, dict) or "id" not in result:
            raise WorldError("result must be one of the results of an inline query")
        message = person.choose(result, str(body.get("query", "")), chat)
        return _json({"message": _as_seen(message, person)})

    async def _block(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._set_blocked(request, Person.block)

    async def _unblock(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._set_blocked(request, Person.unblock)

    async def _set_blocked(self, request: web.BaseRequest, change: Callable[[Person], None]) -> web.StreamResponse:
        body = await _body(request)
        change(self._person(_integer(body, "user_id")))
        return _json({"ok": True})

    async def _publish(self, _request: web.BaseRequest) -> web.StreamResponse:
        emulator = self._emulator
        if emulator.on_publish is None:
            raise _RefusedError(404, "nothing can be published here")
        title, remaining = await emulator.on_publish()
        emulator.publish_remaining = remaining
        emulator.events.publish("publish", published=title, remaining=remaining)
        return _json({"published": title, "remaining": remaining})

    async def _faults(self, request: web.BaseRequest) -> web.StreamResponse:
        """Set what is named: `latency`, `flood` (true, false or limits), `rates`, `next` (scripted), `clear`."""
        body = await _body(request)
        emulator = self._emulator
        if body.get("clear"):
            emulator.faults.clear()
        if "latency" in body:
            emulator.latency = max(0.0, float(body["latency"]))
        limits = emulator.flood.limits
        flood = body.get("flood")
        if isinstance(flood, bool):
            limits.enabled = flood
        elif isinstance(flood, dict):
            _set_limits(limits, flood)
        if isinstance(body.get("rates"), dict):
            emulator.faults.rates = emulator.faults.rates.updated(body["rates"])
        for fault in body.get("next", []):
            emulator.fail_next(
                fault.get("method"),
                error=str(fault.get("error", "")),
                chat_id=fault.get("chat_id"),
                times=int(fault.get("times", 1)),
            )
        names = ("enabled", "rate", "paid_rate", "private_interval", "private_burst", "group_per_minute")
        return _json(
            {
                "latency": emulator.latency,
                "flood": {name: getattr(limits, name) for name in names},
                "rates": emulator.faults.rates.as_json(),
            }
        )

    def _person(self, user_id: int) -> Person:
        person = self._emulator.people.get(user_id)
        if person is None:
            raise WorldError(f"no user {user_id}")
        return person


def _set_limits(limits: Any, changes: dict[str, Any]) -> None:
    limits.enabled = bool(changes.get("enabled", True))
    for name in ("rate", "paid_rate", "private_burst", "group_per_minute"):
        if name in changes:
            setattr(limits, name, max(1, int(changes[name])))
    if "private_interval" in changes:
        limits.private_interval = max(0.001, float(changes["private_interval"]))


def _integer(source: Any, name: str) -> int:
    try:
        return int(source[name])
    except (KeyError, TypeError, ValueError) as error:
        raise WorldError(f"{name} must be a whole number") from error


async def _body(request: web.BaseRequest) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise WorldError("the body must be JSON") from error
    if not isinstance(body, dict):
        raise WorldError("the body must be a JSON object")
    return body


def _check_origin(request: web.BaseRequest) -> None:
    """A page from elsewhere must not drive the emulator through a visitor's browser."""
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    origin = request.headers.get("Origin")
    if host not in _LOOPBACK:
        raise _RefusedError(403, "only requests to this machine are taken")
    if origin is not None and urlsplit(origin).hostname not in _LOOPBACK:
        raise _RefusedError(403, "only pages of this machine may do that")


def _as_seen(message: Message, person: Person) -> Message:
    mine = message.get("from", {}).get("id") == person.id
    return {**message, "outgoing": True} if mine else message


def _event_bytes(event: dict[str, Any] | None) -> bytes:
    if event is None:
        return b": heartbeat\n\n"
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event['id']}\ndata: {data}\n\n".encode()


def _page_file(path: str) -> web.StreamResponse:
    name = "index.html" if path == "/" else path.removeprefix("/page/")
    file = (_PAGE / name).resolve()
    if not file.is_relative_to(_PAGE.resolve()) or not file.is_file():
        return _json({"error": "not found"}, 404)
    return web.FileResponse(file, headers={"Cache-Control": "no-cache"})


def _json(content: Any, status: int = 200) -> web.Response:
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return web.Response(body=body, status=status, content_type="application/json")
