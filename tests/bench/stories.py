"""Stories on the labelled pairs: precision and recall of either half, each pair alone and all items as they come in,
and what one new item costs against 500 held ones, in processor time.

    python -m tests.bench stories
"""

import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from bot.core.model import Item, RichText, StoredItem
from bot.core.stories import CERTAIN, StoryIndex, likelihood, told
from tests.bench.table import Table
from tests.core.test_stories import GROUPS, LABELLED, NOW, Labelled, same, score

HELD = 500
ROUNDS = 5


def quality(table: Table, name: str, items: Sequence[Labelled]) -> None:
    """Precision and recall of pairs, and of stories as they grow."""
    pairs = list(itertools.combinations(items, 2))
    alone = score([(likelihood(one.told, two.told) >= CERTAIN, same(one, two)) for one, two in pairs])
    index = StoryIndex()
    for item in random.Random(0).sample(items, len(items)):
        index.add(item.told, min(index.match(item.told), default=None))
    story = index.story_of
    grown = score([(story(one.told.id) == story(two.told.id), same(one, two)) for one, two in pairs])
    alike = sum(same(*pair) for pair in pairs)
    figures = (alone.precision, alone.recall, grown.precision, grown.recall)
    table.row(name, len(items), alike, *(f"{figure:.3f}" for figure in figures))


def speed() -> float:
    """Milliseconds an item, the best of some rounds: boiled down, and compared with what is held."""
    index = StoryIndex()
    for key, item in enumerate(itertools.islice(itertools.cycle(LABELLED), HELD), start=1_000_000):
        index.add(replace(item.told, id=key, digest_id=key))
    items = [
        StoredItem(key, key, NOW, Item(1, entry["title"], entry["author"], None, RichText(entry["body"])))
        for key, entry in enumerate(entry for group in GROUPS for entry in group)
    ]
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for item in items:
            index.match(told(item))
        times.append((time.process_time() - start) / len(items) * 1000)
    return min(times)


def main() -> None:
    """Print both."""
    heads = ("items", "alike", "precision", "recall", "grown: p", "grown: r")
    table = Table("labelled pairs", "half", *heads)
    for half, name in ((0, "fitted"), (1, "held out")):
        quality(table, name, [item for item in LABELLED if item.group % 2 == half])
    quality(table, "both", LABELLED)
    print(f"one new item against {HELD}: {speed():.2f} ms")


if __name__ == "__main__":
    main()
