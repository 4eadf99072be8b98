"""Stories on the labelled pairs: precision and recall, and the time of one new item against 500. Run as a module."""

import itertools
import time
from dataclasses import replace

from bot.core.model import Item, RichText, StoredItem
from bot.core.stories import CERTAIN, StoryIndex, likelihood, told
from tests.core.test_stories import GROUPS, LABELLED, NOW, same, score

HELD = 500


def quality() -> None:
    """Precision and recall of either half."""
    for half, name in ((0, "fitted"), (1, "held out")):
        items = [item for item in LABELLED if item.group % 2 == half]
        pairs = itertools.combinations(items, 2)
        reached = score([(likelihood(one.told, two.told) >= CERTAIN, same(one, two)) for one, two in pairs])
        print(f"{name:9} precision {reached.precision:.3f}  recall {reached.recall:.3f}")


def speed() -> None:
    """Milliseconds an item."""
    index = StoryIndex()
    for key, item in enumerate(itertools.islice(itertools.cycle(LABELLED), HELD), start=1_000_000):
        index.add(replace(item.told, id=key, digest_id=key))
    entries = [entry for group in GROUPS for entry in group]
    items = [
        StoredItem(key, key, NOW, Item(1, entry["title"], entry["author"], None, RichText(entry["body"])))
        for key, entry in enumerate(entries)
    ]
    start = time.perf_counter()
    for item in items:
        index.match(told(item))
    print(f"one new item against {len(index)}: {(time.perf_counter() - start) / len(items) * 1000:.2f} ms")


if __name__ == "__main__":
    quality()
    speed()
