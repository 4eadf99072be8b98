"""What the far side saw against what the ledger says: lost, repeated, out of order. Reads the database itself, in a
copy, so that the next start finds everything as the kill left it.
"""

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from bot.core.model import Place
from bot.emulator import Journal
from bot.rendering.serialize import loads
from bot.storage import packing
from tests.crash.scene import marks_in

Message = tuple[int, int]
"""Chat and message id: ids count by chat."""

_PENDING = ("planned", "claimed", "sending", "retry")
_DELIVERIES = (
    "SELECT d.state, d.message_ids, s.chat_id, d.error FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id"
)
_EDITIONS = (
    "SELECT d.digest_id, s.chat_id, s.thread_id, e.parts FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id "
    "JOIN edition e ON e.id = d.edition_id ORDER BY d.digest_id"
)


@dataclass(frozen=True)
class Snapshot:
    """The ledger at one instant: messages recorded as sent, deliveries recorded as being sent, what is not over."""

    recorded: frozenset[Message]
    sending: int
    pending: int
    batches: int
    waiting: Counter[str] = field(default_factory=Counter)
    """Why what is not over is not, where the ledger says so."""


def snapshot(url: str, *, alive: bool = False) -> Snapshot:
    """Read the ledger as it lies there; `alive` while somebody writes it."""
    with _rows(url, _DELIVERIES, "SELECT count(*) FROM batch", alive=alive) as (deliveries, ((batches,),)):
        recorded = frozenset(
            (chat_id, number) for _, ids, chat_id, _ in deliveries for number in packing.split(ids) if number > 0
        )
        states = Counter(state for state, _, _, _ in deliveries)
    waiting = Counter(f"{state}: {error}" for state, _, _, error in deliveries if state in _PENDING)
    return Snapshot(recorded, states["sending"], waiting.total(), batches, waiting)


def expected_parts(url: str) -> dict[Place, list[tuple[str, ...]]]:
    """For every place, the texts of each digest's parts, oldest digest first, as the editions hold them."""
    known: dict[str, tuple[str, ...]] = {}
    expected: defaultdict[Place, list[tuple[str, ...]]] = defaultdict(list)
    with _rows(url, _EDITIONS) as (rows,):
        for _, chat_id, thread_id, parts in rows:
            texts = known.setdefault(parts, tuple(message.text for message in loads(parts)))
            expected[Place(chat_id, thread_id or None)].append(texts)
    return dict(expected)


@contextmanager
def _rows(url: str, *queries: str, alive: bool = False) -> Iterator[list[Sequence[Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(_driver(url) if alive else _copied(url, Path(folder)))
        try:
            with engine.begin() as connection:
                yield [connection.execute(text(query)).all() for query in queries]
        finally:
            engine.dispose()


def _driver(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:", 1)


def _copied(url: str, folder: Path) -> str:
    if not url.startswith("sqlite:"):
        return _driver(url)
    database = Path(str(make_url(url).database))
    for name in (database.name, f"{database.name}-wal"):
        if (database.parent / name).exists():
            shutil.copy(database.parent / name, folder / name)
    return f"sqlite:///{folder / database.name}"


def arrived(journal: Journal) -> dict[Message, tuple[Place, str]]:
    """Every message that reached a chat, in order of arrival: its place and its text."""
    return {
        (entry.chat_id or 0, entry.message_id or 0): (Place(entry.chat_id or 0, entry.thread_id), entry.text or "")
        for entry in journal.sends()
    }


def by_place(messages: Iterable[tuple[Place, str]]) -> dict[Place, list[str]]:
    """The texts each place received, in order."""
    texts: defaultdict[Place, list[str]] = defaultdict(list)
    for place, words in messages:
        texts[place].append(words)
    return dict(texts)


def lost(received: Mapping[Place, Sequence[str]], places: Collection[Place], marks: Collection[str]) -> int:
    """How many items of how many places never arrived: told by their marks, whatever the ledger says."""
    return sum(len(set(marks) - marks_in(received.get(place, ()))) for place in places)


def repeated(received: Mapping[Place, Sequence[str]]) -> int:
    """How many messages arrived once more."""
    return sum(len(texts) - len(set(texts)) for texts in received.values())


def disordered(received: Mapping[Place, Sequence[str]], expected: Mapping[Place, Sequence[tuple[str, ...]]]) -> int:
    """In how many digests of how many places a part came before the one it follows, or after the one that follows."""
    faults = 0
    for place, digests in expected.items():
        for parts in digests:
            position = {words: number for number, words in enumerate(parts)}
            seen = [position[words] for words in received.get(place, ()) if words in position]
            # A repeat directly follows what it repeats.
            steps = [after - before for before, after in zip([-1, *seen], seen, strict=False)]
            faults += any(step not in {0, 1} for step in steps) or len(set(seen)) != len(parts)
    return faults
