"""Texts by number."""

import pytest

from bot.errors import NotFoundError
from bot.storage import Storage


@pytest.mark.parametrize("text", ["模型 since:7d", "", "a\0b"])
def test_a_text_has_one_number_and_comes_back(storage: Storage, text: str) -> None:
    with storage.writing() as tx:
        number = tx.phrases.keep(text)
        assert tx.phrases.keep(text) == number
        assert tx.phrases.keep("another") != number
        assert tx.phrases.get(number) == text.replace("\0", "")


def test_a_number_nobody_gave_is_not_found(storage: Storage) -> None:
    with storage.reading() as tx, pytest.raises(NotFoundError, match="404"):
        tx.phrases.get(404)


def test_only_the_newest_texts_are_kept(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.phrases.KEPT", 2)  # ten thousand rows would show no more
    with storage.writing() as tx:
        numbers = [tx.phrases.keep(text) for text in ("first", "second", "third")]
        assert tx.phrases.get(numbers[1]) == "second"
        with pytest.raises(NotFoundError):
            tx.phrases.get(numbers[0])
