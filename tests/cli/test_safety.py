"""The operator's commands for bad days: `backup`, `db copy`, `doctor`."""

import asyncio
import json
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import utc_now
from bot.emulator import Emulator
from bot.storage import Lease, Storage
from tests.cli.conftest import Run
from tests.cli.test_program import on_a_terminal
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

TOKEN = "123456:" + "a" * 35
CHECKS = [
    *("token", "webhook", "clock", "database", "migrations", "instance", "newest-digest"),
    *("digests", "topics", "texts", "disk", "memory"),
]


# backup


def test_a_backup_takes_the_place_of_the_database(archive: Run, home: Path) -> None:
    before = archive("search", "模型", "--json").out
    answer = archive("backup", "b.db")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"b.db: {(home / 'b.db').stat().st_size:,} bytes, checked\n"
    shutil.rmtree(home / "data")
    (home / "data").mkdir()
    (home / "b.db").rename(home / "data" / "digestbot.db")
    assert archive("search", "模型", "--json").out == before


def test_a_backup_is_told_as_json(archive: Run, home: Path) -> None:
    answer = archive("backup", home / "b.db", "--json")
    size = (home / "b.db").stat().st_size
    assert answer.json == [{"file": str(home / "b.db"), "engine": "sqlite", "bytes": size}]
    assert answer.err == ""


def test_a_backup_is_not_written_over_unless_asked(archive: Run, home: Path) -> None:
    (home / "b.db").write_text("precious")
    answer = archive("backup", "b.db")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "digestbot: b.db is there already; name another file, or write over it with --force\n"
    assert (home / "b.db").read_text() == "precious"
    assert archive("backup", "b.db", "--force").code == 0


def test_without_a_database_there_is_no_backup(digestbot: Run, home: Path) -> None:
    answer = digestbot("backup", "b.db")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("digestbot: there is no database data/digestbot.db; check DIGESTBOT_DATABASE_URL")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [(("backup", "b.db"), "bytes, checked"), (("db", "copy", "sqlite:///c.db"), "4 items are indexed")],
)
def test_progress_is_shown_where_a_terminal_looks_on(
    archive: Run, home: Path, words: tuple[str, ...], said: str
) -> None:
    code, shown = on_a_terminal(home, *words, stdout=None)
    assert code == 0
    assert re.search(r"copying .* (\d+)/\1\b", shown)
    assert said in shown


# db copy


def test_the_archive_answers_from_another_server(
    archive: Run, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres_server.create()
    before = archive("search", "模型", "--json").out
    answer = archive("db", "copy", url.replace("postgres@", "postgres:hush@"))
    assert answer.code == 0
    counts = dict(line.split() for line in answer.out.splitlines())
    assert (counts["digest"], counts["item"], counts["delivery"]) == ("2", "4", "0")
    assert "as many in each table as here, and 4 items are indexed; set DIGESTBOT_DATABASE_URL" in answer.err
    assert "hush" not in answer.err
    monkeypatch.setenv("DIGESTBOT_DATABASE_URL", url)
    assert archive("search", "模型", "--json").out == before
    (back,) = archive("db", "copy", "sqlite:///back.db", "--json").json
    assert (back["target"], back["indexed"], back["tables"]["item"]) == ("sqlite:///back.db", 4, 4)
    assert back["rows"] == sum(back["tables"].values())
    postgres_server.drop(url)


def test_a_second_copy_into_the_same_place_is_refused(archive: Run) -> None:
    assert archive("db", "copy", "sqlite:///c.db").code == 0
    answer = archive("db", "copy", "sqlite:///c.db")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("digestbot: sqlite:///c.db is not empty (author ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("sqlite:///data/digestbot.db", "is the database that is to be copied"),
        ("mysql://u:hush@localhost/x", "not supported"),
        ("postgresql://u:hush@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1/x"),
    ],
)
def test_a_target_that_cannot_be_is_one_line_without_the_password(archive: Run, url: str, fault: str) -> None:
    answer = archive("db", "copy", url)
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert fault in answer.err
    assert "hush" not in answer.err


def test_without_a_database_nothing_is_copied(digestbot: Run, home: Path) -> None:
    assert digestbot("db", "copy", "sqlite:///c.db").code == 1
    assert list(home.iterdir()) == []


def test_a_bot_that_works_meanwhile_is_told_of(archive: Run) -> None:
    now = utc_now()
    lease = Lease("deliver:0", "me", socket.gethostname(), os.getpid(), now, now + timedelta(minutes=1))
    with Storage.open("sqlite:///data/digestbot.db") as storage, storage.writing() as tx:
        tx.leases.acquire(lease, now=now, alive=lambda _: True)
    answer = archive("db", "copy", "sqlite:///c.db")
    assert answer.code == 0
    assert f"process {os.getpid()} on {socket.gethostname()} (deliver) works on this database; what it" in answer.err


# doctor


@pytest.fixture
async def emulator(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Emulator]:
    async with Emulator() as made:
        monkeypatch.setenv("DIGESTBOT_API_BASE_URL", made.url)
        monkeypatch.setenv("DIGESTBOT_TOKEN", made.token)
        yield made


async def test_where_all_is_well_every_check_says_so(
    emulator: Emulator, archive: Run, digests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGESTBOT_DIGESTS", str(digests))
    answer = await asyncio.to_thread(archive, "doctor", "--json")
    assert [line["check"] for line in answer.json] == CHECKS
    bad = {line["check"] for line in answer.json if line["state"] != "ok"}
    assert bad == {"newest-digest"}  # the archive of these tests is of last year
    assert {tuple(line) for line in answer.json} == {("check", "state", "message", "fix")}
    assert (answer.code, answer.err) == (0, "")
    assert emulator.token not in answer.out
    lines = (await asyncio.to_thread(archive, "doctor")).out.splitlines()
    assert [line.split()[1] for line in lines] == CHECKS
    assert lines[0] == f"ok       token          @digest_demo_bot is known at {emulator.url}"


def test_what_fails_is_named_with_a_way_out(archive: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_TOKEN", TOKEN)
    monkeypatch.setenv("DIGESTBOT_API_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DIGESTBOT_DIGESTS", f"nowhere git+file:///{TOKEN}/none")
    (home / "data" / "topics.toml").write_text("[[topic]\n")
    (home / "data" / "texts.toml").write_text('[en]\n"item.unheard" = "x"\n')
    answer = archive("doctor", "--json")
    assert answer.code == 1
    failed = [line for line in answer.json if line["state"] == "failed"]
    assert [line["check"] for line in failed] == ["token", "digests", "digests", "topics", "texts"]
    assert all(line["fix"] for line in failed)
    assert "data/topics.toml" in failed[3]["message"]
    assert failed[4]["message"].endswith("[en] item.unheard: there is no such text")
    assert TOKEN not in answer.out + answer.err
    text = archive("doctor")
    assert text.code == 1
    assert "failed   token          http://127.0.0.1:1 cannot be reached: Connection refused - check" in text.out
    assert TOKEN not in text.out + text.err


def test_a_new_installation_is_told_what_is_missing_and_nothing_is_made(digestbot: Run, home: Path) -> None:
    answer = digestbot("doctor", "--json")
    states = {line["check"]: line["state"] for line in answer.json}
    assert answer.code == 1
    assert (states["token"], states["digests"], states["database"]) == ("failed", "failed", "ok")
    assert list(home.iterdir()) == []


def test_a_wrong_setting_is_the_first_thing_to_mend(digestbot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_TOKEN", "nonsense")
    answer = digestbot("doctor")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("digestbot: DIGESTBOT_TOKEN: ")


async def test_a_webhook_that_is_wanted_is_looked_for(
    emulator: Emulator, archive: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGESTBOT_WEBHOOK_URL", "https://bot.example.org/telegram")
    answer = await asyncio.to_thread(archive, "doctor", "--json")
    found = {line["check"]: line for line in answer.json}["webhook"]
    assert (found["state"], found["message"]) == ("warning", "none is set; 0 updates wait")
    assert json.dumps(found).count("DIGESTBOT_WEBHOOK_URL") == 1
