"""Every command and its other name, in three languages, in private chats."""

import pytest

from bot.emulator import Emulator, Person
from tests.conftest import NEWS, House, Running, slot, stored
from tests.endtoend.conftest import buttons, kinds, labels, links

pytestmark = pytest.mark.usefixtures("running")


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", "Hello"), ("zh-hans", "你好"), ("zh-TW", "你好"), ("zh", "你好"), ("de", "Hello"), ("", "你好")],
)
async def test_start_greets_in_the_readers_language_and_offers_to_subscribe(
    emulator: Emulator, code: str, words: str
) -> None:
    answer = await emulator.add_user("Reader", language_code=code).ask("/start")
    assert words in answer["text"]
    assert buttons(answer)[0]["callback_data"] == "1:sub"


async def test_traditional_readers_get_traditional_words_and_content(yijun: Person) -> None:
    assert "訂閱" in "".join(labels(await yijun.ask("/start")))
    assert "碼頭上的機械臂" in (await yijun.ask("/latest"))["text"]


async def test_the_button_under_start_subscribes(ann: Person, house: House) -> None:
    greeting = await ann.ask("/start")
    toast = await ann.press(greeting, "1:sub")
    assert toast["text"] == "Subscribed"
    await house.emulator.wait_for(lambda: "You are subscribed." in house.emulator.texts(ann)[-1])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/start sub", "You are subscribed."),
        ("/start t_robotics", "码头上的机械臂"),
        ("/start t_nothing", "There is no topic “nothing”"),
        ("/start i_broken", "This item is not here"),
        ("/start  ", "Hello"),
        ("/help", "/search"),
        ("/topics", "You follow no topic"),
        ("/topic", "You follow no topic"),
        ("/category", "You follow no topic"),
        ("/status", "Not subscribed"),
        ("/settings", "Language: English"),
        ("/search", "What are you looking for"),
        ("/keyword", "What are you looking for"),
        ("/unsubscribe", "You are not subscribed"),
        ("/HELP", "/search"),
        ("/help@digest_demo_bot", "/search"),
        ("/help please", "/search"),
    ],
)
async def test_commands_answer(ann: Person, typed: str, words: str) -> None:
    assert words in (await ann.ask(typed))["text"]


async def test_subscribing_and_leaving_can_be_said_twice(ann: Person) -> None:
    texts = [(await ann.ask(said))["text"] for said in ("/subscribe", "/subscribe", "/unsubscribe", "/unsubscribe")]
    assert "You are subscribed." in texts[0]
    assert "subscribed already" in texts[1]
    assert "Unsubscribed: no more pushes" in texts[2]
    assert "You are not subscribed" in texts[3]
    assert "/subscribe" in texts[3]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("models robotics", "Models, Robotics"),
        ("Models,Robotics", "Models, Robotics"),
        ("模型、機器人", "Models, Robotics"),
        ("AI Ethics", "Safety & ethics"),
        ("AI Ethics Robots", "Robotics, Safety & ethics"),
        ("Open Source, 机器人", "Robotics, Open source"),
    ],
)
async def test_topics_named_with_subscribe_are_followed(ann: Person, typed: str, names: str) -> None:
    answer = (await ann.ask(f"/subscribe {typed}"))["text"]
    assert set(answer.rpartition(": ")[2].split(", ")) == set(names.split(", "))


async def test_an_unknown_topic_named_with_subscribe_changes_nothing(ann: Person) -> None:
    answer = await ann.ask("/subscribe models, robotcs")
    assert "There is no topic “robotcs”" in answer["text"]
    assert "Robotics" in labels(answer)
    assert "Not subscribed" in (await ann.ask("/status"))["text"]


async def test_leaving_keeps_topics_and_settings(ann: Person) -> None:
    await ann.ask("/subscribe robotics")
    await ann.ask("/unsubscribe")
    assert "Topics you follow: Robotics" in (await ann.ask("/subscribe"))["text"]


async def test_latest_shows_the_newest_digest_folded_with_links_and_bold(ann: Person) -> None:
    answer = await ann.ask("/latest")
    assert all(entry.title in answer["text"] for entry in NEWS)
    assert kinds(answer) == {"bold", "text_link", "expandable_blockquote"}
    assert links(answer) == [entry.url for entry in NEWS]
    assert answer["link_preview_options"] == {"is_disabled": True}


async def test_latest_n_sends_so_many_digests_oldest_first(ann: Person, house: House, running: Running) -> None:
    house.desk.publish(slot(12), NEWS[:1])
    house.desk.publish(slot(16), NEWS[1:2])
    await stored(running, 3)
    ann.send("/latest 2")
    await house.emulator.wait_for(lambda: len(house.emulator.sent(ann)) == 2)
    assert [NEWS[0].title in text for text in house.emulator.texts(ann)] == [True, False]
    ann.send("/latest 20")
    await house.emulator.wait_for(lambda: len(house.emulator.sent(ann)) == 5)


@pytest.mark.parametrize(
    "number", ["0", "21", "-1", "many", "1 2", "٣٣", "²", "1.5", "000120", "9" * 4000, "0x1", "%s"]
)
async def test_a_number_that_is_none_gets_a_kind_word(ann: Person, number: str) -> None:
    assert "from 1 to 20" in (await ann.ask(f"/latest {number}"))["text"]


async def test_rules_that_hide_items_are_told_with_a_button_for_all(ann: Person, emulator: Emulator) -> None:
    await ann.ask("/subscribe robotics")
    answer = await ann.ask("/latest")
    assert NEWS[0].title not in answer["text"]
    assert "2 hidden by your rules" in answer["text"]
    await ann.press(answer, "Show everything")
    await emulator.wait_for(lambda: NEWS[0].title in emulator.texts(ann)[-1])


@pytest.mark.parametrize(
    ("command", "name", "title"),
    [
        ("topic", "robotics", NEWS[1].title),
        ("topic", "Robotics", NEWS[1].title),
        ("topic", "機器人", NEWS[1].title),
        ("category", "机器人", NEWS[1].title),
        ("category", "AI MODELS", NEWS[0].title),
        ("topic", "industry trends", NEWS[2].title),
        ("author", "maraquill", NEWS[0].title),
        ("author", "@maraquill", NEWS[0].title),
        ("author", "陈一诺", NEWS[1].title),
        ("author", "brandt", NEWS[2].title),
        ("search", "机械臂", NEWS[1].title),
        ("search", "機械臂", NEWS[1].title),
        ("keyword", '"十二个"', NEWS[2].title),
        ("search", "topic:robotics", NEWS[1].title),
        ("search", "author:quill", NEWS[0].title),
        ("search", "since:2026-11-01 开源", NEWS[2].title),
    ],
)
async def test_topics_categories_authors_and_words_find_items(ann: Person, command: str, name: str, title: str) -> None:
    assert title in (await ann.ask(f"/{command} {name}"))["text"]


async def test_excluded_words_are_excluded(ann: Person) -> None:
    answer = (await ann.ask("/search 的 -港口"))["text"]
    assert NEWS[1].title not in answer


async def test_an_unknown_topic_gets_near_ones_as_buttons(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("/topic robotcs")
    assert "There is no topic" in answer["text"]
    await ann.press(answer, "Robotics")
    await emulator.wait_for(lambda: NEWS[1].title in emulator.messages(ann)[-1]["text"])


@pytest.mark.parametrize(
    "words",
    [
        "nowhere-to-be-found",
        "'; DROP TABLE item; --",
        '"unbalanced',
        "a AND OR NOT NEAR(b c)",
        "*",
        "🤖",
        "%_%",
        "item_fts:x",
        "(((",
        "<b>&amp;</b>",
        "-only -excluded",
        "author:",
        "since:yesterday-ish",
        "topic:unheard",
        "\u202e\u200b",
        "\x00x",
        "x" * 4000,
        "词" * 300,
    ],
)
async def test_hostile_words_are_answered_and_break_nothing(ann: Person, words: str) -> None:
    asked = [f"/{command} {words}" for command in ("search", "topic", "author", "subscribe", "latest", "start")]
    answers = [(await ann.ask(text))["text"] for text in (*asked, words)]
    assert not [text for text in answers if "Something went wrong" in text]
    assert "All is well" in (await ann.ask("/status"))["text"]


async def test_nothing_found_offers_the_query_with_a_word_less(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("/search 机械臂 unheard-of")
    assert "Nothing found" in answer["text"]
    await ann.press(answer, "机械臂")
    await emulator.wait_for(lambda: NEWS[1].title in emulator.messages(ann)[-1]["text"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/lates", "Perhaps you meant /latest"),
        ("/qqqq", "There is no command /qqqq. /help"),
        ("/qqqq@digest_demo_bot", "There is no command /qqqq"),
        ("What is new?", "Search the digests for “What is new?”?"),
        ("???", "I understand words and commands"),
        ("/", "I understand words and commands"),
        ("搜索 机器人", "搜索 机器人"),
    ],
)
async def test_what_is_not_understood_is_answered_kindly(ann: Person, typed: str, words: str) -> None:
    assert words in (await ann.ask(typed))["text"]


async def test_plain_words_can_be_searched_for_by_button(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("机械臂")
    await ann.press(answer, "🔍 Search")
    await emulator.wait_for(lambda: NEWS[1].title in emulator.messages(ann)[-1]["text"])


async def test_other_bots_commands_and_edited_messages_are_left_alone(ann: Person, emulator: Emulator) -> None:
    ann.send("/latest@other_bot")
    typed = ann.send("/help")
    await emulator.wait_for(lambda: len(emulator.sent(ann)) == 1)
    ann.edit(typed, "/latest")
    await ann.ask("/topics")
    assert [text.split()[0] for text in emulator.texts(ann)] == ["📖", "🏷"]


async def test_status_tells_the_state_of_this_chat(ann: Person) -> None:
    await ann.ask("/subscribe")
    text = (await ann.ask("/status"))["text"]
    assert "🔔 Subscribed" in text
    assert "(3 items)" in text
    assert "All is well" in text
