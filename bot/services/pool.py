"""The items that a roundup may hold, and who wants which of them and has had them: rules matched once for however many
readers, one bit an item. Apart from planning a new digest, where the digest looks for its readers; here readers look
for their items.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.core.matching import candidate_keys, matches
from bot.core.model import RuleAction, RuleKind, StoredDigest, StoredItem
from bot.core.roundup import ranked
from bot.core.selection import Candidate, under_host
from bot.services.plan import candidate_of, mask_of, values_of
from bot.storage import TermLine, Transaction, keyword_query
from bot.storage.statements import chunks

_MUTE = RuleAction.MUTE.value
_KEPT = 4096  # answers; a million readers may all choose differently
_MARGIN = timedelta(days=3)  # stories are told again within three days, other than by their links


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader's rules say of the items: bits of those that follow rules bring, that topics among them bring, and
    that mute rules hide."""

    follows: int = 0
    topics: int = 0
    mutes: int = 0


class Pool:
    """The items of digests, each with when it was announced; None for one of which only what waits from it counts. Good
    for one transaction after another while nothing new is announced: all it goes on asking is about the readers."""

    def __init__(self, tx: Transaction, digests: Sequence[tuple[StoredDigest, datetime | None]]) -> None:
        standing = [(item, at, stored) for stored, at in digests for item in stored.items if not item.removed]
        self.items = [item for item, _, _ in standing]
        self.revisions = {stored.id: stored.revision for stored, _ in digests}
        self._announced = [at for _, at, _ in standing]
        self._candidates = [candidate_of(item, stored.digest.categories) for item, _, stored in standing]
        self._bits = {item.id: 1 << position for position, item in enumerate(self.items)}
        self._terms = _Terms(self._candidates)
        self._topical: set[int] = set()
        self._stories = tx.stories.of_items(self._bits)
        self._tellings = _tellings(self.items, self._stories)
        self._told, self._elsewhere = self._told_before(tx)
        self._planned: dict[int, int] = {}
        self.window = lru_cache(_KEPT)(self._window)
        self.ranked = lru_cache(_KEPT)(self._ranked)

    def bits(self, item_ids: Iterable[int]) -> int:
        """The bits of items; of those that are not here, none."""
        return sum(self._bits.get(item_id, 0) for item_id in set(item_ids))

    def picked(self, mask: int) -> list[StoredItem]:
        """The items of a mask."""
        return [item for position, item in enumerate(self.items) if mask >> position & 1]

    def _window(self, start: datetime) -> int:
        """What was announced from `start` on."""
        return mask_of(at is not None and at >= start for at in self._announced)

    def _ranked(self, mask: int, followed: int) -> tuple[StoredItem, ...]:
        """The items of a mask, each story once, the most important first."""
        liked = frozenset(item.id for item in self.picked(followed & mask))
        return tuple(ranked(self.picked(mask), self._stories, self._tellings, followed=liked))

    def wishes(self, tx: Transaction, subscriber_ids: Sequence[int]) -> dict[int, Wish]:
        """What the rules of these readers say; who has none is missing."""
        rules = list(tx.roundups.rules_of(subscriber_ids))
        self._terms.learn(tx, {term_id for _, term_id, _ in rules})
        follows: defaultdict[int, int] = defaultdict(int)
        topics: defaultdict[int, int] = defaultdict(int)
        mutes: defaultdict[int, int] = defaultdict(int)
        for owner, term_id, action in rules:
            if mask := self._terms.masks[term_id]:
                if action == _MUTE:
                    mutes[owner] |= mask
                    continue
                follows[owner] |= mask
                if term_id in self._terms.topics:
                    topics[owner] |= mask
        owners = follows.keys() | mutes.keys()
        return {owner: Wish(follows.get(owner, 0), topics.get(owner, 0), mutes.get(owner, 0)) for owner in owners}

    def seen(self, tx: Transaction, subscriber_ids: Sequence[int], *, until: int) -> dict[int, int]:
        """The items that these readers were sent, or whose stories they were, and what is on its way to them; roundups
        in batches later than `until` are those of other readers."""
        found: defaultdict[int, int] = defaultdict(int)
        for owner, mask in self._sent(tx, subscriber_ids):
            found[owner] |= mask
        wanted = frozenset(subscriber_ids)
        batches = list(tx.roundups.batched(until=until))
        self._learn_editions(tx, {edition_id for edition_id, _ in batches})
        for edition_id, owners in batches:
            if mask := self._planned[edition_id]:
                for owner in wanted.intersection(owners):
                    found[owner] |= mask
        return found

    def _sent(self, tx: Transaction, subscriber_ids: Sequence[int]) -> Iterator[tuple[int, int]]:
        if not self.items:
            return
        since = min(item.slot for item in self.items) - _MARGIN
        old = {digest_id for digest_id in self._elsewhere if digest_id < min(item.digest_id for item in self.items)}
        for some in chunks(subscriber_ids):  # each may have a hundred deliveries of a week
            recent = tx.roundups.editions_of(some, since=since)
            for rows in (list(recent), list(tx.roundups.editions_with(some, old))):
                self._learn_editions(tx, {edition_id for _, edition_id in rows})
                yield from ((owner, self._planned[edition_id]) for owner, edition_id in rows)

    def _learn_editions(self, tx: Transaction, edition_ids: Collection[int]) -> None:
        unknown = set(edition_ids) - self._planned.keys()
        self._planned.update(dict.fromkeys(unknown, 0))
        for edition_id, planned in tx.roundups.planned(unknown).items():
            mask = 0
            for item_id in planned.item_ids:
                mask |= self._told.get(item_id, 0)
            if planned.complete:
                mask |= self._of_digest(planned.digest_id)
            self._planned[edition_id] = mask

    def _of_digest(self, digest_id: int) -> int:
        return sum(self._bits[item.id] for item in self.items if item.digest_id == digest_id)

    def _told_before(self, tx: Transaction) -> tuple[Mapping[int, int], Collection[int]]:
        """Which items here are told by an item, here or anywhere; and the digests of those anywhere."""
        told: dict[int, int] = dict(self._bits)
        of_story: defaultdict[int, int] = defaultdict(int)
        for item_id, story in self._stories.items():
            of_story[story] |= self._bits[item_id]
        digests: set[int] = set()
        for story, members in tx.stories.members(of_story).items():
            for digest_id, item_id in members:
                told[item_id] = told.get(item_id, 0) | of_story[story]
                digests.add(digest_id)
        return told, digests


class _Terms:
    """Which items each term speaks of, found when somebody has a rule on it."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.masks: dict[int, int] = {}
        self.topics: set[int] = set()
        self._candidates = candidates
        self._values = values_of(candidates)
        self._keys: defaultdict[str, int] = defaultdict(int)
        for position, candidate in enumerate(candidates):
            for key in candidate_keys(candidate.tokens.split()):
                self._keys[key] |= 1 << position
        self._by_kind: dict[RuleKind, Callable[[TermLine], int]] = {
            RuleKind.HOST: self._of_host,
            RuleKind.KEYWORD: self._of_keyword,
        }

    def learn(self, tx: Transaction, term_ids: Collection[int]) -> None:
        """Match those of these terms that are not known yet."""
        for term in tx.roundups.terms(set(term_ids) - self.masks.keys()):
            self.masks[term.id] = self._by_kind.get(term.kind, self._of_value)(term)
            if term.kind is RuleKind.TOPIC:
                self.topics.add(term.id)

    def _of_value(self, term: TermLine) -> int:
        return self._values[term.kind].get(term.value, 0)

    def _of_host(self, term: TermLine) -> int:
        return mask_of(term.value != "" and under_host(candidate.host, term.value) for candidate in self._candidates)

    def _of_keyword(self, term: TermLine) -> int:
        possible = self._keys.get(term.lookup or "", 0)
        query = keyword_query(term.value) if possible else None
        return mask_of(
            query is not None and bool(possible >> position & 1) and matches(candidate.tokens, query)
            for position, candidate in enumerate(self._candidates)
        )


def _tellings(items: Iterable[StoredItem], stories: Mapping[int, int]) -> dict[int, int]:
    """How many of the digests tell each story."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for item in items:
        if item.id in stories:
            found[stories[item.id]].add(item.digest_id)
    return {story: len(digests) for story, digests in found.items()}
