"""One item and what can be done with it: chosen from a push, opened from a link, or found again among its like. Apart
from the digests, because here an item stands alone, whatever it came with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from bot.core.actions import (
    Action,
    ExplainItem,
    ExplainPush,
    Noop,
    SaveItem,
    ShowItem,
    ShowItems,
    ShowLatest,
    ShowSimilar,
)
from bot.core.model import ChatKind, StoredItem, Style
from bot.rendering.buttons import button, keyboard, rows
from bot.rendering.item import NOTHING, listed_block, shared_block, shown_title
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join, rich_bold
from bot.rendering.message import Button, Keyboard, OutgoingMessage
from bot.rendering.rule_buttons import MuteOffer, RuleOffer, mute_button, rule_button
from bot.rendering.split import PART_ENTITIES, PART_UNITS
from bot.rendering.text import shorten

CHOICES: Final = 40  # items on a page of the picker
_IN_A_ROW: Final = 5
_LINE: Final = 80  # UTF-16 units of a title in a list
_SHARED: Final = 120  # of a title in a share link
_ROOM: Final = (PART_UNITS - 200, PART_ENTITIES - 5)


@dataclass(frozen=True, slots=True)
class Choice:
    """An item to choose, by the number it had where it was seen."""

    item: StoredItem
    number: int


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be done with an item here: whether it is kept, what of it can be muted, and the way back."""

    saved: bool = False
    mutes: Sequence[MuteOffer] = ()
    back: ShowItems | None = None


def picker_view(
    choices: Sequence[Choice], look: Look, *, origin: ShowItems, title: str, offers_why: bool = True
) -> OutgoingMessage:
    """The items of a push by number, 40 a page; `origin` is where they are from, `title` what that is called."""
    t = look.translator
    pages = max(1, -(-len(choices) // CHOICES))
    page = min(max(1, origin.page), pages)
    shown = choices[(page - 1) * CHOICES : page * CHOICES]
    builder = TextBuilder().bold(shorten(look.plain(title), _LINE)).add("\n" + t("picker.which"))
    for choice in shown:
        line = f"{t.format_number(choice.number)}. {shown_title(choice.item.item, look, _LINE)}"
        builder.add("\n" if choice is not shown[0] else "\n\n").add(line)
    block = builder.block()
    if look.kind is ChatKind.CHANNEL:
        return OutgoingMessage(block.text, block.entities)
    numbers = [
        button(str(one.number), ShowItem(one.item.id, origin.digest_id, origin.message_id))
        for one in shown
        if one.item.id > 0
    ]
    why = [button(t("button.why_push"), ExplainPush(origin.digest_id, origin.message_id))] if offers_why else []
    return OutgoingMessage(
        block.text,
        block.entities,
        keyboard(*rows(numbers, width=_IN_A_ROW), _turning(origin, page, pages, look), why),
    )


def item_menu_view(stored: StoredItem, look: Look, offers: Offers) -> OutgoingMessage:
    """An item in full, and buttons to keep, share, explain and mute it. What a correction took out says so."""
    t = look.translator
    full = replace(look, style=Style.FULL)
    block = shared_block(stored, full, room=_ROOM)
    if stored.removed:
        block = join([Block(t("item.withdrawn")), block])
    if offers.mutes and look.kind is not ChatKind.CHANNEL:
        block = join([block, Block(t("menu.mute_hint"))])
    return OutgoingMessage(block.text, block.entities, _menu(stored, look, offers))


def no_item_view(look: Look) -> OutgoingMessage:
    """An item that does not exist, or not any more."""
    t = look.translator
    doors = [] if look.kind is ChatKind.CHANNEL else [button(t("button.latest"), ShowLatest())]
    return OutgoingMessage(t("item.unknown"), keyboard=keyboard(doors))


def similar_view(
    stored: StoredItem, found: Sequence[StoredItem], look: Look, *, offers: Sequence[RuleOffer] = ()
) -> OutgoingMessage:
    """Items like one, and buttons to follow what they have in common."""
    t = look.translator
    name = rich_bold(shown_title(stored.item, look, _LINE))
    head = TextBuilder().template(t.template("similar.title" if found else "similar.none"), name=name).block()
    blocks = [listed_block(item, NOTHING, look, position=place) for place, item in enumerate(found, 1)]
    text = join([head, *blocks])
    if look.kind is ChatKind.CHANNEL:
        return OutgoingMessage(text.text, text.entities)
    numbers = [button(str(place), ShowItem(item.id)) for place, item in enumerate(found, 1) if item.id > 0]
    follows = rows((rule_button(offer, look) for offer in offers), width=1)
    return OutgoingMessage(text.text, text.entities, keyboard(numbers, *follows))


def save_button(item_id: int, look: Look, *, saved: bool) -> Button:
    """Keep, or the mark that it is kept, which lets it go again."""
    t = look.translator
    key, colour = ("button.saved", "success") if saved else ("button.save", None)
    return button(t(key), SaveItem(item_id, not saved), colour=colour)


def share_link(stored: StoredItem, look: Look) -> str | None:
    """An address at which Telegram asks with whom to share the item; what arrives there opens it in the bot."""
    if not look.bot_username:
        return None
    target = f"https://t.me/{look.bot_username}?start=i_{stored.id}"
    title = shown_title(stored.item, look, _SHARED)
    return f"https://t.me/share/url?url={quote(target, safe='')}&text={quote(title, safe='')}"


def _menu(stored: StoredItem, look: Look, offers: Offers) -> Keyboard:
    if look.kind is ChatKind.CHANNEL or stored.id <= 0:
        return ()
    t = look.translator
    first = [save_button(stored.id, look, saved=offers.saved)]
    link = share_link(stored, look)
    if link:
        first.append(Button(t("button.share"), url=link))
    second: list[tuple[str, Action]] = [
        ("button.similar", ShowSimilar(stored.id)),
        ("button.why", ExplainItem(stored.id)),
    ]
    mutes = rows((mute_button(offer, look) for offer in offers.mutes), width=2)
    back = [button(t("button.back"), offers.back)] if offers.back else []
    return keyboard(first, [button(t(key), action) for key, action in second], *mutes, back)


def _turning(origin: ShowItems, page: int, pages: int, look: Look) -> list[Button]:
    if pages == 1:
        return []
    t = look.translator
    row = [button(f"{page}/{pages}", Noop())]
    if page > 1:
        row.insert(0, button(t("button.previous"), replace(origin, page=page - 1)))
    if page < pages:
        row.append(button(t("button.next"), replace(origin, page=page + 1)))
    return row
