"""Telegram's flood limits as a model: overall, per private chat, per group; refused with 429 and whole seconds."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.emulator.errors import ApiError, too_many_requests

_SECOND = 1.0
_MINUTE = 60.0


@dataclass(slots=True)
class FloodLimits:
    """The numbers of the FAQ. `private_burst` messages may follow at once before one a second holds."""

    enabled: bool = False
    rate: int = 30
    paid_rate: int = 1000
    private_interval: float = 1.0
    private_burst: int = 3
    group_per_minute: int = 20


class _Window:
    """Counts what was let through in the last so many seconds."""

    __slots__ = ("seconds", "times")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.times: deque[float] = deque()

    def wait(self, now: float, limit: int) -> float:
        """Seconds until one more would be let through; 0 for at once."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return 0.0 if len(self.times) < limit else self.times[-limit] + self.seconds - now


class FloodModel:
    """Per bot; sends and edits share it. A refusal costs nothing but parks that chat until its time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = FloodLimits()
        self._clock = clock
        self._overall: dict[int, _Window] = {}
        self._groups: dict[tuple[int, int], _Window] = {}
        self._private: dict[tuple[int, int], tuple[float, float]] = {}  # allowance, when it was that

    def charge(self, bot_id: int, chat_id: int, *, paid: bool = False) -> None:
        """Count one message or raise the 429."""
        limits = self.limits
        if not limits.enabled:
            return
        now = self._clock()
        overall = self._overall.setdefault(bot_id, _Window(_SECOND))
        wait = overall.wait(now, limits.paid_rate if paid else limits.rate)
        key = (bot_id, chat_id)
        if chat_id < 0:
            group = self._groups.setdefault(key, _Window(_MINUTE))
            wait = max(wait, group.wait(now, limits.group_per_minute))
        else:
            allowance = self._allowance(key, now)
            if allowance < 1:
                wait = max(wait, (1 - allowance) * limits.private_interval)
        if wait > 0:
            raise self._refusal(wait)
        overall.times.append(now)
        if chat_id < 0:
            group.times.append(now)
        else:
            self._private[key] = (allowance - 1, now)

    def _allowance(self, key: tuple[int, int], now: float) -> float:
        burst = float(self.limits.private_burst)
        left, at = self._private.get(key, (burst, now))
        # a hair of tolerance, because a sender that keeps exactly one a second must not fail by rounding
        return min(burst, left + (now - at) / self.limits.private_interval + 1e-6)

    @staticmethod
    def _refusal(wait: float) -> ApiError:
        return too_many_requests(max(1, math.ceil(wait)))
