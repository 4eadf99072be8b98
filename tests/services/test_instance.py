"""The lease that keeps a second instance out."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

import bot.services.instance
import bot.services.watching
from bot.errors import DigestbotError, StorageError
from bot.services.instance import LEASE_SECONDS, InstanceLease, Process
from bot.storage import Storage

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def lease(storage: Storage, owner: str, *, host: str = "h", pid: int = 1, now: datetime = NOW) -> InstanceLease:
    names = ("deliver:x", "updates:x")
    return InstanceLease(storage, names, Process(owner, host, pid), alive=lambda pid: pid < 100, now=lambda: now)


def test_a_living_holder_is_named_and_keeps_all_leases(database: Storage) -> None:
    lease(database, "first", pid=5).acquire()
    with pytest.raises(DigestbotError, match=r"process 5 on h"):
        lease(database, "second", pid=6).acquire()
    lease(database, "first", pid=5).release()
    lease(database, "second", pid=6).acquire()


@pytest.mark.parametrize(
    ("host", "pid", "later"), [("h", 500, 0.0), ("elsewhere", 5, LEASE_SECONDS + 1), ("h", 6, 0.0)]
)
def test_a_dead_holder_is_replaced(database: Storage, host: str, pid: int, later: float) -> None:
    lease(database, "first", host=host, pid=pid).acquire()
    lease(database, "second", pid=6, now=NOW + timedelta(seconds=later)).acquire()
    with pytest.raises(DigestbotError):
        lease(database, "third", pid=7, now=NOW + timedelta(seconds=later)).acquire()


async def test_who_lost_the_lease_ends(database: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.instance, "RENEW_SECONDS", 0.01)
    first = lease(database, "first", host="elsewhere")
    first.acquire()
    keeping = asyncio.create_task(first.keep())
    await asyncio.sleep(0.05)
    assert not keeping.done()
    lease(database, "second", now=NOW + timedelta(hours=1)).acquire()
    with pytest.raises(DigestbotError, match="took over"):
        await keeping


async def test_a_database_that_is_away_for_a_moment_ends_nothing(
    database: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.services.instance, "RENEW_SECONDS", 0.01)
    held = lease(database, "first")
    held.acquire()
    tried = asyncio.Event()

    def away() -> bool:
        loop.call_soon_threadsafe(tried.set)
        raise StorageError("locked")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(held, "_renew", away)
    keeping = asyncio.create_task(held.keep())
    await tried.wait()
    await asyncio.sleep(0.03)
    assert not keeping.done()
    keeping.cancel()
    assert "not renewed: locked" in caplog.text
