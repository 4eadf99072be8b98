"""Who writes most, page by page. Apart from the lists of items: its entries are people, and each is a button."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.actions import Action, Noop, ShowAuthors
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder
from bot.rendering.message import OutgoingMessage
from bot.rendering.text import clean_line, shorten

PAGE_SIZE: Final = 10
LONGEST_NAME: Final = 60  # UTF-16 units


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """One author: what they are called, the handle if there is one besides, how many items, and where these are."""

    name: str
    handle: str | None
    items: int
    action: Action


def authors_view(authors: Sequence[AuthorRow], look: Look, *, page: int = 1, more: bool = False) -> OutgoingMessage:
    """A page of authors, most items first; `more` says that another page follows."""
    t = look.translator
    builder = TextBuilder().bold(t("authors.title"))
    if not authors:
        builder.add("\n\n" + t("authors.none"))
    for position, author in enumerate(authors, start=(page - 1) * PAGE_SIZE + 1):
        builder.add(("\n\n" if author is authors[0] else "\n") + f"{t.format_number(position)}. ")
        builder.bold(shorten(clean_line(look.plain(author.name)), LONGEST_NAME))
        if author.handle:
            builder.add(f" @{author.handle}")
        builder.add(" · " + t.n("items.count", author.items))
    if authors:
        builder.add("\n\n" + t("authors.hint", author=look.command("author")))
    text = builder.block()
    people = rows((button(label(look.plain(author.name)), author.action) for author in authors), width=2)
    turning = [button(t("button.previous"), ShowAuthors(page - 1))] if page > 1 else []
    turning += [button(t.format_number(page), Noop())] if page > 1 or more else []
    turning += [button(t("button.next"), ShowAuthors(page + 1))] if more else []
    return OutgoingMessage(text.text, text.entities, keyboard(*people, turning))
