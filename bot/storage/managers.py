"""Who manages which chat from their private one: whoever brought the bot there or changed its settings there. What is
kept is a hint where to look, never a right: those are asked of Telegram at every press.
"""

from sqlalchemy import Connection, delete, select, update

from bot.core.model import ChatKind, ManagedChat
from bot.storage.statements import clean, insert
from bot.storage.subscriber_tables import MANAGER

MOST_CHATS = 100
"""Chats kept of one manager; the newest ids are as good as any others."""


class Managers:
    """Pairs of manager and chat."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, user_id: int, chat: ManagedChat) -> None:
        """Remember that this person manages a chat, by the name it now has."""
        values = {"user_id": user_id, "chat_id": chat.chat_id, "kind": chat.kind.value, "title": clean(chat.title)}
        statement = insert(self._connection, MANAGER).values(**values)
        changed = {"kind": statement.excluded.kind, "title": statement.excluded.title}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["user_id", "chat_id"], set_=changed))

    def chats_of(self, user_id: int) -> list[ManagedChat]:
        """The chats of a person, by title."""
        query = select(MANAGER).where(MANAGER.c.user_id == user_id).order_by(MANAGER.c.title, MANAGER.c.chat_id)
        rows = self._connection.execute(query.limit(MOST_CHATS)).all()
        return [ManagedChat(row.chat_id, ChatKind(row.kind), row.title) for row in rows]

    def users_of(self, chat_id: int) -> list[int]:
        """The people who manage a chat."""
        query = select(MANAGER.c.user_id).where(MANAGER.c.chat_id == chat_id).order_by(MANAGER.c.user_id)
        return list(self._connection.execute(query).scalars())

    def drop(self, user_id: int, chat_id: int) -> None:
        """Forget one pair; a missing one is no fault."""
        both = (MANAGER.c.user_id == user_id, MANAGER.c.chat_id == chat_id)
        self._connection.execute(delete(MANAGER).where(*both))

    def forget(self, user_id: int) -> None:
        """Forget all chats of a person."""
        self._connection.execute(delete(MANAGER).where(MANAGER.c.user_id == user_id))

    def move(self, old_id: int, new_id: int) -> None:
        """A group became a supergroup."""
        known = select(MANAGER.c.user_id).where(MANAGER.c.chat_id == new_id)
        mine = MANAGER.c.chat_id == old_id
        self._connection.execute(delete(MANAGER).where(mine, MANAGER.c.user_id.in_(known)))
        values = {"chat_id": new_id, "kind": ChatKind.SUPERGROUP.value}
        self._connection.execute(update(MANAGER).where(mine).values(**values))
