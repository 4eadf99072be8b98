"""Whether the server as a whole is in trouble: a pure judgement on failures in a row, so that a broken line costs a
few tries and not one for every chat. Apart from pacing, which is about what the server allows while it is well.
"""

_ENOUGH = 5
_LONGEST = 30.0


class Outage:
    """Counts failures in a row over all chats: from the fifth on everything pauses for 1, 2, 4 … up to 30 s. Times are
    monotonic seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._pauses = 0
        self._until = float("-inf")

    def failed(self, now: float) -> bool:
        """Note a call that got no sensible answer; whether a pause begins with it."""
        self._failures += 1
        # Calls already under way when a pause began fail with it; they are the same trouble, not more of it.
        if self._failures < _ENOUGH or now < self._until:
            return False
        self._until = now + min(2.0 ** min(self._pauses, 10), _LONGEST)
        self._pauses += 1
        return True

    def answered(self) -> None:
        """Note a call that was answered."""
        self._failures = 0
        self._pauses = 0
        self._until = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds to wait before trying again; 0 while all is well."""
        return max(0.0, self._until - now)
