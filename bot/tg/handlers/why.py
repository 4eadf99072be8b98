"""Why a push brought what it brought."""

from bot.core.actions import ButtonText, ExplainPush
from bot.core.model import Rule
from bot.rendering.chat_view import Toast, toast
from bot.rendering.digest_view import bare_title
from bot.rendering.message import OutgoingMessage
from bot.rendering.why_view import Said, no_push_view, why_view
from bot.services.why import Cause, Explained, Explanation
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.handlers.rules import topic_names
from bot.tg.handlers.saved import asked_about
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(commands={"why": why}, buttons={ExplainPush: press})


def why(desk: Desk, ask: Ask) -> Answer:
    """`/why`: of the push it replies to, else of the last one; before the first push, of the newest digest."""
    if ask.message_id is not None:
        push = asked_about(desk, ask)
    else:
        push = desk.why.of_last(ask.place) or desk.why.of_digest(None, desk.reader(ask).rules)
    if push is None:
        return Answer((no_push_view(desk.reader(ask).look, replied=ask.message_id is not None),))
    return Answer(_messages(desk, ask, push))


def press(desk: Desk, ask: Ask, action: ExplainPush) -> Answer:
    """The same by button."""
    push = desk.why.of_message(ask.place, action.message_id) if action.message_id else None
    if push is None and action.digest_id:
        push = desk.why.of_digest(action.digest_id, desk.reader(ask).rules)
    if push is None:
        return Answer(toast=toast(desk.reader(ask).look.translator, Toast.STALE))
    return Answer(_messages(desk, ask, push))


def _messages(desk: Desk, ask: Ask, push: Explanation) -> tuple[OutgoingMessage, ...]:
    reader = desk.reader(ask)
    when = reader.look.translator.format_slot(push.digest.digest.slot, reader.look.time_zone)
    title = " · ".join(filter(None, (bare_title(push.digest.digest.title), when)))
    return why_view(
        [_said(one) for one in push.shown if not one.item.removed],
        [_said(one) for one in push.hidden],
        reader.look,
        title=title,
        sent=push.sent,
        topics=topic_names(desk, reader),
        undo=_undo(desk, push),
    )


def _said(one: Explained) -> Said:
    return Said(one.item, one.number, one.reason.cause.value, one.reason.rule)


def _undo(desk: Desk, push: Explanation) -> list[tuple[Rule, ButtonText]]:
    """The rules that hid something, each once."""
    reasons = (one.reason for one in (*push.hidden, *push.shown) if one.reason.cause is Cause.MUTED)
    rules = dict.fromkeys(reason.rule for reason in reasons if reason.rule is not None)
    return [(rule, desk.phrases.keep(rule.value)) for rule in rules]
