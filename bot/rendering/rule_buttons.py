"""The button that makes a rule and, once pressed, takes it back. Apart because it stands under lists of every kind,
and because what it becomes is drawn again without the list above it.
"""

from dataclasses import dataclass
from typing import Final

from bot.core.actions import AddRule, ButtonText, RemoveRule
from bot.core.model import RuleAction, RuleKind
from bot.rendering.buttons import button, label
from bot.rendering.look import Look
from bot.rendering.message import Button

_FOLLOW: Final = {
    RuleKind.TOPIC: "button.follow",
    RuleKind.CATEGORY: "button.follow_category",
    RuleKind.KEYWORD: "button.follow_keyword",
    RuleKind.AUTHOR: "button.follow_author",
    RuleKind.HOST: "button.follow_host",
}

_MUTE: Final = "🔇 "
_MUTED: Final = "✓ 🔇 "


@dataclass(frozen=True, slots=True)
class RuleOffer:
    """A follow rule that can be made with one tap, or is there already."""

    kind: RuleKind
    value: ButtonText
    followed: bool = False


@dataclass(frozen=True, slots=True)
class MuteOffer:
    """A mute rule that can be made with one tap, or is there already; `name` is what it hides, as readers know it."""

    kind: RuleKind
    value: ButtonText
    name: str
    muted: bool = False


def mute_button(offer: MuteOffer, look: Look) -> Button:
    """Mute, or the mark that it is muted, which takes the rule away again."""
    if offer.muted:
        text = label(look.plain(offer.name), before=_MUTED)
        return button(text, RemoveRule(RuleAction.MUTE, offer.kind, offer.value), colour="danger")
    return button(label(look.plain(offer.name), before=_MUTE), AddRule(RuleAction.MUTE, offer.kind, offer.value))


def rule_button(offer: RuleOffer, look: Look) -> Button:
    """Follow, or the mark that it is followed, which takes the rule away again."""
    t = look.translator
    if offer.followed:
        return button(t("button.unfollow"), RemoveRule(RuleAction.FOLLOW, offer.kind, offer.value))
    return button(t(_FOLLOW[offer.kind]), AddRule(RuleAction.FOLLOW, offer.kind, offer.value), colour="success")
