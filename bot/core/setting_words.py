"""Settings as people type them: `daily 08:00 20:00`, `每天 8点`, `quiet 22-7`, `zone Tokyo`, `style full`. Apart from
the buttons' steps because one line may say several things at once, and must say nothing wrong quietly.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

from bot.core.choosing import DAYS, EACH, FIRST_TIME, MIN_ITEMS, MOST_TIMES, PER_MESSAGE, daily_times, weekly_days
from bot.core.folding import fold
from bot.core.model import Language, Night, Preferences, Repeats, Script, Style
from bot.core.zones import find_zone

_LONGEST: Final = 200  # characters


class Subject(StrEnum):
    """What a typed setting is about."""

    WHEN = "when"
    WEEKLY = "weekly"
    QUIET = "quiet"
    ZONE = "zone"
    LANGUAGE = "language"
    STYLE = "style"
    SCRIPT = "script"
    FORMAT = "format"
    REPEATS = "repeats"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood: the preferences that change, by name, or the language of the interface."""

    subject: Subject
    changes: Mapping[str, Any] = field(default_factory=dict)
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class UnclearZone:
    """A time zone was meant, but not which; `near` may be it."""

    typed: str
    near: tuple[str, ...]


def read_wish(text: str, preferences: Preferences, *, now: datetime) -> Wish | UnclearZone | None:
    """What somebody asks for who has these preferences; None for what is no setting. The name of a section alone is a
    wish without changes: its page is wanted."""
    words = text[:_LONGEST].split(maxsplit=1)
    name, rest = (fold(words[0]) if words else ""), (words[1].strip() if len(words) > 1 else "")
    subject = _subjects().get(name)
    if subject is None:
        return _joined(text[:_LONGEST].strip(), preferences)
    if subject == "zone":
        return _zone(rest, now)
    read = _READERS[subject]
    return read(fold(rest), preferences)


def _joined(text: str, preferences: Preferences) -> Wish | None:
    """Chinese leaves no blank between the words: `每天8点`."""
    folded = fold(text)
    for name in sorted(_subjects(), key=len, reverse=True):
        subject = _subjects()[name]
        if not name.isascii() and folded.startswith(name) and subject in {"daily", "weekly", "quiet"}:
            return _READERS[subject](folded[len(name) :].strip(), preferences)
    return None


@cache
def _subjects() -> Mapping[str, str]:
    names = {
        "daily": "daily everyday 每天 每日 天天",
        "weekly": "weekly 每周 每星期 每礼拜",
        "each": "each every instant all 每期 每份 即时 立即",
        "quiet": "quiet dnd night 免打扰 安静 勿扰 静默 勿扰时段",
        "zone": "zone timezone tz time_zone 时区",
        "style": "style 样式 风格",
        "language": "language lang 语言",
        "script": "script 文字 字体",
        "rich": "rich 富文本 富文字",
        "silent": "silent mute sound 静音",
        "preview": "preview link 预览 链接预览",
        "least": "min least 至少 最少",
        "items": "items per 每条 每则",
        "repeats": "repeats repeat 重复",
    }
    return {fold(word): subject for subject, words in names.items() for word in words.split()}


@cache
def _time_pattern() -> re.Pattern[str]:
    return re.compile(
        r"(凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|早|晚)?\s*([0-9]{1,2})(?:[:.点时h]([0-9]{2}|半|整)?分?)?\s*(am|pm)?(?![0-9])",
        re.ASCII,
    )


_NUMERALS: Final = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}


def _spelled(match: re.Match[str]) -> str:
    """A number from 0 to 23 written in Chinese: `八`, `十`, `十二`, `二十一`."""
    tens, ten, ones = match[0].rpartition("十")
    return str((_NUMERALS.get(tens, 1) if ten else 0) * 10 + _NUMERALS.get(ones, 0))


def _in_figures(text: str) -> str:
    """Hours and minutes written in Chinese (`八点`, `八点三十分`) in figures."""
    text = re.sub(r"(?:[二两兩]?十[一二三四五六七八九]?|[零一二两兩三四五六七八九])(?=[点时])", _spelled, text)
    minutes = r"(?<=[0-9][点时])[一二三四五]?十[一二三四五六七八九]?(?=分|$|[\s,、和])"
    return re.sub(minutes, _spelled, text)


def read_times(text: str) -> tuple[str, ...] | None:
    """The times of day in a folded text, as `HH:MM`; None if anything else stands there, or no time."""
    times: list[str] = []
    rest = _in_figures(text)
    while rest := rest.lstrip(" ,;、和与&"):
        match = _time_pattern().match(rest)
        time = _time(match) if match else None
        if match is None or time is None:
            return None
        times.append(time)
        rest = rest[match.end() :]
    return tuple(dict.fromkeys(times)) or None


_EVENING: Final = frozenset({"傍晚", "晚上", "晚"})


def _time(match: re.Match[str]) -> str | None:
    hour, minute = int(match[2]), {"半": 30, "整": 0, None: 0}.get(match[3])
    minute = int(match[3]) if minute is None else minute
    if hour == 12 and match[1] in _EVENING:
        return f"00:{minute:02d}" if minute < 60 else None  # midnight, at the end of the evening
    later = match[4] == "pm" or match[1] in {"下午", *_EVENING} or (match[1] == "中午" and hour < 3)
    if match[4] and not 1 <= hour <= 12:
        return None
    if later and hour < 12:
        hour += 12
    elif match[4] == "am" and hour == 12:
        hour = 0
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def _daily(rest: str, preferences: Preferences) -> Wish | None:
    if not rest:
        return Wish(Subject.WHEN)
    times = read_times(rest.removeprefix("at "))
    if times is None or len(times) > MOST_TIMES:
        return None
    weekly = (f"weekly {day} {time}" for day, time in weekly_days(preferences))
    return Wish(Subject.WHEN, {"schedule": (*(f"daily {time}" for time in sorted(times)), *weekly)})


def _each(rest: str, _preferences: Preferences) -> Wish | None:
    return Wish(Subject.WHEN, {"schedule": (EACH,)}) if rest in {"", "digest", "快报"} else None


@cache
def _day_names() -> Mapping[str, str]:
    english = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    names = {name[:cut]: day for name, day in zip(english, DAYS, strict=True) for cut in (2, 3, 4, 5, len(name))}
    for chinese in ("一二三四五六日", "一二三四五六天"):
        for prefix in ("", "周", "星期", "礼拜"):
            names |= {prefix + char: day for char, day in zip(chinese, DAYS, strict=True)}
    return names


def _weekly(rest: str, preferences: Preferences) -> Wish | None:
    if not rest:
        return Wish(Subject.WEEKLY)
    if rest in _OFF:
        entries = tuple(f"daily {time}" for time in daily_times(preferences))
        return Wish(Subject.WEEKLY, {"schedule": entries or (EACH,)})
    rest = _in_figures(rest)
    words = re.findall(r"[a-z]{2,}|周.|星期.|礼拜.|[一二三四五六日天](?![0-9])", rest, re.ASCII)
    days = {_day_names().get(word) for word in words if word not in {"am", "pm", "at"}}
    numbers = rest
    for word in sorted(words, key=len, reverse=True):
        numbers = numbers.replace(word, " ", 1) if word not in {"am", "pm"} else numbers
    times = read_times(numbers) if numbers.strip(" ,;、和") else (FIRST_TIME,)
    if not days or None in days or times is None or len(times) != 1:
        return None
    chosen = [f"weekly {day} {times[0]}" for day in DAYS if day in days]
    return Wish(Subject.WEEKLY, {"schedule": (*(f"daily {time}" for time in daily_times(preferences)), *chosen)})


def _quiet(rest: str, _preferences: Preferences) -> Wish | None:
    if not rest:
        return Wish(Subject.QUIET)
    if rest in _OFF:
        return Wish(Subject.QUIET, {"quiet": None})
    if rest in {"hold", "silent"}:
        return Wish(Subject.QUIET, {"night": Night(rest)})
    times = read_times(re.sub(r"\s*(?:-|–|—|~|to|到|至)\s*", " ", rest))
    if times is None or len(times) != 2:
        return None
    return Wish(Subject.QUIET, {"quiet": f"{times[0]}-{times[1]}"})


def _zone(rest: str, now: datetime) -> Wish | UnclearZone:
    if not rest:
        return Wish(Subject.ZONE)
    found = find_zone(rest, now)
    if found.zone is None:
        return UnclearZone(rest, found.near)
    return Wish(Subject.ZONE, {"time_zone": found.zone})


def _switch(name: str) -> Callable[[str, Preferences], Wish | None]:
    def read(rest: str, _preferences: Preferences) -> Wish | None:
        if rest not in _ON | _OFF:
            return None if rest else Wish(Subject.FORMAT)
        return Wish(Subject.FORMAT, {name: rest in _ON})

    return read


def _number(name: str, subject: Subject, allowed: tuple[int, ...]) -> Callable[[str, Preferences], Wish | None]:
    def read(rest: str, _preferences: Preferences) -> Wish | None:
        digits = rest.rstrip("条则items ").strip()
        if not rest:
            return Wish(subject)
        return Wish(subject, {name: int(digits)}) if digits in set(map(str, allowed)) else None

    return read


def _word(name: str, subject: Subject, words: Mapping[str, StrEnum]) -> Callable[[str, Preferences], Wish | None]:
    def read(rest: str, _preferences: Preferences) -> Wish | None:
        if not rest:
            return Wish(subject)
        return Wish(subject, {name: words[rest]}) if rest in words else None

    return read


def _language(rest: str, _preferences: Preferences) -> Wish | None:
    if not rest:
        return Wish(Subject.LANGUAGE)
    return Wish(Subject.LANGUAGE, language=_LANGUAGES[rest]) if rest in _LANGUAGES else None


_ON: Final = frozenset({"on", "yes", "true", "1", "开", "开启", "打开", "是"})
_OFF: Final = frozenset({"off", "no", "none", "false", "0", "关", "关闭", "不", "取消", "否"})
_STYLES: Final = {
    "full": Style.FULL, "完整": Style.FULL, "全文": Style.FULL, "folded": Style.FOLDED, "折叠": Style.FOLDED,
    "headlines": Style.HEADLINES, "标题": Style.HEADLINES, "仅标题": Style.HEADLINES,
}  # fmt: skip
_SCRIPTS: Final = {
    "hans": Script.HANS, "simplified": Script.HANS, "简体": Script.HANS, "简": Script.HANS,
    "hant": Script.HANT, "traditional": Script.HANT, "繁体": Script.HANT, "繁": Script.HANT,
}  # fmt: skip
_LANGUAGES: Final = {
    "en": Language.EN, "english": Language.EN, "英文": Language.EN, "英语": Language.EN,
    "zh-hans": Language.ZH_HANS, "zh": Language.ZH_HANS, "简体": Language.ZH_HANS, "简体中文": Language.ZH_HANS,
    "zh-hant": Language.ZH_HANT, "zh-tw": Language.ZH_HANT, "繁体": Language.ZH_HANT, "繁体中文": Language.ZH_HANT,
}  # fmt: skip
_REPEATS: Final = {"mark": Repeats.MARK, "标": Repeats.MARK, "hide": Repeats.HIDE, "隐藏": Repeats.HIDE}
_READERS: Final[Mapping[str, Callable[[str, Preferences], Wish | None]]] = {
    "daily": _daily,
    "weekly": _weekly,
    "each": _each,
    "quiet": _quiet,
    "language": _language,
    "style": _word("style", Subject.STYLE, _STYLES),
    "script": _word("script", Subject.SCRIPT, _SCRIPTS),
    "repeats": _word("repeats", Subject.REPEATS, _REPEATS),
    "rich": _switch("rich"),
    "silent": _switch("silent"),
    "preview": _switch("link_preview"),
    "least": _number("min_items", Subject.WHEN, MIN_ITEMS),
    "items": _number("per_message", Subject.FORMAT, PER_MESSAGE),
}
