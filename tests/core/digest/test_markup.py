"""Bodies become text and spans: emphasis next to Chinese, links, code, lists, and no HTML at all."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.digest.cjk import joiner, markdown
from bot.core.digest.markup import MARKUP_BUDGET, MarkupReader
from bot.core.digest.simple import read_simply
from bot.core.digest.writer import Writer, strip_html
from bot.core.model import RichText


def _read(text: str) -> RichText:
    return MarkupReader({"ref": "https://example.org/ref"}).body(text)[0]


def _spans(rich: RichText) -> list[tuple[str, str]]:
    return [(span.kind.value, rich.text[span.start : span.end]) for span in rich.spans]


@pytest.mark.parametrize(
    ("text", "plain", "bold"),
    [
        ("同**“沙堆崩塌”**。", "同“沙堆崩塌”。", ["“沙堆崩塌”"]),
        ("前“**风险大**”的", "前“风险大”的", ["风险大"]),
        ("涨了**70%**的", "涨了70%的", ["70%"]),
        ("**A**B**C**", "ABC", ["A", "C"]),
        ("在**（括号）**里", "在（括号）里", ["（括号）"]),
        ("在**(bracket)**里", "在(bracket)里", ["(bracket)"]),
        ("用**C++**写", "用C++写", ["C++"]),
        ("**《书》**，**“话”**。", "《书》，“话”。", ["《书》", "“话”"]),
        ("中文__加粗__中文", "中文加粗中文", ["加粗"]),
        ("中文 __加粗__ 中文", "中文 加粗 中文", ["加粗"]),
        ("**跨行\n加粗**完", "跨行加粗完", ["跨行加粗"]),
        ("a ** b ** c", "a ** b ** c", []),
        ("**没有结尾", "**没有结尾", []),
        ("5 * 3 * 2", "5 * 3 * 2", []),
        ("**外**内**", "外内**", ["外"]),
        ("**粗** 和 **粗**", "粗 和 粗", ["粗", "粗"]),
        ("snake_case_name 与 **b_c**", "snake_case_name 与 b_c", ["b_c"]),
    ],
)
def test_bold_next_to_any_neighbour(text: str, plain: str, bold: list[str]) -> None:
    rich = _read(text)
    assert rich.text == plain
    assert [covered for kind, covered in _spans(rich) if kind == "bold"] == bold


_WORDS = st.sampled_from(
    ["**", "[甲乙](https://e.org/a_b)", "[a b](https://e.org/?x=1)", "中文", "word", " ", "，", "“", "”", "70%", "\n\n",
     "\n \n", "*", "[", "]", "(", ")", "!", "1.", "1. ", "- ", "-", "#", "# ", "|", ":", "=",
     "http://e.org", "é", "。", "  ", "+", ">", "~", "'"]
)  # fmt: skip


_PARSER = markdown()  # building one takes longer than using it


@given(st.lists(_WORDS, max_size=14).map("".join))
@settings(max_examples=1200)
@example("**A**B**C**")
@example("完**整**[链](https://e.org)**甲乙**")
@example("a **[链](https://e.org)x** b")
def test_the_short_way_agrees_with_the_parser(text: str) -> None:
    simple = read_simply(text)
    writer = Writer()
    writer.blocks(_PARSER.parse(text, {}), None)
    assert simple in (None, writer.rich())


@pytest.mark.parametrize(
    "text", ["中文", "a **b** c", "一\n\n二 [三](https://e.org/a_b?c=d) **四**", "**甲 [乙](https://e.org) 丙**"]
)
def test_the_short_way_takes_ordinary_bodies(text: str) -> None:
    assert read_simply(text) is not None


@pytest.mark.parametrize(
    ("text", "plain", "spans"),
    [
        ("[a](https://e.org) [b](http://f.org/(x))", "a b", [("link", "a"), ("link", "b")]),
        ("[a](javascript:alert(1)) [b](/x) [c](mailto:a@b.org)", "a b c", []),
        ("<https://example.org/x>", "https://example.org/x", [("link", "https://example.org/x")]),
        ("[text][ref]", "text", [("link", "text")]),
        ("**[粗链](https://e.org)**", "粗链", [("bold", "粗链"), ("link", "粗链")]),
        ("*斜* ~~删~~ `码` ***都***", "斜 删 码 都",
         [("italic", "斜"), ("strike", "删"), ("code", "码"), ("bold", "都"), ("italic", "都")]),
        ("![图**片**](https://e.org/i.png) 后", "图片 后", []),
        ("[![图](https://e.org/i.png)](https://e.org)", "图", [("link", "图")]),
        ("[](https://e.org)空", "空", []),
        ("a <b>粗</b> <i>x</i><script>alert('**x**')</script> b", "a 粗 x b", []),
        ("a<br>b<br/>\nc", "a\nb\nc", []),
        ("<div>\n**块** 文\n</div>\n\n后", "块 文\n\n后", [("bold", "块")]),
        ("<style>p {}</style>\n\n后", "后", []),
        ("<!-- 注\n\n释 -->\n\n后", "后", []),
        ("&amp; &lt;b&gt; &copy; &#20013; &#x202e;x", "& <b> © 中 x", []),
        ("> 引\n> 用\n\n后", "引用\n\n后", []),
        ("# 标题\n\n文", "标题\n\n文", [("bold", "标题")]),
        ("# **标**题\n\n文", "标题\n\n文", [("bold", "标题")]),
        ("```py\nx = 1\n\ny\n```\n后", "x = 1\n\ny\n\n后", [("pre", "x = 1\n\ny")]),
        ("- 一\n- **二**\n  - 三\n\n后", "• 一\n• 二\n  • 三\n\n后", [("bold", "二")]),
        ("3. 三\n4. 四", "3. 三\n4. 四", []),
        ("| 甲 | 乙 |\n|---|---|\n| 1 | **2** |\n\n后", "甲 | 乙\n1 | 2\n\n后", [("bold", "2")]),
        ("一\n\n---\n\n二", "一\n\n二", []),
        ("\\*不是\\* 1\\. 点", "*不是* 1. 点", []),
        ("  `a`\n**b**", "a b", [("code", "a"), ("bold", "b")]),
        ("", "", []),
        ("**  **", "", []),
    ],
)  # fmt: skip
def test_markdown_becomes_text_and_spans(text: str, plain: str, spans: list[tuple[str, str]]) -> None:
    rich = _read(text)
    assert rich.text == plain
    assert _spans(rich) == spans


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [("中", "文", ""), ("a", "b", " "), ("中", "a", " "), ("a", "中", " "), ("，", "a", ""), ("a", "（", ""),
     ("한", "국", " "),     ("”", "中", ""), ("", "a", ""), (" ", "a", "")],
)  # fmt: skip
def test_line_breaks_become_what_a_typesetter_would_set(before: str, after: str, between: str) -> None:
    assert joiner(before, after) == between


def test_addresses_of_dropped_links_are_reported() -> None:
    assert MarkupReader({}).body("[a](javascript:x) [b](/y)")[1] == ["javascript:x", "/y"]


def test_the_budget_turns_markup_into_plain_text() -> None:
    reader = MarkupReader({})
    reader.body("[" * (MARKUP_BUDGET // 10))
    reader.body("[a](https://e.org) " * 10)

    assert reader.exhausted
    assert reader.body("**“a”** <b>c</b>")[0] == RichText("**“a”** c")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a<b>c</b>", "ac"),
        ("<script>x</script>y", "</script>y".removeprefix("</script>")),
        ("<!-- never closed", ""),
        ("1 < 2 > 1", "1 < 2 > 1"),
        ("<p>a</p><p>b</p>", "a\nb\n"),
        ("<SCRIPT>x", ""),
    ],
)
def test_strip_html(text: str, plain: str) -> None:
    assert strip_html(text) == plain


def test_plain_commonmark_is_otherwise_unchanged() -> None:
    text = '*a* **b** _c_ __d__ a*b*c a_b_c ** x** *y * ***z*** "*q*" (**r**)'
    assert markdown().render(text) == MarkdownIt("commonmark").render(text)
