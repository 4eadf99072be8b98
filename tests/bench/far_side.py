"""A Bot API server that does nothing but answer, in a process of its own: takes every call for a message sent, after
`latency` seconds, and remembers when it came. It costs a tenth of the emulator, so that a benchmark measures the
sender. `python -m tests.bench.far_side LATENCY` prints its port; `GET /times` answers the arrivals.
"""

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.request import urlopen

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MESSAGE = json.dumps(
    {
        "ok": True,
        "result": {
            "message_id": 4711,
            "date": 1763856000,
            "from": {"id": 1, "is_bot": True, "first_name": "Digest", "username": "digest_bot"},
            "chat": {"id": 5, "type": "private", "first_name": "Reader"},
            "text": "word " * 30,
        },
    }
).encode()


_WHO = json.dumps(
    {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "Digest", "username": "digest_bot"}}
).encode()


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection(asyncio.Protocol):
    """Reads requests by their length, one after the other."""

    times: list[float]
    latency: float

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self.data, 0, end)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.data) < size:
                return
            head, self.data = self.data[:end], self.data[size:]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        if head.startswith(b"GET /times"):
            self.transport.write(_http(json.dumps(self.times).encode()))
            self.times.clear()
            return
        if b"/getMe " in head:
            self.transport.write(_http(_WHO))
            return
        self.times.append(time.monotonic())
        asyncio.get_running_loop().call_later(self.latency, self.transport.write, _http(_MESSAGE))


async def serve(latency: float) -> None:
    times: list[float] = []
    kind = type("Told", (Connection,), {"times": times, "latency": latency})
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class FarSide:
    """The address of a running one, and what it saw."""

    def __init__(self, url: str) -> None:
        self.url = url

    def times(self) -> list[float]:
        """Arrivals since last asked, in seconds."""
        with urlopen(f"{self.url}/times") as answer:  # noqa: S310 - our own server
            return sorted(json.load(answer))


@contextlib.contextmanager
def far_side(latency: float) -> Iterator[FarSide]:
    """A far side for the length of the block."""
    command = [sys.executable, "-m", "tests.bench.far_side", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield FarSide(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.terminate()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(float(sys.argv[1])))
