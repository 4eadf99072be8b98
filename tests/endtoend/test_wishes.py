"""Wishes of how, from the database to the wire: items in a message, the first link's preview, rich messages, and an
operator's own words.
"""

import json

import pytest

from bot.core.model import ChatKind, Place, Preferences, Script
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored
from tests.endtoend.conftest import digests, labels
from tests.endtoend.talking import subscribe

BETTER = (Entry("青岚实验室撤回新模型", NEWS[0].body, NEWS[0].author, NEWS[0].url), *NEWS[1:])


def rich(emulator: Emulator, where: Person | Chat) -> list[str]:
    """The HTML of the rich messages that arrived there."""
    return [m["rich_message"]["html"] for m in emulator.messages(where) if "rich_message" in m]


async def test_so_many_items_come_in_one_message(
    house: House, running: Running, emulator: Emulator, ann: Person
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), preferences=Preferences(per_message=2))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: len(digests(emulator.messages(ann))) == 2)
    first, second = digests(emulator.messages(ann))
    assert (NEWS[1].title in first["text"], NEWS[2].title in first["text"]) == (True, False)
    assert NEWS[2].title in second["text"]
    assert [bool(labels(message)) for message in (first, second)] == [False, True]
    assert len(digests([await ann.ask("/latest")])) == 1


async def test_the_first_items_link_is_previewed(
    house: House, running: Running, emulator: Emulator, ann: Person, ming: Person
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), preferences=Preferences(link_preview=True))
    subscribe(running, Place(ming.start()["chat"]["id"]))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: all(digests(emulator.messages(who)) for who in (ann, ming)))
    options = digests(emulator.messages(ann))[0]["link_preview_options"]
    assert options == {"url": NEWS[0].url, "prefer_small_media": True, "show_above_text": True}
    assert digests(emulator.messages(ming))[0]["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize("kind", ["private", "supergroup", "channel"])
async def test_who_asked_for_rich_messages_gets_them_and_their_corrections(
    house: House, running: Running, emulator: Emulator, ann: Person, group: Chat, channel: Chat, kind: str
) -> None:
    emulator.rich_messages = True
    where = {"private": ann, "supergroup": group, "channel": channel}[kind]
    ann.start()
    subscribe(running, Place(where.id), kind=ChatKind(kind), preferences=Preferences(rich=True, script=Script.HANT))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: rich(emulator, where))
    (html,) = rich(emulator, where)
    assert "<details><summary>Read</summary>" in html
    assert "青嵐實驗室" in html
    house.desk.publish(slot(12), BETTER)
    await emulator.wait_for(lambda: "撤回" in rich(emulator, where)[0])
    assert len(rich(emulator, where)) == 1


async def test_a_server_that_knows_none_is_asked_once(
    house: House, running: Running, emulator: Emulator, ann: Person, ming: Person
) -> None:
    for person in (ann, ming):
        subscribe(running, Place(person.start()["chat"]["id"]), preferences=Preferences(rich=True))
    for hour in (12, 16):
        house.desk.publish(slot(hour), [Entry(f"{hour}点的事", f"正文{hour}", url=f"https://example.org/{hour}")])
    await emulator.wait_for(lambda: all(len(digests(emulator.messages(who))) == 2 for who in (ann, ming)))
    assert rich(emulator, ann) == []
    assert len(emulator.journal.calls("sendRichMessage")) <= 2  # two may be on their way at once


async def test_what_a_server_refuses_comes_classic_and_is_not_tried_again(
    house: House, running: Running, emulator: Emulator, ann: Person
) -> None:
    emulator.rich_messages = True
    emulator.fail_next("sendRichMessage", error="400 Bad Request: RICH_MESSAGE_INVALID")
    subscribe(running, Place(ann.start()["chat"]["id"]), preferences=Preferences(rich=True))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: digests(emulator.messages(ann)))
    assert len(emulator.journal.calls("sendRichMessage")) == 1
    house.desk.publish(slot(16), [Entry("别的事", "别的正文", url="https://example.org/else")])
    await emulator.wait_for(lambda: rich(emulator, ann))


async def test_answers_are_rich_as_well(emulator: Emulator, running: Running, ann: Person) -> None:
    emulator.rich_messages = True
    await ann.ask("/start")
    subscribe(running, Place(ann.id), preferences=Preferences(rich=True))
    assert "rich_message" in await ann.ask("/latest")
    assert "text" in await ann.ask("/help")


async def test_an_operators_own_words_are_spoken(house: House, ann: Person, ming: Person) -> None:
    words = '[en]\n"item.unknown" = "Nope, {{literally}}"\n[zh-hans.start]\nhello = "你好，我是{name}！"\n'
    (house.root / "texts.toml").write_text(words.replace("{{literally}}", "gone"), "utf-8")
    async with house.running() as running:
        await stored(running, 1)
        assert (await ann.ask("/start i_7"))["text"] == "Nope, gone"
        assert (await ming.ask("/start"))["text"].startswith("你好，我是")


async def test_stored_editions_of_rich_messages_can_be_read(house: House, running: Running, ann: Person) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), preferences=Preferences(rich=True))
    house.desk.publish(slot(12))
    await house.emulator.wait_for(lambda: digests(house.emulator.messages(ann)))
    with running.core.storage.reading() as tx:
        (edition,) = tx.ledger.list_editions(running.core.reading.latest()[0].id)
    assert edition.parts is not None
    assert "<details>" in json.loads(edition.parts)[0]["rich"]
