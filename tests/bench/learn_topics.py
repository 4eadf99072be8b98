"""Learns the `[learned]` table of data/topics.toml from the labelled items in tests/core: a logistic regression for
each topic over the pieces of text that `bot.core.topics` looks at. The held-out batches are never read.

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
from bot.core.topic_file import NOTHING

ROOT = Path(__file__).parents[2]
FILE = ROOT / "data" / "topics.toml"
HELD_OUT = (10, 11)
LEARNED_FROM = ("topics_dev", "topic_items", *(f"topic_batch_{k}" for k in range(1, 18) if k not in HELD_OUT))
SLUGS = (
    "models", "multimodal", "agents", "coding", "apps", "research", "open-source", "compute", "robotics", "industry",
    "funding", "policy", "safety", "society",
)  # fmt: skip
SCALE = 2.2  # points of the score for one unit of log odds
LIFT = 3.0  # the words of the file add to what is learned here: cross-validation gave each topic these points more
STEP = 0.15
KEPT = 7000
ROUNDS, RATE, DECAY = 100, 0.5, 1.5
HEAD = """
# Learned from labelled items, not written by hand: how much small pieces of text (two neighbouring characters, a word,
# two neighbouring words written together) speak for each topic. Behind a piece stands one letter for each slug of
# `order`: S says nothing, T one step for the topic, U two, R one step against it, and so on from ( to ~. All pieces
# of the title and all of the body are added up and divided by the root of their number; `start` is added.
# Lines may be removed; without this table only the words above count.
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


def kept(learned: dict[str, Vector], rare: Vector) -> dict[str, list[float]]:
    """What is worth writing down: the weightiest pieces, each with its weight for every topic."""
    scaled = {piece: [SCALE * learned[slug].get(piece, 0.0) * rare[piece] for slug in SLUGS] for piece in rare}
    best = sorted(scaled, key=lambda piece: (-sum(weight * weight for weight in scaled[piece]), piece))[:KEPT]
    return {piece: scaled[piece] for piece in sorted(best)}


def written(starts: Vector, table: dict[str, list[float]]) -> str:
    """The table as TOML."""
    start = ", ".join(f"{slug} = {LIFT + SCALE * starts[slug]:.1f}" for slug in SLUGS)
    order = ", ".join(f'"{slug}"' for slug in SLUGS)
    entries = [f"{piece} {''.join(map(letter, weights))}" for piece, weights in table.items()]
    lines = ["  ".join(entries[at : at + 5]) for at in range(0, len(entries), 5)]
    return "\n".join(
        [f"{HEAD}start = {{ {start} }}", f"step = {STEP}", f"order = [{order}]", "pieces = '''", *lines, "'''\n"]
    )


def letter(weight: float) -> str:
    """The weight in whole steps, as far as letters reach."""
    return chr(max(ord("("), min(ord("~"), ord(NOTHING) + round(weight / STEP))))


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
