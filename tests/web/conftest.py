"""A database, and the health server over it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage import Storage

NOW = datetime(2025, 11, 26, 6, 0, tzinfo=UTC)
SLOT = NOW - timedelta(hours=2)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """An empty database on SQLite: what is asked here is tested on both engines elsewhere."""
    with Storage.open(f"sqlite:///{tmp_path / 'test.db'}") as opened:
        opened.upgrade()
        yield opened
