"""The role that watches the clock sleeps until something is due, wakes when it is told, and survives faults."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.model import ChatKind, Language, Place, Preferences
from bot.errors import StorageError
from bot.services.scheduling import Scheduler
from bot.storage import Storage
from tests.services.delivery_kit import in_virtual_time

START = datetime(2026, 11, 22, 7, tzinfo=UTC)


class Watched:
    """A scheduler on a virtual loop, with the times at which it looked, in seconds since the start."""

    def __init__(self, storage: Storage) -> None:
        self.loop = asyncio.get_running_loop()
        self.scheduler = Scheduler(storage, zone=UTC, now=self.now, planned=self._count)
        self.planned = 0
        self.looks: list[float] = []
        self.faults: list[Exception] = []
        self._plan_due = self.scheduler.plan_due
        self.scheduler.plan_due = self._look  # type: ignore[method-assign]

    def now(self) -> datetime:
        return START + timedelta(seconds=self.loop.time())

    def _count(self) -> None:
        self.planned += 1

    def _look(self) -> int:
        self.looks.append(round(self.loop.time(), 1))
        if self.faults:
            raise self.faults.pop()
        return self._plan_due()


def watch(storage: Storage, seconds: float, meanwhile: Callable[[Watched], None] = lambda _: None) -> Watched:
    """Let a scheduler run for so long; `meanwhile` is called at its begin."""

    async def run() -> Watched:
        watched = Watched(storage)
        meanwhile(watched)
        task = asyncio.create_task(watched.scheduler.run())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return watched

    return in_virtual_time(run())


def join(storage: Storage, schedule: str) -> None:
    with storage.writing() as tx:
        wishes = Preferences(schedule=(schedule,))
        tx.subscribers.ensure(
            Place(1), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=START, preferences=wishes
        )


def test_it_looks_twice_a_minute_while_nothing_is_due(database: Storage) -> None:
    assert watch(database, 100).looks == [0, 30, 60, 90]


def test_it_wakes_when_something_is_due(database: Storage) -> None:
    join(database, "daily 07:01")
    assert watch(database, 80).looks == [0, 30, 60, 90][:3]
    join_at = watch(database, 20).looks
    assert join_at[0] == 0


def test_a_nudge_is_a_look(database: Storage) -> None:
    def nudge_later(watched: Watched) -> None:
        watched.loop.call_later(7, watched.scheduler.nudge)

    assert watch(database, 20, nudge_later).looks == [0, 7]


@pytest.mark.parametrize("fault", [StorageError("the disk is full"), RuntimeError("a fault of ours")])
def test_a_fault_is_said_and_the_clock_goes_on(
    database: Storage, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    watched = watch(database, 40, lambda watched: watched.faults.append(fault))
    assert watched.looks == [0, 30]
    assert "schedules" in caplog.text


def test_a_stopped_one_takes_no_more(database: Storage) -> None:
    join(database, "daily 07:00")
    watched = watch(database, 1, lambda watched: watched.scheduler.stop())
    assert watched.planned == 0
    with database.reading() as tx:
        assert tx.agendas.next_due() == START
