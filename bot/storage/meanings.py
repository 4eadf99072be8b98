"""What items mean, as vectors that some encoder made of their texts. Empty unless the extra is installed and switched
on; a vector is out of date when its item was corrected since, or when another encoder made it.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from bot.core.model import Item, RichText
from bot.storage.statements import insert
from bot.storage.tables import ITEM, MEANING

_PAGE = 1000  # vectors read at once: a megabyte


class Meanings:
    """Vectors by item."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, vectors: Mapping[int, bytes], *, encoder: str) -> None:
        """Store the vectors of items as they are worded now; items that are gone meanwhile are left out."""
        query = select(ITEM.c.id, ITEM.c.fingerprint).where(ITEM.c.id.in_(sorted(vectors)))
        found = [
            {"item_id": row.id, "encoder": encoder, "fingerprint": row.fingerprint, "vector": vectors[row.id]}
            for row in self._connection.execute(query)
        ]
        if not found:
            return
        statement = insert(self._connection, MEANING)
        changed = {name: statement.excluded[name] for name in ("encoder", "fingerprint", "vector")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["item_id"], set_=changed), found)

    def find(self, item_id: int, *, encoder: str) -> bytes | None:
        """The vector of an item, if this encoder made one."""
        query = select(MEANING.c.vector).where(MEANING.c.item_id == item_id, MEANING.c.encoder == encoder)
        vector: bytes | None = self._connection.execute(query).scalar()
        return None if vector is None else bytes(vector)

    def pages(self, *, encoder: str, most: int) -> Iterator[list[tuple[int, bytes]]]:
        """The vectors of the newest `most` items that have one, newest first, so many at a time."""
        below: int | None = None
        for left in range(most, 0, -_PAGE):
            query = select(MEANING.c.item_id, MEANING.c.vector).where(MEANING.c.encoder == encoder)
            query = query if below is None else query.where(MEANING.c.item_id < below)
            found = self._connection.execute(query.order_by(MEANING.c.item_id.desc()).limit(min(_PAGE, left))).all()
            if not found:
                return
            yield [(row.item_id, bytes(row.vector)) for row in found]
            below = found[-1].item_id

    def oldest_of(self, newest: int) -> int:
        """The id of the oldest of the newest so many items, or of all if there are fewer; 0 if there are none."""
        query = select(ITEM.c.id).order_by(ITEM.c.id.desc()).limit(newest).subquery()
        oldest = self._connection.execute(select(query.c.id).order_by(query.c.id).limit(1)).scalar()
        return oldest or 0

    def list_missing(
        self, *, encoder: str, least: int, below: int | None = None, limit: int
    ) -> Sequence[tuple[int, Item]]:
        """Items with least <= id < below whose vector is missing or out of date, newest first: id, and the item without
        formatting and topics."""
        current = (MEANING.c.encoder == encoder) & (MEANING.c.fingerprint == ITEM.c.fingerprint)
        query = (
            select(ITEM.c.id, ITEM.c.number, ITEM.c.title, ITEM.c.author, ITEM.c.url, ITEM.c.body)
            .outerjoin(MEANING, (MEANING.c.item_id == ITEM.c.id) & current)
            .where(MEANING.c.item_id.is_(None), ITEM.c.id >= least, ~ITEM.c.removed)
            .order_by(ITEM.c.id.desc())
            .limit(limit)
        )
        found = self._connection.execute(query if below is None else query.where(ITEM.c.id < below))
        return [(row.id, Item(row.number, row.title, row.author, row.url, RichText(row.body))) for row in found]
