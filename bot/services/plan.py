"""Who receives what of a new digest: from rules to editions and batches, written in the transaction that stores it.

The cost follows the number of readers who get something: a rule is matched once however many wrote it, its readers
are found by postings, and readers with the same choice share one edition, rendered once. `selection.select` is the
same decision for one reader; a property test holds the two together.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import islice

from bot.core.authors import author_keys, handle_key
from bot.core.folding import squash
from bot.core.links import handle_of, host_of
from bot.core.matching import candidate_keys, matches, token_text
from bot.core.model import (
    Language,
    Night,
    Repeats,
    RuleAction,
    RuleKind,
    Script,
    StoredDigest,
    StoredItem,
    Style,
)
from bot.core.schedule import quiet_end, quiet_of, zone_of
from bot.core.selection import Candidate, under_host
from bot.services.stories import seen_before
from bot.storage import NewEdition, PlanRow, Taste, Transaction

_AT_ONCE = 1000  # editions written in one statement
_BITS = 63  # items that one machine word tells apart
_HIDE, _HOLD = Repeats.HIDE.value, Night.HOLD.value

Choice = tuple[int, Taste]  # mask of items, and how they look


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What a plan wrote; `held` counts the readers who are owed the digest, but not now."""

    editions: int = 0
    subscribers: int = 0
    held: int = 0


def candidate_of(stored: StoredItem, categories: Sequence[str]) -> Candidate:
    """An item as rules see it."""
    item = stored.item
    handle = handle_of(item.url) if item.url else None
    return Candidate(
        id=stored.id,
        topics=item.topics,
        categories=tuple(categories),
        author=item.author,
        handle=handle,
        host=host_of(item.url) if item.url else None,
        tokens=token_text(item.title, item.body.text, item.author, handle),
    )


def plan(tx: Transaction, stored: StoredDigest, *, now: datetime, zone: tzinfo = UTC) -> PlanReport:
    """Announce a digest: write editions and batches for every active subscriber who wants each digest and something of
    this one. An item whose story a subscriber was sent before is marked so where the whole digest is shown, unless they
    want it hidden, else it is left out. For whom it is night (`zone` is for those who chose none), for whom this is too
    little alone, and for whom something waits already, it is held."""
    standing = [item for item in stored.items if not item.removed]
    if not standing:
        return PlanReport()
    tx.roundups.mark_announced(stored.id, now=now)
    candidates = [candidate_of(item, stored.digest.categories) for item in standing]
    follows, mutes = _masks(tx, candidates)
    seen = _zeros(len(mutes), len(candidates))
    choosing = _Choosing(follows, mutes, seen if seen_before(tx, stored, seen) else None, len(candidates))
    holding = _Holding(tx, choosing, now=now, zone=zone)
    readers: defaultdict[Choice, array[int]] = defaultdict(lambda: array("q"))
    for row in tx.planning.stream_subscribers():
        owner: int = row[0]
        if owner >= len(mutes):
            break  # who joins while we plan was not asked for rules; the next digest is theirs
        mask = choosing.mask(row)
        if mask and not holding.holds(row, mask):
            readers[mask, row[1:7]].append(owner)
    held = holding.write()
    return replace(_write(tx, stored, [item.id for item in standing], readers, now=now), held=held)


class _Choosing:
    """Which items a reader is shown: one bit each, then one that stands for what a correction adds, then a bit for each
    item whose story the reader was sent before, shown or not."""

    def __init__(self, follows: Sequence[int], mutes: Sequence[int], seen: Sequence[int] | None, items: int) -> None:
        self._follows = follows
        self._mutes = mutes
        self._seen = seen
        self._items = items
        self.size = len(mutes)
        self.everything = (1 << items) - 1
        self._whole = self.everything << 1 | 1

    def mask(self, row: PlanRow) -> int:
        """The mask for a reader; 0 when nothing is left."""
        owner, has_follows = row[0], row[7]
        wanted = (self._follows[owner] if has_follows else self.everything) & ~self._mutes[owner]
        whole = wanted == self.everything and not has_follows
        again = wanted & self._seen[owner] if self._seen is not None else 0
        if not again:
            return self._whole_of(wanted) if whole else wanted
        if whole and row[8] != _HIDE:
            return self._whole_of(wanted) | again << (self._items + 1)
        fresh = wanted & ~again
        return fresh | again << (self._items + 1) if fresh else 0

    def _whole_of(self, wanted: int) -> int:
        return wanted | 1 << self._items

    def fresh(self, mask: int) -> int:
        """How many items of a mask the reader has not seen."""
        return (mask & ~(mask >> (self._items + 1)) & self.everything).bit_count()


class _Holding:
    """The readers to whom nothing is sent now although they want it."""

    def __init__(self, tx: Transaction, choosing: _Choosing, *, now: datetime, zone: tzinfo) -> None:
        self._tx = tx
        self._choosing = choosing
        self._now = now
        self._zone = zone
        self._pending = bytearray(choosing.size)  # a flag by id: at night all readers may have something waiting
        for owner in tx.agendas.pending():
            if owner < choosing.size:
                self._pending[owner] = 1
        self._ends: dict[tuple[str, str | None], datetime | None] = {}
        self._held: defaultdict[datetime, array[int]] = defaultdict(lambda: array("q"))

    def holds(self, row: PlanRow, mask: int) -> bool:
        """Whether a reader has to wait; remembers it if so."""
        owner, least, quiet, night, zone = row[0], row[9], row[10], row[11], row[12]
        due: datetime | None = None
        if quiet is not None and night == _HOLD:
            due = self._end_of(quiet, zone)
        if due is None and (self._pending[owner] or (least > 1 and self._choosing.fresh(mask) < least)):
            due = self._now  # what to do with it, whoever plans roundups decides
        if due is None:
            return False
        self._held[due].append(owner)
        return True

    def write(self) -> int:
        """Write down who waits; how many they are."""
        for due_at, owners in self._held.items():
            self._tx.agendas.hold(owners, since=self._now, due_at=due_at)
        return sum(map(len, self._held.values()))

    def _end_of(self, quiet: str, zone: str | None) -> datetime | None:
        if (quiet, zone) not in self._ends:
            end = quiet_end(quiet_of(quiet), zone_of(zone, self._zone), at=self._now)
            self._ends[quiet, zone] = end
        return self._ends[quiet, zone]


def muted_by(tx: Transaction, items: Sequence[StoredItem], categories: Sequence[str]) -> set[int]:
    """The subscribers with a rule that mutes one of these items."""
    hits = _term_hits(tx, [candidate_of(item, categories) for item in items])
    return {owner for _, action, owner in tx.planning.postings(hits) if action is RuleAction.MUTE}


def _masks(tx: Transaction, candidates: Sequence[Candidate]) -> tuple[MutableSequence[int], MutableSequence[int]]:
    """Which items each subscriber's follow and mute rules match: one bit an item, by subscriber id (ids are dense)."""
    hits = _term_hits(tx, candidates)
    size = tx.planning.last_id() + 1
    follows, mutes = _zeros(size, len(candidates)), _zeros(size, len(candidates))
    for term_id, action, owner in tx.planning.postings(hits):
        masks = follows if action is RuleAction.FOLLOW else mutes
        if owner < size:
            masks[owner] |= hits[term_id]
    return follows, mutes


def _zeros(size: int, bits: int) -> MutableSequence[int]:
    """So many masks of so many bits: machine words while they suffice, a tenth of the memory of anything else."""
    return array("q", bytes(8 * size)) if bits <= _BITS else [0] * size


def _term_hits(tx: Transaction, candidates: Sequence[Candidate]) -> dict[int, int]:
    """Term id -> mask of the items it speaks of, for all terms that somebody's rule names."""
    hits: dict[int, int] = {}
    for kind, values in values_of(candidates).items():
        ids = tx.planning.terms(kind, values.keys())
        hits.update((ids[value], mask) for value, mask in values.items() if value in ids)
    for value, term_id in tx.planning.all_terms(RuleKind.HOST).items():
        mask = mask_of(value != "" and under_host(candidate.host, value) for candidate in candidates)
        if mask:
            hits[term_id] = mask
    keys = {key for candidate in candidates for key in candidate_keys(candidate.tokens.split())}
    for term in tx.planning.keyword_terms(keys):
        mask = mask_of(matches(candidate.tokens, term.query) for candidate in candidates)
        if mask:
            hits[term.id] = mask
    return hits


def values_of(candidates: Sequence[Candidate]) -> dict[RuleKind, dict[str, int]]:
    """By kind of rule: the values that rules may name, and the items they mean. Hosts and keywords are not looked up
    by value: a rule on a domain means its subdomains, a keyword is found by one of its tokens."""
    found: dict[RuleKind, dict[str, int]] = {RuleKind.TOPIC: {}, RuleKind.CATEGORY: {}, RuleKind.AUTHOR: {}}
    for position, candidate in enumerate(candidates):
        bit = 1 << position
        for kind, value in _names(candidate):
            found[kind][value] = found[kind].get(value, 0) | bit
    return found


def _names(candidate: Candidate) -> Iterable[tuple[RuleKind, str]]:
    yield from ((RuleKind.TOPIC, slug) for slug in candidate.topics)
    yield from ((RuleKind.CATEGORY, key) for key in set(map(squash, candidate.categories)) if key)
    yield from ((RuleKind.AUTHOR, name) for name in author_keys(candidate.author))
    if handle := handle_key(candidate.handle):
        yield RuleKind.AUTHOR, f"@{handle}"


def mask_of(tests: Iterable[bool]) -> int:
    """One bit for each test that holds."""
    return sum(1 << position for position, hit in enumerate(tests) if hit)


def _write(
    tx: Transaction,
    stored: StoredDigest,
    item_ids: Sequence[int],
    readers: Mapping[Choice, Sequence[int]],
    *,
    now: datetime,
) -> PlanReport:
    """An edition for each choice, and its readers in batches."""
    choices_of = iter(readers)
    while choices := list(islice(choices_of, _AT_ONCE)):
        ids = tx.ledger.add_editions([_edition(stored, item_ids, choice) for choice in choices])
        tx.ledger.add_all_batches(
            ((edition_id, readers[choice]) for edition_id, choice in zip(ids, choices, strict=True)), due_at=now
        )
    return PlanReport(len(readers), sum(map(len, readers.values())))


def _edition(stored: StoredDigest, item_ids: Sequence[int], choice: Choice) -> NewEdition:
    mask, (style, language, script, rich, per_message, link_preview) = choice
    shown = tuple(item_id for position, item_id in enumerate(item_ids) if mask >> position & 1)
    repeated = mask >> (len(item_ids) + 1)
    seen = tuple(item_id for position, item_id in enumerate(item_ids) if repeated >> position & 1)
    return NewEdition(
        digest_id=stored.id,
        item_ids=shown,
        style=Style(style),
        language=Language(language),
        script=Script(script),
        hidden=len(set(item_ids) - {*shown, *seen}),
        revision=stored.revision,
        rich=bool(rich),
        complete=bool(mask >> len(item_ids) & 1),
        seen=seen,
        per_message=per_message,
        link_preview=bool(link_preview),
    )
