"""Small facts about the database itself, as text by name."""

from sqlalchemy import Connection, select

from bot.storage.statements import insert
from bot.storage.tables import META

TOKENIZER_VERSION = "tokenizer_version"
"""Which version of the tokeniser made the search index."""

REINDEXED = "reindexed"
"""`tokeniser version:item id` that a rebuilding of the index has reached, while one is under way."""

PHRASE_DAYS = "phrase_days"
"""JSON: the highest phrase id by day, for the last month."""


class Meta:
    """Facts by name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: str) -> str | None:
        """The value under a name."""
        value: str | None = self._connection.execute(select(META.c.value).where(META.c.key == key)).scalar()
        return value

    def put(self, key: str, value: str) -> None:
        """Set the value under a name."""
        statement = insert(self._connection, META).values(key=key, value=value)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
        )

    def remove(self, key: str) -> None:
        """Forget a name; nothing happens if it is not there."""
        self._connection.execute(META.delete().where(META.c.key == key))
