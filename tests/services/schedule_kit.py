"""A publisher, readers and a clock that is set by hand: what reaches whom, and when, without sending anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.ledger import Change, Delivery, DeliveryState
from bot.core.model import ChatKind, Language, Place, Preferences, Rule
from bot.core.topics import TopicSet
from bot.services.ingest import Ingest
from bot.services.scheduling import Scheduler
from bot.sources import RawDigest
from bot.storage import Edition, Storage
from tests.conftest import Entry, digest_text, slot

ZONE = ZoneInfo("Asia/Shanghai")


def news(number: int) -> Entry:
    """The n-th of entries that tell different things."""
    sign = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"[number % 22]
    words = f"{sign}{number}"
    return Entry(
        f"{words}号消息 {number * 7919}", f"{words} 的内容 {number * 104729}。", url=f"https://example.org/{number}"
    )


@dataclass(frozen=True)
class Got:
    """What one reader was sent: when, the items' titles, and the edition."""

    at: datetime
    titles: tuple[str, ...]
    edition: Edition
    silent: bool

    @property
    def when(self) -> str:
        """By Shanghai's clock: `DD HH:MM`."""
        return f"{self.at.astimezone(ZONE):%d %H:%M}"


@dataclass
class Town:
    """Readers of one archive under one clock, which starts on 21 November 2026 at midnight in Shanghai."""

    storage: Storage
    topics: TopicSet
    now: datetime = field(default_factory=lambda: slot(0))
    got: dict[int, list[Got]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ingest = Ingest(self.storage, self.topics, time_zone=ZONE)
        self.scheduler = Scheduler(self.storage, zone=ZONE, now=lambda: self.now)

    def join(self, chat_id: int, *rules: Rule, **wishes: object) -> int:
        """A reader with these preferences; its id."""
        with self.storage.writing() as tx:
            reader, _ = tx.subscribers.ensure(
                Place(chat_id), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=self.now,
                preferences=Preferences(**wishes),  # type: ignore[arg-type] # fields by name
            )  # fmt: skip
            tx.subscribers.set_rules(reader.id, rules, now=self.now)
            return reader.id

    def change(self, reader: int, **wishes: object) -> None:
        """The reader has these preferences from now on."""
        with self.storage.writing() as tx:
            tx.subscribers.set_preferences(reader, Preferences(**wishes), now=self.now)  # type: ignore[arg-type]

    def publish(self, *entries: Entry, announce: bool = True, idle: bool = False) -> None:
        """A digest comes now; `idle`: and nobody plans or delivers yet."""
        text = digest_text(self.now.astimezone(ZONE), entries)
        raw = RawDigest("/digests", f"{self.now.timestamp()}.md", text.encode(), self.now, "x.md")
        (report,) = self._ingest.store([raw], announce=announce, now=self.now)
        assert report.stored == "new"
        if not idle:
            self.work()

    def at(self, hour: int, minute: int = 0, *, day: int = 21) -> None:
        """Let it become that time in November, everything due on the way being sent."""
        self.advance(slot(hour, day) + timedelta(minutes=minute))

    def advance(self, end: datetime) -> None:
        """The same until any instant."""
        for instant in self._dues(end):
            self.now = instant
            self.work()
        self.now = end
        self.work()

    def work(self) -> None:
        """Plan and deliver what is due now."""
        self.scheduler.plan_due()
        self.deliver()

    def deliver(self) -> None:
        """Send what is due."""
        with self.storage.writing() as tx:
            while tx.ledger.expand(100, now=self.now):
                pass
            due = tx.ledger.claim(now=self.now, lease_until=self.now + timedelta(minutes=1), limit=10_000, zone=ZONE)
            editions = {key: tx.ledger.get_edition(key) for key in {delivery.edition_id for delivery in due}}
            for delivery in due:
                edition = editions[delivery.edition_id]
                items = tx.items.get_many(edition.item_ids)
                titles = tuple(item.item.title for item in items)
                found = Got(self.now, titles, edition, delivery.silent)
                self.got.setdefault(delivery.subscriber_id, []).append(found)
            tx.ledger.mark_sending([delivery.id for delivery in due], now=self.now)
            tx.ledger.apply([_sent(delivery) for delivery in due], now=self.now)

    def _dues(self, end: datetime) -> Iterator[datetime]:
        while True:
            with self.storage.reading() as tx:
                due = tx.agendas.next_due()
            if due is None or due > end:
                return
            yield max(due, self.now)

    def times(self, reader: int) -> list[str]:
        """When the reader was sent something, by Shanghai's clock."""
        return [got.when for got in self.got.get(reader, [])]

    def titles(self, reader: int) -> list[Sequence[str]]:
        """What the reader was sent."""
        return [got.titles for got in self.got.get(reader, [])]


def _sent(delivery: Delivery) -> Change:
    return Change(
        delivery.id, DeliveryState.SENDING, DeliveryState.SENT, delivery.due_at, 0, 1, (delivery.id,), None,
        delivery.subscriber_id, revision=1,
    )  # fmt: skip
