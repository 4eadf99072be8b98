"""Parts that the server found too long and that went out in pieces: how far such a part is sent, and which message is
which piece. Apart from the ledger's rules because the ledger only keeps it, among the ids of its messages: the id of a
piece after which more of its part follows has a mark behind it, a number below IN_DOUBT, that says where the rest
begins. So what was sent of a part is known to the piece, after a crash too, and what a correction must edit as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NO_MESSAGE: Final = 0
"""In place of the id of a message that does not exist, or not in this chat."""

_FIRST: Final = -2  # IN_DOUBT is -1, and ids begin at 1
_WIDTH: Final = 1 << 16  # more than a message can have of anything


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a message, by item, so that it stays where it is when a correction changes what stands before: so many
    characters into the item of this index. `room` is how many UTF-16 units a piece may have from there on, 0 while
    nothing is known to be too long."""

    item: int = 0
    offset: int = 0
    room: int = 0

    @property
    def number(self) -> int:
        """The mark among message ids."""
        room, item, offset = (min(value, _WIDTH - 1) for value in (self.room, self.item, self.offset))
        return _FIRST - ((room * _WIDTH + item) * _WIDTH + offset)


BEGINNING: Final = Mark()


@dataclass(frozen=True, slots=True)
class SentPiece:
    """A message and what it shows of its part: from `start` to `end` (None: to the part's end)."""

    message_id: int
    start: Mark = BEGINNING
    end: Mark | None = None


def mark_of(number: int) -> Mark | None:
    """The mark that a number among message ids stands for; None if it is none."""
    if number > _FIRST:
        return None
    room, place = divmod(_FIRST - number, _WIDTH * _WIDTH)
    return Mark(*divmod(place, _WIDTH), room)


def sent_up_to(message_ids: Sequence[int]) -> Mark:
    """Where the part that comes next begins, or goes on if some of it was sent."""
    return (mark_of(message_ids[-1]) if message_ids else None) or BEGINNING


def extended(message_ids: tuple[int, ...], new: tuple[int, ...], rest: Mark | None) -> tuple[int, ...]:
    """The message ids after these of the next part, or of a piece of it after which it goes on at `rest`."""
    if rest is not None:
        return (*message_ids, *new, rest.number)
    # What was left of a part in pieces may turn out to be nothing; then no mark may stay open.
    begun = sent_up_to(message_ids) != BEGINNING
    return message_ids + (new or (NO_MESSAGE,) * begun)


def by_part(message_ids: Sequence[int]) -> tuple[tuple[SentPiece, ...], ...]:
    """The messages of each part; the last part may be sent only up to the end of its last piece."""
    parts: list[tuple[SentPiece, ...]] = []
    for place, number in enumerate(message_ids):
        if mark_of(number) is None:
            start = sent_up_to(message_ids[:place])
            piece = SentPiece(number, start, mark_of(message_ids[place + 1]) if place + 1 < len(message_ids) else None)
            if start == BEGINNING:
                parts.append(())
            parts[-1] += (piece,)
    return tuple(parts)
