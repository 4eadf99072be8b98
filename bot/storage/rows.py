"""Rows of items into values and back: the one place that knows how an item lies in its tables."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from bot.core.links import canonical_url, host_of
from bot.core.model import Item, RichText, Span, SpanKind, StoredItem
from bot.storage.statements import chunks, clean, slot_of
from bot.storage.tables import DIGEST, ITEM, ITEM_TOPIC

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

# Made once: building and naming a statement costs more than running it.
_BY_ID = SELECT_ITEM.where(ITEM.c.id.in_(bindparam("ids", expanding=True)))
_TOPICS = (
    select(ITEM_TOPIC.c.item_id, ITEM_TOPIC.c.topic)
    .where(ITEM_TOPIC.c.item_id.in_(bindparam("ids", expanding=True)))
    .order_by(ITEM_TOPIC.c.item_id, ITEM_TOPIC.c.rank)
)


def stored_items(
    connection: Connection, query: Select[Any], parameters: Mapping[str, Any] | None = None
) -> list[StoredItem]:
    """The items a narrowed SELECT_ITEM finds, in its order, with their topics."""
    rows = connection.execute(query, parameters).all()
    topics = topics_of(connection, [row.id for row in rows])
    return [
        StoredItem(
            id=row.id,
            digest_id=row.digest_id,
            slot=slot_of(row.digest_id, row.slot_offset),
            item=Item(
                number=row.number,
                title=row.title,
                author=row.author,
                url=row.url,
                body=RichText(row.body, tuple(Span(SpanKind(k), start, end, url) for k, start, end, url in row.spans)),
                topics=topics.get(row.id, ()),
            ),
            removed=row.removed,
        )
        for row in rows
    ]


def items_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, StoredItem]:
    """The items with these ids; unknown ids are left out."""
    found: dict[int, StoredItem] = {}
    for chunk in chunks(ids):
        found.update((stored.id, stored) for stored in stored_items(connection, _BY_ID, {"ids": list(chunk)}))
    return found


def topics_of(connection: Connection, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """Topics by item id, best first."""
    topics: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for chunk in chunks(ids):
        for item_id, topic in connection.execute(_TOPICS, {"ids": list(chunk)}):
            topics[item_id] += (topic,)
    return topics


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
