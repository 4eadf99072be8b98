"""Posting updates to a bot's webhook: chats in parallel, each chat in order, retried with growing pauses."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp

from bot.emulator.account import BotAccount
from bot.emulator.inbox import Update

_REQUEST_SECONDS = 30.0
_MAX_PAUSE = 60.0
_MAX_RETRY_AFTER = 3600.0


def lane(update: Update) -> Any:
    """What an update is ordered by: its chat, else its sender."""
    payload = next(value for key, value in update.items() if key != "update_id")
    chat = payload.get("chat") or payload.get("message", {}).get("chat") or payload.get("from") or {}
    return chat.get("id", 0)


def _free(busy: dict[Any, asyncio.Task[None]], key: Any, bell: asyncio.Event, _: asyncio.Task[None]) -> None:
    busy.pop(key, None)
    bell.set()


class Webhooks:
    """One delivery task per bot with a webhook."""

    def __init__(self, clock: Callable[[], float], first_pause: float) -> None:
        self._clock = clock
        self.first_pause = first_pause
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def start(self, bot: BotAccount) -> None:
        self.stop(bot)
        self._tasks[bot.id] = asyncio.get_running_loop().create_task(self._deliver(bot))

    def stop(self, bot: BotAccount) -> None:
        bot.inbox.on_update = None
        task = self._tasks.pop(bot.id, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop all deliveries and wait for their tasks."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, bot: BotAccount) -> None:
        bell = asyncio.Event()
        bot.inbox.on_update = bell.set
        busy: dict[Any, asyncio.Task[None]] = {}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS)) as session:
            try:
                while True:
                    bell.clear()
                    for update in bot.inbox.waiting():
                        key = lane(update)
                        if key not in busy and len(busy) < bot.webhook.max_connections:
                            task = asyncio.create_task(self._post(session, bot, update))
                            busy[key] = task
                            task.add_done_callback(partial(_free, busy, key, bell))
                    await bell.wait()
            finally:
                for task in busy.values():
                    task.cancel()

    async def _post(self, session: aiohttp.ClientSession, bot: BotAccount, update: Update) -> None:
        """One update until it is taken; its chat waits meanwhile."""
        headers = {"Content-Type": "application/json"}
        if bot.webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = bot.webhook.secret
        body = json.dumps(update).encode()  # half a pair of surrogates has no other form
        pause = self.first_pause
        while update in bot.inbox.waiting():
            wait = pause
            try:
                async with session.post(bot.webhook.url, data=body, headers=headers) as response:
                    if 200 <= response.status < 300:
                        bot.inbox.discard(update["update_id"])
                        return
                    retry_after = response.headers.get("Retry-After", "")
                    wait = min(float(retry_after), _MAX_RETRY_AFTER) if retry_after.isdecimal() else pause
                    self._note(bot, f"Wrong response from the webhook: {response.status} {response.reason}")
            except (aiohttp.ClientError, TimeoutError) as error:
                self._note(bot, "Connection timed out" if isinstance(error, TimeoutError) else "Connection refused")
            await asyncio.sleep(wait)
            pause = min(pause * 2, _MAX_PAUSE)

    def _note(self, bot: BotAccount, error: str) -> None:
        bot.webhook.last_error = error
        bot.webhook.last_error_date = int(self._clock())
