"""The delivery loop: takes what is due from the ledger in small windows and sets it going, one delivery a chat at a
time. Apart because it alone decides how much is in hand; how one delivery goes is the course's business.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.ledger import Delivery, DeliveryState
from bot.errors import StorageError, TransportError
from bot.services.delivery.calls import Calls, Figures
from bot.services.delivery.corrector import Corrector
from bot.services.delivery.course import Course
from bot.services.delivery.editions import Editions
from bot.services.delivery.order import MOST as ORDER_KEPT
from bot.services.delivery.order import Order
from bot.services.delivery.recorder import Recorder
from bot.services.delivery.settings import DeliverySettings
from bot.services.delivery.stopping import Stopping
from bot.services.delivery.store import DeliveryStore

_LOG = logging.getLogger(__name__)
_FRUITLESS = 5
_SHORTEST = 0.05  # seconds
_EACH = 1.0  # seconds that a delivery in line takes at least: one message a second
_LINE = 4  # deliveries of one chat in hand at once; a group with forty topics must not fill the window


Lost = Callable[[Delivery], Awaitable[None]]


async def _ignore(delivery: Delivery) -> None:
    """For who does not care that a chat takes no messages any more."""


class Deliverer:
    """Delivers what the ledger says is due. Make one inside the running loop; one per database and token may run at a
    time (the instance lease sees to that). `now` gives aware UTC; `lost` is told of a delivery whose chat turned out to
    be out of reach."""

    def __init__(
        self,
        store: DeliveryStore,
        calls: Calls,
        *,
        settings: DeliverySettings,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lost: Lost = _ignore,
    ) -> None:
        self._store = store
        self._calls = calls
        self._settings = settings
        self._now = now
        self._lost = lost
        self._stopping = Stopping(sleep)
        self._recorder = Recorder(store.commit, sleep=sleep)
        editions = Editions(store.rendered)
        self._course = Course(calls, editions, self._recorder, settings=settings, stopping=self._stopping, now=now)
        self._corrector = Corrector(
            store.corrections, calls, editions, settings=settings, stopping=self._stopping, now=now, failed=self._fail
        )
        self._lines: dict[int, deque[Delivery]] = {}
        self._order = Order()
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[int] = set()
        self._awake = asyncio.Event()
        self._fatal: TransportError | None = None

    @property
    def figures(self) -> Figures:
        """What was sent and what went wrong since the start."""
        return self._calls.figures

    def nudge(self) -> None:
        """Something may be due: look now, not at the next poll."""
        self._awake.set()

    def stop(self) -> None:
        """End soon: calls under way are finished and recorded, everything else in hand is given back."""
        self._stopping.begin()
        self._calls.turns.close()
        self.nudge()

    async def run(self) -> None:
        """Deliver and correct until `stop`. Raises TransportError when the server refuses the whole bot."""
        await self._recover()
        self._start(self._corrector.run())
        try:
            while not self._stopping.begun:
                self._awake.clear()
                if not await self._feed():
                    await self._stopping.rest(self._settings.poll, wake=self._awake)
        finally:
            await self._wind_down()
        self._raise_fatal()

    async def run_once(self) -> Figures:
        """Deliver and correct what is due, and what becomes due within `patience` while at it; then end. Raises
        TransportError."""
        await self._recover()
        self._start(self._corrector.run())
        fruitless = 0  # looks in a row at something due that could not be taken
        try:
            while not self._stopping.begun and fruitless < _FRUITLESS:
                self._awake.clear()
                if await self._feed():
                    fruitless = 0
                    continue
                rest = self._settings.poll if self._in_hand else await self._rest_before_more()
                if rest is None:
                    break
                fruitless += rest <= 0
                await self._stopping.rest(max(rest, _SHORTEST), wake=self._awake)
        finally:
            await self._wind_down()
        self._raise_fatal()
        return self.figures

    async def _recover(self) -> None:
        found = await asyncio.to_thread(self._store.recover)
        self._order.begin(await asyncio.to_thread(self._store.resting, ORDER_KEPT))
        if found.claimed or found.interrupted:
            _LOG.warning(
                "the last run ended abruptly: %s deliveries go on; %s of them were under way, and what was in flight "
                "at that instant may come twice",
                found.claimed + found.interrupted,
                found.interrupted,
            )

    async def _feed(self) -> bool:
        """Take more when less than half the window is in hand; whether anything was taken."""
        room = self._settings.window - len(self._in_hand)
        if room < self._settings.window // 2:
            return False
        try:
            taken = await asyncio.to_thread(self._store.claim, room, self._settings.lease)
        except StorageError as error:
            _LOG.error("the ledger cannot be read: %s", error)
            return False
        # A delivery whose lease ran out while it waits here is handed to us a second time.
        new = [delivery for delivery in taken if delivery.id not in self._in_hand]
        for delivery in new:
            self._take(delivery)
        return bool(new)

    async def _rest_before_more(self) -> float | None:
        """Seconds until something is due (below zero: it is); None when nothing is within patience."""
        due = await asyncio.to_thread(self._store.next_due)
        seconds = None if due is None else (due - self._now()).total_seconds()
        if seconds is None or seconds > self._settings.patience:
            return None if self._corrector.at_rest else self._settings.poll
        return seconds

    def _take(self, delivery: Delivery) -> None:
        self._in_hand.add(delivery.id)
        self._order.taken(delivery)
        chat_id = delivery.place.chat_id
        line = self._lines.get(chat_id)
        if line is None:
            self._lines[chat_id] = deque([delivery])
            self._start(self._work_off(chat_id))
        elif len(line) < _LINE:
            line.insert(_place(line, delivery), delivery)
        else:
            wait = self._calls.turns.wait(chat_id, group=delivery.kind.shared)
            seconds = max(wait, _EACH * len(line))
            # Known as waiting from now on, not only when that is written: what comes after it may be here before.
            self._order.rests(replace(delivery, due_at=self._now() + timedelta(seconds=seconds)))
            self._start(self._give_back(delivery, seconds))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, chat_id: int) -> None:
        """One chat's deliveries, in order."""
        line = self._lines[chat_id]
        try:
            while line:
                delivery = line[0]
                after = await self._try(delivery)
                line.popleft()
                self._done(delivery.id)
                if after is not None and after.place != delivery.place:
                    # The chat has a new id, which the others in line do not know: the ledger does.
                    while line:
                        await self._give_back(line.popleft(), 0.0)
        finally:
            del self._lines[chat_id]
            for delivery in line:
                self._in_hand.discard(delivery.id)

    async def _try(self, delivery: Delivery) -> Delivery | None:
        """Take it as far as it goes now, unless what comes before it waits; None if that is unknown."""
        turn = self._order.turn(delivery, self._now())
        if turn is None:
            after = await self._run(delivery)
        else:
            after = await self._course.give_back(delivery, (turn - self._now()).total_seconds())
        if after is not None and not after.state.final:
            self._order.rests(after)
        return after

    async def _run(self, delivery: Delivery) -> Delivery | None:
        try:
            after = await self._course.run(delivery)
        except TransportError as error:
            self._fail(error)
            return None
        except Exception:
            _LOG.exception("delivery %s stopped half way; it goes on after the next start", delivery.id)
            return None
        self._count(after)
        if after.state is DeliveryState.GONE:
            self._start(self._lost(after))
        return after

    def _fail(self, error: TransportError) -> None:
        self._fatal = error
        self.stop()

    async def _give_back(self, delivery: Delivery, seconds: float) -> None:
        self._order.rests(await self._course.give_back(delivery, seconds))
        self._done(delivery.id)

    def _done(self, delivery_id: int) -> None:
        self._in_hand.discard(delivery_id)
        if len(self._in_hand) <= self._settings.window // 2:
            self.nudge()

    def _count(self, delivery: Delivery) -> None:
        figures = self.figures
        figures.sent += delivery.state is DeliveryState.SENT
        figures.gone += delivery.state is DeliveryState.GONE
        figures.failed += delivery.state is DeliveryState.FAILED
        figures.in_doubt += delivery.state is DeliveryState.UNKNOWN
        if delivery.state in {DeliveryState.GONE, DeliveryState.FAILED} and delivery.reason:
            figures.note(delivery.reason)

    async def _wind_down(self) -> None:
        self.stop()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._recorder.drained()

    def _raise_fatal(self) -> None:
        if self._fatal is not None:
            raise self._fatal


def _place(line: Sequence[Delivery], delivery: Delivery) -> int:
    """Where a delivery goes in its chat's line: at the end, but before what was announced to the same reader later.
    The first in line is under way."""
    later = (
        place
        for place, other in enumerate(line)
        if place and other.subscriber_id == delivery.subscriber_id and other.id > delivery.id
    )
    return next(later, len(line))
