"""One message on its way: wait for the turn, make the call, let the pacer and the outage watch learn from the answer,
and mend what the server refused. Shared by pushes and replies, so that both keep one set of limits.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.core.ledger import MovedTo, Rejected, RetryAt, SendResult, Sent, Unknown
from bot.core.model import Place
from bot.core.outage import Outage
from bot.core.pacing import Priority
from bot.core.pieces import BEGINNING, Mark
from bot.rendering.message import OutgoingMessage
from bot.services.delivery.repair import Mending
from bot.services.delivery.sender import Sender
from bot.services.delivery.turns import Turns

_LOG = logging.getLogger(__name__)
_MOST_REPAIRS = 4
_SHORTEST_FLOOD = 1.0  # seconds, when the server asks for a wait without saying how long


@dataclass(slots=True)
class Figures:
    """What has been sent since the start; `unknown` counts calls, `in_doubt` deliveries that ended as unknown;
    `reasons` counts what went wrong, by its reason."""

    messages: int = 0
    floods: int = 0
    unknown: int = 0
    not_sent: int = 0
    repaired: int = 0
    slowed: int = 0
    sent: int = 0
    gone: int = 0
    failed: int = 0
    in_doubt: int = 0
    corrected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def note(self, reason: str) -> None:
        """Count a reason; the rest share one name once there are many."""
        key = reason if reason in self.reasons or len(self.reasons) < 200 else "other"
        self.reasons[key] = self.reasons.get(key, 0) + 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a message, whole or mended, or of its next piece: then the message goes on at `rest`. The result
    is None when there was nothing to send."""

    result: SendResult | None
    rest: Mark | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where and how: the place, whether its chat counts as a group, and the lane."""

    place: Place
    group: bool
    priority: Priority
    paid: bool = False
    reply_to: int | None = None


class Calls:
    """Makes paced calls."""

    def __init__(self, sender: Sender, turns: Turns, *, clock: Callable[[], float]) -> None:
        self._sender = sender
        self._clock = clock
        self.turns = turns
        self.outage = Outage()
        self.figures = Figures()

    async def deliver(self, message: OutgoingMessage, address: Address, begun: Mark = BEGINNING) -> Attempt:
        """Send a message from `begun` on; what the server finds wrong with it is mended and sent once more. Of one
        that is too long only the next piece is sent: whoever asked keeps what arrived before the rest is tried.

        Raises TransportError, ChatParkedError or ClosedError (both for pushes only)."""
        mending, repairs = Mending(message, begun), 0
        while not mending.over:
            result = await self.send(mending.piece, address)
            if not isinstance(result, Rejected) or repairs == _MOST_REPAIRS or not mending.mend(result.kind):
                return Attempt(result, mending.rest)
            repairs += 1
            self.figures.repaired += 1
            _LOG.error("a message to chat %s was refused and mended: %s", address.place.chat_id, result)
        return Attempt(None)

    async def send(self, message: OutgoingMessage, address: Address) -> SendResult:
        """One paced sendMessage."""
        place = address.place
        await self._turn(address)
        try:
            result = await self._sender.send(message, place, paid=address.paid, reply_to=address.reply_to)
        finally:
            self.turns.finished(place.chat_id)
        self._learn(result, place.chat_id)
        return result

    async def edit(self, message: OutgoingMessage, address: Address, message_id: int) -> SendResult:
        """One paced edit; edits share the limits of sends."""
        await self._turn(address)
        try:
            result = await self._sender.edit(message, address.place, message_id)
        finally:
            self.turns.finished(address.place.chat_id)
        self._learn(result, address.place.chat_id)
        return result

    async def _turn(self, address: Address) -> None:
        await self.turns.turn(address.place.chat_id, group=address.group, priority=address.priority)

    def _learn(self, result: SendResult, chat_id: int) -> None:
        figures = self.figures
        match result:
            case Sent():
                figures.messages += 1
                self.outage.answered()
            case RetryAt(seconds, reason, flood=True):
                figures.floods += 1
                self._flooded(chat_id, seconds or _SHORTEST_FLOOD)
            case RetryAt(_, reason) | Unknown(reason):
                figures.unknown += isinstance(result, Unknown)
                figures.not_sent += isinstance(result, RetryAt)
                figures.note(reason)
                now = self._clock()
                if self.outage.failed(now):
                    self.turns.hold(self.outage.wait(now))
                    _LOG.warning("the Bot API server does not answer well; pausing: %s", reason)
            case MovedTo(new_chat_id):
                self.turns.moved(chat_id, new_chat_id)
            case _:
                self.outage.answered()

    def _flooded(self, chat_id: int, seconds: float) -> None:
        if self.turns.flooded(chat_id, seconds):
            self.figures.slowed += 1
            _LOG.warning("several chats were flooded at once; pushes slow down")
