"""Time zones as people name them: a city in one of our languages, a country, an offset, or an IANA name. Apart from the
settings because the zone database and CLDR's names of cities are large, and are only read once somebody asks.

Names come from CLDR (by Babel) and from tzdata's `zone.tab`; `zone_table.txt` adds what people say instead, and lists
the zones in order of how many people live there: of several zones with one offset, the first of that list is meant.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from math import cos, radians
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from bot.core.folding import fold, squash
from bot.core.model import Language

MOST_SUGGESTED: Final = 6
LONGEST_NAME: Final = 60  # characters; what is longer is no city
_LOCALES: Final = {Language.ZH_HANS: "zh_Hans_CN", Language.ZH_HANT: "zh_Hant_TW", Language.EN: "en"}
_LIKELY: Final = {
    Language.ZH_HANS: (
        "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "America/Los_Angeles", "America/New_York", "Europe/London",
    ),
    Language.ZH_HANT: (
        "Asia/Taipei", "Asia/Hong_Kong", "Asia/Macau", "Asia/Tokyo", "America/Los_Angeles", "America/New_York",
    ),
    Language.EN: (
        "America/New_York", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Asia/Kolkata", "Asia/Singapore",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ZoneMatch:
    """What a name means: `zone`, when that is clear; else zones it may mean, the likeliest first."""

    zone: str | None = None
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    """A line of zone.tab: the principal city of a zone."""

    zone: str
    country: str
    latitude: float
    longitude: float


@lru_cache(maxsize=1024)  # an import asks a million times
def is_zone(name: str) -> bool:
    """Whether the zone database has this zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def offset_minutes(zone: str, now: datetime) -> int:
    """How far a zone's clocks are ahead of UTC at `now`, in minutes."""
    return _minutes(now.astimezone(ZoneInfo(zone)).utcoffset())


def offset_name(minutes: int) -> str:
    """An offset as people write it: `UTC+8`, `UTC−3:30`."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes >= 0 else "−"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def current_offsets(now: datetime) -> tuple[int, ...]:
    """Every offset that some place has at `now`, and UTC−12, which ships keep; in minutes, from west to east."""
    return tuple(sorted({-720, *(offset_minutes(zone, now) for zone in _zones())}))


def zones_at(minutes: int, now: datetime) -> tuple[str, ...]:
    """The zones with this offset at `now`, those with most people first. Where nobody lives, the zone of ships."""
    found = tuple(zone for zone in _zones() if offset_minutes(zone, now) == minutes)
    at_sea = f"Etc/GMT{-minutes // 60:+d}"
    return found or ((at_sea,) if minutes % 60 == 0 and is_zone(at_sea) else ())


def likely_zones(language: Language) -> tuple[str, ...]:
    """Where readers of a language mostly live."""
    return _LIKELY[language]


def city_name(zone: str, language: Language) -> str:
    """What a zone's principal city is called in a language; an offset for zones at sea."""
    if zone.startswith("Etc/GMT") and zone[7:].lstrip("+-").isdigit():
        return offset_name(-60 * int(zone[7:]))
    return _cities(language).get(zone) or zone.rpartition("/")[2].replace("_", " ")


def find_zone(text: str, now: datetime) -> ZoneMatch:
    """What a reader means by a city, a country, an offset (`+9`, `UTC+8`, `GMT-3:30`) or an IANA name."""
    text = text.strip()[:LONGEST_NAME]
    if _key(text) in {"utc", "gmt", "z"}:
        return ZoneMatch("UTC")
    minutes = _typed_offset(text)
    if minutes is not None:
        return _first(zones_at(minutes, now))
    key = _key(text)
    exact = _iana().get(text.casefold().replace(" ", "_"))
    if exact:
        return ZoneMatch(exact)
    meant = _names().get(key, ())
    if meant and _alike(meant, now):
        return ZoneMatch(meant[0])
    return ZoneMatch(near=meant[:MOST_SUGGESTED] or _near(key))


def nearest_zone(latitude: float, longitude: float) -> str:
    """The zone whose principal city is nearest to a spot (degrees). Wrong near some borders: readers see the time it
    gives, and choose another."""
    narrow = cos(radians(latitude))

    def distance(spot: _Spot) -> float:
        east = (spot.longitude - longitude + 180) % 360 - 180
        return (spot.latitude - latitude) ** 2 + (east * narrow) ** 2

    return min(_spots(), key=distance).zone


def _key(text: str) -> str:
    """A name as it is compared: without case, width, script, blanks and accents."""
    letters = unicodedata.normalize("NFD", text)
    return squash("".join(char for char in letters if unicodedata.category(char) != "Mn"))


def _alike(zones: tuple[str, ...], now: datetime) -> bool:
    """Whether the clocks of all these zones agree, in summer and in winter."""
    half = now + timedelta(days=182)
    return len({(offset_minutes(zone, now), offset_minutes(zone, half)) for zone in zones}) == 1


def _first(zones: tuple[str, ...]) -> ZoneMatch:
    return ZoneMatch(zones[0], zones[1:MOST_SUGGESTED]) if zones else ZoneMatch()


def _minutes(offset: timedelta | None) -> int:
    return round((offset or timedelta()).total_seconds() / 60)


def _near(key: str) -> tuple[str, ...]:
    """Names that begin with what was typed, or hold it, or look much like it."""
    if not key:
        return ()
    names = _names()
    starting = sorted((name for name in names if name.startswith(key)), key=len)
    holding = [name for name in names if len(key) > 1 and key in name]
    alike = get_close_matches(key, names, n=MOST_SUGGESTED, cutoff=0.7)
    found = dict.fromkeys(zone for name in (*starting, *alike, *holding) for zone in names[name][:1])
    return tuple(found)[:MOST_SUGGESTED]


@cache
def _offset_pattern() -> re.Pattern[str]:
    return re.compile(r"(?:(?:utc|gmt)\s*)?([+-])\s*([0-9]{1,2})(?::?([0-9]{2}))?", re.ASCII)


@cache
def _district_pattern() -> re.Pattern[str]:
    return re.compile(r"([东西])([0-9]{1,2}|[零一二三四五六七八九十]{1,2})区?")


def _typed_offset(text: str) -> int | None:
    """`+9`, `UTC+8`, `GMT-3:30`, `-0330` and `东八区`, in minutes."""
    folded = fold(text).replace("−", "-").replace("–", "-").strip()
    if district := _district_pattern().fullmatch(folded):
        hours = int(district[2]) if district[2].isdigit() else _chinese_number(district[2])
        return (60 if district[1] == "东" else -60) * hours if hours <= 12 else None
    match = _offset_pattern().fullmatch(folded)
    if match is None:
        return None
    minutes = 60 * int(match[2]) + int(match[3] or 0)
    return minutes if match[1] == "+" else -minutes


def _chinese_number(digits: str) -> int:
    if digits.startswith("十"):
        return 10 + (_chinese_number(digits[1:]) if digits[1:] else 0)
    return "零一二三四五六七八九".find(digits[-1])


@cache
def _spots() -> tuple[_Spot, ...]:
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines()
    fields = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple(_Spot(zone, country, *_degrees(where)) for country, where, zone, *_ in fields)


def _degrees(where: str) -> tuple[float, float]:
    """ISO 6709, as zone.tab writes it: ±DDMM±DDDMM or ±DDMMSS±DDDMMSS."""
    half = max(where.rfind("+"), where.rfind("-"))
    return _angle(where[:half], 2), _angle(where[half:], 3)


def _angle(text: str, digits: int) -> float:
    value, rest = int(text[1 : 1 + digits]), text[1 + digits :]
    angle = value + int(rest[:2]) / 60 + int(rest[2:] or 0) / 3600
    return -angle if text.startswith("-") else angle


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    """Zones by how many people live there, with what else their cities are called."""
    lines = (files("bot.core") / "zone_table.txt").read_text(encoding="utf-8").splitlines()
    words = (line.split() for line in lines if line)
    return {zone: tuple(names) for zone, *names in words}


@cache
def _zones() -> tuple[str, ...]:
    """Every zone with a place on the map, those with most people first."""
    return tuple(dict.fromkeys((*_table(), *(spot.zone for spot in _spots()))))


@cache
def _iana() -> Mapping[str, str]:
    """Zones by their IANA name without case; old names mean the same as ever."""
    old = {name for name in get_global("zone_aliases") if is_zone(name) and "/" in name}
    return {name.casefold(): name for name in (*old, *_zones())}


@cache
def _cities(language: Language) -> Mapping[str, str]:
    """The principal cities that CLDR names, which keeps the first name a zone had (Asia/Calcutta): newer ones too."""
    zones = Locale.parse(_LOCALES[language]).time_zones
    cities = {zone: str(names["city"]) for zone, names in zones.items() if "city" in names}
    renamed = {new: cities[old] for old, new in get_global("zone_aliases").items() if old in cities}
    return {**renamed, **cities}


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Zones by every name, folded: cities and what else they are called, then countries, which may mean several."""
    found: dict[str, dict[str, None]] = {}
    cities = ((zone, city_name(zone, language)) for zone in _zones() for language in Language)
    said = ((zone, name) for zone, names in _table().items() for name in names)
    for zone, name in (*said, *cities):
        found.setdefault(_key(name), {})[zone] = None
    for name, zones in _countries().items():
        found.setdefault(name, zones)
    return {name: tuple(zones) for name, zones in found.items() if name}


@cache
def _countries() -> Mapping[str, dict[str, None]]:
    """The zones of each country, by its name in each language."""
    inside: dict[str, dict[str, None]] = {}
    country_of = {spot.zone: spot.country for spot in _spots()}
    territories = [Locale.parse(name).territories for name in _LOCALES.values()]
    for zone in _zones():
        for named in territories:
            name = str(named.get(country_of.get(zone, ""), ""))
            inside.setdefault(_key(name), {})[zone] = None
    return inside
