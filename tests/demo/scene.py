"""A stand-in for the emulator as the chat page sees it (`/` and `/emulator/…`), driven step by step by a test.

Apart from the emulator on purpose: it can be slow, fall silent, go away or say what a Bot API server never would, so
the page is tested on its own. It knows nothing of bots.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import bot

PAGE = Path(bot.__file__).parent / "emulator" / "page"
BOT = {"id": 777, "is_bot": True, "first_name": "Digest", "username": "scene_bot"}
LIN = {"id": 11, "first_name": "小林", "language_code": "zh-hans"}
EMMA = {"id": 12, "first_name": "Emma", "language_code": "en"}
YIJUN = {"id": 13, "first_name": "怡君", "language_code": "zh-TW"}
GROUP, FORUM, CHANNEL = -1001, -1002, -1003
NOON = 1_795_000_000  # any fixed instant

_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
Json = dict[str, Any]


def _chats() -> list[Json]:
    everyone = [{"user_id": user["id"], "status": "member"} for user in (LIN, EMMA, YIJUN)]
    private = [
        {"id": user["id"], "type": "private", "first_name": user["first_name"], "members": []}
        for user in (EMMA, LIN, YIJUN)
    ]
    topics = [{"id": 5, "name": "Models"}, {"id": 6, "name": "Policy"}]
    return [
        *private,
        {"id": GROUP, "type": "supergroup", "title": "Readers", "members": everyone},
        {"id": FORUM, "type": "supergroup", "title": "Forum", "is_forum": True, "topics": topics, "members": everyone},
        {
            "id": CHANNEL,
            "type": "channel",
            "title": "Daily",
            "members": [{"user_id": 13, "status": "creator"}, *everyone[:2]],
        },
    ]


class Scene:
    """The state the page is shown; its methods change it and tell the page. Use as a context manager."""

    def __init__(self) -> None:
        self.state: Json = {"bot": BOT, "users": [EMMA, LIN, YIJUN], "chats": _chats(), "publish": {"remaining": 2}}
        self.messages: dict[int, list[Json]] = {}
        self.commands = [
            {"command": "start", "description": "Begin"},
            {"command": "topics", "description": "All topics"},
            {"command": "topic", "description": "One topic"},
            {"command": "search", "description": "Search the archive"},
        ]
        self.calls: list[tuple[str, Json]] = []
        self.answers: dict[str, Callable[[Json], Json]] = {
            "press": lambda _body: {"text": None, "show_alert": False, "url": None},
            "inline": lambda _body: {"results": []},
            "choose": lambda body: {"message": self.say(body["chat_id"], f"chosen {body['result_id']}", sender=EMMA)},
            "publish": self._publish,
            "send": self._send,
            "block": lambda body: self._set_blocked(body, blocked=True),
            "unblock": lambda body: self._set_blocked(body, blocked=False),
        }
        self.streams_open = True
        self._events: list[Json] = []
        self._bell = threading.Condition()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> "Scene":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.cut_streams()
        self._server.shutdown()
        self._server.server_close()

    # -- what a test does

    def say(self, chat_id: int, text: str, *, sender: Json | None = BOT, quiet: bool = False, **fields: Any) -> Json:
        """A new message; `quiet` ones were there before anybody watched."""
        messages = self.messages.setdefault(chat_id, [])
        number = (messages[-1]["message_id"] if messages else 0) + 1
        chat = next(chat for chat in self.state["chats"] if chat["id"] == chat_id)
        message = {"message_id": number, "date": NOON + number, "chat": chat, "text": text, **fields}
        if sender is not None:
            message["from"] = sender
        messages.append(message)
        if not quiet:
            self.tell("message", chat_id=chat_id, message=message)
        return message

    def edit(self, message: Json, **fields: Any) -> None:
        message.update(fields, edit_date=NOON + 5000)
        self.tell("edited", chat_id=message["chat"]["id"], message=message, message_id=message["message_id"])

    def delete(self, message: Json) -> None:
        chat_id = message["chat"]["id"]
        self.messages[chat_id].remove(message)
        self.tell("deleted", chat_id=chat_id, message_id=message["message_id"])

    def tell(self, kind: str, **fields: Any) -> None:
        with self._bell:
            self._events.append({"id": len(self._events) + 1, "type": kind, **fields})
            self._bell.notify_all()

    def forget(self) -> None:
        """Begin anew, as a demo that was started again."""
        self.messages.clear()
        self._events.clear()

    def cut_streams(self) -> None:
        """End every event stream and refuse new ones until `streams_open` is set again."""
        with self._bell:
            self.streams_open = False
            self._bell.notify_all()

    def posted(self, name: str) -> list[Json]:
        """The bodies the page posted to `/emulator/<name>`."""
        return [body for path, body in self.calls if path == name]

    # -- what the page asks

    def get(self, name: str, query: dict[str, str]) -> Json | None:
        if name == "state":
            return self.state
        if name == "messages":
            return {"messages": self.messages.get(int(query["chat_id"]), [])}
        return {"commands": self.commands} if name == "commands" else None

    @property
    def last_event_id(self) -> int:
        return len(self._events)

    def events_after(self, number: int) -> list[Json] | None:
        """What happened since; waits for something; None when the stream ends."""
        with self._bell:
            self._bell.wait_for(lambda: len(self._events) > number or not self.streams_open)
            return self._events[number:] if self.streams_open else None

    def _send(self, body: Json) -> Json:
        sender = next(user for user in self.state["users"] if user["id"] == body["user_id"])
        fields: Json = {}
        if "thread_id" in body:
            fields = {"message_thread_id": body["thread_id"], "is_topic_message": True}
        return {"message": self.say(body["chat_id"], body["text"], sender=sender, **fields)}

    def _publish(self, _body: Json) -> Json:
        self.state["publish"] = {"remaining": self.state["publish"]["remaining"] - 1}
        self.tell("publish")
        return {"published": "Evening digest", **self.state["publish"]}

    def _set_blocked(self, body: Json, *, blocked: bool) -> Json:
        chat = next(chat for chat in self.state["chats"] if chat["id"] == body["chat_id"])
        chat["blocked"] = blocked
        self.tell("state")
        return {}


class _Server(ThreadingHTTPServer):
    """A server that knows its scene."""

    daemon_threads = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scene = scene

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a page may leave at any time
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers from the scene of its server."""

    protocol_version = "HTTP/1.1"

    @property
    def scene(self) -> Scene:
        assert isinstance(self.server, _Server)
        return self.server.scene

    def log_message(self, *_args: object) -> None:
        """Quiet: the tests tell what went wrong."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/emulator/events":
            self._stream(query.get("after"))
        elif parts.path.startswith("/emulator/"):
            self._json(self.scene.get(parts.path.removeprefix("/emulator/"), query))
        else:
            self._file("index.html" if parts.path == "/" else parts.path.removeprefix("/page/"))

    def do_POST(self) -> None:
        name = urlsplit(self.path).path.removeprefix("/emulator/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.scene.calls.append((name, body))
        self._json(self.scene.answers[name](body))

    def _file(self, name: str) -> None:
        path = PAGE / name
        if not path.is_file():
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"")
            return
        self._answer(HTTPStatus.OK, _TYPES[path.suffix], path.read_bytes())

    def _json(self, value: Json | None) -> None:
        status = HTTPStatus(value.get("error_code", 200)) if value is not None else HTTPStatus.NOT_FOUND
        self._answer(status, "application/json", json.dumps(value).encode())

    def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, after: str | None) -> None:
        if not self.scene.streams_open:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"")
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        number = self.scene.last_event_id if after is None else int(after)
        self.wfile.write(b": open\n\n")
        while (events := self.scene.events_after(number)) is not None:
            try:
                self.wfile.write(b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events))
            except OSError:  # the page left
                return
            number += len(events)


def slowly(seconds: float, value: Json) -> Callable[[Json], Json]:
    """An answer that takes its time."""

    def answer(_body: Json) -> Json:
        time.sleep(seconds)
        return value

    return answer
