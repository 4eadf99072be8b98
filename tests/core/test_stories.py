"""Same story or not: on labelled pairs, on links, and whatever the order."""

import itertools
import json
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Item, RichText, StoredItem
from bot.core.stories import CERTAIN, WINDOW, StoryIndex, Told, likelihood, told

NOW = datetime(2026, 1, 5, tzinfo=UTC)
GROUPS = [
    json.loads(line)["items"]
    for line in (Path(__file__).parent / "story_pairs.jsonl").read_text(encoding="utf-8").splitlines()
]


def make(
    key: int, title: str, body: str = "", *, author: str | None = None, url: str | None = None, at: datetime = NOW
) -> Told:
    """An item in a digest of its own."""
    return told(StoredItem(key, key, at, Item(1, title, author, url, RichText(body))))


@dataclass(frozen=True)
class Labelled:
    group: int
    story: str
    told: Told


LABELLED = [
    Labelled(group, item["story"], make(1000 * group + place, item["title"], item["body"], author=item["author"]))
    for group, items in enumerate(GROUPS)
    for place, item in enumerate(items)
]


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float


def score(pairs: list[tuple[bool, bool]]) -> Score:
    """From (found, true) pairs."""
    hits = sum(found and true for found, true in pairs)
    return Score(hits / max(1, sum(found for found, _ in pairs)), hits / max(1, sum(true for _, true in pairs)))


def same(one: Labelled, two: Labelled) -> bool:
    # A star marks an event that several groups tell of.
    return one.story == two.story and (one.group == two.group or one.story.startswith("*"))


def test_there_are_enough_hard_pairs() -> None:
    near = [pair for pair in itertools.combinations(LABELLED, 2) if pair[0].group == pair[1].group]
    assert len(near) >= 800
    assert sum(same(*pair) for pair in near) >= 150


@pytest.mark.parametrize("half", [0, 1], ids=["fitted", "held out"])
def test_labelled_pairs_are_told_apart(half: int) -> None:
    items = [item for item in LABELLED if item.group % 2 == half]
    reached = score(
        [(likelihood(one.told, two.told) >= CERTAIN, same(one, two)) for one, two in itertools.combinations(items, 2)]
    )
    assert reached.precision >= 0.95
    assert reached.recall >= 0.8


@pytest.mark.parametrize("seed", range(4))
def test_stories_come_together_in_any_order(seed: int) -> None:
    order = random.Random(seed).sample(LABELLED, len(LABELLED))
    index = StoryIndex()
    for item in order:
        index.add(item.told, min(index.match(item.told), default=None))
    story = index.story_of
    reached = score(
        [(story(one.told.id) == story(two.told.id), same(one, two)) for one, two in itertools.combinations(LABELLED, 2)]
    )
    assert reached.precision >= 0.95
    assert reached.recall >= 0.8


@given(st.sampled_from(LABELLED), st.sampled_from(LABELLED))
def test_likeness_has_no_direction(one: Labelled, two: Labelled) -> None:
    assert likelihood(one.told, two.told) == pytest.approx(likelihood(two.told, one.told))


@given(st.text(max_size=200), st.text(max_size=400), st.text(max_size=200), st.text(max_size=400))
def test_any_texts_can_be_compared(title: str, body: str, other_title: str, other_body: str) -> None:
    assert 0.0 <= likelihood(make(1, title, body), make(2, other_title, other_body)) <= 1.0


LONG = "青岚实验室放出新模型的权重，七十亿参数，采用宽松许可，社区第一时间做出了量化版本与示例。"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("青岚发布 Lark 2.1", "青岚发布 Lark 2.2"),
        ("青岚发布 Lark-2", "青岚发布 Lark-2.5"),
        ("第3期简报", "第4期简报"),
        ("Update 17", "Update 18"),
    ],
)
def test_another_number_in_the_title_is_another_story(one: str, two: str) -> None:
    assert likelihood(make(1, one, LONG), make(2, two, LONG)) == 0.0


def test_an_edited_copy_is_the_same_story() -> None:
    edited = LONG.replace("社区第一时间", "社区很快")
    assert likelihood(make(1, "青岚放出新模型", LONG), make(2, "青岚放出新模型！", edited)) >= CERTAIN


def test_a_copy_in_a_script_we_have_no_words_for_is_the_same_story() -> None:
    body = "Лаборатория открыла веса новой модели, сообщество уже сделало примеры и сжатые версии для дома."
    one, two = make(1, "Новая модель", body), make(2, "Новая модель", body + " Вот")
    assert likelihood(one, two) >= CERTAIN


COMMON = "今天我们来看看大家都在用的这些东西，以及它们究竟能做什么。"


def test_one_paragraph_is_one_story_though_all_its_words_are_common() -> None:
    one, two = make(1, "今天的分享", COMMON), make(2, "大家好", COMMON)
    assert likelihood(one, two) == 1.0
    assert held(one).match(two) == (1,)


@pytest.mark.parametrize("body", ["", COMMON, COMMON.replace("今天", "昨天")], ids=["none", "same", "reworded"])
def test_one_headline_by_one_author_over_like_paragraphs_is_one_story(body: str) -> None:
    one = make(1, "大家都在用的那些东西", COMMON, author="Mara Quill")
    two = make(2, "大家都在用的那些东西", body, author="mara quill 等")
    assert likelihood(one, two) == 1.0
    assert held(one).match(two) == (1,)


def test_a_column_of_one_headline_and_author_tells_something_else_each_time() -> None:
    one = make(1, "每日速览与随想", "港口的机械臂学会了叠箱子，工人改做调度。", author="Mara Quill")
    two = make(2, "每日速览与随想", "一座图书馆开始借阅提示词，读者排队。", author="Mara Quill")
    assert likelihood(one, two) < CERTAIN


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("英伟达向 Qinglan 供应60万块芯片", "Nvidia ships 600K chips to Qinglan"),
        ("辉达向 Qinglan 供应六十万颗芯片", "Jensen Huang's Nvidia: 600,000 chips for Qinglan"),
        ("Qinglan 估值三千五百亿美元，据传融资", "Qinglan valuation of $350B, funding talks"),
        ("Qinglan 与 Altman 签下6吉瓦合约", "阿尔特曼与 Qinglan：六吉瓦的合约"),
        ("Qinglan 调查：八成教师在用", "80% of teachers use it, Qinglan survey finds"),
    ],
)
def test_names_and_amounts_join_two_languages(one: str, two: str) -> None:
    assert likelihood(make(1, one, one), make(2, two, two)) >= CERTAIN


def test_a_word_or_two_prove_nothing() -> None:
    assert likelihood(make(1, "更新"), make(2, "更新")) == 0.0


def held(*items: Told) -> StoryIndex:
    index = StoryIndex()
    for item in items:
        index.add(item)
    return index


POST = "https://x.com/maraquill/status/77"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (POST, POST),
        (POST, "https://twitter.com/MaraQuill/status/77?s=20"),
        (POST, "https://x.com/i/web/status/77"),
        ("https://arxiv.org/abs/2501.00001", "https://arxiv.org/pdf/2501.00001v2"),
        ("https://example.org/2026/01/new-model", "http://www.example.org/2026/01/new-model/?utm_source=a"),
        ("https://github.com/qinglan/lark", "https://github.com/qinglan/lark"),
    ],
)
def test_one_page_is_one_story_whatever_is_said(first: str, second: str) -> None:
    index = held(make(1, "青岚发布新模型", url=first))
    assert index.match(make(2, "A quite different headline", url=second)) == (1,)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/", "https://example.org/blog/", "https://x.com/maraquill", "https://github.com/qinglan"],
)
def test_entrances_name_no_story(url: str) -> None:
    index = held(make(1, "青岚发布新模型", url=url))
    assert index.match(make(2, "A quite different headline", url=url)) == ()


def test_a_page_that_lives_on_tells_of_another_version() -> None:
    index = held(make(1, "Lark 2.1 发布", url="https://github.com/qinglan/lark"))
    assert index.match(make(2, "Lark 2.2 发布", url="https://github.com/qinglan/lark")) == ()


def test_a_link_given_to_several_items_of_one_digest_does_not_join_them() -> None:
    first = make(1, "青岚发布新模型", url=POST)
    second = replace(make(2, "A quite different headline", url=POST), digest_id=first.digest_id)
    assert held(first).match(second) == ()
    assert held(first, second).match(make(3, "第三件事", url=POST)) == ()


@pytest.mark.parametrize(("apart", "stories"), [(WINDOW, (1,)), (WINDOW + timedelta(minutes=1), ())])
def test_texts_are_compared_for_three_days(apart: timedelta, stories: tuple[int, ...]) -> None:
    index = held(make(1, "青岚放出新模型", LONG))
    assert index.match(make(2, "青岚放出新模型", LONG, at=NOW + apart)) == stories
    assert index.match(make(3, "青岚放出新模型", LONG, at=NOW - apart)) == stories


def test_what_joins_two_stories_names_both() -> None:
    index = held(make(1, "青岚放出新模型", LONG), make(2, "A quite different headline", url=POST))
    assert index.match(make(3, "青岚放出新模型", LONG, url=POST)) == (2, 1)


def test_what_is_forgotten_matches_nothing() -> None:
    item = make(1, "青岚放出新模型", LONG, url=POST)
    index = held(item)
    assert len(index) == 1
    assert 1 in index
    index.discard(1)
    index.discard(1)
    assert index.match(replace(item, id=2)) == ()
    assert list(index.ids) == []


def test_an_item_can_change_its_story() -> None:
    index = held(make(1, "青岚放出新模型", LONG))
    index.move(1, 9)
    assert index.match(make(2, "青岚放出新模型", LONG)) == (9,)
