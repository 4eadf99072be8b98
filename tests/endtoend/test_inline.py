"""Inline mode: results in any chat, ready to share."""

import pytest

from bot.core.actions import SetStyle, encode
from bot.core.model import Style
from bot.emulator import Chat, Emulator, Person
from bot.services.reading import Reading
from tests.conftest import NEWS, Entry, House, Running, slot, stored

pytestmark = pytest.mark.usefixtures("running")
MANY = tuple(
    Entry(f"第{n}条仓库消息", "仓库" * 300, "Ola Brandt", f"https://example.org/{n}?a=<b>&c") for n in range(45)
)


@pytest.mark.parametrize("query", ["", "  ", '"', "???"])
async def test_without_words_the_newest_items_are_offered(ann: Person, query: str) -> None:
    results = await ann.inline(query)
    assert [result["title"] for result in results] == [entry.title for entry in NEWS]


async def test_a_result_tells_what_it_is_and_becomes_a_message_with_link(
    ann: Person, group: Chat, emulator: Emulator
) -> None:
    [result] = await ann.inline("机械臂")
    assert (result["title"], result["type"]) == (NEWS[1].title, "article")
    assert result["description"].startswith("陈一诺 · 21 Nov 2026 · ")
    shared = ann.choose(result, "机械臂", group)
    assert shared["text"].startswith(f"{NEWS[1].title}\n陈一诺 · 21 Nov 2026\n港口的机器人整夜不停")
    kinds = [entity["type"] for entity in shared["entities"]]
    assert {"text_link", "expandable_blockquote"} <= set(kinds)
    assert result["input_message_content"]["link_preview_options"] == {"is_disabled": True}
    assert emulator.sent(group) == []


async def test_the_description_shows_where_the_words_are(ann: Person, house: House, running: Running) -> None:
    far = Entry("一条长消息", "开头说别的。" * 40 + "结尾提到独角鲸。", "Ola Brandt")
    house.desk.publish(slot(12), (far,))
    await stored(running, 2)
    [result] = await ann.inline("独角鲸")
    assert "独角鲸" in result["description"]


async def test_all_results_come_in_pages_without_repeats(ann: Person, house: House, running: Running) -> None:
    house.desk.publish(slot(12), MANY)
    await stored(running, 2)
    titles: list[str] = []
    offset = ""
    while (answer := await ann.inline_answer("仓库", offset)) and answer["results"]:
        titles += [result["title"] for result in answer["results"]]
        offset = answer["next_offset"]
        if not offset:
            break
    assert titles == [*(entry.title for entry in MANY), NEWS[2].title]


async def test_language_script_and_style_are_the_readers(
    ann: Person, ming: Person, yijun: Person, emulator: Emulator
) -> None:
    shown = await yijun.ask("/settings")
    await yijun.press_data(shown, encode(SetStyle(Style.HEADLINES)))
    [traditional] = await yijun.inline("机械臂")
    [simplified] = await ming.inline("機械臂")
    assert traditional["title"] == "碼頭上的機械臂學會疊箱子"
    assert traditional["message"]["text"].count("\n") == 1
    assert "2026年11月21日" in simplified["description"]
    assert "整夜" in simplified["message"]["text"]


@pytest.mark.parametrize(
    ("query", "button", "answer"), [("机械臂", "settings", "Settings"), ("unheard-of", "help", "Search tips")]
)
async def test_the_button_leads_to_the_private_chat(ann: Person, query: str, button: str, answer: str) -> None:
    offered = (await ann.inline_answer(query))["button"]
    assert offered["start_parameter"] == button
    assert answer in (await ann.ask(f"/start {button}"))["text"]


@pytest.mark.parametrize(
    "query",
    ["x" * 300, "词" * 256, "'; DROP TABLE item; --", "*", "\u202e", "🤖", '"((" OR', "topic:unheard", "since:7d -x"],
)
async def test_hostile_queries_are_answered(ann: Person, query: str) -> None:
    assert isinstance(await ann.inline(query), list)
    assert len(await ann.inline("")) == 3


@pytest.mark.parametrize("offset", ["x", "-1", "99999", "٣", "1.5", "9" * 60])
async def test_an_offset_of_somebody_elses_making_has_no_results(ann: Person, offset: str) -> None:
    assert await ann.inline("", offset) == []


async def test_a_failure_is_answered_with_nothing(ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Reading, "search", broken)
    answer = await ann.inline_answer("机械臂")
    assert (answer["results"], answer["button"]) == ([], None)


async def test_sharing_into_the_private_chat_is_no_question_to_the_bot(ann: Person, emulator: Emulator) -> None:
    await ann.ask("/help")
    [result] = await ann.inline("机械臂")
    ann.choose(result)
    await ann.ask("/topics")
    assert len(emulator.sent(ann)) == 2
