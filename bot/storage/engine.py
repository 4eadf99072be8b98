"""The two engines and how each must be opened; what a driver complains of becomes one line for an operator here.
Apart because every other module can then forget which engine it speaks to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import StorageError

BUSY_MILLISECONDS = 5000
"""How long SQLite waits for another process to finish writing."""

WRITES = "digestbot_writes"
"""The execution option that asks for SQLite's write lock at the start instead of at the first change."""

_CONNECT_SECONDS = 10
_CHECKPOINT_PAGES = 4000  # 16 MB of log
_POOL_SIZE = 8
_POOL_OVERFLOW = 24
_EXAMPLES = "write it as sqlite:///data/digestbot.db or postgresql://user:password@host/name"


def parse_url(text: str) -> URL:
    """The database an address means; raises StorageError that never repeats the address, which may hold a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StorageError(f"the database address cannot be read: {_EXAMPLES}") from None
    backend = url.drivername.split("+")[0]
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StorageError(f"a database of the kind {backend!r} is not supported: {_EXAMPLES}")
    if url.database in {None, "", ":memory:"}:
        raise StorageError(f"the database address names no file: {_EXAMPLES}")
    return url.set(drivername="sqlite")


def make_engine(url: URL) -> Engine:
    """An engine for `url`, not yet connected; raises StorageError if the folder of an SQLite file cannot be made."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_pre_ping=True,
        hide_parameters=True,
        # A generic plan knows nothing of how rare a search word is: measured 50 to 4000 times slower.
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "options": "-c plan_cache_mode=force_custom_plan -c jit=off",
        },
    )


def _sqlite(url: URL) -> Engine:
    folder = Path(str(url.database).removeprefix("file:")).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"the folder {folder} of the database cannot be made: {error.strerror}") from error
    engine = create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        hide_parameters=True,
        connect_args={
            "check_same_thread": False,  # a connection is used by one thread at a time, but not always by the same
            "isolation_level": None,  # the driver's own BEGIN comes too late and loses updates
            "timeout": BUSY_MILLISECONDS / 1000,
        },
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Every checkpoint writes the busiest pages again: four times fewer than by default save a quarter of a large load.
    cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    # A small cache: every connection of the pool keeps its own, and the system holds the file anyway.
    cursor.execute("PRAGMA cache_size=-4000")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """What the driver raises inside becomes a StorageError of one clear line."""
    try:
        yield
    except DBAPIError as error:
        raise StorageError(describe(url, str(error.orig))) from error
    except PoolTimeoutError as error:
        raise StorageError("the database is overloaded: no connection became free in time") from error
    except SQLAlchemyError as error:
        raise StorageError(f"the database failed: {_first_line(str(error))}") from error


def describe(url: URL, complaint: str) -> str:
    """One line for an operator: which database, what is wrong, what to do. Never holds a password."""
    line = _first_line(complaint)
    if url.get_backend_name() != "sqlite":
        return f"PostgreSQL at {_server(url)}: {line}"
    for sign, advice in _SQLITE_ADVICE.items():
        if sign in line:
            return f"the database {url.database} {advice}"
    return f"the database {url.database} failed: {line}"


_SQLITE_ADVICE = {
    "unable to open": "cannot be opened: check that its folder exists and that this user may write there",
    "readonly": "is read-only: give this user the right to write the file and its folder",
    "locked": "is locked by another program: end that program or try again",
    "not a database": "is not an SQLite database: choose another file",
    "malformed": "is damaged: restore a backup",
    "is full": "cannot grow: the disk is full",
    "disk I/O error": "cannot be read or written: the disk or the file system reports an error",
}


def _server(url: URL) -> str:
    return f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database or ''}"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
