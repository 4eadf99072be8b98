"""Bookmarks: kept by number from a push, listed, let go and put back."""

from bot.core.actions import DropSaved, KeepSaved, ShowDigest, ShowItems, ShowSaved
from bot.core.model import StoredItem
from bot.rendering.chat_view import Toast, toast
from bot.rendering.message import OutgoingMessage
from bot.rendering.saved_view import PAGE_SIZE, kept_view, last_page, save_usage_view, saved_view
from bot.services.saving import MOST_SAVED
from bot.services.why import Explanation
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.handlers.items import picker
from bot.tg.routes import Routes

_LONGEST_NUMBER = 4  # digits


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"save": save, "saved": saved},
        buttons={ShowSaved: turn, DropSaved: drop, KeepSaved: keep},
        changing=frozenset({"save", DropSaved, KeepSaved}),
    )


def save(desk: Desk, ask: Ask) -> Answer:
    """`/save 4`: item 4 of the push this replies to, else of the last push, else of the newest digest. Without a number
    the items to choose from."""
    look = desk.reader(ask).look
    push = asked_about(desk, ask) or desk.why.of_last(ask.place) or desk.why.of_digest(None, ())
    number = ask.text.strip().rstrip(".。、)")
    if push is None or (number and not (number.isdecimal() and len(number) <= _LONGEST_NUMBER)):
        return Answer((save_usage_view(look),))
    if not number:
        origin = ShowItems(max(0, push.digest.id))
        shown = picker(desk, ask, origin, only_part=True) if ask.message_id else None
        return Answer((shown or save_usage_view(look),))
    stored = push.item(int(number))
    if stored is None:
        return Answer((save_usage_view(look, number=str(int(number))),))
    return Answer((_kept(desk, ask, stored),))


def saved(desk: Desk, ask: Ask) -> Answer:
    """`/saved`."""
    return Answer((_list(desk, ask, 1),))


def turn(desk: Desk, ask: Ask, action: ShowSaved) -> Answer:
    """A page of the list: in place where the button was under the list, else below."""
    message = _list(desk, ask, action.page)
    return Answer(edit=message) if ask.under & {DropSaved, KeepSaved} else Answer((message,))


def drop(desk: Desk, ask: Ask, action: DropSaved) -> Answer:
    """Let a bookmark go; one tap puts it back."""
    dropped = desk.browsing.find(action.item_id) if desk.saving.drop(ask.place, action.item_id) else None
    said = toast(desk.reader(ask).look.translator, Toast.UNSAVED_ITEM)
    return Answer(edit=_list(desk, ask, action.page, dropped=dropped), toast=said)


def keep(desk: Desk, ask: Ask, action: KeepSaved) -> Answer:
    """Put a bookmark back."""
    desk.saving.save(desk.visitor(ask), action.item_id, now=ask.now)
    said = toast(desk.reader(ask).look.translator, Toast.SAVED_ITEM)
    return Answer(edit=_list(desk, ask, action.page), toast=said)


def asked_about(desk: Desk, ask: Ask) -> Explanation | None:
    """The push or digest that the message is, to which a command replies or whose button was pressed."""
    if ask.message_id is None:
        return None
    push = desk.why.of_message(ask.place, ask.message_id)
    if push is not None:
        return push
    shown = (one.digest_id for one in ask.buttons if isinstance(one, ShowItems | ShowDigest) and one.digest_id)
    digest_id = next(shown, None)
    return None if digest_id is None else desk.why.of_digest(digest_id, desk.reader(ask).rules)


def _kept(desk: Desk, ask: Ask, stored: StoredItem) -> OutgoingMessage:
    outcome = desk.saving.save(desk.visitor(ask), stored.id, now=ask.now)
    return kept_view(stored, desk.reader(ask).look, outcome=outcome.value, most=MOST_SAVED)


def _list(desk: Desk, ask: Ask, page: int, *, dropped: StoredItem | None = None) -> OutgoingMessage:
    """A page; one that does not exist any more shows the last that does."""
    total = desk.saving.page(ask.place, limit=1, offset=0).total
    page = min(page, last_page(total))
    found = desk.saving.page(ask.place, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return saved_view(found.items, desk.reader(ask).look, page=page, total=found.total, dropped=dropped)
