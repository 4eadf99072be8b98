"""An edition as messages: drawn once when its digest is new, and drawn into the same messages when the digest was
corrected. Apart from the digest's view because a correction may not move anything: what a reader saw in the second
message stays in the second message, taken-out items stay as struck lines, and new ones go where there is room.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from bot.core.layout import Layout, PartLayout
from bot.core.model import StoredDigest, StoredItem, Style
from bot.rendering.digest_view import as_wanted, digest_buttons, digest_frame, digest_groups
from bot.rendering.item import headline_block, item_block, struck_block
from bot.rendering.look import Look
from bot.rendering.markup import Block
from bot.rendering.message import OutgoingMessage
from bot.rendering.split import PART_ENTITIES, PART_UNITS, Frame, framed, messages
from bot.rendering.text import utf16_length

# The first drawing leaves some room below the server's limit of 4096; corrections may use most of it.
CORRECTED_UNITS: Final = PART_UNITS + 60
LEAST_BODY: Final = 160  # UTF-16 units of a new item's paragraph, for which it is worth being squeezed in
_GAP: Final = 2  # the empty line below the head and above the tail

Groups = Sequence[Sequence[StoredItem]]


@dataclass(frozen=True, slots=True)
class Rendering:
    """The messages of an edition, what stands in each of them, and the revision of the digest they show."""

    parts: tuple[OutgoingMessage, ...]
    layout: Layout = ()
    revision: int = 1


def edition_view(stored: StoredDigest, shown: Sequence[StoredItem], look: Look) -> Rendering:
    """`shown` of the digest's items for readers who see them for the first time."""
    if not shown:
        return Rendering((), (), stored.revision)
    hidden = _unseen(stored, {item.id for item in shown}, look)
    frame = digest_frame(stored, look, count=len(shown), hidden=hidden)
    groups = digest_groups(shown, look, frame)
    made = messages(framed(groups, frame), keyboard=digest_buttons(stored, look, hidden))
    parts = as_wanted(made, shown, look)
    ids = iter([item.id for item in shown])
    layout = tuple(PartLayout(stored.revision, tuple(next(ids) for _ in group)) for group in groups)
    return Rendering(parts, layout, stored.revision)


def corrected_view(
    stored: StoredDigest, before: Rendering, look: Look, *, wanted: Collection[int], complete: bool
) -> Rendering:
    """The same messages after a correction. `wanted` are the items that the readers' choice let through; `complete`
    says that they take everything, so what was added is theirs too. Where nothing they see has changed, the messages
    are the very same; a part's revision says when it last changed. Messages of which nobody knows what stands in them
    stay as they are."""
    if not before.layout:
        return replace(before, revision=stored.revision)
    groups = _placed(stored, before.layout, look, wanted=wanted, complete=complete)
    marked = _drawn(stored, groups, look, complete=complete, updated=True)
    if before.parts in (marked, _drawn(stored, groups, look, complete=complete, updated=False)):
        return replace(before, revision=stored.revision)
    layout = tuple(
        PartLayout(old.revision if message == was else stored.revision, tuple(item.id for item in group))
        for old, was, message, group in zip(before.layout, before.parts, marked, groups, strict=True)
    )
    return Rendering(marked, layout, stored.revision)


def _unseen(stored: StoredDigest, shown: Collection[int], look: Look) -> int:
    """How many standing items are not shown, but for those left out because their story was told before."""
    return sum(not item.removed and item.id not in shown and item.id not in look.seen for item in stored.items)


def _hidden(stored: StoredDigest, groups: Groups, look: Look, *, complete: bool) -> int:
    """How many items the readers' rules hide; what found no room in an edition of everything is not hidden by them."""
    return 0 if complete else _unseen(stored, {item.id for group in groups for item in group}, look)


def _count(groups: Groups) -> int:
    return sum(not item.removed for group in groups for item in group)


def _placed(
    stored: StoredDigest, layout: Layout, look: Look, *, wanted: Collection[int], complete: bool
) -> list[list[StoredItem]]:
    """The items of each part in the digest's order: those that stood there, and new ones where they fit."""
    order = {item.id: place for place, item in enumerate(stored.items)}
    by_id = {item.id: item for item in stored.items}
    groups = [
        sorted((by_id[key] for key in part.item_ids if key in by_id), key=lambda item: order[item.id])
        for part in layout
    ]
    laid = {item.id for group in groups for item in group}
    new = [item for item in stored.items if not item.removed and item.id not in laid]
    for item in new:
        if complete or item.id in wanted:
            _place(item, groups, order, _Room(stored, look, groups, complete=complete))
    return groups


def _place(item: StoredItem, groups: list[list[StoredItem]], order: dict[int, int], room: "_Room") -> None:
    """Put an item into the part of its neighbours, else the last one, if there is room."""
    for part in _candidates(order[item.id], groups, order):
        if room.has_room(part, item):
            groups[part] = sorted([*groups[part], item], key=lambda one: order[one.id])
            return


def _candidates(place: int, groups: Groups, order: dict[int, int]) -> Iterator[int]:
    """The part of the item before, that of the item after, and the last, each once."""
    parts = {order[item.id]: part for part, group in enumerate(groups) for item in group}
    before = max((other for other in parts if other < place), default=None)
    after = min((other for other in parts if other > place), default=None)
    near = [parts[other] for other in (before, after) if other is not None]
    yield from dict.fromkeys([*near, len(groups) - 1])


class _Room:
    """What the parts have room for, as they are now."""

    def __init__(self, stored: StoredDigest, look: Look, groups: Groups, *, complete: bool) -> None:
        hidden = _hidden(stored, groups, look, complete=complete)
        self._frame = digest_frame(stored, look, count=_count(groups) + 1, hidden=hidden, updated=True)
        self._look = look
        self._groups = groups

    def has_room(self, part: int, item: StoredItem) -> bool:
        """Whether a new item fits a part while all others there stay whole; its paragraph may be cut."""
        group = self._groups[part]
        units, entities = _budget(self._frame, part, self._groups, items=len(group) + 1)
        room = self._frame.room
        for other in group:
            block = _block(other, self._look, room)
            units, entities = units - block.units, entities - len(block.entities)
        if units <= 0 or entities <= 0:
            return False
        whole = item_block(item, self._look, room=room)
        if whole.units <= units and len(whole.entities) <= entities:
            return True
        bare = item_block(item, replace(self._look, style=Style.HEADLINES), room=room)
        enough = LEAST_BODY if bare.units < whole.units else 0
        return bare.units + enough <= units and len(bare.entities) + 1 <= entities


def _drawn(
    stored: StoredDigest, groups: Groups, look: Look, *, complete: bool, updated: bool
) -> tuple[OutgoingMessage, ...]:
    hidden, count = _hidden(stored, groups, look, complete=complete), _count(groups)
    frame = digest_frame(stored, look, count=count, hidden=hidden, updated=updated)
    room = digest_frame(stored, look, count=count, hidden=hidden).room  # as at the first drawing
    blocks = [
        _fitted(group, look, room=room, budget=_budget(frame, part, groups, items=len(group)))
        for part, group in enumerate(groups)
    ]
    made = messages(framed(blocks, frame), keyboard=digest_buttons(stored, look, hidden))
    return as_wanted(made, chain.from_iterable(groups), look)


def _budget(frame: Frame, part: int, groups: Groups, *, items: int) -> tuple[int, int]:
    """UTF-16 units and entities that the items of a part may take together, without what stands between them."""
    around = [frame.head(part + 1, len(groups))] + ([frame.tail] if part + 1 == len(groups) else [])
    units = CORRECTED_UNITS - sum(block.units + _GAP for block in around)
    return (
        units - utf16_length(frame.separator) * max(0, items - 1),
        PART_ENTITIES - sum(len(block.entities) for block in around),
    )


def _fitted(group: Sequence[StoredItem], look: Look, *, room: tuple[int, int], budget: tuple[int, int]) -> list[Block]:
    """The items as blocks within the budget. Corrected text that outgrew its message is cut, the longest first; in the
    end, what cannot even be named is left out."""
    blocks = [_block(item, look, room) for item in group]
    if _size(blocks) <= budget[0] and _entities(blocks) <= budget[1]:
        return blocks
    level = (
        _level([block.units for block in blocks], budget[0]),
        _level([len(block.entities) for block in blocks], budget[1]),
    )
    blocks = [_block(item, look, level) for item in group]
    while _size(blocks) > budget[0]:
        blocks.pop()
    return blocks


def _size(blocks: Sequence[Block]) -> int:
    return sum(block.units for block in blocks)


def _entities(blocks: Sequence[Block]) -> int:
    return sum(len(block.entities) for block in blocks)


def _level(sizes: Sequence[int], total: int) -> int:
    """The most that each may have so that all together stay within `total`, when smaller ones leave their share to the
    others."""
    left = max(0, total)
    ordered = sorted(sizes)
    for taken, size in enumerate(ordered):
        share = left // (len(ordered) - taken)
        if size > share:
            return share
        left -= size
    return max(ordered, default=0)


def _block(item: StoredItem, look: Look, room: tuple[int, int]) -> Block:
    if item.removed:
        return struck_block(item, look, room=room)
    block = item_block(item, look, room=room)
    fits = block.units <= room[0] and len(block.entities) <= room[1]
    return block if fits else headline_block(item, look, room=room)
