"""`topics.toml` read and checked: what an operator writes becomes definitions, or an error that names the entry. Apart
from the topics themselves, which may then trust what they are given (contract, section 5, has the file's meaning)."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from math import isfinite

import re2

from bot.core.lexicon import entry_key
from bot.core.model import Language
from bot.errors import DigestbotError

STRENGTHS = ("strong", "normal", "weak", "against")
"""The word lists of a topic; each one's weight stands under the same name in `[scoring]`."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How words become a score; the file's `[scoring]` table, see there."""

    strong: float = 3.0
    normal: float = 1.2
    weak: float = 0.5
    against: float = -1.5
    little: float = 4.0
    most: float = 1000.0
    title: float = 1.5
    again: float = 0.35
    category: float = 1.5
    enough: float = 1.5
    full: float = 11.0
    second: float = 0.45
    third: float = 0.7
    least: float = 2.5


@dataclass(frozen=True, slots=True)
class TopicDefinition:
    """One `[[topic]]` of the file. `words` gives each word's strength; `patterns` are RE2 with their weights; `bonus`
    is added once when anything of the topic occurs."""

    slug: str
    names: Mapping[Language, str]
    categories: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[str, float], ...] = ()
    bonus: float = 0.0


@dataclass(frozen=True, slots=True)
class Learned:
    """The file's `[learned]` table: what small pieces of text (two neighbouring characters, a word, two neighbouring
    words) speak for, learned from labelled items. `start` is each topic's score before any piece is seen."""

    start: Mapping[str, float] = field(default_factory=dict)
    pieces: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicFile:
    """The whole file."""

    scoring: Scoring
    ignore: tuple[str, ...]
    topics: tuple[TopicDefinition, ...]
    learned: Learned = Learned()


def _fault(where: str, message: str) -> DigestbotError:
    return DigestbotError(f"topics.toml: {where}: {message}")


def read_topic_file(text: str) -> TopicFile:
    """The definitions in `text`. Raises DigestbotError with the line, or the topic and entry, at fault."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DigestbotError(f"topics.toml: not valid TOML: {error}") from error
    _known(content, {"topic", "scoring", "ignore", "learned"}, "top level")
    tables = content.get("topic", [])
    if not isinstance(tables, list) or not tables:
        raise _fault("top level", "has no [[topic]]; give at least one")
    topics = tuple(_topic(table, place) for place, table in enumerate(tables, start=1))
    slugs = [topic.slug for topic in topics]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise _fault(f"topic {slug!r}", "its slug is used twice; slugs are unique")
    ignore = _strings(content, "ignore", "top level")
    return TopicFile(_scoring(content.get("scoring", {})), ignore, topics, _learned(content.get("learned", {}), slugs))


def _known(table: Mapping[str, object], allowed: set[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise _fault(where, f"unknown key {key!r}; known are {', '.join(sorted(allowed))}")


def _scoring(table: object) -> Scoring:
    if not isinstance(table, dict):
        raise _fault("scoring", "must be a table: [scoring]")
    _known(table, {entry.name for entry in fields(Scoring)}, "scoring")
    return Scoring(**{key: _number(table, key, "scoring") for key in table})


def _learned(table: object, slugs: list[str]) -> Learned:
    if not isinstance(table, dict):
        raise _fault("learned", "must be a table: [learned]")
    _known(table, {"start", "pieces"}, "learned")
    start, texts = table.get("start", {}), table.get("pieces", {})
    if not isinstance(start, dict) or not isinstance(texts, dict):
        raise _fault("learned", "start and pieces must be tables by slug")
    _known(start, set(slugs), "learned, start")
    _known(texts, set(slugs), "learned, pieces")
    pieces: dict[str, dict[str, float]] = {}
    for slug, text in texts.items():
        for piece, weight in _pieces(text, f"learned, pieces, {slug}"):
            pieces.setdefault(piece, {})[slug] = weight
    return Learned({slug: _number(start, slug, "learned, start") for slug in start}, pieces)


def _pieces(text: object, where: str) -> Iterator[tuple[str, float]]:
    if not isinstance(text, str):
        raise _fault(where, "must be a text of piece:weight, separated by blanks")
    for entry in text.split():
        piece, _, weight = entry.partition(":")
        if not piece or not _weight().fullmatch(weight):
            raise _fault(where, f"must be piece:weight, not {entry!r}")
        yield piece, float(weight)


@cache
def _weight() -> re.Pattern[str]:
    return re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _number(table: Mapping[str, object], key: str, where: str, default: float = 0.0) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _fault(where, f"{key} must be a number, not {value!r}")
    return float(value)


@cache
def _slug() -> re.Pattern[str]:
    # Deep links carry slugs (`t_<slug>`): 62 of these characters is all that Telegram allows.
    return re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def _topic(table: object, place: int) -> TopicDefinition:
    where = f"topic {place}"
    if not isinstance(table, dict):
        raise _fault(where, "must be a table: [[topic]]")
    slug = table.get("slug")
    if not isinstance(slug, str) or not _slug().fullmatch(slug):
        raise _fault(where, f"slug must be lower-case letters, digits and hyphens, up to 32, not {slug!r}")
    where = f"topic {slug!r}"
    _known(table, {"slug", "names", "categories", "patterns", "bonus", *STRENGTHS}, where)
    return TopicDefinition(
        slug=slug,
        names=_names(table.get("names"), where),
        categories=_strings(table, "categories", where),
        words=_words(table, where),
        patterns=_patterns(table.get("patterns", []), where),
        bonus=_number(table, "bonus", where),
    )


def _names(table: object, where: str) -> Mapping[Language, str]:
    if not isinstance(table, dict):
        raise _fault(where, f"needs names for {', '.join(Language)}")
    _known(table, set(Language), f"{where}, names")
    for language in Language:
        if not isinstance(table.get(language), str) or not table[language].strip():
            raise _fault(f"{where}, names", f"needs a text for {language.value!r}")
    return {language: table[language].strip() for language in Language}


def _strings(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise _fault(f"{where}, {key}", "must be a list of texts")
    for place, value in enumerate(values, start=1):
        if not isinstance(value, str) or not entry_key(value):
            raise _fault(f"{where}, {key}, entry {place}", f"must be a text with a letter or digit, not {value!r}")
    return tuple(values)


def _words(table: Mapping[str, object], where: str) -> Mapping[str, str]:
    words: dict[str, str] = {}
    found: dict[str, str] = {}
    for strength in STRENGTHS:
        for word in _strings(table, strength, where):
            key = entry_key(word)
            if key in found:
                raise _fault(f"{where}, {strength}", f"{word!r} is listed twice (also under {found[key]})")
            found[key] = words[word] = strength
    return words


def _patterns(entries: object, where: str) -> tuple[tuple[str, float], ...]:
    if not isinstance(entries, list):
        raise _fault(f"{where}, patterns", "must be a list of { pattern = '…', weight = 1.5 }")
    return tuple(_pattern(entry, f"{where}, patterns, entry {place}") for place, entry in enumerate(entries, start=1))


def _pattern(entry: object, where: str) -> tuple[str, float]:
    if not isinstance(entry, dict):
        raise _fault(where, "must be { pattern = '…', weight = 1.5 }")
    _known(entry, {"pattern", "weight"}, where)
    pattern, weight = entry.get("pattern"), _number(entry, "weight", where, 1.5)
    if not isinstance(pattern, str) or not pattern:
        raise _fault(where, f"pattern must be a text, not {pattern!r}")
    try:
        re2.compile(pattern, _quiet())
    except re2.error as error:
        raise _fault(where, f"{pattern!r} is no RE2 expression: {_reason(error)}") from error
    return pattern, weight


def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # the library would print to standard error by itself
    return options


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
