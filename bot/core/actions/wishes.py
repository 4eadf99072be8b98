"""What a reader wants or does not want: subscribing, topics followed, rules."""

from dataclasses import dataclass
from typing import Final

from bot.core.actions.wire import FLAG, PAGE, SLUG, TEXT, ButtonText, Wire, choice
from bot.core.model import RuleAction, RuleKind


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Start the pushes to this place."""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Stop the pushes to this place."""


@dataclass(frozen=True, slots=True)
class ToggleTopic:
    """Follow the topic (`on`) or stop following it. It names the wanted state, so a second press of an old button
    changes nothing; `page` is the page of the topic list to show again."""

    slug: str
    on: bool
    page: int = 1


@dataclass(frozen=True, slots=True)
class AddRule:
    """Make a rule; one that exists already stays as it is."""

    action: RuleAction
    kind: RuleKind
    value: ButtonText


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """Take a rule away; a missing one is no fault."""

    action: RuleAction
    kind: RuleKind
    value: ButtonText


@dataclass(frozen=True, slots=True)
class ShowRules:
    """The list of rules."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class DropRule:
    """Take a rule away, in the list of rules, which is then shown without it."""

    action: RuleAction
    kind: RuleKind
    value: ButtonText


WishAction = Subscribe | Unsubscribe | ToggleTopic | AddRule | RemoveRule | ShowRules | DropRule

_ACTION: Final = choice({"+": RuleAction.FOLLOW, "-": RuleAction.MUTE})
_KIND: Final = choice({kind.value[0]: kind for kind in RuleKind})

WIRE: Final[Wire] = {
    Subscribe: ("sub", {}),
    Unsubscribe: ("unsub", {}),
    ToggleTopic: ("tog", {"slug": SLUG, "on": FLAG, "page": PAGE}),
    AddRule: ("add", {"action": _ACTION, "kind": _KIND, "value": TEXT}),
    RemoveRule: ("del", {"action": _ACTION, "kind": _KIND, "value": TEXT}),
    ShowRules: ("rules", {"page": PAGE}),
    DropRule: ("drop", {"action": _ACTION, "kind": _KIND, "value": TEXT}),
}
