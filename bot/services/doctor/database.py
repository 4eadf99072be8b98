"""The database as the doctor finds it: reachable, writable, of this version, in whose hands, and how fresh."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.errors import StorageError
from bot.services.doctor.finding import Finding, failed, ok, unknown, warning
from bot.services.holders import described, holders_of
from bot.services.status import OVERDUE, USUAL_HOURS
from bot.storage import Storage
from bot.storage.backup import database_file

DATABASE, MIGRATIONS, INSTANCE, NEWEST = "database", "migrations", "instance", "newest-digest"

_ELSEWHERE = "mend that, or set DIGESTBOT_DATABASE_URL to another database"


@dataclass(frozen=True, slots=True)
class Us:
    """Who looks: this host, the mark that stands for our token in the names of leases (None: no token), and when."""

    host: str
    mark: str | None
    now: datetime


def look_at_database(url: str, us: Us) -> Iterator[Finding]:
    """Changes nothing, and makes no database where there is none."""
    try:
        file = database_file(url)
        if file is not None and not file.exists():
            yield from _new(file)
            return
        storage = Storage.open(url)
    except StorageError as error:
        yield failed(DATABASE, str(error), fix=_ELSEWHERE)
        yield from (unknown(check, "the database cannot be opened") for check in (MIGRATIONS, INSTANCE, NEWEST))
        return
    with storage:
        yield _writable(storage)
        yield _migrations(storage)
        if storage.up_to_date:
            yield _instance(storage, us)
            yield _newest(storage, us.now)
        else:
            yield from (unknown(check, "the layout is an older one") for check in (INSTANCE, NEWEST))


def _new(file: Path) -> Iterator[Finding]:
    folder = next(path for path in (file.absolute().parents) if path.exists())
    if _may_write(folder):
        yield ok(DATABASE, f"{file} is not there yet; the first start makes it")
    else:
        yield failed(
            DATABASE,
            f"{file} is not there, and {folder} cannot be written",
            fix="give this user the right to write there, or set DIGESTBOT_DATA_DIR",
        )
    yield from (unknown(check, "there is no database yet") for check in (MIGRATIONS, INSTANCE, NEWEST))


def _may_write(folder: Path) -> bool:
    """Tried, for rights alone do not tell of a file system that is read-only."""
    probe = folder / f".digestbot-doctor-{id(folder)}"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError:
        return False
    return True


class _UndoneError(Exception):
    """Leaves a transaction without a trace."""


def _writable(storage: Storage) -> Finding:
    """A row is written and taken back: a standby server opens a transaction like any other."""
    try:
        if storage.up_to_date:
            with storage.writing() as tx:
                tx.meta.put("doctor", "")
                raise _UndoneError
    except _UndoneError:
        pass
    except StorageError as error:
        fix = "give this user the right to write, or name the server that takes writes in DIGESTBOT_DATABASE_URL"
        return failed(DATABASE, f"it can be read but not written: {error}", fix=fix)
    return ok(DATABASE, f"{storage.address} can be read and written")


def _migrations(storage: Storage) -> Finding:
    if not storage.up_to_date:
        fix = "run `digestbot db upgrade`, after `digestbot backup FILE`"
        return warning(MIGRATIONS, "the layout is of an older digestbot; the next start brings it up to date", fix=fix)
    with storage.reading() as tx:
        outdated = tx.search.outdated()
    if outdated:
        fix = "run `digestbot db upgrade`, or leave it to `digestbot run`"
        return warning(MIGRATIONS, "the search index is of an older digestbot", fix=fix)
    return ok(MIGRATIONS, "the layout and the search index are this program's")


def _instance(storage: Storage, us: Us) -> Finding:
    holders = holders_of(storage, host=us.host, now=us.now)
    strangers = tuple(
        lease for lease in holders.living if us.mark is not None and lease.name.partition(":")[2] != us.mark
    )
    if strangers:
        fix = "end it, or give this bot a database of its own in DIGESTBOT_DATABASE_URL"
        return failed(INSTANCE, f"{described(strangers)} works on this database with another token", fix=fix)
    if holders.living:
        return ok(INSTANCE, f"{described(holders.living)} works on this database; another one would be turned away")
    if holders.dead:
        fix = "see in its log why; nothing needs to be cleared, the next start takes over"
        return warning(INSTANCE, f"{described(holders.dead)} ended without a goodbye", fix=fix)
    return ok(INSTANCE, "no digestbot works on this database")


def _newest(storage: Storage, now: datetime) -> Finding:
    with storage.reading() as tx:
        last = tx.digests.last()
    if last is None:
        return warning(
            NEWEST, "no digest is stored", fix="start `digestbot run`, or store some: `digestbot ingest PATH`"
        )
    digest = last.digest
    age = now - digest.slot
    shown = f"of {digest.slot:%Y-%m-%d %H:%M %z}, {_in_words(age)}"
    if age > timedelta(hours=digest.window_hours or USUAL_HOURS) + OVERDUE:
        fix = "see whether the publisher still writes, and with `digestbot stats` whether a file was refused"
        return warning(NEWEST, f"{shown}; a newer one is overdue", fix=fix)
    return ok(NEWEST, shown)


def _in_words(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    if hours < 0:
        return "which is yet to come"
    return f"{hours} hours old" if hours < 48 else f"{hours // 24} days old"
