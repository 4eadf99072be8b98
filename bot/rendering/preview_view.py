"""What the last day would have brought, as the chat would see it. Apart from the digests, because items of several
stand in one list here, numbered anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.core.actions import ShowPreview, ShowRules, ShowSettings, Subscribe
from bot.core.model import ChatKind, StoredItem, Style
from bot.core.recap import Period
from bot.rendering.buttons import button, keyboard
from bot.rendering.digest_view import as_wanted
from bot.rendering.item import item_block
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join
from bot.rendering.message import Keyboard, OutgoingMessage
from bot.rendering.split import Frame, messages, split

MOST: Final = 40  # items: three or four messages; who gets more than that sees how many more
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Left:
    """What a preview leaves out: items that the rules hide, and stories that the chat was sent before."""

    hidden: int = 0
    repeated: int = 0


def preview_view(
    items: Sequence[StoredItem], look: Look, *, period: Period, left: Left = Left(), subscribed: bool = True
) -> tuple[OutgoingMessage, ...]:
    """The messages of a preview. `look.seen` are those shown as known."""
    buttons = _buttons(look, left, subscribed=subscribed)
    footer = _footer(look, left, more=max(0, len(items) - MOST))
    if not items:
        nothing = Block(look.translator("preview.all_hidden" if left.hidden else "preview.nothing"))
        return messages([join([_head(look, period, count=0, part=1, parts=1), nothing, footer])], keyboard=buttons)
    frame = Frame(
        lambda part, parts: _head(look, period, count=len(items), part=part, parts=parts),
        footer,
        "\n" if look.style is Style.HEADLINES else "\n\n",
        look.per_message,
    )
    numbered = [replace(one, item=replace(one.item, number=place)) for place, one in enumerate(items[:MOST], 1)]
    blocks = [item_block(item, look, room=frame.room) for item in numbered]
    return as_wanted(messages(split(blocks, frame), keyboard=buttons), items, look)


def _head(look: Look, period: Period, *, count: int, part: int, parts: int) -> Block:
    t = look.translator
    builder = TextBuilder().bold(t("preview.title"))
    if parts > 1:
        builder.add(" " + t("digest.part", part=part, parts=parts))
    if part == 1:
        when = t.format_slot(period.end - _MINUTE, look.time_zone)  # the end is exclusive
        builder.add("\n" + t.n("preview.past" if period.past else "preview.count", count, when=when))
    return builder.block()


def _footer(look: Look, left: Left, *, more: int) -> Block:
    t = look.translator
    lines = [t.n("recap.more", more)] if more else []
    lines += [t.n("digest.hidden", left.hidden)] if left.hidden else []
    lines += [t.n("preview.repeated", left.repeated)] if left.repeated else []
    return Block("\n".join(lines))


def _buttons(look: Look, left: Left, *, subscribed: bool) -> Keyboard:
    if look.kind is ChatKind.CHANNEL:
        return ()
    t = look.translator
    everything = button(t("button.show_all"), ShowPreview(everything=True), colour="primary")
    subscribe = button(t("button.subscribe"), Subscribe(), colour="primary")
    return keyboard(
        [everything] if left.hidden else [],
        [] if subscribed else [subscribe],
        [button(t("button.rules"), ShowRules()), button(t("button.settings"), ShowSettings())],
    )
