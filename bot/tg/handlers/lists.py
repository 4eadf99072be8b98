"""Items of a topic or a publisher's category: one question, since readers need not know which of the two a name is."""

from bot.core.actions import ShowCategory, ShowTopic
from bot.core.model import RuleKind
from bot.rendering.chat_view import Toast, toast
from bot.rendering.items_view import PAGE_SIZE, Hit, Page, items_view, nothing_found_view, unknown_topic_view
from bot.rendering.message import OutgoingMessage
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.handlers.hints import suggested, to_topic
from bot.tg.handlers.rules import offered
from bot.tg.handlers.search import LONGEST_QUERY
from bot.tg.handlers.topics import category_under, topic_page, topics_message
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"topic": topic, "category": topic},
        buttons={ShowTopic: turn_topic, ShowCategory: turn_category},
    )


def topic(desk: Desk, ask: Ask) -> Answer:
    """`/topic NAME` and `/category NAME`: a topic of ours in any language, else a publisher's category. A name that is
    both leads to the topic, with a button to the category, unless only the category has items."""
    reader = desk.reader(ask)
    name = ask.text.strip()[:LONGEST_QUERY]
    if not name:
        return Answer((topics_message(desk, reader),))
    found, category = desk.reading.topics.find(name), desk.reading.find_category(name)
    if found is not None and (category is None or desk.reading.by_topic(found.slug, limit=1).items):
        return Answer((topic_page(desk, reader, ShowTopic(found.slug), category=category),))
    if category is not None:
        return Answer((_category_page(desk, reader, ShowCategory(desk.phrases.keep(category)), category),))
    near = suggested(desk, reader, desk.suggestions.subjects(name))
    return Answer((unknown_topic_view(name, reader.look, suggestions=near),))


def turn_topic(desk: Desk, ask: Ask, action: ShowTopic) -> Answer:
    """A page of a topic, shown in place of the page whose button was pressed."""
    reader = desk.reader(ask)
    if desk.reading.topics.get(action.slug) is None:
        return Answer(toast=toast(reader.look.translator, Toast.STALE))
    return Answer(edit=topic_page(desk, reader, action, category=category_under(desk, ask)))


def turn_category(desk: Desk, ask: Ask, action: ShowCategory) -> Answer:
    """A page of a publisher's category, in place."""
    reader = desk.reader(ask)
    name = desk.phrases.find(action.name)
    if name is None:
        return Answer(toast=toast(reader.look.translator, Toast.STALE))
    return Answer(edit=_category_page(desk, reader, action, name))


def _category_page(desk: Desk, reader: Reader, action: ShowCategory, name: str) -> OutgoingMessage:
    part = desk.reading.by_category(name, limit=PAGE_SIZE, offset=(action.page - 1) * PAGE_SIZE)
    if not part.items:
        near = suggested(desk, reader, desk.suggestions.subjects(name))
        return nothing_found_view(action, reader.look, name=name, suggestions=near)
    meant = desk.reading.topics.find(name)
    page = Page(tuple(map(Hit, part.items)), action.page, part.total, exact=part.exact, more=not part.exact)
    return items_view(
        action,
        page,
        reader.look,
        name=name,
        offer=offered(desk, reader, RuleKind.CATEGORY, name),
        see_also=[to_topic(desk, reader, meant.slug)] if meant else (),
    )
