"""Which items stand in which message of an edition. Apart because the ledger keeps it and rendering needs it: a
correction edits messages in place, so every item stays in the message readers know it from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.ledger import Delivery
from bot.core.pieces import BEGINNING, SentPiece, by_part, sent_up_to


@dataclass(frozen=True, slots=True)
class PartLayout:
    """One message of an edition: its items in order, and the revision of the digest at which it last changed."""

    revision: int
    item_ids: tuple[int, ...]


Layout = tuple[PartLayout, ...]


def last_changed(layout: Sequence[PartLayout]) -> int:
    """The revision at which any of the parts changed last; 0 for none."""
    return max((part.revision for part in layout), default=0)


def parts_to_edit(layout: Sequence[PartLayout], delivery: Delivery) -> tuple[tuple[int, SentPiece], ...]:
    """(part, message) of the delivery's messages that show an older text than the edition now has, but for those of
    which nobody knows whether they arrived and those that stayed behind in another chat (ids below 1). Nothing when the
    messages cannot be told apart by part, as of a part that was too empty to be sent."""
    sent = by_part(delivery.message_ids)
    begun = sent_up_to(delivery.message_ids) != BEGINNING
    if len(sent) != delivery.parts_sent + begun:
        return ()
    return tuple(
        (index, piece)
        for index, (part, pieces) in enumerate(zip(layout, sent, strict=False))
        for piece in pieces
        if part.revision > delivery.revision and piece.message_id > 0
    )
