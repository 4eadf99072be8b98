"""The nouns of the field as frozen values: what a digest, a subscriber and a rule are, and nothing about how
they are stored, sent or drawn. Everything else in digestbot speaks in these words (contract, section 1).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SpanKind(StrEnum):
    """How a stretch of text is set apart."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"  # inline
    PRE = "pre"  # a block of code
    LINK = "link"  # carries a url


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of a RichText; `start` and `end` count Python characters (code points), end exclusive."""

    kind: SpanKind
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RichText:
    """Plain text and the spans over it, sorted by start, then by longest first. No markup is left in `text`."""

    text: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered entry of a digest. `url` is as the publisher wrote it; `topics` best first, at most three."""

    number: int
    title: str
    author: str | None = None
    url: str | None = None
    body: RichText = RichText()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """One Markdown document. `slot` is `date` to the minute; both aware, in the publisher's own offset."""

    slot: datetime
    title: str
    date: datetime
    window_hours: int | None
    categories: tuple[str, ...]
    items: tuple[Item, ...]


class Severity(StrEnum):
    """How bad a problem of a digest file is."""

    ERROR = "error"  # the file is refused
    WARNING = "warning"  # stored, but something is odd


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """One thing wrong with a digest file. `line` counts from 1; `code` is stable, for machines."""

    line: int
    severity: Severity
    code: str
    message: str


class Verdict(StrEnum):
    """What becomes of a digest file (contract, section 3)."""

    ACCEPT = "accept"
    ACCEPT_WITH_WARNING = "accept-with-warning"
    SKIP = "skip"  # understood, on purpose not published
    REJECT = "reject"  # nothing stored


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file gave: `digest` is None unless the verdict accepts it."""

    verdict: Verdict
    problems: tuple[ParseProblem, ...]
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the archive holds it: its lasting id and its digest's slot. `removed`: a correction took it out."""

    id: int
    digest_id: int
    slot: datetime
    item: Item
    removed: bool = False


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest as the archive holds it. `revision` counts corrections from 1. `digest.items` excludes removed ones;
    `items` holds all, removed ones included, in order of number."""

    id: int
    digest: Digest
    items: tuple[StoredItem, ...]
    revision: int = 1


class Language(StrEnum):
    """The languages of the interface."""

    ZH_HANS = "zh-hans"
    ZH_HANT = "zh-hant"
    EN = "en"


class Script(StrEnum):
    """The script in which Chinese content is shown."""

    HANS = "hans"
    HANT = "hant"


class Style(StrEnum):
    """How much of an item a chat is shown."""

    FULL = "full"  # title, author and the paragraph
    FOLDED = "folded"  # the paragraph in an expandable quotation
    HEADLINES = "headlines"  # title and author only


class ChatKind(StrEnum):
    """Telegram's kinds of chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"

    @property
    def shared(self) -> bool:
        """Whether several people read such a chat; Telegram limits what it is sent a minute (Bot FAQ)."""
        return self is not ChatKind.PRIVATE


class SubscriberState(StrEnum):
    """Whether pushes go to a subscriber."""

    ACTIVE = "active"
    PAUSED = "paused"  # by the reader
    BLOCKED = "blocked"  # by Telegram's answer: the bot was blocked, kicked or lost its rights


class RuleAction(StrEnum):
    """What a rule does with the items it matches."""

    FOLLOW = "follow"
    MUTE = "mute"


class RuleKind(StrEnum):
    """What a rule looks at."""

    TOPIC = "topic"
    CATEGORY = "category"
    KEYWORD = "keyword"
    AUTHOR = "author"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Rule:
    """One wish of a subscriber: follow or mute a value of a kind."""

    action: RuleAction
    kind: RuleKind
    value: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subscriber lives: a chat, or one forum topic of it. `thread_id` is None outside topics and for General
    (never 1: the server refuses that, Bot API)."""

    chat_id: int
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class ManagedChat:
    """A chat that somebody may manage from their private one, by the name it had when last seen."""

    chat_id: int
    kind: ChatKind
    title: str


class Night(StrEnum):
    """What quiet hours do to a push."""

    HOLD = "hold"  # kept, and merged into one roundup when they end
    SILENT = "silent"  # sent without a sound


class Repeats(StrEnum):
    """What becomes of an item whose story a chat was sent before, where the whole digest is shown."""

    MARK = "mark"  # one line that says so
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Preferences:
    """How and when a subscriber wants digests. `schedule` entries: `each`, `daily HH:MM`, `weekly MON HH:MM`;
    `quiet`: `HH:MM-HH:MM` or None, and `night` what it does; `time_zone`: an IANA name or None for the operator's.
    `min_items`: fewer than these wait for more; `per_message`: items in one message, 0 for as many as fit;
    `link_preview`: of the first item's link."""

    style: Style = Style.FOLDED
    script: Script = Script.HANS
    schedule: tuple[str, ...] = ("each",)
    time_zone: str | None = None
    quiet: str | None = None
    rich: bool = False
    silent: bool = False
    night: Night = Night.HOLD
    min_items: int = 1
    per_message: int = 0
    link_preview: bool = False
    repeats: Repeats = Repeats.MARK


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A place that receives pushes, with its preferences and rules. `since` is when it first subscribed, aware UTC."""

    id: int
    place: Place
    kind: ChatKind
    title: str
    language: Language
    state: SubscriberState
    since: datetime
    preferences: Preferences = Preferences()
    rules: tuple[Rule, ...] = ()
