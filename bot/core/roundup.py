"""What a roundup holds and how it is headed: several digests told as one, each story once, the most important first.
Pure, and apart from recaps, which are asked for and sorted by topic: a roundup comes by itself and is cut to what
somebody reads.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Final

from bot.core.agenda import Owed
from bot.core.model import StoredItem

MOST: Final = {Owed.HELD: 30, Owed.DAILY: 30, Owed.WEEKLY: 40}
"""Items in one roundup; the rest is behind a button."""


class Occasion(StrEnum):
    """What a roundup is headed by."""

    MORNING = "morning"
    MIDDAY = "midday"
    EVENING = "evening"
    NIGHT = "night"
    WEEK = "week"
    HELD = "held"  # what quiet hours held, or what was too little alone


_FROM: Final = ((22, Occasion.NIGHT), (17, Occasion.EVENING), (11, Occasion.MIDDAY), (4, Occasion.MORNING))


@dataclass(frozen=True, slots=True)
class Heading:
    """The occasion and the reader's local day."""

    occasion: Occasion
    day: date

    def __str__(self) -> str:
        """As it is stored with the edition."""
        return f"{self.occasion} {self.day.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> "Heading":
        """A heading as it was stored."""
        occasion, _, day = text.partition(" ")
        return cls(Occasion(occasion), date.fromisoformat(day))


def heading_of(owed: Owed, zone: tzinfo, now: datetime) -> Heading:
    """How a roundup that is sent at `now` is headed for a reader in `zone`."""
    local = now.astimezone(zone)
    fixed = {Owed.HELD: Occasion.HELD, Owed.WEEKLY: Occasion.WEEK}
    by_hour = next((occasion for hour, occasion in _FROM if local.hour >= hour), Occasion.NIGHT)
    return Heading(fixed.get(owed, by_hour), local.date())


def ranked(
    items: Sequence[StoredItem], stories: Mapping[int, int], tellings: Mapping[int, int], *, followed: frozenset[int]
) -> list[StoredItem]:
    """Each story once, by its newest telling, the most important first: told by most digests (`tellings`, by story),
    then of a followed topic (`followed`, by item), then high up in its digest, then newer. `stories` gives the story of
    those items that are not alone."""
    told: dict[tuple[bool, int], list[StoredItem]] = defaultdict(list)
    for item in items:
        told[item.id in stories, stories.get(item.id, item.id)].append(item)

    def rank(telling: tuple[tuple[bool, int], list[StoredItem]]) -> tuple[object, ...]:
        (several, story), of_story = telling
        digests = tellings.get(story, 1) if several else 1
        liked = any(item.id in followed for item in of_story)
        first = min(item.item.number for item in of_story)
        newest = max(of_story, key=_age)
        return (-digests, not liked, first, -newest.slot.timestamp(), newest.id)

    return [max(of_story, key=_age) for _, of_story in sorted(told.items(), key=rank)]


def _age(item: StoredItem) -> tuple[datetime, int]:
    return item.slot, -item.item.number
