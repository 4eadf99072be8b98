"""How fast and how evenly we send; run with `python -m tests.bench.sending`. Each line ends with a ratio.

1. one call after the other and 128 at once: our sender against the library's own request and against bare aiohttp;
2. a thousand chats at 25 a second against the theoretical minimum, in virtual time, with the most in any second;
3. the whole deliverer on SQLite at 1,000 a second with answers that take 50 ms: sends a second as the server saw them.
"""

import asyncio
import gc
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.clock import utc_now
from bot.core.model import Place
from bot.core.pacing import Limits, Pacer
from bot.rendering.edition_view import Rendering
from bot.rendering.message import OutgoingMessage
from bot.services.delivery import Calls, Deliverer, DeliverySettings, DeliveryStore, Turns
from bot.storage.storage import Storage
from bot.tg.receiving import DigestBot
from bot.tg.request import AiohttpRequest
from bot.tg.sender import TelegramSender
from tests.bench.far_side import FarSide, far_side
from tests.services.delivery_kit import Ground, in_virtual_time

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
TEXT = "模型发布：今天的第一条消息，正好一行。" * 40
MESSAGE = OutgoingMessage(TEXT)
Send = Callable[[int], Awaitable[object]]


async def rate_of(send: Send, *, calls: int, at_once: int) -> float:
    """Calls a second with so many under way."""
    numbers = iter(range(1, calls + 1))

    async def work() -> None:
        for number in numbers:
            await send(number)

    await asyncio.gather(*(send(number) for number in range(1, min(at_once, 8) + 1)))
    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return calls / (time.perf_counter() - start)


async def ours(server: FarSide, *, calls: int, at_once: int) -> float:
    async with AiohttpRequest() as request:
        bot = _bot(server, request)
        sender = TelegramSender(bot)
        return await rate_of(lambda chat: sender.send(MESSAGE, Place(chat)), calls=calls, at_once=at_once)


async def the_library(server: FarSide, *, calls: int, at_once: int) -> float:
    async with HTTPXRequest(connection_pool_size=256, pool_timeout=60, read_timeout=60) as request:
        bot = Bot(TOKEN, base_url=f"{server.url}/bot", request=request, get_updates_request=request)
        return await rate_of(lambda chat: bot.send_message(chat, TEXT), calls=calls, at_once=at_once)


async def bare_aiohttp(server: FarSide, *, calls: int, at_once: int) -> float:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:

        async def send(chat: int) -> None:
            form = {"chat_id": str(chat), "text": TEXT}
            async with session.post(f"{server.url}/bot{TOKEN}/sendMessage", data=form) as answer:
                await answer.json()

        return await rate_of(send, calls=calls, at_once=at_once)


def _bot(server: FarSide, request: AiohttpRequest) -> DigestBot:
    clock = asyncio.get_running_loop().time
    return DigestBot(TOKEN, request=request, get_updates_request=request, clock=clock, api_base_url=server.url)


def throughput() -> None:
    with far_side(0.0) as server:
        for at_once, calls in ((1, 500), (128, 2000)):
            mine = asyncio.run(ours(server, calls=calls, at_once=at_once))
            library = asyncio.run(the_library(server, calls=min(calls, 300), at_once=at_once))
            bare = asyncio.run(bare_aiohttp(server, calls=calls, at_once=at_once))
            print(
                f"{at_once:>4} at once: ours {mine:.0f}/s, the library's default {library:.0f}/s, bare aiohttp"
                f" {bare:.0f}/s: {mine / library:.1f} times the library, {mine / bare:.2f} of bare aiohttp"
            )


def evenness() -> None:
    with tempfile.TemporaryDirectory() as folder, Storage.open(f"sqlite:///{folder}/b.db") as storage:
        storage.upgrade()
        ground = Ground(storage)
        ground.planned(range(1, 1001))

        async def work() -> None:
            await ground.deliverer(rate=25.0).run_once()

        in_virtual_time(work())
    times = [at for at, _, _ in ground.chats.log]
    print(
        f"1000 chats at 25/s: {times[-1]:.2f} s, at most {peak(times)} in a second: {times[-1] / (999 / 25):.4f} of the"
        " theoretical minimum"
    )


def peak(times: list[float]) -> int:
    """The most in any second."""
    first, most = 0, 0
    for last, instant in enumerate(times):
        while instant - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


async def deliver(storage: Storage, server: FarSide, rate: float) -> None:
    clock = asyncio.get_running_loop().time
    async with AiohttpRequest(pool_size=1024) as request:
        calls = Calls(TelegramSender(_bot(server, request)), Turns(Pacer(Limits(rate=rate)), clock), clock=clock)
        store = DeliveryStore(storage, render=lambda _: Rendering((MESSAGE,)), now=utc_now)
        await Deliverer(store, calls, settings=DeliverySettings(rate=rate), now=utc_now).run_once()


def at_full_rate(*, chats: int = 8000, rate: float = 1000.0) -> None:
    with tempfile.TemporaryDirectory() as folder, Storage.open(f"sqlite:///{Path(folder)}/b.db") as storage:
        storage.upgrade()
        ground = Ground(storage)
        ground.plan(ground.subscribe(range(1, chats + 1)), due_at=utc_now())
        gc.collect()
        gc.freeze()  # what was imported stays; looking through it again takes 0.1 s each time
        with far_side(0.05) as server:
            before = resource.getrusage(resource.RUSAGE_SELF)
            asyncio.run(deliver(storage, server, rate))
            times = server.times()
    seen = (len(times) - 1) / (times[-1] - times[0])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = resource.getrusage(resource.RUSAGE_SELF)
    cpu = (spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime) / len(times) * 1000
    print(
        f"{len(times)} chats at {rate:.0f}/s, answers after 50 ms, SQLite: {seen:.0f}/s, at most {peak(times)} in a"
        f" second, {memory:.0f} MB, {cpu:.2f} ms of processor a message: {seen / rate:.3f} of the rate"
    )


def main() -> None:
    """Run all three."""
    throughput()
    evenness()
    at_full_rate()


if __name__ == "__main__":
    main()
