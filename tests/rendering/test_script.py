"""Simplified and Traditional content: words, and formatting that stays where it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import RichText, Script, Span, SpanKind
from bot.rendering.script import ScriptConverter
from tests.rendering.conftest import emphasised

CONVERTER = ScriptConverter()
HAN = st.text("软件鼠标互联网打印机模型参数发布头发后台里 ab🎉", max_size=30)


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("软件和互联网", "軟體和網際網路"),
        ("三十亿参数的模型已发布", "三十億參數的模型已發布"),
        ("头发", "頭髮"),
        ("OpenAI 2026 🎉", "OpenAI 2026 🎉"),
        ("東京タワー", "東京タワー"),
        ("", ""),
    ],
)
def test_simplified_becomes_taiwans_words(simplified, traditional):
    assert CONVERTER.text(simplified, Script.HANT) == traditional


def test_traditional_becomes_simplified_and_simplified_stays():
    assert CONVERTER.text("軟體發布，頭髮", Script.HANS) == "软体发布，头发"
    assert CONVERTER.text("软件“发布”，头发。", Script.HANS) == "软件“发布”，头发。"


def test_spans_follow_a_conversion_that_changes_the_length():
    converted = CONVERTER.rich(emphasised("通过**互联网**用**打印机**输出"), Script.HANT)
    assert converted == emphasised("通過**網際網路**用**印表機**輸出")


def test_code_keeps_its_characters():
    rich = RichText("软件 软件", (Span(SpanKind.CODE, 0, 2),))
    assert CONVERTER.rich(rich, Script.HANT).text == "软件 軟體"


def test_a_text_without_chinese_is_the_same_object():
    rich = RichText("plain", (Span(SpanKind.BOLD, 0, 5),))
    assert CONVERTER.rich(rich, Script.HANT) is rich


@given(HAN, HAN, HAN)
def test_a_span_covers_the_conversion_of_what_it_covered(before, inside, after):
    rich = RichText(before + inside + after, (Span(SpanKind.BOLD, len(before), len(before) + len(inside)),))
    converted = CONVERTER.rich(rich, Script.HANT)
    span = converted.spans[0]
    assert converted.text[span.start : span.end] == CONVERTER.text(inside, Script.HANT)


@given(HAN, st.integers(-5, 50), st.integers(-5, 50), st.sampled_from(Script))
def test_any_span_stays_inside_the_text(text, start, end, script):
    converted = CONVERTER.rich(RichText("软" + text, (Span(SpanKind.BOLD, start, end),)), script)
    assert all(0 <= edge <= len(converted.text) for span in converted.spans for edge in (span.start, span.end))


def test_it_forgets_the_oldest_rather_than_growing():
    converter = ScriptConverter()
    texts = [f"软件{number}" for number in range(3000)]
    assert [converter.text(text, Script.HANT) for text in texts] == [f"軟體{number}" for number in range(3000)]
    assert len(converter._seen) <= 2048  # the memory must stay bounded, and nothing outside shows it
