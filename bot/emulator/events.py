"""What happened, in order, for whoever watches: the chat page, tests that wait."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

Event = dict[str, Any]


class Events:
    """A bounded log of events with a bell."""

    def __init__(self, keep: int = 20_000) -> None:
        self._log: deque[Event] = deque(maxlen=keep)
        self._last_id = 0
        self._bells: set[asyncio.Future[None]] = set()

    @property
    def last_id(self) -> int:
        return self._last_id

    def publish(self, kind: str, **fields: Any) -> None:
        """Note one event and wake everybody who waits."""
        self._last_id += 1
        self._log.append({"id": self._last_id, "type": kind, **fields})
        for bell in self._bells:
            if not bell.done():
                bell.set_result(None)
        self._bells.clear()

    def after(self, last_seen: int) -> list[Event]:
        """What came after that event."""
        if last_seen >= self._last_id:
            return []
        return [event for event in self._log if event["id"] > last_seen]

    async def changed(self) -> None:
        """Wait for the next event."""
        bell: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._bells.add(bell)
        try:
            await bell
        finally:
            self._bells.discard(bell)

    async def stream(self, last_seen: int, heartbeat: float) -> AsyncIterator[Event | None]:
        """Events for ever; None when nothing happened for `heartbeat` seconds."""
        while True:
            for event in self.after(last_seen):
                last_seen = event["id"]
                yield event
            if last_seen < self._last_id:
                continue
            try:
                async with asyncio.timeout(heartbeat):
                    await self.changed()
            except TimeoutError:
                yield None

    async def wait_for(self, predicate: Callable[[], Any], timeout_seconds: float) -> Any:
        """The predicate's first true value; raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while not (value := predicate()):
                await self.changed()
        return value
