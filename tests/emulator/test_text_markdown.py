"""MarkdownV2 and the legacy Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator.text.html import MarkupError
from bot.emulator.text.markdown import parse_markdown, parse_markdown_v2
from bot.emulator.text.spans import Span

RESERVED = "_*[]()~`>#+-=|{}.!"


@pytest.mark.parametrize(
    ("text", "plain", "expected"),
    [
        (
            "*b* _i_ __u__ ~s~ ||p|| `c`",
            "b i u s p c",
            ["bold", "italic", "underline", "strikethrough", "spoiler", "code"],
        ),
        ("*a _b_*", "a b", ["bold", "italic"]),
        ("```py\nx = 1```", "x = 1", ["pre"]),
        ("```\nx```", "x", ["pre"]),
        ("`a*b_c`", "a*b_c", ["code"]),
        (r"`a\`b`", "a`b", ["code"]),
        ("[x](https://a.org)", "x", ["text_link"]),
        (r"[x](https://a.org/\))", "x", ["text_link"]),
        ("[x](nowhere)", "x", []),
        ("[x](tg://user?id=5)", "x", ["text_mention"]),
        ("![😀](tg://emoji?id=123)", "😀", ["custom_emoji"]),
        (">a\n>b\nc", "a\nb\nc", ["blockquote"]),
        ("a\n>b", "a\nb", ["blockquote"]),
        (">a\n>b||", "a\nb", ["expandable_blockquote"]),
        (">a\n>b||\nc", "a\nb\nc", ["expandable_blockquote"]),
        (">a\n**>b", "a\nb", ["blockquote", "blockquote"]),
        (">*a\n>b*\nc", "a\nb\nc", ["blockquote", "bold"]),
        (r"1\. a\-b\\", "1. a-b\\", []),
        ("中文，标点。", "中文，标点。", []),
        ("", "", []),
    ],
)
def test_markdown_v2_is_read(text: str, plain: str, expected: list[str]) -> None:
    found, spans = parse_markdown_v2(text)
    assert (found, [span.kind for span in spans]) == (plain, expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1. a", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a > b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("a | b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("hi!", "Character '!' is reserved and must be escaped with the preceding '\\'"),
        ("中*a", "Can't find end of Bold entity at byte offset 3"),
        ("_a", "Can't find end of Italic entity at byte offset 0"),
        ("a `b", "Can't find end of Code entity at byte offset 2"),
        ("```py\nx", "Can't find end of PreCode entity at byte offset 0"),
        ("```x", "Can't find end of Pre entity at byte offset 0"),
        ("[x](http://a.org", "Can't find end of a URL at byte offset 4"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        ("![😀]", "Custom emoji entity must contain a tg://emoji URL"),
        ("![😀](tg://emoji?id=1", "Can't find end of a custom emoji URL at byte offset 8"),
        ("![😀](https://a.org)", "Custom emoji URL must have scheme tg"),
        ("![😀](tg://face?id=1)", 'Custom emoji URL must have host "emoji"'),
        ("![😀](tg://emoji)", "Custom emoji URL must have an emoji identifier"),
        ("![😀](tg://emoji?id=x)", "Invalid custom emoji identifier specified"),
    ],
)
def test_markdown_v2_is_refused_in_telegrams_words(text: str, reason: str) -> None:
    with pytest.raises(MarkupError) as caught:
        parse_markdown_v2(text)
    assert str(caught.value) == reason


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_escaped_text_comes_out_unchanged(text: str) -> None:
    escaped = "".join("\\" + char if char in RESERVED + "\\" else char for char in text)
    assert parse_markdown_v2(escaped) == (text, [])


def read_or_refused(text: str) -> tuple[str, list[Span]]:
    try:
        return parse_markdown_v2(text)
    except MarkupError as error:
        return str(error), []


@given(st.text(alphabet="*_`~|[]()>\n\\ab!中", max_size=30))
def test_any_text_is_either_read_or_refused_with_a_reason(text: str) -> None:
    plain, found = read_or_refused(text)
    assert all(0 <= span.offset < span.end <= len(plain) for span in found)


@pytest.mark.parametrize(
    ("text", "plain", "expected"),
    [
        ("*b* _i_ `c`", "b i c", ["bold", "italic", "code"]),
        ("```py\nx```", "x", ["pre"]),
        ("[x](https://a.org) y", "x y", ["text_link"]),
        ("[https://a.org]", "https://a.org", ["text_link"]),
        (r"snake\_case", "snake_case", []),
        ("1. plain-text!", "1. plain-text!", []),
        ("**a", "a", []),
    ],
)
def test_legacy_markdown_is_read(text: str, plain: str, expected: list[str]) -> None:
    found, spans = parse_markdown(text)
    assert (found, [span.kind for span in spans]) == (plain, expected)


@pytest.mark.parametrize(("text", "at"), [("中_a", 3), ("*", 0), ("[x", 0), ("```a", 0)])
def test_legacy_markdown_needs_the_end_of_an_entity(text: str, at: int) -> None:
    with pytest.raises(MarkupError, match=f"Can't find end of the entity starting at byte offset {at}"):
        parse_markdown(text)
