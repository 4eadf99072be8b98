"""Learns the `[learned]` table of data/topics.toml from the labelled items in tests/core: a logistic regression for
each topic over the pieces of text that `bot.core.topics` looks at, on top of what the file's own words say. Each item
was labelled twice; both count half. The held-out items are never read.

Run with `python -m tests.bench.learn_topics`; it rewrites the end of data/topics.toml, in about a minute.
`--try` instead learns six times from five sixths of the items, prints how well the last sixth is found, and writes
nothing.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.core.folding import fold
from bot.core.lexicon import folded_units
from bot.core.topic_file import NOTHING
from bot.core.topics import load_topics

ROOT = Path(__file__).parents[2]
FILE = ROOT / "data" / "topics.toml"
ITEMS = ROOT / "tests" / "core" / "topic_items.jsonl"
SLUGS = (
    "models", "multimodal", "agents", "coding", "apps", "research", "open-source", "compute", "robotics", "industry",
    "funding", "policy", "safety", "society",
)  # fmt: skip
SCALE = 3.3  # points of the score for one unit of log odds
LIFT = 8.3  # points of every topic beside what is learned: from `least` on it is rather right than wrong
STEP = 0.2
KEPT = 12_000
PRICE = 1 / 2  # of large weights, beside one item told wrongly
SEEN = 3  # items that a piece is in, from which on something is learned of it
ROUNDS, RATE = 250, 0.3
PARTS = 6
HEAD = """
# Learned from labelled items, not written by hand: how much small pieces of text (two neighbouring characters, a word,
# two neighbouring words written together) speak for each topic. Behind a piece stands one letter for each slug of
# `order`: S says nothing, T one step for the topic, U two, R one step against it, and so on from ( to ~. All pieces
# of the title and all of the body are added up and divided by the root of their number; `start` is added.
# Lines may be removed; without this table only the words above count.
[learned]
"""
Item = dict[str, Any]
Matrix = NDArray[np.float32]


def pieces(text: str) -> set[str]:
    """The pieces of a text that can be learned: words, and pairs of neighbours of one kind."""
    row = folded_units(fold(text))
    words = {unit for unit in row if len(unit) > 1 and unit.isascii() and not unit[0].isdigit()}
    pairs = (pair for pair in pairwise(row) if all(pair) and pair[0].isascii() == pair[1].isascii())
    return words | {one + other for one, other in pairs if not (one.isdigit() and other.isdigit())}


def matrix(items: Sequence[Item]) -> tuple[Matrix, dict[str, float]]:
    """The items as rows of their pieces, and how rare each piece is (in the order of the columns)."""
    found = [(pieces(item["title"]), pieces(item["body"])) for item in items]
    spread: Counter[str] = Counter()
    for title, body in found:
        spread.update(title | body)
    often = {piece: times for piece, times in sorted(spread.items()) if times >= SEEN}
    rare = {piece: float(np.log(len(items) / times)) + 0.5 for piece, times in often.items()}
    columns = {piece: column for column, piece in enumerate(rare)}
    rows = np.zeros((len(items), len(rare)), np.float32)
    for row, (title, body) in zip(rows, found, strict=True):
        known = [piece for piece in title | body if piece in columns]
        for piece in known:
            row[columns[piece]] = rare[piece] * ((piece in title) + (piece in body))
        row /= np.sqrt(max(1, len(known)))
    return rows, rare


def told(items: Sequence[Item], own: str) -> Matrix:
    """What the file's own words say of each item, in log odds."""
    topics = load_topics(own)
    rows = []
    for item in items:
        said = {found.slug: found.score for found in topics.explain(item["title"], item["body"], item["categories"])}
        rows.append([said.get(slug, 0.0) / SCALE for slug in SLUGS])
    return np.array(rows, np.float32)


def labels(items: Sequence[Item]) -> Matrix:
    """How sure each topic is of each item: what share of those who labelled it gave it."""
    rows = [[np.mean([slug in given for given in item["topics"]]) for slug in SLUGS] for item in items]
    return np.array(rows, np.float32)


def fitted(rows: Matrix, wanted: Matrix, said: Matrix) -> tuple[Matrix, Matrix]:
    """Start and weights of all topics at once: plain steps downhill, each weight with its own pace."""
    weights = np.zeros((rows.shape[1], wanted.shape[1]), np.float32)
    start = np.full(wanted.shape[1], -2.0, np.float32)
    paces, pace = np.full_like(weights, 1e-3), np.full_like(start, 1e-3)
    for _ in range(ROUNDS):
        miss = 1 / (1 + np.exp(-start - rows @ weights - said)) - wanted
        slope, tilt = rows.T @ miss + PRICE * weights, miss.sum(axis=0)
        paces += slope * slope
        pace += tilt * tilt
        weights -= RATE * slope / np.sqrt(paces)
        start -= RATE * tilt / np.sqrt(pace)
    return start, weights


def learned(items: Sequence[Item], own: str) -> str:
    """The table as TOML."""
    rows, rare = matrix(items)
    starts, weights = fitted(rows, labels(items), told(items, own))
    said = rows * rows
    best = np.argsort(-(said.sum(axis=0)[:, None] * weights * weights).sum(axis=1), kind="stable")[:KEPT]
    rest = np.delete(np.arange(len(rare)), best)
    starts += (rows[:, rest] @ weights[rest]).mean(axis=0)  # what is left out says on average
    present = rows > 0
    # The classifier divides by the root of how many known pieces it finds: now they are fewer.
    fewer = float(np.sqrt(present[:, best].sum(axis=1) / np.maximum(1, present.sum(axis=1))).mean())
    scaled = fewer * SCALE * weights * np.array(list(rare.values()), np.float32)[:, None]
    names = list(rare)
    start = ", ".join(f"{slug} = {LIFT + SCALE * value:.1f}" for slug, value in zip(SLUGS, starts, strict=True))
    order = ", ".join(f'"{slug}"' for slug in SLUGS)
    entries = [f"{names[at]} {''.join(map(letter, scaled[at]))}" for at in sorted(best)]
    lines = ["  ".join(entries[at : at + 5]) for at in range(0, len(entries), 5)]
    return "\n".join(
        [f"{HEAD}start = {{ {start} }}", f"step = {STEP}", f"order = [{order}]", "pieces = '''", *lines, "'''\n"]
    )


def letter(weight: float) -> str:
    """The weight in whole steps, as far as letters reach."""
    return chr(max(ord("("), min(ord("~"), ord(NOTHING) + round(float(weight) / STEP))))


def tried(items: Sequence[Item], own: str) -> None:
    """Print how well each sixth of the items is found by what the others teach; neighbours have one author."""
    hits = Counter[str]()
    for part in np.array_split(np.arange(len(items)), PARTS):
        left_out = set(part.tolist())
        topics = load_topics(own + learned([item for at, item in enumerate(items) if at not in left_out], own))
        for at in part:
            item = items[at]
            got = set(topics.classify(item["title"], item["body"], item["categories"]))
            for given in item["topics"]:
                hits.update(right=len(got & set(given)), all=len(got) + len(given))
        print(f"{2 * hits['right'] / hits['all']:.4f}", flush=True)


def main(arguments: Sequence[str]) -> None:
    """Learn, and replace the end of the file."""
    items = [json.loads(line) for line in ITEMS.read_text("utf-8").splitlines()]
    own = FILE.read_text("utf-8").split("\n# Learned from")[0].rstrip("\n") + "\n"
    if "--try" in arguments:
        tried(items, own)
    else:
        FILE.write_text(own + learned(items, own), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
