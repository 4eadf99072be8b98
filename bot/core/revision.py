"""How a corrected digest maps onto the items stored before: which of them are the same entry, reworded or moved, which
are gone and which are new. Pure, and apart from storage, because bookmarks and sent messages hang on its answer.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from bot.core.links import canonical_url
from bot.core.model import Item, StoredItem

SIMILAR_TITLE = 60.0
"""From how many of 100 points two titles under one number are the same entry, reworded."""


class ChangeKind(StrEnum):
    """What a correction did to one item."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RESTORED = "restored"  # taken out by an earlier correction, now back


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One change. `item_id` is None for an added item; `fields` names what differs of a changed one."""

    kind: ChangeKind
    number: int
    item_id: int | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """The mapping: `kept` pairs every stored item that lives on with its new form (in the new order), `added` have no
    predecessor, `removed` no successor. `changes` lists what a reader would notice; empty: nothing."""

    kept: tuple[tuple[StoredItem, Item], ...]
    added: tuple[Item, ...]
    removed: tuple[StoredItem, ...]
    changes: tuple[ItemChange, ...]


def plan_revision(old: Sequence[StoredItem], new: Sequence[Item]) -> Revision:
    """Match the items of a corrected digest to the stored ones (those removed earlier included): by canonical link,
    then by exact title, then by number where the titles are similar."""
    matches = _Matches(old, new)
    matches.pair(_link, _link)
    matches.pair(_title, _title)
    matches.pair(_number, _number, agree=_similar)
    kept = tuple((old[stored], new[item]) for item, stored in sorted(matches.found.items()))
    added = tuple(new[index] for index in sorted(matches.new_left))
    removed = tuple(old[index] for index in sorted(matches.old_left) if not old[index].removed)
    return Revision(kept, added, removed, tuple(_changes(kept, added, removed)))


class _Matches:
    """The state of one matching: what is paired, and what is still free on either side."""

    def __init__(self, old: Sequence[StoredItem], new: Sequence[Item]) -> None:
        self.old = old
        self.new = new
        # Living items are offered before removed ones, so that a restored twin never displaces the entry readers saw.
        self.old_left = dict.fromkeys(sorted(range(len(old)), key=lambda index: old[index].removed))
        self.new_left = dict.fromkeys(range(len(new)))
        self.found: dict[int, int] = {}

    def pair(
        self,
        old_key: Callable[[Item], Hashable],
        new_key: Callable[[Item], Hashable],
        *,
        agree: Callable[[Item, Item], bool] = lambda _old, _new: True,
    ) -> None:
        """Pair free items of equal key that agree; among several the same title, then the same number, then order."""
        offers: dict[Hashable, list[int]] = defaultdict(list)
        for index in self.old_left:
            offers[old_key(self.old[index].item)].append(index)
        wishes: dict[Hashable, list[int]] = defaultdict(list)
        for index in self.new_left:
            wishes[new_key(self.new[index])].append(index)
        for key, indexes in wishes.items():
            if key is not None and key in offers:
                self._pair_group(offers[key], indexes, agree)

    def _pair_group(self, olds: list[int], news: list[int], agree: Callable[[Item, Item], bool]) -> None:
        if len(olds) == len(news) == 1:
            if agree(self.old[olds[0]].item, self.new[news[0]]):
                self._join(olds[0], news[0])
            return
        for same in (_title_and_number, _title, _number, _anything):
            free: dict[Hashable, list[int]] = defaultdict(list)
            for index in reversed(olds):
                if index in self.old_left:
                    free[same(self.old[index].item)].append(index)
            for index in news:
                rivals = free.get(same(self.new[index]))
                if index in self.new_left and rivals and agree(self.old[rivals[-1]].item, self.new[index]):
                    self._join(rivals.pop(), index)

    def _join(self, old: int, new: int) -> None:
        del self.old_left[old]
        del self.new_left[new]
        self.found[new] = old


def _link(item: Item) -> Hashable:
    return canonical_url(item.url) if item.url else None


def _title(item: Item) -> Hashable:
    return item.title.casefold().strip()


def _number(item: Item) -> Hashable:
    return item.number


def _title_and_number(item: Item) -> Hashable:
    return (_title(item), item.number)


def _anything(_item: Item) -> Hashable:
    return ""


def _similar(old: Item, new: Item) -> bool:
    return fuzz.ratio(old.title, new.title, score_cutoff=SIMILAR_TITLE) > 0


def _changes(
    kept: Iterable[tuple[StoredItem, Item]], added: Iterable[Item], removed: Iterable[StoredItem]
) -> Iterable[ItemChange]:
    for stored, item in kept:
        fields = _differing(stored.item, item)
        if stored.removed:
            yield ItemChange(ChangeKind.RESTORED, item.number, stored.id, fields)
        elif fields:
            yield ItemChange(ChangeKind.CHANGED, item.number, stored.id, fields)
    for item in added:
        yield ItemChange(ChangeKind.ADDED, item.number)
    for stored in removed:
        yield ItemChange(ChangeKind.REMOVED, stored.item.number, stored.id)


def _differing(old: Item, new: Item) -> tuple[str, ...]:
    # Topics are our own label, not the publisher's: relabelling is no correction.
    return tuple(
        name for name in ("number", "title", "author", "url", "body") if getattr(old, name) != getattr(new, name)
    )
