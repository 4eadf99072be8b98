"""A large archive written table by table instead of digest by digest, and a larger one made of copies of it that lie
ever further back in time: a million items are there to be searched, not to measure how they are stored.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select, text

from bot.core.model import Digest, Item
from bot.storage import Storage, rows
from bot.storage.names import Names, author_key
from bot.storage.search import Search
from bot.storage.statements import digest_id_at, first_item_id, item_id, offset_of
from bot.storage.tables import DIGEST, DIGEST_CATEGORY, ITEM, ITEM_TOPIC

_BATCH = 200  # digests of a transaction
_EVERY = 240  # minutes between two digests
_WITHOUT_INDEX = ("DROP INDEX item_fts_t", "ALTER TABLE item_fts DROP CONSTRAINT item_fts_id_fkey")
_WITH_INDEX = (
    "SET maintenance_work_mem = '1GB'",
    "CREATE INDEX item_fts_t ON item_fts USING gin (t)",
    "ALTER TABLE item_fts ADD CONSTRAINT item_fts_id_fkey FOREIGN KEY (id) REFERENCES item (id) ON DELETE CASCADE",
    "RESET maintenance_work_mem",
)


def write(storage: Storage, digests: Iterable[Digest], *, now: datetime) -> None:
    """Store digests of rising slots in an empty archive, and let the engine take stock."""
    _run(storage, _WITHOUT_INDEX)
    waiting = iter(digests)
    while batch := list(islice(waiting, _BATCH)):
        with storage.writing() as tx:
            _write(tx._connection, batch, now)
    _run(storage, _WITH_INDEX)
    storage.optimise()


_ITEM = "position, number, title, author, author_id, url, canonical_url, host, body, spans, fingerprint, removed"
_COPY = f"""
INSERT INTO item (id, digest_id, {_ITEM})
SELECT id - :items, digest_id - :digests, {_ITEM} FROM item WHERE id >= :first ORDER BY id;
INSERT INTO item_topic (item_id, topic, rank)
SELECT item_id - :items, topic, rank FROM item_topic WHERE item_id >= :first ORDER BY item_id;
INSERT INTO digest_category (digest_id, position, category_id)
SELECT digest_id - :digests, position, category_id FROM digest_category WHERE digest_id >= :oldest
"""  # noqa: S608 - our own names
_COPY_INDEX = {
    "sqlite": "INSERT INTO item_fts (rowid, title, body) SELECT rowid - :items, title, body FROM item_fts "
    "WHERE rowid >= :first ORDER BY rowid",
    "postgresql": "INSERT INTO item_fts (id, t) SELECT id - :items, t FROM item_fts WHERE id >= :first ORDER BY id",
}


def repeat(storage: Storage, copies: int) -> None:
    """Add so many copies of the whole archive, each before all that is there; every word becomes as many times as
    frequent as the archive becomes larger."""
    with storage.reading() as tx:
        digests = [dict(row) for row in tx._connection.execute(select(DIGEST)).mappings()]
    oldest, newest = min(row["id"] for row in digests), max(row["id"] for row in digests)
    _run(storage, _WITHOUT_INDEX)
    for number in range(1, copies + 1):
        back = number * (newest - oldest + _EVERY)
        places = {"digests": back, "items": back << 20, "first": first_item_id(oldest), "oldest": oldest}
        with storage.writing() as tx:
            tx._connection.execute(insert(DIGEST), [_earlier(row, back) for row in digests])
            for statement in (*_COPY.split(";"), _COPY_INDEX[storage.engine_name]):
                tx._connection.execute(text(statement), places)
    _run(storage, _WITH_INDEX)
    storage.optimise()


def _earlier(row: dict[str, Any], minutes: int) -> dict[str, Any]:
    back = timedelta(minutes=minutes)
    return {**row, "id": row["id"] - minutes, "slot": row["slot"] - back, "date": row["date"] - back}


def _run(storage: Storage, statements: Sequence[str]) -> None:
    """Tell PostgreSQL something; the index of SQLite is written as quickly as it can be anyway."""
    if storage.engine_name == "postgresql":
        with storage.writing() as tx:
            for statement in statements:
                tx._connection.execute(text(statement))


def _write(connection: Connection, digests: Sequence[Digest], now: datetime) -> None:
    names = Names(connection)
    authors = names.author_ids({author_key(item) for digest in digests for item in digest.items})
    categories = names.category_ids([name for digest in digests for name in digest.categories])
    connection.execute(insert(DIGEST), [_head(digest, now) for digest in digests])
    connection.execute(
        insert(DIGEST_CATEGORY),
        [
            {"digest_id": digest_id_at(digest.slot), "position": position, "category_id": categories[name]}
            for digest in digests
            for position, name in enumerate(digest.categories)
        ],
    )
    items: dict[int, Item] = {}
    values: list[dict[str, Any]] = []
    for digest in digests:
        key = digest_id_at(digest.slot)
        for place, item in reversed(list(enumerate(digest.items))):
            items[item_id(key, place)] = item
            columns = rows.item_columns(item, position=place, author_id=authors.get(author_key(item)))
            values.append({"id": item_id(key, place), "digest_id": key, **columns})
    connection.execute(insert(ITEM), values)
    connection.execute(insert(ITEM_TOPIC), [row for key, item in items.items() for row in rows.topic_rows(key, item)])
    Search(connection).add(items)


def _head(digest: Digest, now: datetime) -> dict[str, Any]:
    return {
        "id": digest_id_at(digest.slot),
        "slot": digest.slot,
        "slot_offset": offset_of(digest.slot),
        "date": digest.date,
        "date_offset": offset_of(digest.date),
        "title": digest.title,
        "window_hours": digest.window_hours,
        "revision": 1,
        "content_hash": digest.title,
        "source": "bench",
        "changes": [],
        "created": now,
        "updated": now,
    }
