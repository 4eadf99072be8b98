"""Topics: the list of all, the items of one, and following and unfollowing by button under both."""

from bot.core.actions import ShowCategory, ShowTopic, ShowTopics, ToggleTopic
from bot.rendering.chat_view import Toast, toast
from bot.rendering.items_view import PAGE_SIZE, Hit, Page, items_view, nothing_found_view
from bot.rendering.message import OutgoingMessage
from bot.rendering.topics_view import TopicRow, topics_view
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.handlers.hints import to_category
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"topics": topics},
        buttons={ShowTopics: turn, ToggleTopic: toggle},
        changing=frozenset({ToggleTopic}),
    )


def topics(desk: Desk, ask: Ask) -> Answer:
    """`/topics`."""
    return Answer((topics_message(desk, desk.reader(ask)),))


def turn(desk: Desk, ask: Ask, action: ShowTopics) -> Answer:
    """The list: in place where the button was under a list, else below as an answer of its own."""
    message = topics_message(desk, desk.reader(ask), page=action.page)
    return Answer(edit=message) if ToggleTopic in ask.under else Answer((message,))


def toggle(desk: Desk, ask: Ask, action: ToggleTopic) -> Answer:
    """Follow a topic or stop following it, and show what the button was under as it now is."""
    if desk.reading.topics.find(action.slug) is None:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    desk.subscriptions.follow_topic(desk.visitor(ask), action.slug, on=action.on, now=ask.now)
    reader = desk.reader(ask)
    said = toast(reader.look.translator, Toast.FOLLOWED if action.on else Toast.UNFOLLOWED)
    if {button.slug for button in ask.buttons if isinstance(button, ToggleTopic)} == {action.slug}:
        shown = ShowTopic(action.slug, action.page)
        return Answer(edit=topic_page(desk, reader, shown, category=category_under(desk, ask)), toast=said)
    return Answer(edit=topics_message(desk, reader, page=action.page), toast=said)


def topics_message(desk: Desk, reader: Reader, *, page: int = 1) -> OutgoingMessage:
    """The list of topics as this reader sees it."""
    followed = {rule.value for rule in reader.followed_topics}
    rows = [
        TopicRow(count.topic.slug, count.topic.names[reader.language], count.items, count.topic.slug in followed)
        for count in desk.reading.topic_counts()
    ]
    return topics_view(rows, reader.look, page=page)


def category_under(desk: Desk, ask: Ask) -> str | None:
    """The publisher's category that a button under the pressed message leads to."""
    named = next((action.name for action in ask.buttons if isinstance(action, ShowCategory)), None)
    return None if named is None else desk.phrases.find(named)


def topic_page(desk: Desk, reader: Reader, action: ShowTopic, *, category: str | None = None) -> OutgoingMessage:
    """A page of a topic's items, with a button to follow it, and one to the publisher's category of that name."""
    found = desk.reading.topics.get(action.slug)
    name = found.names[reader.language] if found else action.slug
    part = desk.reading.by_topic(action.slug, limit=PAGE_SIZE, offset=(action.page - 1) * PAGE_SIZE)
    if not part.items:
        return nothing_found_view(action, reader.look, name=name)
    followed = any(rule.value == action.slug for rule in reader.followed_topics)
    page = Page(tuple(map(Hit, part.items)), action.page, part.total, exact=part.exact, more=not part.exact)
    also = [to_category(desk, reader, category)] if category else []
    return items_view(action, page, reader.look, name=name, followed=followed, see_also=also)
