"""Searching in the chat: pages with what matched, what is tried when nothing did, and one tap to follow the words."""

import asyncio
import random

import pytest

from bot.core.actions import AddRule, QueryRef, RemoveRule, encode
from bot.core.model import Place, Rule, RuleAction, RuleKind
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, Entry, House, Running, slot, stored, subscriber_of
from tests.endtoend.conftest import Message, buttons, labels

pytestmark = pytest.mark.usefixtures("running")
OLDER = (
    Entry("Anthropic 谈护栏", "一段很长的开头，说的是别的事情。" * 12 + "最后才提到护栏二字。", "Mara Quill", "https://x.com/maraquill/status/2"),
    Entry("码头的秘密", "这里反复提到机械臂，机械臂，还是机械臂。", "陈一诺", "https://robots.example.org/two"),
)  # fmt: skip


@pytest.fixture
async def archive(house: House, running: Running) -> None:
    """A second, later digest in another category."""
    house.desk.publish(slot(12), OLDER, categories=["AI Ethics", "行业动态"])
    await stored(running, 2)


def bold(message: Message) -> list[str]:
    """The stretches in bold, by UTF-16 units."""
    units = message["text"].encode("utf-16-le")
    found = [(e["offset"], e["length"]) for e in message.get("entities", []) if e["type"] == "bold"]
    return [units[2 * at : 2 * (at + size)].decode("utf-16-le") for at, size in found]


async def pressed(person: Person, message: Message, button: str, emulator: Emulator) -> Message:
    """What the message has become after a press."""
    before = emulator.message(person.chat(), message)
    await person.press(message, button)
    changed = await emulator.wait_for(
        lambda: now if (now := emulator.message(person.chat(), message)) != before else None
    )
    return dict(changed)


@pytest.mark.usefixtures("archive")
async def test_bold_marks_what_matched_in_title_snippet_and_author(ann: Person) -> None:
    answer = await ann.ask("/search 护栏")
    assert bold(answer) == ["护栏", "护栏", "护栏"]
    assert "最后才提到护栏二字" in answer["text"]
    assert bold(await ann.ask("/search quill 权重"))[1:] == ["Quill", "权重"]


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("author:maraquill since:2026-11-01", [OLDER[0].title, NEWS[0].title]),
        ("author:@maraquill until:2026-11-01", []),
        ("机械臂", [OLDER[1].title, NEWS[1].title]),
        ("机械臂 sort:rank", [NEWS[1].title, OLDER[1].title]),
        ("category:行業動態", [entry.title for entry in OLDER]),
        ("category:'ai ethics' 护栏", [OLDER[0].title]),
        ("topic:industry-trends 码头", [NEWS[1].title]),
        ("category:robots 机械臂", [OLDER[1].title, NEWS[1].title]),
        ("until:2026-11-21 topic:機器人 -秘密", [NEWS[1].title]),
    ],
)
async def test_fields_narrow_alone_and_with_words(ann: Person, words: str, titles: list[str]) -> None:
    text = (await ann.ask("/search " + words.replace("'", '"')))["text"]
    assert [line.split(". ", 1)[1] for line in text.splitlines() if line[:1].isdecimal() and ". " in line] == titles


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("words", "said", "button"),
    [
        ("topic:robotcs 机械臂", "There is no topic “robotcs”", "topic:Robotics 机械臂"),
        ("category:etics 护栏", "Nothing in the category “etics”", 'category:"AI Ethics'),
        ("author:qiull 护栏", "No author “qiull”", 'author:"Mara Quill"'),
        ("Antropic 护栏", "Nothing found", "anthropic 护栏"),
        ("护栏 unheard-of", "Nothing found", "护栏"),
        ("机械臂秘密", "Nothing found", "机械臂 秘密"),
        ('"机械臂 码头"', "Nothing found", "机械臂 码头"),
        ("Mara Qill", "Nothing found", "✍️ Mara Quill"),
        ("Robotics", "Nothing found", "🏷 Robotics"),
    ],
)
async def test_nothing_found_offers_what_does_find(ann: Person, words: str, said: str, button: str) -> None:
    answer = await ann.ask(f"/search {words}")
    assert said in answer["text"]
    assert [label for label in labels(answer) if label.startswith(button)]


@pytest.mark.usefixtures("archive")
async def test_a_suggestion_leads_to_results(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("/search Antropic 护栏")
    assert OLDER[0].title in (await pressed(ann, answer, "anthropic 护栏", emulator))["text"]


@pytest.mark.parametrize(
    ("who", "follow", "mark", "said"),
    [
        ("ann", "+ Follow these words", "✓ Following, tap to stop", "pushes bring only what you follow"),
        ("ming", "＋ 关注这个关键词", "✓ 已关注，点按取消", "只推送关注的内容"),
        ("yijun", "＋ 關注這個關鍵字", "✓ 已關注，點按取消", "只推送關注的內容"),
    ],
)
async def test_words_are_followed_and_left_with_one_tap(
    request: pytest.FixtureRequest, running: Running, emulator: Emulator, who: str, follow: str, mark: str, said: str
) -> None:
    person: Person = request.getfixturevalue(who)
    await person.ask("/subscribe")
    answer = await person.ask("/search 机械臂 整夜")
    assert follow in labels(answer)
    toast = await person.press(answer, follow)
    assert said in str(toast["text"])
    await emulator.wait_for(lambda: mark in labels(emulator.message(person.chat(), answer)))
    rules = subscriber_of(running.core.storage, Place(person.id)).rules
    assert rules == (Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, "机械臂 整夜"),)
    assert mark in labels(await person.ask("/search 機械臂 整夜"))
    await person.press(answer, mark)
    await emulator.wait_for(lambda: follow in labels(emulator.message(person.chat(), answer)))
    assert subscriber_of(running.core.storage, Place(person.id)).rules == ()


async def test_following_says_how_to_get_pushes_to_who_gets_none(ann: Person) -> None:
    answer = await ann.ask("/search 机械臂")
    assert "/subscribe" in str((await ann.press(answer, "+ Follow these words"))["text"])


@pytest.mark.parametrize("words", ["机械臂 topic:robotics", "since:7d", "机械臂 sort:rank", "author:陈一诺", "机"])
async def test_a_query_with_fields_is_no_keyword(ann: Person, words: str) -> None:
    offered = "+ Follow these words" in labels(await ann.ask(f"/search {words}"))
    assert offered is (words == "机")


async def test_a_followed_keyword_survives_a_restart_of_its_button(house: House, ann: Person, running: Running) -> None:
    long = "机械臂 " + " ".join(f"-没有的词{n}" for n in range(12))
    answer = await ann.ask(f"/search {long}")
    await running.end()
    async with house.running() as again:
        await ann.press(answer, "+ Follow these words")
        assert subscriber_of(again.core.storage, Place(ann.id)).rules[0].value == long


async def test_two_hundred_rules_are_enough(ann: Person, running: Running) -> None:
    await ann.ask("/subscribe")
    rules = [Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, f"word{n}") for n in range(200)]
    with running.core.storage.writing() as tx:
        known = tx.subscribers.find(Place(ann.id))
        assert known is not None
        tx.subscribers.set_rules(known.id, rules, now=known.since)
    answer = await ann.ask("/search 机械臂")
    assert "200 rules" in str((await ann.press(answer, "+ Follow these words"))["text"])


async def test_in_groups_only_administrators_follow(
    ann: Person, ming: Person, group: Chat, emulator: Emulator, running: Running
) -> None:
    answer = await ming.ask("/search 机械臂", group)
    assert "管理员" in str((await ming.press(answer, buttons(answer)[-1]["callback_data"]))["text"])
    assert running.core.subscriptions.find(Place(group.id)) is None
    await ann.press(answer, buttons(answer)[-1]["callback_data"])
    assert subscriber_of(running.core.storage, Place(group.id)).rules[0].kind is RuleKind.KEYWORD


@pytest.mark.parametrize(
    "forged",
    [
        AddRule(RuleAction.FOLLOW, RuleKind.KEYWORD, "-的"),
        AddRule(RuleAction.FOLLOW, RuleKind.TOPIC, "unheard"),
        AddRule(RuleAction.MUTE, RuleKind.HOST, "no host"),
        RemoveRule(RuleAction.FOLLOW, RuleKind.KEYWORD, QueryRef(999)),
    ],
)
async def test_forged_rules_are_checked_as_if_typed(ann: Person, running: Running, forged: AddRule) -> None:
    answer = await ann.ask("/search 机械臂")
    assert "out of date" in str((await ann.press_data(answer, encode(forged)))["text"])
    assert running.core.subscriptions.find(Place(ann.id)) is None


async def test_a_mute_can_be_made_and_taken_back_by_a_button(ann: Person, running: Running) -> None:
    answer = await ann.ask("/search 机械臂")
    mute = (RuleAction.MUTE, RuleKind.AUTHOR, "@someone")
    assert (await ann.press_data(answer, encode(AddRule(*mute))))["text"] == "Muted. Tap again to undo"
    assert subscriber_of(running.core.storage, Place(ann.id)).rules == (Rule(*mute),)
    assert (await ann.press_data(answer, encode(RemoveRule(*mute))))["text"] == "Not muted any more"
    assert subscriber_of(running.core.storage, Place(ann.id)).rules == ()


@pytest.mark.usefixtures("archive")
async def test_a_name_that_is_topic_and_category_shows_the_topic_with_a_way_to_the_category(
    ann: Person, emulator: Emulator
) -> None:
    answer = await ann.ask("/category AI models")
    assert answer["text"].startswith("🏷 Models")
    category = await pressed(ann, answer, "🗂 AI Models", emulator)
    assert category["text"].startswith("🗂 AI Models")
    assert "+ Follow this category" in labels(category)
    assert (await pressed(ann, category, "🏷 Models", emulator))["text"].startswith("🏷 Models")


@pytest.mark.usefixtures("archive")
async def test_following_a_topic_keeps_the_way_to_the_category(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("/topic AI Models")
    followed = await pressed(ann, answer, "+ Follow this topic", emulator)
    assert labels(followed)[-1] == "🗂 AI Models"


@pytest.mark.usefixtures("archive")
async def test_a_category_is_followed_with_one_tap(ann: Person, running: Running) -> None:
    answer = await ann.ask("/category 行業動態")
    await ann.press(answer, "+ Follow this category")
    rules = subscriber_of(running.core.storage, Place(ann.id)).rules
    assert rules == (Rule(RuleAction.FOLLOW, RuleKind.CATEGORY, "行业动态"),)


@pytest.mark.usefixtures("archive")
async def test_an_unknown_name_gets_near_topics_and_categories(ann: Person, emulator: Emulator) -> None:
    answer = await ann.ask("/category 行业动向")
    assert "🗂 行业动态" in labels(answer)
    assert OLDER[0].title in (await pressed(ann, answer, "🗂 行业动态", emulator))["text"]


PIECES = (
    *"\"'*^()-&|!%_;:\\模가𠀀🤖９ﷺ<>@#/{}[]\u202e\u200b\ufeff\ue000",
    *("{title}:", "NEAR(", " AND ", " OR ", " NOT ", "<->", ":*", "$1", "%s", "%(x)s", "护栏", "模型", " ", "  "),
    *("author:", "作者：", "topic:", "category:", "since:", "until:", "sort:rank", "author:@", "since:99999d", "<b>"),
)
WIDE = (
    "模型" * 1500, "b" * 3900, " ".join(f"w{n}" for n in range(200)), " ".join(f"-w{n}" for n in range(200)) + " 护栏",
    " ".join(f'"护栏 {n}"' for n in range(50)), '"' * 3000, "author:a " * 300, " ".join("护栏模型码头的秘密" * 200),
    "topic:models " * 200, "since:7d " * 200, "https://x.com/maraquill/status/2", "%" * 500, "护" * 256 + " 栏" * 200,
)  # fmt: skip


def hostile(count: int) -> list[str]:
    """So many strings of pieces that mean something to one of the parsers on the way."""
    draw = random.Random(17)
    return ["".join(draw.choices(PIECES, k=draw.randint(1, 14))) for _ in range(count)]


@pytest.mark.usefixtures("archive")
async def test_whatever_is_searched_for_is_answered(emulator: Emulator) -> None:
    asked = [*WIDE, *hostile(220)]
    readers = [emulator.add_user(f"Reader {number}", language_code="en") for number in range(len(asked))]
    questions = [
        reader.ask(f"/search {words}"[:4096], timeout_seconds=60) for reader, words in zip(readers, asked, strict=True)
    ]
    answers = [answer["text"] for answer in await asyncio.gather(*questions)]
    assert [said for said in answers if "went wrong" in said] == []
    assert len(answers) == len(asked)
    assert emulator.journal.refused() == []
