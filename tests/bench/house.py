"""A data folder with readers and something to tell them, and the real program over it, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.bootstrap import bundled
from bot.core.model import Language, Place
from bot.core.topics import load_topics
from bot.services.ingest import Ingest
from bot.sources import RawDigest
from bot.storage import Storage, SubscriberLine
from tests.bench.crowd import digest
from tests.bench.server import TOKEN
from tests.conftest import Entry, digest_text, slot

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class BenchHouse:
    """Where the program works."""

    root: Path

    @property
    def database(self) -> str:
        """Its address."""
        return f"sqlite:///{self.root / 'digestbot.db'}"

    def fill(self, chats: Iterable[int], *, long: bool = False) -> None:
        """Subscribe these chats and plan one digest for them: one message each, or several parts if `long`."""
        raw = digest() if long else _short()
        (self.root / "digests").mkdir(parents=True)
        (self.root / "digests" / "one.md").write_bytes(raw.data)
        topics = load_topics(bundled("topics.toml").read_text(encoding="utf-8"))
        with Storage.open(self.database) as storage:
            storage.upgrade()
            subscribe(storage, chats)
            Ingest(storage, topics, time_zone=ZoneInfo("Asia/Shanghai")).store([raw], announce=True, now=NOW)

    def start(self, url: str, *arguments: str, rate: float) -> "subprocess.Popen[bytes]":
        """The program with these arguments, against the Bot API server at `url`."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        environment |= {
            "DIGESTBOT_TOKEN": TOKEN,
            "DIGESTBOT_API_BASE_URL": url,
            "DIGESTBOT_DATA_DIR": str(self.root),
            "DIGESTBOT_RATE": str(rate),
            "DIGESTBOT_HTTP_ADDRESS": "off",
            "DIGESTBOT_LOG_LEVEL": "WARNING",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=(self.root / "log").open("wb"),
        )


def subscribe(storage: Storage, chats: Iterable[int]) -> None:
    """Make these chats readers of everything."""
    lines = [SubscriberLine(Place(chat), language=Language.EN) for chat in chats]
    with storage.writing() as tx:
        tx.importer.upsert_many(lines, now=NOW)


def _short() -> RawDigest:
    entries = [Entry(f"Headline {number}", "A few words about it.") for number in range(5)]
    return RawDigest("bench", "one.md", digest_text(slot(8, day=20), entries).encode(), NOW, "one.md")
