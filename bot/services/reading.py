"""Reading back: the newest digests as a chat wants them, and pages of items by topic, category, author and words.

Opens its own read transactions; the same answers serve chats, the command line and, later, inline mode.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum

from bot.core.model import Rule, StoredDigest, StoredItem
from bot.core.query import Query, parse_query
from bot.core.selection import Selection, select
from bot.core.topics import Topic, TopicSet
from bot.services.plan import candidate_of
from bot.storage import AuthorCount, Storage, Transaction

COUNTED = 30  # results counted exactly; beyond, "more than"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a list of items: those from `offset` on, and how many there are (`exact`) or at least are."""

    items: tuple[StoredItem, ...]
    total: int
    exact: bool


@dataclass(frozen=True, slots=True)
class TopicCount:
    """A topic and how many items it has."""

    topic: Topic
    items: int


class UnknownKind(StrEnum):
    """Which field of a query names nothing; the values are the fields' own names."""

    TOPIC = "topic"
    CATEGORY = "category"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name in a query that the archive does not have, as it was typed."""

    kind: UnknownKind
    name: str


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """The archive in figures: the newest digest's slot and size, the usual hours between digests, all items."""

    last_slot: datetime | None
    last_items: int
    window_hours: int | None
    items: int
    digests: int


Fetch = Callable[[Transaction, int, int], Sequence[StoredItem]]


class Reading:
    """Answers what readers ask of the archive."""

    def __init__(self, storage: Storage, topics: TopicSet) -> None:
        self._storage = storage
        self.topics = topics

    def latest(self, count: int = 1) -> list[StoredDigest]:
        """The newest `count` digests, newest first."""
        with self._storage.reading() as tx:
            return tx.digests.list_latest(count)

    def digest(self, digest_id: int) -> StoredDigest:
        """One digest; raises NotFoundError."""
        with self._storage.reading() as tx:
            return tx.digests.get(digest_id)

    def at(self, slot: datetime) -> StoredDigest | None:
        """The digest of a slot (aware), if it is stored."""
        with self._storage.reading() as tx:
            return tx.digests.find(slot)

    def newest(self, *, limit: int, offset: int = 0, since: datetime | None = None) -> list[StoredItem]:
        """The newest items of all digests."""
        with self._storage.reading() as tx:
            return tx.items.list_since(since, limit=limit, offset=offset)

    def by_topic(self, slug: str, *, limit: int, offset: int = 0, since: datetime | None = None) -> Slice:
        """The newest items of a topic."""
        return self._slice(
            lambda tx, size, start: tx.items.list_by_topic(slug, limit=size, offset=start, since=since), limit, offset
        )

    def by_category(self, name: str, *, limit: int, offset: int = 0, since: datetime | None = None) -> Slice:
        """The newest items of digests with a publisher's category."""
        return self._slice(
            lambda tx, size, start: tx.items.list_by_category(name, limit=size, offset=start, since=since),
            limit,
            offset,
        )

    def by_author(self, name: str, *, limit: int, offset: int = 0, since: datetime | None = None) -> Slice:
        """The newest items of an author, by shown name or handle."""
        return self._slice(
            lambda tx, size, start: tx.items.list_by_author(name, limit=size, offset=start, since=since), limit, offset
        )

    def search(self, query: Query, *, limit: int, offset: int = 0, zone: tzinfo) -> Slice:
        """The items that match a query. Topics in it may be named in any language; its days are days of `zone`."""
        resolved = self._resolved(query)
        if resolved is None:
            return Slice((), 0, exact=True)
        ahead = _ahead(limit, offset)
        with self._storage.reading() as tx:
            ids = tx.search.ids(resolved, limit=ahead, offset=offset, zone=zone)
            items = tx.items.get_many(ids[:limit])
        return _sliced(items, offset, found=len(ids), ahead=ahead)

    def count(self, query: Query, *, most: int, zone: tzinfo) -> int:
        """How many items a query finds, counted up to `most`."""
        resolved = self._resolved(query)
        if resolved is None:
            return 0
        with self._storage.reading() as tx:
            return tx.search.count(resolved, most=most, zone=zone)

    def unknown(self, query: Query) -> Unknown | None:
        """The first topic, category or author named in a query that nothing is called, if no other of its field is
        known either."""
        if query.topics and not any(self.topics.find(name) or self.find_category(name) for name in query.topics):
            return Unknown(UnknownKind.TOPIC, query.topics[0])
        if query.categories and not any(
            self.find_category(name) or self.topics.find(name) for name in query.categories
        ):
            return Unknown(UnknownKind.CATEGORY, query.categories[0])
        if query.authors and not any(self.by_author(name, limit=1).items for name in query.authors):
            return Unknown(UnknownKind.AUTHOR, query.authors[0])
        return None

    def parse(self, words: str, *, today: date) -> Query:
        """What a reader typed, as a query."""
        return parse_query(words, today=today)

    def topic_counts(self) -> list[TopicCount]:
        """All topics in their own order, with counts."""
        with self._storage.reading() as tx:
            counts = tx.items.topic_counts()
        return [TopicCount(topic, counts.get(topic.slug, 0)) for topic in self.topics.topics]

    def has_category(self, name: str) -> bool:
        """Whether some publisher's digest carries this category."""
        return bool(self.by_category(name, limit=1).items)

    def find_category(self, name: str) -> str | None:
        """A publisher's category as written, asked for in any case and script."""
        with self._storage.reading() as tx:
            return tx.vocabulary.find_category(name)

    def people(self, *, limit: int, offset: int = 0, name: str | None = None) -> list[AuthorCount]:
        """Who wrote most; with `name` only who may be meant by it."""
        with self._storage.reading() as tx:
            return tx.vocabulary.people(limit=limit, offset=offset, names=() if name is None else (name,))

    def state(self) -> ArchiveState:
        """The archive in figures."""
        with self._storage.reading() as tx:
            last = tx.digests.last()
            items, digests = tx.items.count(), tx.digests.count()
        if last is None:
            return ArchiveState(None, 0, None, items, digests)
        return ArchiveState(last.digest.slot, len(last.digest.items), last.digest.window_hours, items, digests)

    def _resolved(self, query: Query) -> Query | None:
        """The query with topic names made slugs; None if it names a topic that does not exist. A topic that is none
        may be a publisher's category, and a category that nobody wrote may mean a topic."""
        slugs = self._slugs(query.topics)
        if query.topics and not slugs:
            written = tuple(name for name in query.topics if self.find_category(name))
            if not written or query.categories:
                return None
            return replace(query, topics=(), categories=written)
        if query.categories and not slugs and not any(map(self.find_category, query.categories)):
            meant = self._slugs(query.categories)
            return replace(query, topics=meant, categories=()) if meant else None
        return replace(query, topics=slugs)

    def _slugs(self, names: Sequence[str]) -> tuple[str, ...]:
        found = [self.topics.find(name) for name in names]
        return tuple(dict.fromkeys(topic.slug for topic in found if topic is not None))

    def _slice(self, fetch: Fetch, limit: int, offset: int) -> Slice:
        """Fetch some items, and look a little ahead for the count."""
        ahead = _ahead(limit, offset)
        with self._storage.reading() as tx:
            found = fetch(tx, ahead, offset)
        return _sliced(found[:limit], offset, found=len(found), ahead=ahead)


def _ahead(limit: int, offset: int) -> int:
    """How many to look for, so that a few pages are counted exactly."""
    return max(limit, COUNTED - offset) + 1


def _sliced(items: Sequence[StoredItem], offset: int, *, found: int, ahead: int) -> Slice:
    """The page and its count, where `found` of at most `ahead` were found from `offset` on."""
    exact = found < ahead
    return Slice(tuple(items), offset + found - (not exact), exact)


def choose(stored: StoredDigest, rules: Sequence[Rule]) -> tuple[list[StoredItem], Selection]:
    """The items of a digest that a subscriber's rules let through, in order, and the whole selection."""
    standing = [item for item in stored.items if not item.removed]
    selection = select([candidate_of(item, stored.digest.categories) for item in standing], rules)
    wanted = set(selection.shown)
    return [item for item in standing if item.id in wanted], selection
