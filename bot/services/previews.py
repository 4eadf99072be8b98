"""What the last 24 hours would have brought a chat with the rules it has today. Apart from the recaps: this keeps the
items as a push shows them, and knows what the chat was sent before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.core.model import Repeats, Rule, StoredDigest, StoredItem, Subscriber
from bot.core.recap import Period, RecapSpan, past_period
from bot.core.selection import select
from bot.core.stories import WINDOW
from bot.services.plan import candidate_of
from bot.storage import Storage, Transaction

DAY: Final = timedelta(hours=24)
_MOST_DIGESTS: Final = 48


@dataclass(frozen=True, slots=True)
class Preview:
    """The items in order, newest digest first, each story once; how many the rules hid; those (`seen`) of which the
    chat was sent the story before that time, and how many of these were left out."""

    period: Period
    items: tuple[StoredItem, ...]
    hidden: int = 0
    seen: frozenset[int] = frozenset()
    repeated: int = 0


class Previews:
    """Makes previews."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def last_day(
        self, reader: Subscriber | None, *, now: datetime, zone: tzinfo, everything: bool = False
    ) -> Preview | None:
        """The 24 hours up to `now`; those up to the newest digest when nothing came in them. `everything` leaves the
        rules aside. None while the archive is empty."""
        rules = () if reader is None or everything else reader.rules
        with self._storage.reading() as tx:
            found = _digests(tx, now, zone)
            if found is None:
                return None
            period, digests = found
            standing = [item for stored in digests for item in stored.items if not item.removed]
            shown = _selected(standing, digests, rules)
            once = _each_story_once(tx, shown)
            seen = seen_by(tx, reader, once, before=period.start) if reader else frozenset[int]()
        leave_out = bool(rules) or (reader is not None and reader.preferences.repeats is Repeats.HIDE)
        fresh = tuple(item for item in once if not (leave_out and not everything and item.id in seen))
        return Preview(period, fresh, len(standing) - len(shown), seen, len(once) - len(fresh))

    def seen(self, reader: Subscriber, stored: StoredDigest) -> frozenset[int]:
        """The items of a digest whose story this reader was sent before it."""
        standing = [item for item in stored.items if not item.removed]
        with self._storage.reading() as tx:
            return seen_by(tx, reader, standing, before=stored.digest.slot)


def seen_by(tx: Transaction, reader: Subscriber, items: Sequence[StoredItem], *, before: datetime) -> frozenset[int]:
    """Those of the items whose story the reader was sent in a digest whose slot is earlier."""
    stories = tx.stories.of_items([item.id for item in items])
    if not stories:
        return frozenset()
    received = tx.received.item_ids(reader.id, since=before - WINDOW)
    asked = {item.digest_id for item in items}
    told = {
        story
        for story, members in tx.stories.members(set(stories.values())).items()
        if any(item in received and digest not in asked for digest, item in members)
    }
    return frozenset(item.id for item in items if stories.get(item.id) in told)


def _digests(tx: Transaction, now: datetime, zone: tzinfo) -> tuple[Period, list[StoredDigest]] | None:
    """The digests of the day, newest first, and which day it is."""
    period = Period(now - DAY, now + timedelta(minutes=1))
    digests = tx.digests.list_between(period.start, period.end)
    if not digests:
        newest = tx.digests.list_latest(1)
        if not newest:
            return None
        period = past_period(RecapSpan.TODAY, newest[0].digest.slot, zone)
        digests = tx.digests.list_between(period.start, period.end)
    return period, digests[-_MOST_DIGESTS:][::-1]


def _selected(
    standing: Sequence[StoredItem], digests: Sequence[StoredDigest], rules: Sequence[Rule]
) -> list[StoredItem]:
    categories = {stored.id: stored.digest.categories for stored in digests}
    wanted = set(select([candidate_of(item, categories[item.digest_id]) for item in standing], rules).shown)
    return [item for item in standing if item.id in wanted]


def _each_story_once(tx: Transaction, items: Sequence[StoredItem]) -> list[StoredItem]:
    """The newest telling of each story."""
    stories = tx.stories.of_items([item.id for item in items])
    first: dict[int, StoredItem] = {}
    for item in items:
        first.setdefault(stories.get(item.id, item.id), item)
    return list(first.values())
