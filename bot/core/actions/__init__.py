"""What a button means, and how that meaning becomes callback data and back. Apart because views write these values,
handlers read them, and the wire between them belongs to strangers: whatever comes back is decoded field by field.

The wire form is `1:<code>:<field>:…`, at most 64 bytes of UTF-8 (Bot API, InlineKeyboardButton.callback_data). The
leading number is the version: old buttons of another version decode to None and are answered kindly. A text that
does not fit is stored elsewhere and carried as a `QueryRef`; `fits_button` tells which of the two to take.
"""

from dataclasses import fields
from typing import Final

from bot.core.actions import housekeeping, items, places, privacy, reading, settings, wishes
from bot.core.actions.housekeeping import Close, HoldDelivery, HousekeepingAction, Noop, ShowAdmin, ShowHelp, ShowStatus
from bot.core.actions.items import (
    DropSaved,
    ExplainItem,
    ExplainPush,
    ItemAction,
    KeepSaved,
    SaveItem,
    ShowItem,
    ShowItems,
    ShowPreview,
    ShowSaved,
    ShowSimilar,
)
from bot.core.actions.places import Managed, OpenTopic, PickChat, PlaceAction, ShowChats, ShowMap, Unbind
from bot.core.actions.privacy import AskForget, ExportData, Forget, KeepData, PrivacyAction, ShowPrivacy
from bot.core.actions.reading import (
    Paged,
    ReadingAction,
    Search,
    ShowAuthor,
    ShowAuthors,
    ShowCategory,
    ShowDigest,
    ShowLatest,
    ShowRecap,
    ShowTopic,
    ShowTopics,
)
from bot.core.actions.settings import (
    AskZone,
    Begin,
    ChooseOffset,
    MoveDaily,
    SetEach,
    SetFlag,
    SetLanguage,
    SetMinItems,
    SetNight,
    SetPaused,
    SetPerMessage,
    SetQuiet,
    SetRepeats,
    SetScript,
    SetStyle,
    SettingFlag,
    SettingsAction,
    SettingsSection,
    SetWeeklyTime,
    SetZone,
    ShowSettings,
    ShowZones,
    ToggleDaily,
    ToggleWeekly,
    ZoneQuestion,
)
from bot.core.actions.wire import LAST_PAGE, MOST_DIGESTS, TEXT_BUDGET, ButtonText, Field, QueryRef, Wire, fits_button
from bot.core.actions.wishes import (
    AddRule,
    DropRule,
    RemoveRule,
    ShowRules,
    Subscribe,
    ToggleTopic,
    Unsubscribe,
    WishAction,
)

CALLBACK_LIMIT: Final = 64  # bytes
VERSION: Final = "1"

Action = HousekeepingAction | ItemAction | PlaceAction | PrivacyAction | ReadingAction | SettingsAction | WishAction


def _write_inner(action: Action) -> str:
    if isinstance(action, Managed):
        raise ValueError("a place is managed from one other place only")
    return encode(action).removeprefix(f"{VERSION}:")


def _read_inner(wire: str) -> Action:
    action = decode(f"{VERSION}:{wire}")
    if action is None or isinstance(action, Managed):
        raise ValueError(wire)
    return action


_MANAGED: Final = {
    "chat_id": places.CHAT,
    "thread_id": places.THREAD,
    "action": Field(_write_inner, _read_inner),  # last: it may hold colons
}
_WIRE: Final[Wire] = {
    Managed: ("m", _MANAGED),
    **items.WIRE,
    **places.WIRE,
    **privacy.WIRE,
    **reading.WIRE,
    **wishes.WIRE,
    **settings.WIRE,
    **housekeeping.WIRE,
}
_BY_CODE: Final = {code: (kind, wire_fields) for kind, (code, wire_fields) in _WIRE.items()}


def encode(action: Action) -> str:
    """The callback data of an action, at most 64 bytes. Raises ValueError when a field is out of bounds: a text that
    `fits_button` refuses, a page below 1 or above 9999, a slug that is none."""
    code, wire_fields = _WIRE[type(action)]
    values = (field.write(getattr(action, name)) for name, field in wire_fields.items())
    data = ":".join((VERSION, code, *values))
    if len(data.encode()) > CALLBACK_LIMIT:
        raise ValueError(f"{data!r} is too long for a button")
    return data


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
    action: Action = kind(**values)
    return action


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


__all__ = [
    "CALLBACK_LIMIT",
    "LAST_PAGE",
    "MOST_DIGESTS",
    "TEXT_BUDGET",
    "VERSION",
    "Action",
    "AddRule",
    "AskForget",
    "AskZone",
    "Begin",
    "ButtonText",
    "ChooseOffset",
    "Close",
    "DropRule",
    "DropSaved",
    "ExplainItem",
    "ExplainPush",
    "ExportData",
    "Forget",
    "HoldDelivery",
    "KeepData",
    "KeepSaved",
    "Managed",
    "MoveDaily",
    "Noop",
    "OpenTopic",
    "Paged",
    "PickChat",
    "QueryRef",
    "RemoveRule",
    "SaveItem",
    "Search",
    "SetEach",
    "SetFlag",
    "SetLanguage",
    "SetMinItems",
    "SetNight",
    "SetPaused",
    "SetPerMessage",
    "SetQuiet",
    "SetRepeats",
    "SetScript",
    "SetStyle",
    "SetWeeklyTime",
    "SetZone",
    "SettingFlag",
    "SettingsSection",
    "ShowAdmin",
    "ShowAuthor",
    "ShowAuthors",
    "ShowCategory",
    "ShowChats",
    "ShowDigest",
    "ShowHelp",
    "ShowItem",
    "ShowItems",
    "ShowLatest",
    "ShowMap",
    "ShowPreview",
    "ShowPrivacy",
    "ShowRecap",
    "ShowRules",
    "ShowSaved",
    "ShowSettings",
    "ShowSimilar",
    "ShowStatus",
    "ShowTopic",
    "ShowTopics",
    "ShowZones",
    "Subscribe",
    "ToggleDaily",
    "ToggleTopic",
    "ToggleWeekly",
    "Unbind",
    "Unsubscribe",
    "ZoneQuestion",
    "decode",
    "encode",
    "fits_button",
    "page_of",
]
