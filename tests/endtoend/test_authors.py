"""Authors in the chat: the most frequent, one by any part of the name, near ones, and one tap to follow."""

import pytest

from bot.core.model import Place, Rule, RuleAction, RuleKind
from bot.emulator import Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored, subscriber_of
from tests.endtoend.conftest import labels

MORE = tuple(
    Entry(f"第{n}条消息", "正文。", f"Author{n} Surname", f"https://x.com/writer_{n}/status/1") for n in range(12)
)


@pytest.fixture
async def archive(house: House, running: Running) -> None:
    """Twelve more authors, and another item of one known already."""
    again = Entry("又一条", "正文。", "Mara Quill", "https://x.com/maraquill/status/9")
    house.desk.publish(slot(12), (*MORE, again))
    await stored(running, 2)


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("command", ["/authors", "/author"])
async def test_the_most_frequent_come_first_and_pages_turn_in_place(
    ann: Person, emulator: Emulator, command: str
) -> None:
    first = await ann.ask(command)
    assert "1. Mara Quill @maraquill · 2 items" in first["text"]
    assert "10. " in first["text"]
    await ann.press(first, "Next ›")
    await emulator.wait_for(lambda: "11. " in emulator.texts(ann)[-1])
    assert len(emulator.sent(ann)) == 1
    await ann.press(first, "‹ Previous")
    await emulator.wait_for(lambda: emulator.texts(ann)[-1] == first["text"])


@pytest.mark.usefixtures("archive")
async def test_an_author_of_the_list_is_shown_below_it(ann: Person, emulator: Emulator) -> None:
    await ann.press(await ann.ask("/authors"), "Mara Quill")
    await emulator.wait_for(lambda: "✍️ Mara Quill\n2 items" in emulator.texts(ann)[-1])
    assert len(emulator.sent(ann)) == 2


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("name", ["MARA", "quill", "@MaraQuill", "maraq", "ｍａｒａ quill"])
async def test_one_author_is_followed_by_the_whole_name(ann: Person, running: Running, name: str) -> None:
    answer = await ann.ask(f"/author {name}")
    assert NEWS[0].title in answer["text"]
    await ann.press(answer, "+ Follow this author")
    [rule] = subscriber_of(running.core.storage, Place(ann.id)).rules
    value = "@maraquill" if name.startswith("@") else "Mara Quill"
    assert rule == Rule(RuleAction.FOLLOW, RuleKind.AUTHOR, value)


@pytest.mark.usefixtures("archive")
async def test_a_name_of_several_offers_each_and_no_rule(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("/author surname")
    assert "12 items" in answer["text"]
    assert "+ Follow this author" not in labels(answer)
    assert [label for label in labels(answer) if label.startswith("✍️ Author")]
    await ann.press(answer, "Next ›")
    await emulator.wait_for(lambda: "6. " in emulator.texts(ann)[-1])
    assert len(emulator.sent(ann)) == 1


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("typed", "near"), [("quil1", "Mara Quill"), ("brant", "Ola Brandt"), ("陳一若", "陈一诺")])
async def test_an_unknown_author_gets_near_ones(ann: Person, emulator: Emulator, typed: str, near: str) -> None:
    answer = await ann.ask(f"/author {typed}")
    assert "No author" in answer["text"]
    await ann.press(answer, f"✍️ {near}")
    await emulator.wait_for(lambda: f"✍️ {near}" in emulator.texts(ann)[-1])


async def test_an_empty_archive_has_no_authors(house: House, ann: Person) -> None:
    async with house.running(roles=("updates",)):
        assert "Nobody has been named yet" in (await ann.ask("/authors"))["text"]
        assert "No author" in (await ann.ask("/author anybody"))["text"]
        assert "Nothing found" in (await ann.ask("/search anything"))["text"]


@pytest.fixture
async def with_others(house: House, running: Running) -> None:
    """One author under four spellings, with and without an account."""
    spellings = ("merve", "Merve 等", "MERVE et al.", "merve（等）")
    entries = [Entry(f"第{n}件事", "正文。", name, f"https://example.org/{n}") for n, name in enumerate(spellings)]
    house.desk.publish(slot(12), [*entries, Entry("又一件", "正文。", "merve", "https://x.com/mervenoyann/status/5")])
    await stored(running, 2)


@pytest.mark.usefixtures("with_others")
@pytest.mark.parametrize("name", ["merve", "Merve 等", "ＭＥＲＶＥ", "erv", "merve et al"])
async def test_an_author_and_others_is_the_author(ann: Person, name: str) -> None:
    assert "merve @mervenoyann · 5 items" in (await ann.ask("/authors"))["text"]
    answer = await ann.ask(f"/author {name}")
    assert "5 items" in answer["text"]
    assert "+ Follow this author" in labels(answer)
    assert "5 items" in (await ann.ask(f'/search author:"{name}"'))["text"]
