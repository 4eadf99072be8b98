"""Search by words: pages with what matched in bold, what to try when nothing did, and one tap to follow the words."""

from collections.abc import Sequence

from bot.core.actions import Search
from bot.core.highlight import hits, snippet
from bot.core.model import RuleKind, StoredItem
from bot.core.query import Term, keyword_of
from bot.rendering.chat_view import Toast, toast
from bot.rendering.items_view import (
    NO_TEXT,
    PAGE_SIZE,
    Hit,
    Page,
    highlighted,
    items_view,
    nothing_found_view,
    search_usage_view,
    unknown_name_view,
)
from bot.rendering.meaning_view import closest_view
from bot.rendering.message import OutgoingMessage
from bot.services.reading import UnknownKind
from bot.services.suggestions import Situation
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.handlers.hints import suggested
from bot.tg.handlers.rules import offered
from bot.tg.routes import Routes

LONGEST_QUERY = 256  # characters; what is longer is not searched for
SNIPPET = 140  # characters around the first hit
_NOBODY = {
    UnknownKind.TOPIC: "unknown_topic",
    UnknownKind.CATEGORY: "category",
    UnknownKind.AUTHOR: "author",
}


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(commands={"search": search, "keyword": search}, buttons={Search: turn})


def search(desk: Desk, ask: Ask) -> Answer:
    """`/search WORDS` and `/keyword WORDS`."""
    reader = desk.reader(ask)
    words = ask.text.strip()[:LONGEST_QUERY]
    if desk.reading.parse(words, today=desk.today(ask, reader).date()).empty:
        return Answer((search_usage_view(reader.look),))
    return Answer((_page(desk, ask, Search(desk.phrases.keep(words)), words),))


def turn(desk: Desk, ask: Ask, action: Search) -> Answer:
    """A page of a search, in place of the page whose button was pressed."""
    words = desk.phrases.find(action.query)
    if words is None:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    return Answer(edit=_page(desk, ask, action, words))


def marked(stored: StoredItem, terms: Sequence[Term]) -> Hit:
    """An item with what matched in bold: in the piece of its paragraph around the first hit, in title and author."""
    if not terms:
        return Hit(stored)
    item = stored.item
    text, found = snippet(item.body.text, terms, SNIPPET)
    author = item.author or ""
    return Hit(
        stored,
        highlighted(text, found) if found else NO_TEXT,
        title=highlighted(item.title, hits(item.title, terms)),
        author=highlighted(author, hits(author, terms)),
    )


def _page(desk: Desk, ask: Ask, action: Search, words: str) -> OutgoingMessage:
    reader = desk.reader(ask)
    today = desk.today(ask, reader).date()
    query = desk.reading.parse(words, today=today)
    offset = (action.page - 1) * PAGE_SIZE
    part = desk.reading.search(query, limit=PAGE_SIZE, offset=offset, zone=reader.look.time_zone)
    if not part.items:
        return _nothing(desk, ask, reader, action, words)
    page = Page(
        tuple(marked(item, query.must) for item in part.items),
        action.page,
        part.total,
        exact=part.exact,
        more=not part.exact,
    )
    keyword = keyword_of(words, today=today)
    offer = offered(desk, reader, RuleKind.KEYWORD, keyword) if keyword else None
    return items_view(action, page, reader.look, name=words, offer=offer)


def _nothing(desk: Desk, ask: Ask, reader: Reader, action: Search, words: str) -> OutgoingMessage:
    """What to try instead; a topic, category or author in the query that nothing is called is named as the cause."""
    today = desk.today(ask, reader).date()
    unknown = desk.reading.unknown(desk.reading.parse(words, today=today))
    situation = Situation(today, reader.look.time_zone, reader.language)
    near = suggested(desk, reader, desk.suggestions.instead(words, situation, unknown=unknown))
    if unknown is not None:
        return unknown_name_view(_NOBODY[unknown.kind], unknown.name, reader.look, suggestions=near)
    plain = keyword_of(words, today=today) is not None
    close = desk.meaning.closest(words, limit=PAGE_SIZE) if desk.meaning and plain and action.page == 1 else []
    if close:
        return closest_view(words, close, reader.look, suggestions=near)
    return nothing_found_view(action, reader.look, name=words, suggestions=near)
