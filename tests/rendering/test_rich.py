"""Rich messages say what the classic ones say, in well-formed HTML."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Item, Language, RichText, Span, SpanKind, Style
from bot.rendering.digest_view import push_view
from bot.rendering.message import Entity, EntityKind, OutgoingMessage
from bot.rendering.rich import rich_html
from tests.rendering.conftest import look_of, stored_digest


class Reading(HTMLParser):
    """Text and structure of an HTML; raises on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("style", Style)
def test_a_push_says_the_same_in_both_forms(language: Language, style: Style) -> None:
    digest = stored_digest()
    (message,) = push_view(digest, digest.items, look_of(language, style=style, rich_messages=True))
    assert message.rich is not None
    read = Reading(message.rich)
    assert read.open == []
    folded = read.tags.count("details")
    unfold = look_of(language).translator("item.unfold")
    assert squeezed(read.text.replace(unfold, "", folded)) == squeezed(message.text)
    assert {"https://example.org/firefly", "http://example.org/weather?a=1&b=2"} <= set(read.links)
    assert folded == (3 if style is Style.FOLDED else 0)


def test_a_folded_item_is_a_heading_and_a_fold() -> None:
    digest = stored_digest()
    (message,) = push_view(digest, digest.items[1:2], look_of(Language.EN, rich_messages=True))
    assert message.rich is not None
    assert (
        '<h4>2. <a href="http://example.org/weather?a=1&amp;b=2"><b>Open weather data for everyone</b></a> '
        "· Ada 🤖</h4>"
        "<details><summary>Read</summary><p>Short.</p></details>"
    ) in message.rich


def test_without_the_wish_there_is_no_rich_form(digest, look) -> None:
    assert [message.rich for message in push_view(digest, digest.items, look)] == [None]


def test_what_readers_could_inject_is_escaped() -> None:
    evil = Item(1, '<b>x</b> & "q"', "<i>", 'https://example.org/?"><script>', RichText("</details><a href=x>&amp;"))
    digest = stored_digest([evil], title="<h1>")
    (message,) = push_view(digest, digest.items, look_of(rich_messages=True))
    assert message.rich is not None
    read = Reading(message.rich)
    assert "</details><a href=x>&amp;" in read.text
    assert "script" not in read.tags
    assert read.tags.count("a") <= 1


@pytest.mark.parametrize("text", ["", "\n\n", "x" * 40_000])
def test_what_has_no_rich_form_is_sent_classic(text: str) -> None:
    assert rich_html(OutgoingMessage(text), unfold="Read") is None


@given(
    st.text(alphabet="ab文<&\n ", max_size=60),
    st.lists(st.tuples(st.sampled_from(EntityKind), st.integers(0, 60), st.integers(1, 30)), max_size=6),
)
def test_whatever_the_entities_every_tag_is_closed(text: str, marks: list[tuple[EntityKind, int, int]]) -> None:
    size = len(text.encode("utf-16-le")) // 2
    entities = tuple(
        Entity(kind, start, min(length, size - start), "https://example.org" if kind is EntityKind.TEXT_LINK else None)
        for kind, start, length in marks
        if start < size and kind not in {EntityKind.BLOCKQUOTE, EntityKind.EXPANDABLE_BLOCKQUOTE}
    )
    html = rich_html(OutgoingMessage(text, entities), unfold="Read") or ""
    read = Reading(html)
    assert read.open == []
    assert squeezed(read.text) == squeezed(text)


def test_an_emoji_before_a_link_does_not_move_it() -> None:
    body = RichText("🎉🎉 see here", (Span(SpanKind.LINK, 7, 11, "https://example.org/x"),))
    digest = stored_digest([Item(1, "t", body=body)])
    (message,) = push_view(digest, digest.items, look_of(rich_messages=True))
    assert message.rich is not None
    assert '<a href="https://example.org/x">here</a>' in message.rich
