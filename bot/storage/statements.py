"""Small things every repository needs to speak SQL the same way on both engines: inserts that tolerate what is there,
lists in bounded pieces, text that any engine can hold, and the time encoded in ids.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import JSON, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

CHUNK = 500
"""How many values one `IN (…)` holds."""

_ITEM_BITS = 20
_LAST_ITEM = (1 << _ITEM_BITS) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def insert(connection: Connection, table: Table) -> Any:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, which both engines spell alike."""
    return (postgresql.insert if on_postgres(connection) else sqlite.insert)(table)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT rows in the driver's own way, which costs a third: SQLAlchemy looks at every value of every row. All have
    the same columns in the same order, and values that both drivers take as they are (no instants)."""
    if not rows:
        return
    names = list(rows[0])
    mark = "%s" if on_postgres(connection) else "?"
    places = [place for place, name in enumerate(names) if isinstance(table.c[name].type, JSON)]
    values = [list(row.values()) for row in rows]
    for row in values:
        for place in places:
            row[place] = json.dumps(row[place]) if row[place] else "[]"
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"  # noqa: S608 - our own names
    connection.exec_driver_sql(statement, [tuple(row) for row in values])


def inserted(connection: Connection, statement: Any) -> bool:
    """Run an INSERT that does nothing on a conflict; whether it inserted a row."""
    # psycopg's count of an INSERT is gone once the cursor is closed, unless it is asked for before.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount > 0


def on_postgres(connection: Connection) -> bool:
    """Whether this connection leads to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def filled(sql: str, **parts: str) -> str:
    """A statement with each `{name}` replaced by a part: our own words, never a reader's, which are parameters."""
    for name, part in parts.items():
        sql = sql.replace(f"{{{name}}}", part)
    return sql


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in pieces of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def packed(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values of any iterable in pieces of at most `size`, each read only when it is wanted."""
    source = iter(values)
    while piece := list(islice(source, size)):
        yield piece


def clean(text: str) -> str:
    """Text without what an engine cannot store: NUL (PostgreSQL) and lone surrogates (both)."""
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def like(part: str) -> str:
    r"""A LIKE pattern for text that contains `part`, with `\` as the escape character."""
    escaped = part.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def digest_id_at(instant: datetime) -> int:
    """The id of the digest whose slot is `instant`: its minutes since 1970."""
    return (instant - _EPOCH) // _MINUTE


def digest_id_from(instant: datetime) -> int:
    """The least id of a digest whose slot is not earlier than `instant`: slots are whole minutes."""
    return digest_id_at(instant) + (1 if instant.second or instant.microsecond else 0)


def slot_of(digest_id: int, offset_minutes: int) -> datetime:
    """The slot an id stands for, in the offset (minutes east of UTC) its publisher wrote it in."""
    return (_EPOCH + digest_id * _MINUTE).astimezone(timezone(timedelta(minutes=offset_minutes)))


def in_offset(instant: datetime, offset_minutes: int) -> datetime:
    """The same instant, shown in an offset of so many minutes east of UTC."""
    return instant.astimezone(timezone(timedelta(minutes=offset_minutes)))


def offset_of(instant: datetime) -> int:
    """The offset of an aware datetime in minutes east of UTC."""
    return (instant.utcoffset() or timedelta()) // _MINUTE


def item_id(digest_id: int, sequence: int) -> int:
    """The id of the digest's item number `sequence` in order of insertion, from 0: ids count down within a digest."""
    return (digest_id << _ITEM_BITS) + _LAST_ITEM - sequence


def sequence_of(item: int) -> int:
    """Where in order of insertion an item came within its digest, from 0."""
    return _LAST_ITEM - (item & _LAST_ITEM)


def digest_of(item: int) -> int:
    """The id of the digest an item belongs to."""
    return item >> _ITEM_BITS


def digest_of_key(key: str) -> str:
    """The same in SQL, for the name of a column."""
    return f"({key} >> {_ITEM_BITS})"


def first_item_id(digest_id: int) -> int:
    """The least id that an item of this digest (or a later one) can have."""
    return digest_id << _ITEM_BITS
