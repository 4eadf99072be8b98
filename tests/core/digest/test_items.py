"""Items in every form publishers give them: the right items, whatever the numbering, the headline and the layout."""

import pytest

from bot.core.digest import read_digest
from bot.core.model import Verdict
from tests.core.digest.reading import HEAD, HEAD_LINES, ZONE, codes_of, items_of, reading_of

A = "[甲的新闻 - 张三](https://x.com/a/status/1)"
B = "[乙的新闻 - 李四](https://x.com/b/status/2)"
C = "[丙的新闻 - 王五](https://x.com/c/status/3)"
TITLES = ["甲的新闻", "乙的新闻", "丙的新闻"]

FORMS = {
    "seed one": f"1.  {A}\n\n    文一\n\n2.  {B}\n\n    文二\n\n3.  {C}\n\n    文三\n",
    "seed two": f"1.  {A}\n    文一\n\n2.  {B}\n    文二\n\n3. {C}\n    文三\n",
    "parenthesis": f"1) {A}\n   文一\n2) {B}\n   文二\n3) {C}\n   文三\n",
    "all ones": f"1. {A}\n   文一\n1. {B}\n   文二\n1. {C}\n   文三\n",
    "no blank after the marker": f"1.{A}\n   文一\n2.{B}\n   文二\n3.{C}\n   文三\n",
    "full width": f"１．{A}\n　　文一\n２．{B}\n　　文二\n３．{C}\n　　文三\n",
    "ideographic comma": f"1、{A}\n文一\n2、{B}\n文二\n3、{C}\n文三\n",
    "brackets": f"（1）{A}\n文一\n\n（2）{B}\n文二\n\n(3) {C}\n文三\n",
    "full-width bracket": f"1）{A}\n文一\n2）{B}\n文二\n3）{C}\n文三\n",
    "circled": f"① {A}\n  文一\n② {B}\n  文二\n③ {C}\n  文三\n",
    "keycaps": f"1️⃣ {A}\n\n文一\n\n2️⃣ {B}\n\n文二\n\n3️⃣ {C}\n\n文三\n",
    "escaped": f"1\\. {A}\n文一\n\n2\\. {B}\n文二\n\n3\\. {C}\n文三\n",
    "bold numbers": f"**1.** {A}\n\n文一\n\n**2.** {B}\n\n文二\n\n**3.** {C}\n\n文三\n",
    "bold lines": f"**1. {A}**\n\n文一\n\n**2. {B}**\n\n文二\n\n**3. {C}**\n\n文三\n",
    "numbered headings": f"### 1. {A}\n\n文一\n\n### 2. {B}\n\n文二\n\n### 3. {C}\n\n文三\n",
    "closed headings": f"### 1. {A} ###\n文一\n### 2. {B} ###\n文二\n### 3. {C} ###\n文三\n",
    "linked headings": f"### {A}\n\n文一\n\n### {B}\n\n文二\n\n### {C}\n\n文三\n",
    "linked lines": f"{A}\\\n文一\n\n{B}\\\n文二\n\n{C}\\\n文三\n",
    "linked lines with blanks": f"{A}  \n文一\n\n{B}  \n文二\n\n{C}  \n文三\n",
    "bold linked lines": f"**{A}**\n\n文一\n\n**{B}**\n\n文二\n\n**{C}**\n\n文三\n",
    "hyphens": f"- {A}\n  文一\n- {B}\n  文二\n- {C}\n  文三\n",
    "asterisks": f"* {A}\n\n  文一\n\n* {B}\n\n  文二\n\n* {C}\n\n  文三\n",
    "dots": f"• {A}\n  文一\n• {B}\n  文二\n• {C}\n  文三\n",
    "same line": f"- {A}：文一\n- {B}: 文二\n- {C} — 文三\n",
    "tabs": f"1.\t{A}\n\n\t文一\n\n2.\t{B}\n\n\t文二\n\n3.\t{C}\n\n\t文三\n",
    "unindented": f"1. {A}\n\n文一\n\n2. {B}\n\n文二\n\n3. {C}\n\n文三\n",
    "lazy": f"1. {A}\n文一\n2. {B}\n文二\n3. {C}\n文三\n",
    "indented markers": f"  1. {A}\n     文一\n  2. {B}\n     文二\n  3. {C}\n     文三\n",
    "title on the next line": f"1.\n   {A}\n   文一\n2.\n   {B}\n   文二\n3.\n   {C}\n   文三\n",
    "quoted": f"> 1. {A}\n>    文一\n>\n> 2. {B}\n>    文二\n>\n> 3. {C}\n>    文三\n",
    "rules between": f"---\n\n1. {A}\n   文一\n\n---\n\n2. {B}\n   文二\n\n***\n\n3. {C}\n   文三\n\n---\n",
    "groups": f"# 日报\n\n## 模型\n\n1. {A}\n   文一\n\n## 行业\n\n2. {B}\n   文二\n\n3. {C}\n   文三\n\n## 完\n",
    "underlined groups": f"模型\n====\n\n1. {A}\n   文一\n\n行业\n----\n\n2. {B}\n   文二\n3. {C}\n   文三\n",
    "grouped headings": f"## 模型\n\n### {A}\n\n文一\n\n## 行业\n\n### {B}\n\n文二\n\n### {C}\n\n文三\n",
    "outside link": (
        "1. 甲的新闻 - 张三 [原文](https://x.com/a/status/1)\n   文一\n"
        "2. 乙的新闻 - 李四 https://x.com/b/status/2\n   文二\n"
        "3. 丙的新闻 - 王五 <https://x.com/c/status/3>\n   文三\n"
    ),
    "linked author": (
        "1. 甲的新闻 - [张三](https://x.com/a/status/1)\n   文一\n"
        "2. 乙的新闻 - [李四](https://x.com/b/status/2)\n   文二\n"
        "3. **丙的新闻** - [王五](https://x.com/c/status/3)\n   文三\n"
    ),
    "author after": (
        "1. [甲的新闻](https://x.com/a/status/1) - 张三\n   文一\n"
        "2. [乙的新闻](https://x.com/b/status/2)（李四）\n   文二\n"
        "3. [丙的新闻](https://x.com/c/status/3) 作者：王五\n   文三\n"
    ),
    "link below": (
        "1. 甲的新闻 - 张三\n   https://x.com/a/status/1\n   文一\n"
        "2. 乙的新闻 - 李四\n   文二\n\n   [原文](https://x.com/b/status/2)\n"
        "3. 丙的新闻 - 王五\n   链接：https://x.com/c/status/3\n\n   文三\n"
    ),
    "references": (
        "1. [甲的新闻 - 张三][1]\n   文一\n2. [乙的新闻 - 李四][b b]\n   文二\n3. [丙的新闻 - 王五]\n   文三\n\n"
        '[1]: https://x.com/a/status/1\n[B b]: <https://x.com/b/status/2> "t"\n[丙的新闻 - 王五]: https://x.com/c/status/3\n'
    ),
    "broken over lines": (
        f"1. {A}\n   文一\n2. [乙的\n   新闻 - 李四](https://x.com/b/status/2)\n   文二\n3. {C}\n   文三\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_same_items_in_every_form(form: str) -> None:
    items = items_of(FORMS[form])

    assert [item.title for item in items] == TITLES
    assert [item.author for item in items] == ["张三", "李四", "王五"]
    assert [item.url for item in items] == [f"https://x.com/{name}/status/{n}" for n, name in enumerate("abc", 1)]
    assert [item.body.text for item in items] == ["文一", "文二", "文三"]
    assert [item.number for item in items] == [1, 2, 3]


@pytest.mark.parametrize(
    ("written", "read", "codes"),
    [
        ((1, 3, 7), [1, 3, 7], []),
        ((0, 1, 2), [0, 1, 2], []),
        ((5, 5, 5), [1, 2, 3], []),
        ((1, 2, 1), [1, 2, 3], ["item-numbers-restart"]),
        ((3, 2, 1), [1, 2, 3], ["item-numbers-restart"]),
        ((1, 1, 2), [1, 2, 3], ["item-numbers-restart"]),
        ((9, 10, 11), [9, 10, 11], []),
    ],
)
def test_numbers_are_kept_while_they_rise(written: tuple[int, int, int], read: list[int], codes: list[str]) -> None:
    one, two, three = written
    reading = reading_of(HEAD + f"{one}. {A}\n   文\n{two}. {B}\n   文\n{three}. {C}\n   文\n")

    assert codes_of(reading) == codes
    assert reading.digest is not None
    assert [item.number for item in reading.digest.items] == read


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("\n   1. 一\n   2. 二\n", "1. 一\n2. 二"),
        ("   - 一\n   - 二\n", "• 一\n• 二"),
        ("   前文：\n\n   1. 一\n      1. 甲\n   2. 二\n\n   后文\n", "前文：\n\n1. 一\n  1. 甲\n2. 二\n\n后文"),
        ("\n前文：\n\n1. 一\n2. 二\n3. 三\n", "前文：\n\n1. 一\n2. 二\n3. 三"),
        ("   第一段。\n\n   第二段。\n", "第一段。\n\n第二段。"),
        ("   第一段。\n   接着写\n   English\n   words\n", "第一段。接着写 English words"),
        ("   一行\\\n   二行\n", "一行\n二行"),
        ("\n   ```py\n   1. [x](https://example.org)\n   ```\n", "1. [x](https://example.org)"),
        ("\n   ~~~\n   # x\n\n   2. y\n   ~~~\n", "# x\n\n2. y"),
        ("   #### 小标题\n\n   文\n", "小标题\n\n文"),
    ],
)
def test_what_looks_like_items_inside_a_body_stays_there(body: str, text: str) -> None:
    items = items_of(f"1. {A}\n{body}\n2. {B}\n   文二\n")

    assert [item.title for item in items] == TITLES[:2]
    assert items[0].body.text == text


@pytest.mark.parametrize(
    ("item", "title", "author", "codes"),
    [
        ("3. [【开源】标题 [v2] - 王五](https://example.org/3)\n   文\n", "【开源】标题 [v2]", "王五", []),
        ("3. [维基 - 王五](https://en.example.org/wiki/A_(b))\n   文\n", "维基", "王五", []),
        ('3. [标题 - 王五](https://example.org/3 "提示")\n   文\n', "标题", "王五", []),
        ("3. [标题 - 王五](<https://example.org/3>)\n   文\n", "标题", "王五", []),
        ("3. [A &amp; B\\_c - 王五](https://example.org/3)\n   文\n", "A & B_c", "王五", []),
        ("3. [**粗** `码` *斜* - 王五](https://example.org/3)\n   文\n", "粗 码 斜", "王五", []),
        ("3. 🔥 [标题 - 王五](https://example.org/3)\n   文\n", "🔥 标题", "王五", []),
        ("3. 【模型】[标题 - 王五](https://example.org/3)\n   文\n", "【模型】标题", "王五", []),
        ("3. **标题**：[王五](https://example.org/3)说了很长的话，就在这里。\n", "标题", None, ["item-without-author"]),
        ("3. [标题 - 王五]（https://example.org/3）\n   文\n", "标题", "王五", ["headline-link-mended"]),
        ("3. [标题 - 王五] (https://example.org/3)\n   文\n", "标题", "王五", ["headline-link-mended"]),
        ("3. [标题 [v2 - 王五](https://example.org/3)\n   文\n", "标题 [v2", "王五", []),
        ("3. [标题] v2] - 王五](https://example.org/3)\n   文\n", "标题] v2]", "王五", ["headline-link-mended"]),
        ("3. 标题 - 王五\n   文\n\n   来源：[某报](https://example.org/3)\n", "标题", "王五", []),
        ("3. 标题，见 [原文](https://example.org/3)。\n   文\n", "标题，见", None, ["item-without-author"]),
        ("3. [标题](https://example.org/3) - 300 points\n   文\n", "标题", None, ["item-without-author"]),
        ("3. [标题](https://example.org/3)\n   文\n", "标题", None, ["item-without-author"]),
        ("3. 标题 - 王五\n   文\n", "标题", "王五", ["item-without-link"]),
        ("3. [标题 - 王五](https://example.org/3)\n", "标题", "王五", ["item-without-body"]),
        ("3. [标题 - 王五](/relative)\n   文\n", "标题", "王五", ["link-dropped"]),
        ("3. [标题 - 王五](javascript:alert)\n   文\n", "标题", "王五", ["link-dropped"]),
        ("3. [](https://example.org/3)\n   第一句。第二句。\n", "第一句", None,
         ["item-without-author", "item-without-title"]),
        ("3. [](https://example.org/3)\n", "example.org", None,
         ["item-without-author", "item-without-body", "item-without-title"]),
        (f"3. [{'长' * 600} - 王五](https://example.org/3)\n   文\n", "长" * 499 + "…", None,
         ["headline-too-long", "item-without-author"]),
    ],
)  # fmt: skip
def test_odd_headlines(item: str, title: str, author: str | None, codes: list[str]) -> None:
    reading = reading_of(HEAD + f"1. {A}\n   文\n2. {B}\n   文\n{item}4. {A}\n   文\n")

    assert reading.digest is not None
    assert len(reading.digest.items) == 4
    assert (reading.digest.items[2].title, reading.digest.items[2].author) == (title, author)
    assert sorted(codes_of(reading)) == codes


def test_an_item_with_nothing_in_it_is_left_out() -> None:
    reading = reading_of(HEAD + f"1. {A}\n   文\n2. \n3. {B}\n   文\n")

    assert reading.digest is not None
    assert [item.number for item in reading.digest.items] == [1, 3]
    assert codes_of(reading) == ["item-without-title"]


@pytest.mark.parametrize(
    ("layout", "line"),
    [
        ("导语在这里。\n\n{A}{B}", 1),
        ("{A}{B}\n以上就是今天的内容。\n", 6),
        ("{A}{B}\n---\n\n关注我们\n", 8),
        ("{A}\n---\n\n插播一句。\n\n{B}", 6),
        ("{A}## 广告\n\n插播一句。\n\n{B}", 5),
    ],
)
def test_text_outside_the_items_is_not_theirs(layout: str, line: int) -> None:
    reading = reading_of(HEAD + layout.format(A=f"1. {A}\n   文一\n", B=f"2. {B}\n   文二\n"))

    assert reading.digest is not None
    assert [item.body.text for item in reading.digest.items] == ["文一", "文二"]
    assert [(p.line, p.code) for p in reading.problems] == [(HEAD_LINES + line, "text-outside-items")]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n\n",
        "只有一段话。\n",
        "# 标题\n\n文字\n",
        "---\n",
        "```\n1. [a - b](https://example.org)\n```\n",
        "- 一\n- 二\n",
    ],
)
def test_a_digest_without_items_is_refused(body: str) -> None:
    reading = reading_of(HEAD + body)

    assert (reading.verdict, reading.digest) == (Verdict.REJECT, None)
    assert codes_of(reading) == ["no-items"]
    assert reading.problems[0].line >= HEAD_LINES


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        ("## First story\n\nText one.\n\n## Second story\n\nText two.\n", ["First story", "Second story"]),
        ("- **One**: text\n- **Two** text\n", ["One", "Two"]),
        ("- Text with [a link](https://example.org/1) inside\n- And [another](https://example.org/2) one\n",
         ["Text with a link inside", "And another one"]),
        ("1. 第一条\n   文\n2. 第二条\n   文\n", ["第一条", "第二条"]),
        ("- One - Ann Lee\n  https://example.org/1\n- Two - Bo Tan\n  https://example.org/2\n", ["One", "Two"]),
        ("1、**粗体的标题**\n文\n2、OpenAI 发布\n文\n", ["粗体的标题", "OpenAI 发布"]),
        ("- A first change that was made\n- A second one, as long\n- And then the third of them\n",
         ["A first change that was made", "A second one, as long", "And then the third of them"]),
        ("- **One:** said [here](https://example.org/1)\n\n## More\n\n- [Two](https://example.org/2) is out\n",
         ["One", "Two"]),
        ("## New\n\n+ Support [this](https://example.org/1)\n+ [Write](https://example.org/2)\n+ Try it\n",
         ["Support this", "Write", "Try it"]),
        ("# A\n\nText\n\n# B\n\nText\n\n[notes](https://example.org/1)\n", ["A", "B"]),
        ("* [One](https://example.org/1)\n* [Two](https://example.org/2)\n\n> words\n\n– [somebody](https://example.org/3)\n",
         ["One", "Two"]),
        ("* **tls**: mended [#1](https://example.org/1)\n* **http**: mended [#2](https://example.org/2)\n",
         ["tls", "http"]),
        ("## Essays\n\n### Plain one\n\nText\n\n### [Linked](https://example.org/1)\n\nText\n",
         ["Plain one", "Linked"]),
        ("## Intro\n\nText\n\n## [Linked](https://example.org/1)\n\nText\n", ["Linked"]),
        ("### [A](https://example.org/1)\n\nText\n\n### B\n\n- list\n\n### [C](https://example.org/2)\n\nText\n",
         ["A", "B", "C"]),
        ("1. [目录](#a)\n2. [目录](#b)\n\n### [A - B](https://example.org/1)\n\ntext\n", ["A"]),
        ("## [First](https://example.org/1)\n\nText\n\n1. one\n2. two\n\n## Second without link\n\nText\n\n## [Third](https://example.org/3)\n",
         ["First", "Second without link", "Third"]),
    ],
)  # fmt: skip
def test_digests_in_looser_forms(body: str, titles: list[str]) -> None:
    assert [item.title for item in items_of(body)] == titles


@pytest.mark.parametrize(
    "line",
    [
        "**来源：** [某报](https://example.org/1)", "原文链接: https://example.org/1", "**推文链接:** https://example.org/1",
        "**原文链接**: [https://example.org/1](https://example.org/1)", "[阅读全文](https://example.org/1)。",
        "- Source: [The Paper](https://example.org/1)", "Read more: <https://example.org/1>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["{line}\n\n正文在这里。\n", "正文在这里。\n\n{line}\n"])
def test_a_line_that_is_only_a_link_is_the_link_of_its_item(line: str, layout: str) -> None:
    items = items_of("## 1. 甲的新闻\n\n" + layout.format(line=line) + "\n## 2. 乙的新闻\n\n文\n")

    assert (items[0].url, items[0].body.text) == ("https://example.org/1", "正文在这里。")


@pytest.mark.parametrize("label", ["来源", "来源-x", "link", "原文链接"])
def test_a_link_that_says_nothing_ends_a_body_and_is_the_items(label: str) -> None:
    items = items_of(f"### 1. 甲的新闻\n\n正文在这里。 [{label}](https://example.org/1)\n\n### 2. 乙的新闻\n\n文\n")

    assert (items[0].url, items[0].body.text) == ("https://example.org/1", "正文在这里。")


def test_a_link_with_words_stays_in_the_body() -> None:
    items = items_of("### 1. 甲的新闻\n\n见[某报](https://example.org/1)\n\n### 2. 乙的新闻\n\n文\n")

    assert (items[0].url, items[0].body.text) == (None, "见某报")


def test_under_a_heading_a_rule_does_not_end_the_item_before_the_last() -> None:
    body = (
        "### [A](https://example.org/1)\n\nOne\n\n---\n\nMore\n\n### [B](https://example.org/2)\n\nTwo\n\n---\n\nBye\n"
    )

    assert [item.body.text for item in items_of(body)] == ["One\n\nMore", "Two"]


def test_a_fence_that_is_never_closed_hides_no_items() -> None:
    assert len(items_of(f"1. {A}\n\n   ```\n   code\n\n2. {B}\n   文\n\n```\n\n3. {C}\n   文\n")) == 3


def test_known_authors_decide_doubts_and_teach_within_a_digest() -> None:
    text = (
        HEAD
        + "1. [标题一 - AI进化论-花生](https://x.com/flower/status/1)\n   文\n"
        + "2. [标题二-AI进化论-花生](https://x.com/flower/status/2)\n   文\n"
    )
    alone = reading_of(text)
    assert alone.digest is not None
    assert [item.author for item in alone.digest.items] == ["AI进化论-花生"] * 2

    data = (HEAD + "1. [标题-karminski-牙医](https://x.com/Karminski3/status/1)\n   文\n").encode()
    taught = read_digest(data, time_zone=ZONE, known_authors={"karminski3": {"karminski-牙医"}})
    assert taught.digest is not None
    assert taught.digest.items[0].author == "karminski-牙医"


def test_a_problem_met_often_is_counted_rather_than_listed() -> None:
    reading = reading_of(HEAD + "".join(f"{n}. 标题{n}\n   文\n" for n in range(1, 101)))

    assert codes_of(reading) == ["item-without-link"] * 21
    assert reading.problems[-1].message == "and 80 more of this kind from here on"
