"""What the last 24 hours would have brought."""

from dataclasses import replace

from bot.core.actions import ShowPreview
from bot.rendering.digest_view import no_digest_view
from bot.rendering.preview_view import Left, preview_view
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(commands={"preview": preview}, buttons={ShowPreview: show})


def preview(desk: Desk, ask: Ask) -> Answer:
    """`/preview`: with the rules, the style and the script of this chat."""
    return _answer(desk, ask, everything=False)


def show(desk: Desk, ask: Ask, action: ShowPreview) -> Answer:
    """The same by button; `everything` leaves the rules aside once."""
    return _answer(desk, ask, everything=action.everything)


def _answer(desk: Desk, ask: Ask, *, everything: bool) -> Answer:
    reader = desk.reader(ask)
    zone = reader.look.time_zone
    made = desk.previews.last_day(reader.subscriber, now=ask.now, zone=zone, everything=everything)
    if made is None:
        return Answer((no_digest_view(reader.look),))
    left = Left(made.hidden, made.repeated)
    look = replace(reader.look, seen=made.seen)
    return Answer(preview_view(made.items, look, period=made.period, left=left, subscribed=reader.subscribed))
