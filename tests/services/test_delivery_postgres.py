"""Delivery on PostgreSQL, where claims, recovery and group commits take other roads than on SQLite: rows are locked one
by one, and two processes may work at once.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.core.ledger import Change, DeliveryState
from bot.errors import DigestbotError
from bot.services.delivery import DeliveryStore
from bot.services.instance import InstanceLease, Process
from bot.storage.storage import Storage
from tests.postgres import PostgresServer, postgres_server
from tests.services.delivery_kit import START, Ground, in_virtual_time

S = DeliveryState
LEASE = timedelta(minutes=10)

__all__ = ["postgres_server"]


class CountingStore(DeliveryStore):
    """Notes how many changes each commit holds."""

    sizes: list[int]

    def commit(self, changes: Sequence[Change]) -> set[int]:
        type(self).sizes.append(len(changes))
        return super().commit(changes)


@pytest.fixture
def ground(postgres_server: PostgresServer) -> Iterator[Ground]:
    url = postgres_server.create()
    with Storage.open(url) as storage:
        storage.upgrade()
        yield Ground(storage)
    postgres_server.drop(url)


def store_of(ground: Ground) -> DeliveryStore:
    return DeliveryStore(ground.storage, render=ground.render, now=lambda: START + timedelta(seconds=1))


def deliver(ground: Ground, **settings: float) -> None:
    async def work() -> None:
        await ground.deliverer(**settings).run_once()

    in_virtual_time(work())


def test_everybody_receives_every_part_once(ground: Ground) -> None:
    ground.parts = ("part 1", "part 2")
    ground.planned([*range(1, 120), *range(-1_000_000_000_020, -1_000_000_000_000)])
    deliver(ground)
    assert ground.states() == {S.SENT: 139}
    assert set(map(tuple, ground.chats.texts().values())) == {("part 1", "part 2")}
    assert len(ground.chats.received) == 278


def test_what_a_dead_process_had_begun_goes_on_where_it_stood(ground: Ground) -> None:
    ground.parts = ("part 1", "part 2")
    ground.planned(range(1, 21))

    async def interrupted() -> None:
        task = asyncio.ensure_future(ground.deliverer(rate=10.0).run())
        await asyncio.sleep(1.5)
        task.cancel()  # as a kill: nothing is given back
        await asyncio.gather(task, *(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    in_virtual_time(interrupted())
    first = len(ground.chats.received)
    deliver(ground, rate=100.0)
    assert 0 < first < 40
    assert ground.states() == {S.SENT: 20}
    assert {tuple(dict.fromkeys(texts)) for texts in ground.chats.texts().values()} == {("part 1", "part 2")}


def test_two_that_claim_at_once_never_get_the_same(ground: Ground) -> None:
    ground.planned(range(1, 401))
    store = store_of(ground)
    gate = threading.Barrier(4)

    def claim(_: int) -> list[int]:
        gate.wait()
        return [delivery.id for delivery in store.claim(100, LEASE)]

    with ThreadPoolExecutor(4) as pool:
        claimed = [number for ids in pool.map(claim, range(4)) for number in ids]
    assert len(claimed) == len(set(claimed))
    assert store.recover().claimed == len(claimed)


def test_recovery_makes_everything_due_again(ground: Ground) -> None:
    ground.planned(range(1, 31))
    store = store_of(ground)
    store.claim(10, LEASE)
    found = store.recover()
    assert (found.claimed, found.interrupted) == (10, 0)
    assert len(store.claim(30, LEASE)) == 30


def test_a_second_process_is_turned_away(ground: Ground) -> None:
    def lease(name: str, pid: int) -> InstanceLease:
        process = Process(name, "host", pid)
        return InstanceLease(ground.storage, ("deliver:x",), process, alive=lambda _: True, now=lambda: START)

    first, second = lease("one", 1), lease("two", 2)
    first.acquire()
    with pytest.raises(DigestbotError, match="process 1 on host"):
        second.acquire()
    first.release()
    second.acquire()


def test_at_full_rate_one_commit_records_many(ground: Ground) -> None:
    CountingStore.sizes = []
    ground.store = CountingStore
    ground.planned(range(1, 601))
    deliver(ground, rate=1000.0)
    assert ground.states() == {S.SENT: 600}
    assert sum(CountingStore.sizes) == 1200  # begun and sent
    assert len(CountingStore.sizes) < 120
