"""Digests as publishers write them who never saw ours: the right items, whatever the form."""

import pytest

from bot.core.model import Item, Verdict
from tests.core.digest.reading import HEAD, codes_of, items_of, reading_of

ONE, TWO = "https://example.org/1", "https://example.org/2"


def told(items: tuple[Item, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(item.title, item.author, item.url) for item in items]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("一、", "二、"), ("（一）", "（二）"), ("#1 ", "#2 "), ("No.1 ", "No.2 "), ("第1条：", "第2条："),
        ("1/ ", "2/ "),
        ("I. ", "II. "), ("a) ", "b) "), ("① ", "② "), ("1️⃣ ", "2️⃣ "), ("## 一、", "## 二、"), ("- [ ] ", "- [x] "),
    ],
)  # fmt: skip
def test_any_way_to_count(first: str, second: str) -> None:
    items = items_of(f"{first}[标题甲]({ONE})\n正文。\n\n{second}[标题乙]({TWO})\n正文。\n")
    assert told(items) == [("标题甲", None, ONE), ("标题乙", None, TWO)]


def test_an_emoji_before_a_linked_line_belongs_to_the_title() -> None:
    items = items_of(f"🔥 [标题甲]({ONE})\n正文一\n\n🚀 [标题乙]({TWO})\n正文二\n")
    assert [item.title for item in items] == ["🔥 标题甲", "🚀 标题乙"]


def test_an_ordinal_inside_a_name_is_none() -> None:
    assert told(items_of(f"### [标题 - 陈一、王二]({ONE})\n正文。\n")) == [("标题", "陈一、王二", ONE)]


def test_a_year_at_the_beginning_of_a_sentence_is_no_number() -> None:
    assert codes_of(reading_of(HEAD + "2025. It was a good year.\n\nMore text.\n")) == ["no-items"]


@pytest.mark.parametrize(
    ("headline", "title", "author"),
    [
        (f"[Title]({ONE}) · *Jane Doe* · 5 min read", "Title", "Jane Doe"),
        (f"[Title]({ONE}) | Jane Doe", "Title", "Jane Doe"),
        (f"[Title]({ONE}) (Quelle: Heise)", "Title", "Heise"),
        (f"[Title]({ONE}) (Heise)", "Title", "Heise"),
        (f"标题：一句话。via [机器之心]({ONE})", "标题：一句话。", "机器之心"),
        (f"标题（来源：[量子位]({ONE})）", "标题", "量子位"),
        (f"Title [1]({ONE})[2]({TWO})", "Title", None),
        (f'<a href="{ONE}">Title</a> - Jane Doe', "Title", "Jane Doe"),
        (f"<a class='x' href={ONE} target=_blank>Title</a>", "Title", None),
        (f"[![alt](https://example.org/i.png)]({ONE}) Title", "Title", None),
        (f"[标题——来自量子位]({ONE})", "标题——来自量子位", None),
        (f"[标题——关于AI的思考]({ONE})", "标题——关于AI的思考", None),
        (f"[标题——选自《周刊》]({ONE})", "标题——选自《周刊》", None),
        (f"[标题——据路透社]({ONE})", "标题——据路透社", None),
        (f"[标题——量子位]({ONE})", "标题", "量子位"),
    ],
)
def test_headlines_of_others(headline: str, title: str, author: str | None) -> None:
    (item,) = items_of(f"1. {headline}\n   Text.\n")
    assert told((item,)) == [(title, author, ONE)]
    assert item.body.text == "Text."


@pytest.mark.parametrize("line", ["作者：张三", "*Author: Jane Doe*", "**撰文**：张三", "By: Jane Doe"])
def test_an_author_on_a_line_of_their_own(line: str) -> None:
    (item,) = items_of(f"1. [标题]({ONE})\n   {line}\n   正文。\n")
    assert (item.author, item.body.text) == (
        line.strip("*").replace("*", "").replace("：", ": ").split(": ")[1],
        "正文。",
    )


@pytest.mark.parametrize(
    ("text", "title", "author"),
    [
        (f"🔥 [标题]（{ONE}）", "🔥 标题", None),
        (f"[标题]（{ONE}）- 张三", "标题", "张三"),
        (f"[标题 - 张三]（{ONE})", "标题", "张三"),
    ],
)
def test_links_with_full_width_brackets(text: str, title: str, author: str | None) -> None:
    reading = reading_of(HEAD + f"1. {text}\n   见[说明]（{TWO}）。\n")
    assert codes_of(reading) == ["headline-link-mended"]
    assert reading.digest is not None
    assert told(reading.digest.items) == [(title, author, ONE)]
    assert [span.url for span in reading.digest.items[0].body.spans] == [TWO]


def test_bullets_below_numbered_headings_are_the_items() -> None:
    items = items_of(f"## 1. 模型\n\n- [甲]({ONE}) - 张三\n\n## 2. 产品\n\n- [乙]({TWO}) - 李四\n")
    assert told(items) == [("甲", "张三", ONE), ("乙", "李四", TWO)]


def test_points_below_numbered_headings_are_their_bodies() -> None:
    items = items_of(f"## 1. 甲\n\n- 要点\n\n[原文]({ONE})\n\n## 2. 乙\n\n- 要点\n\n[原文]({TWO})\n")
    assert told(items) == [("甲", None, ONE), ("乙", None, TWO)]


def test_bullets_whose_links_are_bullets_below_them() -> None:
    entry = "- 📄 **论文{n}** — 作者{n}\n  - 摘要：正文\n  - 链接：https://example.org/{n}\n"
    items = items_of(entry.format(n=1) + entry.format(n=2))
    assert told(items) == [("📄 论文1", "作者1", ONE), ("📄 论文2", "作者2", TWO)]


def test_bold_lines_over_text_are_headlines() -> None:
    items = items_of(f"**标题甲**\n\n正文一。[原文]({ONE})\n\n**标题乙**\n\n正文二。[原文]({TWO})\n")
    assert told(items) == [("标题甲", None, ONE), ("标题乙", None, TWO)]


def test_a_bare_address_in_a_cell_is_a_link() -> None:
    items = items_of(f"| Title | Author | Link |\n|---|---|---|\n| A | Jane | [link]({ONE}) |\n| B | - | {TWO} |\n")
    assert told(items) == [("A", "Jane", ONE), ("B", None, TWO)]
    assert [item.body.text for item in items] == ["", ""]


@pytest.mark.parametrize(
    "date",
    [
        "2025年11月26日 上午8点", "2025-11-26 08:00:00 +0800 CST", "Wednesday, November 26th, 2025 8:00 AM",
        "2025年11月26日（星期三）8:00", "2025年11月26日 上午8:00", "2025年11月26日(水) 午前8時",
        "Wed, 2025-11-26 08:00",
    ],
)  # fmt: skip
def test_dates_of_others(date: str) -> None:
    reading = reading_of(f"---\ntitle: T\ndate: {date}\n---\n1. [a]({ONE})\n   b\n")
    assert reading.digest is not None, reading.problems
    assert reading.digest.slot.isoformat() == "2025-11-26T08:00:00+08:00"


def test_an_afternoon_is_twelve_hours_later() -> None:
    reading = reading_of(f"---\ntitle: T\ndate: 2025年11月26日 下午3点\n---\n1. [a]({ONE})\n   b\n")
    assert reading.digest is not None
    assert reading.digest.slot.hour == 15


@pytest.mark.parametrize(
    "body", ["Just a letter.\n\nWith a [link](https://example.org) in it.\n", "标题一\n正文一\n", "> \n"]
)
def test_what_has_no_items_is_refused(body: str) -> None:
    assert reading_of(HEAD + body).verdict is Verdict.REJECT


def test_no_word_about_a_missing_link_beside_that_about_a_dropped_one() -> None:
    reading = reading_of(HEAD + "1. [标题](javascript:x)\n   文\n2. 标题\n   [见](ftp://example.org)\n")
    assert codes_of(reading) == ["link-dropped", "link-dropped"]
