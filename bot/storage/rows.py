"""Rows of items into values and back: the one place that knows how an item lies in its tables."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from bot.core.links import canonical_url, host_of
from bot.core.model import Item, RichText, Span, SpanKind, StoredItem
from bot.storage.statements import chunks, clean, filled, on_postgres, slot_of
from bot.storage.tables import DIGEST, ITEM

SELECT_ITEM: Select[Any] = select(
    ITEM.c.id,
    ITEM.c.digest_id,
    DIGEST.c.slot_offset,
    ITEM.c.number,
    ITEM.c.title,
    ITEM.c.author,
    ITEM.c.url,
    ITEM.c.body,
    ITEM.c.spans,
    ITEM.c.removed,
).join(DIGEST, DIGEST.c.id == ITEM.c.digest_id)
"""Everything `stored_items` needs, to be narrowed and ordered by the caller."""

# Written out: building a statement costs more than running it, and these two belong to every answer.
_BY_ID = (
    "SELECT i.id, i.digest_id, d.slot_offset, i.number, i.title, i.author, i.url, i.body, i.spans, i.removed "
    "FROM item AS i JOIN digest AS d ON d.id = i.digest_id WHERE i.id {among}"
)
_TOPICS = "SELECT item_id, topic FROM item_topic WHERE item_id {among} ORDER BY item_id, rank"


def stored_items(connection: Connection, query: Select[Any]) -> list[StoredItem]:
    """The items a narrowed SELECT_ITEM finds, in its order, with their topics."""
    rows = connection.execute(query).all()
    topics = topics_of(connection, [row.id for row in rows])
    return [_stored(row, row.spans, topics) for row in rows]


def items_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, StoredItem]:
    """The items with these ids; unknown ids are left out."""
    found: dict[int, StoredItem] = {}
    for chunk in chunks(ids):
        topics = topics_of(connection, chunk)
        for row in _about(connection, _BY_ID, chunk):
            # Past SQLAlchemy, SQLite gives JSON as the text it is.
            spans = json.loads(row.spans) if isinstance(row.spans, str) else row.spans
            found[row.id] = _stored(row, spans, topics)
    return found


def _stored(row: Row[*tuple[Any, ...]], spans: Sequence[Any], topics: Mapping[int, tuple[str, ...]]) -> StoredItem:
    item_id, digest_id, offset, number, title, author, url, body, _, removed = row
    return StoredItem(
        id=item_id,
        digest_id=digest_id,
        slot=slot_of(digest_id, offset),
        item=Item(
            number=number,
            title=title,
            author=author,
            url=url,
            body=RichText(body, tuple(Span(SpanKind(kind), start, end, url) for kind, start, end, url in spans)),
            topics=topics.get(item_id, ()),
        ),
        removed=bool(removed),
    )


def topics_of(connection: Connection, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """Topics by item id, best first."""
    topics: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for chunk in chunks(ids):
        for item_id, topic in _about(connection, _TOPICS, chunk):
            topics[item_id] += (topic,)
    return topics


def _about(connection: Connection, statement: str, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a statement finds about these ids, told in one parameter."""
    if on_postgres(connection):
        return connection.exec_driver_sql(filled(statement, among="= ANY(%s::bigint[])"), (list(ids),)).all()
    listed = filled(statement, among="IN (SELECT value FROM json_each(?))")
    return connection.exec_driver_sql(listed, (json.dumps(list(ids)),)).all()


def item_columns(item: Item, *, position: int, author_id: int | None) -> dict[str, Any]:
    """What a row of `item` holds of an item, but for its ids."""
    return {
        "position": position,
        "number": item.number,
        "title": clean(item.title),
        "author": clean(item.author) if item.author else None,
        "author_id": author_id,
        "url": clean(item.url) if item.url else None,
        "canonical_url": clean(canonical_url(item.url)) if item.url else None,
        "host": host_of(item.url) if item.url else None,
        "body": clean(item.body.text),
        "spans": [[span.kind.value, span.start, span.end, span.url] for span in item.body.spans],
        "fingerprint": fingerprint(item),
        "removed": False,
    }


def fingerprint(item: Item) -> str:
    """A hash of what the publisher wrote in an item, wherever it stands: equal texts have equal fingerprints."""
    text = "\x1f".join((item.title, item.author or "", item.url or "", item.body.text))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def topic_rows(item_id: int, item: Item) -> list[dict[str, Any]]:
    """The rows of `item_topic` of one item."""
    return [{"item_id": item_id, "topic": topic, "rank": rank} for rank, topic in enumerate(dict.fromkeys(item.topics))]
