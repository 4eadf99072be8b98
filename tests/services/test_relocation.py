"""Everything moved to another database: nothing lost, nothing half."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import inspect

from bot.core.ledger import DeliveryState
from bot.core.model import ChatKind, Language, Place
from bot.core.query import parse_query
from bot.errors import StorageError
from bot.services.relocation import relocate
from bot.storage import Storage
from bot.storage.columns import Row
from bot.storage.copying import LEFT_BEHIND, REBUILT
from bot.storage.schema import VERSION_TABLE
from tests.postgres import PostgresServer, postgres_server
from tests.services.archive_kit import NOW, deliver, everything, fill
from tests.services.delivery_kit import Ground

__all__ = ["postgres_server"]

S = DeliveryState
Open = Callable[[], Storage]
ENGINES = ["sqlite", "postgresql"]


@pytest.fixture
def blank(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Storage]]:
    """Opens another database of an engine, without any layout."""
    opened: list[Storage] = []
    urls: list[str] = []
    names = count()

    def _open(engine: str) -> Storage:
        if engine == "sqlite":
            url = f"sqlite:///{tmp_path / f'blank{next(names)}.db'}"
        else:
            url = request.getfixturevalue("postgres_server").create()
            urls.append(url)
        opened.append(Storage.open(url))
        return opened[-1]

    yield _open
    for storage in opened:
        storage.close()
    for url in urls:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.drop(url)


def found(storage: Storage, words: str) -> list[int]:
    with storage.reading() as tx:
        return [hit.id for hit in tx.search.find(parse_query(words, today=NOW.date()), limit=20)]


def join(storage: Storage, chat_id: int) -> int:
    """A new subscriber's id."""
    with storage.writing() as tx:
        return tx.subscribers.ensure(Place(chat_id), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=NOW)[
            0
        ].id


@pytest.mark.parametrize("way", [("postgresql", "sqlite"), ("sqlite", "postgresql")], ids="-".join)
def test_all_of_an_archive_survives_the_way_there_and_back(
    database: Storage, blank: Callable[[str], Storage], way: tuple[str, str]
) -> None:
    fill(database)
    before = everything(database)
    assert [name for name, rows in before.items() if not rows] == []
    there, back = (blank(engine) for engine in way)
    relocate(database, there)
    copied = relocate(there, back)
    assert everything(there) == before
    assert everything(back) == before
    assert copied.tables == {name: len(rows) - (name == "meta") for name, rows in before.items()}
    for words in ("模型", "boxes", "开放权重", "芯片 -模型", "author:宝玉", '"一" one'):
        assert found(back, words) == found(there, words) == found(database, words)
    assert found(back, "大模型发布") != []


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_due_before_is_sent_after(database: Storage, blank: Callable[[str], Storage], engine: str) -> None:
    fill(database)
    target = blank(engine)
    relocate(database, target)
    ground = Ground(target)
    deliver(ground)
    assert sorted(ground.chats.texts()) == [7, 8]
    assert ground.states()[S.SENT] == 7


@pytest.mark.parametrize("engine", ENGINES)
def test_no_number_is_given_twice(database: Storage, blank: Callable[[str], Storage], engine: str) -> None:
    join(database, 1)
    gone = join(database, 2)
    with database.writing() as tx:
        tx.subscribers.forget(Place(2))
    target = blank(engine)
    relocate(database, target)
    assert join(target, 3) == gone + 1
    again = blank("sqlite")
    relocate(target, again)
    assert join(again, 4) == gone + 2


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_database_can_be_moved_and_used(
    database: Storage, blank: Callable[[str], Storage], engine: str
) -> None:
    target = blank(engine)
    assert relocate(database, target).rows == 0
    assert join(target, 3) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_what_happens_meanwhile_is_not_in_the_copy(blank: Callable[[str], Storage], engine: str) -> None:
    source, target = blank(engine), blank("sqlite")
    source.upgrade()
    fill(source)
    before = everything(source)
    chats = count(900)
    relocate(source, target, lambda _done, _total: join(source, next(chats)) and None)
    assert next(chats) > 910
    assert everything(target) == before


class _PulledOutError(Exception):
    """The plug."""


@pytest.mark.parametrize("share", [0.1, 0.9], ids=["copying", "indexing"])
@pytest.mark.parametrize("engine", ENGINES)
def test_an_interrupted_copy_leaves_nothing_and_can_be_begun_again(
    database: Storage, blank: Callable[[str], Storage], engine: str, share: float
) -> None:
    fill(database)
    target = blank(engine)

    def interrupt(done: int, total: int) -> None:
        if done >= share * total:
            raise _PulledOutError

    with pytest.raises(_PulledOutError):
        relocate(database, target, interrupt)
    assert set(map(len, everything(target).values())) == {0, 1}  # one fact about the index
    relocate(database, target)
    assert everything(target) == everything(database)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_that_holds_something_is_refused(
    database: Storage, blank: Callable[[str], Storage], engine: str
) -> None:
    target = blank(engine)
    target.upgrade()
    join(target, 1)
    with pytest.raises(StorageError, match=r"is not empty \(subscriber 1 rows\); name a new database"):
        relocate(database, target)
    with pytest.raises(StorageError, match="is the database that is to be copied"):
        relocate(database, database)


def test_a_copy_that_lacks_rows_is_undone(
    database: Storage, blank: Callable[[str], Storage], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    target = blank("sqlite")
    # No engine loses rows when asked to; a fault of ours might.
    monkeypatch.setattr("bot.storage.copying.Copying.write", lambda *_: None)
    with pytest.raises(StorageError, match=r"not complete and was undone: author has 0 rows instead of 2"):
        relocate(database, target)


def test_what_postgresql_cannot_store_is_left_out_of_a_text(database: Storage, blank: Callable[[str], Storage]) -> None:
    with database.writing() as tx:
        tx.meta.put("odd", "a\0b")
    target = blank("postgresql")
    relocate(database, target)
    with target.reading() as tx:
        assert tx.meta.find("odd") == "ab"


def test_progress_is_told_to_the_end(database: Storage, blank: Callable[[str], Storage]) -> None:
    fill(database)
    told: list[tuple[int, int]] = []
    relocate(database, blank("sqlite"), lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert len({total for _, total in told}) == 1
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_table_is_forgotten(blank: Callable[[str], Storage], engine: str) -> None:
    storage = blank(engine)
    storage.upgrade()
    with storage.reading() as tx:
        there = set(inspect(tx._connection).get_table_names())  # no part of the product lists tables
        copied = set(tx.copying.counts())
    own = {"sqlite_sequence", VERSION_TABLE}
    beside = {name for name in there if any(name == part or name.startswith(f"{part}_") for part in REBUILT)}
    assert there - own - beside == copied | LEFT_BEHIND
    assert beside >= REBUILT
    assert copied | LEFT_BEHIND == set(Row.metadata.tables)
