"""A recap as messages, and the answers about digests of a day. Apart from a digest's view: a recap has topics and
numbers of its own, and tells headlines only.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bot.core.actions import ShowDigest, ShowLatest, ShowRecap, ShowTopic
from bot.core.model import ChatKind, StoredDigest
from bot.core.recap import Period, Recap, RecapSpan, Section
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.item import merged_block
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join
from bot.rendering.message import Button, Keyboard, OutgoingMessage
from bot.rendering.split import Frame, messages, split
from bot.rendering.text import BLANK, clean_line, shorten

LONGEST_QUOTED: Final = 60  # UTF-16 units of what a reader typed, said back to them
LONGEST_TOPIC: Final = 100
MOST_TOPICS: Final = 16  # buttons: eight rows of two
MOST_DIGESTS: Final = 16


def recap_view(
    recap: Recap, look: Look, *, span: RecapSpan, period: Period, names: Mapping[str, str], hidden: int = 0
) -> tuple[OutgoingMessage, ...]:
    """The messages of a recap; `names` are the topics' in the reader's language, `hidden` how many items the rules
    left out."""
    t = look.translator
    buttons = _buttons(recap, look, span=span, names=names, hidden=hidden)
    if not recap.stories:
        empty = Block(t("recap.all_hidden" if hidden else "recap.empty"))
        return messages([join([_head(recap, look, span, period, part=1, parts=1), empty])], keyboard=buttons)
    footer = Block(t.n("digest.hidden", hidden)) if hidden else Block()
    frame = Frame(lambda part, parts: _head(recap, look, span, period, part=part, parts=parts), footer, "\n")
    parts = split(_blocks(recap, look, names), frame)
    # A section ends in an empty line, also where a part does.
    return messages([Block(part.text.rstrip(BLANK), part.entities) for part in parts], keyboard=buttons)


def nearest_view(
    day: date, digests: Sequence[StoredDigest], look: Look, *, hour: int | None = None, more: bool = False
) -> OutgoingMessage:
    """No digest of a day, or none of that hour: others to choose from. `more`: the rest of a day that has many."""
    t = look.translator
    key = "bydate.more" if more else "bydate.none" if hour is None else "bydate.none_hour"
    values = {} if hour is None else {"hour": f"{hour:02}"}
    text = t(key, date=t.format_date(day), **values)
    if look.kind is ChatKind.CHANNEL:
        return OutgoingMessage("\n".join([text, *(_slot(stored, look) for stored in digests[:MOST_DIGESTS])]))
    choices = (
        # Ids begin at 1970, and buttons carry no other.
        button(_slot(stored, look), ShowDigest(stored.id))
        for stored in digests[:MOST_DIGESTS]
        if stored.id > 0
    )
    return OutgoingMessage(text, keyboard=keyboard(*rows(choices, width=1)))


def which_day_view(look: Look, *, text: str, example: date) -> OutgoingMessage:
    """How to name a day, after none was named or what was is no date; `example` is a day that has a digest."""
    t = look.translator
    quoted = shorten(clean_line(text), LONGEST_QUOTED)
    values = {"command": look.command("digest"), "example": example.isoformat()}
    said = t("bydate.unknown", text=quoted, **values) if quoted else t("bydate.usage", **values)
    shown = [] if look.kind is ChatKind.CHANNEL else [button(t("button.latest"), ShowLatest())]
    return OutgoingMessage(said, keyboard=keyboard(shown))


def _slot(stored: StoredDigest, look: Look) -> str:
    t, slot = look.translator, stored.digest.slot
    date_, time = t.format_date(slot, look.time_zone), t.format_time(slot, look.time_zone)
    return t("bydate.slot", date=date_, time=time)


def _head(recap: Recap, look: Look, span: RecapSpan, period: Period, *, part: int, parts: int) -> Block:
    t = look.translator
    builder = TextBuilder().bold(_title(look, span, period))
    if parts > 1:
        builder.add(" " + t("digest.part", part=part, parts=parts))
    if part == 1 and period.past:
        builder.add("\n" + t("recap.none_week" if span is RecapSpan.WEEK else "recap.none_today"))
    if part == 1 and recap.stories:
        builder.add("\n" + t.n("recap.count", recap.stories))
    return builder.block()


def _title(look: Look, span: RecapSpan, period: Period) -> str:
    t, zone = look.translator, look.time_zone
    last = period.end - timedelta(minutes=1)
    if span is RecapSpan.WEEK:
        return t("recap.week", first=t.format_day(period.start, zone), last=t.format_day(last, zone))
    if period.past or span is RecapSpan.DAY:
        return t("recap.past_day", when=t.format_slot(last, zone))
    return t("recap.today", date=t.format_date(period.start, zone))


def _blocks(recap: Recap, look: Look, names: Mapping[str, str]) -> list[Block]:
    """A block for each story, numbered through; a topic's name stays with its first story, what is missing with the
    last."""
    blocks: list[Block] = []
    for section in recap.sections:
        stories = [
            merged_block(entry.item, look, position=len(blocks) + place, others=entry.tellings - 1)
            for place, entry in enumerate(section.entries, start=1)
        ] or [Block()]
        stories[0] = join([_heading(section, look, names), stories[0]], "\n")
        if section.more:
            stories[-1] = join([stories[-1], Block(look.translator.n("recap.more", section.more))], "\n")
        if section is not recap.sections[-1]:
            stories[-1] = Block(stories[-1].text + "\n", stories[-1].entities)
        blocks += stories
    return blocks


def _heading(section: Section, look: Look, names: Mapping[str, str]) -> Block:
    return TextBuilder().bold(_name(section.topic, look, names)).block()


def _name(topic: str | None, look: Look, names: Mapping[str, str]) -> str:
    if topic is None:
        return look.translator("recap.other")
    return shorten(look.plain(clean_line(names.get(topic, topic))), LONGEST_TOPIC)


def _buttons(recap: Recap, look: Look, *, span: RecapSpan, names: Mapping[str, str], hidden: int) -> Keyboard:
    """To the rest of each topic, to everything, and to the other recap. None in channels, as under digests."""
    if look.kind is ChatKind.CHANNEL:
        return ()
    t = look.translator
    rest = [
        _rest(section.topic, section.more, look, names) for section in recap.sections if section.topic and section.more
    ]
    everything = button(t("button.show_all"), ShowRecap(span, everything=True), colour="primary")
    return keyboard(*rows(rest[:MOST_TOPICS], width=2), [everything] if hidden else [])


def _rest(topic: str, more: int, look: Look, names: Mapping[str, str]) -> Button:
    return button(label(_name(topic, look, names), after=f" +{look.translator.format_number(more)}"), ShowTopic(topic))
