"""What is kept is said, handed over and deleted; what readers type is in no log."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from bot.core.actions import AskForget, ExportData, Forget, KeepData, encode
from bot.core.model import ChatKind, Language, Place, Rule, RuleAction, RuleKind
from bot.emulator import Chat, Emulator, Person
from bot.log import set_up_logging
from bot.services.roster import import_subscribers
from bot.storage import Storage
from tests.conftest import Entry, House, Running, slot
from tests.endtoend.conftest import labels
from tests.endtoend.talking import edited, pushed, subscribe, told

pytestmark = pytest.mark.usefixtures("running")
ROBOTS = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics")


async def exported(emulator: Emulator, person: Person, chat: Chat | None = None) -> tuple[str, list[dict]]:
    """The file that /export sends: its name and its lines."""
    answer = await told(emulator, person, "/export", chat)
    name, content = emulator.world.files[answer["document"]["file_id"]]
    assert answer["document"]["file_name"] == name
    return name, [json.loads(line) for line in content.decode().splitlines()]


def known(running: Running, chat_id: int) -> int:
    with running.core.storage.reading() as tx:
        return len(tx.subscribers.list_of_chat(chat_id))


@pytest.mark.parametrize(
    ("who", "words"),
    [("ann", ["What is kept", "/export", "/forget"]), ("ming", ["保存什么", "日志"]), ("yijun", ["保存什麼", "日誌"])],
)
async def test_privacy_is_said_in_plain_words(request: pytest.FixtureRequest, who: str, words: list[str]) -> None:
    person: Person = request.getfixturevalue(who)
    answer = await person.ask("/privacy")
    assert [word for word in words if word not in answer["text"]] == []
    assert len(labels(answer)) == 2


async def test_an_export_is_one_line_and_imports_again(
    house: House, emulator: Emulator, ann: Person, running: Running, tmp_path: Path, empty_database: Path
) -> None:
    await ann.ask("/subscribe robotics")
    await ann.ask("/mute @someone")
    await ann.ask("/save 2")
    name, [line] = await exported(emulator, ann)
    assert name.endswith(".json")
    assert (line["chat_id"], line["saved"], len(line["rules"])) == (ann.id, ["2026-11-21T08:00:00+08:00#2"], 2)
    shutil.copy(empty_database, tmp_path / "again.db")
    with Storage.open(f"sqlite:///{tmp_path}/again.db") as other:
        text = [json.dumps(line).encode()]
        last = list(import_subscribers(other, text, language=Language.EN, slug_of=lambda slug: slug, now=slot(9)))[-1]
        assert (last.added, last.refused) == (1, 0)  # type: ignore[union-attr] - no line is refused
        with other.reading() as tx:
            again = tx.subscribers.find(Place(ann.id))
        assert again is not None
        assert [rule.value for rule in again.rules] == ["robotics", "@someone"]


async def test_a_forum_exports_all_its_topics(emulator: Emulator, ann: Person, forum: Chat, running: Running) -> None:
    topic = emulator.add_topic(forum, "Robots")
    subscribe(running, Place(forum.id, topic.id), ROBOTS, kind=ChatKind.SUPERGROUP)
    subscribe(running, Place(forum.id), kind=ChatKind.SUPERGROUP)
    subscribe(running, Place(ann.id))
    name, lines = await exported(emulator, ann, forum)
    assert name.endswith(".jsonl")
    assert [(line["chat_id"], line["thread_id"]) for line in lines] == [(forum.id, None), (forum.id, topic.id)]


async def test_who_is_not_known_has_nothing_to_export_or_forget(ann: Person, ming: Person) -> None:
    assert "Nothing is kept" in (await ann.ask("/export"))["text"]
    assert "Nothing is kept" in (await ann.ask("/forget"))["text"]
    assert "没有保存" in (await ming.ask("/forget"))["text"]


@pytest.mark.parametrize("typed", ["/export", "/forget"])
async def test_in_groups_only_administrators_decide(
    ming: Person, ann: Person, group: Chat, running: Running, typed: str
) -> None:
    subscribe(running, Place(group.id), kind=ChatKind.SUPERGROUP)
    assert "dministrators" in (await ming.ask(typed, group))["text"]
    shown = await ann.ask("/privacy", group)
    for action in (ExportData(), AskForget(), Forget(), KeepData()):
        assert "dministrators" in (await ming.press_data(shown, encode(action)))["text"]
    assert known(running, group.id) == 1


async def test_forgetting_asks_first_and_then_leaves_nothing(
    house: House, emulator: Emulator, ann: Person, ming: Person, running: Running
) -> None:
    subscribe(running, Place(ann.start()["chat"]["id"]), ROBOTS)
    subscribe(running, Place(ming.start()["chat"]["id"]), ROBOTS)
    (push,) = await pushed(house, emulator, ann)
    await ann.ask("/save 2")
    asked = await ann.ask("/forget")
    assert "cannot be undone" in asked["text"]
    assert known(running, ann.id) == 1
    done = await edited(emulator, ann, asked, "🗑 Delete everything")
    assert "Everything is deleted" in done["text"]
    assert labels(done) == []
    assert known(running, ann.id) == 0
    assert known(running, ming.id) == 1
    with running.core.storage.reading() as tx:
        assert sum(tx.ledger.counts_by_state().values()) == 1  # Ming's
        assert tx.ledger.find_by_message(ann.id, push["message_id"]) is None
    house.desk.publish(slot(16), (Entry("机器人学会跳舞", "新的机器人跳得很好。", "Wu", "https://example.org/dance"),))
    await emulator.wait_for(lambda: len([text for text in emulator.texts(ming) if "📰" in text]) == 2)
    assert len([text for text in emulator.texts(ann) if "📰" in text]) == 1


async def test_who_changes_their_mind_keeps_everything(emulator: Emulator, ann: Person, running: Running) -> None:
    await ann.ask("/subscribe")
    kept = await edited(emulator, ann, await ann.ask("/forget"), "Keep it")
    assert kept["text"] == "Nothing was deleted."
    assert known(running, ann.id) == 1


async def test_a_forum_is_forgotten_with_all_its_topics(
    emulator: Emulator, ann: Person, forum: Chat, running: Running
) -> None:
    topic = emulator.add_topic(forum, "Robots")
    subscribe(running, Place(forum.id, topic.id), kind=ChatKind.SUPERGROUP)
    subscribe(running, Place(forum.id), kind=ChatKind.SUPERGROUP)
    asked = await told(emulator, ann, "/forget", forum)
    assert "2 places" in asked["text"]
    await edited(emulator, ann, asked, "🗑 Delete everything")
    assert known(running, forum.id) == 0


async def test_pressing_delete_again_later_is_harmless(emulator: Emulator, ann: Person, running: Running) -> None:
    await ann.ask("/subscribe")
    asked = await ann.ask("/forget")
    await edited(emulator, ann, asked, "🗑 Delete everything")
    await ann.press_data(asked, encode(Forget()))
    assert known(running, ann.id) == 0


async def test_a_channel_is_asked_by_a_post(emulator: Emulator, ann: Person, channel: Chat, running: Running) -> None:
    subscribe(running, Place(channel.id), kind=ChatKind.CHANNEL)
    assert "What is kept" in (await told(emulator, ann, "/privacy", channel))["text"]
    _, [line] = await exported(emulator, ann, channel)
    assert line["kind"] == "channel"
    await edited(emulator, ann, await told(emulator, ann, "/forget", channel), "🗑 Delete everything")
    assert known(running, channel.id) == 0


async def test_a_flood_wait_does_not_lose_the_file(emulator: Emulator, ann: Person, running: Running) -> None:
    await ann.ask("/subscribe")
    emulator.fail_next("sendDocument", error="flood:1")
    _, [line] = await exported(emulator, ann)
    assert line["chat_id"] == ann.id


SECRET = "皂角树下的独角兽"


async def test_what_readers_type_is_in_no_log_at_any_level(
    house: House, emulator: Emulator, ann: Person, group: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (logging.getLogger().level, logging.getLogger().handlers[:])
    set_up_logging("DEBUG")
    try:
        for typed in (
            f"/search {SECRET}",
            SECRET,
            f"/follow {SECRET}",
            f"/{SECRET}",
            f"/topic {SECRET}",
            f"/save {SECRET}",
        ):
            await ann.ask(typed)
        await ann.ask(f"/search {SECRET}", group)
        await ann.inline(SECRET)
        await ann.press(await ann.ask("/rules"), "✕")
    finally:
        logging.getLogger().setLevel(before[0])
        logging.getLogger().handlers[:] = before[1]
    written = capsys.readouterr()
    assert "sendMessage" in written.err
    assert SECRET not in written.err + written.out
    assert "独角兽" not in written.err + written.out
