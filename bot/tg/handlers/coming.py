"""Coming, going, help, and kind answers to what is not understood."""

import re
from dataclasses import replace
from difflib import get_close_matches

from bot.core.actions import Search, ShowHelp, ShowTopic, Subscribe, Unsubscribe
from bot.core.choosing import EACH
from bot.core.model import ChatKind
from bot.core.topics import Topic
from bot.rendering.chat_view import (
    Toast,
    help_view,
    plain_text_view,
    start_view,
    subscribed_view,
    toast,
    unknown_command_view,
    unsubscribed_view,
)
from bot.rendering.commands import ALIASES, COMMANDS
from bot.rendering.items_view import Suggestion, unknown_topic_view
from bot.rendering.schedule_view import schedule_text
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.handlers.items import by_link
from bot.tg.handlers.lists import topic
from bot.tg.handlers.search import LONGEST_QUERY
from bot.tg.handlers.settings import settings
from bot.tg.routes import Routes

_BETWEEN_NAMES = re.compile(r"[,，、;；\n]+")
SUGGESTED = 4
_LONGEST_ID = 18  # digits: what surely fits the database
_MOST_WORDS = 4  # of one topic's or category's name


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"start": start, "help": help_, "subscribe": subscribe, "unsubscribe": unsubscribe},
        buttons={Subscribe: press_subscribe, Unsubscribe: press_unsubscribe, ShowHelp: press_help},
        changing=frozenset({"subscribe", "unsubscribe", Subscribe, Unsubscribe}),
    )


def start(desk: Desk, ask: Ask) -> Answer:
    """`/start`, also from a deep link: `t_<topic>` opens a topic, `i_<item>` an item, `settings` and `help` what
    they say. (`sub` is `/subscribe`: see `dispatch`.)"""
    payload = ask.text.strip()
    if payload.startswith("t_"):
        return _by_link(desk, ask, payload.removeprefix("t_"))
    if payload.startswith("i_"):
        number = payload.removeprefix("i_")
        fits = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_ID
        return by_link(desk, ask, int(number) if fits else 0)
    if payload == "settings" and ask.kind is ChatKind.PRIVATE:
        return settings(desk, replace(ask, text=""))
    if payload == "help":
        return help_(desk, ask)
    reader = desk.reader(ask)
    return Answer((start_view(reader.look, subscribed=reader.subscribed, bot_name=desk.bot_name, when=_when(reader)),))


def help_(desk: Desk, ask: Ask) -> Answer:
    """`/help`."""
    return Answer((help_view(desk.reader(ask).look),))


def press_help(desk: Desk, ask: Ask, _action: ShowHelp) -> Answer:
    """The same by button."""
    return help_(desk, ask)


def subscribe(desk: Desk, ask: Ask) -> Answer:
    """`/subscribe [topic…]`: idempotent; named topics are followed too. An unknown name changes nothing."""
    wanted: list[Topic] = []
    for name in _names(desk, ask.text[:LONGEST_QUERY]):
        found = desk.reading.topics.find(name)
        if found is None:
            return _no_such_topic(desk, ask, name)
        wanted.append(found)
    already = desk.reader(ask).subscribed
    desk.subscriptions.subscribe(desk.visitor(ask), topics=[topic.slug for topic in wanted], now=ask.now)
    reader = desk.reader(ask)
    followed = [desk.reading.topics.find(rule.value) for rule in reader.followed_topics]
    names = [topic.names[reader.language] for topic in followed if topic]
    return Answer((subscribed_view(reader.look, already=already and not wanted, topics=names, when=_when(reader)),))


def press_subscribe(desk: Desk, ask: Ask, _action: Subscribe) -> Answer:
    """The same by button, with a toast."""
    answer = subscribe(desk, replace(ask, text=""))
    return replace(answer, toast=toast(desk.reader(ask).look.translator, Toast.SUBSCRIBED))


def unsubscribe(desk: Desk, ask: Ask) -> Answer:
    """`/unsubscribe`: keeps the preferences and says how to return."""
    was = desk.reader(ask).subscribed
    desk.subscriptions.unsubscribe(ask.place, now=ask.now)
    return Answer((unsubscribed_view(desk.reader(ask).look, was_subscribed=was),))


def press_unsubscribe(desk: Desk, ask: Ask, _action: Unsubscribe) -> Answer:
    """The same by button, with a toast."""
    answer = unsubscribe(desk, ask)
    return replace(answer, toast=toast(desk.reader(ask).look.translator, Toast.UNSUBSCRIBED))


def unknown_command(desk: Desk, ask: Ask, command: str) -> Answer:
    """A command that does not exist, with the nearest that does."""
    names = [known.name for known in COMMANDS] + list(ALIASES)
    near = get_close_matches(command.lower(), names, n=1, cutoff=0.6)
    return Answer((unknown_command_view(desk.reader(ask).look, command=command, nearest=near[0] if near else None),))


def plain_text(desk: Desk, ask: Ask) -> Answer:
    """Words without a command (private chats only): an offer to search for them."""
    reader = desk.reader(ask)
    words = " ".join(ask.text.split())[:LONGEST_QUERY]
    empty = desk.reading.parse(words, today=desk.today(ask, reader).date()).empty
    offer = None if empty else Search(desk.phrases.keep(words))
    return Answer((plain_text_view(reader.look, text=words, search=offer),))


def _by_link(desk: Desk, ask: Ask, slug: str) -> Answer:
    """The items of a topic, or which topics there are where a link names none."""
    if slug and desk.reading.topics.find(slug) is None:
        return _no_such_topic(desk, ask, slug)
    return topic(desk, replace(ask, text=slug))


def _when(reader: Reader) -> str | None:
    """When pushes come, in words, if not with each digest."""
    timed = EACH not in reader.preferences.schedule
    return schedule_text(reader.look, reader.preferences) if timed else None


def _names(desk: Desk, text: str) -> list[str]:
    """Topics as typed, with or without commas between; a name of several words (`AI Ethics`) stays whole."""
    names: list[str] = []
    for part in _BETWEEN_NAMES.split(text):
        words = part.split()
        while words:
            longest = min(len(words), _MOST_WORDS)
            tries = ((size, " ".join(words[:size])) for size in range(longest, 0, -1))
            size, name = next((one for one in tries if desk.reading.topics.find(one[1])), (1, words[0]))
            names.append(name)
            words = words[size:]
    return names


def _no_such_topic(desk: Desk, ask: Ask, name: str) -> Answer:
    reader = desk.reader(ask)
    near = [
        Suggestion(topic.names[reader.language], ShowTopic(topic.slug))
        for topic in desk.reading.topics.nearest(name, SUGGESTED)
    ]
    return Answer((unknown_topic_view(name, reader.look, suggestions=near),))
