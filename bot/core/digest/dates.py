"""Dates as the world writes them, with and without time and zone, and those that a title carries. Apart from the rest
of the front matter, because the forms are many and the arithmetic of zones is its own subject.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from bot.core.digest.decoding import clean, normalise

_YEARS = range(1990, 2101)
_MAX_OFFSET = timedelta(hours=15)

_DATE = re.compile(
    r"(?P<year>\d{4})(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
    r"|年\s*(?P<cmonth>\d{1,2})\s*月\s*(?P<cday>\d{1,2})\s*[日号號]?|(?P<bmonth>\d{2})(?P<bday>\d{2}))"
    r"(?:(?:\s*T\s*|\s+|\s*,\s*|(?<=[日号號]))(?P<hour>\d{1,2})"
    r"(?:[:：时時点點h]\s*(?P<minute>\d{1,2})?\s*分?(?:[:：]?(?P<second>\d{1,2})(?:[.,]\d{1,9})?\s*秒?)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|(?:UTC|GMT)?\s*[+\-−]\d{1,2}(?::?\d{2})?)?",
)
# `2024. 5. 1.`, as Korean writes it
_SPACED_DATE = re.compile(r"^(\d{4})\.\s*(\d{1,2})\.\s*(\d{1,2})\.?(?=\s|$)")
# `01.05.2024` is always day first; with slashes it is only clear when one number is no month
YEAR_LAST = re.compile(r"^(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4})(?=\D|$)")
_BASIC_TIME = re.compile(r"^(\d{8})T(\d{2})(\d{2})(\d{2})(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_DATE = re.compile(
    r"(?:(?P<month>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month2>[A-Za-z]{3,9})\.?,?\s+(?P<year2>\d{4}))(?P<rest>.*)",
)
# `Wednesday, …`, `(水)`, `星期三`: the date itself knows
_WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+(?=[a-z0-9])"
    r"|\s*\(?(?:星期|周|週|礼拜)[一二三四五六日天]\)?|\s*\([日月火水木金土]\)",
    re.IGNORECASE,
)
_ZONE_NAME = re.compile(r"([+-]\d{2}:?\d{2})\s+\(?[A-Z]{3,5}\)?$")  # `+0800 CST`, as Go writes it
_MORNINGS = ("上午", "凌晨", "早上", "清晨", "午前", "오전")
_HALF = re.compile(
    r"(?P<half>上午|凌晨|早上|清晨|午前|오전|下午|晚上|傍晚|午後|午后|오후)\s*(?P<time>\d{1,2}\s*(?:[:点點时時시]\s*\d{0,2}(?::\d{2})?\s*[分분]?)?)"
)
_TITLE_SLOT = re.compile(
    r"\s*[\[【(（]?(?P<year>\d{4})(?:(?P<sep>[-/._])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})|年(?P<cmonth>\d{1,2})月(?P<cday>\d{1,2})[日号號]?)"
    r"(?:[-._T/](?P<hour>\d{1,2})(?!\d|[-/.]\d)|\s*(?P<hour2>\d{1,2})(?:[:：](?P<minute>\d{2})|[时時点點](?!间|間)))?(?!\d)"
)
# a whole date somewhere in a title, for files that have it nowhere else
_DATE_IN_TITLE = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d{2})(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
    r"|\s*年\s*(?P<cmonth>\d{1,2})\s*月\s*(?P<cday>\d{1,2}))(?![\d.]\d|\d)"
)


@dataclass(frozen=True, slots=True)
class TitleSlot:
    day: date
    hour: int | None
    minute: int


def plain(value: object) -> str | None:
    """A scalar as clean text on one line; None for lists, tables and nothing."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    if not isinstance(value, str):
        return None
    return " ".join(normalise(clean(value)).split())


def title_slot(title: str) -> TitleSlot | None:
    match = _TITLE_SLOT.match(unicodedata.normalize("NFKC", title[:60]))
    if match is None:
        return None
    hour = match["hour"] or match["hour2"]
    day = _day_of(match)
    if day is None or (hour is not None and int(hour) > 23):
        return None
    minute = int(match["minute"] or 0)
    return TitleSlot(day, None if hour is None else int(hour), minute if minute < 60 else 0)


def date_inside(title: str) -> TitleSlot | None:
    """The only date a title names, wherever it stands."""
    found = {_day_of(match) for match in _DATE_IN_TITLE.finditer(unicodedata.normalize("NFKC", title))}
    day = found.pop() if len(found) == 1 else None
    return TitleSlot(day, None, 0) if day is not None else None


def _day_of(match: re.Match[str]) -> date | None:
    try:
        day = date(int(match["year"]), int(match["month"] or match["cmonth"]), int(match["day"] or match["cday"]))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def agree(slot: TitleSlot, moment: datetime) -> bool:
    return moment.date() == slot.day and slot.hour in (None, moment.hour)


def parse_moment(value: object, slot: TitleSlot | None, time_zone: ZoneInfo) -> datetime | None:
    if isinstance(value, (int, float)):  # bool too: never a date
        return None
    if isinstance(value, datetime):
        return _checked(value, time_zone)
    if isinstance(value, date):
        return _of_day(value, slot, time_zone)
    text = plain(value)
    if not text or len(text) > 80:
        return None
    text = _WEEKDAY.sub("", unicodedata.normalize("NFKC", text))
    text = _HALF.sub(_half_last, _ZONE_NAME.sub(r"\1", text))
    try:
        return _parse_text(text, slot, time_zone)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _parse_text(text: str, slot: TitleSlot | None, time_zone: ZoneInfo) -> datetime | None:
    """Raises ValueError for numbers out of range."""
    text = _SPACED_DATE.sub(r"\1.\2.\3", _BASIC_TIME.sub(r"\1T\2:\3:\4", text))
    text = YEAR_LAST.sub(_year_first, text)
    if match := _DATE.fullmatch(text):
        return _from_match(match, slot, time_zone)
    if match := _ENGLISH_DATE.fullmatch(text):
        month = (match["month"] or match["month2"])[:3].lower()
        if month in _MONTHS:
            day, year = match["day"] or match["day2"], match["year"] or match["year2"]
            numbers = f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}{match['rest']}"
            if again := _DATE.fullmatch(numbers):
                return _from_match(again, slot, time_zone)
    if ":" in text and re.match(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}", text):
        return _checked(parsedate_to_datetime(text), time_zone)
    return None


def _half_last(match: re.Match[str]) -> str:
    """A time that says its half of the day first (`上午8点`, `오후 3:05`), the English way round."""
    return f"{match['time'].strip()} {'am' if match['half'] in _MORNINGS else 'pm'}"


def _year_first(match: re.Match[str]) -> str:
    """A date with the year at its end, the other way round; unchanged when day and month cannot be told apart."""
    day, month = match["a"], match["b"]
    if match["sep"] != ".":
        if int(month) > 12:
            day, month = month, day
        elif int(day) <= 12 and day != month:
            return match[0]
    return f"{match['year']}-{month}-{day}"


def _from_match(match: re.Match[str], slot: TitleSlot | None, time_zone: ZoneInfo) -> datetime | None:
    month, day = match["month"] or match["cmonth"] or match["bmonth"], match["day"] or match["cday"] or match["bday"]
    the_day = date(int(match["year"]), int(month), int(day))
    zone = _offset(match["zone"])
    if match["hour"] is None:
        return _of_day(the_day, slot, zone or time_zone)
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    whole = datetime(
        the_day.year,
        the_day.month,
        the_day.day,
        hour,
        int(match["minute"] or 0),
        int(match["second"] or 0),
        tzinfo=zone,
    )
    return _checked(whole, time_zone)


def _offset(written: str | None) -> tzinfo | None:
    if not written:
        return None
    match = re.search(r"([+\-−])(\d{1,2}):?(\d{2})?", written)
    if match is None:
        return UTC
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if int(match[3] or 0) > 59 or size > _MAX_OFFSET:
        raise ValueError(written)
    return timezone(size if match[1] == "+" else -size)


def _of_day(day: date, slot: TitleSlot | None, zone: tzinfo) -> datetime | None:
    hour, minute = (slot.hour, slot.minute) if slot and slot.day == day and slot.hour is not None else (0, 0)
    return _checked(datetime(day.year, day.month, day.day, hour, minute), zone)  # noqa: DTZ001  # zoned at once


def _checked(moment: datetime, zone: tzinfo) -> datetime | None:
    if moment.year not in _YEARS:
        return None
    moment = zoned(moment, zone)
    offset = moment.utcoffset()
    return moment if offset is not None and abs(offset) <= _MAX_OFFSET else None


def zoned(moment: datetime, zone: tzinfo) -> datetime:
    """With a fixed offset: arithmetic between two instants must not fall back to wall clocks."""
    moment = moment.replace(microsecond=0)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    offset = aware.utcoffset()
    if not offset:
        return aware.replace(tzinfo=UTC)
    return aware.replace(tzinfo=timezone(offset), fold=0)
