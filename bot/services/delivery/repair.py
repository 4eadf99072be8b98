"""What to send instead of a message the server refused: plain, without buttons, or in pieces. Pure; each is a last
resort for what rendering should have prevented, and is reported when used.
"""

from dataclasses import replace

from bot.core.ledger import RejectedKind
from bot.rendering.message import Entity, OutgoingMessage

_ROOM = 3000  # UTF-16 units a piece may have when the server found 4000 too many


def repaired(message: OutgoingMessage, kind: RejectedKind) -> tuple[OutgoingMessage, ...] | None:
    """The messages to send instead; none at all for an empty one; None when nothing can be done about it."""
    match kind:
        case RejectedKind.MARKUP if message.entities:
            return (replace(message, entities=()),)
        case RejectedKind.KEYBOARD if message.keyboard:
            return (replace(message, keyboard=()),)
        case RejectedKind.TOO_LONG:
            pieces = split_again(message)
            return pieces if len(pieces) > 1 else None
        case RejectedKind.EMPTY:
            return ()
        case _:
            return None


def split_again(message: OutgoingMessage, room: int = _ROOM) -> tuple[OutgoingMessage, ...]:
    """The message in pieces of at most `room` UTF-16 units (and at most half of it), cut at line ends where there are
    any. The buttons stay with the last piece."""
    units = message.text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2
    room = max(1, min(room, (size + 1) // 2))
    pieces: list[OutgoingMessage] = []
    start = 0
    while start < size:
        end = _cut(units, start, min(start + room, size))
        text = units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
        if text.strip():
            entities = tuple(
                _clipped(entity, start, end) for entity in message.entities if _overlap(entity, start, end)
            )
            pieces.append(replace(message, text=text, entities=entities, keyboard=(), rich=None))
        start = end
    if pieces:
        pieces[-1] = replace(pieces[-1], keyboard=message.keyboard)
    return tuple(pieces)


def _cut(units: bytes, start: int, end: int) -> int:
    """Where to end a piece that may reach `end`: after its last line end, else there, but in no surrogate pair."""
    if 2 * end >= len(units):
        return end
    for line_end in range(end, start, -1):
        if units[2 * line_end - 2 : 2 * line_end] == b"\n\x00":
            return line_end
    inside_pair = 0xD8 <= units[2 * end - 1] <= 0xDB
    return end - 1 if inside_pair and end - 1 > start else end + inside_pair


def _overlap(entity: Entity, start: int, end: int) -> bool:
    return entity.offset < end and entity.offset + entity.length > start


def _clipped(entity: Entity, start: int, end: int) -> Entity:
    offset = max(entity.offset, start)
    length = min(entity.offset + entity.length, end) - offset
    return replace(entity, offset=offset - start, length=length)
