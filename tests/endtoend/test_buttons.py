"""Buttons: paging, topics and settings in place, and presses that are forged, old or foreign."""

import pytest

from bot.core.actions import QueryRef, Search, SetStyle, ShowDigest, ToggleTopic, encode
from bot.core.model import Style
from bot.emulator import Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored
from tests.endtoend.conftest import buttons, kinds, labels

MANY = tuple(
    Entry(f"第{n}条：仓库里的机器人", f"仓库新增第{n}个例子，机器人也用得上。", url=f"https://example.org/{n}")
    for n in range(1, 13)
)
LONG = "仓库 机器人 例子 -港口 -码头 -整夜 -调度 -耐用 -参数"


@pytest.fixture
async def archive(house: House, running: Running) -> None:
    """A second digest of twelve items that share words."""
    house.desk.publish(slot(12), MANY)
    await stored(running, 2)


@pytest.mark.parametrize("words", ["仓库 机器人", LONG], ids=["short", "long"])
@pytest.mark.usefixtures("archive")
async def test_pages_turn_in_place(ann: Person, emulator: Emulator, words: str) -> None:
    first = await ann.ask(f"/search {words}")
    assert "12 items" in first["text"]
    await ann.press(first, "Next ›")
    second = await emulator.wait_for(lambda: emulator.messages(ann)[-1] if "6. " in emulator.texts(ann)[-1] else None)
    assert second["message_id"] == first["message_id"]
    assert "2/3" in labels(second)
    await ann.press(second, "‹ Previous")
    await emulator.wait_for(lambda: emulator.texts(ann)[-1] == first["text"])


@pytest.mark.usefixtures("archive")
async def test_a_button_of_a_long_query_works_after_a_restart(house: House, ann: Person, running: Running) -> None:
    first = await ann.ask(f"/search {LONG}")
    await running.end()
    async with house.running():
        await ann.press(first, "Next ›")
        await house.emulator.wait_for(lambda: "6. " in house.emulator.texts(ann)[-1])


@pytest.mark.usefixtures("running")
async def test_topics_are_followed_and_left_in_place(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/topics")
    assert (await ann.press(shown, "Robotics"))["text"] == "Followed"
    await emulator.wait_for(lambda: "Following 1 topic" in emulator.texts(ann)[-1])
    assert labels(emulator.messages(ann)[-1])[1] == "✓ Robotics 1"
    assert (await ann.press(shown, "✓ Robotics"))["text"] == "Unfollowed"
    await emulator.wait_for(lambda: "You follow no topic" in emulator.texts(ann)[-1])
    assert len(emulator.sent(ann)) == 1


@pytest.mark.usefixtures("running")
async def test_pressing_follow_twice_follows_once(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/topics")
    follow = encode(ToggleTopic("robotics", True))
    await ann.press_data(shown, follow)
    await ann.press_data(shown, follow)
    await emulator.wait_for(lambda: "Following 1 topic" in emulator.texts(ann)[-1])


@pytest.mark.usefixtures("running")
async def test_following_under_a_topics_items_leaves_the_items_there(ann: Person, emulator: Emulator) -> None:
    items = await ann.ask("/topic robotics")
    await ann.press(items, "+ Follow this topic")
    await emulator.wait_for(lambda: "✓ Following, tap to stop" in labels(emulator.messages(ann)[-1]))
    assert NEWS[1].title in emulator.texts(ann)[-1]


@pytest.mark.parametrize(
    ("style", "present"),
    [
        (Style.FULL, {"bold", "text_link"}),
        (Style.HEADLINES, {"bold", "text_link"}),
        (Style.FOLDED, {"bold", "text_link", "expandable_blockquote"}),
    ],
)
@pytest.mark.usefixtures("running")
async def test_the_style_changes_in_place_and_then_what_is_sent(
    ann: Person, emulator: Emulator, style: Style, present: set[str]
) -> None:
    shown = await ann.ask("/settings")
    await ann.press(shown, "1:set:style")
    await emulator.wait_for(lambda: "Style" in emulator.texts(ann)[-1].splitlines()[0])
    assert (await ann.press(shown, encode(SetStyle(style))))["text"] == "Saved"
    assert len(emulator.sent(ann)) == 1
    answer = await ann.ask("/latest")
    assert kinds(answer) == present
    assert (NEWS[0].body.replace("*", "") in answer["text"]) is (style is not Style.HEADLINES)


@pytest.mark.usefixtures("running")
async def test_the_language_changes_at_once_with_script_menu_and_all(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/settings")
    await ann.press(shown, "1:set:language")
    await emulator.wait_for(lambda: "繁體中文" in labels(emulator.messages(ann)[-1]))
    assert (await ann.press(shown, "繁體中文"))["text"] == "已儲存"
    await emulator.wait_for(lambda: "語言" in emulator.texts(ann)[-1])
    assert "✓ 繁體中文" in labels(emulator.messages(ann)[-1])
    assert "機械臂學會疊箱子" in (await ann.ask("/latest"))["text"]
    await emulator.wait_for(lambda: emulator.journal.calls("setMyCommands", chat_id=None)[-1].ok)
    assert "主題" in (await ann.ask("/topics"))["text"]


@pytest.mark.usefixtures("running")
async def test_the_settings_message_is_taken_away_by_its_button(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/settings")
    await ann.press(shown, "1:x")
    await emulator.wait_for(lambda: not emulator.sent(ann))


@pytest.mark.parametrize(
    "data",
    [
        "x", "1:", "1:sub:extra", "2:sub", "0:sub", "1:lat:999:0", "1:lat:1:2", "1:dig:0:0", "1:tog:../x:1:1",
        "1:srch:1:", "1:srch:1:#-1", "1:srch:99999:=a", "1:unheard", "1:style:huge", "1:lang:xx", "sub", "💥",
        encode(ShowDigest(999)), encode(Search(QueryRef(999))), encode(ToggleTopic("unheard", True)),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("running")
async def test_forged_foreign_and_outdated_buttons_get_a_toast_and_do_nothing(
    ann: Person, emulator: Emulator, data: str
) -> None:
    shown = await ann.ask("/topics")
    assert "out of date" in str((await ann.press_data(shown, data))["text"])
    assert len(emulator.sent(ann)) == 1


@pytest.mark.usefixtures("running")
async def test_a_label_that_looks_like_a_button_is_answered_silently(ann: Person) -> None:
    shown = await ann.ask("/topics")
    assert (await ann.press_data(shown, "1:-"))["text"] is None


@pytest.mark.usefixtures("running")
async def test_a_button_under_a_deleted_message_still_answers(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/topics")
    del ann.chat().messages[shown["message_id"]]
    assert (await ann.press_data(shown, encode(ToggleTopic("robotics", True))))["text"] == "Followed"
    await emulator.wait_for(lambda: any("Following 1 topic" in text for text in emulator.texts(ann)))


@pytest.mark.usefixtures("running")
async def test_buttons_are_answered_before_anything_else_is_done(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/start")
    emulator.journal.clear()
    await ann.press(shown, buttons(shown)[0]["callback_data"])
    await emulator.wait_for(emulator.journal.sends)
    methods = [entry.method for entry in emulator.journal.entries]  # among them the menus, set in the background
    assert methods.index("answerCallbackQuery") < methods.index("sendMessage")
