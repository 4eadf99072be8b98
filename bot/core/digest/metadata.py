"""What the front matter says of a digest: date and slot, title, categories, window, and whether it is a draft.
Apart from splitting the front matter, because here values are judged, not syntax.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.digest.dates import YEAR_LAST, TitleSlot, agree, date_inside, parse_moment, plain, title_slot, zoned
from bot.core.digest.front_matter import FrontMatter
from bot.core.digest.problems import Problems

MAX_TITLE_CHARACTERS = 300
MAX_CATEGORIES = 50
MAX_CATEGORY_CHARACTERS = 100
MAX_WINDOW_HOURS = 744
_DATE_KEYS = (
    "date", "pubdate", "publishdate", "publish_date", "publish-date", "published", "publishedat", "published_at",
    "datepublished", "date_published", "publishedon", "datetime", "created", "createdat", "created_at",
)  # fmt: skip
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


def is_draft(front: FrontMatter, problems: Problems) -> bool:
    """Whether the file says that it is not to be published yet."""
    value = front.values.get("draft")
    if value is None:
        # site generators' other ways to say it
        published = (plain(front.values.get("published")) or "").lower()
        return published == "false" or (plain(front.values.get("status")) or "").lower() == "draft"
    word = (plain(value) or "?").lower()
    if word not in _TRUE and word not in _FALSE:
        problems.add("draft-unclear", front.line_of("draft"), "draft should be true or false; taken for false")
    return word in _TRUE


def _title(front: FrontMatter, problems: Problems) -> str:
    title = plain(front.values.get("title")) or ""
    if len(title) > MAX_TITLE_CHARACTERS:
        problems.add(
            "title-too-long",
            front.line_of("title"),
            f"the title has {len(title)} characters; {MAX_TITLE_CHARACTERS} are kept",
        )
        title = title[: MAX_TITLE_CHARACTERS - 1].rstrip() + "…"
    return title


def _moment(front: FrontMatter, title: str, *, time_zone: ZoneInfo, problems: Problems) -> datetime | None:
    slot = title_slot(title)
    key = next((name for name in _DATE_KEYS if _holds_date(name, front.values.get(name))), None)
    if key is None:
        return _moment_of_title(front, slot or date_inside(title), time_zone=time_zone, problems=problems)
    value = front.values[key]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    moment = parse_moment(value, slot, time_zone)
    if moment is None:
        problems.add("date-invalid", front.line_of(key), _no_date(value))
        return None
    if slot is not None and not any(agree(slot, local) for local in (moment, moment.astimezone(time_zone))):
        shown = slot.day.isoformat() + (f" {slot.hour:02d}h" if slot.hour is not None else "")
        problems.add(
            "date-disagrees-with-title",
            front.line_of("title"),
            f"the title says {shown}, the date {moment.isoformat()}; the date wins",
        )
    return moment


def _holds_date(key: str, value: object) -> bool:
    """Whether a key is there to hold the date; `published: true` is not."""
    return value not in (None, "") and (key == "date" or (plain(value) or "?").lower() not in ("true", "false"))


def _moment_of_title(
    front: FrontMatter, slot: TitleSlot | None, *, time_zone: ZoneInfo, problems: Problems
) -> datetime | None:
    if slot is None:
        message = "the front matter has no date; add `date: 2025-11-26T08:00:00+08:00`"
        problems.add("date-missing", front.line_of("date"), message)
        return None
    moment = zoned(datetime(slot.day.year, slot.day.month, slot.day.day, slot.hour or 0, slot.minute), time_zone)  # noqa: DTZ001  # zoned at once
    message = f"there is no date; {moment.isoformat()} was taken from the title"
    problems.add("date-from-title", front.line_of("title"), message)
    return moment


def _no_date(value: object) -> str:
    text = plain(value)
    if text is None:
        return "a list or table is not a date; write for example 2025-11-26T08:00:00+08:00"
    if (match := YEAR_LAST.match(text)) and match["sep"] != "." and max(int(match["a"]), int(match["b"])) <= 12:
        return f"{text[:60]!r} does not say which is the day and which the month; write it as 2025-11-26"
    return f"{text[:60]!r} is not a date; write for example 2025-11-26T08:00:00+08:00"


def _window(front: FrontMatter, title: str, problems: Problems) -> int | None:
    for key in ("window_hours", "hours", "window"):
        value = front.values.get(key)
        if value is None:
            continue
        text = unicodedata.normalize("NFKC", plain(value) or "?")
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
    key, value = _category_field(front)
    found: dict[str, str] = {}
    odd = 0
    for entry in _entries(value):
        text = plain(entry)
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


def _category_field(front: FrontMatter) -> tuple[str, object]:
    """The key and value that hold the categories. Tags, and what site generators nest under `taxonomies`, stand in
    when no key for categories is there at all."""
    for key in ("categories", "category"):
        if front.values.get(key) is not None:
            return key, front.values[key]
    if "categories" in front.values or "category" in front.values:
        return "categories", ()
    for table in ("taxonomies", "taxonomy"):
        nested = front.values.get(table)
        if isinstance(nested, dict):
            for key in ("categories", "category", "tags", "tag"):
                if nested.get(key):
                    return table, nested[key]
    return "tags", front.values.get("tags") or ()


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
    return (part.strip().strip("\"'") for part in re.split(r"[,，、;；\n]|\s[·|]\s", text))
