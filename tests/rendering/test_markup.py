"""The builder: entities in UTF-16 units, legal nestings, whatever spans it is given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import RichText, Span, SpanKind
from bot.rendering.markup import Block, TextBuilder, join, rich_bold
from bot.rendering.message import Entity, EntityKind, OutgoingMessage
from bot.rendering.text import BLANK
from tests.rendering.conftest import emphasised
from tests.rendering.rules import faults, stretch

URL = "https://example.org/"
CHARS = st.text(st.sampled_from("ab 模。🎉𠮷\n\u200b\x00\u202e\ud800"), max_size=30)
SPANS = st.builds(
    Span,
    st.sampled_from(SpanKind),
    st.integers(-3, 33),
    st.integers(-3, 33),
    st.sampled_from([URL, "https://example.org/2", "javascript:x", None]),
)
RICH = st.builds(RichText, CHARS, st.lists(SPANS, max_size=8).map(tuple))


def shown(block):
    return [(entity.kind.value, stretch(block.text, entity)) for entity in block.entities]


def test_offsets_count_utf16_units():
    block = TextBuilder().add("🎉 ").bold("粗").add("𠮷").link("x", URL).block()
    assert block == Block("🎉 粗𠮷x", (Entity(EntityKind.BOLD, 3, 1), Entity(EntityKind.TEXT_LINK, 6, 1, URL)))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([("bold", 0, 3), ("bold", 3, 6)], [("bold", "abcdef")]),
        ([("bold", 0, 4), ("italic", 2, 6)], [("bold", "abcd"), ("italic", "cd"), ("italic", "ef")]),
        ([("bold", 0, 4), ("link", 2, 6)], [("bold", "ab"), ("text_link", "cdef"), ("bold", "cd")]),
        ([("link", 0, 4), ("bold", 2, 6)], [("text_link", "abcd"), ("bold", "cd"), ("bold", "ef")]),
        ([("link", 0, 4), ("link", 2, 6)], [("text_link", "abcdef")]),
        ([("link", 0, 6), ("code", 2, 4)], [("text_link", "abcdef")]),
        ([("bold", 0, 6), ("code", 2, 4)], [("bold", "ab"), ("code", "cd"), ("bold", "ef")]),
        ([("pre", 0, 6), ("italic", 1, 2)], [("pre", "abcdef")]),
        ([("strike", 2, 2), ("bold", 9, 12)], []),
        ([("bold", 0, 6), ("strike", 0, 6)], [("bold", "abcdef"), ("strikethrough", "abcdef")]),
    ],
)
def test_spans_become_legal_entities(spans, expected):
    made = tuple(Span(SpanKind(kind), start, end, URL if kind == "link" else None) for kind, start, end in spans)
    assert shown(TextBuilder().rich(RichText("abcdef", made)).block()) == expected


def test_a_link_is_only_made_to_the_web():
    assert TextBuilder().link("a", "javascript:x", bold=True).link("b", None).block() == Block(
        "ab", (Entity(EntityKind.BOLD, 0, 1),)
    )


def test_a_quotation_keeps_bold_and_links_and_drops_code():
    rich = RichText("ab cd ef", (Span(SpanKind.BOLD, 0, 2), Span(SpanKind.CODE, 3, 5), Span(SpanKind.LINK, 6, 8, URL)))
    assert shown(TextBuilder().add("x\n").quote(rich).block()) == [
        ("expandable_blockquote", "ab cd ef"),
        ("bold", "ab"),
        ("text_link", "ef"),
    ]


def test_a_plain_quotation_can_be_had():
    assert TextBuilder().quote(RichText("a"), expandable=False).block().entities[0].kind is EntityKind.BLOCKQUOTE


def test_spans_follow_their_characters_when_others_are_removed():
    rich = RichText("a\u202e\x00b🎉c", (Span(SpanKind.BOLD, 3, 4), Span(SpanKind.ITALIC, 5, 6)))
    assert shown(TextBuilder().rich(rich).block()) == [("bold", "b"), ("italic", "c")]


def test_the_ends_are_trimmed_and_formatting_with_them():
    assert TextBuilder().add("\n\n").bold(" a \n").block() == Block("a", (Entity(EntityKind.BOLD, 0, 1),))


def test_a_template_takes_formatted_and_plain_values_and_reads_neither():
    block = TextBuilder().template("“{name}” in {place}.", name=rich_bold("{place}"), place="{name}").block()
    assert (block.text, shown(block)) == ("“{place}” in {name}.", [("bold", "{place}")])


def test_beyond_the_most_entities_the_innermost_bold_goes_first():
    rich = RichText("ab cd", (Span(SpanKind.ITALIC, 0, 5), Span(SpanKind.BOLD, 0, 2), Span(SpanKind.BOLD, 3, 5)))
    builder = TextBuilder().link("t", URL, bold=True).add(" ").quote(rich)
    kept = [shown(builder.block(most_entities=most)) for most in (6, 4, 2, 0)]
    outer = [("text_link", "t"), ("expandable_blockquote", "ab cd")]
    assert [len(entities) for entities in kept] == [6, 4, 2, 0]
    assert ("italic", "ab cd") in kept[1]
    assert kept[2] == outer


def test_blocks_are_joined_without_gaps_for_empty_ones():
    joined = join([Block("🎉"), Block(), TextBuilder().bold("b").block()], "\n")
    assert joined == Block("🎉\nb", (Entity(EntityKind.BOLD, 3, 1),))


@settings(max_examples=300)
@given(RICH, RICH, st.integers(0, 12))
def test_any_spans_make_a_valid_message(first, second, most):
    block = TextBuilder().add("x ").rich(first).add("\n").quote(second).add(" y").block(most_entities=most)
    assert faults(OutgoingMessage(block.text, block.entities)) == []
    assert len(block.entities) <= most


def visible(text):
    """Without blanks, zero-width ones included: bold cannot be seen on those, and is trimmed from the ends."""
    return "".join(char for char in text if char not in BLANK and not char.isspace())


@given(RICH)
def test_every_bold_character_outside_code_stays_bold(rich):
    bold_only = RichText(rich.text, tuple(span for span in rich.spans if span.kind is SpanKind.BOLD))
    wanted = {i for span in bold_only.spans for i in range(max(0, span.start), min(span.end, len(rich.text)))}
    block = TextBuilder().rich(bold_only).block()
    covered = "".join(stretch(block.text, entity) for entity in block.entities)
    kept = TextBuilder().add("".join(rich.text[i] for i in sorted(wanted))).block().text
    assert visible(covered) == visible(kept)


def test_emphasis_in_a_paragraph_is_kept_as_it_was():
    block = TextBuilder().rich(emphasised("甲**乙**丙**“丁”**。")).block()
    assert shown(block) == [("bold", "乙"), ("bold", "“丁”")]
