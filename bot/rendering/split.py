"""Cutting a long message into parts, between its blocks only. Apart because every list the bot sends may outgrow
Telegram's limits: 4096 characters after parsing and 100 entities, beyond which formatting is dropped without a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.rendering.markup import Block, join
from bot.rendering.message import Keyboard, OutgoingMessage
from bot.rendering.text import utf16_length

# Below the server's limits of 4096 and 100, for what its own rules may add (links it finds by itself, a part's number).
PART_UNITS: Final = 4000
PART_ENTITIES: Final = 95
_MANY: Final = 999  # stands for the number of parts while that is unknown

NOTHING: Final = Block()
Head = Callable[[int, int], Block]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the blocks: `head(part, parts)` opens every part, `tail` closes the last one; a part holds at
    most `most` blocks, 0 for as many as fit."""

    head: Head
    tail: Block = NOTHING
    separator: str = "\n\n"
    most: int = 0

    @property
    def room(self) -> tuple[int, int]:
        """UTF-16 units and entities that one block may take, so that it fits a part with head and tail."""
        heads = [self.head(part, _MANY) for part in (1, _MANY)]
        units = max(head.units for head in heads) + self.tail.units + 2 * utf16_length("\n\n")
        entities = max(len(head.entities) for head in heads) + len(self.tail.entities)
        return PART_UNITS - units, PART_ENTITIES - entities


def split(blocks: Sequence[Block], frame: Frame) -> tuple[Block, ...]:
    """The parts in order, each within the limits when every block is within `frame.room`. The last block stays with
    the tail."""
    return framed(grouped(blocks, frame), frame)


def grouped(blocks: Sequence[Block], frame: Frame) -> list[list[Block]]:
    """Which blocks go into which part; each part has one at least, but for no blocks at all."""
    groups: list[list[Block]] = [[]]
    for block in blocks:
        full = 0 < frame.most <= len(groups[-1])
        if groups[-1] and (full or not _fits([*groups[-1], block], frame, len(groups))):
            groups.append([])
        groups[-1].append(block)
    if len(groups[-1]) > 1 and not _fits(groups[-1], frame, len(groups), frame.tail):
        groups.append([groups[-1].pop()])
    return groups


def framed(groups: Sequence[Sequence[Block]], frame: Frame) -> tuple[Block, ...]:
    """The parts, each with what stands around it."""
    return tuple(
        join(
            [
                frame.head(part, len(groups)),
                join(group, frame.separator),
                frame.tail if part == len(groups) else NOTHING,
            ]
        )
        for part, group in enumerate(groups, start=1)
    )


def messages(parts: Sequence[Block], *, keyboard: Keyboard = (), silent: bool = False) -> tuple[OutgoingMessage, ...]:
    """The parts as messages, the buttons on the last."""
    last = len(parts) - 1
    return tuple(
        OutgoingMessage(part.text, part.entities, keyboard if index == last else (), silent)
        for index, part in enumerate(parts)
    )


def _fits(blocks: Sequence[Block], frame: Frame, part: int, tail: Block = NOTHING) -> bool:
    whole = join([frame.head(part, _MANY), join(blocks, frame.separator), tail])
    return whole.units <= PART_UNITS and len(whole.entities) <= PART_ENTITIES
