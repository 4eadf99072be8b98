"""Texts by number, for buttons that cannot hold them."""

import json
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from bot.errors import NotFoundError
from bot.storage.meta import PHRASE_DAYS, Meta
from bot.storage.statements import clean, insert
from bot.storage.tables import PHRASE

KEPT = 10_000
"""Texts kept: buttons under older answers are answered as outdated. What readers typed is not hoarded."""
KEPT_FOR = timedelta(days=30)
"""How long, at most, with a day's grace."""


class Phrases:
    """Texts kept once, found by id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, text: str) -> int:
        """The id of a text, kept from now on."""
        kept = clean(text)
        self._connection.execute(insert(self._connection, PHRASE).values(text=kept).on_conflict_do_nothing())
        number = int(self._connection.execute(select(PHRASE.c.id).where(PHRASE.c.text == kept)).scalar_one())
        self._connection.execute(delete(PHRASE).where(PHRASE.c.id <= number - KEPT))
        return number

    def get(self, phrase_id: int) -> str:
        """The text of an id; raises NotFoundError."""
        text = self._connection.execute(select(PHRASE.c.text).where(PHRASE.c.id == phrase_id)).scalar()
        if text is None:
            raise NotFoundError(f"no phrase has the id {phrase_id}")
        return str(text)

    def expire(self, *, now: datetime) -> int:
        """Delete what has been kept long enough; how many. Rows have no time of their own: once a day it is noted how
        far the ids had come."""
        meta, today = Meta(self._connection), now.date()
        marks: dict[str, int] = json.loads(meta.find(PHRASE_DAYS) or "{}")
        if str(today) in marks:
            return 0
        last = self._connection.execute(select(func.max(PHRASE.c.id))).scalar() or 0
        old = [number for day, number in marks.items() if date.fromisoformat(day) <= today - KEPT_FOR]
        kept = {day: number for day, number in marks.items() if date.fromisoformat(day) > today - KEPT_FOR}
        meta.put(PHRASE_DAYS, json.dumps({**kept, str(today): last}))
        return self._connection.execute(delete(PHRASE).where(PHRASE.c.id <= max(old, default=0))).rowcount
