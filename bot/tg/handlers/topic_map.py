"""`/map`: which forum topic gets what. Opening a forum topic is Telegram's to do first (see `managing`)."""

from bot.core.actions import ShowMap, Unbind
from bot.core.forum import topic_title
from bot.core.model import Place, RuleAction, RuleKind, Subscriber
from bot.rendering.chat_view import Toast, toast
from bot.rendering.map_view import map_view, no_forum_view
from bot.rendering.message import OutgoingMessage
from bot.services.subscriptions import Visitor
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"map": map_},
        buttons={ShowMap: refresh, Unbind: unbind},
        changing=frozenset({"map", ShowMap, Unbind}),
    )


def map_(desk: Desk, ask: Ask) -> Answer:
    """`/map`."""
    if not ask.forum and not any(one.place.thread_id for one in desk.places.receiving(ask.place.chat_id)):
        return Answer((no_forum_view(desk.reader(ask).look),))
    return Answer((_message(desk, ask),))


def refresh(desk: Desk, ask: Ask, _action: ShowMap) -> Answer:
    """The map as it now is, in place."""
    return Answer(edit=_message(desk, ask))


def unbind(desk: Desk, ask: Ask, action: Unbind) -> Answer:
    """No more pushes to a forum topic; its settings are kept. Done already: nothing changes."""
    desk.subscriptions.unsubscribe(Place(ask.place.chat_id, action.thread_id or None), now=ask.now)
    return Answer(edit=_message(desk, ask), toast=toast(desk.reader(ask).look.translator, Toast.UNBOUND))


def topic_name(desk: Desk, ask: Ask, slug: str) -> str | None:
    """What a forum topic for one of our topics is called; None for no topic of ours."""
    found = desk.reading.topics.get(slug)
    return found.names[desk.reader(ask).language] if found else None


def is_open(desk: Desk, ask: Ask, slug: str) -> bool:
    """Whether some place of this forum is for that topic alone."""
    return any(_only(one) == slug for one in desk.places.receiving(ask.place.chat_id))


def opened(desk: Desk, ask: Ask, slug: str, *, thread_id: int, name: str) -> Answer:
    """A forum topic was opened for a topic: it gets that and nothing else."""
    title = topic_title(ask.chat_title, name)
    visitor = Visitor(Place(ask.place.chat_id, thread_id), ask.kind, title, desk.reader(ask).language)
    desk.subscriptions.subscribe(visitor, topics=[slug], now=ask.now)
    return Answer(edit=_message(desk, ask), toast=toast(desk.reader(ask).look.translator, Toast.OPENED))


def _message(desk: Desk, ask: Ask) -> OutgoingMessage:
    reader = desk.reader(ask)
    places = desk.places.receiving(ask.place.chat_id)
    names = {topic.slug: topic.names[reader.language] for topic in desk.reading.topics.topics}
    taken = {_only(one) for one in places}
    return map_view(reader.look, places, topics=names, offered=[slug for slug in names if slug not in taken])


def _only(subscriber: Subscriber) -> str | None:
    """The one topic that a place follows, if that is all it follows."""
    followed = [rule for rule in subscriber.rules if rule.action is RuleAction.FOLLOW]
    return followed[0].value if len(followed) == 1 and followed[0].kind is RuleKind.TOPIC else None
