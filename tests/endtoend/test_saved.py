"""Bookmarks by command: of the push that is replied to, of the last one, and the list of them."""

import pytest

from bot.core.model import Place, Preferences
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored, until
from tests.endtoend.conftest import Message, buttons, digests, labels
from tests.endtoend.talking import edited, pushed, subscribe, told

pytestmark = pytest.mark.usefixtures("running")
MANY = tuple(Entry(f"第{n}条消息", f"正文{n}。", "Bo", f"https://example.org/{n}") for n in range(1, 9))


def titles(running: Running, place: Place) -> list[str]:
    """What a place keeps, the latest first."""
    with running.core.storage.reading() as tx:
        owner = tx.subscribers.find(place)
        return [] if owner is None else [item.item.title for item in tx.saved.list_of(owner.id, limit=99)]


@pytest.mark.parametrize(("who", "said"), [("ann", "★ Saved “"), ("ming", "★ 已收藏“"), ("yijun", "★ 已收藏「")])
async def test_before_any_push_a_number_means_the_newest_digest(
    request: pytest.FixtureRequest, running: Running, who: str, said: str
) -> None:
    person: Person = request.getfixturevalue(who)
    assert (await person.ask("/save 2"))["text"].startswith(said)
    assert titles(running, Place(person.id)) == [NEWS[1].title]


async def test_a_reply_says_which_push_is_meant(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]))
    (push,) = await pushed(house, emulator, ann, entries=MANY)
    house.desk.publish(slot(16), NEWS)
    await emulator.wait_for(lambda: any(NEWS[0].title in text for text in emulator.texts(ann)))
    assert "第4条消息" in (await told(emulator, ann, "/save 4", reply_to=push))["text"]
    assert NEWS[2].title in (await ann.ask("/save 3."))["text"]
    assert titles(running, Place(ann.id)) == [NEWS[2].title, "第4条消息"]


async def test_an_answer_can_be_replied_to_as_well(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    older = await ann.ask("/latest")
    house.desk.publish(slot(12), MANY)
    await stored(running, 2)
    assert NEWS[1].title in (await told(emulator, ann, "/save 2", reply_to=older))["text"]


async def test_a_reply_without_a_number_asks_which(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]))
    (push,) = await pushed(house, emulator, ann, entries=MANY)
    choice = await told(emulator, ann, "/save", reply_to=push)
    assert "Pick one to save" in choice["text"]
    assert [label for label in labels(choice) if label.isdecimal()] == [str(n) for n in range(1, 9)]


async def test_a_reply_to_one_of_several_messages_offers_what_stands_in_it(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), preferences=Preferences(per_message=3))
    await pushed(house, emulator, ann, entries=MANY)
    await emulator.wait_for(lambda: len(digests(emulator.messages(ann))) == 3)
    parts = digests(emulator.messages(ann))
    await until(lambda: _known(running, parts[2]))
    choice = await told(emulator, ann, "/save", reply_to=parts[1])
    assert [label for label in labels(choice) if label.isdecimal()] == ["4", "5", "6"]
    assert "第8条消息" in (await told(emulator, ann, "/save 8", reply_to=parts[0]))["text"]


def _known(running: Running, message: Message) -> bool:
    with running.core.storage.reading() as tx:
        return tx.ledger.find_by_message(message["chat"]["id"], message["message_id"]) is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/save", "Which one?"),
        ("/save x", "Which one?"),
        ("/save 99999999999999999999", "Which one?"),
        ("/save 9", "no item 9"),
        ("/save 0", "no item 0"),
        ("/save -1", "Which one?"),
    ],
)
async def test_what_cannot_be_kept_is_explained(ann: Person, running: Running, typed: str, said: str) -> None:
    assert said in (await ann.ask(typed))["text"]
    assert titles(running, Place(ann.id)) == []


async def test_saving_twice_keeps_it_once(ann: Person, running: Running) -> None:
    await ann.ask("/save 1")
    assert "saved already" in (await ann.ask("/save 1"))["text"]
    assert titles(running, Place(ann.id)) == [NEWS[0].title]


async def test_saving_subscribes_nobody(ann: Person) -> None:
    await ann.ask("/save 1")
    assert "Unsubscribed" in (await ann.ask("/status"))["text"]


async def test_the_list_has_pages_and_what_is_removed_can_be_put_back(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    house.desk.publish(slot(12), MANY)
    await stored(running, 2)
    for number in range(1, 8):
        await ann.ask(f"/save {number}")
    shown = await ann.ask("/saved")
    assert "7 items" in shown["text"]
    assert [label for label in labels(shown) if label.startswith("✕")] == ["✕ 1", "✕ 2", "✕ 3", "✕ 4", "✕ 5"]
    second = await edited(emulator, ann, shown, "Next ›")
    assert labels(second) == ["6", "7", "✕ 6", "✕ 7", "‹ Previous", "2/2"]
    first = await edited(emulator, ann, second, "‹ Previous")
    dropped = await edited(emulator, ann, first, "✕ 2")
    assert "Removed “第6条消息”" in dropped["text"]
    assert "第6条消息" not in titles(running, Place(ann.id))
    undone = await edited(emulator, ann, dropped, "↩ Undo")
    assert "Removed" not in undone["text"]
    assert "第6条消息" in titles(running, Place(ann.id))


async def test_removing_the_last_of_a_page_shows_the_page_before(
    house: House, emulator: Emulator, ann: Person, running: Running
) -> None:
    house.desk.publish(slot(12), MANY)
    await stored(running, 2)
    for number in range(1, 7):
        await ann.ask(f"/save {number}")
    second = await edited(emulator, ann, await ann.ask("/saved"), "Next ›")
    left = await edited(emulator, ann, second, "✕ 6")
    assert "5 items" in left["text"]
    assert "第6条消息" in left["text"]


async def test_an_empty_list_says_how_to_fill_it(ann: Person, ming: Person, yijun: Person) -> None:
    assert "/save 3" in (await ann.ask("/saved"))["text"]
    assert "还没有收藏" in (await ming.ask("/saved"))["text"]
    assert "還沒有收藏" in (await yijun.ask("/saved"))["text"]


async def test_in_a_group_members_read_the_list_and_administrators_fill_it(
    ann: Person, ming: Person, group: Chat, running: Running
) -> None:
    assert "管理员" in (await ming.ask("/save 1", group))["text"]
    assert "★ Saved" in (await ann.ask("/save 1", group))["text"]
    shown = await ming.ask("/saved", group)
    assert NEWS[0].title in shown["text"]
    drop = next(button["callback_data"] for button in buttons(shown) if button["text"] == "✕ 1")
    assert "dministrators" in (await ming.press_data(shown, drop))["text"]
    assert titles(running, Place(group.id)) == [NEWS[0].title]


async def test_a_channel_keeps_by_its_own_posts(
    emulator: Emulator, ann: Person, channel: Chat, running: Running
) -> None:
    answer = await told(emulator, ann, "/save 1", channel)
    assert labels(answer) == []
    assert titles(running, Place(channel.id)) == [NEWS[0].title]
    assert labels(await told(emulator, ann, "/saved", channel)) == []


async def test_topics_of_a_forum_keep_apart(emulator: Emulator, ann: Person, forum: Chat, running: Running) -> None:
    topic = emulator.add_topic(forum, "Robots")
    await told(emulator, ann, "/save 2", forum, thread_id=topic.id)
    await told(emulator, ann, "/save 1", forum)
    assert titles(running, Place(forum.id, topic.id)) == [NEWS[1].title]
    assert titles(running, Place(forum.id)) == [NEWS[0].title]
