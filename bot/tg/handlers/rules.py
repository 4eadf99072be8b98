"""Rules: made by command or with one tap under whatever list the button stands, shown, and taken back."""

from itertools import pairwise

from bot.core.actions import AddRule, ButtonText, DropRule, Noop, RemoveRule, ShowRules
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.rules import RuleError, normalise_rule, rule_of
from bot.core.selection import rule_key
from bot.rendering.chat_view import Toast, toast
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.rule_buttons import MuteOffer, RuleOffer, mute_button, rule_button
from bot.rendering.rules_view import rule_fault_view, rule_made_view, rule_text, rules_full_view, rules_view
from bot.services.subscriptions import MOST_RULES, RuleOutcome
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk, Reader
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"follow": follow, "mute": mute, "rules": rules},
        buttons={AddRule: add, RemoveRule: remove, ShowRules: turn, DropRule: drop},
        changing=frozenset({"follow", "mute", AddRule, RemoveRule, DropRule}),
    )


def follow(desk: Desk, ask: Ask) -> Answer:
    """`/follow RULE`: words, a topic, `@author`, a site; `kind:value` says which."""
    return _typed(desk, ask, RuleAction.FOLLOW)


def mute(desk: Desk, ask: Ask) -> Answer:
    """`/mute RULE`, likewise."""
    return _typed(desk, ask, RuleAction.MUTE)


def rules(desk: Desk, ask: Ask) -> Answer:
    """`/rules`."""
    return Answer((_list(desk, ask, 1),))


def turn(desk: Desk, ask: Ask, action: ShowRules) -> Answer:
    """A page of the list: in place where the button was under the list, else below."""
    message = _list(desk, ask, action.page)
    return Answer(edit=message) if DropRule in ask.under else Answer((message,))


def drop(desk: Desk, ask: Ask, action: DropRule) -> Answer:
    """Take a rule away and show the list without it."""
    t = desk.reader(ask).look.translator
    value = desk.phrases.find(action.value)
    if value is None:
        return Answer(toast=toast(t, Toast.STALE))
    # Not checked as if typed: a rule that was imported, or of a topic that is no more, must be removable too.
    desk.subscriptions.remove_rule(ask.place, Rule(action.action, action.kind, value))
    return Answer(edit=_list(desk, ask, _page_under(ask)), toast=toast(t, Toast.RULE_REMOVED))


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
        return Answer(toast=toast(t, Toast.MUTED), swap=_mute_swap(desk, reader, rule, action.value, muted=True))
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
        return Answer(toast=toast(t, Toast.UNMUTED), swap=_mute_swap(desk, reader, rule, action.value, muted=False))
    swap = rule_button(RuleOffer(rule.kind, action.value), reader.look)
    return Answer(toast=toast(t, Toast.UNFOLLOWED), swap=swap)


def offered(desk: Desk, reader: Reader, kind: RuleKind, value: str) -> RuleOffer | None:
    """A button that follows `value`; None where no rule can be made of it."""
    rule = rule_of(Rule(RuleAction.FOLLOW, kind, value), find_topic=lambda name: _slug(desk, name))
    if isinstance(rule, RuleError):
        return None
    followed = any(has.action is RuleAction.FOLLOW and rule_key(has) == rule_key(rule) for has in reader.rules)
    return RuleOffer(kind, desk.phrases.keep(rule.value), followed)


def mutable(desk: Desk, reader: Reader, kind: RuleKind, value: str, *, name: str) -> MuteOffer | None:
    """A button that mutes `value`, called `name`; None where no rule can be made of it."""
    rule = rule_of(Rule(RuleAction.MUTE, kind, value), find_topic=lambda word: _slug(desk, word))
    if isinstance(rule, RuleError):
        return None
    muted = any(has.action is RuleAction.MUTE and rule_key(has) == rule_key(rule) for has in reader.rules)
    return MuteOffer(kind, desk.phrases.keep(rule.value), name, muted)


def topic_names(desk: Desk, reader: Reader) -> dict[str, str]:
    """What topics are called in the reader's language, by slug."""
    return {topic.slug: topic.names[reader.language] for topic in desk.reading.topics.topics}


def _mute_swap(desk: Desk, reader: Reader, rule: Rule, value: ButtonText, *, muted: bool) -> Button:
    """The pressed mute button as it now is, by the same name."""
    name = topic_names(desk, reader).get(rule.value, rule.value) if rule.kind is RuleKind.TOPIC else rule.value
    return mute_button(MuteOffer(rule.kind, value, name, muted), reader.look)


def _typed(desk: Desk, ask: Ask, action: RuleAction) -> Answer:
    rule = normalise_rule(ask.text, action=action, find_topic=lambda name: _slug(desk, name))
    look = desk.reader(ask).look
    if isinstance(rule, RuleError):
        return Answer((rule_fault_view(rule, look, action=action),))
    outcome = desk.subscriptions.add_rule(desk.visitor(ask), rule, now=ask.now)
    if outcome is RuleOutcome.TOO_MANY:
        return Answer((rules_full_view(look, most=MOST_RULES),))
    reader = desk.reader(ask)
    made = rule_made_view(
        rule_text(rule, look, topic_names(desk, reader)),
        look,
        action=action,
        already=outcome is RuleOutcome.ALREADY,
        subscribed=reader.subscribed,
    )
    return Answer((made,))


def _page_under(ask: Ask) -> int:
    """Which page of the list the pressed button stands under, by the buttons to its neighbours."""
    for button, following in pairwise((*ask.buttons, None)):
        if isinstance(button, ShowRules):
            # Back stands before the page's number, on after it.
            return button.page + 1 if isinstance(following, Noop) else button.page - 1
    return 1


def _list(desk: Desk, ask: Ask, page: int) -> OutgoingMessage:
    reader = desk.reader(ask)
    carried = [(rule, desk.phrases.keep(rule.value)) for rule in reader.rules]
    return rules_view(carried, reader.look, topics=topic_names(desk, reader), page=page)


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
