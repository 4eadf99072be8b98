"""The version of the database's layout: what it is, whether this program knows it, and how it gets to the newest.
Apart from the migrations so that a database already up to date starts without loading Alembic.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from bot.errors import StorageError

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Every revision this program knows, oldest first; a test holds it to the scripts in `migrations/versions`."""

VERSION_TABLE = "schema_version"

_SEARCH_TABLE = "item_fts"

_LOCK_KEY = 0x64696765_73746231  # "digestb1": keeps two processes from migrating one PostgreSQL database at once


def current_revision(connection: Connection) -> str | None:
    """The revision of the database, None for an empty one. Raises StorageError if a newer program wrote it."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    if revision is not None and revision not in REVISIONS:
        raise StorageError(
            f"the database was written by a newer digestbot (layout {revision}, this program knows {REVISIONS[-1]}): "
            "install the newer program or restore a backup"
        )
    return revision


def upgrade(connection: Connection, *, to: str = REVISIONS[-1]) -> bool:
    """Bring the database to revision `to` inside the caller's transaction; whether anything had to be done.

    The caller holds SQLite's write lock; on PostgreSQL an advisory lock does the same. A second process that waited
    finds nothing left to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    if current_revision(connection) == to:
        return False
    # Loaded late: Alembic costs a fifth of a second that most starts do not need.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    return True


def drift(connection: Connection) -> list[Any]:
    """How the database differs from the tables as they are written down: nothing, if the migrations are complete."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from bot.storage.schedule_tables import AGENDA
    from bot.storage.subscriber_tables import DELIVERY
    from bot.storage.tables import DIGEST

    # All modules are loaded: the metadata is complete.
    assert DIGEST.metadata is DELIVERY.metadata is AGENDA.metadata  # noqa: S101
    options = {"version_table": VERSION_TABLE, "include_object": include_object}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), DIGEST.metadata)
    return found


def include_object(_object: object, name: str | None, _type: str, *_: Any) -> bool:
    """Leave the search index alone: it is made by hand, and FTS5 keeps its own tables beside it."""
    return not (name or "").startswith(_SEARCH_TABLE)
