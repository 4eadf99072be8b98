"""The state of everything in figures, for the operator: `digestbot stats`."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.contract import problem_to_json
from bot.storage import Backlog, Count, SourceFile, Storage, SubscriberCounts


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, the newest digest, the backlog, failures by reason, refused files."""

    digests: int
    items: int
    subscribers: SubscriberCounts
    last_slot: datetime | None
    last_title: str | None
    deliveries: dict[str, int]
    batched: int
    oldest_pending: datetime | None
    failures: tuple[Count, ...]
    quarantine: tuple[SourceFile, ...]
    now: datetime

    def to_json(self) -> dict[str, object]:
        """The object that `stats --json` prints."""
        readers = self.subscribers
        return {
            "digests": self.digests,
            "items": self.items,
            "subscribers": {"active": readers.active, "paused": readers.paused, "blocked": readers.blocked},
            "last_digest": {"slot": self.last_slot.isoformat(), "title": self.last_title} if self.last_slot else None,
            "deliveries": self.deliveries,
            "backlog": self.backlog,
            "oldest_pending": self.oldest_pending.isoformat() if self.oldest_pending else None,
            "failures": {count.name: count.items for count in self.failures},
            "quarantine": [
                {
                    "file": f"{file.source}/{file.path}",
                    "seen_at": file.seen_at.isoformat(),
                    "problems": [problem_to_json(problem) for problem in file.problems],
                }
                for file in self.quarantine
            ],
        }

    @property
    def backlog(self) -> int:
        """Deliveries that are not over, with the readers who still wait in batches."""
        return sum(self.deliveries.get(state, 0) for state in ("planned", "claimed", "sending", "retry")) + self.batched

    def lines(self) -> list[str]:
        """The same for people."""
        readers = self.subscribers
        last = f"{self.last_slot:%Y-%m-%d %H:%M %z} {self.last_title}" if self.last_slot else "none yet"
        waiting = f", the oldest since {self.oldest_pending:%Y-%m-%d %H:%M} UTC" if self.oldest_pending else ""
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.deliveries.items())) or "none yet"
        lines = [
            f"digests      {self.digests} with {self.items} items",
            f"last digest  {last}",
            f"subscribers  {readers.active} active, {readers.paused} paused, {readers.blocked} blocked",
            f"deliveries   {states}",
            f"backlog      {self.backlog}{waiting}",
        ]
        lines += [f"failure      {count.name}: {count.items}" for count in self.failures]
        for file in self.quarantine:
            lines += [f"refused      {file.path}:{problem.line}: {problem.message}" for problem in file.problems]
        return lines


def waiting(storage: Storage) -> Backlog:
    """What waits for all places, in batches too; much cheaper than all the figures."""
    with storage.reading() as tx:
        return Backlog(tx.ledger.count_pending() + tx.ledger.count_batched(), tx.ledger.oldest_pending())


def figures_of(storage: Storage, *, now: datetime) -> Figures:
    """Read everything in one transaction."""
    with storage.reading() as tx:
        last = tx.digests.last()
        return Figures(
            digests=tx.digests.count(),
            items=tx.items.count(),
            subscribers=tx.subscribers.counts(),
            last_slot=last.digest.slot if last else None,
            last_title=last.digest.title if last else None,
            deliveries={state.value: count for state, count in tx.ledger.counts_by_state().items()},
            batched=tx.ledger.count_batched(),
            oldest_pending=tx.ledger.waiting_since(now=now),
            failures=tuple(tx.ledger.failures_by_reason()),
            quarantine=tuple(tx.sources.list_quarantine()),
            now=now,
        )
