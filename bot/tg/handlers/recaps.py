"""Recaps of today and of the week, and digests by their date."""

from typing import Final

from bot.core.actions import ShowRecap
from bot.core.days import parse_day_hour
from bot.core.model import StoredDigest
from bot.core.recap import RecapSpan
from bot.rendering.digest_view import latest_view, no_digest_view
from bot.rendering.message import OutgoingMessage
from bot.rendering.recap_view import nearest_view, recap_view, which_day_view
from bot.services.reading import choose
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.routes import Routes

_MOST_AT_ONCE: Final = 6  # digests of one day: one every four hours


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(commands={"today": today, "week": week, "digest": digest}, buttons={ShowRecap: show_recap})


def today(desk: Desk, ask: Ask) -> Answer:
    """`/today`."""
    return _recap(desk, ask, RecapSpan.TODAY)


def week(desk: Desk, ask: Ask) -> Answer:
    """`/week`."""
    return _recap(desk, ask, RecapSpan.WEEK)


def show_recap(desk: Desk, ask: Ask, action: ShowRecap) -> Answer:
    """The same by button; `everything` leaves the rules aside once."""
    return _recap(desk, ask, action.span, everything=action.everything)


def digest(desk: Desk, ask: Ask) -> Answer:
    """`/digest DATE [HH]`: the digest of an hour, or those of a day; where there is none, the nearest to choose."""
    reader = desk.reader(ask)
    newest = desk.reading.latest()
    if not newest:
        return Answer((no_digest_view(reader.look),))
    zone = reader.look.time_zone
    wanted = parse_day_hour(ask.text, today=desk.today(ask, reader).date())
    if wanted is None:
        example = newest[0].digest.slot.astimezone(zone).date()
        return Answer((which_day_view(reader.look, text=ask.text, example=example),))
    day, hour = wanted
    found = desk.recaps.of_day(day, zone)
    if not found:
        return Answer((nearest_view(day, desk.recaps.near(day, zone), reader.look),))
    if hour is None:
        shown, rest = found[-_MOST_AT_ONCE:], found[:-_MOST_AT_ONCE]
        more = (nearest_view(day, rest, reader.look, more=True),) if rest else ()
        return Answer(tuple(message for stored in shown for message in _digest(stored, reader)) + more)
    at_hour = [stored for stored in found if stored.digest.slot.astimezone(zone).hour == hour]
    if not at_hour:
        return Answer((nearest_view(day, found, reader.look, hour=hour),))
    return Answer(_digest(at_hour[0], reader))


def _digest(stored: StoredDigest, reader: Reader) -> tuple[OutgoingMessage, ...]:
    shown, selection = choose(stored, reader.rules)
    return latest_view(stored, shown, reader.look, hidden=len(selection.hidden))


def _recap(desk: Desk, ask: Ask, span: RecapSpan, *, everything: bool = False) -> Answer:
    reader = desk.reader(ask)
    rules = () if everything else reader.rules
    told = desk.recaps.tell(span, now=ask.now, zone=reader.look.time_zone, rules=rules)
    if told is None:
        return Answer((no_digest_view(reader.look),))
    names = {topic.slug: topic.names[reader.language] for topic in desk.reading.topics.topics}
    return Answer(recap_view(told.recap, reader.look, span=span, period=told.period, names=names, hidden=told.hidden))
