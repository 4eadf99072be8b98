"""How the deliverer works, in numbers; each with its reason."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.ledger import RetryPolicy


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """`rate` is sends a second over all chats; `paid` pays for going over Telegram's free rate; `hold` is how many
    seconds a chat's wait may last before its delivery goes back to the ledger; `poll` how often the ledger is asked
    when nothing wakes the deliverer; `patience` how long `run_once` waits for what is due a little later;
    `correct_for` how long after it was sent a message is still edited when its digest is corrected."""

    rate: float = 25.0
    paid: bool = False
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    lease: timedelta = timedelta(minutes=10)
    hold: float = 3.0
    poll: float = 1.0
    patience: float = 60.0
    correct_for: timedelta = timedelta(days=7)

    @property
    def workers(self) -> int:
        """Deliveries that may be recorded as being sent at once: what a crash can repeat at most. Two seconds' worth
        covers a server that takes its time, 512 what a process can bear."""
        return max(32, min(512, round(2 * self.rate)))

    @property
    def window(self) -> int:
        """Deliveries taken from the ledger ahead of time: enough to never wait for it (more are taken when half of them
        are done), little enough for any memory: each is a coroutine of some 8 kB."""
        return max(128, round(0.25 * self.rate) + self.workers)
