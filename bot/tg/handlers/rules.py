"""Rules made and taken back with one tap, under whatever list the button stands."""

from bot.core.actions import AddRule, RemoveRule
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.rules import RuleError, rule_of
from bot.core.selection import rule_key
from bot.rendering.chat_view import Toast, toast
from bot.rendering.rule_buttons import RuleOffer, rule_button
from bot.services.subscriptions import RuleOutcome
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(buttons={AddRule: add, RemoveRule: remove}, changing=frozenset({AddRule, RemoveRule}))


def add(desk: Desk, ask: Ask, action: AddRule) -> Answer:
    """Make the rule; the button turns into the mark that it is there."""
    rule = _rule(desk, action)
    if rule is None:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    outcome = desk.subscriptions.add_rule(desk.visitor(ask), rule, now=ask.now)
    reader = desk.reader(ask)
    t = reader.look.translator
    if outcome is RuleOutcome.TOO_MANY:
        return Answer(toast=toast(t, Toast.RULES_FULL))
    if rule.action is RuleAction.MUTE:
        return Answer(toast=toast(t, Toast.SAVED))
    said = Toast.RULE_FOLLOWED if reader.subscribed else Toast.RULE_NOTED
    return Answer(toast=toast(t, said), swap=rule_button(RuleOffer(rule.kind, action.value, True), reader.look))


def remove(desk: Desk, ask: Ask, action: RemoveRule) -> Answer:
    """Take the rule away; the button offers it again."""
    reader = desk.reader(ask)
    t = reader.look.translator
    rule = _rule(desk, action)
    if rule is None:
        return Answer(toast=toast(t, Toast.STALE))
    desk.subscriptions.remove_rule(ask.place, rule)
    if rule.action is RuleAction.MUTE:
        return Answer(toast=toast(t, Toast.SAVED))
    swap = rule_button(RuleOffer(rule.kind, action.value), reader.look)
    return Answer(toast=toast(t, Toast.UNFOLLOWED), swap=swap)


def offered(desk: Desk, reader: Reader, kind: RuleKind, value: str) -> RuleOffer | None:
    """A button that follows `value`; None where no rule can be made of it."""
    rule = rule_of(Rule(RuleAction.FOLLOW, kind, value), find_topic=lambda name: _slug(desk, name))
    if isinstance(rule, RuleError):
        return None
    followed = any(has.action is RuleAction.FOLLOW and rule_key(has) == rule_key(rule) for has in reader.rules)
    return RuleOffer(kind, desk.phrases.keep(rule.value), followed)


def _rule(desk: Desk, action: AddRule | RemoveRule) -> Rule | None:
    """The rule a button carries, checked as if it had been typed."""
    value = desk.phrases.find(action.value)
    if value is None:
        return None
    rule = rule_of(Rule(action.action, action.kind, value), find_topic=lambda name: _slug(desk, name))
    return None if isinstance(rule, RuleError) else rule


def _slug(desk: Desk, name: str) -> str | None:
    found = desk.reading.topics.find(name)
    return found.slug if found else None
