"""What waits for one bot: its updates, numbered, filtered, kept for a day, fetched by long polling."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from bot.emulator.errors import ApiError, conflict

RETENTION_SECONDS = 86_400
MAX_TIMEOUT = 50

ALL_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "guest_message",
    }
)
DEFAULT_KINDS = ALL_KINDS - {"chat_member", "message_reaction", "message_reaction_count"}

Update = dict[str, Any]


class Inbox:
    """The update queue of one bot."""

    def __init__(self, clock: Callable[[], float], first_id: int) -> None:
        self._clock = clock
        self._next_id = first_id
        self._pending: deque[tuple[float, Update]] = deque()
        self._poller: asyncio.Future[bool] | None = None
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.on_update: Callable[[], None] | None = None  # the webhook's bell

    def add(self, kind: str, payload: dict[str, Any]) -> None:
        """Queue one update unless the bot did not ask for its kind."""
        if kind not in self.allowed:
            return
        self._pending.append((self._clock(), {"update_id": self._next_id, kind: payload}))
        self._next_id += 1
        self._wake(True)
        if self.on_update is not None:
            self.on_update()

    def allow(self, kinds: Collection[str]) -> None:
        """Remember `allowed_updates`; empty or only unknown names mean the documented default."""
        known = ALL_KINDS.intersection(kinds)
        self.allowed = frozenset(known) if known else DEFAULT_KINDS

    @property
    def is_default(self) -> bool:
        return self.allowed == DEFAULT_KINDS

    def confirm(self, offset: int) -> None:
        """Forget updates before `offset`; a negative one keeps only so many of the newest."""
        if offset > 0:
            while self._pending and self._pending[0][1]["update_id"] < offset:
                self._pending.popleft()
        elif offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()

    def waiting(self) -> list[Update]:
        """Everything that is not confirmed and not older than a day, oldest first."""
        oldest = self._clock() - RETENTION_SECONDS
        while self._pending and self._pending[0][0] < oldest:
            self._pending.popleft()
        return [update for _, update in self._pending]

    def discard(self, update_id: int) -> None:
        """Forget one update that a webhook has taken."""
        self._pending = deque(entry for entry in self._pending if entry[1]["update_id"] != update_id)

    def interrupt(self) -> None:
        """End a long poll at once, with a 409 for it."""
        self._wake(False)

    def _wake(self, more: bool) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(more)

    async def poll(self, offset: int, limit: int, timeout_seconds: float) -> list[Update]:
        """One getUpdates call: the newer of two pollers wins, the older one gets a 409."""
        self.interrupt()
        self.confirm(offset)
        found = self.waiting()[:limit]
        if found or timeout_seconds <= 0:
            return found
        poller = asyncio.get_running_loop().create_future()
        self._poller = poller
        try:
            async with asyncio.timeout(timeout_seconds):
                if not await poller:
                    raise terminated()
        except TimeoutError:
            return []
        finally:
            if self._poller is poller:
                self._poller = None
        return self.waiting()[:limit]


def terminated() -> ApiError:
    """What the older of two pollers hears."""
    return conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
