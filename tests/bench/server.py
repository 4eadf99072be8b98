"""The emulator in a process of its own, with so many readers who have pressed Start; how benchmarks that need
Telegram's rules start it, and what they read in its journal.

`python -m tests.bench.server JOURNAL READERS LATENCY FLOOD`
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bot.emulator import DEFAULT_TOKEN, Emulator

FIRST = 100_001
"""The id of the first reader; the others follow."""

TOKEN = DEFAULT_TOKEN


@dataclass(frozen=True)
class Server:
    """A running one."""

    url: str
    journal: Path

    def entries(self, method: str = "sendMessage") -> list[dict[str, Any]]:
        """The calls of a method so far, in order of arrival."""
        with self.journal.open(encoding="utf-8") as lines:
            found = [json.loads(line) for line in lines]
        return sorted((entry for entry in found if entry["method"] == method), key=lambda entry: entry["at"])

    def say(self, user_id: int, text: str) -> float:
        """Let a reader say something; when that was, by the clock of the journal."""
        body = json.dumps({"user_id": user_id, "chat_id": user_id, "text": text}).encode()
        request = Request(  # noqa: S310 - our own server
            f"{self.url}/emulator/send", body, {"Content-Type": "application/json"}
        )
        began = time.time()  # noqa: TID251 - compared with the emulator's clock
        with urlopen(request) as answer:  # noqa: S310 - our own server
            answer.read()
        return began


@contextlib.contextmanager
def server(folder: Path, *, readers: int, latency: float = 0.0, flood: bool = True) -> Iterator[Server]:
    """A server for the length of the block; `folder` holds its journal."""
    journal = folder / f"journal-{readers}-{latency}.jsonl"
    command = [sys.executable, "-m", "tests.bench.server", journal, str(readers), str(latency), str(int(flood))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(process.stdout.readline().strip(), journal)
        finally:
            process.terminate()


async def _serve(journal: Path, readers: int, latency: float, *, flood: bool) -> None:
    emulator = Emulator(journal_path=journal, journal_keep=1000, latency=latency, flood=flood, history=10)
    for number in range(readers):
        emulator.add_user(f"Reader {number}", id=FIRST + number, language_code="en", started=True)
    async with emulator:
        print(emulator.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), flood=sys.argv[4] == "1"))
