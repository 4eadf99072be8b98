"""The archive labelled anew after the operator changed topics.toml. Apart from ingest because it reads no files."""

from collections.abc import Callable

from bot.core.topics import TopicSet
from bot.storage import Storage

_BATCH = 500


def retag(storage: Storage, topics: TopicSet, tell: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Give every item the topics that `topics` finds now; how many items changed. `tell` hears (done, total).

    Each batch is a transaction of its own: others write meanwhile, and an interrupted run can be begun again."""
    changed = done = 0
    categories: dict[int, tuple[str, ...]] = {}
    with storage.reading() as tx:
        total = tx.items.count()
        for batch in tx.items.stream(size=_BATCH):
            digests = {stored.digest_id for stored in batch}
            categories = {key: categories.get(key) or tx.digests.head(key).categories for key in digests}
            found = {
                stored.id: topics.classify(stored.item.title, stored.item.body.text, categories[stored.digest_id])
                for stored in batch
            }
            wrong = {stored.id: found[stored.id] for stored in batch if found[stored.id] != stored.item.topics}
            if wrong:
                with storage.writing() as writing:
                    writing.items.set_topics(wrong)
            changed += len(wrong)
            done += len(batch)
            tell(done, total)
    return changed
