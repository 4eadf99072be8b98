"""How a long-running command ends when it is told to."""

import asyncio
import os
import signal

import pytest

from bot.cli.until import until_told


@pytest.mark.parametrize(
    ("told", "own", "code"),
    [
        ((), None, 0),
        ((), 1, 1),
        ((signal.SIGTERM,), None, 0),
        ((signal.SIGTERM,), 1, 1),
        ((signal.SIGINT,), None, 130),
        ((signal.SIGINT,), 1, 130),
        ((signal.SIGINT, signal.SIGTERM), None, 130),
        ((signal.SIGTERM, signal.SIGINT), None, 0),
    ],
)
async def test_the_first_signal_decides_and_then_the_work(
    told: tuple[signal.Signals, ...], own: int | None, code: int
) -> None:
    async def work(stop: asyncio.Event) -> int | None:
        for number in told:
            os.kill(os.getpid(), number)
            await stop.wait()
            await asyncio.sleep(0.02)  # for the second one to be heard
        return own

    try:
        assert await until_told(work) == code
    finally:
        _restored()


def _restored() -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
