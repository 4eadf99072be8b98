"""From files to stored items and planned deliveries: the way in for every digest.

Announcing happens in the transaction that stores the digest (a transactional outbox): a crash leaves both or neither.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.core.contract import digest_to_json, problem_to_json
from bot.core.model import Digest, ParseProblem, Reading, Severity, Verdict
from bot.core.topics import TopicSet
from bot.services.bulk import uncollected
from bot.services.corrections import mark_corrected
from bot.services.labelled import read_labelled
from bot.services.looking import Look, Looker, batches, hash_of
from bot.services.plan import plan
from bot.services.stories import Stories
from bot.sources import RawDigest
from bot.storage import NewDigest, PutOutcome, SourceFile, Storage, Transaction

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


def check_file(raw: RawDigest, topics: TopicSet, *, time_zone: ZoneInfo) -> FileReport:
    """Read a file and say what is wrong with it; store nothing, and know no authors from elsewhere."""
    with uncollected():
        return _report(raw, read_labelled(raw.data, topics, time_zone=time_zone))


def unreadable(file: str, fault: str) -> FileReport:
    """The report on a file whose bytes cannot be had."""
    problem = ParseProblem(1, Severity.ERROR, UNREADABLE, f"the file cannot be read: {fault}")
    return FileReport(file, Verdict.REJECT, (problem,), None)


class Ingest:
    """Reads files and stores what they hold. `time_zone` is for dates without a zone; from `ahead_from` files on, a
    second process reads a backlog (None: never)."""

    def __init__(
        self, storage: Storage, topics: TopicSet, *, time_zone: ZoneInfo, ahead_from: int | None = None
    ) -> None:
        self._storage = storage
        self._time_zone = time_zone
        self._looker = Looker(storage, topics, time_zone=time_zone, ahead_from=ahead_from)
        self._stories = Stories(storage)

    def store(self, raws: Sequence[RawDigest], *, announce: bool, now: datetime) -> list[FileReport]:
        """Read files, then store them in one transaction; with `announce`, plan the delivery of every new digest."""
        return self._put_all(self._looker.look(raws), announce=announce, now=now)

    def store_all(
        self, raws: Iterable[RawDigest], *, announce: bool, now: Callable[[], datetime]
    ) -> Iterator[FileReport]:
        """The same in batches, for any number of files. What was stored stays stored."""
        for looks in self._looker.look_ahead(batches(raws)):
            yield from self._put_all(looks, announce=announce, now=now())

    def store_backlog(
        self, raws: Iterable[RawDigest], *, announce_newest: int, now: Callable[[], datetime]
    ) -> Iterator[FileReport]:
        """Store files in batches, as they come; the newest `announce_newest` new digests are announced, last of all, so
        that an interrupted run starts no push for an older one. What was stored stays stored."""
        held: dict[datetime, list[Look]] = {}
        for looks in self._looker.look_ahead(batches(raws)):
            due: list[Look] = []
            for look, slot in self._with_new_slots(looks):
                if slot is None or not announce_newest:
                    due.append(look)
                    continue
                held.setdefault(slot, []).append(look)
                if len(held) > announce_newest:
                    due += held.pop(min(held))
            if due:
                yield from self._put_all(due, announce=False, now=now())
        for slot in sorted(held, reverse=True):
            # Of several files for one slot the latest comes first, so that it is the one that is announced.
            rivals = sorted(held[slot], key=lambda look: look.raw.modified, reverse=True)
            yield from self._put_all(rivals, announce=True, now=now())

    def unseen(self, source: str, raws: Iterable[RawDigest]) -> Iterable[RawDigest]:
        """Only those files whose bytes are not known from the last look: a restart reads thousands in a moment."""
        with self._storage.reading() as tx:
            known = tx.sources.hashes(source)
        return (raw for raw in raws if known.get(raw.path) != hash_of(raw))

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

    def _with_new_slots(self, looks: Sequence[Look]) -> list[tuple[Look, datetime | None]]:
        """Each file with the slot that it would be the first to fill; None for what is refused, skipped or known."""
        slots = {look.digest.slot for look in looks if look.digest}
        with self._storage.reading() as tx:
            missing = tx.digests.missing(slots)
        return [(look, look.digest.slot if look.digest and look.digest.slot in missing else None) for look in looks]

    def _put_all(self, looks: Sequence[Look], *, announce: bool, now: datetime) -> list[FileReport]:
        with uncollected(), self._storage.writing() as tx:
            if announce:
                return [self._store(tx, look, announce=True, now=now) for look in looks]
            plain = _plain(tx, looks)
            reports: list[FileReport] = []
            for together, run in groupby(looks, lambda look: look.key in plain):
                if together:
                    reports += self._store_plain(tx, list(run), now=now)
                else:
                    reports += [self._store(tx, look, announce=False, now=now) for look in run]
            return reports

    def _store_plain(self, tx: Transaction, looks: Sequence[Look], *, now: datetime) -> list[FileReport]:
        """Store files that have nothing to do with each other, nor with what is stored: as `_store` does, in one go."""
        new = [NewDigest(look.digest, look.content_hash, _key(look.raw)) for look in looks if look.digest]
        ids = tx.digests.add_all(new, now=now)
        self._stories.put_off(tx, ids)
        reports = [_report_new(look) for look in looks]
        tx.sources.record_all(
            [
                look.seen(report.verdict, report.problems, now)
                for look, report in zip(looks, reports, strict=True)
                if look.reading
            ]
        )
        return reports

    def _store(self, tx: Transaction, look: Look, *, announce: bool, now: datetime) -> FileReport:
        raw, reading = look.raw, look.reading
        if reading is None:
            return _unchanged(raw)
        report = _report(raw, reading)
        if reading.digest is not None:
            report = self._put(tx, look, report, reading.digest, announce=announce, now=now)
        tx.sources.record(look.seen(report.verdict, report.problems, now))
        return report

    def _put(
        self, tx: Transaction, look: Look, report: FileReport, digest: Digest, *, announce: bool, now: datetime
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
            self._stories.put_off(tx, [result.digest.id])
        if rival is not None:
            problem = _about(SLOT_TAKEN, f"{rival.path} had this slot; the later revision, this file, takes its place")
            report = _with_warning(report, problem, stored=report.stored)
        if result.outcome is PutOutcome.UPDATED:
            mark_corrected(tx, result)
        if announce and result.outcome is PutOutcome.NEW:
            planned = plan(tx, result.digest, now=now, zone=self._time_zone)
            report = replace(report, announced=planned.subscribers + planned.held)
        return report


def _report(raw: RawDigest, reading: Reading) -> FileReport:
    return FileReport(raw.name, reading.verdict, reading.problems, reading.digest)


def _report_new(look: Look) -> FileReport:
    """The report on a file whose digest, if it has one, was not stored before."""
    if look.reading is None:
        return _unchanged(look.raw)
    report = _report(look.raw, look.reading)
    return replace(report, stored=PutOutcome.NEW.value) if look.digest else report


def _unchanged(raw: RawDigest) -> FileReport:
    return FileReport(raw.name, Verdict.SKIP, (), None, PutOutcome.UNCHANGED.value)


def _plain(tx: Transaction, looks: Sequence[Look]) -> set[tuple[str, str]]:
    """The files that meet no other: each once in the batch, with a slot that no other of them, no other file and no
    stored digest has (or with no digest at all)."""
    slots = Counter(look.digest.slot for look in looks if look.digest)
    files = Counter(look.key for look in looks)
    free = tx.digests.missing(slots, lasting=True) - tx.sources.claimed(slots)
    return {
        look.key
        for look in looks
        if files[look.key] == 1 and (look.digest is None or (slots[look.digest.slot] == 1 and look.digest.slot in free))
    }


def _key(raw: RawDigest) -> str:
    return f"{raw.source}/{raw.path}"


def _rival(tx: Transaction, look: Look, digest: Digest) -> SourceFile | None:
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
