"""Short ways to write a digest and to read it."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.digest import read_digest
from bot.core.model import Item, Reading

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
HEAD = "---\ntitle: Some digest\ndate: 2025-11-26T08:00:07+08:00\n---\n\n"
HEAD_LINES = HEAD.count("\n")
ZONE = ZoneInfo("Asia/Shanghai")


def reading_of(source: str | bytes) -> Reading:
    return read_digest(source if isinstance(source, bytes) else source.encode(), time_zone=ZONE)


def codes_of(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def items_of(body: str) -> tuple[Item, ...]:
    """The items of a body below plain front matter; fails when the digest is refused."""
    reading = reading_of(HEAD + body)
    assert reading.digest is not None, reading.problems
    return reading.digest.items


def seed(name: str) -> bytes:
    path = SEEDS / name
    if not path.exists():
        pytest.skip("the real digests are not part of the repository and not beside it here")
    return path.read_bytes()
