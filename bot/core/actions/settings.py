"""The settings message and what is chosen in it. Every button names the state it leads to, never a step from wherever
things are: pressed twice, or late, it changes nothing that its reader did not see.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.core.actions.wire import FLAG, PAGE, Field, Wire, choice, signed
from bot.core.choosing import DAYS, MIN_ITEMS, PER_MESSAGE
from bot.core.model import Language, Night, Repeats, Script, Style


class SettingsSection(StrEnum):
    """The pages of the settings message."""

    MAIN = "main"
    WHEN = "when"
    WEEKLY = "weekly"
    QUIET = "quiet"
    ZONE = "zone"
    LANGUAGE = "language"
    STYLE = "style"
    SCRIPT = "script"
    FORMAT = "format"
    REPEATS = "repeats"


class SettingFlag(StrEnum):
    """Settings that are on or off, each named as in Preferences."""

    RICH = "rich"
    SILENT = "silent"
    LINK_PREVIEW = "link_preview"


class ZoneQuestion(StrEnum):
    """How somebody is asked where they are, if not by buttons."""

    CITY = "city"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """One page of the settings message, edited in place."""

    section: SettingsSection = SettingsSection.MAIN


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Choose the language of the interface."""

    language: Language


@dataclass(frozen=True, slots=True)
class SetStyle:
    """Choose how much of an item is shown."""

    style: Style


@dataclass(frozen=True, slots=True)
class SetScript:
    """Choose the script of Chinese content."""

    script: Script


@dataclass(frozen=True, slots=True)
class Begin:
    """The first wish, from the greeting: pushes daily at `time` (`HH:MM`), or each digest (None)."""

    time: str | None


@dataclass(frozen=True, slots=True)
class SetEach:
    """Each digest as it comes, instead of any hour."""


@dataclass(frozen=True, slots=True)
class ToggleDaily:
    """Daily at this time, or not any more."""

    time: str
    on: bool


@dataclass(frozen=True, slots=True)
class MoveDaily:
    """Daily at `after` instead of at `before`; nothing happens if it is not daily at `before`."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ToggleWeekly:
    """Weekly on this day at this time, or not on this day any more."""

    day: str
    time: str
    on: bool


@dataclass(frozen=True, slots=True)
class SetWeeklyTime:
    """The time of every weekly day."""

    time: str


@dataclass(frozen=True, slots=True)
class SetMinItems:
    """Fewer items than these wait for more."""

    count: int


@dataclass(frozen=True, slots=True)
class SetQuiet:
    """Quiet hours, as in Preferences; None for none."""

    quiet: str | None


@dataclass(frozen=True, slots=True)
class SetNight:
    """What quiet hours do."""

    night: Night


@dataclass(frozen=True, slots=True)
class ShowZones:
    """A page of offsets; `back` is the page of the settings that sent its reader here."""

    page: int = 1
    back: SettingsSection = SettingsSection.MAIN


@dataclass(frozen=True, slots=True)
class ChooseOffset:
    """The most populous zone of an offset (minutes east of UTC); others of the same offset are then shown."""

    minutes: int
    back: SettingsSection = SettingsSection.MAIN


@dataclass(frozen=True, slots=True)
class SetZone:
    """A time zone by its IANA name."""

    zone: str
    back: SettingsSection = SettingsSection.MAIN


@dataclass(frozen=True, slots=True)
class AskZone:
    """Ask for a city's name or a location."""

    question: ZoneQuestion


@dataclass(frozen=True, slots=True)
class SetFlag:
    """Turn a setting on or off."""

    flag: SettingFlag
    on: bool


@dataclass(frozen=True, slots=True)
class SetPerMessage:
    """Items in one message; 0 for as many as fit."""

    count: int


@dataclass(frozen=True, slots=True)
class SetRepeats:
    """What becomes of stories that were sent before."""

    repeats: Repeats


@dataclass(frozen=True, slots=True)
class SetPaused:
    """Pause the pushes, or let them go on."""

    on: bool


SettingsAction = (
    ShowSettings
    | SetLanguage
    | SetStyle
    | SetScript
    | Begin
    | SetEach
    | ToggleDaily
    | MoveDaily
    | ToggleWeekly
    | SetWeeklyTime
    | SetMinItems
    | SetQuiet
    | SetNight
    | ShowZones
    | ChooseOffset
    | SetZone
    | AskZone
    | SetFlag
    | SetPerMessage
    | SetRepeats
    | SetPaused
)

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])", re.ASCII)
_ZONE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,39}", re.ASCII)


def _write_clock(time: str) -> str:
    wire = time.replace(":", "", 1)
    if _read_clock(wire) != time:
        raise ValueError(time)
    return wire


def _read_clock(wire: str) -> str:
    match = _CLOCK.fullmatch(wire)
    if match is None:
        raise ValueError(wire)
    return f"{match[1]}:{match[2]}"


def _write_quiet(quiet: str | None) -> str:
    if quiet is None:
        return "off"
    start, _, end = quiet.partition("-")
    return f"{_write_clock(start)}-{_write_clock(end)}"


def _read_quiet(wire: str) -> str | None:
    if wire == "off":
        return None
    start, _, end = wire.partition("-")
    if start == end:
        raise ValueError(wire)
    return f"{_read_clock(start)}-{_read_clock(end)}"


def _zone_name(name: str) -> str:
    if not _ZONE_NAME.fullmatch(name):
        raise ValueError(name)
    return name


_TIME: Final = Field(_write_clock, _read_clock)
_FIRST_TIME: Final = Field(
    lambda time: "each" if time is None else _write_clock(time),
    lambda wire: None if wire == "each" else _read_clock(wire),
)
_SECTION: Final = choice({section.value: section for section in SettingsSection})
_DAY: Final = choice({day: day for day in DAYS})

WIRE: Final[Wire] = {
    ShowSettings: ("set", {"section": _SECTION}),
    SetLanguage: ("lang", {"language": choice({language.value: language for language in Language})}),
    SetStyle: ("style", {"style": choice({style.value: style for style in Style})}),
    SetScript: ("scr", {"script": choice({script.value: script for script in Script})}),
    Begin: ("beg", {"time": _FIRST_TIME}),
    SetEach: ("each", {}),
    ToggleDaily: ("day", {"time": _TIME, "on": FLAG}),
    MoveDaily: ("mvd", {"before": _TIME, "after": _TIME}),
    ToggleWeekly: ("wkd", {"day": _DAY, "time": _TIME, "on": FLAG}),
    SetWeeklyTime: ("wkt", {"time": _TIME}),
    SetMinItems: ("min", {"count": choice({str(count): count for count in MIN_ITEMS})}),
    SetQuiet: ("qt", {"quiet": Field(_write_quiet, _read_quiet)}),
    SetNight: ("ngt", {"night": choice({night.value: night for night in Night})}),
    ShowZones: ("zns", {"page": PAGE, "back": _SECTION}),
    ChooseOffset: ("off", {"minutes": signed(-14 * 60, 14 * 60), "back": _SECTION}),
    SetZone: ("zone", {"back": _SECTION, "zone": Field(_zone_name, _zone_name)}),
    AskZone: ("askz", {"question": choice({question.value: question for question in ZoneQuestion})}),
    SetFlag: ("flag", {"flag": choice({flag.value: flag for flag in SettingFlag}), "on": FLAG}),
    SetPerMessage: ("per", {"count": choice({str(count): count for count in PER_MESSAGE})}),
    SetRepeats: ("rep", {"repeats": choice({repeats.value: repeats for repeats in Repeats})}),
    SetPaused: ("paus", {"on": FLAG}),
}
