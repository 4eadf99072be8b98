"""Looking at files before anything is written: which are new, and what they hold. Apart from ingest, which stores what
is found here; a long backlog is read ahead of it by a second process.
"""

import hashlib
import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from zoneinfo import ZoneInfo

from bot.core.model import Digest, ParseProblem, Reading, Verdict
from bot.core.topics import TopicSet
from bot.services.labelled import LabelledReader
from bot.services.reading_ahead import ReaderLostError, ReadingAhead
from bot.sources import RawDigest
from bot.storage import SourceFile, Storage, Transaction

BATCH = 100  # files a transaction: few commits, and short enough for others to write between
_BATCH_BYTES = 4 << 20  # a batch of huge digests is shorter: read, each takes thirty times the room of its file
AHEAD_FROM = 300  # files to read, from which on it is worth half a second of processor time to start a second process
_AHEAD = 3  # batches under way to the reading process and back
_AHEAD_BYTES = 16 << 20  # and no more than this of files that wait

_LOG = logging.getLogger(__name__)
_STORED = frozenset({Verdict.ACCEPT, Verdict.ACCEPT_WITH_WARNING})


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was read, before anything is written; `reading` is None when these bytes are stored already."""

    raw: RawDigest
    content_hash: str
    reading: Reading | None

    @property
    def digest(self) -> Digest | None:
        """What is to be stored, if anything is."""
        return self.reading.digest if self.reading else None

    @property
    def key(self) -> tuple[str, str]:
        """What tells the file from all others."""
        return self.raw.source, self.raw.path

    def seen(self, verdict: Verdict, problems: tuple[ParseProblem, ...], now: datetime) -> SourceFile:
        """What is remembered of the file."""
        slot = self.digest.slot if self.digest else None
        return SourceFile(*self.key, self.content_hash, verdict, problems, slot, now, self.raw.modified)


@dataclass(frozen=True, slots=True)
class Batch:
    """Files with their hashes; `unread` are the places of those whose bytes are not stored."""

    raws: Sequence[RawDigest]
    hashes: Sequence[str]
    unread: Sequence[int]

    @property
    def keys(self) -> set[tuple[str, str]]:
        """What tells the files from all others."""
        return {(raw.source, raw.path) for raw in self.raws}

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(raw.data) for raw in self.raws)

    def data(self) -> list[bytes]:
        """The bytes to read."""
        return [self.raws[place].data for place in self.unread]

    def looks(self, readings: Sequence[Reading]) -> list[Look]:
        """All the files, with what was read of those that had to be."""
        found = dict(zip(self.unread, readings, strict=True))
        pairs = zip(self.raws, self.hashes, strict=True)
        return [Look(raw, content_hash, found.get(place)) for place, (raw, content_hash) in enumerate(pairs)]


class Looker:
    """Reads files that are not stored yet, in order, and learns authors' names on the way. `ahead_from` is how many of
    a backlog there must be to read for a second process to help; with None, none ever does."""

    def __init__(self, storage: Storage, topics: TopicSet, *, time_zone: ZoneInfo, ahead_from: int | None) -> None:
        self.ahead_from = ahead_from
        self.one_at_a_time = Lock()
        self._storage = storage
        self._topics = topics
        self._time_zone = time_zone
        self._reader: LabelledReader | None = None

    def look(self, raws: Sequence[RawDigest]) -> list[Look]:
        """Look at files, each once and before the database is locked for writing."""
        return self.read(self.sort_out(raws))

    def look_ahead(self, batches: Iterable[Sequence[RawDigest]]) -> Iterator[list[Look]]:
        """The same for one batch after the other, each looked at when the one before was dealt with. Where many files
        have to be read, a second process reads a few batches ahead; what is found is the same."""
        if self.ahead_from is None:
            yield from map(self.look, batches)
            return
        with ExitStack() as stack:
            yield from _Backlog(self, batches, stack, ahead_from=self.ahead_from)

    def sort_out(self, raws: Sequence[RawDigest]) -> Batch:
        """Which of these files have to be read."""
        hashes = [hash_of(raw) for raw in raws]
        with self._storage.reading() as tx:
            known = _last_looks(tx, raws)
        stored = {key: file.content_hash for key, file in known.items() if file.verdict in _STORED}
        pairs = enumerate(zip(raws, hashes, strict=True))
        return Batch(raws, hashes, [k for k, (raw, found) in pairs if stored.get((raw.source, raw.path)) != found])

    def read(self, batch: Batch) -> list[Look]:
        """Read in this process what has to be read."""
        return batch.looks(self.reader().read(batch.data()))

    def reader(self) -> LabelledReader:
        """Reads with all that is known by now."""
        if self._reader is None:
            with self._storage.reading() as tx:
                authors = tx.items.known_authors()
            self._reader = LabelledReader(self._topics, time_zone=self._time_zone, authors=authors)
        return self._reader


class _Backlog:
    """One backlog on its way: batches that wait to be read, and the process that reads them, once it is there."""

    def __init__(
        self, looker: Looker, batches: Iterable[Sequence[RawDigest]], stack: ExitStack, *, ahead_from: int
    ) -> None:
        self._looker = looker
        self._coming = iter(batches)
        self._stack = stack
        self._ahead_from = ahead_from
        self._waiting: deque[Batch] = deque()
        self._starting: ReadingAhead | None = None
        self._ahead: ReadingAhead | None = None
        self._alone = False  # whether it is settled that no process helps
        self._fault: Exception | None = None

    def __iter__(self) -> Iterator[list[Look]]:
        following = self._fetch()
        while following is not None or self._waiting:
            while following is not None and self._has_room_for(following):
                self._take(following)
                following = self._fetch()
            self._look_for_help()
            yield self._next()
        if self._fault is not None:
            raise self._fault

    def _fetch(self) -> Sequence[RawDigest] | None:
        """The batch that comes next. A source that fails ends the backlog only after what came before is stored."""
        try:
            return next(self._coming, None)
        except Exception as error:
            self._fault = error
            return None

    def _has_room_for(self, raws: Sequence[RawDigest]) -> bool:
        if not self._waiting:
            return True
        if self._alone or sum(batch.size for batch in self._waiting) > _AHEAD_BYTES:
            return False
        under_way = {key for batch in self._waiting for key in batch.keys}
        if any((raw.source, raw.path) in under_way for raw in raws):
            return False  # whether a file is known shows when the one before it is stored
        return len(self._waiting) < _AHEAD if self._ahead else self._unread() <= self._ahead_from

    def _unread(self) -> int:
        return sum(len(batch.unread) for batch in self._waiting)

    def _take(self, raws: Sequence[RawDigest]) -> None:
        batch = self._looker.sort_out(raws)
        self._waiting.append(batch)
        if self._ahead:
            with self._noticing_loss():
                self._ahead.ask(batch.data())

    def _look_for_help(self) -> None:
        """Start a process when enough waits, and let it go on from here once it is up; until then reading goes on."""
        if self._alone or self._ahead:
            return
        with self._noticing_loss():
            if self._starting is None:
                if self._unread() > self._ahead_from:
                    self._start()
            elif self._starting.ready():
                self._starting.begin(self._looker.reader())
                self._ahead = self._starting
                for batch in self._waiting:
                    self._ahead.ask(batch.data())

    def _start(self) -> None:
        if self._looker.one_at_a_time.acquire(blocking=False):
            self._stack.callback(self._looker.one_at_a_time.release)
            self._starting = self._stack.enter_context(ReadingAhead())
        else:
            self._alone = True

    @contextmanager
    def _noticing_loss(self) -> Iterator[None]:
        try:
            yield
        except ReaderLostError as error:
            self._alone, self._ahead = True, None
            _LOG.warning("the process that reads files ahead is gone (%s); they are read here, if slower", error)

    def _next(self) -> list[Look]:
        batch = self._waiting.popleft()
        if self._ahead:
            with self._noticing_loss():
                readings = self._ahead.answer()
                return batch.looks(self._looker.reader().go_on(readings))
        return self._looker.read(batch)


def batches(raws: Iterable[RawDigest]) -> Iterator[list[RawDigest]]:
    """Files in groups that are stored together."""
    batch: list[RawDigest] = []
    size = 0
    for raw in raws:
        batch.append(raw)
        size += len(raw.data)
        if len(batch) == BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def hash_of(raw: RawDigest) -> str:
    """What tells one version of a file from another."""
    return hashlib.sha256(raw.data).hexdigest()


def _last_looks(tx: Transaction, raws: Iterable[RawDigest]) -> dict[tuple[str, str], SourceFile]:
    paths: defaultdict[str, set[str]] = defaultdict(set)
    for raw in raws:
        paths[raw.source].add(raw.path)
    return {
        (source, path): file
        for source, wanted in paths.items()
        for path, file in tx.sources.find_many(source, wanted).items()
    }
