"""A roundup as messages: items of several digests under one heading, numbered through. Apart from a digest's view
because nothing of one digest is shown, and from recaps because it is pushed, in full paragraphs where the reader wants
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.core.actions import ShowItems, ShowRecap, ShowSettings, ShowTopics
from bot.core.layout import PartLayout
from bot.core.model import ChatKind, StoredItem, Style
from bot.core.recap import RecapSpan
from bot.core.roundup import Heading, Occasion
from bot.rendering.buttons import button, keyboard
from bot.rendering.digest_view import as_wanted, digest_groups
from bot.rendering.edition_view import Rendering
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder
from bot.rendering.message import Keyboard
from bot.rendering.split import Frame, framed, messages

_KEYS: Final = {
    Occasion.MORNING: "roundup.morning",
    Occasion.MIDDAY: "roundup.midday",
    Occasion.EVENING: "roundup.evening",
    Occasion.NIGHT: "roundup.night",
    Occasion.WEEK: "roundup.week",
    Occasion.HELD: "roundup.held",
}


@dataclass(frozen=True, slots=True)
class Roundup:
    """What is told: the items in order, how many the rules hid, and how many more there would be. `revision` is that of
    the digest the ledger files it under."""

    heading: Heading
    items: tuple[StoredItem, ...]
    hidden: int = 0
    more: int = 0
    revision: int = 1


def roundup_view(roundup: Roundup, look: Look) -> Rendering:
    """The messages of a roundup, with which item stands in which; nothing at all when no item is left to tell."""
    if not roundup.items:
        return Rendering((), (), roundup.revision)
    items = [
        replace(stored, item=replace(stored.item, number=number))
        for number, stored in enumerate(roundup.items, start=1)
    ]
    frame = Frame(
        lambda part, parts: _head(roundup, look, part=part, parts=parts),
        Block(look.translator.n("digest.hidden", roundup.hidden)) if roundup.hidden else Block(),
        "\n" if look.style is Style.HEADLINES else "\n\n",
        look.per_message,
    )
    groups = digest_groups(items, look, frame)
    parts = as_wanted(messages(framed(groups, frame), keyboard=_buttons(roundup, look)), items, look)
    ids = iter([item.id for item in items])
    layout = tuple(PartLayout(roundup.revision, tuple(next(ids) for _ in group)) for group in groups)
    return Rendering(parts, layout, roundup.revision)


def _head(roundup: Roundup, look: Look, *, part: int, parts: int) -> Block:
    t = look.translator
    heading = roundup.heading
    builder = TextBuilder().bold(t(_KEYS[heading.occasion], date=t.format_date(heading.day)))
    if parts > 1:
        builder.add(" " + t("digest.part", part=part, parts=parts))
    if part == 1:
        builder.add("\n" + _count(roundup.items, look))
    return builder.block()


def _count(items: Sequence[StoredItem], look: Look) -> str:
    t = look.translator
    digests = len({item.digest_id for item in items})
    if digests == 1:
        return t.n("roundup.of_one", len(items))
    return t.n("roundup.of_many", len(items), digests=t.format_number(digests))


def _buttons(roundup: Roundup, look: Look) -> Keyboard:
    """To what had no room, to what was hidden, and to the settings. None in channels, as under digests."""
    if look.kind is ChatKind.CHANNEL:
        return ()
    t = look.translator
    span = RecapSpan.WEEK if roundup.heading.occasion is Occasion.WEEK else RecapSpan.DAY
    more = button(t.n("roundup.more", roundup.more), ShowRecap(span))
    everything = button(t("button.show_all"), ShowRecap(span, everything=True), colour="primary")
    return keyboard(
        [more] if roundup.more else [],
        [everything] if roundup.hidden else [],
        [
            button(t("button.items"), ShowItems()),  # those of the message it is under
            button(t("button.topics"), ShowTopics()),
            button(t("button.settings"), ShowSettings()),
        ],
    )
