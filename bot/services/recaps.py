"""Recaps of a day or a week as one chat wants them, and digests by their day. Apart from the other reading, because
here several digests become one answer, told without repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from bot.core.model import Rule, StoredDigest, StoredItem
from bot.core.recap import CAPS, Period, Recap, RecapSpan, local_days, make_recap, past_period, period_of
from bot.core.selection import select
from bot.core.topics import TopicSet
from bot.services.plan import candidate_of
from bot.storage import Storage, Transaction

_MOST_DIGESTS: Final = 200  # more than one an hour for a week; bounds the work that one question costs
_NEAR: Final = 2  # days offered on either side of an empty one
_LOOKED_AT: Final = 24  # digests among which those days are looked for


@dataclass(frozen=True, slots=True)
class Told:
    """What happened in a period, and how many of its items the rules hid."""

    period: Period
    recap: Recap
    hidden: int


class Recaps:
    """Tells what happened in a time."""

    def __init__(self, storage: Storage, topics: TopicSet) -> None:
        self._storage = storage
        self._order = tuple(topic.slug for topic in topics.topics)

    def tell(self, span: RecapSpan, *, now: datetime, zone: tzinfo, rules: Sequence[Rule]) -> Told | None:
        """The reader's day or week with their rules; if nothing was published in it, the time up to the newest digest.
        None while the archive is empty."""
        with self._storage.reading() as tx:
            period = period_of(span, now, zone)
            digests = _of_period(tx, period)
            if not _standing(digests):
                newest = tx.digests.list_latest(1)
                if not newest:
                    return None
                period = past_period(span, newest[0].digest.slot, zone)
                digests = _of_period(tx, period)
            shown = _chosen(digests, rules)
            stories = tx.stories.of_items([item.id for item in shown])
        hidden = len(_standing(digests)) - len(shown)
        return Told(period, make_recap(shown, stories, topics=self._order, caps=CAPS[span]), hidden)

    def of_day(self, day: date, zone: tzinfo) -> list[StoredDigest]:
        """The digests of a local day, oldest first."""
        with self._storage.reading() as tx:
            return _of_period(tx, local_days(day, day, zone))[::-1]

    def near(self, day: date, zone: tzinfo) -> list[StoredDigest]:
        """The digests next to a day that has none, oldest first: one of each of the two nearest days before and after
        it. Empty while the archive is."""
        period = local_days(day, day, zone)
        with self._storage.reading() as tx:
            before = tx.digests.list_latest(_LOOKED_AT, before=period.start)
            after = tx.digests.list_from(period.end, limit=_LOOKED_AT)
        return _one_a_day(before, zone)[::-1] + _one_a_day(after, zone)


def _of_period(tx: Transaction, period: Period) -> list[StoredDigest]:
    """The digests of a period, newest first; of very many the newest."""
    slots = tx.digests.list_slots_between(period.start, period.end)[-_MOST_DIGESTS:]
    return tx.digests.list_between(slots[0], period.end)[::-1] if slots else []


def _standing(digests: Sequence[StoredDigest]) -> list[StoredItem]:
    return [item for stored in digests for item in stored.items if not item.removed]


def _chosen(digests: Sequence[StoredDigest], rules: Sequence[Rule]) -> list[StoredItem]:
    """The items that the rules let through. All at once: rules are made ready once, not once a digest."""
    standing = _standing(digests)
    if not rules:
        return standing
    categories = {stored.id: stored.digest.categories for stored in digests}
    wanted = set(select([candidate_of(item, categories[item.digest_id]) for item in standing], rules).shown)
    return [item for item in standing if item.id in wanted]


def _one_a_day(digests: Sequence[StoredDigest], zone: tzinfo) -> list[StoredDigest]:
    """The first given digest of each of the first local days."""
    days: dict[date, StoredDigest] = {}
    for stored in digests:
        days.setdefault(stored.digest.slot.astimezone(zone).date(), stored)
    return list(days.values())[:_NEAR]
