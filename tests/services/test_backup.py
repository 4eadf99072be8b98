"""Backups: whole or not there, made while others write, and good for going back."""

import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.model import ChatKind, Language, Place
from bot.errors import DigestbotError, StorageError
from bot.services.backup import make_backup
from bot.storage import Storage
from tests.postgres import PostgresServer, _binaries, postgres_server
from tests.services.archive_kit import NOW, everything, fill

__all__ = ["postgres_server"]


@pytest.fixture
def url(database: Storage) -> str:
    """The address of an SQLite database that is open and holds something."""
    fill(database)
    return database.address


def join(storage: Storage, chat_id: int) -> None:
    with storage.writing() as tx:
        tx.subscribers.ensure(Place(chat_id), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=NOW)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


def test_a_backup_is_a_database_with_every_row(database: Storage, url: str, folder: Path) -> None:
    made = make_backup(url, folder / "b.db", overwrite=False)
    assert names(folder) == {"b.db"}
    assert (made.engine, made.bytes) == ("sqlite", (folder / "b.db").stat().st_size)
    assert (folder / "b.db").stat().st_mode & 0o777 == 0o600
    with Storage.open(f"sqlite:///{folder}/b.db") as copy:
        assert copy.up_to_date
        assert everything(copy) == everything(database)


def test_a_backup_holds_what_is_only_in_the_log_yet(database: Storage, url: str, folder: Path) -> None:
    join(database, 4242)
    make_backup(url, folder / "b.db", overwrite=False)
    with closing(sqlite3.connect(folder / "b.db")) as copy:
        assert copy.execute("SELECT count(*) FROM subscriber WHERE chat_id = 4242").fetchone() == (1,)


def test_writers_go_on_and_the_backup_is_of_one_instant(
    database: Storage, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.backup._STEP", 5)  # pages; else this database is one step
    before = everything(database)
    told: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        join(database, 10_000 + done)
        told.append((done, total))

    make_backup(url, folder / "b.db", overwrite=False, progress=note)
    assert len(told) > 10
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    with Storage.open(f"sqlite:///{folder}/b.db") as copy:
        assert everything(copy) == before


def test_a_writer_that_holds_the_lock_does_not_hold_up_a_backup(url: str, database: Storage, folder: Path) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO meta VALUES ('half', 'written')")
        make_backup(url, folder / "b.db", overwrite=False)
        other.execute("ROLLBACK")
    with Storage.open(f"sqlite:///{folder}/b.db") as copy:
        assert everything(copy) == everything(database)


def test_a_thread_that_writes_all_the_time_is_no_hindrance(
    database: Storage, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.backup._STEP", 1)
    ended = threading.Event()

    def write() -> None:
        for chat in range(100_000, 200_000):
            join(database, chat)
            if ended.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        make_backup(url, folder / "b.db", overwrite=False)
    finally:
        ended.set()
        writer.join()
    with closing(sqlite3.connect(folder / "b.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_is_there_is_written_over_only_when_asked_to(url: str, folder: Path) -> None:
    file = folder / "b.db"
    file.write_text("precious")
    with pytest.raises(DigestbotError, match=r"b\.db is there already; name another file, or .* --force"):
        make_backup(url, file, overwrite=False)
    assert file.read_text() == "precious"
    make_backup(url, file, overwrite=True)
    assert file.read_bytes().startswith(b"SQLite format 3\0")
    assert names(folder) == {"b.db"}


def test_a_file_that_appears_meanwhile_is_kept(url: str, folder: Path) -> None:
    file = folder / "b.db"
    with pytest.raises(DigestbotError, match="is there already"):
        make_backup(url, file, overwrite=False, progress=lambda _done, _total: file.touch())
    assert file.read_bytes() == b""
    assert names(folder) == {"b.db"}


def test_the_database_is_never_its_own_backup(url: str, database: Storage, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(url.removeprefix("sqlite:///"))
    with pytest.raises(DigestbotError, match="is the database itself"):
        make_backup(url, tmp_path / "link.db", overwrite=True)
    assert not database.upgrade()


@pytest.mark.parametrize(
    ("name", "fault"), [(".", "is a folder; name a file in it"), ("none/b.db", "none: No such file or directory")]
)
def test_a_place_where_nothing_can_be_written_is_named(url: str, folder: Path, name: str, fault: str) -> None:
    with pytest.raises(DigestbotError, match=fault):
        make_backup(url, folder / name, overwrite=True)
    assert names(folder) == set()


def test_where_there_is_no_database_none_is_made(folder: Path) -> None:
    with pytest.raises(DigestbotError, match="there is no database"):
        make_backup(f"sqlite:///{folder}/none.db", folder / "b.db", overwrite=False)
    assert names(folder) == set()


@pytest.mark.parametrize("offset", [0, 3 * 4096], ids=["no database", "damaged"])
def test_a_damaged_database_gives_no_backup(database: Storage, url: str, folder: Path, offset: int) -> None:
    database.close()
    with Path(url.removeprefix("sqlite:///")).open("rb+") as file:
        file.seek(offset)
        file.write(b"\xee" * 4096)
    with pytest.raises(StorageError, match=r"is damaged|is not an SQLite database"):
        make_backup(url, folder / "b.db", overwrite=False)
    assert names(folder) == set()


def test_an_interrupted_backup_leaves_nothing(url: str, folder: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_backup(url, folder / "b.db", overwrite=False, progress=interrupt)
    assert names(folder) == set()


# PostgreSQL


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pg_dump and its like, of the version of the test server."""
    folder = _binaries()  # where the server itself comes from
    if folder is None or not (folder / "pg_dump").exists():
        pytest.skip("there is no pg_dump of this server's version")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def served(postgres_server: PostgresServer) -> Iterator[tuple[str, str]]:
    """The addresses of two databases, one of them filled, the other empty."""
    full, empty = postgres_server.create(), postgres_server.create()
    with Storage.open(full) as storage:
        storage.upgrade()
        fill(storage)
    yield full, empty
    postgres_server.drop(full)
    postgres_server.drop(empty)


def test_a_dump_of_postgresql_brings_everything_back(served: tuple[str, str], programs: Path, folder: Path) -> None:
    full, empty = served
    made = make_backup(full, folder / "b.dump", overwrite=False)
    assert (made.engine, names(folder)) == ("postgresql", {"b.dump"})
    subprocess.run([programs / "pg_restore", "--dbname", empty, "--no-owner", made.file], check=True)
    with Storage.open(full) as storage, Storage.open(empty) as restored:
        assert everything(restored) == everything(storage)


PROGRAM = """#!/bin/sh
printf '%s\\n' "$0 $*" >> {notes}
env >> {notes}.environment
echo "$0: error: {complaint}" >&2
exit {code}
"""


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch, *, complaint: str = "", code: int = 0) -> Path:
    """Programs that note how they were called, and nothing else on the path; where they note it."""
    notes = folder / "notes"
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(PROGRAM.format(notes=notes, complaint=complaint, code=code))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return notes


def test_the_password_is_in_no_programs_arguments(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = pretend(tmp_path, monkeypatch)
    url = "postgresql://u:h%40sh@db.example.org:5433/news?sslmode=require&connect_timeout=3"
    make_backup(url, folder / "b.dump", overwrite=False)
    assert "h@sh" not in notes.read_text()
    assert "h%40sh" not in notes.read_text()
    assert "pg_restore --list" in notes.read_text()
    given = set(Path(f"{notes}.environment").read_text().splitlines())
    assert {
        "PGPASSWORD=h@sh",
        "PGUSER=u",
        "PGHOST=db.example.org",
        "PGPORT=5433",
        "PGDATABASE=news",
        "PGSSLMODE=require",
        "PGCONNECT_TIMEOUT=3",
    } <= given


@pytest.mark.parametrize(
    ("complaint", "said"),
    [
        ("no, hush is wrong", r"error: no, \*\*\* is wrong$"),
        ("aborting because of server version mismatch", r"mismatch; install PostgreSQL's client programs .* version$"),
    ],
)
def test_what_the_program_complains_of_is_said_without_the_password(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, said: str
) -> None:
    pretend(tmp_path, monkeypatch, complaint=complaint, code=1)
    with pytest.raises(StorageError, match=said):
        make_backup("postgresql://u:hush@127.0.0.1:1/x", folder / "b.dump", overwrite=False)
    assert names(folder) == set()


def test_without_the_program_it_is_said_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(StorageError, match="pg_dump, which is not here: install PostgreSQL's client programs"):
        make_backup("postgresql://u:hush@127.0.0.1:1/x", folder / "b.dump", overwrite=False)
    assert names(folder) == set()
