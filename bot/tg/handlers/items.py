"""One item: chosen from a push, with what can be done with it."""

from typing import Final

from bot.core.actions import ExplainItem, SaveItem, ShowItem, ShowItems, ShowSimilar
from bot.core.links import handle_of, host_of
from bot.core.model import RuleKind, StoredDigest, StoredItem
from bot.errors import NotFoundError
from bot.rendering.chat_view import Toast, toast
from bot.rendering.digest_view import bare_title
from bot.rendering.item_menu_view import (
    Choice,
    Offers,
    item_menu_view,
    no_item_view,
    picker_view,
    save_button,
    similar_view,
)
from bot.rendering.message import OutgoingMessage
from bot.rendering.rule_buttons import MuteOffer, RuleOffer
from bot.rendering.why_view import reason_toast
from bot.services.saving import SaveOutcome
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.handlers.rules import mutable, offered, topic_names
from bot.tg.routes import Routes

SIMILAR: Final = 5
_TOPICS: Final = 2  # of an item that are offered


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        buttons={
            ShowItems: pick,
            ShowItem: show,
            SaveItem: save,
            ShowSimilar: similar,
            ExplainItem: explain,
        },
        changing=frozenset({SaveItem}),
    )


def pick(desk: Desk, ask: Ask, action: ShowItems) -> Answer:
    """The items of the push that the button is under, or came from; in place of an item or another page of them."""
    message = picker(desk, ask, action)
    if message is None:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    return Answer(edit=message) if ask.under & {ShowItem, SaveItem} else Answer((message,))


def picker(desk: Desk, ask: Ask, action: ShowItems, *, only_part: bool = False) -> OutgoingMessage | None:
    """The items to choose from; None when there is no such push or digest any more. `only_part`: of a push in several
    messages those of the one that was asked about."""
    reader = desk.reader(ask)
    message_id = action.message_id or ask.message_id or 0
    push = desk.why.of_message(ask.place, message_id) if message_id else None
    if push is not None:
        shown = [one for one in push.shown if not one.item.removed]
        if only_part and push.part:
            shown = [one for one in shown if one.item.id in push.part]
        origin = ShowItems(max(0, push.digest.id), message_id, action.page)
        choices = [Choice(one.item, one.number) for one in shown]
        return picker_view(choices, reader.look, origin=origin, title=_title(push.digest, reader))
    try:
        stored = desk.reading.digest(action.digest_id)
    except NotFoundError:
        return None
    choices = [Choice(item, item.item.number) for item in stored.items if not item.removed]
    origin = ShowItems(action.digest_id, 0, action.page)
    return picker_view(choices, reader.look, origin=origin, title=_title(stored, reader))


def show(desk: Desk, ask: Ask, action: ShowItem) -> Answer:
    """An item with its menu: in place of the list it was chosen from, else below."""
    stored = desk.browsing.find(action.item_id)
    if stored is None:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    chosen = bool(action.digest_id or action.message_id)
    back = ShowItems(action.digest_id, action.message_id) if chosen else None
    message = menu(desk, ask, stored, back=back)
    return Answer(edit=message) if chosen and ShowItem in ask.under else Answer((message,))


def by_link(desk: Desk, ask: Ask, item_id: int) -> Answer:
    """What a shared link opens; a kind word where it leads nowhere."""
    stored = desk.browsing.find(item_id)
    if stored is None:
        return Answer((no_item_view(desk.reader(ask).look),))
    return Answer((menu(desk, ask, stored),))


def menu(desk: Desk, ask: Ask, stored: StoredItem, *, back: ShowItems | None = None) -> OutgoingMessage:
    """An item in full, with what this chat may do with it."""
    reader = desk.reader(ask)
    offers = Offers(desk.saving.has(ask.place, stored.id), _mutes(desk, reader, stored), back)
    return item_menu_view(stored, reader.look, offers)


def save(desk: Desk, ask: Ask, action: SaveItem) -> Answer:
    """Keep the item or let it go; the button turns into its opposite."""
    reader = desk.reader(ask)
    t = reader.look.translator
    if action.on:
        outcome = desk.saving.save(desk.visitor(ask), action.item_id, now=ask.now)
        if outcome in {SaveOutcome.UNKNOWN, SaveOutcome.FULL}:
            return Answer(toast=toast(t, Toast.SAVED_FULL if outcome is SaveOutcome.FULL else Toast.STALE))
    else:
        desk.saving.drop(ask.place, action.item_id)
    said = toast(t, Toast.SAVED_ITEM if action.on else Toast.UNSAVED_ITEM)
    return Answer(toast=said, swap=save_button(action.item_id, reader.look, saved=action.on))


def similar(desk: Desk, ask: Ask, action: ShowSimilar) -> Answer:
    """Items like this one, and what of it can be followed."""
    reader = desk.reader(ask)
    stored = desk.browsing.find(action.item_id)
    if stored is None:
        return Answer(toast=toast(reader.look.translator, Toast.STALE))
    found = desk.browsing.similar(stored, most=SIMILAR)
    return Answer((similar_view(stored, found, reader.look, offers=_follows(desk, reader, stored)),))


def explain(desk: Desk, ask: Ask, action: ExplainItem) -> Answer:
    """Why this item comes, in a toast."""
    reader = desk.reader(ask)
    stored = desk.browsing.find(action.item_id)
    if stored is None:
        return Answer(toast=toast(reader.look.translator, Toast.STALE))
    reason = desk.why.of_item(stored, reader.rules)
    return Answer(toast=reason_toast(reason.cause.value, reason.rule, reader.look, topic_names(desk, reader)))


def author_value(stored: StoredItem) -> str | None:
    """What a rule on the author of an item names: the account if the link shows one, else the name."""
    handle = handle_of(stored.item.url) if stored.item.url else None
    return f"@{handle}" if handle else stored.item.author


def _mutes(desk: Desk, reader: Reader, stored: StoredItem) -> list[MuteOffer]:
    names = topic_names(desk, reader)
    author, item = author_value(stored), stored.item
    host = host_of(item.url) if item.url else None
    wishes = [
        *([(RuleKind.AUTHOR, author, item.author or author)] if author else []),
        *((RuleKind.TOPIC, slug, names.get(slug, slug)) for slug in item.topics[:_TOPICS]),
        *([(RuleKind.HOST, host, host)] if host else []),
    ]
    made = (mutable(desk, reader, kind, value, name=name) for kind, value, name in wishes)
    return [offer for offer in made if offer is not None]


def _follows(desk: Desk, reader: Reader, stored: StoredItem) -> list[RuleOffer]:
    author = author_value(stored)
    wishes = [(RuleKind.TOPIC, slug) for slug in stored.item.topics[:1]]
    wishes += [(RuleKind.AUTHOR, author)] if author else []
    made = (offered(desk, reader, kind, value) for kind, value in wishes)
    return [offer for offer in made if offer is not None]


def _title(stored: StoredDigest, reader: Reader) -> str:
    when = reader.look.translator.format_slot(stored.digest.slot, reader.look.time_zone)
    return f"{bare_title(stored.digest.title)} · {when}" if stored.digest.title.strip() else when
