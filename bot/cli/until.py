"""How the long-running commands end: by signal, and with which exit code."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

INTERRUPTED = 130


async def until_told(work: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    """Run `work` until SIGTERM (exit code 0) or SIGINT (130) sets its event. A second signal changes nothing: what is
    under way is finished and recorded, which takes seconds."""
    stop, code = asyncio.Event(), 0

    def told(number: int) -> None:
        nonlocal code
        code = INTERRUPTED if number == signal.SIGINT else 0
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told, number)
    await work(stop)
    return code
