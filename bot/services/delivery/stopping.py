"""The wish to stop, and rests that end with it."""

import asyncio
from collections.abc import Awaitable, Callable


class Stopping:
    """Says whether the end has begun. `sleep` is asyncio's, or a test's."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._event = asyncio.Event()

    @property
    def begun(self) -> bool:
        """Whether somebody wants to stop."""
        return self._event.is_set()

    def begin(self) -> None:
        """Stop, please."""
        self._event.set()

    async def rest(self, seconds: float | None, *, wake: asyncio.Event | None = None) -> None:
        """Sleep so long (None: without end), or until `wake` is set or the end begins."""
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._event.wait())]
        if wake is not None:
            waits.append(asyncio.ensure_future(wake.wait()))
        if seconds is not None:
            waits.append(asyncio.ensure_future(self._sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
