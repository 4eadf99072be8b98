"""What the front matter says of a digest: date and slot, title, categories, window, and whether it is a draft.
Apart from splitting the front matter, because here values are judged, not syntax.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from bot.core.digest.decoding import clean, normalise
from bot.core.digest.front_matter import FrontMatter
from bot.core.digest.problems import Problems

MAX_TITLE_CHARACTERS = 300
MAX_CATEGORIES = 50
MAX_CATEGORY_CHARACTERS = 100
MAX_WINDOW_HOURS = 744
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
_BASIC_TIME = re.compile(r"^(\d{8})T(\d{2})(\d{2})(\d{2})(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_DATE = re.compile(
    r"(?:(?P<month>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month2>[A-Za-z]{3,9})\.?,?\s+(?P<year2>\d{4}))(?P<rest>.*)",
)
_TITLE_SLOT = re.compile(
    r"\s*[\[【(（]?(?P<year>\d{4})(?:(?P<sep>[-/._])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})|年(?P<cmonth>\d{1,2})月(?P<cday>\d{1,2})[日号號]?)"
    r"(?:[-._T/](?P<hour>\d{1,2})(?!\d|[-/.]\d)|\s*(?P<hour2>\d{1,2})(?:[:：](?P<minute>\d{2})|[时時点點](?!间|間)))?(?!\d)"
)
_WINDOW = (
    re.compile(
        r"(?:过去|過去|最近|近|前|past|last|previous|recent)\s*(?:的)?\s*(?P<n>\d{1,4}|[一二两兩三四五六七八九十廿卅]{1,4})\s*(?:个|個)?\s*"
        r"(?P<unit>小时|小時|钟头|鐘頭|天|日|hours?|hrs?|h\b|days?|d\b|時間)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:过去|過去|最近|past|last|previous)\s*(?P<unit>day\b|hour\b|一?(?:天|日)|一?(?:个|個)?(?:小时|小時))",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d.])(?P<n>\d{1,3})[- ]?(?P<unit>hours?|hrs?|小时|小時)(?![a-z])", re.IGNORECASE),
)
_CHINESE_DIGITS = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TRUE = frozenset({"true", "yes", "on", "1", "y"})
_FALSE = frozenset({"false", "no", "off", "0", "n", ""})


@dataclass(frozen=True, slots=True)
class Metadata:
    """The judged front matter; `title` is empty when there is none."""

    title: str
    date: datetime
    window_hours: int | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _TitleSlot:
    day: date
    hour: int | None
    minute: int


def read_metadata(front: FrontMatter, time_zone: ZoneInfo, problems: Problems) -> Metadata | None:
    """Judges the front matter; None when there is no usable date (noted as an error)."""
    title = _title(front, problems)
    moment = _moment(front, title, time_zone=time_zone, problems=problems)
    window = _window(front, title, problems)
    categories = _categories(front, problems)
    if moment is None:
        return None
    return Metadata(title=title, date=moment, window_hours=window, categories=categories)


def window_of(title: str) -> int | None:
    """The hours a title says the digest covers (`过去4小时`, `past 24 hours`); None when it says nothing."""
    text = unicodedata.normalize("NFKC", title[:MAX_TITLE_CHARACTERS])
    for pattern in _WINDOW:
        if match := pattern.search(text):
            number = match.groupdict().get("n")
            count = _count(number) if number else 1
            days = match["unit"].lower().startswith(("天", "日", "d", "一天", "一日"))
            hours = count * 24 if days else count
            return hours if 1 <= hours <= MAX_WINDOW_HOURS else None
    return None


def _count(written: str) -> int:
    if written.isdecimal():
        return int(written)
    written = written.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = written.rpartition("十")
    return (_CHINESE_DIGITS.get(tens, 1) * 10 if ten else 0) + _CHINESE_DIGITS.get(ones, 0)


def _plain(value: object) -> str | None:
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


def is_draft(front: FrontMatter, problems: Problems) -> bool:
    """Whether the file says that it is not to be published yet."""
    value = front.values.get("draft")
    if value is None:
        return False
    word = (_plain(value) or "?").lower()
    if word not in _TRUE and word not in _FALSE:
        problems.add("draft-unclear", front.line_of("draft"), "draft should be true or false; taken for false")
    return word in _TRUE


def _title(front: FrontMatter, problems: Problems) -> str:
    title = _plain(front.values.get("title")) or ""
    if len(title) > MAX_TITLE_CHARACTERS:
        problems.add(
            "title-too-long",
            front.line_of("title"),
            f"the title has {len(title)} characters; {MAX_TITLE_CHARACTERS} are kept",
        )
        title = title[: MAX_TITLE_CHARACTERS - 1].rstrip() + "…"
    return title


def _moment(front: FrontMatter, title: str, *, time_zone: ZoneInfo, problems: Problems) -> datetime | None:
    slot = _title_slot(title)
    value = front.values.get("date")
    if value is None or value == "":
        if slot is None:
            problems.add(
                "date-missing",
                front.line_of("date"),
                "the front matter has no date; add `date: 2025-11-26T08:00:00+08:00`",
            )
            return None
        moment = _zoned(datetime(slot.day.year, slot.day.month, slot.day.day, slot.hour or 0, slot.minute), time_zone)  # noqa: DTZ001  # zoned at once
        problems.add(
            "date-from-title",
            front.line_of("title"),
            f"there is no date; {moment.isoformat()} was taken from the title",
        )
        return moment
    read = _parse_moment(value, slot, time_zone)
    if read is None:
        shown = repr(text[:60]) if (text := _plain(value)) is not None else "a list or table"
        problems.add(
            "date-invalid", front.line_of("date"), f"{shown} is not a date; write for example 2025-11-26T08:00:00+08:00"
        )
        return None
    moment = read
    if slot is not None and not any(_agree(slot, local) for local in (moment, moment.astimezone(time_zone))):
        shown = slot.day.isoformat() + (f" {slot.hour:02d}h" if slot.hour is not None else "")
        problems.add(
            "date-disagrees-with-title",
            front.line_of("title"),
            f"the title says {shown}, the date {moment.isoformat()}; the date wins",
        )
    return moment


def _agree(slot: _TitleSlot, moment: datetime) -> bool:
    return moment.date() == slot.day and slot.hour in (None, moment.hour)


def _title_slot(title: str) -> _TitleSlot | None:
    match = _TITLE_SLOT.match(unicodedata.normalize("NFKC", title[:60]))
    if match is None:
        return None
    hour = match["hour"] or match["hour2"]
    try:
        day = date(int(match["year"]), int(match["month"] or match["cmonth"]), int(match["day"] or match["cday"]))
    except ValueError:
        return None
    if day.year not in _YEARS or (hour is not None and int(hour) > 23):
        return None
    minute = int(match["minute"] or 0)
    return _TitleSlot(day, None if hour is None else int(hour), minute if minute < 60 else 0)


def _parse_moment(value: object, slot: _TitleSlot | None, time_zone: ZoneInfo) -> datetime | None:
    if isinstance(value, (int, float)):  # bool too: never a date
        return None
    if isinstance(value, datetime):
        return _checked(value, time_zone)
    if isinstance(value, date):
        return _of_day(value, slot, time_zone)
    text = _plain(value)
    if not text or len(text) > 80:
        return None
    text = unicodedata.normalize("NFKC", text)
    try:
        return _parse_text(text, slot, time_zone)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _parse_text(text: str, slot: _TitleSlot | None, time_zone: ZoneInfo) -> datetime | None:
    """Raises ValueError for numbers out of range."""
    text = _BASIC_TIME.sub(r"\1T\2:\3:\4", text)
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


def _from_match(match: re.Match[str], slot: _TitleSlot | None, time_zone: ZoneInfo) -> datetime | None:
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


def _of_day(day: date, slot: _TitleSlot | None, zone: tzinfo) -> datetime | None:
    hour, minute = (slot.hour, slot.minute) if slot and slot.day == day and slot.hour is not None else (0, 0)
    return _checked(datetime(day.year, day.month, day.day, hour, minute), zone)  # noqa: DTZ001  # zoned at once


def _checked(moment: datetime, zone: tzinfo) -> datetime | None:
    if moment.year not in _YEARS:
        return None
    moment = _zoned(moment, zone)
    offset = moment.utcoffset()
    return moment if offset is not None and abs(offset) <= _MAX_OFFSET else None


def _zoned(moment: datetime, zone: tzinfo) -> datetime:
    """With a fixed offset: arithmetic between two instants must not fall back to wall clocks."""
    moment = moment.replace(microsecond=0)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    offset = aware.utcoffset()
    if not offset:
        return aware.replace(tzinfo=UTC)
    return aware.replace(tzinfo=timezone(offset), fold=0)


def _window(front: FrontMatter, title: str, problems: Problems) -> int | None:
    for key in ("window_hours", "hours", "window"):
        value = front.values.get(key)
        if value is None:
            continue
        text = unicodedata.normalize("NFKC", _plain(value) or "?")
        match = re.fullmatch(r"(\d{1,4})\s*(?:h|hours?|hrs?|小时|小時)?", text, re.IGNORECASE)
        if match and 1 <= int(match[1]) <= MAX_WINDOW_HOURS:
            return int(match[1])
        if key != "window":
            problems.add(
                "window-invalid",
                front.line_of(key),
                f"{key} should be a whole number of hours, 1 to {MAX_WINDOW_HOURS}",
            )
    return window_of(title)


def _categories(front: FrontMatter, problems: Problems) -> tuple[str, ...]:
    key = next((name for name in ("categories", "category") if front.values.get(name) is not None), None)
    if key is None:
        return ()
    found: dict[str, str] = {}
    odd = 0
    for entry in _entries(front.values[key]):
        text = _plain(entry)
        if text is None or len(text) > MAX_CATEGORY_CHARACTERS:
            odd += 1
        elif text and len(found) < MAX_CATEGORIES:
            found.setdefault(text.casefold(), text)
        elif text:
            odd += text.casefold() not in found
    if odd:
        message = (
            f"{odd} were left out: {MAX_CATEGORIES} at most, plain text, {MAX_CATEGORY_CHARACTERS} characters each"
        )
        problems.add("categories-odd", front.line_of(key), message)
    return tuple(found.values())


def _entries(value: object) -> Iterator[object]:
    """The entries of a list or of a string with commas; a list inside the list is opened once."""
    if isinstance(value, str):
        yield from _split(value)
    elif isinstance(value, (list, tuple, set)):
        for entry in value:
            if isinstance(entry, (list, tuple)):
                yield from (inner for inner in entry)
            elif entry is not None:
                yield entry
    else:
        yield value


def _split(text: str) -> Iterable[str]:
    # a list in brackets that was quoted by mistake is still a list
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return (part.strip().strip("\"'") for part in re.split(r"[,，、;；\n]", text))
