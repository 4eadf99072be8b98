"""A backup that is whole or not there at all: written beside its place, checked, then put there at once."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DigestbotError
from bot.storage.backup import back_up, database_file


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: `engine` is `sqlite` (the file is a database) or `postgresql` (a dump for pg_restore)."""

    file: Path
    engine: str
    bytes: int


def make_backup(
    url: str, file: Path, *, overwrite: bool, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Backup:
    """Back up the database at `url` into `file`, which only its owner may read: it holds who reads what.

    Raises DigestbotError; then `file` is as it was, and nothing lies beside it."""
    database = database_file(url)
    if database is not None and not database.is_file():
        raise DigestbotError(f"there is no database {database}; check DIGESTBOT_DATABASE_URL and DIGESTBOT_DATA_DIR")
    _refuse(file, database, overwrite=overwrite)
    with _beside(file) as draft:
        back_up(url, draft, progress)
        _refuse(file, database, overwrite=overwrite)  # somebody else may have been quicker
        with draft.open("rb+") as written:
            os.fsync(written.fileno())
        draft.replace(file)
    return Backup(file, "postgresql" if database is None else "sqlite", file.stat().st_size)


def _refuse(file: Path, database: Path | None, *, overwrite: bool) -> None:
    if file.is_dir():
        raise DigestbotError(f"{file} is a folder; name a file in it")
    if database is not None and file.exists() and file.samefile(database):
        raise DigestbotError(f"{file} is the database itself; name another file")
    if os.path.lexists(file) and not overwrite:
        raise DigestbotError(f"{file} is there already; name another file, or write over it with --force")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """An empty file in the same folder, gone at the end unless it was renamed."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        raise DigestbotError(f"nothing can be written in the folder {file.parent}: {error.strerror}") from error
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        for left in (draft, Path(f"{name}-journal")):
            with suppress(FileNotFoundError):
                left.unlink()
