"""How a forum topic is named: after its forum, as one title. Apart because a topic's name is told only now and then, by
the note that opened it, and must not be lost in between.
"""

from typing import Final

_BETWEEN: Final = " › "


def topic_title(forum: str, name: str) -> str:
    """The title of a forum topic."""
    return f"{forum}{_BETWEEN}{name}" if name else forum


def topic_of(title: str) -> str | None:
    """The topic's name in a title; None where it was not known."""
    _, between, name = title.rpartition(_BETWEEN)
    return name if between and name else None


def forum_of(title: str) -> str:
    """The forum's own title in that of one of its topics; a title without a topic stays as it is."""
    forum, between, _ = title.rpartition(_BETWEEN)
    return forum if between and forum else title


def kept_title(known: str, told: str) -> str:
    """The title to keep where `known` may hold a topic's name that `told` lacks."""
    return known if known.startswith(told + _BETWEEN) else told
