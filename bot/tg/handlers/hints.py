"""Guesses of what was meant, as buttons. Apart because lists and searches both end in them."""

from collections.abc import Iterable

from bot.core.actions import Action, Search, ShowAuthor, ShowCategory, ShowTopic
from bot.rendering.items_view import Suggestion
from bot.services.suggestions import Hint, HintKind
from bot.tg.desk import Desk, Reader


def suggested(desk: Desk, reader: Reader, hints: Iterable[Hint]) -> list[Suggestion]:
    """Each hint as a label and where it leads."""
    return [_suggestion(desk, reader, hint) for hint in hints]


def to_topic(desk: Desk, reader: Reader, slug: str) -> Suggestion:
    """A button to the items of a topic."""
    found = desk.reading.topics.get(slug)
    name = found.names[reader.language] if found else slug
    return Suggestion(reader.look.translator("items.topic", name=name), ShowTopic(slug))


def to_category(desk: Desk, reader: Reader, name: str) -> Suggestion:
    """A button to the items of a publisher's category."""
    return Suggestion(reader.look.translator("items.category", name=name), ShowCategory(desk.phrases.keep(name)))


def to_author(desk: Desk, reader: Reader, name: str) -> Suggestion:
    """A button to the items of an author, called as readers see the name."""
    shown = reader.look.plain(name)
    return Suggestion(reader.look.translator("items.author", name=shown), ShowAuthor(desk.phrases.keep(name)))


def _suggestion(desk: Desk, reader: Reader, hint: Hint) -> Suggestion:
    if hint.kind is HintKind.TOPIC:
        return to_topic(desk, reader, hint.text)
    if hint.kind is HintKind.CATEGORY:
        return to_category(desk, reader, hint.text)
    if hint.kind is HintKind.AUTHOR:
        return to_author(desk, reader, hint.text)
    action: Action = Search(desk.phrases.keep(hint.text))
    return Suggestion(hint.text, action)
