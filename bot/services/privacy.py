"""What is kept about a chat, handed over and deleted. Apart from the subscriptions, because here a chat is one thing
with all its forum topics, and nothing of it may be left.
"""

import json
from datetime import datetime

from bot.services.roster import subscriber_to_json
from bot.storage import Storage


class Privacy:
    """Answers `/export` and `/forget`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def places(self, chat_id: int) -> int:
        """How many places of a chat are known: itself, and each forum topic."""
        with self._storage.reading() as tx:
            return len(tx.subscribers.list_of_chat(chat_id))

    def keeps(self, chat_id: int) -> bool:
        """Whether there is anything to delete: a place, or the note of who manages which chat."""
        with self._storage.reading() as tx:
            known = tx.subscribers.list_of_chat(chat_id)
            return bool(known or tx.managers.chats_of(chat_id) or tx.managers.users_of(chat_id))

    def export(self, chat_id: int) -> bytes:
        """All that is kept about a chat, as `digestbot subscribers import` reads it: one JSON object a line, a line for
        the chat and for each of its forum topics. Empty when nothing is kept."""
        with self._storage.reading() as tx:
            known = tx.subscribers.list_of_chat(chat_id)
            saved = tx.saved.marks_of_many([reader.id for reader in known])
        lines = (json.dumps(subscriber_to_json(one, saved.get(one.id, ())), ensure_ascii=False) for one in known)
        return "".join(f"{line}\n" for line in lines).encode()

    def forget(self, chat_id: int, *, now: datetime) -> int:
        """Delete everything about a chat in one transaction: preferences, rules, bookmarks, and what the ledger says of
        it. Long search words that are old enough go as well, whoever typed them: nobody knows. How many places."""
        with self._storage.writing() as tx:
            tx.phrases.expire(now=now)
            tx.managers.forget(chat_id)  # a private chat has its person's number
            for user_id in tx.managers.users_of(chat_id):
                tx.managers.drop(user_id, chat_id)
            return sum(tx.subscribers.forget(reader.place) for reader in tx.subscribers.list_of_chat(chat_id))
