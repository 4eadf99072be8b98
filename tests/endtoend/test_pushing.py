"""From a file in the folder to a push in a chat, and never twice."""

import re
from datetime import timedelta

import pytest

from bot.clock import utc_now
from bot.core.ledger import DeliveryState
from bot.core.model import ChatKind, Language, Place
from bot.emulator import Chat, Emulator, Person
from bot.sources import FolderSource
from tests.conftest import Entry, House, Running, digest_text, slot, stored, until
from tests.endtoend.conftest import digests, kinds, labels

LATER = (
    Entry("机器人学会叠衣服", "新的机器人叠得**很慢**。", "Ana"),
    Entry("权重更新", "新模型的权重更新了。", "Bo"),
    Entry("别的事情", "与前面都无关。", "Cy"),
)


def pushed(emulator: Emulator, where: Person | Chat) -> list[str]:
    """The texts of the digests that arrived there."""
    return [message["text"] for message in digests(emulator.messages(where))]


def active(running: Running) -> int:
    """How many subscribers there are."""
    with running.core.storage.reading() as tx:
        return tx.subscribers.counts().active


def crowd(running: Running, emulator: Emulator, size: int) -> None:
    """So many subscribers, by ids from 10000 on, who have pressed Start."""
    places = [Place(emulator.add_user(f"R{n}", id=10_000 + n, started=True).id) for n in range(size)]
    with running.core.storage.writing() as tx:
        for place in places:
            tx.subscribers.ensure(place, kind=ChatKind.PRIVATE, title="R", language=Language.EN, now=slot(8))


async def settled(running: Running) -> None:
    """Wait until nothing is to be sent any more."""

    def over() -> bool:
        with running.core.storage.reading() as tx:
            return tx.ledger.count_pending() == 0 and tx.ledger.count_batches() == 0

    await until(over)


async def test_a_new_file_is_pushed_to_each_as_they_want_it(
    house: House, running: Running, ann: Person, ming: Person, yijun: Person
) -> None:
    await ann.ask("/subscribe robotics")
    await ming.ask("/subscribe")
    await yijun.ask("/subscribe")
    await yijun.press(await yijun.ask("/settings"), "1:set:style")
    await yijun.press_data(house.emulator.messages(yijun)[-1], "1:style:headlines")
    left = house.emulator.add_user("Left", language_code="en")
    await left.ask("/subscribe")
    await left.ask("/unsubscribe")
    house.desk.publish(slot(12), LATER, spaced=True)
    for reader in (ann, ming, yijun):
        await house.emulator.wait_for(lambda reader=reader: pushed(house.emulator, reader))
    await settled(running)
    (for_ann,), (for_ming,), (for_yijun,) = (digests(house.emulator.messages(reader)) for reader in (ann, ming, yijun))
    assert ("叠衣服" in for_ann["text"], "权重更新" in for_ann["text"]) == (True, False)
    assert "2 hidden by your rules" in for_ann["text"]
    assert "Show everything" in labels(for_ann)
    assert all(entry.title in for_ming["text"] for entry in LATER)
    assert "expandable_blockquote" in kinds(for_ming)
    assert "機器人學會疊衣服" in for_yijun["text"]
    assert "expandable_blockquote" not in kinds(for_yijun)
    assert pushed(house.emulator, left) == []


async def test_the_button_for_what_was_hidden_shows_everything(house: House, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe robotics")
    house.desk.publish(slot(12), LATER)
    await house.emulator.wait_for(lambda: pushed(house.emulator, ann))
    await ann.press(digests(house.emulator.messages(ann))[0], "Show everything")
    await house.emulator.wait_for(lambda: "别的事情" in pushed(house.emulator, ann)[-1])


async def test_who_wants_nothing_of_a_digest_gets_nothing(
    house: House, running: Running, ann: Person, ming: Person
) -> None:
    await ann.ask("/subscribe safety")
    await ming.ask("/subscribe")
    house.desk.publish(slot(12), LATER)
    await house.emulator.wait_for(lambda: pushed(house.emulator, ming))
    await settled(running)
    assert pushed(house.emulator, ann) == []


async def test_groups_topics_and_channels_receive_in_their_place(
    house: House, running: Running, ann: Person, group: Chat, forum: Chat, channel: Chat
) -> None:
    emulator = house.emulator
    topic = emulator.add_topic(forum, "News")
    await ann.ask("/subscribe", group)
    ann.send("/subscribe", forum, thread_id=topic.id)
    ann.send("/subscribe", channel)
    await until(lambda: active(running) == 3)
    house.desk.publish(slot(12), LATER)
    for place in (group, forum, channel):
        await emulator.wait_for(lambda place=place: pushed(emulator, place))
    in_topic = digests(emulator.messages(forum))[0]
    in_channel = digests(emulator.messages(channel))[0]
    assert in_topic["message_thread_id"] == topic.id
    assert labels(digests(emulator.messages(group))[0])
    assert labels(in_channel) == []


async def test_blocked_readers_are_asked_once_and_kept(house: House, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe")
    ann.chat().blocked = True  # and the server has not told us yet
    house.desk.publish(slot(12), LATER)
    await until(lambda: house.emulator.journal.refused(403))
    await settled(running)
    house.desk.publish(slot(16), LATER)
    await stored(running, 3)
    await settled(running)
    assert len(house.emulator.journal.refused(403)) == 1
    ann.chat().blocked = False
    assert "Paused because" in (await ann.ask("/status"))["text"]


async def test_a_restart_pushes_nothing_twice(house: House, ann: Person) -> None:
    async with house.running() as first:
        await stored(first, 1)
        await ann.ask("/subscribe")
        house.desk.publish(slot(12), LATER)
        await house.emulator.wait_for(lambda: pushed(house.emulator, ann))
    async with house.running() as second:
        await ann.ask("/help")
        await settled(second)
    assert len(pushed(house.emulator, ann)) == 1


@pytest.mark.parametrize(("catch_up", "arrived"), [("0", []), ("1", [20]), ("2", [16, 20]), ("9", [12, 16, 20])])
async def test_at_the_start_only_the_newest_few_are_caught_up_with(
    house: House, ann: Person, catch_up: str, arrived: list[int]
) -> None:
    async with house.running() as first:
        await stored(first, 1)
        await ann.ask("/subscribe")
    for hour in (12, 16, 20):
        house.desk.publish(slot(hour), (Entry(f"第{hour}点的事", "内容。"),))
    async with house.running(catch_up=catch_up) as second:
        await stored(second, 4)
        await settled(second)
    found = [hour for text in pushed(house.emulator, ann) for hour in (12, 16, 20) if f"第{hour}点的事" in text]
    assert sorted(found) == arrived


async def test_what_was_ingested_silently_is_never_pushed(house: House, ann: Person) -> None:
    async with house.running() as first:
        await stored(first, 1)
        await ann.ask("/subscribe")
    path = house.desk.publish(slot(12), LATER)
    async with house.running(roles=("updates", "deliver")) as by_hand:
        source = FolderSource(house.desk.folder, clock=utc_now, quiet=timedelta(0))
        raws = [raw for raw in source.scan() if raw.path == path.name]
        by_hand.core.ingest.store(raws, announce=False, now=slot(13))
    async with house.running(catch_up="9") as last:
        await ann.ask("/help")
        await settled(last)
        assert last.core.reading.state().digests == 2
    assert pushed(house.emulator, ann) == []


async def test_a_corrected_file_is_not_pushed_again(house: House, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe")
    path = house.desk.publish(slot(12), LATER)
    await house.emulator.wait_for(lambda: pushed(house.emulator, ann))
    await settled(running)
    mended = (Entry("机器人学会叠毛巾", LATER[0].body, "Ana"), *LATER[1:])
    house.desk.write(path.name, digest_text(slot(12), mended))
    await until(lambda: "叠毛巾" in running.core.reading.latest()[0].items[0].item.title)
    await settled(running)
    assert len(pushed(house.emulator, ann)) == 1
    assert "叠毛巾" in (await ann.ask("/latest"))["text"]


async def test_a_changed_language_holds_for_the_next_push(house: House, running: Running, ming: Person) -> None:
    await ming.ask("/subscribe")
    shown = await ming.ask("/settings")
    await ming.press_data(shown, "1:lang:en")
    house.desk.publish(slot(12), LATER)
    await house.emulator.wait_for(lambda: pushed(house.emulator, ming))
    assert "3 items" in pushed(house.emulator, ming)[0]


async def test_parts_arrive_in_order_with_buttons_under_the_last(house: House, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe")
    many = [Entry(f"第{n}条", f"{n}。" + "长长的一段话，" * 40, url=f"https://example.org/{n}") for n in range(1, 31)]
    house.desk.publish(slot(12), many)
    await house.emulator.wait_for(lambda: len(pushed(house.emulator, ann)) >= 3)
    await settled(running)
    parts = digests(house.emulator.messages(ann))
    assert [f"({n}/{len(parts)})" in part["text"].splitlines()[0] for n, part in enumerate(parts, start=1)] == [
        True
    ] * len(parts)
    assert [bool(labels(part)) for part in parts] == [False] * (len(parts) - 1) + [True]
    whole = "\n".join(pushed(house.emulator, ann))
    assert re.findall(r"^(\d+)\. 第", whole, re.MULTILINE) == [str(n) for n in range(1, 31)]


async def test_many_files_at_once_are_an_archive_and_not_news(house: House, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe")
    folder = house.desk.folder / "archive"
    folder.mkdir()
    old = [(day, hour) for day in range(1, 8) for hour in (0, 4, 8, 12)]
    hidden = house.root / "waiting"
    hidden.mkdir()
    for day, hour in old:
        (hidden / f"{day:02}-{hour:02}.md").write_text(digest_text(slot(hour, day), LATER[:1]), encoding="utf-8")
    hidden.rename(folder / "all")
    await stored(running, 1 + len(old))
    await settled(running)
    assert len(pushed(house.emulator, ann)) == 1


async def test_commands_are_answered_while_a_broadcast_runs(house: House, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        crowd(running, house.emulator, 200)
        house.emulator.latency = 0.02
        house.desk.publish(slot(12), LATER)
        await house.emulator.wait_for(lambda: len(house.emulator.journal.sends()) > 10)
        await ann.ask("/status")
        before = len(house.emulator.journal.sends())
        await settled(running)
    assert before < 200
    assert len(house.emulator.journal.sends()) == 201


async def test_stopping_in_the_middle_of_a_broadcast_loses_and_repeats_nothing(house: House) -> None:
    async with house.running() as running:
        await stored(running, 1)
        crowd(running, house.emulator, 150)
        house.emulator.latency = 0.02
        house.desk.publish(slot(12), LATER)
        await house.emulator.wait_for(lambda: len(house.emulator.journal.sends()) > 20)
    assert len(house.emulator.journal.sends()) < 150
    async with house.running() as again:
        await settled(again)
        with again.core.storage.reading() as tx:
            assert tx.ledger.counts_by_state() == {DeliveryState.SENT: 150}
    assert sorted(entry.chat_id for entry in house.emulator.journal.sends()) == list(range(10_000, 10_150))


async def test_updates_sent_while_the_bot_was_down_are_answered(house: House, ann: Person) -> None:
    ann.start()
    async with house.running():
        await house.emulator.wait_for(lambda: house.emulator.texts(ann))
    assert "Hello" in house.emulator.texts(ann)[0]
