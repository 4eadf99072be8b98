"""The button that makes a rule and, once pressed, takes it back. Apart because it stands under lists of every kind,
and because what it becomes is drawn again without the list above it.
"""

from dataclasses import dataclass
from typing import Final

from bot.core.actions import AddRule, ButtonText, RemoveRule
from bot.core.model import RuleAction, RuleKind
from bot.rendering.buttons import button
from bot.rendering.look import Look
from bot.rendering.message import Button

_FOLLOW: Final = {
    RuleKind.TOPIC: "button.follow",
    RuleKind.CATEGORY: "button.follow_category",
    RuleKind.KEYWORD: "button.follow_keyword",
    RuleKind.AUTHOR: "button.follow_author",
    RuleKind.HOST: "button.follow_host",
}


@dataclass(frozen=True, slots=True)
class RuleOffer:
    """A follow rule that can be made with one tap, or is there already."""

    kind: RuleKind
    value: ButtonText
    followed: bool = False


def rule_button(offer: RuleOffer, look: Look) -> Button:
    """Follow, or the mark that it is followed, which takes the rule away again."""
    t = look.translator
    if offer.followed:
        return button(t("button.unfollow"), RemoveRule(RuleAction.FOLLOW, offer.kind, offer.value))
    return button(t(_FOLLOW[offer.kind]), AddRule(RuleAction.FOLLOW, offer.kind, offer.value), colour="success")
