"""Stories are told once: which story each new item continues, found in the transaction that stores it, and which of a
digest's items its readers were sent before.

The items of the last days are held between digests; every time they are compared with what the database says (ids and
hashes, one cheap query), so that corrections, other processes and transactions that were undone change nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, MutableSequence, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from bot.core.links import canonical_url
from bot.core.model import StoredDigest, StoredItem
from bot.core.pages import Page
from bot.core.stories import WINDOW, StoryIndex, Told, told
from bot.storage import PutOutcome, PutResult, Storage, Story, Transaction

_HELD = 1500  # items compared with at most: three ordinary days hold a fifth of it
_TOGETHER = 5  # digests a transaction of `rebuild` and `catch_up`: others write between


class Stories:
    """Finds the stories of new items. One instance belongs to one writer."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._index = StoryIndex()
        self._prints: dict[int, str] = {}

    def list_since(self, since: datetime | None = None) -> list[Story]:
        """The stories of two or more items, newest first; with `since`, those that were told again since."""
        with self._storage.reading() as tx:
            return tx.stories.list_since(since)

    def note(self, tx: Transaction, result: PutResult) -> None:
        """A digest was stored: find the stories of its new and changed items, in its order."""
        fresh = _fresh(result)
        if fresh:
            self._settle(tx, result.digest, fresh)

    def put_off(self, tx: Transaction, digest_ids: Collection[int]) -> None:
        """Digests were stored that nobody is sent: their stories can wait until `catch_up`."""
        tx.stories.put_off(digest_ids)

    def catch_up(self) -> Iterator[int]:
        """Find the stories that were put off, oldest digest first; yields how many digests were done each time. Stopped
        on the way, it goes on the next time."""
        while True:
            with self._storage.reading() as tx:
                if not tx.stories.list_put_off(limit=1):
                    return
            with self._storage.writing() as tx:
                ids = tx.stories.list_put_off(limit=_TOGETHER)
                for stored in map(tx.digests.get, ids):
                    self._settle(tx, stored, [item for item in stored.items if not item.removed])
                tx.stories.mark_told(ids)
            yield len(ids)

    def rebuild(self) -> Iterator[int]:
        """Find all stories anew, as `catch_up` does. Stories are told by fewer items until it is through."""
        with self._storage.writing() as tx:
            tx.stories.clear()
            tx.stories.put_off(tx.stories.digest_ids())
        yield from self.catch_up()

    def _settle(self, tx: Transaction, digest: StoredDigest, fresh: Sequence[StoredItem]) -> None:
        new = {item.id for item in fresh}
        self._refresh(tx, digest, new)
        texts = [told(item) for item in fresh]
        linked = self._linked(tx, texts, fresh)
        before = tx.stories.of_items(new)
        # An item that others follow keeps its story, whatever it says now: the story has its name.
        founders = {key for key, story in before.items() if key == story}
        tx.stories.release(before.keys() - founders)
        for text in texts:
            known = () if text.id in founders else (*self._index.match(text), *linked.get(text.id, ()))
            self._index.add(text, self._joined(tx, known) if known else None)
            if known:
                tx.stories.assign({text.id: self._index.story_of(text.id)})

    def _joined(self, tx: Transaction, stories: Collection[int]) -> int:
        """The oldest of several stories that turned out to be one, after the others were made part of it."""
        oldest = min(stories)
        for story in set(stories) - {oldest}:
            members = [item for found in tx.stories.members([story]).values() for _, item in found] or [story]
            tx.stories.assign(dict.fromkeys(members, oldest))
            for key in members:
                if key in self._index:
                    self._index.move(key, oldest)
        return oldest

    def _refresh(self, tx: Transaction, digest: StoredDigest, new: Collection[int]) -> None:
        """Hold what stands in the window around a digest, but for its new items."""
        slot = digest.digest.slot
        window = tx.stories.window(slot - WINDOW, slot + WINDOW, limit=_HELD)
        for key in [key for key in self._index.ids if key not in window or key in new]:
            self._forget(key)
        missing = []
        for key, row in window.items():
            if key in new:
                continue
            if self._prints.get(key) != row.fingerprint:
                missing.append(key)
            elif self._index.story_of(key) != (row.story_id or key):
                self._index.move(key, row.story_id or key)
        for item in tx.stories.load(missing):
            self._index.add(told(item), window[item.id].story_id)
            self._prints[item.id] = window[item.id].fingerprint
        for key in new & window.keys():
            self._prints[key] = window[key].fingerprint

    def _forget(self, item_id: int) -> None:
        self._index.discard(item_id)
        self._prints.pop(item_id, None)

    def _linked(self, tx: Transaction, texts: Sequence[Told], fresh: Sequence[StoredItem]) -> dict[int, tuple[int]]:
        """Stories by item, of those that lead to a post which another digest, however old, has led to as well."""
        links = {
            text.id: canonical_url(item.item.url or "")
            for text, item in zip(texts, fresh, strict=True)
            if text.page is Page.POST
        }
        others = tx.stories.linked(links.values())
        twins: dict[int, int] = {}
        for key, link in links.items():
            found = [(digest, other) for digest, other in others.get(link, ()) if other not in links]
            # Where one digest gives a link to several items, it does not tell what each of them is about.
            alone = len({digest for digest, _ in others.get(link, ())}) == len(others.get(link, ()))
            if found and alone:
                twins[key] = found[0][1]
        stories = tx.stories.of_items(twins.values())
        return {key: (stories.get(twin, twin),) for key, twin in twins.items()}


def _fresh(result: PutResult) -> list[StoredItem]:
    """The items of a digest that say something they did not say before."""
    standing = [item for item in result.digest.items if not item.removed]
    if result.outcome is PutOutcome.NEW or result.revision is None:
        return standing if result.outcome is PutOutcome.NEW else []
    kept = {old.id for old, _ in result.revision.kept}
    changed = {change.item_id for change in result.revision.changes}
    return [item for item in standing if item.id not in kept or item.id in changed]


def seen_before(tx: Transaction, stored: StoredDigest, seen: MutableSequence[int]) -> bool:
    """Mark, by subscriber id, which of a digest's standing items (one bit each, in order) were sent to whom before as
    part of another digest, or are about to be; whether any were. Costs one small query when no item continues a story.
    Subscribers beyond the end of `seen` are left out."""
    standing = [item.id for item in stored.items if not item.removed]
    stories = tx.stories.of_items(standing)
    bits: dict[int, int] = defaultdict(int)
    for position, key in enumerate(standing):
        if key in stories:
            bits[stories[key]] |= 1 << position
    members = tx.stories.members(bits)
    told_before = {
        item: bits[story] for story, found in members.items() for digest, item in found if digest != stored.id
    }
    digests = {digest for told_in in members.values() for digest, _ in told_in}
    editions = {**dict(tx.stories.editions_of(told_before)), **tx.roundups.with_items(digests)}
    masks = _masks(editions, told_before)
    found = False
    for edition, readers in tx.stories.readers(masks):
        found = _mark(seen, readers, masks[edition]) or found
    return found


def _masks(editions: Mapping[int, Collection[int]], told_before: Mapping[int, int]) -> dict[int, int]:
    """By edition: what its items told before, without editions that told nothing of it."""
    masks = {
        edition: reduce(or_, (told_before.get(item, 0) for item in items), 0) for edition, items in editions.items()
    }
    return {edition: mask for edition, mask in masks.items() if mask}


def _mark(seen: MutableSequence[int], readers: Sequence[int], mask: int) -> bool:
    """Add `mask` for these readers; whether there were any."""
    marked = False
    for reader in readers:
        if reader < len(seen):
            seen[reader] |= mask
            marked = True
    return marked
