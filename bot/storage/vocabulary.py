"""The words of the archive: who writes, which categories publishers use, what recent titles say. Apart from the
items, because readers' slips are compared with these lists as a whole, and lists must stay small however large the
archive is.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Subquery, case, func, select

from bot.core.authors import without_others
from bot.storage.names import authors_like, folded
from bot.storage.records import AuthorCount
from bot.storage.tables import AUTHOR, CATEGORY, DIGEST, ITEM

_PERSON = case((AUTHOR.c.folded != "", AUTHOR.c.folded), else_="@" + AUTHOR.c.handle)
"""What rows of one person share: the shown name, however it is spelt, or the handle where no name is shown."""


class Vocabulary:
    """Names and words as lists."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stamp(self) -> tuple[int, int]:
        """Changes whenever a list may have: the newest item and the newest author."""
        newest = select(func.max(ITEM.c.id)).scalar_subquery(), select(func.max(AUTHOR.c.id)).scalar_subquery()
        item, author = self._connection.execute(select(*newest)).one()
        return item or 0, author or 0

    def titles(self, limit: int) -> list[str]:
        """The titles of the newest items."""
        query = select(ITEM.c.title).where(~ITEM.c.removed).order_by(ITEM.c.id.desc()).limit(limit)
        return list(self._connection.execute(query).scalars())

    def authors(self, limit: int, *, after: int = 0) -> list[tuple[int, str, str]]:
        """Ids, shown names and handles of the authors known longest, from beyond the id `after`; name or handle may be
        empty."""
        query = select(AUTHOR.c.id, AUTHOR.c.name, AUTHOR.c.handle).where(AUTHOR.c.id > after)
        return [
            (key, name, handle)
            for key, name, handle in self._connection.execute(query.order_by(AUTHOR.c.id).limit(limit))
        ]

    def categories(self, limit: int) -> list[str]:
        """Publishers' categories as written, those known longest first."""
        return list(self._connection.execute(select(CATEGORY.c.name).order_by(CATEGORY.c.id).limit(limit)).scalars())

    def find_category(self, name: str) -> str | None:
        """A publisher's category as written, whatever case and script it is asked for in."""
        query = select(CATEGORY.c.name).where(CATEGORY.c.folded == folded(name)).order_by(CATEGORY.c.name != name)
        return self._connection.execute(query.limit(1)).scalar()

    def people(self, *, limit: int, offset: int = 0, names: Sequence[str] = ()) -> list[AuthorCount]:
        """Who wrote most, most items first; with `names` only who may be meant by one of them. The same shown name is
        one person; the handle is given where there is only one. `merve 等` is `merve`."""
        all_of, gone = _counted(), _removed()
        number = func.sum(all_of.c.number) - func.sum(func.coalesce(gone.c.number, 0))
        handles = func.count(func.distinct(func.nullif(AUTHOR.c.handle, "")))
        query = (
            select(func.max(AUTHOR.c.name), func.max(AUTHOR.c.handle), handles, number)
            .join(all_of, all_of.c.author_id == AUTHOR.c.id)
            .outerjoin(gone, gone.c.author_id == AUTHOR.c.id)
            .where(*([authors_like(names)] if names else []))
            .group_by(_PERSON)
            .having(number > 0)
            .order_by(number.desc(), func.max(AUTHOR.c.name), func.max(AUTHOR.c.handle))
        )
        rows = self._connection.execute(query.limit(limit).offset(offset))
        return [
            AuthorCount(without_others(name) or None, handle if count == 1 else None, int(items))
            for name, handle, count, items in rows
        ]


def _counted() -> Subquery:
    """Items of each author, removed ones too: answered from the index alone, which is ten times quicker."""
    number = func.count().label("number")
    return select(ITEM.c.author_id, number).where(ITEM.c.author_id.is_not(None)).group_by(ITEM.c.author_id).subquery()


def _removed() -> Subquery:
    """Removed items of each author: only a correction removes any, and corrected digests are few."""
    corrected = select(DIGEST.c.id).where(DIGEST.c.revision > 1)
    number = func.count().label("number")
    query = select(ITEM.c.author_id, number).where(ITEM.c.digest_id.in_(corrected), ITEM.c.removed)
    return query.group_by(ITEM.c.author_id).subquery()
