"""The record of every call: when, to whom, with what, and how it ended; the evidence of tests and benchmarks."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO


@dataclass(slots=True)
class Entry:
    """One call. `at` and `answered` are the emulator's clock in seconds; `answered` is None when no answer was sent."""

    id: int
    at: float
    answered: float | None
    bot_id: int
    method: str
    chat_id: int | None
    thread_id: int | None
    text: str | None
    params: tuple[str, ...]
    ok: bool
    code: int
    description: str
    message_id: int | None
    retry_after: int | None = None
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Journal:
    """All calls in order of arrival at the world; optionally also a JSON Lines file, one flushed line a call."""

    def __init__(self, path: Path | None = None, keep: int | None = None) -> None:
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None
        self._keep = keep
        self._next_id = 1
        self.entries: list[Entry] = []
        self.counts: Counter[tuple[str, int]] = Counter()

    def next_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def add(self, entry: Entry) -> None:
        """Append one call."""
        self.entries.append(entry)
        self.counts[(entry.method, entry.code)] += 1
        if self._keep is not None and len(self.entries) > 2 * self._keep:
            del self.entries[: -self._keep]
        if self._file is not None:
            self._file.write(json.dumps(entry.as_json(), ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def clear(self) -> None:
        """Forget what was recorded so far (the file keeps it)."""
        self.entries.clear()
        self.counts.clear()

    # -- questions tests ask -----------------------------------------------------------------------------------------

    def calls(self, method: str | None = None, *, chat_id: int | None = None) -> list[Entry]:
        """Calls of that method (any case) and chat."""
        wanted = method.lower() if method else None
        return [
            entry
            for entry in self.entries
            if (wanted is None or entry.method.lower() == wanted) and (chat_id is None or entry.chat_id == chat_id)
        ]

    def sends(self, chat_id: int | None = None) -> list[Entry]:
        """Messages that reached a chat, whether or not their answer reached the bot."""
        return [
            entry
            for entry in self.entries
            if entry.message_id is not None
            and entry.method.lower().startswith(("send", "copy", "forward"))
            and (chat_id is None or entry.chat_id == chat_id)
        ]

    def refused(self, code: int | None = None) -> list[Entry]:
        """Calls that failed, or only those with that code."""
        return [entry for entry in self.entries if not entry.ok and (code is None or entry.code == code)]

    def peak(self, seconds: float = 1.0, chat_id: int | None = None) -> int:
        """The most sends in any window of that length (half open)."""
        return sliding_peak((entry.at for entry in self.sends(chat_id)), seconds)

    def repeats(self) -> dict[tuple[int, str], int]:
        """(chat, text) that arrived more than once, with how often."""
        seen = Counter((entry.chat_id or 0, entry.text or "") for entry in self.sends())
        return {key: count for key, count in seen.items() if count > 1}


def sliding_peak(times: Iterable[float], seconds: float) -> int:
    """The most instants within any half-open window of that length."""
    ordered = sorted(times)
    best = low = 0
    for high, instant in enumerate(ordered):
        while instant - ordered[low] >= seconds:
            low += 1
        best = max(best, high - low + 1)
    return best
