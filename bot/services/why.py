"""Why an item came to a chat, or did not: the rules of today, asked about what a push held. Apart from the selection,
which decides, and from the ledger, which remembers what was sent.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.layout import Layout
from bot.core.ledger import Delivery
from bot.core.model import Place, Rule, RuleAction, StoredDigest, StoredItem
from bot.core.pieces import by_part
from bot.core.selection import Selection, select
from bot.errors import NotFoundError
from bot.services.plan import candidate_of
from bot.storage import Storage, Transaction


class Cause(StrEnum):
    """What decided about an item."""

    EVERYTHING = "everything"  # no follow rules: all that is not muted
    FOLLOWED = "followed"
    MUTED = "muted"
    UNFOLLOWED = "unfollowed"  # there are follow rules, and none speaks of it
    REPEATED = "repeated"  # the story was sent before
    OTHER = "other"  # the rules let it through and it was not sent: they changed since, or it was added


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and the rule that decided, if one did."""

    cause: Cause
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """An item and its reason; `number` is its place in the push."""

    item: StoredItem
    number: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """A push: the items it brought, and those of its digests that it did not. `sent`: it was one; else the digest as
    the rules of today divide it. `part` holds the items of the very message that was asked about, all if unknown."""

    digest: StoredDigest
    shown: tuple[Explained, ...]
    hidden: tuple[Explained, ...]
    sent: bool = True
    part: frozenset[int] = frozenset()

    def item(self, number: int) -> StoredItem | None:
        """The item of that number in the push, else in the digest."""
        return next((one.item for one in (*self.shown, *self.hidden) if one.number == number), None)


class Why:
    """Explains pushes and items."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def of_message(self, place: Place, message_id: int) -> Explanation | None:
        """The push that a message of this chat belongs to; None when the ledger knows no such message."""
        with self._storage.reading() as tx:
            delivery = tx.ledger.find_by_message(place.chat_id, message_id)
            return None if delivery is None else _explained(tx, delivery, message_id)

    def of_last(self, place: Place) -> Explanation | None:
        """The last push of this place."""
        with self._storage.reading() as tx:
            last = tx.ledger.last_sent(place)
            ids = [] if last is None else [key for key in last.message_ids if key > 0]
            delivery = tx.ledger.find_by_message(place.chat_id, ids[-1]) if ids else None
            return None if delivery is None else _explained(tx, delivery, None)

    def of_digest(self, digest_id: int | None, rules: Sequence[Rule]) -> Explanation | None:
        """A digest (the newest if None) as these rules divide it; None when there is none."""
        with self._storage.reading() as tx:
            newest = tx.digests.list_latest(1) if digest_id is None else _digests(tx, [digest_id])
        if not newest:
            return None
        stored = newest[0]
        standing = [item for item in stored.items if not item.removed]
        selection = _selection(standing, [stored], rules)
        reasons = [Explained(item, item.item.number, _reason(item, selection, rules)) for item in standing]
        wanted = set(selection.shown)
        return Explanation(
            stored,
            tuple(one for one in reasons if one.item.id in wanted),
            tuple(one for one in reasons if one.item.id not in wanted),
            sent=False,
        )

    def of_item(self, item: StoredItem, rules: Sequence[Rule]) -> Reason:
        """Why one item comes, or would not."""
        with self._storage.reading() as tx:
            digests = _digests(tx, [item.digest_id])
        return _reason(item, _selection([item], digests, rules), rules)


def _explained(tx: Transaction, delivery: Delivery, message_id: int | None) -> Explanation:
    """A delivery's items with the reasons that its reader's rules give today."""
    edition = tx.ledger.get_edition(delivery.edition_id)
    rules = tx.subscribers.get(delivery.subscriber_id).rules
    ids = [key for part in edition.layout for key in part.item_ids] or list(edition.item_ids)
    shown = tx.items.get_many(ids)
    digests = _digests(tx, dict.fromkeys([edition.digest_id, *(item.digest_id for item in shown)]))
    sent = set(ids)
    rest = [item for stored in digests for item in stored.items if not item.removed and item.id not in sent]
    selection = _selection([*shown, *rest], digests, rules)
    mixed = bool(edition.roundup)  # which numbers its items anew
    numbers = {item.id: place if mixed else item.item.number for place, item in enumerate(shown, 1)}
    hidden = [Explained(item, 0 if mixed else item.item.number, _reason(item, selection, rules)) for item in rest]
    return Explanation(
        next(stored for stored in digests if stored.id == edition.digest_id),
        tuple(Explained(item, numbers[item.id], _reason(item, selection, rules)) for item in shown),
        tuple(_absent(one, edition.seen) for one in hidden),
        part=_part(edition.layout, delivery, message_id),
    )


def _digests(tx: Transaction, ids: Iterable[int]) -> list[StoredDigest]:
    """Those of the digests that are stored."""
    found: list[StoredDigest] = []
    for digest_id in ids:
        with suppress(NotFoundError):
            found.append(tx.digests.get(digest_id))
    return found


def _part(layout: Layout, delivery: Delivery, message_id: int | None) -> frozenset[int]:
    """What stands in one of the messages, or in the part that it is a piece of; nothing if that is not known."""
    sent = by_part(delivery.message_ids)
    if message_id is None or len(sent) != len(layout):
        return frozenset()
    found = (place for place, part in enumerate(sent) if any(piece.message_id == message_id for piece in part))
    return frozenset(item_id for place in found for item_id in layout[place].item_ids)


def _absent(one: Explained, seen: Sequence[int]) -> Explained:
    """An item that was not sent although nothing speaks against it has a reason of its own."""
    if one.reason.cause not in {Cause.EVERYTHING, Cause.FOLLOWED}:
        return one
    return replace(one, reason=Reason(Cause.REPEATED if one.item.id in seen else Cause.OTHER))


def _selection(items: Sequence[StoredItem], digests: Sequence[StoredDigest], rules: Sequence[Rule]) -> Selection:
    categories = {stored.id: stored.digest.categories for stored in digests}
    return select([candidate_of(item, categories.get(item.digest_id, ())) for item in items], rules)


def _reason(item: StoredItem, selection: Selection, rules: Sequence[Rule]) -> Reason:
    rule = selection.reasons[item.id]
    if rule is not None:
        return Reason(Cause.MUTED if rule.action is RuleAction.MUTE else Cause.FOLLOWED, rule)
    follows = any(one.action is RuleAction.FOLLOW for one in rules)
    return Reason(Cause.UNFOLLOWED if follows else Cause.EVERYTHING)
