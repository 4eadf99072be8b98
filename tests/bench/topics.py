"""How well and how fast topics are found: F1 per topic on the labelled items in tests/core, and items a second.

Run with `python -m tests.bench.topics [FILE…]`; without files, all labelled sets are measured.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bot.core.tokens import index_tokens
from bot.core.topics import TopicSet, load_topics

ROOT = Path(__file__).parents[2]


def main(paths: list[Path]) -> None:
    """Print the figures of each file."""
    topics = load_topics((ROOT / "data" / "topics.toml").read_text(encoding="utf-8"))
    for path in paths:
        items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        print(f"\n{path.name}: {len(items)} items")
        quality(topics, items)
        speed(topics, items)


def quality(topics: TopicSet, items: list[dict[str, Any]]) -> None:
    """Print precision, recall and F1 of each topic and over all."""
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for item in items:
        got = set(topics.classify(str(item["title"]), str(item["body"]), list(item["categories"])))
        for labels in item["topics"]:  # two people gave some, each on their own
            right.update(got & set(labels))
            given.update(got)
            wanted.update(labels)
    for slug in [topic.slug for topic in topics.topics]:
        figures(slug, right[slug], given[slug], wanted[slug])
    figures("all (micro)", right.total(), given.total(), wanted.total())


def figures(name: str, right: int, given: int, wanted: int) -> None:
    """Print one line of figures."""
    precision, recall = right / max(1, given), right / max(1, wanted)
    f1 = 2 * right / max(1, given + wanted)
    print(f"{name:12} n={wanted:4}  precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.3f}")


def speed(topics: TopicSet, items: list[dict[str, Any]]) -> None:
    """Print how many items a second are classified and tokenised."""
    texts = [(str(item["title"]), str(item["body"])) for item in items] * 5
    started = time.process_time()
    for title, body in texts:
        topics.classify(title, body)
    classified = time.process_time()
    for title, body in texts:
        index_tokens(f"{title}\n{body}")
    ended = time.process_time()
    print(f"classify {1000 * (classified - started) / len(texts):.3f} ms an item; ", end="")
    print(f"index_tokens {len(texts) / (ended - classified):,.0f} items/s")


if __name__ == "__main__":
    folder = ROOT / "tests" / "core"
    main([Path(name) for name in sys.argv[1:]] or sorted(folder.glob("topic*.jsonl")))
