"""A digest as messages: pushed, or asked for. Apart from lists of results, because a digest keeps its order and
numbers and may need several parts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.core.actions import ShowDigest, ShowItems, ShowSettings, ShowTopics
from bot.core.model import ChatKind, StoredDigest, StoredItem, Style
from bot.rendering.buttons import button, keyboard
from bot.rendering.item import item_block
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder
from bot.rendering.message import Keyboard, OutgoingMessage
from bot.rendering.rich import rich_html
from bot.rendering.split import Frame, framed, grouped, messages
from bot.rendering.text import clean_line, shorten, usable_url

LONGEST_TITLE: Final = 200  # UTF-16 units; repeated on every part
# A slot in front of a title says what the line below says better: 2025.11.26.08, 2025-11-26 08:00, 【2025年11月26日】.
_SLOT: Final = re.compile(
    r"\s*[\[【(（]?\s*\d{4}\s*[-./_年]\s*\d{1,2}\s*[-./_月]\s*\d{1,2}(?!\d)\s*[日号號]?"
    r"(?:[-._T/]\d{1,2}(?!\d|[-/.]\d)(?:[:：]\d{2}){0,2}|\s*\d{1,2}(?:(?:[:：]\d{2}){1,2}|[时時点點](?!间|間)(?:\d{1,2}分)?))?"
    r"(?!\d)\s*[\]】)）]?\s*[-–—:：|｜·,，]*\s*"
)


def push_view(
    stored: StoredDigest, shown: Sequence[StoredItem], look: Look, *, hidden: int = 0, silent: bool = False
) -> tuple[OutgoingMessage, ...]:
    """The messages of one delivery: `shown` of the digest's items, in that order, and how many the rules hid. Nothing
    when nothing is shown: an empty push would only disturb."""
    if not shown:
        return ()
    frame = digest_frame(stored, look, count=len(shown), hidden=hidden)
    parts = framed(digest_groups(shown, look, frame), frame)
    made = messages(parts, keyboard=digest_buttons(stored, look, hidden), silent=silent)
    return as_wanted(made, shown, look)


def as_wanted(
    made: tuple[OutgoingMessage, ...], shown: Iterable[StoredItem], look: Look
) -> tuple[OutgoingMessage, ...]:
    """The messages with what else the reader chose: the first item's link previewed in the first of them (rich messages
    cannot have that), and all of them as rich messages."""
    if look.rich_messages:
        return tuple(replace(one, rich=rich_html(one, unfold=look.translator("item.unfold"))) for one in made)
    if look.link_preview and made:
        links = (usable_url(item.item.url) for item in shown if not item.removed)
        return (replace(made[0], link_preview=next(filter(None, links), None)), *made[1:])
    return made


def digest_groups(shown: Sequence[StoredItem], look: Look, frame: Frame) -> list[list[Block]]:
    """The items as blocks, in the groups that make the parts."""
    room = frame.room
    return grouped([item_block(item, look, room=room) for item in shown], frame)


def digest_frame(stored: StoredDigest, look: Look, *, count: int, hidden: int, updated: bool = False) -> Frame:
    """What stands around a digest's items: `count` is how many are shown, `updated` marks a corrected digest."""
    return Frame(
        lambda part, parts: _head(stored, look, count=count, part=part, parts=parts, updated=updated),
        _footer(look, hidden),
        "\n" if look.style is Style.HEADLINES else "\n\n",
        look.per_message,
    )


def latest_view(
    stored: StoredDigest, shown: Sequence[StoredItem], look: Look, *, hidden: int = 0
) -> tuple[OutgoingMessage, ...]:
    """A digest that was asked for. Unlike a push it answers even when the rules hid everything."""
    if shown:
        return push_view(stored, shown, look, hidden=hidden)
    head = _head(stored, look, count=hidden, part=1, parts=1)
    key = "digest.all_hidden" if hidden else "digest.empty"
    text = TextBuilder().add("\n\n" + look.translator(key)).block()
    whole = Block(f"{head.text}\n\n{text.text}", head.entities)
    return as_wanted(messages([whole], keyboard=digest_buttons(stored, look, hidden)), (), look)


def no_digest_view(look: Look) -> OutgoingMessage:
    """The answer while the archive is empty."""
    return OutgoingMessage(look.translator("digest.none"))


def bare_title(title: str) -> str:
    """A digest's title without the slot in front; the whole title if nothing else is left."""
    line = clean_line(title)
    slot = _SLOT.match(line)
    return (line[slot.end() :] if slot else "") or line


def _head(stored: StoredDigest, look: Look, *, count: int, part: int, parts: int, updated: bool = False) -> Block:
    t = look.translator
    title = shorten(look.plain(bare_title(stored.digest.title)), LONGEST_TITLE) or t("digest.untitled")
    builder = TextBuilder().bold(t("digest.title", title=title))
    if parts > 1:
        builder.add(" " + t("digest.part", part=part, parts=parts))
    if part == 1:
        when = t.format_slot(stored.digest.slot, look.time_zone)
        line = t.n("digest.when", count, when=when)
        builder.add("\n" + (t("digest.updated", line=line) if updated else line))
    return builder.block()


def _footer(look: Look, hidden: int) -> Block:
    return Block(look.translator.n("digest.hidden", hidden)) if hidden > 0 else Block()


def digest_buttons(stored: StoredDigest, look: Look, hidden: int) -> Keyboard:
    """The buttons under a digest. None in channels: a press by any reader there would be answered before all."""
    if look.kind is ChatKind.CHANNEL:
        return ()
    t = look.translator
    doors = [button(t("button.topics"), ShowTopics()), button(t("button.settings"), ShowSettings())]
    if stored.id <= 0:  # before 1970: buttons carry no such id
        return keyboard(doors)
    everything = button(t("button.show_all"), ShowDigest(stored.id, everything=True), colour="primary")
    items = button(t("button.items"), ShowItems(stored.id))
    return keyboard([everything] if hidden > 0 else [], [items, *doors])
