"""The newest digests, and one digest with or without the rules."""

from bot.core.actions import MOST_DIGESTS, ShowDigest, ShowLatest
from bot.core.model import StoredDigest
from bot.errors import NotFoundError
from bot.rendering.chat_view import ErrorKind, Toast, error_view, toast
from bot.rendering.digest_view import latest_view, no_digest_view
from bot.rendering.message import OutgoingMessage
from bot.services.reading import choose
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.routes import Routes

_LONGEST_NUMBER = 4  # digits


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(commands={"latest": latest}, buttons={ShowLatest: show_latest, ShowDigest: show_digest})


def latest(desk: Desk, ask: Ask) -> Answer:
    """`/latest [n]`: the newest n digests, oldest of them first, as this chat wants them."""
    number = ask.text.strip() or "1"
    # Short ones only: `int` is slow on thousands of digits, and refuses more.
    count = int(number) if number.isdecimal() and len(number) <= _LONGEST_NUMBER else 0
    if not 1 <= count <= MOST_DIGESTS:
        return Answer((error_view(desk.reader(ask).look, kind=ErrorKind.BAD_NUMBER, most=MOST_DIGESTS),))
    return _newest(desk, ask, count)


def show_latest(desk: Desk, ask: Ask, action: ShowLatest) -> Answer:
    """The same by button; `everything` leaves the rules aside once."""
    return _newest(desk, ask, action.count, everything=action.everything)


def show_digest(desk: Desk, ask: Ask, action: ShowDigest) -> Answer:
    """One digest, below: what was sent stays as it is."""
    reader = desk.reader(ask)
    try:
        stored = desk.reading.digest(action.digest_id)
    except NotFoundError:
        return Answer(toast=toast(reader.look.translator, Toast.STALE))
    return Answer(_messages(stored, reader, everything=action.everything))


def _newest(desk: Desk, ask: Ask, count: int, *, everything: bool = False) -> Answer:
    reader = desk.reader(ask)
    found = desk.reading.latest(count)
    if not found:
        return Answer((no_digest_view(reader.look),))
    # Oldest first, so that the newest ends up at the bottom, where a chat is read.
    return Answer(tuple(m for stored in reversed(found) for m in _messages(stored, reader, everything=everything)))


def _messages(stored: StoredDigest, reader: Reader, *, everything: bool) -> tuple[OutgoingMessage, ...]:
    shown, selection = choose(stored, () if everything else reader.rules)
    return latest_view(stored, shown, reader.look, hidden=len(selection.hidden))
