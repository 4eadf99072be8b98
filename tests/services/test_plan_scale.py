"""Planning for many at once: the same decision for each reader as `select` makes for one, in a number of statements and
rows that follows the choices and not the readers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text

from bot.bootstrap import bundled
from bot.core.model import SubscriberState
from bot.core.selection import select
from bot.core.topics import load_topics
from bot.services.labelled import read_labelled
from bot.services.plan import PlanReport, candidate_of, plan
from bot.storage import Storage, Transaction
from bot.storage.packing import unpack
from tests.bench.crowd import digest, populate
from tests.conftest import Entry, digest_text, slot
from tests.postgres import PostgresServer, postgres_server
from tests.services.delivery_kit import START

__all__ = ["postgres_server"]

Make = Callable[[int], Storage]


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes a database with so many readers."""
    opened: list[Storage] = []
    dropped: list[Callable[[], None]] = []

    def make(readers: int) -> Storage:
        url = f"sqlite:///{tmp_path / f'{readers}.db'}"
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            url = server.create()
            dropped.append(lambda: server.drop(url))
        storage = Storage.open(url)
        opened.append(storage)
        storage.upgrade()
        populate(storage, readers, keywords=600)
        return storage

    yield make
    for undo in (*(storage.close for storage in opened), *dropped):
        undo()


def planned(storage: Storage, data: bytes) -> tuple[PlanReport, int]:
    """Plan a digest; the report, and how many statements it took."""
    topics = load_topics(bundled("topics.toml").read_text(encoding="utf-8"))
    reading = read_labelled(data, topics, time_zone=ZoneInfo("Asia/Shanghai"))
    assert reading.digest is not None
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    with storage.writing() as tx:
        stored = tx.digests.put(reading.digest, content_hash="x", source="test", now=START).digest
        connection = tx._connection  # counted where the statements pass
        event.listen(connection, "before_cursor_execute", count)
        report = plan(tx, stored, now=START)
        event.remove(connection, "before_cursor_execute", count)
    return report, statements


def shown_to(tx: Transaction) -> dict[int, set[int]]:
    """Items by reader, from the batches."""
    editions = {edition.id: edition for edition in tx.ledger.list_editions(_digest_id(tx))}
    shown: defaultdict[int, set[int]] = defaultdict(set)
    for edition_id, packed in tx._connection.execute(text("SELECT edition_id, subscriber_ids FROM batch")):
        for reader in unpack(packed):
            shown[reader] |= set(editions[edition_id].item_ids)
    return shown


def expected(tx: Transaction) -> dict[int, set[int]]:
    """The same, reader by reader."""
    stored = tx.digests.get(_digest_id(tx))
    candidates = [candidate_of(item, stored.digest.categories) for item in stored.items]
    chosen = {
        reader.id: set(select(candidates, reader.rules).shown)
        for reader in tx.subscribers.stream(state=SubscriberState.ACTIVE)
    }
    return {reader: items for reader, items in chosen.items() if items}


def _digest_id(tx: Transaction) -> int:
    return int(tx._connection.execute(text("SELECT max(id) FROM digest")).scalar_one())


def test_many_readers_get_what_each_would_alone(crowded: Make) -> None:
    storage = crowded(1500)
    report, _ = planned(storage, digest(1).data)
    with storage.reading() as tx:
        assert shown_to(tx) == expected(tx)
        assert report.subscribers == len(expected(tx))


def test_a_digest_of_more_items_than_a_machine_word_has_bits(crowded: Make) -> None:
    storage = crowded(400)
    entries = [Entry(f"模型智能 {n}", f"算力芯片 {n}", author=f"Author {n % 30}") for n in range(100)]
    planned(storage, digest_text(slot(8), entries).encode())
    with storage.reading() as tx:
        assert shown_to(tx) == expected(tx)


def test_ten_times_the_readers_take_hardly_more_statements(crowded: Make) -> None:
    few, many = crowded(300), crowded(3000)
    (_, before), (report, after) = planned(few, digest(1).data), planned(many, digest(1).data)
    with many.reading() as tx:
        batches = tx.ledger.count_batches(due=START + timedelta(days=1))
    assert report.subscribers > 1500
    assert after < 2 * before
    assert batches <= report.editions + report.subscribers // 500
    assert report.editions < report.subscribers
