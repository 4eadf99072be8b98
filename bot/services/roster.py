"""Subscribers as lines of JSON (contract, section 3), out and in: for the operator's export and import, and whatever
else hands a reader's data over. What goes out comes in again unchanged.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from bot.core.model import (
    ChatKind,
    Language,
    Night,
    Place,
    Repeats,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    Style,
    Subscriber,
    SubscriberState,
)
from bot.core.zones import is_zone
from bot.errors import DigestbotError
from bot.storage import SavedMark, Storage, SubscriberLine

BATCH = 5_000  # lines a transaction
MAX_LINE_BYTES = 1 << 20
MOST_ITEMS = 50  # that a preference may name
MAX_VALUE = 200  # characters of a rule's value
_PAGE = 500
_GENERAL = 1  # the General topic of a forum: for sending there is no such thread (Bot API)
_ID = 1 << 63

E = TypeVar("E", bound=StrEnum)


class LineError(DigestbotError):
    """A line that cannot be taken, and why; `line` counts from 1."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(fault)
        self.line = line
        self.fault = fault


@dataclass(slots=True)
class Import:
    """What an import has done so far: lines read, readers added and updated, lines refused, bookmarks of items that the
    archive does not hold; `bytes` read, for whoever shows the progress."""

    lines: int = 0
    bytes: int = 0
    added: int = 0
    updated: int = 0
    refused: int = 0
    unknown_saved: int = 0


def subscriber_to_json(subscriber: Subscriber, saved: Sequence[SavedMark]) -> dict[str, object]:
    """A line of `subscribers export`, as an object."""
    wishes = subscriber.preferences
    return {
        "chat_id": subscriber.place.chat_id,
        "thread_id": subscriber.place.thread_id,
        "kind": subscriber.kind.value,
        "title": subscriber.title,
        "language": subscriber.language.value,
        "state": subscriber.state.value,
        "since": subscriber.since.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "preferences": {
            "style": wishes.style.value,
            "script": wishes.script.value,
            "schedule": list(wishes.schedule),
            "time_zone": wishes.time_zone,
            "quiet": wishes.quiet,
            "rich": wishes.rich,
            "silent": wishes.silent,
            "night": wishes.night.value,
            "min_items": wishes.min_items,
            "per_message": wishes.per_message,
            "link_preview": wishes.link_preview,
            "repeats": wishes.repeats.value,
        },
        "rules": [
            {"action": rule.action.value, "kind": rule.kind.value, "value": rule.value} for rule in subscriber.rules
        ],
        "saved": [f"{mark.slot.isoformat()}#{mark.number}" for mark in saved],
    }


def export_subscribers(storage: Storage, *, state: SubscriberState | None = None) -> Iterator[dict[str, object]]:
    """Every subscriber as an object, in order of id, from one snapshot."""
    with storage.reading() as tx:
        readers = tx.subscribers.stream(state=state, size=_PAGE)
        while page := list(islice(readers, _PAGE)):
            saved = tx.saved.marks_of_many([reader.id for reader in page])
            for reader in page:
                yield subscriber_to_json(reader, saved.get(reader.id, ()))


def import_subscribers(
    storage: Storage,
    lines: Iterable[bytes],
    *,
    language: Language,
    slug_of: Callable[[str], str | None],
    now: datetime,
) -> Iterator[Import | LineError]:
    """Add or change the reader of each line, in batches. Yields a LineError for each line that is refused, and after
    each batch, and at the end, the state of things. `slug_of` tells the topic that a name in a rule means."""
    counts = Import()
    numbered = enumerate(lines, 1)
    while batch := list(islice(numbered, BATCH)):
        taken: list[SubscriberLine] = []
        for number, line in batch:
            counts.lines, counts.bytes = number, counts.bytes + len(line)
            try:
                read = read_line(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, slug_of=slug_of)
            except ValueError as error:
                counts.refused += 1
                yield LineError(number, str(error))
            else:
                taken += [read] if read else []
        with storage.writing() as tx:
            written = tx.importer.upsert_many(taken, now=now, language=language)
        counts.added += written.added
        counts.updated += written.updated
        counts.unknown_saved += written.unknown_saved
        yield counts
    storage.optimise()
    yield counts


def read_line(line: bytes, *, slug_of: Callable[[str], str | None] = lambda _: None) -> SubscriberLine | None:
    """The reader a line tells of; None for an empty one. Raises ValueError that says what is wrong with it."""
    if not line.strip():
        return None
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"the line is longer than {MAX_LINE_BYTES} bytes")
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("the line is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise ValueError("the line is not JSON") from None
    given = _object(fields, "the line", _FIELDS)
    if given.get("chat_id") is None:
        raise ValueError("chat_id is missing")
    return SubscriberLine(
        place=Place(_chat(given["chat_id"]), _thread(given.get("thread_id"))),
        preferences=_preferences(given.get("preferences")),
        rules=_rules(given.get("rules"), slug_of),
        **{name: read(given[name], name) for name, read in _PLAIN.items() if given.get(name) is not None},
    )


def _object(value: object, what: str, fields: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    unknown = value.keys() - fields
    if unknown:
        where = "" if what == "the line" else f" in {what}"
        raise ValueError(f"unknown field{where}: {', '.join(sorted(unknown))}")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{what} is not a list")
    return value


def _chat(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not value or not -_ID <= value < _ID:
        raise ValueError("chat_id is not the number of a chat")
    return value


def _thread(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _ID:
        raise ValueError("thread_id is not the number of a forum topic")
    return None if value == _GENERAL else value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} is not a text")
    return value


def _flag(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{what} is neither true nor false")
    return value


def _number(low: int, high: int) -> Callable[[object, str], int]:
    def read(value: object, what: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"{what} is not a number from {low} to {high}")
        return value

    return read


def _one_of(kind: type[E]) -> Callable[[object, str], E]:
    known = {member.value: member for member in kind}

    def read(value: object, what: str) -> E:
        found = known.get(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(f"{what} is not one of {', '.join(known)}")
        return found

    return read


def _instant(value: object, what: str) -> datetime:
    try:
        when = datetime.fromisoformat(_text(value, what))
        if when.tzinfo is not None:
            return when.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{what} is not a time with its zone, such as 2026-11-22T08:00:00Z")


def _schedule(value: object, what: str) -> tuple[str, ...]:
    entries = tuple(_text(entry, what) for entry in _list(value, what))
    wrong = [entry for entry in entries if not _SCHEDULE.fullmatch(entry)]
    if wrong:
        raise ValueError(f"{what} holds {wrong[0]!r}; write each, daily HH:MM or weekly MON HH:MM")
    return entries


def _quiet(value: object, what: str) -> str:
    if not _QUIET.fullmatch(_text(value, what)):
        raise ValueError(f"{what} is not of the form HH:MM-HH:MM")
    return str(value)


def _time_zone(value: object, what: str) -> str:
    if not is_zone(_text(value, what)):
        raise ValueError(f"{what} is no time zone; use an IANA name such as Asia/Shanghai")
    return str(value)


def _preferences(value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    given = _object(value, "preferences", frozenset(_PREFERENCES))
    return {
        name: None if wish is None else _PREFERENCES[name](wish, name)
        for name, wish in given.items()
        if wish is not None or name in _MAY_BE_NONE
    }


def _rules(value: object, slug_of: Callable[[str], str | None]) -> tuple[Rule, ...] | None:
    if value is None:
        return None
    return tuple(_rule(entry, slug_of) for entry in _list(value, "rules"))


def _rule(value: object, slug_of: Callable[[str], str | None]) -> Rule:
    given = _object(value, "a rule", _RULE_FIELDS)
    missing = _RULE_FIELDS - given.keys()
    if missing:
        raise ValueError(f"a rule has no {', '.join(sorted(missing))}")
    action, kind = _ACTION(given["action"], "a rule's action"), _KIND(given["kind"], "a rule's kind")
    text = _text(given["value"], "a rule's value")
    if not text.strip() or len(text) > MAX_VALUE:
        raise ValueError(f"a rule's value is empty or longer than {MAX_VALUE} characters")
    return Rule(action, kind, (slug_of(text) or text) if kind is RuleKind.TOPIC else text)


def _saved(value: object, what: str) -> tuple[SavedMark, ...]:
    return tuple(_mark(_text(entry, what)) for entry in _list(value, what))


def _mark(text: str) -> SavedMark:
    slot, _, number = text.rpartition("#")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ValueError(f"saved holds {text!r}; write SLOT#NUMBER, such as 2025-11-26T08:00:00+08:00#4")
    return SavedMark(_instant(slot, "the time of a saved item"), int(number))


_SCHEDULE = re.compile(r"each|(?:daily|weekly (?:MON|TUE|WED|THU|FRI|SAT|SUN)) (?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_QUIET = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_ACTION, _KIND = _one_of(RuleAction), _one_of(RuleKind)
_RULE_FIELDS = frozenset({"action", "kind", "value"})
_MAY_BE_NONE = frozenset({"time_zone", "quiet"})
_PREFERENCES: Mapping[str, Callable[[object, str], object]] = {
    "style": _one_of(Style),
    "script": _one_of(Script),
    "schedule": _schedule,
    "time_zone": _time_zone,
    "quiet": _quiet,
    "rich": _flag,
    "silent": _flag,
    "night": _one_of(Night),
    "min_items": _number(1, MOST_ITEMS),
    "per_message": _number(0, MOST_ITEMS),
    "link_preview": _flag,
    "repeats": _one_of(Repeats),
}
_PLAIN: Mapping[str, Callable[[object, str], Any]] = {
    "kind": _one_of(ChatKind),
    "title": _text,
    "language": _one_of(Language),
    "state": _one_of(SubscriberState),
    "since": _instant,
    "saved": _saved,
}
_FIELDS = frozenset({"chat_id", "thread_id", "preferences", "rules", *_PLAIN})
