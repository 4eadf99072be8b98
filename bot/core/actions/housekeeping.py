"""Help, the state of things, the operator's buttons, and buttons that mean nothing."""

from dataclasses import dataclass
from typing import Final

from bot.core.actions.wire import FLAG, Wire


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """The list of commands."""


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """The state of this chat and of the bot."""


@dataclass(frozen=True, slots=True)
class ShowAdmin:
    """The operator's figures."""


@dataclass(frozen=True, slots=True)
class HoldDelivery:
    """Hold all pushes (`on`), or let them go. It names the wanted state, so that a second press changes nothing."""

    on: bool


@dataclass(frozen=True, slots=True)
class Close:
    """Delete the message the button is under."""


@dataclass(frozen=True, slots=True)
class Noop:
    """A label that looks like a button (the page number)."""


HousekeepingAction = ShowHelp | ShowStatus | ShowAdmin | HoldDelivery | Close | Noop

WIRE: Final[Wire] = {
    ShowHelp: ("help", {}),
    ShowStatus: ("stat", {}),
    ShowAdmin: ("adm", {}),
    HoldDelivery: ("hold", {"on": FLAG}),
    Close: ("x", {}),
    Noop: ("-", {}),
}
