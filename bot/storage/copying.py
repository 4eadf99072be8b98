"""Whole tables, row by row: what a move to another database reads and writes. Apart from the repositories because it
knows neither digests nor readers, only what all tables have in common: a table added to the registry is copied too.

The search index is made anew by each engine. Leases belong to processes that work on the old database.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import JSON, Connection, Select, Table, func, insert, select, text

from bot.errors import StorageError
from bot.storage import schedule_tables, subscriber_tables
from bot.storage.columns import Row
from bot.storage.engine import describe
from bot.storage.meta import REINDEXED, TOKENIZER_VERSION, Meta
from bot.storage.statements import on_postgres
from bot.storage.tables import LEASE, META

LEFT_BEHIND: Final = frozenset({LEASE.name})
"""Tables of ours that are not copied."""

REBUILT: Final = frozenset({"item_fts"})
"""What lies beside our tables and is made anew from them."""

_INDEX_FACTS = (TOKENIZER_VERSION, REINDEXED)  # of the meta table: about the index of this one database
_BATCH = 500

Columns = Mapping[str, Any]


def copied_tables() -> tuple[Table, ...]:
    """Every table that a copy holds, those that others point to first."""
    # All modules are loaded: the registry is complete.
    assert subscriber_tables.SUBSCRIBER.metadata is schedule_tables.AGENDA.metadata is Row.metadata  # noqa: S101
    return tuple(table for table in Row.metadata.sorted_tables if table.name not in LEFT_BEHIND)


class Copying:
    """One side of a move: the database that is read, or the one that is written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def freeze(self) -> None:
        """See one and the same state until the end of the transaction, whoever writes meanwhile. Comes first in it; an
        SQLite transaction is like that anyway."""
        if on_postgres(self._connection):
            self._connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))

    def reserve(self) -> None:
        """Let nobody else write until the end of the transaction, and forget how far a rebuilding of the index had
        come."""
        if on_postgres(self._connection):
            names = ", ".join(table.name for table in copied_tables())
            self._connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
        Meta(self._connection).remove(REINDEXED)

    def counts(self) -> dict[str, int]:
        """How many rows of each table belong to a copy, in the order in which they are copied."""
        return {
            table.name: self._connection.execute(
                select(func.count()).select_from(_rows_of(table).subquery())
            ).scalar_one()
            for table in copied_tables()
        }

    def read(self, name: str) -> Iterator[Sequence[Columns]]:
        """The rows of a table in batches, however many there are, by key."""
        table = Row.metadata.tables[name]
        query = _rows_of(table).order_by(*table.primary_key)
        result = self._connection.execute(query, execution_options={"stream_results": True, "yield_per": _BATCH})
        for rows in result.mappings().partitions():
            yield [dict(row) for row in rows]

    def write(self, name: str, rows: Sequence[Columns]) -> None:
        """Add rows as `read` gives them. Raises StorageError if one cannot be added."""
        table = Row.metadata.tables[name]
        if on_postgres(self._connection):
            self._load(table, rows)
        else:
            self._connection.execute(insert(table), rows)

    def numbering(self) -> dict[str, int]:
        """The highest number that each table which numbers its rows has given, to rows long deleted too."""
        return {table.name: max(self._highest(table), self._given(table)) for table in _counted_tables()}

    def number_after(self, given: Mapping[str, int]) -> None:
        """Give the next rows higher numbers than those."""
        for table in _counted_tables():
            last = given[table.name]
            if on_postgres(self._connection):
                statement = "SELECT setval(pg_get_serial_sequence(:name, 'id'), greatest(:last, 1), :last > 0)"
                self._connection.execute(text(statement), {"name": table.name, "last": last})
            elif table.dialect_options["sqlite"]["autoincrement"]:
                self._connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
                statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"
                self._connection.execute(text(statement), {"name": table.name, "last": last})

    def _highest(self, table: Table) -> int:
        return self._connection.execute(select(func.max(table.c.id))).scalar() or 0

    def _given(self, table: Table) -> int:
        if not on_postgres(self._connection):
            query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
            return self._connection.execute(query, {"name": table.name}).scalar() or 0
        named = text("SELECT pg_get_serial_sequence(:name, 'id')")
        sequence = self._connection.execute(named, {"name": table.name}).scalar_one()
        query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608 - the server's own name
        return int(self._connection.execute(query).scalar_one())

    def _load(self, table: Table, rows: Sequence[Columns]) -> None:
        """By COPY, which takes a fifth of the time of an INSERT."""
        columns = [(column.name, isinstance(column.type, JSON)) for column in table.columns]
        statement = f"COPY {table.name} ({', '.join(name for name, _ in columns)}) FROM STDIN"
        cursor = self._connection.connection.cursor()
        try:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row([_as_text(row[name], is_json=is_json) for name, is_json in columns])
        except self._connection.dialect.loaded_dbapi.Error as error:
            raise StorageError(describe(self._connection.engine.url, str(error))) from error
        finally:
            cursor.close()


def _rows_of(table: Table) -> Select[Any]:
    query = select(table)
    return query.where(META.c.key.not_in(_INDEX_FACTS)) if table is META else query


def _counted_tables() -> list[Table]:
    """Those whose rows the database numbers by itself."""
    return [table for table in copied_tables() if "id" in table.c and table.c.id.autoincrement is True]


def _as_text(value: Any, *, is_json: bool) -> Any:
    if is_json:
        return json.dumps(value)
    # The one character that SQLite stores and PostgreSQL refuses.
    return value.replace("\0", "") if isinstance(value, str) else value
