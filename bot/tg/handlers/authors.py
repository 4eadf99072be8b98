"""Authors: the most frequent, and the items of one, whom the reader names by any part of name or handle."""

from bot.core.actions import LAST_PAGE, ShowAuthor, ShowAuthors
from bot.core.authors import author_name_key, handle_key
from bot.core.model import RuleKind
from bot.rendering.authors_view import PAGE_SIZE as PEOPLE
from bot.rendering.authors_view import AuthorRow, authors_view
from bot.rendering.chat_view import Toast, toast
from bot.rendering.items_view import PAGE_SIZE, Hit, Page, Suggestion, items_view, nothing_found_view
from bot.rendering.message import OutgoingMessage
from bot.rendering.rule_buttons import RuleOffer
from bot.storage import AuthorCount
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.handlers.hints import suggested, to_author
from bot.tg.handlers.rules import offered
from bot.tg.handlers.search import LONGEST_QUERY
from bot.tg.routes import Routes

_MEANT = 4  # people offered where a name fits several


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"author": author, "authors": authors}, buttons={ShowAuthor: turn, ShowAuthors: turn_authors}
    )


def author(desk: Desk, ask: Ask) -> Answer:
    """`/author NAME`, by shown name, handle or part of either; without a name, who there is."""
    name = ask.text.strip()[:LONGEST_QUERY]
    if not name:
        return authors(desk, ask)
    return Answer((_page(desk, desk.reader(ask), ShowAuthor(desk.phrases.keep(name)), name),))


def authors(desk: Desk, ask: Ask) -> Answer:
    """`/authors`."""
    return Answer((_people(desk, desk.reader(ask), 1),))


def turn(desk: Desk, ask: Ask, action: ShowAuthor) -> Answer:
    """A page of one author: in place where the button was under a list of items, else below."""
    reader = desk.reader(ask)
    name = desk.phrases.find(action.name)
    if name is None:
        return Answer(toast=toast(reader.look.translator, Toast.STALE))
    message = _page(desk, reader, action, name)
    named = {button.name for button in ask.buttons if isinstance(button, ShowAuthor)}
    # Only the first page names others; a turned page leads to a later one.
    return Answer((message,)) if len(named) > 1 and action.page == 1 else Answer(edit=message)


def turn_authors(desk: Desk, ask: Ask, action: ShowAuthors) -> Answer:
    """A page of the list: in place where the button was under the list, else below."""
    message = _people(desk, desk.reader(ask), action.page)
    return Answer(edit=message) if ShowAuthor in ask.under else Answer((message,))


def _page(desk: Desk, reader: Reader, action: ShowAuthor, name: str) -> OutgoingMessage:
    part = desk.reading.by_author(name, limit=PAGE_SIZE, offset=(action.page - 1) * PAGE_SIZE)
    if not part.items:
        near = suggested(desk, reader, desk.suggestions.authors(name))
        return nothing_found_view(action, reader.look, name=name, suggestions=near)
    people = desk.reading.people(limit=_MEANT, name=name)
    offer = _offer(desk, reader, name, people)
    page = Page(tuple(map(Hit, part.items)), action.page, part.total, exact=part.exact, more=not part.exact)
    # Several people: each can be looked at alone.
    also = _each(desk, reader, name, people) if len(people) > 1 and action.page == 1 else []
    return items_view(action, page, reader.look, name=reader.look.plain(name), offer=offer, see_also=also)


def _offer(desk: Desk, reader: Reader, name: str, people: list[AuthorCount]) -> RuleOffer | None:
    """A button to follow the one person who is meant, if it is clear who."""
    if name.startswith(("@", "＠")):
        return offered(desk, reader, RuleKind.AUTHOR, "@" + handle_key(name.replace("＠", "@")))
    keys = {author_name_key(person.name or f"@{person.handle}"): person for person in people}
    person = next(iter(keys.values())) if len(keys) == 1 else keys.get(author_name_key(name))
    if person is None:
        return None
    return offered(desk, reader, RuleKind.AUTHOR, person.name or f"@{person.handle}")


def _each(desk: Desk, reader: Reader, name: str, people: list[AuthorCount]) -> list[Suggestion]:
    called = [person.name or f"@{person.handle}" for person in people]
    return [to_author(desk, reader, one) for one in called if author_name_key(one) != author_name_key(name)]


def _people(desk: Desk, reader: Reader, page: int) -> OutgoingMessage:
    found = desk.reading.people(limit=PEOPLE + 1, offset=(page - 1) * PEOPLE)
    rows = [_row(desk, person) for person in found[:PEOPLE]]
    return authors_view(rows, reader.look, page=page, more=len(found) > PEOPLE and page < LAST_PAGE)


def _row(desk: Desk, person: AuthorCount) -> AuthorRow:
    name = person.name or f"@{person.handle}"
    handle = person.handle if person.name else None
    return AuthorRow(name, handle, person.items, ShowAuthor(desk.phrases.keep(name)))
