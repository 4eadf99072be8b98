"""Searching for what no item says in these words, where items are compared by meaning."""

from collections.abc import Sequence

import pytest

import bot.bootstrap
from bot.emulator import Person
from tests.conftest import NEWS, House, stored, until
from tests.services.test_meaning import FewWords


class Harbour(FewWords):
    """Knows three subjects of the digest."""

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        return super().encode(
            [text.replace("吊车", "光").replace("码头", "光").replace("权重", "米") for text in texts]
        )


async def test_words_that_nothing_holds_bring_what_is_about_them(
    house: House, ann: Person, ming: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.bootstrap, "is_installed", lambda: True)
    monkeypatch.setattr(bot.bootstrap, "load_sentences", Harbour)
    monkeypatch.setattr("bot.services.meaning._PAUSE", 0.01)
    async with house.running(semantic="true") as app:
        await stored(app, 1)
        meaning = app.core.meaning
        assert meaning is not None
        await until(lambda: meaning.closest("吊车", limit=1))
        found = await ann.ask("/search 吊车")
        assert "Closest in meaning" in found["text"]
        assert NEWS[1].title in found["text"]
        assert NEWS[0].title not in found["text"]
        assert "意思最接近的" in (await ming.ask("/search 吊车"))["text"]
        assert "Closest in meaning" not in (await ann.ask("/search author:吊车"))["text"]
        assert "Closest in meaning" not in (await ann.ask("/search 风筝"))["text"]
