"""Bookmarks, page by page. Apart from the lists of items, because each entry can be taken out here, and put back."""

from collections.abc import Sequence
from typing import Final

from bot.core.actions import DropSaved, KeepSaved, Noop, ShowItem, ShowSaved
from bot.core.model import ChatKind, StoredItem
from bot.rendering.buttons import button, keyboard
from bot.rendering.item import NOTHING, listed_block, shown_title
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join, rich_bold
from bot.rendering.message import Button, Keyboard, OutgoingMessage

PAGE_SIZE: Final = 5
_TITLE: Final = 80  # UTF-16 units


def last_page(total: int) -> int:
    """How many pages so many bookmarks fill."""
    return max(1, -(-total // PAGE_SIZE))


def saved_view(
    items: Sequence[StoredItem], look: Look, *, page: int, total: int, dropped: StoredItem | None = None
) -> OutgoingMessage:
    """A page of bookmarks; `dropped` was just taken out and can be put back."""
    t = look.translator
    head = TextBuilder().bold(t("saved.title"))
    if total:
        head.add("\n" + t.n("items.count", total))
    else:
        head.add("\n\n" + t("saved.none", save=look.command("save")))
    first = (page - 1) * PAGE_SIZE + 1
    blocks = [_entry(item, look, position) for position, item in enumerate(items, first)]
    text = join([head.block(), *blocks, _farewell(dropped, look)])
    return OutgoingMessage(text.text, text.entities, _buttons(items, look, page=page, total=total, dropped=dropped))


def kept_view(stored: StoredItem, look: Look, *, outcome: str, most: int) -> OutgoingMessage:
    """What came of `/save`: `outcome` is one of saved, already, full."""
    t = look.translator
    values = {"saved": look.command("saved"), "most": t.format_number(most)}
    name = rich_bold(shown_title(stored.item, look, _TITLE))
    block = TextBuilder().template(t.template(f"save.{outcome}"), name=name, **values).block()
    doors = [] if look.kind is ChatKind.CHANNEL else [button(t("button.saved_list"), ShowSaved())]
    return OutgoingMessage(block.text, block.entities, keyboard(doors))


def save_usage_view(look: Look, *, number: str = "") -> OutgoingMessage:
    """How to say what to keep; `number` is one that the digest does not have."""
    t = look.translator
    key = "save.no_such" if number else "save.usage"
    return OutgoingMessage(t(key, save=look.command("save"), number=number))


def _entry(item: StoredItem, look: Look, position: int) -> Block:
    block = listed_block(item, NOTHING, look, position=position)
    return join([block, Block(look.translator("item.withdrawn"))], "\n") if item.removed else block


def _farewell(dropped: StoredItem | None, look: Look) -> Block:
    if dropped is None:
        return Block()
    name = rich_bold(shown_title(dropped.item, look, _TITLE))
    return TextBuilder().template(look.translator.template("saved.dropped"), name=name).block()


def _buttons(items: Sequence[StoredItem], look: Look, *, page: int, total: int, dropped: StoredItem | None) -> Keyboard:
    if look.kind is ChatKind.CHANNEL:
        return ()
    t = look.translator
    numbered = [(n, item) for n, item in enumerate(items, (page - 1) * PAGE_SIZE + 1) if item.id > 0]
    opens = [button(f"{n}", ShowItem(item.id)) for n, item in numbered]
    drops = [button(f"✕ {n}", DropSaved(item.id, page)) for n, item in numbered]
    undo = [button(t("button.undo"), KeepSaved(dropped.id, page))] if dropped else []
    return keyboard(opens, drops, undo, _turning(look, page, last_page(total)))


def _turning(look: Look, page: int, pages: int) -> list[Button]:
    if pages == 1:
        return []
    t = look.translator
    back = [button(t("button.previous"), ShowSaved(page - 1))] if page > 1 else []
    further = [button(t("button.next"), ShowSaved(page + 1))] if page < pages else []
    return [*back, button(f"{page}/{pages}", Noop()), *further]
