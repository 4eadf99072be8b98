"""Opening a database: what works, and one clear line for everything that does not."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.model import Place
from bot.errors import StorageError
from bot.storage import Storage
from bot.storage.engine import describe, parse_url
from tests.postgres import PostgresServer
from tests.storage.conftest import NOW
from tests.storage.digests import digest, hash_of, item

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "cannot be read"),
        (f"postgresql://u:{SECRET}@ho st:port:1/x", "cannot be read"),
        ("mysql://localhost/x", "not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1/x"),
        ("sqlite:////proc/nowhere/x.db", "cannot be made"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_line_without_the_password(url: str, says: str) -> None:
    with pytest.raises(StorageError) as caught:
        Storage.open(url)
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all " * 100)
    with pytest.raises(StorageError, match=r"notes\.txt is not an SQLite database"):
        Storage.open(f"sqlite:///{path}")


def test_a_folder_in_place_of_the_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        Storage.open(f"sqlite:///{tmp_path}")


def test_a_read_only_database_says_so(sqlite_template: Path) -> None:
    with pytest.raises(StorageError, match="is read-only: give this user the right"):
        Storage.open(f"sqlite:///file:{sqlite_template}?mode=ro&uri=true")


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)  # not five seconds of waiting in a test
    path = tmp_path / "x.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StorageError, match="is locked by another program"):
            Storage.open(f"sqlite:///{path}")
    finally:
        other.close()


@pytest.mark.parametrize(
    ("complaint", "says"),
    [
        ("database or disk is full", "the disk is full"),
        ("disk I/O error", "the disk or the file system"),
        ("database disk image is malformed", "restore a backup"),
        ("something new\nwith lines", "failed: something new"),
        ("", "no reason given"),
    ],
)
def test_what_sqlite_complains_of_becomes_advice(complaint: str, says: str) -> None:
    assert says in describe(parse_url("sqlite:///x.db"), complaint)


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.db"
    with Storage.open(f"sqlite:///{path}") as storage:
        assert storage.upgrade()
    assert path.exists()


def test_the_address_for_logs_hides_the_password(postgres_server: PostgresServer) -> None:
    address = postgres_server.url.replace("postgres@", f"postgres:{SECRET}@")
    with Storage.open(address) as storage:
        assert SECRET not in storage.address
        assert storage.engine_name == "postgresql"


def test_a_database_of_a_newer_program_is_refused(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    path.write_bytes(sqlite_template.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="newer digestbot"):
        Storage.open(f"sqlite:///{path}")


def test_what_is_written_is_there_after_opening_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    made = digest(item(1, "模型"))
    with Storage.open(url) as storage:
        storage.upgrade()
        with storage.writing() as tx:
            tx.digests.put(made, content_hash=hash_of(made), source="f", now=NOW)
    with Storage.open(url) as storage:
        assert not storage.upgrade()
        with storage.reading() as tx:
            assert tx.digests.count() == 1
        storage.optimise()


def test_a_block_that_raises_leaves_nothing_behind(storage: Storage) -> None:
    def half_done() -> None:
        with storage.writing() as tx:
            tx.meta.put("a", "1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    with storage.reading() as tx:
        assert tx.meta.find("a") is None


def test_a_statement_the_engine_refuses_is_a_storage_error(storage: Storage, join: Callable[..., object]) -> None:
    join(1)
    with pytest.raises(StorageError), storage.writing() as tx:
        tx.saved.add(1, 404, now=NOW)


def test_many_threads_lose_no_update(storage: Storage) -> None:
    def count_up() -> None:
        for _ in range(10):
            with storage.writing() as tx:
                tx.leases  # noqa: B018 - building another repository must not matter
                if storage.engine_name == "postgresql":
                    tx._connection.exec_driver_sql("LOCK TABLE meta")  # what one writer at a time means there
                tx.meta.put("n", str(int(tx.meta.find("n") or "0") + 1))

    threads = [threading.Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with storage.reading() as tx:
        assert tx.meta.find("n") == "60"


def test_readers_work_while_a_writer_writes(storage: Storage, join: Callable[..., object]) -> None:
    join(7)
    with storage.writing() as tx:
        tx.meta.put("a", "1")
        with storage.reading() as other:
            assert other.meta.find("a") is None
            assert other.subscribers.find(Place(7)) is not None
