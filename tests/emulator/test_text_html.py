"""HTML as Telegram reads it: tags, attributes, references, and the words of its refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator.text.html import MarkupError, parse_html
from bot.emulator.text.spans import Span, units


def spans(text: str) -> list[tuple[str, int, int]]:
    return [(span.kind, span.offset, span.length) for span in parse_html(text)[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>a</b>", [("bold", 0, 1)]),
        ("<strong>a</strong>", [("bold", 0, 1)]),
        ("<i>a</i><em>b</em>", [("italic", 0, 1), ("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>a</s><strike>b</strike><del>c</del>", [(name, at, 1) for at, name in enumerate(["strikethrough"] * 3)]),
        ('<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>', [("spoiler", 0, 1), ("spoiler", 1, 1)]),
        ("<code>a</code><pre>b</pre>", [("code", 0, 1), ("pre", 1, 1)]),
        ("<blockquote>a</blockquote>", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", [("expandable_blockquote", 0, 1)]),
        ("<B>a</B>", [("bold", 0, 1)]),
        ("<b>x<i>y</i></b>", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<b></b>a", []),
        ("<b>a</>", [("bold", 0, 1)]),
        ("😀<b>中😀</b>", [("bold", 2, 3)]),
        ('<tg-emoji emoji-id="77">😀</tg-emoji>', [("custom_emoji", 0, 2)]),
        ('<tg-time unix="1764000000" format="r">now</tg-time>', [("date_time", 0, 3)]),
    ],
)
def test_tags_become_entities(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ('<a href="https://example.org">x</a>', {"url": "https://example.org/"}),
        ("<a href='https://example.org/?a=1&amp;b=2'>x</a>", {"url": "https://example.org/?a=1&b=2"}),
        ("<a href=example.org>x</a>", {"url": "http://example.org/"}),
        ("<a>example.org</a>", {"url": "http://example.org/"}),
        ('<a href="tg://user?id=42">x</a>', {"user_id": 42}),
        ('<pre><code class="language-python">x</code></pre>', {"language": "python"}),
        ('<code class="language-python"><pre>x</pre></code>', {"language": "python"}),
        ('<code class="language-python">x</code>', {}),
        ('<tg-time unix="5" format="t">x</tg-time>', {"unix_time": 5, "date_time_format": "t"}),
    ],
)
def test_what_entities_carry(text: str, extra: dict[str, object]) -> None:
    [span] = parse_html(text)[1]
    assert span.extra == extra


@pytest.mark.parametrize("href", ["nowhere", "ftp://example.org", "", "http://", "javascript:alert(1)"])
def test_a_link_that_is_none_vanishes_and_leaves_its_text(href: str) -> None:
    assert parse_html(f'<a href="{href}">words</a>') == ("words", [])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("&lt;b&gt;&amp;&quot;", '<b>&"'),
        ("&nbsp;&copy;", "&nbsp;&copy;"),
        ("&#20013;&#x6587;&#X6587;", "中文文"),
        ("a & b", "a & b"),
        ("&lt", "<"),
        ("&#0;", "&#0;"),
    ],
)
def test_references_telegram_knows_are_decoded_and_others_shown(text: str, plain: str) -> None:
    assert parse_html(text)[0] == plain


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("中<br>", 'Unsupported start tag "br" at byte offset 3'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("5 < 6", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a ", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=a,b>x</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ('<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">y</tg-emoji>', "Invalid custom emoji identifier specified"),
        ('<tg-time unix="soon">y</tg-time>', "Invalid date specified"),
        (
            "&#xD800;",
            (
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate "
                "code units"
            ),
        ),
    ],
)
def test_wrong_markup_is_refused_in_telegrams_words(text: str, reason: str) -> None:
    with pytest.raises(MarkupError) as caught:
        parse_html(text)
    assert str(caught.value) == reason


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="<&\0")))
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert parse_html(text) == (text, [])


def read_or_refused(text: str) -> tuple[str, list[Span]]:
    try:
        return parse_html(text)
    except MarkupError as error:
        return str(error), []


@given(st.text(alphabet="<>/&;ab=\"' 中😀", max_size=40))
def test_any_text_is_either_read_or_refused_with_a_reason(text: str) -> None:
    plain, found = read_or_refused(text)
    assert all(0 <= span.offset < span.end <= units(plain) for span in found)
