"""Time zones: where it is what time. Likely cities first, then every offset, or the reader's own city or location."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.actions import (
    AskZone,
    ChooseOffset,
    Noop,
    SettingsSection,
    SetZone,
    ShowSettings,
    ShowZones,
    ZoneQuestion,
)
from bot.core.model import ChatKind
from bot.core.zones import city_name, current_offsets, likely_zones, offset_minutes, offset_name
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, rich_bold
from bot.rendering.message import Asking, Button, OutgoingMessage, Request
from bot.rendering.text import clean_line, shorten

PAGE_SIZE: Final = 20  # offsets
PAGES: Final = 3  # the first is of likely cities
_MARK: Final = "✓ "
_LONGEST: Final = 60


def zone_text(look: Look, *, now: datetime) -> str:
    """The zone in force: its city, its offset, and what time it is there."""
    zone = look.time_zone.key
    return look.translator(
        "zone.is",
        city=city_name(zone, look.translator.language),
        offset=offset_name(offset_minutes(zone, now)),
        time=look.translator.format_time(now, look.time_zone),
    )


def zone_view(
    look: Look,
    *,
    now: datetime,
    page: int = 1,
    back: SettingsSection = SettingsSection.MAIN,
    cities: Sequence[str] = (),
    first: bool = False,
) -> OutgoingMessage:
    """A page of zones. `cities` are zones to choose from instead of the likely ones; `first`: a time was chosen by
    somebody whose zone nobody knows."""
    t = look.translator
    page = min(page, PAGES)
    text = TextBuilder().bold(t("settings.zone")).add("\n\n")
    text.template(t.template("settings.zone_is"), value=rich_bold(zone_text(look, now=now)))
    about = "zone.first" if first else "zone.same" if cities and page == 1 else "zone.about"
    block = text.add("\n\n" + t(about, command=look.command("settings"))).block()
    if page == 1:
        own = look.time_zone.key
        likely = cities or tuple(dict.fromkeys((own, *likely_zones(t.language))))
        choices = [_city(look, zone, back, now=now) for zone in likely]
    else:
        offsets = current_offsets(now)[(page - 2) * PAGE_SIZE : (page - 1) * PAGE_SIZE]
        choices = [_offset(look, minutes, back, now=now) for minutes in offsets]
    ask = [] if look.kind is not ChatKind.PRIVATE or page > 1 else _questions(look)
    way = [button(t("button.done" if first or back is not SettingsSection.MAIN else "button.back"), ShowSettings(back))]
    return OutgoingMessage(
        block.text, block.entities, keyboard(*rows(choices, width=2), ask, _turning(look, page, back), way)
    )


def zone_question(look: Look, question: ZoneQuestion) -> OutgoingMessage:
    """Ask for a city's name, or for the location by Telegram's own button."""
    t = look.translator
    if question is ZoneQuestion.CITY:
        return OutgoingMessage(t("zone.which_city"), request=Request(Asking.CITY, t("zone.example")))
    return OutgoingMessage(t("zone.share"), request=Request(Asking.LOCATION, t("button.location")))


def zone_thanks(look: Look, *, now: datetime) -> OutgoingMessage:
    """The zone found from a location; the keyboard that asked for it goes."""
    text = look.translator("zone.found", value=zone_text(look, now=now))
    return OutgoingMessage(text, request=Request(Asking.NOTHING))


def zone_unknown(look: Look, typed: str, near: Sequence[str], *, now: datetime) -> OutgoingMessage:
    """A name that means no zone, or several: those it may mean, else the ways to say it."""
    t = look.translator
    name = shorten(clean_line(typed), _LONGEST) or "?"
    key = "zone.which" if near else "zone.unknown"
    text = t(key, name=name, command=look.command("settings"))
    choices = [_city(look, zone, SettingsSection.MAIN, now=now) for zone in near]
    door = button(t("button.zone"), ShowSettings(SettingsSection.ZONE))
    return OutgoingMessage(text, keyboard=keyboard(*rows(choices, width=2), [door]))


def _city(look: Look, zone: str, back: SettingsSection, *, now: datetime) -> Button:
    chosen = zone == look.time_zone.key
    name = city_name(zone, look.translator.language)
    time = look.translator.format_time(now, ZoneInfo(zone))
    text = label(name, before=_MARK if chosen else "", after=f" {time}")
    return button(text, SetZone(zone, back), colour="success" if chosen else None)


def _offset(look: Look, minutes: int, back: SettingsSection, *, now: datetime) -> Button:
    time = now.astimezone(timezone(timedelta(minutes=minutes)))
    chosen = minutes == offset_minutes(look.time_zone.key, now)
    text = label(offset_name(minutes), before=_MARK if chosen else "", after=f" · {time:%H:%M}")
    return button(text, ChooseOffset(minutes, back), colour="success" if chosen else None)


def _questions(look: Look) -> list[Button]:
    t = look.translator
    return [
        button(t("button.city"), AskZone(ZoneQuestion.CITY)),
        button(t("button.location"), AskZone(ZoneQuestion.LOCATION)),
    ]


def _turning(look: Look, page: int, back: SettingsSection) -> list[Button]:
    t = look.translator
    earlier = [button(t("button.previous"), ShowZones(page - 1, back))] if page > 1 else []
    further = "button.offsets" if page == 1 else "button.next"
    later = [button(t(further), ShowZones(page + 1, back))] if page < PAGES else []
    return [*earlier, *([button(f"{page}/{PAGES}", Noop())] if page > 1 else []), *later]
