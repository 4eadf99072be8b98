"""Texts by number, for buttons that cannot hold them."""

from sqlalchemy import Connection, delete, select

from bot.errors import NotFoundError
from bot.storage.statements import clean, insert
from bot.storage.tables import PHRASE

KEPT = 10_000
"""Texts kept: buttons under older answers are answered as outdated. What readers typed is not hoarded."""


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
