"""What to send instead of a message the server refused: plain, without buttons, or in pieces. Pure; each is a last
resort for what rendering should have prevented, and is reported when used.
"""

import re
from bisect import bisect_right
from dataclasses import replace
from functools import cached_property
from typing import Final

from bot.core.ledger import RejectedKind
from bot.core.pieces import BEGINNING, Mark
from bot.rendering.message import Entity, EntityKind, OutgoingMessage
from bot.rendering.text import cut_units, utf16_length

_NUMBER: Final = re.compile(r"^\d{1,5}\. ", re.MULTILINE)
_HEADLINES: Final = frozenset({EntityKind.TEXT_LINK, EntityKind.BOLD, EntityKind.STRIKETHROUGH})
_WITHIN: Final = frozenset({EntityKind.BLOCKQUOTE, EntityKind.EXPANDABLE_BLOCKQUOTE, EntityKind.PRE})
_ENDS: Final = (r"\n", r"[。！？；]|[.!?;](?=\s)", r"\s")
"""Where an item that is too long may be cut, the best first: after a line, a sentence, a word."""


def repaired(message: OutgoingMessage, kind: RejectedKind) -> OutgoingMessage | None:
    """The message without what the server did not like about it; None when nothing can be left out."""
    if kind is RejectedKind.MARKUP and message.entities:
        return replace(message, entities=())
    if kind is RejectedKind.KEYBOARD and message.keyboard:
        return replace(message, keyboard=())
    return None


class Cutting:
    """A message cut to pieces, between its items; inside one only if that alone was refused."""

    def __init__(self, message: OutgoingMessage) -> None:
        self._message = message
        self._text = message.text
        units = [0]
        for char in self._text:
            units.append(units[-1] + 1 + (char > "\uffff"))
        self._units = units
        self._starts = self._item_starts()

    def place(self, mark: Mark) -> int:
        """Where in the text a mark is; its end for an item that is not there."""
        ends = [*self._starts[1:], len(self._text)]
        return min(self._starts[mark.item] + mark.offset, ends[mark.item]) if mark.item < len(ends) else ends[-1]

    def mark(self, place: int, room: int) -> Mark:
        """The mark of a place in the text."""
        item = bisect_right(self._starts, place) - 1
        return Mark(item, place - self._starts[item], room)

    def piece(self, start: int, end: int) -> OutgoingMessage:
        """The message from here to there. The preview stays with the beginning, the buttons with the end."""
        message = self._message
        if (start, end) == (0, len(self._text)):
            return message
        left, right = self._units[start], self._units[end]
        return replace(
            message,
            text=self._text[start:end],
            entities=tuple(_clipped(one, left, right) for one in message.entities if _overlap(one, left, right)),
            keyboard=message.keyboard if end == len(self._text) else (),
            link_preview=None if start else message.link_preview,
            rich=None,
        )

    def end(self, start: int, room: int, refused: int) -> int:
        """Where a piece of at most `room` UTF-16 units ends: after its last whole item. One item alone may be longer,
        as long as nothing that short was `refused`."""
        borders = [*(item for item in self._starts if item > start), len(self._text)]
        if not room:
            return borders[-1]
        fitting = [border for border in borders if self.length(start, border) <= room]
        if fitting:
            return borders[-1] if self._blank(fitting[-1]) else fitting[-1]
        if start in self._starts and self.length(start, borders[0]) < refused:
            return borders[0]
        return self._end_inside(start, borders[0], room)

    def smaller(self, start: int, end: int) -> int:
        """The room to try after this was refused: that of the longer half, where the halves are cut between items; of
        half the item when it is only one."""
        inside = [item for item in self._starts if start < item < end]
        halves = [max(self.length(start, item), self.length(item, end)) for item in inside]
        return min(halves, default=(self.length(start, end) + 1) // 2)

    def length(self, start: int, end: int) -> int:
        """UTF-16 units that the server counts: blanks at the end are dropped."""
        end = start + len(self._text[start:end].rstrip())
        return self._units[end] - self._units[start]

    def _blank(self, start: int) -> bool:
        return not self._text[start:].strip()

    def _end_inside(self, start: int, end: int, room: int) -> int:
        """The best end of a piece in a text without items: in the second half of the room, if there is one."""
        text = self._text[start:end]
        kept = cut_units(text, room) or text[:1]
        for pattern in _ENDS:
            places = [found.end() for found in re.finditer(pattern, kept)]
            if places and 2 * places[-1] > len(kept):
                return start + places[-1]
        return start + len(kept)

    def _item_starts(self) -> list[int]:
        """Where the items begin, the first of them with what stands above it. Every headline begins with a number and
        is formatted; what looks so in a paragraph has no empty line above it, or is in a quotation."""
        marked = {one.offset for one in self._message.entities if one.kind in _HEADLINES}
        quoted = [one for one in self._message.entities if one.kind in _WITHIN]
        units = self._units
        found = [
            number.start()
            for number in _NUMBER.finditer(self._text)
            if marked & {units[number.start()], units[number.end()]}
            and not any(_overlap(one, units[number.start()], units[number.end()]) for one in quoted)
        ]
        apart = [start for start in found if self._text[:start].endswith("\n\n") or not start]
        return [0, *(apart if len(apart) > 1 else found)[1:]]


class Mending:
    """A message on its way to a server that may refuse it: what to send now, and where the rest of it begins. `begun`
    says where it goes on when some of it was sent before."""

    def __init__(self, message: OutgoingMessage, begun: Mark = BEGINNING) -> None:
        self._message = message
        self._room = begun.room
        self._refused = utf16_length(message.text) + 1
        self._without: tuple[RejectedKind, ...] = ()
        self._start = 0
        self._end = len(message.text)
        self.over = False
        """Whether nothing of it is left to be sent."""
        if begun != BEGINNING:
            self._go_on(self._cutting.place(begun))

    @cached_property
    def _cutting(self) -> Cutting:
        return Cutting(self._message)  # rarely wanted

    @property
    def piece(self) -> OutgoingMessage:
        """What to send now."""
        whole = not self._start and self._end == len(self._message.text)
        piece = self._message if whole else self._cutting.piece(self._start, self._end)
        for kind in self._without:
            piece = repaired(piece, kind) or piece
        return piece

    @property
    def rest(self) -> Mark | None:
        """Where the message goes on after this piece, if it does."""
        return None if self._end == len(self._message.text) else self._cutting.mark(self._end, self._room)

    def mend(self, kind: RejectedKind) -> bool:
        """The piece was refused: think of something else. False when nothing can be done about it."""
        match kind:
            case RejectedKind.TOO_LONG:
                return self._shorten()
            case RejectedKind.EMPTY:
                self._go_on(self._end)
                return True
            case _:
                better = repaired(self.piece, kind) is not None
                self._without += (kind,)
                return better

    def _go_on(self, start: int) -> None:
        self._start = start
        self.over = not self._message.text[start:].strip()
        if not self.over:
            self._end = self._cutting.end(start, self._room, self._refused)

    def _shorten(self) -> bool:
        cutting, start = self._cutting, self._start
        length = cutting.length(start, self._end)
        self._refused = min(self._refused, length)
        self._room = max(1, cutting.smaller(start, self._end))
        self._end = cutting.end(start, self._room, self._refused)
        return 0 < cutting.length(start, self._end) < length


def cut_out(message: OutgoingMessage, start: Mark, end: Mark | None) -> OutgoingMessage:
    """What a message sent in pieces shows between these marks."""
    if start == BEGINNING and end is None:
        return message
    cutting = Cutting(message)
    return cutting.piece(cutting.place(start), len(message.text) if end is None else cutting.place(end))


def _overlap(entity: Entity, start: int, end: int) -> bool:
    return entity.offset < end and entity.offset + entity.length > start


def _clipped(entity: Entity, start: int, end: int) -> Entity:
    offset = max(entity.offset, start)
    length = min(entity.offset + entity.length, end) - offset
    return replace(entity, offset=offset - start, length=length)
