"""How the long-running commands end: by signal, and with which exit code."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

INTERRUPTED = 130


async def until_told(work: Callable[[asyncio.Event], Awaitable[int | None]]) -> int:
    """Run `work` until it ends, or until SIGTERM or SIGINT sets its event; the exit code: 130 after SIGINT, else what
    `work` gives (None: 0). A second signal changes nothing: what is under way is finished and recorded, which takes
    seconds."""
    stop, code = asyncio.Event(), 0

    def told(number: int) -> None:
        nonlocal code
        if not stop.is_set():
            code = INTERRUPTED if number == signal.SIGINT else 0
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told, number)
    own = await work(stop)
    return code or own or 0
