"""The role that watches the clock: takes agendas that are due, a few thousand at a time, and plans what they owe. Apart
from the planning itself, which knows no loop; any number of processes may do this at once, since every agenda belongs
to whoever took it until its transaction ends.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Final

from bot.errors import DigestbotError
from bot.services.roundups import Made, plan_roundups
from bot.storage import Storage

_LOG = logging.getLogger(__name__)
_PIECE: Final = 10_000  # readers a transaction: others write between
_LONGEST_REST: Final = 30.0  # seconds: what another process writes rings no bell here
_SHORTEST_REST: Final = 0.05


class Scheduler:
    """Plans what readers are owed. `zone` is for those who chose none; `planned` is called when something was planned,
    so that delivery wakes at once. Make one inside the running loop to `run` it."""

    def __init__(
        self,
        storage: Storage,
        *,
        zone: tzinfo,
        now: Callable[[], datetime],
        planned: Callable[[], None] = lambda: None,
    ) -> None:
        self._storage = storage
        self._zone = zone
        self._now = now
        self._planned = planned
        self._awake = asyncio.Event()
        self._stopped = False

    def nudge(self) -> None:
        """Somebody's wishes changed, or something was held: look now."""
        self._awake.set()

    def stop(self) -> None:
        """Take no further agendas: what runs in a thread cannot be cancelled, it must ask."""
        self._stopped = True

    async def run(self) -> None:
        """Plan whatever falls due until cancelled."""
        while True:
            self._awake.clear()
            rest = _LONGEST_REST
            try:
                if await asyncio.to_thread(self.plan_due):
                    self._planned()
                rest = await asyncio.to_thread(self._rest)
            except DigestbotError as error:
                _LOG.error("schedules wait: %s", error)
            except Exception:
                _LOG.exception("schedules failed and are looked at again in a moment")
            try:
                async with asyncio.timeout(rest):
                    await self._awake.wait()
            except TimeoutError:
                continue

    def plan_due(self) -> int:
        """Plan everything that is due now; how many readers are sent something."""
        now = self._now()  # for the whole run, so that nobody's turn comes twice in it
        with self._storage.reading() as tx:
            due = tx.agendas.next_due()
            made = Made(until=tx.roundups.last_batch())
        if due is None or due > now:
            return 0  # the usual case: nobody is kept from writing
        sent, taken = 0, _PIECE
        while taken == _PIECE and not self._stopped:
            with self._storage.writing() as tx:
                lines = tx.agendas.take_due(now=now, limit=_PIECE)
                sent += plan_roundups(tx, lines, now=now, zone=self._zone, made=made) if lines else 0
            taken = len(lines)
        if sent:
            _LOG.info("roundups are planned for %s readers", sent)
        return sent

    def _rest(self) -> float:
        """Seconds until something is due."""
        with self._storage.reading() as tx:
            due = tx.agendas.next_due()
        seconds = _LONGEST_REST if due is None else (due - self._now()).total_seconds()
        return max(_SHORTEST_REST, min(seconds, _LONGEST_REST))
