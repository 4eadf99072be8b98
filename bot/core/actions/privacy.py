"""What is kept about a chat: shown, handed over, deleted."""

from dataclasses import dataclass
from typing import Final

from bot.core.actions.wire import Wire


@dataclass(frozen=True, slots=True)
class ShowPrivacy:
    """What is kept and what is not."""


@dataclass(frozen=True, slots=True)
class ExportData:
    """All that is kept about this chat, as a file."""


@dataclass(frozen=True, slots=True)
class AskForget:
    """Ask before deleting."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete everything about this chat."""


@dataclass(frozen=True, slots=True)
class KeepData:
    """Do not."""


PrivacyAction = ShowPrivacy | ExportData | AskForget | Forget | KeepData

WIRE: Final[Wire] = {
    ShowPrivacy: ("priv", {}),
    ExportData: ("exp", {}),
    AskForget: ("ask", {}),
    Forget: ("fgt", {}),
    KeepData: ("kpd", {}),
}
