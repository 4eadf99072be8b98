"""Dates as people type them: `2025-11-26`, `11-26`, `11月26日`, `7d`, `2 周`, `yesterday`, `昨天`. Apart from the query
because commands take dates too. What is not a date is None, never an error."""

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache

from bot.core.folding import fold

_LONGEST = 40  # characters of a date with an hour, generously

_NAMED = {
    "today": 0, "今天": 0, "今日": 0, "yesterday": 1, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2, "大前天": 3,
}  # fmt: skip
_UNITS = {
    "d": 1, "day": 1, "days": 1, "天": 1, "日": 1, "w": 7, "week": 7, "weeks": 7, "周": 7, "星期": 7,
    "m": 30, "month": 30, "months": 30, "个月": 30, "月": 30, "y": 365, "year": 365, "years": 365, "年": 365,
}  # fmt: skip
"""Days of each unit; months and years are meant roughly when somebody counts back in them."""


@cache
def _ago() -> re.Pattern[str]:
    return re.compile(r"([0-9]{1,4})\s*([a-z]{1,6}|[^\W\da-z_]{1,2}?)(?:\s*ago|前|内)?")


@cache
def _calendar() -> re.Pattern[str]:
    return re.compile(r"(?:([0-9]{4})[-/.年])?([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?")


@cache
def _coarse() -> re.Pattern[str]:
    return re.compile(r"([0-9]{4})(?:年|[-/.年]([0-9]{1,2})月?)?")


@cache
def _with_hour() -> re.Pattern[str]:
    minutes = r"(?::[0-9]{2}|[点时](?:[0-9]{1,2}分?|整)?|h)?"
    return re.compile(r"(.*?[^\s.t_:-])(?:[\s.t_-]+|(?<=[^\W\d_]))([0-9]{1,2})" + minutes)


def parse_day_hour(text: str, *, today: date) -> tuple[date, int | None] | None:
    """A day as `parse_day` reads it, and an hour (0 to 23) if one follows: `2025-11-26 08`, `11-26 8:00`,
    `2025.11.26.08`, `昨天8点`. None for anything else."""
    folded = fold(text[:_LONGEST]).strip()
    if (day := parse_day(folded, today=today)) is not None:
        return day, None
    match = _with_hour().fullmatch(folded)
    if match is None or int(match[2]) > 23 or _coarse().fullmatch(match[1]):
        return None
    day = parse_day(match[1], today=today)
    return None if day is None else (day, int(match[2]))


def parse_day(text: str, *, today: date) -> date | None:
    """The first day that `text` means, seen from `today`. A month and day without a year is the last such day that is
    not in the future; a year or a month means its first day."""
    folded = fold(text).strip()
    if folded in _NAMED:
        return today - timedelta(days=_NAMED[folded])
    if (match := _ago().fullmatch(folded)) and match[2] in _UNITS and not _coarse().fullmatch(folded):
        return _before(today, int(match[1]) * _UNITS[match[2]])
    if match := _calendar().fullmatch(folded):
        year = int(match[1]) if match[1] else None
        return _dated(year, int(match[2]), int(match[3]), today=today)
    if match := _coarse().fullmatch(folded):
        return _valid(int(match[1]), int(match[2] or 1), 1)
    return None


def last_day(text: str, *, today: date) -> date | None:
    """The last day that `text` means: as `parse_day`, but the end of a month or year that is named as a whole."""
    first = parse_day(text, today=today)
    match = _coarse().fullmatch(fold(text).strip())
    if first is None or match is None:
        return first
    month = first.month if match[2] else 12
    return date(first.year, month, monthrange(first.year, month)[1])


def _before(today: date, days: int) -> date:
    return date.fromordinal(max(1, today.toordinal() - days))


def _dated(year: int | None, month: int, day: int, *, today: date) -> date | None:
    if year is not None:
        return _valid(year, month, day)
    # Eight years back always hold a 29 February.
    candidates = (_valid(today.year - back, month, day) for back in range(9))
    return next((found for found in candidates if found and found <= today), None)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
