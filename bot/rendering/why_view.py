"""Why items came, or did not, in words: under a whole push, and in a toast for one. Apart from the rules' list, because
here each item has its reason, and a rule that hides something can be taken back at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.core.actions import ButtonText, RemoveRule, ShowRules
from bot.core.model import ChatKind, Rule, RuleAction, StoredItem
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.item import shown_title
from bot.rendering.look import Look
from bot.rendering.markup import Block, TextBuilder, join
from bot.rendering.message import Keyboard, OutgoingMessage
from bot.rendering.rules_view import rule_text
from bot.rendering.split import Frame, messages, split

MOST_UNDONE: Final = 8  # rules that can be taken back by button
_TITLE: Final = 200  # UTF-16 units
_UNDO: Final = "↩ "
_TOAST: Final = 190


@dataclass(frozen=True, slots=True)
class Said:
    """An item, its number (0 for none) and why: `cause` is one of everything, followed, muted, unfollowed, repeated,
    other."""

    item: StoredItem
    number: int
    cause: str
    rule: Rule | None = None


def reason_text(cause: str, rule: Rule | None, look: Look, topics: Mapping[str, str]) -> str:
    """A reason in a few words; `topics` are names by slug."""
    named = {"rule": rule_text(rule, look, topics)} if rule is not None else {}
    return look.say(f"why.{cause}", **named)


def reason_toast(cause: str, rule: Rule | None, look: Look, topics: Mapping[str, str]) -> str:
    """The same as a toast, which has no room for more than 200 characters."""
    return reason_text(cause, rule, look, topics)[:_TOAST]


def why_view(
    shown: Sequence[Said],
    hidden: Sequence[Said],
    look: Look,
    *,
    title: str,
    sent: bool,
    topics: Mapping[str, str],
    undo: Sequence[tuple[Rule, ButtonText]] = (),
) -> tuple[OutgoingMessage, ...]:
    """Each item of a push with what brought it, then those it left out with what hid them, and buttons to take the
    hiding rules back. `sent` False: there was no push, so this is what the rules of today make of a digest."""
    t = look.translator
    head = TextBuilder().bold(t("why.title")).add("\n" + look.plain(title))
    if not sent:
        head.add("\n" + t("why.not_sent"))
    opening = head.block()
    frame = Frame(lambda part, _parts: opening if part == 1 else Block(), separator="\n")
    blocks = [_line(one, look, topics) for one in shown]
    if hidden:
        first, *rest = [_line(one, look, topics) for one in hidden]
        blocks += [_headed(t("why.left_out"), first), *rest]
    return messages(split(blocks, frame), keyboard=_buttons(look, topics, undo))


def no_push_view(look: Look, *, replied: bool) -> OutgoingMessage:
    """There was no push to explain: none yet, or the message is none."""
    key = "why.no_push" if replied else "why.none_yet"
    return OutgoingMessage(look.translator(key, why=look.command("why"), latest=look.command("latest")))


def _line(one: Said, look: Look, topics: Mapping[str, str]) -> Block:
    number = f"{look.translator.format_number(one.number)}. " if one.number else "· "
    builder = TextBuilder().add(number).link(shown_title(one.item.item, look, _TITLE), one.item.item.url)
    return builder.add(" — " + reason_text(one.cause, one.rule, look, topics)).block()


def _headed(heading: str, first: Block) -> Block:
    """A heading after an empty line, which stays with the first line below it."""
    top = TextBuilder().bold(heading).block()
    both = join([top, first], "\n")
    return Block("\n" + both.text, tuple(replace(entity, offset=entity.offset + 1) for entity in both.entities))


def _buttons(look: Look, topics: Mapping[str, str], undo: Sequence[tuple[Rule, ButtonText]]) -> Keyboard:
    if look.kind is ChatKind.CHANNEL:
        return ()
    taken_back = (
        button(label(rule_text(rule, look, topics), before=_UNDO), RemoveRule(RuleAction.MUTE, rule.kind, value))
        for rule, value in undo[:MOST_UNDONE]
    )
    return keyboard(*rows(taken_back, width=2), [button(look.translator("button.rules"), ShowRules())])
