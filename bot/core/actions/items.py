"""What a reader may do with one item: look at it, keep it, find more like it, learn why it came. Where an item was
opened from travels along, so that the way back is known without remembering anybody.
"""

from dataclasses import dataclass
from typing import Final

from bot.core.actions.wire import FLAG, ID, PAGE, Wire, integer

ORIGIN: Final = integer(0, 2**63 - 1)
"""The id of a digest or a message, 0 for none."""


@dataclass(frozen=True, slots=True)
class ShowItems:
    """The items of a push, to choose one: those of the message `message_id` (0: of the message the button is under),
    else those of the digest."""

    digest_id: int = 0
    message_id: int = 0
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowItem:
    """One item in full, with what can be done with it; the rest leads back to where it was chosen."""

    item_id: int
    digest_id: int = 0
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class SaveItem:
    """Keep an item (`on`) or let it go. It names the wanted state, so that a second press changes nothing."""

    item_id: int
    on: bool


@dataclass(frozen=True, slots=True)
class ShowSimilar:
    """Items like this one."""

    item_id: int


@dataclass(frozen=True, slots=True)
class ExplainItem:
    """Why this item comes here, or does not."""

    item_id: int


@dataclass(frozen=True, slots=True)
class ExplainPush:
    """Why each item of the message came here; `digest_id` stands for a message that is in no ledger."""

    digest_id: int = 0
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class ShowSaved:
    """The bookmarks, newest first."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class DropSaved:
    """Let a bookmark go, in the list, which is then shown without it."""

    item_id: int
    page: int = 1


@dataclass(frozen=True, slots=True)
class KeepSaved:
    """Take that back."""

    item_id: int
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowPreview:
    """What the last 24 hours would have brought; `everything` ignores the rules once."""

    everything: bool = False


ItemAction = (
    ShowItems
    | ShowItem
    | SaveItem
    | ShowSimilar
    | ExplainItem
    | ExplainPush
    | ShowSaved
    | DropSaved
    | KeepSaved
    | ShowPreview
)

WIRE: Final[Wire] = {
    ShowItems: ("itms", {"digest_id": ORIGIN, "message_id": ORIGIN, "page": PAGE}),
    ShowItem: ("item", {"item_id": ID, "digest_id": ORIGIN, "message_id": ORIGIN}),
    SaveItem: ("save", {"item_id": ID, "on": FLAG}),
    ShowSimilar: ("like", {"item_id": ID}),
    ExplainItem: ("whyi", {"item_id": ID}),
    ExplainPush: ("why", {"digest_id": ORIGIN, "message_id": ORIGIN}),
    ShowSaved: ("svd", {"page": PAGE}),
    DropSaved: ("svx", {"item_id": ID, "page": PAGE}),
    KeepSaved: ("svk", {"item_id": ID, "page": PAGE}),
    ShowPreview: ("prev", {"everything": FLAG}),
}
