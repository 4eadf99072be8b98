"""What one check found, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # it runs, but not as it should, or not for long
    FAILED = "failed"  # it does not run


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was checked, what is seen, and in one clause what to do (empty: all is well)."""

    check: str
    state: State
    message: str
    fix: str = ""

    def to_json(self) -> Mapping[str, object]:
        """The object that `doctor --json` prints."""
        return {"check": self.check, "state": self.state.value, "message": self.message, "fix": self.fix or None}


def ok(check: str, message: str) -> Finding:
    """All is well."""
    return Finding(check, State.OK, message)


def warning(check: str, message: str, *, fix: str) -> Finding:
    """Something an operator should look at."""
    return Finding(check, State.WARNING, message, fix)


def failed(check: str, message: str, *, fix: str) -> Finding:
    """Something that must be mended."""
    return Finding(check, State.FAILED, message, fix)


def unknown(check: str, reason: str) -> Finding:
    """What could not be looked at, because something before it failed."""
    return Finding(check, State.WARNING, f"not checked: {reason}", "mend that first")
