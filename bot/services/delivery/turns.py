"""The pacer for coroutines: wait for your turn, then call. Apart from the pacer because that one is pure; this one
owns the futures and the one timer behind it.
"""

import asyncio
from collections.abc import Callable

from bot.core.pacing import Pacer, Priority, Ticket
from bot.errors import DigestbotError

_LATE = 0.001  # seconds between a turn and its use that are worth correcting the record for


class ChatParkedError(DigestbotError):
    """The chat was told to wait while a push waited for its turn in it."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(f"chat {chat_id} has to wait")
        self.chat_id = chat_id


class ClosedError(DigestbotError):
    """No more turns for pushes: the program is stopping."""


class Turns:
    """Turns for everything this process sends. `clock` gives monotonic seconds, the same that the loop's timers use
    (asyncio's `loop.time`)."""

    def __init__(self, pacer: Pacer, clock: Callable[[], float]) -> None:
        self._pacer = pacer
        self._clock = clock
        self._waiting: dict[Ticket, asyncio.Future[float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = float("inf")
        self._closed = False

    @property
    def pacer(self) -> Pacer:
        """The rules behind it."""
        return self._pacer

    async def turn(self, chat_id: int, *, group: bool, priority: Priority) -> None:
        """Return when the message may start; from then on it counts as started.

        Raises ChatParkedError or ClosedError for a push whose chat is parked, or when pushes end, meanwhile."""
        if self._closed and priority is not Priority.REPLY:
            raise ClosedError("pushes have ended")
        ticket = Ticket(chat_id, group, priority)
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        self._pacer.offer(ticket, self._clock())
        self._arm()
        try:
            granted = await future
        finally:
            if self._waiting.pop(ticket, None) is not None:
                ticket.withdrawn = True
        now = self._clock()
        if now - granted > _LATE:
            self._pacer.gate.late(granted, now)

    def wait(self, chat_id: int, *, group: bool) -> float:
        """Seconds until the chat may get its next message."""
        return max(0.0, self._pacer.chats.ready_at(chat_id, group) - self._clock())

    def finished(self, chat_id: int) -> None:
        """The call was answered, or given up."""
        self._pacer.chats.finished(chat_id, self._clock())

    def flooded(self, chat_id: int, seconds: float) -> bool:
        """The server asked to leave a chat alone; pushes that wait for it are told. True when it slowed all pushes."""
        slowed = self._pacer.flooded(chat_id, seconds, self._clock())
        self._fail(ChatParkedError(chat_id), lambda ticket: ticket.chat_id == chat_id)
        self._arm()
        return slowed

    def hold(self, seconds: float) -> None:
        """No turns for pushes for so long; they keep their places."""
        self._pacer.gate.hold(self._clock() + seconds)

    def moved(self, chat_id: int, new_chat_id: int) -> None:
        """A group got a new id."""
        self._pacer.chats.moved(chat_id, new_chat_id)

    def parked_long(self) -> tuple[tuple[int, float], ...]:
        """Chats that wait for more than an hour, and how many seconds yet."""
        now = self._clock()
        return tuple((chat, until - now) for chat, until in self._pacer.parked_long(now))

    def close(self) -> None:
        """No more turns for pushes; replies go on."""
        self._closed = True
        self._fail(ClosedError("pushes have ended"), lambda _: True)

    def _fail(self, error: Exception, chosen: Callable[[Ticket], bool]) -> None:
        for ticket, future in list(self._waiting.items()):
            if ticket.priority is not Priority.REPLY and not future.done() and chosen(ticket):
                future.set_exception(error)

    def _pump(self) -> None:
        self._timer, self._wakes_at = None, float("inf")
        while (ticket := self._pacer.pop(now := self._clock())) is not None:
            future = self._waiting.pop(ticket)
            if not future.done():
                future.set_result(now)
        self._arm()

    def _arm(self) -> None:
        now = self._clock()
        wakes_at = self._pacer.next_time(now)
        if wakes_at is None or wakes_at >= self._wakes_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at = wakes_at
        self._timer = asyncio.get_running_loop().call_later(wakes_at - now, self._pump)
