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

NOTHING = "S"
"""The letter of a learned weight of 0; the letters from `(` to `~` are steps below and above it."""

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
    """One `[[topic]]` of the file. `words` gives each word's strength, `keys` each word by its `entry_key`;
    `patterns` are RE2 with their weights; `bonus` is added once when anything of the topic occurs."""

    slug: str
    names: Mapping[Language, str]
    categories: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[str, float], ...] = ()
    bonus: float = 0.0


@dataclass(frozen=True, slots=True)
class Learned:
    """The file's `[learned]` table: what small pieces of text (two neighbouring characters, a word, two neighbouring
    words) speak for, learned from labelled items. `start` is each topic's score before any piece is seen; a piece has
    one letter for each slug of `order`, that is so many times `step`."""

    start: Mapping[str, float] = field(default_factory=dict)
    step: float = 0.1
    order: tuple[str, ...] = ()
    pieces: Mapping[str, str] = field(default_factory=dict)


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
    _known(table, {entry.name for entry in fields(Learned)}, "learned")
    start, order = table.get("start", {}), _strings(table, "order", "learned")
    if not isinstance(start, dict):
        raise _fault("learned", "start must be a table by slug")
    _known(start, set(slugs), "learned, start")
    _known(dict.fromkeys(order), set(slugs), "learned, order")
    return Learned(
        start={slug: _number(start, slug, "learned, start") for slug in start},
        step=_number(table, "step", "learned", Learned().step),
        order=order,
        pieces=_pieces(table.get("pieces", ""), len(order)),
    )


def _pieces(text: object, letters: int) -> Mapping[str, str]:
    if not isinstance(text, str):
        raise _fault("learned, pieces", "must be a text of pieces, each with its letters, separated by blanks")
    entries = text.split()
    pieces = dict(zip(entries[::2], entries[1::2], strict=False))
    # One question about all letters at once: asked one by one it would take longer than reading the whole file.
    together = "".join(pieces.values())
    if len(entries) % 2 or not set(map(len, pieces.values())) <= {letters} or not _weights().fullmatch(together):
        wrong = [piece for piece, code in pieces.items() if len(code) != letters or not _weights().fullmatch(code)]
        raise _fault("learned, pieces", f"{(wrong or entries[-1:])[0]!r} needs {letters} letters from ( to ~ behind it")
    return pieces


@cache
def _weights() -> re.Pattern[str]:
    return re.compile(r"[(-~]*")


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
    words, keys = _words(table, where)
    return TopicDefinition(
        slug=slug,
        names=_names(table.get("names"), where),
        categories=_strings(table, "categories", where),
        words=words,
        keys=keys,
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
    return tuple(text for _, text in _keyed(table, key, where))


def _keyed(table: Mapping[str, object], key: str, where: str) -> Iterator[tuple[str, str]]:
    """The texts of a list, each behind its `entry_key`: found once, since it takes longer than all the rest here."""
    values = table.get(key, [])
    if not isinstance(values, list):
        raise _fault(f"{where}, {key}", "must be a list of texts")
    for place, value in enumerate(values, start=1):
        found = entry_key(value) if isinstance(value, str) else ""
        if not found:
            raise _fault(f"{where}, {key}, entry {place}", f"must be a text with a letter or digit, not {value!r}")
        yield found, value


def _words(table: Mapping[str, object], where: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Each word's strength, and each word by its key."""
    words: dict[str, str] = {}
    keys: dict[str, str] = {}
    for strength in STRENGTHS:
        for key, word in _keyed(table, strength, where):
            if key in keys:
                raise _fault(f"{where}, {strength}", f"{word!r} is listed twice (also under {words[keys[key]]})")
            words[word], keys[key] = strength, word
    return words, keys


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
