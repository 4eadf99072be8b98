"""Who receives what of a new digest: from rules to editions and batches, written in the transaction that stores it.

The cost follows the number of readers who get something: a rule is matched once however many wrote it, its readers
are found by postings, and readers with the same choice share one edition, rendered once. `selection.select` is the
same decision for one reader; a property test holds the two together.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.core.authors import author_keys, handle_key
from bot.core.folding import squash
from bot.core.links import handle_of, host_of
from bot.core.matching import candidate_keys, matches, token_text
from bot.core.model import Language, RuleAction, RuleKind, Script, StoredDigest, StoredItem, Style
from bot.core.selection import Candidate, under_host
from bot.services.stories import seen_before
from bot.storage import NewEdition, Transaction

_AT_ONCE = 1000  # editions written in one statement
_BITS = 63  # items that one machine word tells apart

Choice = tuple[int, str, str, str, int]  # mask of items, style, language, script, rich


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What a plan wrote."""

    editions: int = 0
    subscribers: int = 0


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


def plan(tx: Transaction, stored: StoredDigest, *, now: datetime) -> PlanReport:
    """Write editions and batches for every active subscriber who wants each digest and something of this one. An item
    whose story a subscriber was sent before is marked so where the whole digest is shown, else it is left out."""
    standing = [item for item in stored.items if not item.removed]
    if not standing:
        return PlanReport()
    candidates = [candidate_of(item, stored.digest.categories) for item in standing]
    follows, mutes = _masks(tx, candidates)
    everything = (1 << len(candidates)) - 1
    whole = everything << 1 | 1  # the bit beyond: what a correction adds is wanted too
    seen = _zeros(len(mutes), len(candidates))
    repeats = seen_before(tx, stored, seen)
    readers: defaultdict[Choice, array[int]] = defaultdict(lambda: array("q"))
    for owner, style, language, script, has_follows, rich, _, _ in tx.planning.stream_subscribers():
        if owner >= len(mutes):
            break  # who joins while we plan was not asked for rules; the next digest is theirs
        mask = (follows[owner] if has_follows else everything) & ~mutes[owner]
        if mask == everything and not has_follows:
            mask = whole
            if repeats:
                mask |= seen[owner] << (len(candidates) + 1)  # further bits: shown as seen before
        elif repeats:
            mask &= ~seen[owner]
        if mask:
            readers[mask, style, language, script, rich].append(owner)
    return _write(tx, stored, [item.id for item in standing], readers, now=now)


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
    for kind, values in _values(candidates).items():
        ids = tx.planning.terms(kind, values.keys())
        hits.update((ids[value], mask) for value, mask in values.items() if value in ids)
    for value, term_id in tx.planning.all_terms(RuleKind.HOST).items():
        mask = _mask(value != "" and under_host(candidate.host, value) for candidate in candidates)
        if mask:
            hits[term_id] = mask
    keys = {key for candidate in candidates for key in candidate_keys(candidate.tokens.split())}
    for term in tx.planning.keyword_terms(keys):
        mask = _mask(matches(candidate.tokens, term.query) for candidate in candidates)
        if mask:
            hits[term.id] = mask
    return hits


def _values(candidates: Sequence[Candidate]) -> dict[RuleKind, dict[str, int]]:
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


def _mask(tests: Iterable[bool]) -> int:
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
    mask, style, language, script, rich = choice
    shown = tuple(item_id for position, item_id in enumerate(item_ids) if mask >> position & 1)
    repeated = mask >> (len(item_ids) + 1)
    return NewEdition(
        digest_id=stored.id,
        item_ids=shown,
        style=Style(style),
        language=Language(language),
        script=Script(script),
        hidden=len(item_ids) - len(shown),
        revision=stored.revision,
        rich=bool(rich),
        complete=bool(mask >> len(item_ids) & 1),
        seen=tuple(item_id for position, item_id in enumerate(item_ids) if repeated >> position & 1),
    )
