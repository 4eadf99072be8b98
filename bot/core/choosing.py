"""What a choice in the settings makes of the preferences: pure steps from one wish to the next, whatever button,
command or greeting it came from. When these wishes fall due is another matter, and lives with the schedule.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.core.model import Preferences

EACH: Final = "each"
DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
PRESETS: Final = ("07:00", "08:00", "09:00", "12:00", "18:00", "20:00", "22:00")
QUIET_PRESETS: Final = ("22:00-07:00", "23:00-08:00", "00:00-08:00")
MIN_ITEMS: Final = (1, 3, 5, 10)
PER_MESSAGE: Final = (0, 1, 3, 5, 10)
FIRST_TIME: Final = "08:00"
MOST_TIMES: Final = 6
"""Times of day that may be chosen together: more would be every digest by another name."""

_DAY: Final = 24 * 60


def daily_times(preferences: Preferences) -> tuple[str, ...]:
    """The times of day chosen, earliest first."""
    return tuple(sorted(entry[6:] for entry in preferences.schedule if entry.startswith("daily ")))


def weekly_days(preferences: Preferences) -> tuple[tuple[str, str], ...]:
    """The days of the week chosen with their time, Monday first."""
    found = (entry.split(" ")[1:] for entry in preferences.schedule if entry.startswith("weekly "))
    return tuple(sorted(((day, time) for day, time in found), key=lambda pair: (DAYS.index(pair[0]), pair[1])))


def weekly_time(preferences: Preferences) -> str:
    """The time that the days of the week have, or would have."""
    days = weekly_days(preferences)
    return days[0][1] if days else FIRST_TIME


def timed(preferences: Preferences) -> bool:
    """Whether anything here depends on the time of day, and so on the time zone."""
    return preferences.quiet is not None or any(entry != EACH for entry in preferences.schedule)


def each_digest(preferences: Preferences) -> Preferences:
    """Each digest as it comes."""
    return replace(preferences, schedule=(EACH,))


def with_daily(preferences: Preferences, time: str, *, on: bool) -> Preferences:
    """Daily at a time besides what is chosen, or without it. With nothing left, each digest comes again."""
    times = {*daily_times(preferences), time} if on else {*daily_times(preferences)} - {time}
    return _scheduled(preferences, times, weekly_days(preferences))


def move_daily(preferences: Preferences, before: str, after: str) -> Preferences:
    """A time of day moved; as it was where `before` is not chosen."""
    if before not in daily_times(preferences):
        return preferences
    times = {*daily_times(preferences)} - {before} | {after}
    return _scheduled(preferences, times, weekly_days(preferences))


def with_weekly(preferences: Preferences, day: str, time: str, *, on: bool) -> Preferences:
    """Weekly on a day besides what is chosen, or without that day. With nothing left, each digest comes again."""
    others = [pair for pair in weekly_days(preferences) if pair[0] != day]
    return _scheduled(preferences, daily_times(preferences), [*others, (day, time)] if on else others)


def at_weekly_time(preferences: Preferences, time: str) -> Preferences:
    """All chosen days of the week at this time; as it was where none is chosen."""
    days = [(day, time) for day, _ in weekly_days(preferences)]
    return _scheduled(preferences, daily_times(preferences), days) if days else preferences


def shifted(time: str, minutes: int) -> str:
    """A time of day so many minutes later (earlier when negative), around midnight."""
    hour, minute = time.split(":")
    later = (int(hour) * 60 + int(minute) + minutes) % _DAY
    return f"{later // 60:02d}:{later % 60:02d}"


def quiet_ends(quiet: str) -> tuple[str, str]:
    """When quiet hours begin and end."""
    start, _, end = quiet.partition("-")
    return start, end


def _scheduled(preferences: Preferences, times: Iterable[str], days: Iterable[tuple[str, str]]) -> Preferences:
    days = sorted(days, key=lambda pair: DAYS.index(pair[0]))
    entries = (*(f"daily {time}" for time in sorted(times)), *(f"weekly {day} {time}" for day, time in days))
    return replace(preferences, schedule=entries or (EACH,))
