"""Waiting for what the file system or another program does: nothing tells us when, so we look."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], bool]) -> None:
    """Until it is true; a test that waits in vain fails."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - nobody is there to set an event
            await asyncio.sleep(0.01)
