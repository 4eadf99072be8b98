"""The search index made anew at the start, when another version of the tokeniser made it."""

import asyncio
import contextlib
import logging

import pytest

from bot.core.model import Digest, Item, RichText
from bot.core.query import parse_query
from bot.errors import StorageError
from bot.services.reindexing import Reindexing
from bot.storage import Storage
from bot.storage.meta import TOKENIZER_VERSION
from tests.conftest import House, slot, until

ITEMS = 1201


@pytest.fixture
def outdated(database: Storage) -> Storage:
    """An archive whose index knows nothing, as one of another tokeniser may."""
    items = tuple(Item(number, f"模型 {number}", body=RichText("")) for number in range(1, ITEMS + 1))
    made = Digest(slot(8), "t", slot(8), None, (), items)
    with database.writing() as tx:
        tx.digests.put(made, content_hash="x", source="s", now=slot(9))
        tx.search.remove(found(tx))
        tx.meta.put(TOKENIZER_VERSION, "0")
    return database


def found(tx) -> list[int]:
    return list(tx.search.ids(parse_query("模型", today=slot(8).date()), limit=10_000))


def indexed(storage: Storage) -> int:
    with storage.reading() as tx:
        return len(found(tx))


def test_an_index_of_another_version_is_rebuilt_once(outdated: Storage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert indexed(outdated) == 0
    assert Reindexing(outdated).refresh()
    assert indexed(outdated) == ITEMS
    assert not Reindexing(outdated).refresh()
    assert caplog.messages[-1] == f"the search index is rebuilt: {ITEMS} items"


def test_one_that_is_stopped_goes_on_at_the_next_start(outdated: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Reindexing(outdated)
    reindex = outdated.reindex

    def interrupted(tell):
        return reindex(lambda done, total: (first.stop(), tell(done, total)))

    monkeypatch.setattr(outdated, "reindex", interrupted)
    assert not first.refresh()
    assert 0 < indexed(outdated) < ITEMS
    monkeypatch.undo()
    assert Reindexing(outdated).refresh()
    assert indexed(outdated) == ITEMS


def test_nothing_is_begun_once_it_is_stopped(outdated: Storage) -> None:
    late = Reindexing(outdated)
    late.stop()
    assert not late.refresh()
    assert indexed(outdated) == 0


async def test_a_database_that_fails_ends_nothing(
    outdated: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_tell):
        raise StorageError("the disk is full")

    monkeypatch.setattr(outdated, "reindex", broken)
    task = asyncio.create_task(Reindexing(outdated).run())
    await until(lambda: "the disk is full" in caplog.text)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_bot_rebuilds_it_while_it_runs(house: House) -> None:
    async with house.running() as app:
        await until(lambda: app.core.reading.state().items)
        with app.core.storage.writing() as tx:
            tx.meta.put(TOKENIZER_VERSION, "0")
            tx.search.remove(tx.search.ids(parse_query("since:2000-01-01", today=slot(8).date()), limit=100))
    async with house.running() as app:

        def current() -> bool:
            with app.core.storage.reading() as tx:
                return not tx.search.outdated()

        await until(current)
        words = parse_query("机械臂", today=slot(8).date())
        assert app.core.reading.search(words, limit=5, zone=app.core.settings.zone).items
