"""Answers to people, who are looking at the screen: the fast lane of the same pacer. Apart from the deliverer because
nothing of it is in the ledger: an answer that cannot be given now is worth nothing later.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.core.ledger import MovedTo, RetryAt, SendResult, Sent
from bot.core.model import Place
from bot.core.pacing import Priority
from bot.core.pieces import BEGINNING
from bot.rendering.message import OutgoingMessage
from bot.services.delivery.calls import Address, Calls

_TRIES = 3
_LONGEST_FLOOD = 60.0  # seconds; nobody waits longer for an answer
Moved = Callable[[int, int], Awaitable[None]]


async def _ignore(chat_id: int, new_chat_id: int) -> None:
    """For who does not care that a chat got a new id."""


class PacedSender:
    """Sends and edits before all pushes, within the same limits. `moved` is told when a group got a new id."""

    def __init__(self, calls: Calls, *, sleep: Callable[[float], Awaitable[None]], moved: Moved = _ignore) -> None:
        self._calls = calls
        self._sleep = sleep
        self._moved = moved

    async def reply(self, message: OutgoingMessage, place: Place, *, reply_to: int | None = None) -> SendResult:
        """Send an answer. What certainly was not sent is tried three times in all, a message the server refuses is
        mended; of one that is sent in pieces, only the rest is tried again. The result is Sent (of the last piece) or
        why not. Raises TransportError."""
        address, begun, tries = _address(place, reply_to), BEGINNING, 0
        result: SendResult = RetryAt(0, "not tried")
        while tries < _TRIES:
            attempt = await self._calls.deliver(message, address, begun)
            result, tries = attempt.result or Sent(0), tries + 1
            if isinstance(result, Sent) and attempt.rest is not None:
                begun, tries = attempt.rest, 0
            elif isinstance(result, MovedTo):
                await self._moved(address.place.chat_id, result.chat_id)
                address = replace(address, place=Place(result.chat_id, place.thread_id), reply_to=None)
            elif not isinstance(result, RetryAt) or result.seconds > _LONGEST_FLOOD:
                break
            elif not result.flood:  # a flood wait is waited for in the pacer
                await self._sleep(float(tries))
        return result

    async def edit(self, message: OutgoingMessage, place: Place, message_id: int) -> SendResult:
        """Replace a message already sent; tried again like `reply`. Raises TransportError."""
        result: SendResult = RetryAt(0, "not tried")
        for attempt in range(_TRIES):
            result = await self._calls.edit(message, _address(place, None), message_id)
            if not isinstance(result, RetryAt) or result.seconds > _LONGEST_FLOOD:
                break
            if not result.flood:
                await self._sleep(float(attempt + 1))
        return result


def _address(place: Place, reply_to: int | None) -> Address:
    # Telegram numbers groups and channels below zero.
    return Address(place, group=place.chat_id < 0, priority=Priority.REPLY, reply_to=reply_to)
