"""What a button means, and how that meaning becomes callback data and back. Apart because views write these values,
handlers read them, and the wire between them belongs to strangers: whatever comes back is decoded field by field.

The wire form is `1:<code>:<field>:…`, at most 64 bytes of UTF-8 (Bot API, InlineKeyboardButton.callback_data). The
leading number is the version: old buttons of another version decode to None and are answered kindly. A text that
does not fit is stored elsewhere and carried as a `QueryRef`; `fits_button` tells which of the two to take.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from bot.core.model import Language, RuleAction, RuleKind, Script, Style
from bot.core.recap import RecapSpan

CALLBACK_LIMIT: Final = 64  # bytes
VERSION: Final = "1"
LAST_PAGE: Final = 9999
MOST_DIGESTS: Final = 20
TEXT_BUDGET: Final = 50  # bytes of UTF-8 that fit beside the longest prefix with its largest page number

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_UNSAFE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


class SettingsSection(StrEnum):
    """The pages of the settings message."""

    MAIN = "main"
    LANGUAGE = "language"
    STYLE = "style"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class QueryRef:
    """Stands for a text too long for a button; `id` is what the storage gave for it (1 to 2**63 - 1)."""

    id: int


ButtonText = str | QueryRef


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Start the pushes to this place."""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Stop the pushes to this place."""


@dataclass(frozen=True, slots=True)
class ShowLatest:
    """The newest `count` digests (1 to 20); `everything` ignores the rules once."""

    count: int = 1
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ShowDigest:
    """One stored digest; `everything` ignores the rules once."""

    digest_id: int
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ShowRecap:
    """The recap of today or of the week; `everything` ignores the rules once."""

    span: RecapSpan
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ShowTopics:
    """The list of topics; `page` counts from 1, as everywhere."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowTopic:
    """Newest items of a topic."""

    slug: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowCategory:
    """Newest items of a publisher's category."""

    name: ButtonText
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowAuthor:
    """Newest items of an author."""

    name: ButtonText
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowAuthors:
    """The most frequent authors."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class Search:
    """Items that match a query."""

    query: ButtonText
    page: int = 1


@dataclass(frozen=True, slots=True)
class ToggleTopic:
    """Follow the topic (`on`) or stop following it. It names the wanted state, so a second press of an old button
    changes nothing; `page` is the page of the topic list to show again."""

    slug: str
    on: bool
    page: int = 1


@dataclass(frozen=True, slots=True)
class AddRule:
    """Make a rule; one that exists already stays as it is."""

    action: RuleAction
    kind: RuleKind
    value: ButtonText


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """Take a rule away; a missing one is no fault."""

    action: RuleAction
    kind: RuleKind
    value: ButtonText


@dataclass(frozen=True, slots=True)
class ShowRules:
    """The list of rules."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class DropRule:
    """Take a rule away, in the list of rules, which is then shown without it."""

    action: RuleAction
    kind: RuleKind
    value: ButtonText


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """One page of the settings message, edited in place."""

    section: SettingsSection = SettingsSection.MAIN


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Choose the language of the interface."""

    language: Language


@dataclass(frozen=True, slots=True)
class SetStyle:
    """Choose how much of an item is shown."""

    style: Style


@dataclass(frozen=True, slots=True)
class SetScript:
    """Choose the script of Chinese content."""

    script: Script


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """The list of commands."""


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """The state of this chat and of the bot."""


@dataclass(frozen=True, slots=True)
class ShowAdmin:
    """The operator's figures."""


@dataclass(frozen=True, slots=True)
class HoldDelivery:
    """Hold all pushes (`on`), or let them go. It names the wanted state, so that a second press changes nothing."""

    on: bool


@dataclass(frozen=True, slots=True)
class Close:
    """Delete the message the button is under."""


@dataclass(frozen=True, slots=True)
class Noop:
    """A label that looks like a button (the page number)."""


Paged = ShowTopic | ShowCategory | ShowAuthor | Search
Action = (
    Subscribe
    | Unsubscribe
    | ShowLatest
    | ShowDigest
    | ShowRecap
    | ShowTopics
    | ShowAuthors
    | Paged
    | ToggleTopic
    | AddRule
    | RemoveRule
    | ShowRules
    | DropRule
    | ShowSettings
    | SetLanguage
    | SetStyle
    | SetScript
    | ShowHelp
    | ShowStatus
    | ShowAdmin
    | HoldDelivery
    | Close
    | Noop
)


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field is written and read; both raise ValueError for what is out of bounds."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def fits_button(text: str) -> bool:
    """Whether a text may travel in a button as it is: not empty, no control characters, at most 50 bytes."""
    if not text or any(unicodedata.category(char) in _UNSAFE for char in text):
        return False
    return len(text.encode("utf-8", "surrogatepass")) <= TEXT_BUDGET


def _integer(low: int, high: int) -> _Field:
    def read(wire: str) -> int:
        if not _NUMBER.fullmatch(wire) or not low <= int(wire) <= high:
            raise ValueError(wire)
        return int(wire)

    return _Field(lambda value: str(read(str(value))), read)


def _choice(choices: dict[str, Any]) -> _Field:
    names = {value: wire for wire, value in choices.items()}

    def look_up(table: dict[Any, Any], key: Any) -> Any:
        if key not in table:
            raise ValueError(key)
        return table[key]

    return _Field(lambda value: str(look_up(names, value)), lambda wire: look_up(choices, wire))


def _read_slug(wire: str) -> str:
    if not _SLUG.fullmatch(wire):
        raise ValueError(wire)
    return wire


def _write_text(value: ButtonText) -> str:
    if isinstance(value, QueryRef):
        return "#" + _ID.write(value.id)
    if not fits_button(value):
        raise ValueError("this text needs a QueryRef")
    return "=" + value


def _read_text(wire: str) -> ButtonText:
    if wire.startswith("#"):
        return QueryRef(_ID.read(wire[1:]))
    if not wire.startswith("=") or not fits_button(wire[1:]):
        raise ValueError(wire)
    return wire[1:]


_ID: Final = _integer(1, 2**63 - 1)
_PAGE: Final = _integer(1, LAST_PAGE)
_FLAG: Final = _choice({"0": False, "1": True})
_SLUG_FIELD: Final = _Field(_read_slug, _read_slug)
_TEXT: Final = _Field(_write_text, _read_text)
_RULE_ACTION: Final = _choice({"+": RuleAction.FOLLOW, "-": RuleAction.MUTE})
_RULE_KIND: Final = _choice({kind.value[0]: kind for kind in RuleKind})

# Per action: its code and the order of its fields on the wire. A text comes last, because it may hold colons.
_WIRE: Final[dict[type[Action], tuple[str, dict[str, _Field]]]] = {
    Subscribe: ("sub", {}),
    Unsubscribe: ("unsub", {}),
    ShowLatest: ("lat", {"count": _integer(1, MOST_DIGESTS), "everything": _FLAG}),
    ShowDigest: ("dig", {"digest_id": _ID, "everything": _FLAG}),
    ShowRecap: ("rec", {"span": _choice({span.value: span for span in RecapSpan}), "everything": _FLAG}),
    ShowTopics: ("tops", {"page": _PAGE}),
    ShowAuthors: ("auths", {"page": _PAGE}),
    ShowTopic: ("top", {"slug": _SLUG_FIELD, "page": _PAGE}),
    ShowCategory: ("cat", {"page": _PAGE, "name": _TEXT}),
    ShowAuthor: ("auth", {"page": _PAGE, "name": _TEXT}),
    Search: ("srch", {"page": _PAGE, "query": _TEXT}),
    ToggleTopic: ("tog", {"slug": _SLUG_FIELD, "on": _FLAG, "page": _PAGE}),
    AddRule: ("add", {"action": _RULE_ACTION, "kind": _RULE_KIND, "value": _TEXT}),
    RemoveRule: ("del", {"action": _RULE_ACTION, "kind": _RULE_KIND, "value": _TEXT}),
    ShowRules: ("rules", {"page": _PAGE}),
    DropRule: ("drop", {"action": _RULE_ACTION, "kind": _RULE_KIND, "value": _TEXT}),
    ShowSettings: ("set", {"section": _choice({section.value: section for section in SettingsSection})}),
    SetLanguage: ("lang", {"language": _choice({language.value: language for language in Language})}),
    SetStyle: ("style", {"style": _choice({style.value: style for style in Style})}),
    SetScript: ("scr", {"script": _choice({script.value: script for script in Script})}),
    ShowHelp: ("help", {}),
    ShowStatus: ("stat", {}),
    ShowAdmin: ("adm", {}),
    HoldDelivery: ("hold", {"on": _FLAG}),
    Close: ("x", {}),
    Noop: ("-", {}),
}
_BY_CODE: Final = {code: (kind, wire_fields) for kind, (code, wire_fields) in _WIRE.items()}


def encode(action: Action) -> str:
    """The callback data of an action, at most 64 bytes. Raises ValueError when a field is out of bounds: a text that
    `fits_button` refuses, a page below 1 or above 9999, a slug that is none."""
    code, wire_fields = _WIRE[type(action)]
    values = (field.write(getattr(action, name)) for name, field in wire_fields.items())
    return ":".join((VERSION, code, *values))


def decode(data: str | bytes | None) -> Action | None:
    """The action of a callback data; None for anything malformed, foreign or of another version. Never raises."""
    wire = _wire_text(data)
    version, _, rest = wire.partition(":")
    code, colon, tail = rest.partition(":")
    if version != VERSION or code not in _BY_CODE:
        return None
    kind, wire_fields = _BY_CODE[code]
    parts = tail.split(":", len(wire_fields) - 1) if colon and wire_fields else []
    if len(parts) != len(wire_fields) or (colon and not wire_fields):
        return None
    try:
        values = {name: field.read(part) for (name, field), part in zip(wire_fields.items(), parts, strict=True)}
    except ValueError:
        return None
    return kind(**values)


def page_of(action: Paged, page: int) -> Paged:
    """The same list at another page."""
    values = {field.name: getattr(action, field.name) for field in fields(action)}
    return type(action)(**{**values, "page": page})


def _wire_text(data: str | bytes | None) -> str:
    """What came back as text; empty for what cannot be ours."""
    if isinstance(data, bytes):
        data = data.decode("utf-8", "replace")
    if not isinstance(data, str) or len(data) > CALLBACK_LIMIT:
        return ""
    return data if len(data.encode("utf-8", "replace")) <= CALLBACK_LIMIT else ""
