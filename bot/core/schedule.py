"""When: schedule entries and quiet hours as readers write them, and the instants they mean in a time zone.

Apart because clocks are put forward and back, and all of that is decided here: a time that a spring gap swallows
happens once, right after the gap; a time that an autumn hour repeats happens once, the first time. All instants are
aware UTC; local time never leaves this module.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

Zone = TypeVar("Zone", bound=tzinfo)

DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
EACH: Final = "each"

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_LEAP: Final = 2  # days around an instant in which its local neighbours lie: zones have skipped a whole day


class Rhythm(StrEnum):
    """How often an entry of a schedule comes round."""

    EACH = "each"  # with every digest
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a schedule. `minute` of the local day; `weekday` from Monday, 0, for weekly ones."""

    rhythm: Rhythm
    minute: int = 0
    weekday: int = 0

    def __str__(self) -> str:
        """As it is stored and exported: `each`, `daily 08:00`, `weekly MON 08:00`."""
        if self.rhythm is Rhythm.EACH:
            return EACH
        day = f" {DAYS[self.weekday]}" if self.rhythm is Rhythm.WEEKLY else ""
        return f"{self.rhythm}{day} {clock(self.minute)}"

    @property
    def period(self) -> timedelta:
        """The time from one to the next."""
        return _WEEK if self.rhythm is Rhythm.WEEKLY else _DAY


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours: from `start` up to but not at `end`, minutes of the local day, over midnight if `end` is earlier.
    An equal start and end leave no quiet time: a chat that may never be written to is no wish but a slip."""

    start: int
    end: int

    def __str__(self) -> str:
        """As it is stored: `HH:MM-HH:MM`."""
        return f"{clock(self.start)}-{clock(self.end)}"

    def covers(self, minute: float) -> bool:
        """Whether a minute of the local day is quiet."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def clock(minute: int) -> str:
    """A minute of the day as `HH:MM`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def parse_clock(text: str) -> int:
    """The minute of the day that `HH:MM` (or `H:MM`) names. Raises ValueError."""
    hour, colon, minute = text.partition(":")
    short = hour.isascii() and minute.isascii() and hour.isdecimal() and minute.isdecimal()
    if not (colon and short and len(hour) <= 2 and len(minute) == 2 and int(hour) < 24 and int(minute) < 60):
        raise ValueError(f"{text!r} is no time of the day; write HH:MM")
    return int(hour) * 60 + int(minute)


def parse_entry(text: str) -> Entry:
    """An entry of a schedule. Raises ValueError for anything but `each`, `daily HH:MM` and `weekly MON HH:MM`."""
    match text.split():
        case ["each"]:
            return Entry(Rhythm.EACH)
        case ["daily", when]:
            return Entry(Rhythm.DAILY, parse_clock(when))
        case ["weekly", day, when] if day.upper() in DAYS:
            return Entry(Rhythm.WEEKLY, parse_clock(when), DAYS.index(day.upper()))
    raise ValueError(f"{text!r} is no schedule; write each, daily HH:MM or weekly MON HH:MM")


def parse_quiet(text: str) -> Quiet:
    """Quiet hours written `HH:MM-HH:MM`. Raises ValueError."""
    found = re.fullmatch(r"\s*(\d{1,2}:\d{2})\s*[-–—~～]\s*(\d{1,2}:\d{2})\s*", text)
    if not found:
        raise ValueError(f"{text!r} are no quiet hours; write HH:MM-HH:MM")
    return Quiet(parse_clock(found[1]), parse_clock(found[2]))


@lru_cache(maxsize=4096)
def entries_of(schedule: tuple[str, ...]) -> tuple[Entry, ...]:
    """The entries of a stored schedule, each once; what cannot be read is left out, so that one slip of an import does
    not silence a reader's other wishes."""
    found: dict[Entry, None] = {}
    for text in schedule:
        try:
            found[parse_entry(text)] = None
        except ValueError:
            continue
    return tuple(found)


@lru_cache(maxsize=4096)
def quiet_of(text: str | None) -> Quiet | None:
    """Stored quiet hours; None when there are none, they are empty, or nobody can read them."""
    try:
        quiet = parse_quiet(text) if text else None
    except ValueError:
        return None
    return quiet if quiet and quiet.start != quiet.end else None


def zone_of(name: str | None, default: Zone) -> ZoneInfo | Zone:
    """The zone of a name, or `default` for none and for a name this machine does not know."""
    return (_zone(name) if name else None) or default


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def instant_of(day: date, minute: int, zone: tzinfo) -> datetime:
    """The instant of a local time: the first of two, and the end of the gap for one that is skipped."""
    local = datetime.combine(day, time(minute // 60, minute % 60), zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), instant, zone)


def _has_day(zone: tzinfo, day: date) -> bool:
    return instant_of(day, 0, zone).astimezone(zone).date() == day


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first second after `before` that has the offset of `after`."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def occurrences(entry: Entry, zone: tzinfo, *, after: datetime, until: datetime) -> Iterator[datetime]:
    """The instants of an entry with after < instant <= until, in order. `each` has none: no clock brings it. Nor has a
    day that a zone left out altogether (Samoa's 30 December 2011)."""
    if entry.rhythm is Rhythm.EACH or until <= after:
        return
    day = after.astimezone(zone).date() - _LEAP * _DAY
    last = until.astimezone(zone).date() + _LEAP * _DAY
    if entry.rhythm is Rhythm.WEEKLY:
        day += timedelta(days=(entry.weekday - day.weekday()) % 7)
    while day <= last:
        instant = instant_of(day, entry.minute, zone)
        if after < instant <= until and _has_day(zone, day):
            yield instant
        day += entry.period


@lru_cache(maxsize=1024)  # a thousand readers of one schedule are asked about in a row
def last_due(entry: Entry, zone: tzinfo, *, after: datetime, until: datetime) -> datetime | None:
    """The latest instant of an entry with after < instant <= until; however long that time was, only its end is
    looked at."""
    recent = max(after, until - entry.period - _LEAP * _DAY)
    return max(occurrences(entry, zone, after=recent, until=until), default=None)


@lru_cache(maxsize=1024)
def next_due(entry: Entry, zone: tzinfo, *, after: datetime) -> datetime | None:
    """The first instant of an entry after `after`; None for `each`."""
    return next(occurrences(entry, zone, after=after, until=after + entry.period + _LEAP * _DAY), None)


def first_due(entries: Iterable[Entry], zone: tzinfo, *, after: datetime) -> datetime | None:
    """The first instant of any of these entries after `after`."""
    found = (next_due(entry, zone, after=after) for entry in entries)
    return min((instant for instant in found if instant), default=None)


@lru_cache(maxsize=1024)
def quiet_end(quiet: Quiet | None, zone: tzinfo, *, at: datetime) -> datetime | None:
    """When the quiet hours that `at` lies in are over; None if it lies in none. What counts is what the reader's clock
    shows: an hour that comes twice may be quiet twice."""
    if quiet is None or not _is_quiet(quiet, zone, at):
        return None
    today = at.astimezone(zone).date()
    for day in (today + ahead * _DAY for ahead in range(-_LEAP, 2 * _LEAP)):
        first = instant_of(day, quiet.end, zone)
        again = datetime.combine(day, time(quiet.end // 60, quiet.end % 60, fold=1), zone).astimezone(UTC)
        for end in sorted((first, again)):
            if end > at and not _is_quiet(quiet, zone, end):
                return end
    return at + _DAY  # no zone ever lost its end of quiet hours three days running


def _is_quiet(quiet: Quiet, zone: tzinfo, at: datetime) -> bool:
    local = at.astimezone(zone)
    return quiet.covers(local.hour * 60 + local.minute + local.second / 60)
