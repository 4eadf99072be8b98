"""A forum's map: which forum topic gets what, with a button to stop each and to open one for each of our topics."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.actions import Managed, OpenTopic, ShowSettings, Unbind
from bot.core.forum import topic_of
from bot.core.model import Place, RichText, Rule, RuleAction, Span, SpanKind, Subscriber
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.rules_view import rule_text
from bot.rendering.text import clean_line, shorten

_SHOWN: Final = 20  # places; each has a row of its own
_OFFERED: Final = 16  # topics
_LONGEST: Final = 120
_SUPERGROUP: Final = "-100"


def map_view(
    look: Look, places: Sequence[Subscriber], *, topics: Mapping[str, str], offered: Sequence[str]
) -> OutgoingMessage:
    """The places of a forum that get pushes; `topics` are names by slug, `offered` the slugs none of them is for."""
    t = look.translator
    builder = TextBuilder().bold(t("map.title"))
    builder.add("\n" if places else "")
    for one in places[:_SHOWN]:
        builder.add("\n").template(
            t.template("map.line"), place=_linked(look, one), rules=_rules(look, one.rules, topics)
        )
    key = "map.hint" if places else "map.none"
    block = builder.add("\n\n" + t(key, subscribe=look.command("subscribe"))).block()
    bound = [_line(look, one) for one in places[:_SHOWN]]
    fresh = [button(label(topics[slug], before="+ "), OpenTopic(slug)) for slug in offered[:_OFFERED]]
    return OutgoingMessage(block.text, block.entities, keyboard(*bound, *rows(fresh, width=2)))


def no_forum_view(look: Look) -> OutgoingMessage:
    """A chat without forum topics has no map."""
    return OutgoingMessage(look.translator("map.not_forum"))


def _line(look: Look, subscriber: Subscriber) -> list[Button]:
    place = subscriber.place
    settings = Managed(place.chat_id, place.thread_id or 0, ShowSettings())
    return [button(label(_name(look, subscriber), before="⚙️ "), settings), button("✕", Unbind(place.thread_id or 0))]


def _linked(look: Look, subscriber: Subscriber) -> RichText:
    name, url = _name(look, subscriber), _link(subscriber.place)
    return RichText(name, (Span(SpanKind.LINK, 0, len(name), url),) if url else ())


def _name(look: Look, subscriber: Subscriber) -> str:
    """A forum topic's name, where a message of it ever told; else its number."""
    if subscriber.place.thread_id is None:
        return look.translator("map.general")
    shown = shorten(clean_line(topic_of(subscriber.title) or ""), _LONGEST)
    return shown or look.translator("map.topic", number=subscriber.place.thread_id)


def _link(place: Place) -> str | None:
    """Where Telegram's clients open a forum topic."""
    chat = str(place.chat_id)
    if not chat.startswith(_SUPERGROUP):
        return None
    return f"https://t.me/c/{chat.removeprefix(_SUPERGROUP)}/{place.thread_id or 1}"


def _rules(look: Look, rules: Sequence[Rule], topics: Mapping[str, str]) -> str:
    t = look.translator
    followed = [rule_text(rule, look, topics) for rule in rules if rule.action is RuleAction.FOLLOW]
    said = [t("list.separator").join(followed) if followed else t("map.everything")]
    muted = sum(rule.action is RuleAction.MUTE for rule in rules)
    said += [t.n("map.muted", muted)] if muted else []
    return shorten(t("list.separator").join(said), _LONGEST)
