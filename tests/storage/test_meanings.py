"""Vectors of items: which are missing, which are out of date, and what is read back."""

from collections.abc import Callable

from bot.storage import PutResult, Storage
from tests.storage.digests import at, item

Put = Callable[..., PutResult]


def missing(storage: Storage, encoder: str = "one", **options: int) -> list[str]:
    with storage.reading() as tx:
        found = tx.meanings.list_missing(encoder=encoder, **{"least": 0, "limit": 99, **options})
    return [entry.title for _, entry in found]


def store(storage: Storage, vectors: dict[int, bytes], encoder: str = "one") -> None:
    with storage.writing() as tx:
        tx.meanings.put(vectors, encoder=encoder)


def test_what_has_no_vector_is_missing_newest_first(storage: Storage, put: Put) -> None:
    first, second = put(item(1, "first"), item(2, "second")).digest.items
    third = put(item(1, "third"), slot=at(12)).digest.items[0]
    assert missing(storage) == ["third", "first", "second"]
    assert missing(storage, limit=1) == ["third"]
    assert missing(storage, below=first.id) == ["second"]
    assert missing(storage, least=third.id) == ["third"]
    store(storage, {first.id: b"\x00\xff", 1: b"nobody"})
    assert missing(storage) == ["third", "second"]
    assert missing(storage, "two") == ["third", "first", "second"]
    with storage.reading() as tx:
        assert tx.meanings.find(first.id, encoder="one") == b"\x00\xff"
        assert tx.meanings.find(first.id, encoder="two") is None
        assert tx.meanings.find(second.id, encoder="one") is None
        assert tx.meanings.oldest_of(1) == third.id
        assert tx.meanings.oldest_of(9) == second.id


def test_a_corrected_item_is_missing_again_and_its_vector_replaced(storage: Storage, put: Put) -> None:
    (old,) = put(item(1, "first", url="https://example.org/1")).digest.items
    store(storage, {old.id: b"old"})
    put(item(1, "first, corrected", url="https://example.org/1"))
    assert missing(storage) == ["first, corrected"]
    store(storage, {old.id: b"new"})
    assert missing(storage) == []
    with storage.reading() as tx:
        assert tx.meanings.find(old.id, encoder="one") == b"new"


def test_vectors_are_read_newest_first_as_many_as_are_wanted(storage: Storage, put: Put) -> None:
    items = put(*(item(number, f"{number}") for number in range(1, 1203))).digest.items
    store(storage, {entry.id: str(entry.item.number).encode() for entry in items})
    with storage.reading() as tx:
        assert list(tx.meanings.pages(encoder="two", most=5)) == []
        read = [len(page) for page in tx.meanings.pages(encoder="one", most=1201)]
        (first,) = tx.meanings.pages(encoder="one", most=1)
    assert read == [1000, 201]
    assert first == [(items[0].id, b"1")]


def test_an_empty_archive_has_no_oldest_item(storage: Storage) -> None:
    with storage.reading() as tx:
        assert tx.meanings.oldest_of(5) == 0
