"""One item as a block of text, in a push and in a list of results. Apart because both draw the same thing: number,
linked title, author, and as much of the paragraph as the reader's style and Telegram's limits allow.
"""

from typing import Final

from bot.core.model import Item, RichText, Span, SpanKind, StoredItem, Style
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, clean_rich
from bot.rendering.text import BLANK, ELLIPSIS, clean_line, cut_units, shorten, usable_url, utf16_length

# UTF-16 units: far beyond any real headline, and small enough that a part always has room for the paragraph.
LONGEST_TITLE: Final = 1000
LONGEST_AUTHOR: Final = 200
MOST_CHARACTERS: Final = 16_000
MOST_SPANS: Final = 300  # three times what Telegram shows
LISTED_TITLE: Final = 300
LISTED_AUTHOR: Final = 100
SNIPPET: Final = 200
LEAD: Final = 90
LISTED_ENTITIES: Final = 15
NOTHING: Final = RichText()
_STOPS: Final = "。！？；.!?;\n"


def item_block(stored: StoredItem, look: Look, *, room: tuple[int, int]) -> Block:
    """An item in the reader's style within `room` (UTF-16 units, entities). A paragraph that does not fit is cut at
    the end of a sentence when one ends in its last fifth, else after the last whole word or character; an ellipsis
    follows, linked to the source. With too many entities the innermost bold goes first; the title's link stays. An
    item whose story the reader was sent before is one line."""
    item = stored.item
    if stored.id in look.seen:
        return _seen_block(item, look, room=room)
    builder = TextBuilder().add(f"{item.number}. ").link(shown_title(item, look, LONGEST_TITLE), item.url, bold=True)
    author = shorten(look.plain(clean_line(item.author or "")), LONGEST_AUTHOR)
    if author:
        builder.add(f" · {author}")
    return _with_body(builder, item, look, room=room)


def _seen_block(item: Item, look: Look, *, room: tuple[int, int]) -> Block:
    """Number, linked title, and that the story is known."""
    builder = TextBuilder().add(f"{item.number}. ").link(shown_title(item, look, LISTED_TITLE), item.url)
    return builder.add(f" · {look.translator('item.seen')}").block(most_entities=room[1])


def shared_block(stored: StoredItem, look: Look, *, room: tuple[int, int]) -> Block:
    """An item that stands alone in somebody's chat: as `item_block`, but with its day in place of its number."""
    builder = TextBuilder().link(shown_title(stored.item, look, LONGEST_TITLE), stored.item.url, bold=True)
    return _with_body(builder.add("\n" + byline(stored, look)), stored.item, look, room=room)


def headline_block(stored: StoredItem, look: Look, *, room: tuple[int, int]) -> Block:
    """Number and linked title alone, the title cut to `room`: for an item that has to make way for others."""
    number = f"{stored.item.number}. "
    title = shorten(shown_title(stored.item, look, LONGEST_TITLE), max(1, room[0] - len(number)))
    return TextBuilder().add(number).link(title, stored.item.url, bold=True).block(most_entities=room[1])


def merged_block(stored: StoredItem, look: Look, *, position: int, others: int) -> Block:
    """A story in a recap: position, linked title, author, and how many `others` tell it too. One entity, so that a
    message holds many."""
    t, item = look.translator, stored.item
    builder = TextBuilder().add(f"{t.format_number(position)}. ").link(shown_title(item, look, LISTED_TITLE), item.url)
    author = shorten(look.plain(clean_line(item.author or "")), LISTED_AUTHOR)
    if author:
        builder.add(f" · {author}")
    if others:
        builder.add(" · " + t.n("recap.others", others))
    return builder.block()


def struck_block(stored: StoredItem, look: Look, *, room: tuple[int, int]) -> Block:
    """An item that a correction took out: number and title struck through, without its link and paragraph."""
    number = f"{stored.item.number}. "
    text = number + shorten(shown_title(stored.item, look, LONGEST_TITLE), max(1, room[0] - len(number)))
    struck = RichText(text, (Span(SpanKind.STRIKE, 0, len(text)),))
    return TextBuilder().rich(struck).block(most_entities=room[1])


def listed_block(
    stored: StoredItem,
    snippet: RichText,
    look: Look,
    *,
    position: int,
    title: RichText | None = None,
    author: RichText | None = None,
) -> Block:
    """An item in a list of results: position, linked title, author and local day, and a snippet whose spans show what
    matched; without one, the beginning of the paragraph. `title` and `author` are the item's own with what matched in
    them: then bold means "matched", and the title is not bold as a whole."""
    item = stored.item
    builder = TextBuilder().add(f"{look.translator.format_number(position)}. ")
    if title is None:
        builder.link(shown_title(item, look, LISTED_TITLE), item.url, bold=True)
    else:
        marked = _shown(title, look, LISTED_TITLE)
        text = marked.text if marked.text.strip(BLANK) else shown_title(item, look, LISTED_TITLE)
        link = Span(SpanKind.LINK, 0, len(text), item.url)
        builder.rich(RichText(text, (link, *marked.spans)))
    builder.add("\n")
    if author is not None and author.text.strip(BLANK):
        day = look.translator.format_date(stored.slot, look.time_zone)
        builder.template(look.translator.template("item.byline"), author=_shown(author, look, LISTED_AUTHOR), date=day)
    else:
        builder.add(byline(stored, look))
    shown = snippet if snippet.text.strip(BLANK) else lead(item.body)
    if shown.text.strip(BLANK):
        builder.add("\n").rich(_shown(shown, look, SNIPPET))
    return builder.block(most_entities=LISTED_ENTITIES)


def lead(body: RichText) -> RichText:
    """The beginning of a paragraph, unformatted, for lists."""
    return RichText(shorten(clean_line(body.text), LEAD))


def one_line(rich: RichText) -> RichText:
    """Line breaks become spaces; positions stay."""
    return RichText(rich.text.replace("\n", " "), rich.spans)


def cut_rich(rich: RichText, units: int) -> RichText:
    """At most `units` UTF-16 units of a formatted text, with an ellipsis where something is missing; spans end where
    the text does."""
    if utf16_length(rich.text) <= units:
        return rich
    kept = _cut(rich.text, max(0, units - 1))
    return RichText(kept + ELLIPSIS, _spans_within(rich.spans, len(kept)))


def _with_body(builder: TextBuilder, item: Item, look: Look, *, room: tuple[int, int]) -> Block:
    body = look.rich(clean_rich(_bounded(item.body)))
    if look.style is not Style.HEADLINES and body.text.strip(BLANK):
        builder.add("\n")
        body = _fitted(body, item, look, units=room[0] - builder.block().units - 1)
        if look.style is Style.FOLDED:
            builder.quote(body)
        else:
            builder.rich(body)
    return builder.block(most_entities=room[1])


def _shown(text: RichText, look: Look, most: int) -> RichText:
    """Formatted text for a list: in the reader's script, on one line, cut."""
    return cut_rich(one_line(look.rich(clean_rich(text))), most)


def shown_title(item: Item, look: Look, most: int) -> str:
    """An item's title in one line and in the reader's script, cut to `most` UTF-16 units."""
    return shorten(look.plain(clean_line(item.title)), most) or look.translator("item.untitled")


def byline(stored: StoredItem, look: Look) -> str:
    """Author and local day in one line."""
    t = look.translator
    day = t.format_date(stored.slot, look.time_zone)
    author = shorten(look.plain(clean_line(stored.item.author or "")), LISTED_AUTHOR)
    return t("item.byline", author=author, date=day) if author else day


def _bounded(body: RichText) -> RichText:
    """The beginning of a body that no part can outgrow in any script, with its longest spans: publishers may write
    megabytes, and what is invisible in the end must not cost time first."""
    spans = _spans_within(body.spans, MOST_CHARACTERS)
    if len(spans) > MOST_SPANS:
        longest = sorted(spans, key=lambda span: span.start - span.end)[:MOST_SPANS]
        spans = tuple(sorted(longest, key=lambda span: (span.start, -span.end)))
    return RichText(body.text[:MOST_CHARACTERS], spans)


def _fitted(body: RichText, item: Item, look: Look, *, units: int) -> RichText:
    """The body, or its beginning and a link to the rest."""
    if utf16_length(body.text) <= units:
        return body
    more = look.translator("item.read_on")
    url = usable_url(item.url)
    ending = ELLIPSIS + (f" {more}" if url else "")
    kept = _cut(body.text, max(0, units - utf16_length(ending)))
    spans = _spans_within(body.spans, len(kept))
    if url:
        start = len(kept) + len(ELLIPSIS) + 1
        spans = (*spans, Span(SpanKind.LINK, start, start + len(more), url))
    return RichText(kept + ending, spans)


def _cut(text: str, units: int) -> str:
    """The beginning of a text, ended at a sentence or a word where that costs little."""
    kept = cut_units(text, units)
    stop = max(kept.rfind(mark) for mark in _STOPS)
    if stop >= len(kept) * 4 // 5:
        return kept[: stop + 1].rstrip(BLANK)
    blank = kept.rfind(" ")
    if blank >= len(kept) * 4 // 5 and kept[-1:].isascii():
        kept = kept[:blank]
    return kept.rstrip(BLANK)


def _spans_within(spans: tuple[Span, ...], end: int) -> tuple[Span, ...]:
    return tuple(Span(span.kind, span.start, min(span.end, end), span.url) for span in spans if span.start < end)
