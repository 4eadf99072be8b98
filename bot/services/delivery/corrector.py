"""Edits what was sent when its digest is corrected. Apart from the delivery of new digests, behind which it waits, and
whose care it does not need: an edit made twice changes nothing and rings nowhere. So nothing is recorded before a call;
what was edited is written down every few seconds, and what a crash forgets is edited once more.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.layout import parts_to_edit
from bot.core.ledger import Delivery, MovedTo, Rejected, RetryAt, SendResult, Sent, Unknown
from bot.core.pacing import Priority
from bot.errors import StorageError, TransportError
from bot.rendering.message import OutgoingMessage
from bot.services.delivery.calls import Address, Calls
from bot.services.delivery.correction_store import CorrectionStore, OutOfDate
from bot.services.delivery.editions import Editions, UnrenderableError
from bot.services.delivery.repair import cut_out, repaired
from bot.services.delivery.settings import DeliverySettings
from bot.services.delivery.stopping import Stopping
from bot.services.delivery.turns import ChatParkedError, ClosedError
from bot.storage.records import Amendment, OutdatedDelivery

_LOG = logging.getLogger(__name__)
_LONGEST_REST = 60.0  # seconds between rounds that get nowhere


class Corrector:
    """Works corrections off, behind all pushes. `failed` is told when the server refuses the whole bot."""

    def __init__(
        self,
        store: CorrectionStore,
        calls: Calls,
        editions: Editions,
        *,
        settings: DeliverySettings,
        stopping: Stopping,
        now: Callable[[], datetime],
        failed: Callable[[TransportError], None],
    ) -> None:
        self._store = store
        self._calls = calls
        self._editions = editions
        self._settings = settings
        self._stopping = stopping
        self._now = now
        self._failed = failed
        self._slots = asyncio.Semaphore(settings.workers)
        self._tasks: set[asyncio.Task[None]] = set()
        self._made: list[Amendment] = []
        self._seen = OutOfDate()  # what the last round was for
        self._again = now()  # when a round over the same makes sense
        self._rest = settings.poll
        self._held = False
        self.at_rest = False
        """Whether nothing is left that can be done within `settings.patience`."""

    async def run(self) -> None:
        """Correct until the end begins. Editions that were corrected are forgotten within a poll, so that whatever is
        sent from then on shows the new text."""
        work: asyncio.Task[None] | None = None
        try:
            while not self._stopping.begun:
                found = await self._look()
                if work is None or work.done():
                    work = self._begin(found)
                await self._stopping.rest(self._settings.poll)
        finally:
            if work is not None:
                await work

    def _halts(self) -> bool:
        return self._stopping.begun or self._held

    async def _look(self) -> OutOfDate:
        try:
            found = await asyncio.to_thread(self._store.look)
        except StorageError as error:
            _LOG.error("corrections cannot be looked up: %s", error)
            return self._seen
        self._editions.forget(found.editions)
        self._held = found.held
        return found

    def _begin(self, found: OutOfDate) -> asyncio.Task[None] | None:
        """Start a round if there is news, or if it is time for another one over the same."""
        if not found.digests or self._halts():
            self.at_rest = True
        elif found != self._seen or self._now() >= self._again:
            self.at_rest = False
            self._rest = self._settings.poll if found != self._seen else min(2 * self._rest, _LONGEST_REST)
            self._seen = found
            return asyncio.create_task(self._round(found), name="corrections")
        return None

    async def _round(self, found: OutOfDate) -> None:
        """Correct one digest after the other, then see what had to be put off."""
        try:
            await self._write()
            certain = [await self._correct(digest_id) for digest_id, _ in found.digests]
            due = await asyncio.to_thread(self._store.next_due)
        except StorageError as error:
            _LOG.error("corrections stopped half way and go on soon: %s", error)
            certain, due = [False], None
        except Exception:
            _LOG.exception("corrections stopped half way and go on soon")
            certain, due = [False], None
        rest = self._now() + timedelta(seconds=self._rest)
        self._again = due if due is not None and all(certain) else min(rest, due or rest)
        self.at_rest = due is None or due > self._now() + timedelta(seconds=self._settings.patience)

    async def _correct(self, digest_id: int) -> bool:
        """Edit what is out of date of a digest; whether what is left of it, if anything, was put off until a time that
        is known. Its editions are drawn anew meanwhile: of thousands, the first are edited while the last are drawn."""
        drawing = asyncio.create_task(self._draw(digest_id))
        try:
            while not self._halts():
                drawn = drawing.done()
                # What is being sent right now may carry the old text, and shows up only when it has arrived.
                in_flight = await asyncio.to_thread(self._store.in_flight, digest_id)
                begun, waiting = await self._sweep(digest_id)
                if not drawn:
                    await asyncio.wait([drawing], timeout=self._settings.poll)
                elif not begun and not self._halts():
                    fine = await drawing
                    if not in_flight and not waiting:
                        await asyncio.to_thread(self._store.finish, digest_id)
                    return fine and not in_flight
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)
        return False

    async def _draw(self, digest_id: int) -> bool:
        """Draw the editions of a digest anew; whether all could be."""
        fine = True
        for edition_id in await asyncio.to_thread(self._store.outdated, digest_id):
            if self._halts():
                return False
            try:
                await self._editions.get(edition_id)
            except UnrenderableError:
                fine = False  # and reported; its readers keep what they have
        return fine

    async def _sweep(self, digest_id: int) -> tuple[int, int]:
        """Go once through the deliveries of a digest; how many were begun, and how many wait for a later time."""
        begun, waiting, after = 0, 0, 0
        try:
            while not self._halts():
                page = await asyncio.to_thread(self._store.page, digest_id, after, self._settings.correct_for)
                if not page:
                    break
                after = page[-1].delivery.subscriber_id
                now = self._now()
                due = [one for one in page if one.postponed is None or one.postponed <= now]
                begun, waiting = begun + len(due), waiting + len(page) - len(due)
                for one in due:
                    await self._slots.acquire()
                    if self._halts():
                        self._slots.release()
                        break
                    self._start(one)
                await self._write()
        finally:
            while self._tasks:
                await asyncio.wait(self._tasks)
            await self._write()
        return begun, waiting

    def _start(self, outdated: OutdatedDelivery) -> None:
        task = asyncio.create_task(self._amend(outdated))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("an edit failed and is made again: %s", error, exc_info=error)

    async def _write(self) -> None:
        """Write down what was done so far; what cannot be written is kept for the next time."""
        made, self._made = self._made, []
        if made:
            try:
                await asyncio.to_thread(self._store.record, made)
            except StorageError:
                self._made += made
                raise

    async def _amend(self, outdated: OutdatedDelivery) -> None:
        """Edit the messages of one delivery that are out of date."""
        delivery = outdated.delivery
        try:
            shown = await self._editions.get(delivery.edition_id)
        except UnrenderableError:  # corrected once more, and that cannot be drawn
            self._made.append(self._later(delivery, _LONGEST_REST, outdated.attempts))
            return
        parts = shown.parts(delivery.kind)
        for part, piece in parts_to_edit(shown.layout, delivery):
            try:
                message = cut_out(parts[part], piece.start, piece.end)
                result = await self._edit(delivery, message, piece.message_id)
            except ClosedError:
                return
            except TransportError as error:
                self._failed(error)
                return
            again = await self._after(outdated, result)
            if again is not None:
                self._made.append(again)
                return
        self._made.append(Amendment(delivery, shown.revision))

    async def _edit(self, delivery: Delivery, message: OutgoingMessage, message_id: int) -> SendResult:
        """Make one edit; a message the server refuses is mended and tried once more."""
        group = delivery.kind.shared
        address = Address(delivery.place, group, Priority.CORRECTION)
        wait = self._calls.turns.wait(delivery.place.chat_id, group=group)
        if wait > self._settings.hold:
            return RetryAt(wait, "the chat has to wait", flood=True)
        try:
            result = await self._calls.edit(message, address, message_id)
            instead = repaired(message, result.kind) if isinstance(result, Rejected) else None
            if instead is not None:
                _LOG.error("an edit in chat %s was refused and mended: %s", delivery.place.chat_id, result)
                result = await self._calls.edit(instead, address, message_id)
        except ChatParkedError:
            return RetryAt(self._calls.turns.wait(delivery.place.chat_id, group=group), "parked", flood=True)
        return result

    async def _after(self, outdated: OutdatedDelivery, result: SendResult) -> Amendment | None:
        """What follows from an edit: another try later, or None when this message is done with, edited or not. A chat
        that lost its message, or the bot, is left alone: the next push finds out."""
        delivery, attempts = outdated.delivery, outdated.attempts
        match result:
            case Sent():
                self._calls.figures.corrected += 1
            case MovedTo(chat_id):
                await asyncio.to_thread(self._store.migrate, delivery.place.chat_id, chat_id)
            case RetryAt(seconds, flood=True):
                return self._later(delivery, seconds, attempts)
            case RetryAt() | Unknown():
                if attempts + 1 < self._settings.policy.attempts:
                    wait = self._settings.policy.wait(attempts + 1, seed=delivery.id)
                    return self._later(delivery, wait, attempts + 1)
                _LOG.warning("a message in chat %s stays uncorrected: %s", delivery.place.chat_id, result)
            case _:
                _LOG.info("a message in chat %s stays uncorrected: %s", delivery.place.chat_id, result)
        return None

    def _later(self, delivery: Delivery, seconds: float, attempts: int) -> Amendment:
        again = self._now() + timedelta(seconds=max(1.0, seconds))
        return Amendment(delivery, again=again, attempts=attempts)
