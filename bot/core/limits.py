"""How much one person may ask in a while, so that nobody slows the bot for the others. Pure: the time is an argument.

A sliding window: what is older does not count any more. Things cost differently, because they are done differently
often: words typed after the bot's name ask anew with every letter.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

COMMAND: Final = 4
PRESS: Final = 2
INLINE: Final = 1
BUDGET: Final = 30 * COMMAND
"""Units in a window: 30 commands, or 60 presses, or 120 letters typed inline."""
WINDOW: Final = 60.0  # seconds
PEOPLE: Final = 10_000


class Admission(StrEnum):
    """What becomes of one thing asked."""

    ALLOWED = "allowed"
    NOTICE = "notice"  # too much: say so, this once
    DROPPED = "dropped"  # too much, and it was said


@dataclass(slots=True)
class _Account:
    """What one person used in the window, and since when they have been told to wait."""

    spent: deque[tuple[float, int]] = field(default_factory=deque)
    used: int = 0
    noticed: float | None = None

    def forget(self, before: float, now: float) -> None:
        """Drop what is over. A clock that was set back must lock nobody out."""
        while self.spent and (self.spent[0][0] <= before or self.spent[0][0] > now):
            self.used -= self.spent.popleft()[1]
        if self.noticed is not None and not before < self.noticed <= now:
            self.noticed = None


class RateLimiter:
    """Counts what people ask. Memory is bounded: of more than `people` those who were quiet longest are forgotten."""

    def __init__(self, *, budget: int = BUDGET, window: float = WINDOW, people: int = PEOPLE) -> None:
        self._budget = budget
        self._window = window
        self._people = people
        self._accounts: OrderedDict[int, _Account] = OrderedDict()

    def __len__(self) -> int:
        """How many people are remembered."""
        return len(self._accounts)

    def ask(self, who: int, *, cost: int, now: float) -> Admission:
        """Whether `who` may have something that costs so many units at `now` (seconds on any clock). What is refused
        costs nothing; one notice is given within a window."""
        account = self._accounts.setdefault(who, _Account())
        self._accounts.move_to_end(who)
        while len(self._accounts) > self._people:
            self._accounts.popitem(last=False)
        account.forget(now - self._window, now)
        if account.used + cost <= self._budget:
            account.spent.append((now, cost))
            account.used += cost
            return Admission.ALLOWED
        if account.noticed is None:
            account.noticed = now
            return Admission.NOTICE
        return Admission.DROPPED
