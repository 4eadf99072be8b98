"""Every test of storage that asks for `storage` runs twice: on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core.model import ChatKind, Language, Place, Preferences, Subscriber
from bot.storage import PutResult, Storage
from bot.storage.columns import Row
from tests.postgres import PostgresServer, postgres_server
from tests.storage.digests import digest, hash_of

__all__ = ["postgres_server"]

NOW = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    """A database at the newest layout, to copy from."""
    url = postgres_server.create()
    with Storage.open(url) as storage:
        storage.upgrade()
    yield url
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file at the newest layout, to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    with Storage.open(f"sqlite:///{path}") as storage:
        storage.upgrade()
    return path


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """One open database for a test module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("storage") / "test.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        with Storage.open(f"sqlite:///{path}") as storage:
            yield storage
        return
    template = request.getfixturevalue("postgres_template")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create(template=template)
    with Storage.open(url) as storage:
        yield storage
    server.drop(url)


@pytest.fixture
def storage(module_storage: Storage) -> Storage:
    """An empty database at the newest layout."""
    empty(module_storage)
    return module_storage


def empty(storage: Storage) -> None:
    """Delete every row."""
    with storage.writing() as tx:
        connection = tx._connection  # the only place that wipes a database; no business of the product
        names = [table.name for table in Row.metadata.sorted_tables]
        if storage.engine_name == "postgresql":
            connection.execute(text(f"TRUNCATE {', '.join(names)}, item_fts RESTART IDENTITY CASCADE"))
        else:
            for name in ["item_fts", *reversed(names)]:
                connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - our own tables
            connection.execute(text("DELETE FROM sqlite_sequence"))


@pytest.fixture
def put(storage: Storage) -> Callable[..., PutResult]:
    """Store a digest made by `digest(…)` in a transaction of its own."""

    def _put(*arguments: object, **named: object) -> PutResult:
        made = digest(*arguments, **named)  # type: ignore[arg-type] # handed on as they come
        with storage.writing() as tx:
            return tx.digests.put(made, content_hash=hash_of(made), source="folder:x.md", now=NOW)

    return _put


@pytest.fixture
def join(storage: Storage) -> Callable[..., Subscriber]:
    """Subscribe a private chat."""

    def _join(chat_id: int, thread_id: int | None = None, preferences: Preferences = Preferences()) -> Subscriber:
        kind = ChatKind.PRIVATE if chat_id > 0 else ChatKind.SUPERGROUP
        with storage.writing() as tx:
            return tx.subscribers.ensure(
                Place(chat_id, thread_id),
                kind=kind,
                title=f"chat {chat_id}",
                language=Language.EN,
                now=NOW,
                preferences=preferences,
            )[0]

    return _join
