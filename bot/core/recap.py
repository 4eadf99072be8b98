"""What a recap of a day or a week holds: each story once, by topic, the most told first, and no more than a reader
can take. Apart from the views and from storage, so that what is left out is decided in one pure place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from bot.core.model import StoredItem

_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2999, 12, 31)


class RecapSpan(StrEnum):
    """How far a recap reaches back."""

    TODAY = "today"  # the reader's local day so far
    DAY = "day"  # the last 24 hours: what a daily roundup is about
    WEEK = "week"  # the last seven local days, today included


@dataclass(frozen=True, slots=True)
class Caps:
    """How many stories a recap tells at most: in all, and of one topic."""

    most: int
    most_each: int


CAPS: Final = {RecapSpan.TODAY: Caps(40, 40), RecapSpan.DAY: Caps(80, 80), RecapSpan.WEEK: Caps(60, 8)}
"""What fits into two or three messages; a week needs variety more than completeness."""


@dataclass(frozen=True, slots=True)
class Period:
    """The slots from `start` (inclusive) to `end` (exclusive), both aware. `past`: nothing was published in the time
    that was asked for, and this is the time before the newest digest instead."""

    start: datetime
    end: datetime
    past: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A story by its newest telling, and how many items tell it."""

    item: StoredItem
    tellings: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """The stories of one topic (a slug; None for those without), and how many more there would be."""

    topic: str | None
    entries: tuple[Entry, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Recap:
    """All sections, in the order of the topics; `stories` counts those left out too."""

    sections: tuple[Section, ...] = ()
    stories: int = 0


def make_recap(items: Iterable[StoredItem], stories: Mapping[int, int], *, topics: Sequence[str], caps: Caps) -> Recap:
    """A recap of `items` (newest digest first, in reading order within one). `stories` gives the story of those items
    that are not alone; `topics` is the order of the sections. The newest telling stands for a story, under the first
    known topic of the newest telling that has one; more tellings come first, then newer ones. Where the caps leave
    stories out, every topic gives up the same."""
    found: dict[str | None, list[Entry]] = {topic: [] for topic in (*topics, None)}
    told = _told(items, stories)
    for telling in sorted(told, key=len, reverse=True):
        found[_topic_of(telling, topics)].append(Entry(telling[0], len(telling)))
    full = [(topic, entries) for topic, entries in found.items() if entries]
    sizes = shares([len(entries) for _, entries in full], caps)
    sections = (
        Section(topic, tuple(entries[:size]), len(entries) - size)
        for (topic, entries), size in zip(full, sizes, strict=True)
    )
    return Recap(tuple(sections), len(told))


def shares(wanted: Sequence[int], caps: Caps) -> list[int]:
    """How many places each gets of those it wants, dealt out one by one in turn, so that nobody starves."""
    given, left = [0] * len(wanted), caps.most
    while left > 0:
        hungry = [k for k, want in enumerate(wanted) if given[k] < min(want, caps.most_each)][:left]
        if not hungry:
            break
        for k in hungry:
            given[k] += 1
        left -= len(hungry)
    return given


def local_days(first: date, last: date, zone: tzinfo) -> Period:
    """The days from `first` to `last`, both included, as they are in `zone`. Days that no calendar of ours reaches are
    brought to its ends."""
    first, last = (min(max(_FIRST_DAY, day), _LAST_DAY) for day in (first, last))
    start, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    return Period(start.astimezone(UTC), end.astimezone(UTC))


def period_of(span: RecapSpan, now: datetime, zone: tzinfo) -> Period:
    """The local days that a recap is about at `now`, or the day up to it."""
    if span is RecapSpan.DAY:
        return Period(now - timedelta(days=1), now)
    today = now.astimezone(zone).date()
    return local_days(today - timedelta(days=6 if span is RecapSpan.WEEK else 0), today, zone)


def past_period(span: RecapSpan, newest: datetime, zone: tzinfo) -> Period:
    """The time up to the newest digest, for when nothing came since: 24 hours, or seven local days."""
    if span is RecapSpan.WEEK:
        week = period_of(span, newest, zone)
        return Period(week.start, week.end, past=True)
    end = newest + timedelta(minutes=1)  # slots are whole minutes
    return Period(end - timedelta(days=1), end, past=True)


def _told(items: Iterable[StoredItem], stories: Mapping[int, int]) -> list[list[StoredItem]]:
    """The items of each story, newest first; an item given twice counts once."""
    told: dict[tuple[bool, int], dict[int, StoredItem]] = {}
    for item in items:
        key = (item.id in stories, stories.get(item.id, item.id))
        told.setdefault(key, {}).setdefault(item.id, item)
    return [list(telling.values()) for telling in told.values()]


def _topic_of(telling: Sequence[StoredItem], topics: Sequence[str]) -> str | None:
    return next((slug for item in telling for slug in item.item.topics if slug in topics), None)
