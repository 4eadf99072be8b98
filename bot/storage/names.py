"""Names that many items share, kept once: authors with their handles, publishers' categories. Reading and finding them
by part, in any case and script, costs the number of names and not of items.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, or_, select, text

from bot.core.authors import person_key
from bot.core.folding import fold, squash
from bot.core.links import handle_of
from bot.core.model import Item
from bot.storage.statements import clean, insert, like, on_postgres
from bot.storage.tables import AUTHOR, CATEGORY

AuthorKey = tuple[str, str]

# Pairs as one parameter, joined to the index: SQLite reads the whole table for `(name, handle) IN (…)`, and tries every
# name with every handle for two lists.
_LOOK_UP_SQLITE = text(
    "SELECT a.id, a.name, a.handle FROM json_each(:keys) AS k CROSS JOIN author AS a "
    "ON a.name = json_extract(k.value, '$[0]') AND a.handle = json_extract(k.value, '$[1]')"
)
_LOOK_UP_POSTGRES = text(
    "SELECT a.id, a.name, a.handle FROM json_array_elements(CAST(:keys AS json)) AS k "
    "JOIN author AS a ON a.name = k ->> 0 AND a.handle = k ->> 1"
)


def folded(name: str) -> str:
    """A name as it is compared: without case, width, script, blanks and punctuation (unless nothing else is in it)."""
    return squash(clean(name)) or fold(clean(name))


def author_key(item: Item) -> AuthorKey:
    """Shown name and lower-case handle of an item's author; empty where unknown."""
    return clean(item.author or ""), (handle_of(item.url) or "") if item.url else ""


class Names:
    """The ids of names, made where they are new and looked up once a transaction: the digests of a batch share most of
    theirs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._authors: dict[AuthorKey, int] = {}
        self._categories: dict[str, int] = {}

    def author_ids(self, keys: Iterable[AuthorKey]) -> Mapping[AuthorKey, int]:
        """The ids of these authors, perhaps among others. Nobody, ("", ""), has none."""
        unknown = set(keys) - self._authors.keys() - {("", "")}
        if not unknown:
            return self._authors
        self._authors |= _authors(self._connection, unknown)
        missing = sorted(unknown - self._authors.keys())
        if missing:
            rows = [
                {"name": name, "folded": person_key(name), "handle": handle, "folded_handle": squash(handle)}
                for name, handle in missing
            ]
            self._connection.execute(insert(self._connection, AUTHOR).on_conflict_do_nothing(), rows)
            self._authors |= _authors(self._connection, missing)
        return self._authors

    def category_ids(self, names: Iterable[str]) -> Mapping[str, int]:
        """The ids of these categories as written, perhaps among others."""
        unknown = [name for name in dict.fromkeys(map(clean, names)) if name not in self._categories]
        if not unknown:
            return self._categories
        self._categories |= _categories(self._connection, unknown)
        missing = [name for name in unknown if name not in self._categories]
        if missing:
            rows: list[dict[str, Any]] = [{"name": name, "folded": folded(name)} for name in missing]
            self._connection.execute(insert(self._connection, CATEGORY).on_conflict_do_nothing(), rows)
            self._categories |= _categories(self._connection, missing)
        return self._categories


def _authors(connection: Connection, keys: Collection[AuthorKey]) -> dict[AuthorKey, int]:
    look_up = _LOOK_UP_POSTGRES if on_postgres(connection) else _LOOK_UP_SQLITE
    found = connection.execute(look_up, {"keys": json.dumps(sorted(keys))})
    return {(row.name, row.handle): row.id for row in found}


def _categories(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    query = select(CATEGORY.c.name, CATEGORY.c.id).where(CATEGORY.c.name.in_(names))
    return {row.name: row.id for row in connection.execute(query)}


def author_ids(connection: Connection, names: Sequence[str]) -> list[int]:
    """The ids of the authors that `authors_like` tells; written out, for search asks it before anything else."""
    parts = [(part, name) for name in names if (part := person_key(clean(name)))]
    if not parts:
        return []
    conditions, values = zip(*(_like_written(part, name) for part, name in parts), strict=True)
    statement = f"SELECT id FROM author WHERE {' OR '.join(conditions)}"  # noqa: S608 - our own words
    if on_postgres(connection):
        statement = statement.replace("?", "%s")
    return list(connection.exec_driver_sql(statement, tuple(chain.from_iterable(values))).scalars())


def _like_written(part: str, name: str) -> tuple[str, tuple[str, ...]]:
    if _is_handle(name):
        return "folded_handle = ?", (part,)
    return r"folded LIKE ? ESCAPE '\' OR folded_handle LIKE ? ESCAPE '\'", (like(part), like(part))


def authors_like(names: Sequence[str]) -> ColumnElement[bool]:
    """Which rows of `author` a reader means: `@handle` exactly, else a part of the shown name or of the handle."""
    return or_(*(_author_like(name) for name in names))


def _author_like(name: str) -> ColumnElement[bool]:
    # The same decision as bot.core.matching.author_found.
    part = person_key(clean(name))
    if not part:
        return false()
    if _is_handle(name):
        return AUTHOR.c.folded_handle == part
    return or_(AUTHOR.c.folded.like(like(part), escape="\\"), AUTHOR.c.folded_handle.like(like(part), escape="\\"))


def _is_handle(name: str) -> bool:
    return name.strip().startswith(("@", "＠"))
