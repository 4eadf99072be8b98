"""`entities`, lengths, cleaning and trimming: what a text looks like after Telegram had it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator.errors import ApiError
from bot.emulator.text.formatted import Formatter, detect, read_formatted
from bot.emulator.text.spans import Span, repair


def entity(kind: str, offset: int, length: int, **extra: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **extra}


def shape(text: str, *entities: dict[str, Any]) -> list[tuple[str, int, int]]:
    result = read_formatted(text, "", json.dumps(entities))
    return [(found["type"], found["offset"], found["length"]) for found in result.entities]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: text must be non-empty"),
        ("x" * 4097, "Bad Request: message is too long"),
        ("中" * 10923, "Bad Request: text is too long"),
    ],
)
def test_texts_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_formatted(text, "", None)
    assert caught.value.description == reason


def test_the_limit_counts_code_points_after_parsing() -> None:
    assert len(read_formatted(f"<b>{'😀' * 4096}</b>", "HTML", None).text) == 4096


def test_captions_are_shorter_and_may_be_empty() -> None:
    assert read_formatted("", "", None, caption=True).text == ""
    assert read_formatted("  ", "", None, caption=True).text == ""
    with pytest.raises(ApiError, match="caption is too long"):
        read_formatted("x" * 1025, "", None, caption=True)


def test_an_unknown_parse_mode_is_refused_and_known_ones_ignore_case() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        read_formatted("x", "rtf", None)
    assert read_formatted("<b>x</b>", "hTmL", None).text == "x"


@pytest.mark.parametrize(
    ("entities", "reason"),
    [
        ("[", "can't parse entities JSON object"),
        ("{}", "expected an Array of MessageEntity"),
        ("[1]", "can't parse MessageEntity: expected an Object"),
        ('[{"offset":0,"length":1}]', "can't parse MessageEntity: Can't find field \"type\""),
        ('[{"type":"bold","length":1}]', "can't parse MessageEntity: Can't find field \"offset\""),
        ('[{"type":"bold","offset":"x","length":1}]', 'Field "offset" must be a valid Number'),
        ('[{"type":"heading","offset":0,"length":1}]', "can't parse MessageEntity: Unsupported type specified"),
        ('[{"type":"text_link","offset":0,"length":1}]', 'Can\'t find field "url"'),
        ('[{"type":"text_link","offset":0,"length":1,"url":"x"}]', "entity URL 'x' is invalid: Wrong HTTP URL"),
        ('[{"type":"custom_emoji","offset":0,"length":1,"custom_emoji_id":"x"}]', "must be a valid Number"),
        ('[{"type":"text_mention","offset":0,"length":1}]', 'Can\'t find field "user"'),
        ('[{"type":"bold","offset":-1,"length":1}]', "receive an entity with incorrect offset -1"),
        ('[{"type":"bold","offset":0,"length":-1}]', "receive an entity with incorrect length -1"),
        ('[{"type":"bold","offset":9,"length":1}]', "entity begins after the end of the text at UTF-16 offset 9"),
        (
            '[{"type":"bold","offset":0,"length":9}]',
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9",
        ),
        ('[{"type":"bold","offset":3,"length":1}]', "entity begins in a middle of a UTF-16 symbol at byte offset 6"),
        ('[{"type":"bold","offset":0,"length":3}]', "ends in a middle of a UTF-16 symbol at byte offset 6"),
    ],
)
def test_entities_that_are_refused(entities: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_formatted("ab😀cd", "", entities)
    assert reason in caught.value.description


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ([("bold", 0, 3), ("italic", 3, 3)], [("bold", 0, 3), ("italic", 3, 3)]),
        ([("bold", 0, 3), ("bold", 3, 3)], [("bold", 0, 6)]),
        ([("bold", 0, 4), ("bold", 2, 4)], [("bold", 0, 6)]),
        ([("bold", 0, 6), ("code", 2, 2)], [("bold", 0, 2), ("code", 2, 2), ("bold", 4, 2)]),
        ([("code", 0, 6), ("bold", 2, 2)], [("code", 0, 6)]),
        ([("code", 0, 4), ("pre", 2, 4)], [("code", 0, 4)]),
        ([("blockquote", 0, 6), ("blockquote", 2, 2)], [("blockquote", 0, 6)]),
        ([("blockquote", 0, 6), ("bold", 2, 2)], [("blockquote", 0, 6), ("bold", 2, 2)]),
        ([("blockquote", 0, 4), ("code", 2, 4)], [("blockquote", 0, 4)]),
        ([("blockquote", 0, 3), ("bold", 2, 4)], [("blockquote", 0, 3), ("bold", 2, 1), ("bold", 3, 3)]),
        ([("bold", 0, 0), ("italic", 1, 1)], [("italic", 1, 1)]),
        ([("italic", 1, 1), ("mention", 0, 3)], [("italic", 1, 1)]),
    ],
)
def test_overlaps_are_repaired_as_telegram_does(
    entities: list[tuple[str, int, int]], expected: list[tuple[str, int, int]]
) -> None:
    assert shape("abcdef", *(entity(*one) for one in entities)) == expected


@pytest.mark.parametrize(
    ("text", "one", "plain", "expected"),
    [
        ("  ab  ", ("bold", 2, 2), "ab", [("bold", 0, 2)]),
        ("ab  ", ("bold", 0, 4), "ab", [("bold", 0, 2)]),
        ("a  b", ("bold", 1, 2), "a  b", []),
        ("a  b", ("bold", 1, 3), "a  b", [("bold", 3, 1)]),
        ("a\rb\tc", ("bold", 2, 3), "ab c", [("bold", 1, 3)]),
        ("a\u2028b", ("bold", 0, 3), "ab", [("bold", 0, 2)]),
    ],
)
def test_white_space_and_control_characters(
    text: str, one: tuple[str, int, int], plain: str, expected: list[tuple[str, int, int]]
) -> None:
    assert read_formatted(text, "", [entity(*one)]).text == plain
    assert shape(text, entity(*one)) == expected


def test_plain_text_is_trimmed_and_cleaned() -> None:
    assert read_formatted("\n a\r\n\tb \n", "", None).text == "a\n b"


def test_entities_over_one_hundred_are_dropped_and_counted_soft_ones_first() -> None:
    bold = [entity("bold", at * 4, 1) for at in range(80)]
    code = [entity("code", at * 4 + 2, 1) for at in range(40)]
    result = read_formatted("abcd" * 80, "", bold + code)
    kinds = [found["type"] for found in result.entities]
    assert (kinds.count("code"), kinds.count("bold"), result.dropped) == (40, 60, 20)


def test_addresses_mentions_hashtags_and_commands_are_found() -> None:
    found = detect("see https://a.org/x, ask @someone about #news or /help@a_bot")
    assert [(one["type"], one["offset"], one["length"]) for one in found] == [
        ("url", 4, 15),
        ("mention", 25, 8),
        ("hashtag", 40, 5),
        ("bot_command", 49, 11),
    ]


def test_nothing_is_found_inside_code() -> None:
    assert shape("https://a.org", entity("code", 0, 13)) == [("code", 0, 13)]


def test_the_formatter_answers_the_same_twice_errors_too() -> None:
    formatter = Formatter(remember=1)
    first = formatter.read("<b>x</b>", "HTML", None)
    assert formatter.read("<b>x</b>", "HTML", None) is first
    formatter.read("other", "", None)
    assert formatter.read("<b>x</b>", "HTML", None) == first
    with pytest.raises(ApiError):
        formatter.read("", "", None)
    with pytest.raises(ApiError):
        formatter.read("", "", None)


KINDS = ["bold", "italic", "code", "text_link", "blockquote", "expandable_blockquote", "spoiler"]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 20)), max_size=8),
    st.text(alphabet="ab \n", min_size=40, max_size=40),
)
def test_repaired_entities_lie_in_the_text_nest_and_are_not_blank(raw: list[tuple[str, int, int]], text: str) -> None:
    plain, spans = repair(text, [Span(*one) for one in raw])
    quotes = [span for span in spans if "quote" in span.kind]
    assert all(plain[span.offset : span.end].strip() and span.end <= len(plain) for span in spans)
    assert all(one.end <= two.offset for one, two in pairwise(quotes))
