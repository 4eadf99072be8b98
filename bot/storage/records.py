"""What storage hands out and takes in beyond the nouns of `bot.core.model`: frozen values, free of any database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.agenda import Agenda
from bot.core.layout import Layout
from bot.core.ledger import Delivery
from bot.core.model import (
    ChatKind,
    Digest,
    Language,
    ParseProblem,
    Place,
    Preferences,
    Rule,
    RuleKind,
    Script,
    StoredDigest,
    Style,
    SubscriberState,
    Verdict,
)
from bot.core.query import Query
from bot.core.revision import Revision


class PutOutcome(StrEnum):
    """What storing a digest did (contract, section 3, `stored`)."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class NewDigest:
    """A digest to store with many others: the hash of its file's bytes, and which file that was."""

    digest: Digest
    content_hash: str
    source: str


@dataclass(frozen=True, slots=True)
class PutResult:
    """What storing a digest did; `revision` says what a correction changed."""

    outcome: PutOutcome
    digest: StoredDigest
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class DigestHead:
    """A digest without its items. `source` names the file it was last read from; `changes` what its last correction
    changed, as plain JSON values (empty at revision 1)."""

    id: int
    slot: datetime
    date: datetime
    title: str
    window_hours: int | None
    categories: tuple[str, ...]
    revision: int
    content_hash: str
    source: str
    created: datetime
    updated: datetime
    changes: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many items something has."""

    name: str
    items: int


@dataclass(frozen=True, slots=True)
class AuthorCount:
    """One author, by shown name and handle (either may be None), and how many items are theirs."""

    name: str | None
    handle: str | None
    items: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The last look at a file of a source: `source` and `path` name it, `slot` is the digest it gave, if any;
    `modified` when it was written, as far as its source knows."""

    source: str
    path: str
    content_hash: str
    verdict: Verdict
    problems: tuple[ParseProblem, ...]
    slot: datetime | None
    seen_at: datetime
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedMark:
    """A bookmark as exported: the digest's slot and the item's number in it."""

    slot: datetime
    number: int


@dataclass(frozen=True, slots=True)
class SubscriberLine:
    """A subscriber to import. None (and a preference that is not named) keeps what is stored, or the default for a new
    one. `preferences` maps names of `Preferences` to values of their types; values are expected to be checked."""

    place: Place
    kind: ChatKind | None = None
    title: str | None = None
    language: Language | None = None
    state: SubscriberState | None = None
    since: datetime | None = None
    preferences: Mapping[str, object] = field(default_factory=dict)
    rules: tuple[Rule, ...] | None = None
    saved: tuple[SavedMark, ...] | None = None


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did; `unknown_saved` counts bookmarks of items that this archive does not hold."""

    added: int = 0
    updated: int = 0
    unknown_saved: int = 0


@dataclass(frozen=True, slots=True)
class KeywordTerm:
    """A keyword that somebody follows or mutes, ready for `bot.core.matching.matches`."""

    id: int
    query: Query


@dataclass(frozen=True, slots=True)
class TermLine:
    """What a rule may speak of, as it is filed; `lookup` is the one token a keyword is found by."""

    id: int
    kind: RuleKind
    value: str
    lookup: str | None


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """A reader whose agenda is due, with what is needed to plan. `follows`: has a follow rule."""

    subscriber_id: int
    agenda: Agenda
    active: bool
    language: Language
    preferences: Preferences
    follows: bool
    returned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What an edition was planned with; `complete`: and whatever its digest gained since."""

    digest_id: int
    item_ids: tuple[int, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class WindowItem:
    """An item of the last days: the hash of what it says, and its story (None: it is alone)."""

    fingerprint: str
    story_id: int | None


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """An item by its place: digest, slot and number."""

    id: int
    digest_id: int
    slot: datetime
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Story:
    """Items that tell the same thing, oldest digest first; `id` is the id of the item it began with."""

    id: int
    items: tuple[PlacedItem, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """What one group of subscribers with the same choice receives of one digest. `parts` holds the rendered messages
    as JSON once they were made, `layout` which items stand in which of them, `revision` which revision of the digest
    they show; `hidden` counts the items that the choice leaves out. `complete`: its readers take everything, so items
    that a correction adds belong to it. `seen`: the items whose story they were sent before, left out or in. A
    `roundup` (its heading as `bot.core.roundup.Heading` writes it) holds items of several digests, of which `digest_id`
    is the newest, and has no room for `more`."""

    id: int
    digest_id: int
    item_ids: tuple[int, ...]
    style: Style
    language: Language
    script: Script
    hidden: int = 0
    revision: int = 1
    parts: str | None = None
    rich: bool = False
    complete: bool = False
    layout: Layout = ()
    seen: tuple[int, ...] = ()
    per_message: int = 0
    link_preview: bool = False
    roundup: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class NewEdition:
    """An edition to be planned; the database gives it its id."""

    digest_id: int
    item_ids: tuple[int, ...]
    style: Style
    language: Language
    script: Script
    hidden: int = 0
    revision: int = 1
    parts: str | None = None
    rich: bool = False
    complete: bool = False
    seen: tuple[int, ...] = ()
    per_message: int = 0
    link_preview: bool = False
    roundup: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class OutdatedDelivery:
    """A delivery whose messages show an older text than its edition now has. `postponed`: an edit was tried and is not
    due again before that time; `attempts` counts those that failed."""

    delivery: Delivery
    postponed: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Amendment:
    """What became of a delivery's edit: its messages now show `revision`, or it is tried again at `again`. Nothing is
    written if the delivery got other messages since."""

    delivery: Delivery
    revision: int = 0
    again: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Resting:
    """A delivery that was tried or put off, and is due again at a later time."""

    delivery_id: int
    subscriber_id: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a new instance found: rows taken but not begun, and rows interrupted in the middle of a send."""

    claimed: int
    interrupted: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for one place: deliveries not over yet, and the due time of the first (None: nothing waits)."""

    deliveries: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class LastSent:
    """The newest digest a place received in full: its slot, when, and the messages."""

    digest_id: int
    slot: datetime
    at: datetime
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds a lease and until when (aware UTC)."""

    name: str
    owner: str
    host: str
    pid: int
    acquired: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class SubscriberCounts:
    """How many subscribers there are in each state."""

    active: int = 0
    paused: int = 0
    blocked: int = 0
