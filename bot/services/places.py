"""Chats managed from a private chat, and a forum's map: who brought the bot where, which forum topic gets what. What is
known here is where to look; whether somebody may change it is asked of Telegram each time.
"""

from bot.core.forum import forum_of
from bot.core.model import ManagedChat, Subscriber, SubscriberState
from bot.storage import Storage


class Places:
    """Managed chats and forum topics."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def remember(self, user_id: int, chat: ManagedChat) -> None:
        """This person manages that chat."""
        with self._storage.writing() as tx:
            tx.managers.put(user_id, chat)

    def drop(self, user_id: int, chat_id: int) -> None:
        """This person does not manage that chat any more."""
        with self._storage.writing() as tx:
            tx.managers.drop(user_id, chat_id)

    def chats_of(self, user_id: int) -> list[ManagedChat]:
        """The chats that a person may manage, by title."""
        with self._storage.reading() as tx:
            return tx.managers.chats_of(user_id)

    def managers_of(self, chat_id: int) -> list[int]:
        """The people known to manage a chat."""
        with self._storage.reading() as tx:
            return tx.managers.users_of(chat_id)

    def find(self, chat_id: int) -> ManagedChat | None:
        """A chat by what is kept about it; None where nothing is."""
        with self._storage.reading() as tx:
            known = tx.subscribers.list_of_chat(chat_id)
            managed = [one for user_id in tx.managers.users_of(chat_id)[:1] for one in tx.managers.chats_of(user_id)]
        found = (
            ManagedChat(chat_id, one.kind, forum_of(one.title) if one.place.thread_id else one.title) for one in known
        )
        return next((one for one in managed if one.chat_id == chat_id), None) or next(found, None)

    def receiving(self, chat_id: int) -> list[Subscriber]:
        """The places of a chat that get pushes: itself and its forum topics."""
        with self._storage.reading() as tx:
            known = tx.subscribers.list_of_chat(chat_id)
        return [one for one in known if one.state is SubscriberState.ACTIVE]
