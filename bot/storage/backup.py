"""A database as one file: copied page by page while others write (SQLite), or dumped by PostgreSQL's own program. Apart
from `Storage`, which asks for the right to write and brings the layout up to date: a backup wants neither.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from bot.errors import StorageError
from bot.storage.engine import make_engine, parse_url, translated

Progress = Callable[[int, int], None]

_STEP = 2048  # pages copied at once: 8 MB
_INSTALL = "install PostgreSQL's client programs (Debian: apt install postgresql-client)"


def database_file(url: str) -> Path | None:
    """Where an SQLite database lies, whether it is there or not; None for a server. Raises StorageError if the address
    cannot be read."""
    parsed = parse_url(url)
    return Path(str(parsed.database).removeprefix("file:")) if parsed.get_backend_name() == "sqlite" else None


def back_up(url: str, into: Path, progress: Progress = lambda _done, _total: None) -> None:
    """Write all of a database into a file that is empty, as it is at this instant, and check what was written.

    Raises StorageError. `progress` is told (done, total) pages of an SQLite database, and nothing of a dump."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        _copy_pages(parsed, into, progress)
    else:
        _dump(parsed, into)


def _copy_pages(url: URL, into: Path, progress: Progress) -> None:
    engine = make_engine(url)
    try:
        with translated(url), engine.begin() as connection:
            # From here on we see one state: without this, every write of somebody else would begin the copy anew.
            connection.exec_driver_sql("SELECT 1 FROM sqlite_schema LIMIT 1").all()
            source: Any = connection.connection.driver_connection
            with closing(sqlite3.connect(into)) as copy:
                source.backup(copy, pages=_STEP, progress=lambda _, left, total: progress(total - left, total))
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
                fault = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageError(f"the backup could not be written: {error}") from error
    finally:
        engine.dispose()
    if fault != "ok":
        raise StorageError(f"the database {url.database} is damaged ({fault}): keep your older backups")


def _dump(url: URL, into: Path) -> None:
    # The password travels in the environment: everybody on this machine may read a program's arguments.
    environment = {**os.environ, **_environment(url)}
    _run("pg_dump", "--format=custom", "--no-password", f"--file={into}", environment=environment)
    _run("pg_restore", "--list", str(into), environment=dict(os.environ))


def _run(name: str, *words: str, environment: Mapping[str, str]) -> None:
    program = shutil.which(name)
    if program is None:
        raise StorageError(f"a backup of PostgreSQL is made by the program {name}, which is not here: {_INSTALL}")
    done = subprocess.run(  # noqa: S603 - a fixed program and words, no shell
        [program, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    fault = next((line for line in said if "error:" in line), f"{name} ended with {done.returncode}")
    advice = f"; {_INSTALL} of the server's version" if any("version mismatch" in line for line in said) else ""
    password = environment.get("PGPASSWORD")
    raise StorageError((fault.replace(password, "***") if password else fault) + advice)


def _environment(url: URL) -> dict[str, str]:
    """An address as the variables that PostgreSQL's programs read."""
    from psycopg.pq import Conninfo  # only where there is PostgreSQL: loading it costs a tenth of a second

    variables = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    named = {**url.query, **url.translate_connect_args(username="user", database="dbname")}
    parts = {key: ",".join(value) if isinstance(value, tuple) else str(value) for key, value in named.items()}
    return {variables[key]: value for key, value in parts.items() if key in variables}
