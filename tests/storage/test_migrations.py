"""The layout: the same from whichever version it came, and the same as the tables say."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import bot.storage
from bot.storage import Storage, schema
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


def test_an_empty_database_becomes_exactly_the_tables(blank: str) -> None:
    with Storage.open(blank) as storage:
        assert not storage.up_to_date
        assert storage.upgrade()
        assert storage.up_to_date
        with storage._connected(writing=False) as connection:
            assert schema.drift(connection) == []


@pytest.mark.parametrize("version", schema.REVISIONS[:-1])
def test_an_older_database_becomes_exactly_the_tables(blank: str, version: str) -> None:
    with Storage.open(blank) as storage:
        with storage._connected(writing=True) as connection:
            schema.upgrade(connection, to=version)
            assert schema.current_revision(connection) == version
        assert storage.upgrade()
        with storage._connected(writing=False) as connection:
            assert schema.drift(connection) == []


def test_upgrading_again_does_nothing(blank: str) -> None:
    with Storage.open(blank) as storage:
        storage.upgrade()
        assert not storage.upgrade()


def test_two_programs_that_upgrade_at_once_do_not_meet(blank: str) -> None:
    outcomes: list[bool] = []

    def start() -> None:
        with Storage.open(blank) as storage:
            outcomes.append(storage.upgrade())

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 1
    assert len(outcomes) == 2


def test_the_program_knows_every_revision_there_is() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.storage.__file__).parent / "migrations"))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert tuple(script.revision for script in reversed(scripts)) == schema.REVISIONS


def test_a_new_database_has_a_current_index(blank: str) -> None:
    with Storage.open(blank) as storage:
        storage.upgrade()
        with storage.reading() as tx:
            assert not tx.search.outdated()


def test_upgrading_says_nothing(
    blank: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with Storage.open(blank) as storage:
        storage.upgrade()
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelname != "INFO"] == []
