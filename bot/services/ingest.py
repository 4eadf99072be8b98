"""From files to stored items and planned deliveries: the way in for every digest.

Announcing happens in the transaction that stores the digest (a transactional outbox): a crash leaves both or neither.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from bot.core.contract import digest_to_json, problem_to_json
from bot.core.digest import read_digest
from bot.core.links import handle_of
from bot.core.model import Digest, ParseProblem, Reading, Severity, Verdict
from bot.core.topics import TopicSet
from bot.services.corrections import mark_corrected
from bot.services.plan import plan
from bot.services.stories import Stories
from bot.sources import RawDigest
from bot.storage import PutOutcome, SourceFile, Storage, Transaction

BATCH = 50  # files a transaction: few commits, and short enough for others to write between
_STORED = frozenset({Verdict.ACCEPT, Verdict.ACCEPT_WITH_WARNING})

# What ingest itself finds; the codes of reading are in `bot.core.digest`.
UNREADABLE = "unreadable"
SLOT_TAKEN = "slot-taken"
OLDER_REVISION = "older-revision"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. `stored`: `new`, `updated`, `unchanged`, or None when there was nothing to store."""

    file: str
    verdict: Verdict
    problems: tuple[ParseProblem, ...]
    digest: Digest | None
    stored: str | None = None
    announced: int = 0

    @property
    def refused(self) -> bool:
        """Whether the publisher has to mend something before it is published."""
        return self.verdict is Verdict.REJECT

    def to_json(self, *, with_stored: bool) -> dict[str, object]:
        """The object that `check --json` (without) and `ingest --json` (with `stored`) print."""
        shown: dict[str, object] = {
            "file": self.file,
            "verdict": self.verdict.value,
            "problems": [problem_to_json(problem) for problem in self.problems],
            "digest": digest_to_json(self.digest) if self.digest else None,
        }
        return {**shown, "stored": self.stored} if with_stored else shown


def read_labelled(
    raw: RawDigest, topics: TopicSet, *, time_zone: ZoneInfo, authors: Mapping[str, Collection[str]] = {}
) -> Reading:
    """Read a file and give each item its topics. `authors` are the names known by handle."""
    reading = read_digest(raw.data, time_zone=time_zone, known_authors=authors)
    digest = reading.digest
    if digest is None:
        return reading
    labelled = tuple(
        replace(item, topics=topics.classify(item.title, item.body.text, digest.categories)) for item in digest.items
    )
    return replace(reading, digest=replace(digest, items=labelled))


def check_file(raw: RawDigest, topics: TopicSet, *, time_zone: ZoneInfo) -> FileReport:
    """Read a file and say what is wrong with it; store nothing, and know no authors from elsewhere."""
    return _report(raw, read_labelled(raw, topics, time_zone=time_zone))


def unreadable(file: str, fault: str) -> FileReport:
    """The report on a file whose bytes cannot be had."""
    problem = ParseProblem(1, Severity.ERROR, UNREADABLE, f"the file cannot be read: {fault}")
    return FileReport(file, Verdict.REJECT, (problem,), None)


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was read, before anything is written; `reading` is None when these bytes are stored already."""

    raw: RawDigest
    content_hash: str
    reading: Reading | None

    @property
    def digest(self) -> Digest | None:
        return self.reading.digest if self.reading else None


class Ingest:
    """Reads files and stores what they hold. `time_zone` is for dates without a zone."""

    def __init__(self, storage: Storage, topics: TopicSet, *, time_zone: ZoneInfo) -> None:
        self._storage = storage
        self._topics = topics
        self._time_zone = time_zone
        self._authors: dict[str, set[str]] | None = None
        self._stories = Stories(storage)

    def store(self, raws: Sequence[RawDigest], *, announce: bool, now: datetime) -> list[FileReport]:
        """Read files, then store them in one transaction; with `announce`, plan the delivery of every new digest."""
        return self._store_all(self._look(raws), announce=announce, now=now)

    def store_backlog(
        self, raws: Iterable[RawDigest], *, announce_newest: int, now: Callable[[], datetime]
    ) -> Iterator[FileReport]:
        """Store files in batches, as they come; the newest `announce_newest` new digests are announced, last of all, so
        that an interrupted run starts no push for an older one. What was stored stays stored."""
        held: dict[datetime, list[_Look]] = {}
        for batch in _batches(raws):
            due: list[_Look] = []
            for look, slot in self._with_new_slots(self._look(batch)):
                if slot is None or not announce_newest:
                    due.append(look)
                    continue
                held.setdefault(slot, []).append(look)
                if len(held) > announce_newest:
                    due += held.pop(min(held))
            if due:
                yield from self._store_all(due, announce=False, now=now())
        for slot in sorted(held, reverse=True):
            # Of several files for one slot the latest comes first, so that it is the one that is announced.
            rivals = sorted(held[slot], key=lambda look: look.raw.modified, reverse=True)
            yield from self._store_all(rivals, announce=True, now=now())

    def unseen(self, source: str, raws: Iterable[RawDigest]) -> Iterable[RawDigest]:
        """Only those files whose bytes are not known from the last look: a restart reads thousands in a moment."""
        with self._storage.reading() as tx:
            known = tx.sources.hashes(source)
        return (raw for raw in raws if known.get(raw.path) != _hash(raw))

    def tell_stories(self) -> Iterator[int]:
        """Find the stories of what was stored silently; yields how many digests were done each time."""
        return self._stories.catch_up()

    def forget_gone(self, source: str, holds: Callable[[str], bool]) -> None:
        """Take refused files off the quarantine list that are no longer there: nobody can mend those."""
        with self._storage.reading() as tx:
            refused = [file for file in tx.sources.list_quarantine() if file.source == source]
        gone = [file for file in refused if not holds(file.path)]
        if gone:
            with self._storage.writing() as tx:
                for file in gone:
                    tx.sources.remove(file.source, file.path)

    def _look(self, raws: Iterable[RawDigest]) -> list[_Look]:
        """Read files, each once and before the database is locked for writing."""
        with self._storage.reading() as tx:
            authors = self._known_authors(tx)
            return [self._look_at(tx, raw, authors) for raw in raws]

    def _look_at(self, tx: Transaction, raw: RawDigest, authors: dict[str, set[str]]) -> _Look:
        known = tx.sources.find(raw.source, raw.path)
        content_hash = _hash(raw)
        if known is not None and known.content_hash == content_hash and known.verdict in _STORED:
            return _Look(raw, content_hash, None)
        reading = read_labelled(raw, self._topics, time_zone=self._time_zone, authors=authors)
        if reading.digest is not None:
            _learn(authors, reading.digest)
        return _Look(raw, content_hash, reading)

    def _with_new_slots(self, looks: Sequence[_Look]) -> list[tuple[_Look, datetime | None]]:
        """Each file with the slot that it would be the first to fill; None for what is refused, skipped or known."""
        with self._storage.reading() as tx:
            return [
                (look, look.digest.slot if look.digest and not tx.digests.find(look.digest.slot) else None)
                for look in looks
            ]

    def _known_authors(self, tx: Transaction) -> dict[str, set[str]]:
        if self._authors is None:
            self._authors = {handle: set(names) for handle, names in tx.items.known_authors().items()}
        return self._authors

    def _store_all(self, looks: Sequence[_Look], *, announce: bool, now: datetime) -> list[FileReport]:
        with self._storage.writing() as tx:
            return [self._store(tx, look, announce=announce, now=now) for look in looks]

    def _store(self, tx: Transaction, look: _Look, *, announce: bool, now: datetime) -> FileReport:
        raw, reading = look.raw, look.reading
        if reading is None:
            return FileReport(raw.name, Verdict.SKIP, (), None, PutOutcome.UNCHANGED.value)
        report = _report(raw, reading)
        if reading.digest is not None:
            report = self._put(tx, look, report, reading.digest, announce=announce, now=now)
        slot = reading.digest.slot if reading.digest else None
        tx.sources.record(
            SourceFile(
                raw.source, raw.path, look.content_hash, report.verdict, report.problems, slot, now, raw.modified
            )
        )
        return report

    def _put(
        self, tx: Transaction, look: _Look, report: FileReport, digest: Digest, *, announce: bool, now: datetime
    ) -> FileReport:
        raw = look.raw
        rival = _rival(tx, look, digest)
        if rival is not None and rival.modified is not None and rival.modified > raw.modified:
            problem = _about(OLDER_REVISION, f"{rival.path} holds a later revision of this slot and stays")
            return _with_warning(report, problem, stored=PutOutcome.UNCHANGED.value)
        result = tx.digests.put(digest, content_hash=look.content_hash, source=_key(raw), now=now)
        report = replace(report, stored=result.outcome.value)
        if result.outcome is PutOutcome.UNCHANGED:
            return replace(report, verdict=Verdict.SKIP, digest=None)
        if announce or result.outcome is PutOutcome.UPDATED:
            self._stories.note(tx, result)
        else:
            self._stories.put_off(tx, result.digest.id)
        if rival is not None:
            problem = _about(SLOT_TAKEN, f"{rival.path} had this slot; the later revision, this file, takes its place")
            report = _with_warning(report, problem, stored=report.stored)
        if result.outcome is PutOutcome.UPDATED:
            mark_corrected(tx, result)
        if announce and result.outcome is PutOutcome.NEW:
            report = replace(report, announced=plan(tx, result.digest, now=now).subscribers)
        return report


def _report(raw: RawDigest, reading: Reading) -> FileReport:
    return FileReport(raw.name, reading.verdict, reading.problems, reading.digest)


def _batches(raws: Iterable[RawDigest]) -> Iterator[list[RawDigest]]:
    source = iter(raws)
    while batch := list(islice(source, BATCH)):
        yield batch


def _hash(raw: RawDigest) -> str:
    return hashlib.sha256(raw.data).hexdigest()


def _key(raw: RawDigest) -> str:
    return f"{raw.source}/{raw.path}"


def _rival(tx: Transaction, look: _Look, digest: Digest) -> SourceFile | None:
    """The other file that claims the slot with other bytes, the latest revision of it if there are several."""
    others = [
        file
        for file in tx.sources.list_by_slot(digest.slot)
        if f"{file.source}/{file.path}" != _key(look.raw) and file.content_hash != look.content_hash
    ]
    return max(others, key=lambda file: file.modified or file.seen_at, default=None)


def _about(code: str, message: str) -> ParseProblem:
    return ParseProblem(1, Severity.WARNING, code, message)


def _with_warning(report: FileReport, problem: ParseProblem, *, stored: str | None) -> FileReport:
    problems = (*report.problems, problem)
    return replace(report, verdict=Verdict.ACCEPT_WITH_WARNING, problems=problems, stored=stored)


def _learn(authors: dict[str, set[str]], digest: Digest) -> None:
    """Remember who writes under which handle, for the headlines of the next file."""
    for item in digest.items:
        handle = handle_of(item.url) if item.url else None
        if handle and item.author:
            authors.setdefault(handle, set()).add(item.author)
