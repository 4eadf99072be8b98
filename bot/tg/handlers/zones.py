"""Time zones: chosen from cities and offsets, typed, or found from a shared location."""

from dataclasses import replace

from bot.core.actions import AskZone, ChooseOffset, SettingsSection, SetZone, ShowZones
from bot.core.model import ChatKind
from bot.core.zones import is_zone, zones_at
from bot.rendering.chat_view import Toast, toast
from bot.rendering.zone_view import zone_question, zone_thanks, zone_view
from bot.services.whereabouts import zone_at
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.handlers.settings import page, settings
from bot.tg.routes import Routes

_MOST_CITIES = 8


def routes() -> Routes:
    """Buttons of this module."""
    return Routes(
        buttons={ShowZones: turn, ChooseOffset: choose_offset, SetZone: set_zone, AskZone: ask_zone},
        changing=frozenset({ShowZones, ChooseOffset, SetZone, AskZone}),
    )


def turn(desk: Desk, ask: Ask, action: ShowZones) -> Answer:
    """Another page of zones."""
    look = desk.reader(ask).look
    return Answer(edit=zone_view(look, now=ask.now, page=action.page, back=action.back))


def choose_offset(desk: Desk, ask: Ask, action: ChooseOffset) -> Answer:
    """The zone of an offset where most people live, at once; where others share the offset, they are shown to choose
    from: their clocks may part in summer."""
    zones = zones_at(action.minutes, ask.now)
    if not zones:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    if len(zones) == 1:
        return set_zone(desk, ask, SetZone(zones[0], action.back))
    _put(desk, ask, zones[0])
    look = desk.reader(ask).look
    message = zone_view(look, now=ask.now, back=action.back, cities=zones[:_MOST_CITIES])
    return Answer(edit=message, toast=toast(look.translator, Toast.SAVED))


def set_zone(desk: Desk, ask: Ask, action: SetZone) -> Answer:
    """A zone, and back to what it was needed for."""
    if not is_zone(action.zone):
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    _put(desk, ask, action.zone)
    return Answer(edit=page(desk, ask, action.back), toast=toast(desk.reader(ask).look.translator, Toast.SAVED))


def ask_zone(desk: Desk, ask: Ask, action: AskZone) -> Answer:
    """Ask for the city or the location, in a private chat: elsewhere many would answer."""
    look = desk.reader(ask).look
    if ask.kind is not ChatKind.PRIVATE:
        return Answer(toast=toast(look.translator, Toast.STALE))
    return Answer((zone_question(look, action.question),))


def city(desk: Desk, ask: Ask) -> Answer:
    """The answer to the question for the city."""
    return settings(desk, replace(ask, text=f"zone {ask.text}"))


def location(desk: Desk, ask: Ask, *, latitude: float, longitude: float) -> Answer:
    """A shared location: the zone there, then the settings as they now are. The location itself is not kept."""
    _put(desk, ask, zone_at(latitude, longitude))
    thanks = zone_thanks(desk.reader(ask).look, now=ask.now)
    return Answer((thanks, page(desk, ask, SettingsSection.MAIN)))


def _put(desk: Desk, ask: Ask, zone: str) -> None:
    desk.subscriptions.change(desk.visitor(ask), lambda wishes: replace(wishes, time_zone=zone), now=ask.now)
