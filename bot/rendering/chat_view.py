"""What the bot says about itself: greeting, help, coming and going, and kind answers to what it did not understand.
Apart from the views of content, which show what publishers wrote.
"""

from collections.abc import Sequence
from enum import StrEnum

from bot.core.actions import Begin, Search, ShowHelp, ShowLatest, ShowSettings, ShowTopics, Subscribe
from bot.core.choosing import FIRST_TIME
from bot.i18n import Translator
from bot.rendering.buttons import button, keyboard
from bot.rendering.commands import Command, CommandGroup, commands_of
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, rich_bold
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.text import clean_line, shorten

LONGEST_QUOTED = 100  # UTF-16 units of what a reader typed, said back to them


class ErrorKind(StrEnum):
    """Why an answer is missing, as far as it concerns the reader."""

    INTERNAL = "internal"  # our fault; recorded under a reference
    BUSY = "busy"  # try again in a moment
    BAD_NUMBER = "bad_number"  # `/latest many`


class Toast(StrEnum):
    """Short answers to a pressed button (answerCallbackQuery, at most 200 characters)."""

    NOT_ADMIN = "not_admin"
    STALE = "stale"
    SAVED = "saved"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    FOLLOWED = "followed"
    RULE_FOLLOWED = "rule_followed"
    RULE_NOTED = "rule_noted"  # followed by somebody who gets no pushes
    RULES_FULL = "rules_full"
    RULE_REMOVED = "rule_removed"
    UNFOLLOWED = "unfollowed"
    HELD = "held"
    RELEASED = "released"
    SAVED_ITEM = "saved_item"
    UNSAVED_ITEM = "unsaved_item"
    SAVED_FULL = "saved_full"
    MUTED = "muted"
    UNMUTED = "unmuted"
    SLOW_DOWN = "slow_down"
    EACH = "each"
    PAUSED = "paused"
    RESUMED = "resumed"
    TIMES_FULL = "times_full"
    ZONE_ONCE = "zone_once"
    UNBOUND = "unbound"
    NO_TOPIC_RIGHT = "no_topic_right"
    OPENED = "opened"
    BOUND_ALREADY = "bound_already"
    BUSY = "busy"
    FAILED = "failed"


def toast(translator: Translator, kind: Toast) -> str:
    """The text of a toast."""
    return translator(f"toast.{kind.value}")


def start_view(look: Look, *, subscribed: bool, bot_name: str = "", when: str | None = None) -> OutgoingMessage:
    """What this is in two lines, and one tap to subscribe; for who has subscribed already, what next. `when` says when
    pushes come, if not with each digest."""
    t = look.translator
    name = shorten(clean_line(bot_name), 64) or t("start.name")
    builder = TextBuilder().template(t.template("start.hello"), name=rich_bold(name))
    timed = look.say("start.timed", when=when) if when else look.say("start.subscribed")
    builder.add("\n\n" + (timed if subscribed else look.say("start.about")))
    text = builder.block()
    first = [] if subscribed else [button(t("button.subscribe"), Subscribe(), colour="primary")]
    return OutgoingMessage(text.text, text.entities, keyboard(first, _reading(look), _further(look), adding(look)))


def adding(look: Look) -> list[Button]:
    """Links that add the bot to a channel or a group with the rights it needs; in private chats only."""
    if look.shared or not look.bot_username:
        return []
    t, bot = look.translator, f"https://t.me/{look.bot_username}"
    return [
        Button(t("button.add_channel"), url=f"{bot}?startchannel&admin=post_messages+edit_messages"),
        Button(t("button.add_group"), url=f"{bot}?startgroup=sub"),
    ]


def help_view(look: Look) -> OutgoingMessage:
    """All commands by subject, written as they work in this chat, and how to search."""
    t = look.translator
    builder = TextBuilder()
    for group in CommandGroup:
        builder.bold(t(f"help.{group.value}"))
        for command in commands_of(group, shared=look.shared):
            builder.add("\n" + _explained(command, look))
        builder.add("\n\n")
    builder.bold(t("help.searching")).add("\n" + t("help.search_words"))
    if look.bot_username:
        builder.add("\n" + t("help.inline", bot=look.bot_username))
    text = builder.block()
    return OutgoingMessage(text.text, text.entities, keyboard(_reading(look)))


def subscribed_view(
    look: Look, *, already: bool, topics: Sequence[str] = (), when: str | None = None
) -> OutgoingMessage:
    """The answer to `/subscribe`, the same however often it is said; `topics` are the names now followed. When pushes
    come is one tap away; `when` says it, if not with each digest."""
    text = look.say("subscribed.already" if already else "subscribed.new")
    text = look.say("subscribed.timed", when=when) if when else text
    text += "\n" + look.translator("subscribed.choose")
    if topics:
        names = look.translator("list.separator").join(clean_line(look.plain(name)) for name in topics)
        text += "\n" + look.translator("subscribed.topics", topics=shorten(names, 1000))
    t = look.translator
    morning = button(t("button.morning", time=FIRST_TIME), Begin(FIRST_TIME), colour=None if when else "primary")
    first = [button(t("button.each"), Begin(None)), button(t("button.topics"), ShowTopics())]
    latest = [button(t("button.latest"), ShowLatest()), button(t("button.settings"), ShowSettings())]
    return OutgoingMessage(text, keyboard=keyboard([morning], first, latest))


def unsubscribed_view(look: Look, *, was_subscribed: bool) -> OutgoingMessage:
    """The answer to `/unsubscribe`; says how to return."""
    key = "unsubscribed.now" if was_subscribed else "unsubscribed.before"
    text = look.say(key, subscribe=look.command("subscribe"))
    return OutgoingMessage(text, keyboard=keyboard([button(look.translator("button.subscribe"), Subscribe())]))


def unknown_command_view(look: Look, *, command: str, nearest: str | None) -> OutgoingMessage:
    """A command that does not exist; `nearest` is the name of one that does, if one is near."""
    t = look.translator
    shown = shorten(clean_line(command.removeprefix("/")), 32) or "?"
    key = "unknown.nearest" if nearest else "unknown.command"
    values = {"command": f"/{shown}", "help": look.command("help")}
    text = t(key, nearest=look.command(nearest), **values) if nearest else t(key, **values)
    return OutgoingMessage(text, keyboard=keyboard([button(t("button.help"), ShowHelp())]))


def plain_text_view(look: Look, *, text: str, search: Search | None) -> OutgoingMessage:
    """Words without a command: an offer to search for them. `search` is None when there is nothing to search for."""
    t = look.translator
    if search is None:
        return OutgoingMessage(t("unknown.text", help=look.command("help")), keyboard=keyboard(_reading(look)))
    shown = shorten(clean_line(text), LONGEST_QUOTED) or "?"
    block = TextBuilder().template(t.template("unknown.search"), text=rich_bold(shown)).block()
    offer = [button(t("button.search"), search, colour="primary")]
    return OutgoingMessage(block.text, block.entities, keyboard(offer, _reading(look)))


def error_view(look: Look, *, kind: ErrorKind, reference: str = "", most: int = 20) -> OutgoingMessage:
    """Why there is no answer and what to do; `reference` finds the cause in the operator's log, `most` is the largest
    number that would have been right."""
    t = look.translator
    text = t(f"error.{kind.value}", **({"most": t.format_number(most)} if kind is ErrorKind.BAD_NUMBER else {}))
    if clean_line(reference):
        text += "\n" + t("error.reference", reference=shorten(clean_line(reference), 32))
    return OutgoingMessage(text)


def _explained(command: Command, look: Look) -> str:
    t = look.translator
    written = look.command(command.name)
    if command.argument:
        written += " " + t(f"argument.{command.name}")
    return t("help.line", command=written, description=t(f"command.{command.name}"))


def _reading(look: Look) -> list[Button]:
    t = look.translator
    return [button(t("button.latest"), ShowLatest()), button(t("button.topics"), ShowTopics())]


def _further(look: Look) -> list[Button]:
    t = look.translator
    return [button(t("button.settings"), ShowSettings()), button(t("button.help"), ShowHelp())]
