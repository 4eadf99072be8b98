"""The settings: one message, edited in place, two levels deep. Here its first page, which says how everything stands
and has a door to each section, and the sections that are a plain choice; the others have modules of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.core.actions import (
    Action,
    Close,
    SetFlag,
    SetLanguage,
    SetPaused,
    SetPerMessage,
    SetRepeats,
    SetScript,
    SetStyle,
    SettingFlag,
    SettingsSection,
    ShowRules,
    ShowSettings,
    ShowTopics,
)
from bot.core.choosing import PER_MESSAGE
from bot.core.model import Language, Preferences, Repeats, Script, Style, SubscriberState
from bot.rendering.buttons import button, keyboard, rows
from bot.rendering.chat_view import LONGEST_QUOTED
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, rich_bold
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.schedule_view import back, option, quiet_text, quiet_view, schedule_text, weekly_view, when_view
from bot.rendering.text import clean_line, shorten
from bot.rendering.zone_view import zone_text, zone_view

_DOORS: Final = (
    SettingsSection.WHEN,
    SettingsSection.WEEKLY,
    SettingsSection.QUIET,
    SettingsSection.ZONE,
    SettingsSection.STYLE,
    SettingsSection.FORMAT,
    SettingsSection.LANGUAGE,
    SettingsSection.SCRIPT,
    SettingsSection.REPEATS,
)
_STATES: Final = {SubscriberState.ACTIVE: "on", SubscriberState.PAUSED: "paused", SubscriberState.BLOCKED: "blocked"}


@dataclass(frozen=True, slots=True)
class SettingsState:
    """What the settings of a place are at `now`. `subscription` is None where nobody ever subscribed."""

    language: Language
    preferences: Preferences
    subscription: SubscriberState | None
    now: datetime


def settings_view(look: Look, *, section: SettingsSection, state: SettingsState) -> OutgoingMessage:
    """A page of the settings; the choice in force carries a mark."""
    wishes, now = state.preferences, state.now
    pages: Mapping[SettingsSection, Callable[[], OutgoingMessage]] = {
        SettingsSection.MAIN: lambda: _main(look, state),
        SettingsSection.WHEN: lambda: when_view(look, wishes, now=now),
        SettingsSection.WEEKLY: lambda: weekly_view(look, wishes, now=now),
        SettingsSection.QUIET: lambda: quiet_view(look, wishes, now=now),
        SettingsSection.ZONE: lambda: zone_view(look, now=now),
        SettingsSection.FORMAT: lambda: _format(look, wishes),
        SettingsSection.LANGUAGE: lambda: _choice(
            look, section, {one: SetLanguage(one) for one in Language}, state.language
        ),
        SettingsSection.STYLE: lambda: _choice(look, section, {one: SetStyle(one) for one in Style}, wishes.style),
        SettingsSection.SCRIPT: lambda: _choice(look, section, {one: SetScript(one) for one in Script}, wishes.script),
        SettingsSection.REPEATS: lambda: _choice(
            look, section, {one: SetRepeats(one) for one in Repeats}, wishes.repeats
        ),
    }
    return pages[section]()


def settings_usage(look: Look, typed: str) -> OutgoingMessage:
    """What was typed after the command is no setting: how they are written."""
    t = look.translator
    shown = shorten(clean_line(typed), LONGEST_QUOTED) or "?"
    text = t("settings.usage", typed=shown, command=look.command("settings"))
    return OutgoingMessage(text, keyboard=keyboard([button(t("button.settings"), ShowSettings())]))


def _main(look: Look, state: SettingsState) -> OutgoingMessage:
    t, wishes = look.translator, state.preferences
    subscription = _STATES[state.subscription] if state.subscription else "unsubscribed"
    values = {
        "settings.pushes_is": t(f"settings.{subscription}"),
        "settings.when_is": schedule_text(look, wishes),
        "settings.quiet_is": quiet_text(look, wishes),
        "settings.zone_is": zone_text(look, now=state.now),
        "settings.style_is": t(f"style.{wishes.style.value}"),
        "settings.format_is": _format_text(look, wishes),
        "settings.language_is": t(f"language.{state.language.value}"),
        "settings.script_is": t(f"script.{wishes.script.value}"),
        "settings.repeats_is": t(f"repeats.{wishes.repeats.value}"),
    }
    builder = TextBuilder().bold(t("settings.title")).add("\n")
    for key, value in values.items():
        builder.add("\n").template(t.template(key), value=rich_bold(value))
    text = builder.add("\n\n" + t("settings.hint")).block()
    doors = [button(t(f"button.{section.value}"), ShowSettings(section)) for section in _DOORS]
    doors += [button(t("button.topics"), ShowTopics()), button(t("button.rules"), ShowRules())]
    lines = [*rows([*doors, _pause(look, state)], width=2), [button(t("button.close"), Close())]]
    return OutgoingMessage(text.text, text.entities, keyboard(*lines))


def _pause(look: Look, state: SettingsState) -> Button:
    t = look.translator
    if state.subscription is SubscriberState.ACTIVE:
        return button(t("button.pause"), SetPaused(True))
    key = "button.resume" if state.subscription else "button.subscribe"
    return button(t(key), SetPaused(False), colour="primary")


def _choice(
    look: Look, section: SettingsSection, choices: Mapping[StrEnum, Action], current: StrEnum
) -> OutgoingMessage:
    t = look.translator
    builder = TextBuilder().bold(t(f"settings.{section.value}")).add("\n\n" + t(f"settings.{section.value}_about"))
    text = builder.block()
    options = [
        [option(t(f"{section.value}.{choice.value}"), action, chosen=choice == current)]
        for choice, action in choices.items()
    ]
    return OutgoingMessage(text.text, text.entities, keyboard(*options, [back(look)]))


def _format(look: Look, wishes: Preferences) -> OutgoingMessage:
    t = look.translator
    on = {
        SettingFlag.RICH: wishes.rich,
        SettingFlag.SILENT: wishes.silent,
        SettingFlag.LINK_PREVIEW: wishes.link_preview,
    }
    flags = [[option(t(f"button.{flag.value}"), SetFlag(flag, not is_on), chosen=is_on)] for flag, is_on in on.items()]
    counts = [
        option(_count(look, count), SetPerMessage(count), chosen=count == wishes.per_message) for count in PER_MESSAGE
    ]
    builder = TextBuilder().bold(t("settings.format")).add("\n\n")
    builder.template(t.template("settings.now_is"), value=rich_bold(_format_text(look, wishes)))
    text = builder.add("\n\n" + t("settings.format_about")).block()
    return OutgoingMessage(text.text, text.entities, keyboard(*flags, counts[:1], counts[1:], [back(look)]))


def _count(look: Look, count: int) -> str:
    return look.translator.n("format.count", count) if count else look.translator("format.fit_button")


def _items(look: Look, count: int) -> str:
    return look.translator.n("format.items", count) if count else look.translator("format.fit")


def _format_text(look: Look, wishes: Preferences) -> str:
    t = look.translator
    said = [t("format.rich" if wishes.rich else "format.classic"), _items(look, wishes.per_message)]
    said += [t("format.silent")] if wishes.silent else []
    said += [t("format.preview")] if wishes.link_preview else []
    return t("list.separator").join(said)
