"""Learns the `[learned]` table of data/topics.toml from the labelled items in tests/core: a logistic regression for
each topic over the pieces of text that `bot.core.topics` looks at. The held-out batch is never read.

Run with `python -m tests.bench.learn_topics`; it rewrites the end of data/topics.toml, in some minutes.
"""

import json
from collections import Counter
from itertools import pairwise
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

from bot.core.folding import fold
from bot.core.lexicon import folded_units

ROOT = Path(__file__).parents[2]
FILE = ROOT / "data" / "topics.toml"
LEARNED_FROM = ("topics_dev", "topic_items", "topic_batch_1", "topic_batch_2", "topic_batch_3")
SLUGS = (
    "models", "multimodal", "agents", "coding", "apps", "research", "open-source", "compute", "robotics", "industry",
    "funding", "policy", "safety", "society",
)  # fmt: skip
SCALE = 2.0  # points of the score for one unit of log odds
SMALLEST = 0.2  # lighter weights are left out
KEPT, TOPICS_EACH = 3000, 6
ROUNDS, RATE, DECAY = 150, 0.5, 1 / 1.5
HEAD = """
# Learned from labelled items, not written by hand: how much small pieces of text (two neighbouring characters, a word,
# two neighbouring words written together) speak for a topic or against it. All pieces that an item holds, those of its
# title twice, are added up and divided by the root of their number; `start` is added. Entries may be changed or
# removed; without this table only the words above count.
[learned]
"""
Vector = dict[str, float]


def pieces(text: str) -> set[str]:
    """The pieces of a text that can be learned: words, and pairs of neighbours of one kind."""
    row = folded_units(fold(text))
    words = {unit for unit in row if len(unit) > 1 and unit.isascii() and not unit[0].isdigit()}
    pairs = (pair for pair in pairwise(row) if all(pair) and pair[0].isascii() == pair[1].isascii())
    return words | {one + other for one, other in pairs if not (one.isdigit() and other.isdigit())}


def vectors(items: list[dict[str, Any]]) -> tuple[list[Vector], Vector]:
    """The items as vectors of their pieces, and how rare each piece is."""
    counts = [Counter(pieces(item["title"])) + Counter(pieces(item["body"])) for item in items]
    spread: Counter[str] = Counter()
    for count in counts:
        spread.update(count.keys())
    rare = {piece: log(len(items) / times) + 0.5 for piece, times in spread.items() if times > 1}
    known = [{piece: times for piece, times in count.items() if piece in rare} for count in counts]
    return [{piece: times * rare[piece] / sqrt(len(count)) for piece, times in count.items()} for count in known], rare


def fitted(rows: list[Vector], labels: list[bool]) -> tuple[float, Vector]:
    """Start and weights of one topic: plain steps downhill, each weight with its own pace."""
    weights: Vector = dict.fromkeys((piece for row in rows for piece in row), 0.0)
    paces: Vector = dict.fromkeys(weights, 1e-3)
    start = -2.0
    for _ in range(ROUNDS):
        slope = {piece: DECAY * weight for piece, weight in weights.items()}
        tilt = 0.0
        for row, label in zip(rows, labels, strict=True):
            miss = 1 / (1 + exp(-start - sum(weights[piece] * value for piece, value in row.items()))) - label
            tilt += miss
            for piece, value in row.items():
                slope[piece] += miss * value
        start -= 12 * tilt / len(rows)
        for piece, value in slope.items():
            paces[piece] += value * value
            weights[piece] -= RATE * value / sqrt(paces[piece])
    return start, weights


def kept(learned: dict[str, Vector], rare: Vector) -> dict[str, Vector]:
    """What is worth writing down: the weightiest pieces, each with the topics it says most about."""
    scaled = {piece: {slug: SCALE * learned[slug].get(piece, 0.0) * rare[piece] for slug in SLUGS} for piece in rare}
    best = sorted(scaled, key=lambda piece: (-max(map(abs, scaled[piece].values())), piece))[:KEPT]
    table: dict[str, Vector] = {slug: {} for slug in SLUGS}
    for piece in best:
        for slug, weight in sorted(scaled[piece].items(), key=lambda pair: -abs(pair[1]))[:TOPICS_EACH]:
            if abs(weight) >= SMALLEST:
                table[slug][piece] = weight
    return table


def written(starts: Vector, table: dict[str, Vector]) -> str:
    """The table as TOML."""
    parts = [HEAD + "start = { " + ", ".join(f"{slug} = {SCALE * starts[slug]:.1f}" for slug in SLUGS) + " }"]
    parts.append("\n[learned.pieces]")
    for slug in SLUGS:
        entries = sorted(table[slug].items(), key=lambda pair: (-pair[1], pair[0]))
        lines = [
            " ".join(f"{piece}:{weight:.1f}" for piece, weight in entries[at : at + 12])
            for at in range(0, len(entries), 12)
        ]
        parts.append("\n".join([f"{slug} = '''", *lines, "'''"]))
    return "\n".join(parts) + "\n"


def main() -> None:
    """Learn, and replace the end of the file."""
    folder = ROOT / "tests" / "core"
    lines = [line for name in LEARNED_FROM for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]
    items = [json.loads(line) for line in lines]
    rows, rare = vectors(items)
    found = {slug: fitted(rows, [slug in item["topics"] for item in items]) for slug in SLUGS}
    table = kept({slug: weights for slug, (_, weights) in found.items()}, rare)
    own = FILE.read_text("utf-8").split("\n# Learned from")[0].rstrip("\n") + "\n"
    FILE.write_text(own + written({slug: start for slug, (start, _) in found.items()}, table), "utf-8")


if __name__ == "__main__":
    main()
