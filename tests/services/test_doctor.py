"""The doctor: each thing that can be wrong is brought about, seen, named, and comes with a way out."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.services.doctor import (
    Finding,
    State,
    Us,
    look_at_database,
    look_at_disk,
    look_at_memory,
    look_at_source,
)
from bot.services.doctor.machine import judge_disk, judge_memory
from bot.services.holders import token_mark
from bot.storage import Lease, Storage
from tests.conftest import Desk, slot
from tests.postgres import PostgresServer, postgres_server
from tests.storage.digests import at, digest, hash_of, item

__all__ = ["postgres_server"]

NOW = datetime(2025, 11, 26, 1, tzinfo=UTC)  # an hour after the slot of `at(8)`
MARK = token_mark("1:ours")
OTHER = token_mark("2:theirs")
NOBODY = 1 << 22  # no process has this number: it is the first that Linux never gives
MIB, GIB = 1 << 20, 1 << 30

Said = dict[str, tuple[State, str, str]]


def said(findings: list[Finding]) -> Said:
    assert [finding.check for finding in findings if not finding.fix and finding.state is not State.OK] == []
    return {finding.check: (finding.state, finding.message, finding.fix) for finding in findings}


# The database


@pytest.fixture
def fresh(database: Storage) -> Storage:
    """A database with one digest of `at(8)`."""
    put(database)
    return database


def put(storage: Storage) -> None:
    made = digest(item(1))
    with storage.writing() as tx:
        tx.digests.put(made, content_hash=hash_of(made), source="folder:x.md", now=NOW)


def looked(url: str, *, mark: str | None = MARK, now: datetime = NOW) -> Said:
    return said(list(look_at_database(url, Us("here", mark, now))))


def lease(storage: Storage, name: str, *, host: str = "here", pid: int = os.getpid(), seconds: float = 30) -> None:
    held = Lease(name, "owner", host, pid, NOW, NOW + timedelta(seconds=seconds))
    with storage.writing() as tx:
        tx.leases.acquire(held, now=NOW, alive=lambda _: False)


def test_a_database_that_is_well(fresh: Storage) -> None:
    seen = looked(fresh.address)
    assert [state for state, _, _ in seen.values()] == [State.OK] * 4
    assert seen["database"][1] == f"{fresh.address} can be read and written"
    assert seen["instance"][1] == "no digestbot works on this database"
    assert seen["newest-digest"][1] == "of 2025-11-26 08:00 +0800, 1 hours old"
    with fresh.reading() as tx:
        assert tx.meta.find("doctor") is None


def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    seen = looked(f"sqlite:///{tmp_path}/deep/x.db")
    assert seen["database"][:2] == (State.OK, f"{tmp_path}/deep/x.db is not there yet; the first start makes it")
    assert seen["migrations"][1] == "not checked: there is no database yet"
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_could_not_be_made() -> None:
    seen = looked("sqlite:////proc/x.db")
    assert seen["database"][:2] == (State.FAILED, "/proc/x.db is not there, and /proc cannot be written")
    assert "DIGESTBOT_DATA_DIR" in seen["database"][2]


def no_database(path: Path) -> str:
    path.write_text("not a database at all " * 100)
    return f"sqlite:///{path}"


def newer(path: Path) -> str:
    with Storage.open(f"sqlite:///{path}") as storage:
        storage.upgrade()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
        connection.commit()
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (no_database, "is not an SQLite database"),
        (newer, "newer digestbot"),
        (lambda _: "postgresql://u:hush@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1/x"),
        (lambda _: "sqlite://", "names no file"),
    ],
    ids=["no database", "newer", "no server", "no file"],
)
def test_a_database_that_cannot_be_opened(tmp_path: Path, make: Callable[[Path], str], fault: str) -> None:
    seen = looked(make(tmp_path / "x.db"))
    assert seen["database"][0] is State.FAILED
    assert fault in seen["database"][1]
    assert "hush" not in str(seen)
    assert {seen[check][1] for check in ("migrations", "instance", "newest-digest")} == {
        "not checked: the database cannot be opened"
    }


def test_a_database_that_another_program_holds_locked(fresh: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)  # not five seconds of waiting in a test
    with closing(sqlite3.connect(fresh.address.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        seen = looked(fresh.address)
    assert seen["database"][0] is State.FAILED
    assert "is locked by another program" in seen["database"][1]


@pytest.fixture
def served(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create()
    with Storage.open(url) as storage:
        storage.upgrade()
        put(storage)
    yield url
    postgres_server.drop(url)


def test_a_server_that_only_lets_us_read(served: str) -> None:
    assert [state for state, _, _ in looked(served).values()] == [State.OK] * 4
    with Storage.open(served) as storage, storage.writing() as tx:
        name = make_url(served).database
        tx._connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    seen = looked(served)
    assert seen["database"][0] is State.FAILED
    assert seen["database"][1].startswith("it can be read but not written: PostgreSQL at ")
    assert "right to write" in seen["database"][2]


def test_an_older_layout(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    Storage.open(url).close()
    seen = looked(url)
    assert seen["database"][0] is State.OK
    assert seen["migrations"][0] is State.WARNING
    assert "db upgrade" in seen["migrations"][2]
    with Storage.open(url) as storage:
        assert not storage.up_to_date


def test_an_index_of_another_tokeniser(fresh: Storage) -> None:
    with fresh.writing() as tx:
        tx.meta.put("tokenizer_version", "0")
    assert looked(fresh.address)["migrations"][:2] == (
        State.WARNING,
        "the search index is of an older digestbot",
    )


def test_a_digestbot_that_works_is_named(fresh: Storage) -> None:
    lease(fresh, f"deliver:{MARK}")
    lease(fresh, f"updates:{MARK}")
    state, message, _ = looked(fresh.address)["instance"]
    assert state is State.OK
    assert message.startswith(f"process {os.getpid()} on here (deliver, updates) works on this database")


@pytest.mark.parametrize(
    ("name", "host", "pid", "seconds", "state", "message"),
    [
        (f"deliver:{OTHER}", "there", 7, 30, State.FAILED, "process 7 on there (deliver) works on this database with"),
        (f"deliver:{MARK}", "there", 7, 30, State.OK, "process 7 on there (deliver) works on this database; another"),
        (f"deliver:{MARK}", "here", NOBODY, 30, State.WARNING, f"process {NOBODY} on here (deliver) ended without"),
        (f"updates:{MARK}", "there", 7, -1, State.WARNING, "process 7 on there (updates) ended without a goodbye"),
        (f"updates:{OTHER}", "there", 7, -1, State.WARNING, "process 7 on there (updates) ended without a goodbye"),
    ],
    ids=["another token", "elsewhere", "killed", "run out", "another token, run out"],
)
def test_whoever_works_on_the_database_is_judged(
    fresh: Storage, name: str, host: str, pid: int, seconds: float, state: State, message: str
) -> None:
    lease(fresh, name, host=host, pid=pid, seconds=seconds)
    seen = looked(fresh.address)["instance"]
    assert seen[0] is state
    assert seen[1].startswith(message)


def test_without_a_token_nobody_is_a_stranger(fresh: Storage) -> None:
    lease(fresh, f"deliver:{OTHER}", host="there")
    assert looked(fresh.address, mark=None)["instance"][0] is State.OK


@pytest.mark.parametrize(
    ("hours", "state", "message"),
    [
        (5, State.OK, "of 2025-11-26 08:00 +0800, 5 hours old"),
        (7, State.WARNING, "of 2025-11-26 08:00 +0800, 7 hours old; a newer one is overdue"),
        (24 * 9, State.WARNING, "of 2025-11-26 08:00 +0800, 9 days old; a newer one is overdue"),
        (-30, State.OK, "of 2025-11-26 08:00 +0800, which is yet to come"),
    ],
)
def test_the_newest_digest_may_be_too_old(fresh: Storage, hours: int, state: State, message: str) -> None:
    assert looked(fresh.address, now=at(8) + timedelta(hours=hours))["newest-digest"][:2] == (state, message)


def test_an_archive_that_is_empty(database: Storage) -> None:
    assert looked(database.address)["newest-digest"][:2] == (State.WARNING, "no digest is stored")


# Sources


def sourced(word: str, tmp_path: Path) -> tuple[State, str, str]:
    return said([look_at_source(word, clones=tmp_path / "clones", now=NOW)])["digests"]


def test_a_folder_with_digests(tmp_path: Path) -> None:
    Desk(tmp_path).publish(slot(8))
    Desk(tmp_path).publish(slot(12))
    assert sourced(str(tmp_path), tmp_path) == (State.OK, f"{tmp_path}: 2 files", "")


def test_a_folder_without_any(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert sourced(str(tmp_path), tmp_path)[:2] == (State.WARNING, f"{tmp_path}: no digest files")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    Desk(tmp_path).publish(slot(8))
    (tmp_path / "loop.md").symlink_to("loop.md")
    state, message, _ = sourced(str(tmp_path), tmp_path)
    assert state is State.WARNING
    assert message.startswith(f"{tmp_path}: 1 files can be read, but not all: loop.md: ")


@pytest.mark.parametrize(
    ("word", "fault", "fix"),
    [
        ("none", "none: no such folder", "make it, or set DIGESTBOT_DIGESTS to where digests are"),
        ("ftp://example.org/x", "ftp:// is not understood", "a git repository is written git+https"),
        ("git+ssh://u:hush@example.org/x", "is not a git source", "example: git+https"),
        ("git+file:///none/of/this", "file:///none/of/this: git fetch failed", "mend that, or set DIGESTBOT_DIGESTS"),
    ],
)
def test_a_place_where_no_digests_can_be(tmp_path: Path, word: str, fault: str, fix: str) -> None:
    seen = sourced(word, tmp_path)
    assert seen[0] is State.FAILED
    assert fault in seen[1]
    assert seen[2].startswith(fix)
    assert "hush" not in str(seen)


# The machine


@pytest.mark.parametrize(
    ("free", "size", "state"),
    [
        (10 * MIB, 0, State.FAILED),
        (100 * MIB, 0, State.WARNING),
        (GIB, 0, State.OK),
        (GIB, 2 * GIB, State.WARNING),
        (3 * GIB, 2 * GIB, State.OK),
    ],
)
def test_room_on_the_disk(tmp_path: Path, free: int, size: int, state: State) -> None:
    finding = judge_disk(tmp_path, free=free, size=size)
    assert finding.state is state
    assert said([finding])


def test_the_disk_is_that_of_the_folder_or_of_where_it_will_be(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(bytes(5000))
    here = look_at_disk(tmp_path, tmp_path / "x.db").message
    assert f"free in {tmp_path}, the database has 4 KiB" in here
    assert look_at_disk(tmp_path / "not" / "yet", None).message.endswith(f"free in {tmp_path}")


@pytest.mark.parametrize(
    ("free", "state"),
    [(50 * MIB, State.FAILED), (200 * MIB, State.WARNING), (GIB, State.OK), (None, State.OK)],
)
def test_memory_that_is_left(free: int | None, state: State) -> None:
    assert said([judge_memory(free)])["memory"][0] is state


def system(root: Path, *, available: int, limit: str | None = None, used: int = 0, cached: int = 0) -> Path:
    (root / "proc").mkdir()
    (root / "proc" / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable:   {available // 1024} kB\nHugepages: 0\n")
    group = root / "sys" / "fs" / "cgroup"
    group.mkdir(parents=True)
    for name, content in (("max", limit), ("current", used), ("stat", f"anon 5\ninactive_file {cached}\n")):
        if content is not None:
            (group / f"memory.{name}").write_text(f"{content}\n")
    return root


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (None, "4.0 GiB can be had"),
        ("max", "4.0 GiB can be had"),
        (str(300 * MIB), "200 MiB can be had"),
        (str(9 * GIB), "4.0 GiB can be had"),
    ],
)
def test_a_container_may_have_less_than_the_machine(tmp_path: Path, limit: str | None, message: str) -> None:
    root = system(tmp_path, available=4 * GIB, limit=limit, used=150 * MIB, cached=50 * MIB)
    assert look_at_memory(root).message == message


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    assert look_at_memory(tmp_path) == Finding("memory", State.OK, "this system does not tell how much is free")
