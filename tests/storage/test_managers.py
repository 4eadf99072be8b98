"""Who manages which chat."""

from datetime import UTC, datetime

from bot.core.model import ChatKind, ManagedChat, Place
from bot.storage import Storage

PAPER = ManagedChat(-1001234567890, ChatKind.CHANNEL, "Paper")
GROUP = ManagedChat(-5001, ChatKind.GROUP, "Old")
ANN, MING = 5_000_000_001, 7


def test_chats_are_remembered_once_by_their_newest_name(storage: Storage) -> None:
    with storage.writing() as tx:
        for chat in (PAPER, GROUP, ManagedChat(PAPER.chat_id, PAPER.kind, "A paper\x00")):
            tx.managers.put(ANN, chat)
        tx.managers.put(MING, PAPER)
    with storage.reading() as tx:
        assert [chat.title for chat in tx.managers.chats_of(ANN)] == ["A paper", "Old"]
        assert tx.managers.users_of(PAPER.chat_id) == [MING, ANN]
        assert tx.managers.chats_of(3) == []


def test_one_chat_or_all_are_forgotten(storage: Storage) -> None:
    with storage.writing() as tx:
        for chat in (PAPER, GROUP):
            tx.managers.put(ANN, chat)
            tx.managers.put(MING, chat)
        tx.managers.drop(MING, GROUP.chat_id)
        tx.managers.drop(MING, 1)
        tx.subscribers.forget(Place(ANN))
    with storage.reading() as tx:
        assert (tx.managers.chats_of(ANN), tx.managers.chats_of(MING)) == ([], [PAPER])


def test_a_group_keeps_its_managers_as_a_supergroup(storage: Storage) -> None:
    moved = ManagedChat(-1009, ChatKind.SUPERGROUP, "New")
    with storage.writing() as tx:
        tx.managers.put(ANN, GROUP)
        tx.managers.put(MING, GROUP)
        tx.managers.put(MING, moved)
        tx.subscribers.migrate_chat(GROUP.chat_id, moved.chat_id, now=datetime(2026, 11, 21, tzinfo=UTC))
    with storage.reading() as tx:
        assert [chat.chat_id for chat in tx.managers.chats_of(ANN)] == [moved.chat_id]
        assert tx.managers.chats_of(ANN)[0].kind is ChatKind.SUPERGROUP
        assert tx.managers.chats_of(MING) == [moved]
