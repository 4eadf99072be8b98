"""The promise, briefly: a few kills of the real process (`python -m tests.crash 200` is the long run, and the variable
TEST_CRASH_KILLS sets how many are made here).
"""

import os
from pathlib import Path

import pytest

from tests.crash.run import Crashes
from tests.crash.scene import Sizes

KILLS = int(os.environ.get("TEST_CRASH_KILLS", "14"))
FEW = Sizes(private=70, groups=6, channels=5, forums=2, topics=2)


@pytest.mark.parametrize("seed", [4])
async def test_a_killed_bot_loses_nothing_and_repeats_only_what_was_in_flight(tmp_path: Path, seed: int) -> None:
    crashes = Crashes(tmp_path, f"sqlite:///{tmp_path / 'digestbot.db'}", seed=seed, sizes=FEW, rate=200.0)
    report = await crashes.run(KILLS, seconds=25.0 if KILLS < 50 else 3600.0)
    assert report.broken == [], "\n".join(report.lines())
    assert report.kills
    assert report.messages >= report.digests * report.places
