"""The way of one delivery from claimed to wherever it ends: part after part, or piece after piece of one that is too
long, each recorded before its call and after its answer. Apart from the deliverer, which decides whose turn it is; this
decides nothing but what comes next.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.core.ledger import (
    Begin,
    Delivery,
    DeliveryState,
    Event,
    MovedTo,
    PartInDoubt,
    PartsSent,
    Rejected,
    Release,
    Sent,
    Unknown,
    advance,
    applied,
)
from bot.core.pacing import Priority
from bot.core.pieces import sent_up_to
from bot.errors import StorageError, TransportError
from bot.rendering.message import OutgoingMessage
from bot.services.delivery.calls import Address, Attempt, Calls
from bot.services.delivery.editions import Editions, UnrenderableError
from bot.services.delivery.recorder import Recorder
from bot.services.delivery.settings import DeliverySettings
from bot.services.delivery.stopping import Stopping
from bot.services.delivery.turns import ChatParkedError, ClosedError

_IN_HAND = (DeliveryState.CLAIMED, DeliveryState.SENDING)
_SHORT = 0.05  # seconds; a shorter wait is left to the pacer


class Course:
    """Takes deliveries along. At most `settings.workers` of them are recorded as being sent at any time."""

    def __init__(
        self,
        calls: Calls,
        editions: Editions,
        recorder: Recorder,
        *,
        settings: DeliverySettings,
        stopping: Stopping,
        now: Callable[[], datetime],
    ) -> None:
        self._calls = calls
        self._editions = editions
        self._recorder = recorder
        self._settings = settings
        self._stopping = stopping
        self._now = now
        self._slots = asyncio.Semaphore(settings.workers)

    async def run(self, delivery: Delivery) -> Delivery:
        """Take a claimed delivery to its next resting state. Raises TransportError when the server refuses the whole
        bot; the delivery has been given back then."""
        while delivery.state in _IN_HAND:
            waiting = await self._wait(delivery)
            if waiting is not None:
                return await self._record(delivery, waiting)
            async with self._slots:
                delivery = await self._next_part(delivery)
        return delivery

    async def give_back(self, delivery: Delivery, seconds: float) -> Delivery:
        """Put a claimed delivery back without trying it, due again in so many seconds."""
        return await self._record(delivery, Release(seconds, "the chat has to wait" if seconds else None))

    async def _next_part(self, delivery: Delivery) -> Delivery:
        try:
            # Asked for as late as can be: a correction may have come while the chat had to wait.
            shown = await self._editions.get(delivery.edition_id)
        except StorageError as error:
            return await self._record(delivery, Release(self._settings.hold, f"{error}"))
        except UnrenderableError as error:
            return await self._record(delivery, Rejected(f"cannot be rendered: {error}"))
        if delivery.state is DeliveryState.CLAIMED:
            delivery = await self._record(delivery, Begin())
            if delivery.state is not DeliveryState.SENDING:
                return delivery
        parts = shown.parts(delivery.kind, silent=delivery.silent)
        if delivery.parts_sent >= len(parts):  # an edition of nothing
            return await self._record(delivery, PartsSent((), last=True))
        last = delivery.parts_sent + 1 == len(parts)
        try:
            answer = await self._call(delivery, parts[delivery.parts_sent])
        except TransportError as error:
            await self._record(delivery, Release(self._settings.hold, f"{error}"))
            raise
        return await self._record(delivery, _event(answer, last=last, revision=shown.revision))

    async def _wait(self, delivery: Delivery) -> Release | None:
        """Wait for a chat that is busy for a moment, holding up nobody; give the delivery back for longer waits."""
        while not self._stopping.begun:
            wait = self._calls.turns.wait(delivery.place.chat_id, group=delivery.kind.shared)
            if wait > self._settings.hold:
                return Release(wait, "the chat has to wait")
            if wait <= _SHORT:
                return None
            await self._stopping.rest(wait)
        return Release()

    async def _call(self, delivery: Delivery, message: OutgoingMessage) -> Attempt | Release:
        address = Address(delivery.place, delivery.kind.shared, Priority.PUSH, paid=self._settings.paid)
        try:
            return await self._calls.deliver(message, address, sent_up_to(delivery.message_ids))
        except ChatParkedError:
            wait = self._calls.turns.wait(delivery.place.chat_id, group=address.group)
            return Release(wait, "the chat has to wait")
        except ClosedError:
            return Release()

    async def _record(self, delivery: Delivery, event: Event) -> Delivery:
        change = advance(delivery, event, self._now(), self._settings.policy)
        if not await self._recorder.record(change):
            return replace(delivery, state=DeliveryState.GONE, reason="cancelled")
        if isinstance(event, MovedTo):
            self._calls.turns.moved(delivery.place.chat_id, event.chat_id)
        return applied(delivery, change)


def _event(answer: Attempt | Release, *, last: bool, revision: int) -> Event:
    """What an answer means for the delivery."""
    if isinstance(answer, Release):
        return answer
    match answer.result:
        case None:
            return PartsSent((), last=last, revision=revision)
        case Sent(message_id):
            return PartsSent((message_id,), last=last, revision=revision, rest=answer.rest)
        case Unknown(reason):
            return PartInDoubt(reason, last=last, revision=revision, rest=answer.rest)
        case refusal:
            return refusal
