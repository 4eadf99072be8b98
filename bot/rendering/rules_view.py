"""Rules in words: what came of a wish for one, and the list from which they are removed by button."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.actions import ButtonText, DropRule, Noop, ShowRules, Subscribe
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.rules import MAX_RULE, RuleError
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, rich_bold
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.text import clean_line, shorten

PAGE_SIZE: Final = 10
_LONGEST: Final = 120  # UTF-16 units
_REMOVE: Final = "✕ "


def rule_text(rule: Rule, look: Look, topics: Mapping[str, str]) -> str:
    """A rule as a reader knows it; `topics` are names by slug."""
    value = topics.get(rule.value, rule.value) if rule.kind is RuleKind.TOPIC else rule.value
    return look.translator(f"rule.{rule.kind.value}", value=shorten(clean_line(value), _LONGEST))


def rule_made_view(text: str, look: Look, *, action: RuleAction, already: bool, subscribed: bool) -> OutgoingMessage:
    """A rule is there; `text` says which. Who gets no pushes is told how to."""
    t = look.translator
    key = "rule.already" if already else "rule.followed" if action is RuleAction.FOLLOW else "rule.muted"
    builder = TextBuilder().template(t.template(key), rule=rich_bold(text))
    doors = [button(t("button.rules"), ShowRules())]
    if not subscribed:
        builder.add("\n" + t("rule.unsubscribed"))
        doors.insert(0, button(t("button.subscribe"), Subscribe(), colour="primary"))
    block = builder.block()
    return OutgoingMessage(block.text, block.entities, keyboard(doors))


def rule_fault_view(error: RuleError, look: Look, *, action: RuleAction) -> OutgoingMessage:
    """Why a text is no rule, and how one is written."""
    text = look.translator(
        f"rule.{error.problem.value}",
        value=shorten(clean_line(error.value), _LONGEST),
        most=look.translator.format_number(MAX_RULE),
        command=look.command(action.value),
        topics=look.command("topics"),
    )
    return OutgoingMessage(text, keyboard=keyboard([button(look.translator("button.rules"), ShowRules())]))


def rules_full_view(look: Look, *, most: int) -> OutgoingMessage:
    """No room for another rule."""
    t = look.translator
    text = t("rule.full", most=t.format_number(most), rules=look.command("rules"))
    return OutgoingMessage(text, keyboard=keyboard([button(t("button.rules"), ShowRules())]))


def rules_view(
    rules: Sequence[tuple[Rule, ButtonText]], look: Look, *, topics: Mapping[str, str], page: int = 1
) -> OutgoingMessage:
    """All rules, ten a page, each with what its button carries; a page that does not exist shows the nearest."""
    t = look.translator
    if not rules:
        text = t("rules.none", follow=look.command("follow"), mute=look.command("mute"))
        block = TextBuilder().bold(t("rules.title")).add("\n\n" + text).block()
        return OutgoingMessage(block.text, block.entities)
    pages = -(-len(rules) // PAGE_SIZE)
    page = min(max(1, page), pages)
    shown = sorted(rules, key=lambda pair: pair[0].action is RuleAction.MUTE)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    builder = TextBuilder().bold(t("rules.title"))
    for action, key in ((RuleAction.FOLLOW, "rules.following"), (RuleAction.MUTE, "rules.muting")):
        of_kind = [rule_text(rule, look, topics) for rule, _ in shown if rule.action is action]
        if of_kind:
            builder.add("\n\n").bold(t(key)).add("".join(f"\n{text}" for text in of_kind))
    block = builder.add("\n\n" + t("rules.hint")).block()
    drops = rows((_drop(rule, carried, look, topics) for rule, carried in shown), width=2)
    return OutgoingMessage(block.text, block.entities, keyboard(*drops, _turning(page, pages, look)))


def _drop(rule: Rule, carried: ButtonText, look: Look, topics: Mapping[str, str]) -> Button:
    action = DropRule(rule.action, rule.kind, carried)
    return button(label(rule_text(rule, look, topics), before=_REMOVE), action)


def _turning(page: int, pages: int, look: Look) -> list[Button]:
    if pages == 1:
        return []
    t = look.translator
    back = [button(t("button.previous"), ShowRules(page - 1))] if page > 1 else []
    further = [button(t("button.next"), ShowRules(page + 1))] if page < pages else []
    return [*back, button(f"{page}/{pages}", Noop()), *further]
