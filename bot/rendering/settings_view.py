"""The settings: one message, edited in place, two levels deep. Apart because each of its pages leads to the others."""

from enum import StrEnum

from bot.core.actions import (
    Action,
    Close,
    SetLanguage,
    SetScript,
    SetStyle,
    SettingsSection,
    ShowSettings,
)
from bot.core.model import Language, Preferences, Script, Style
from bot.rendering.buttons import button, keyboard, label
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, rich_bold
from bot.rendering.message import Button, Keyboard, OutgoingMessage

MARK = "✓ "


def settings_view(
    look: Look, *, section: SettingsSection, language: Language, preferences: Preferences
) -> OutgoingMessage:
    """A page of the settings; the choice in force carries a mark."""
    if section is SettingsSection.MAIN:
        return _main(look, language, preferences)
    choices: dict[StrEnum, Action]
    current: StrEnum
    if section is SettingsSection.LANGUAGE:
        choices, current = {choice: SetLanguage(choice) for choice in Language}, language
    elif section is SettingsSection.STYLE:
        choices, current = {choice: SetStyle(choice) for choice in Style}, preferences.style
    else:
        choices, current = {choice: SetScript(choice) for choice in Script}, preferences.script
    return _section(look, section, choices=choices, current=current)


def _main(look: Look, language: Language, preferences: Preferences) -> OutgoingMessage:
    t = look.translator
    builder = TextBuilder().bold(t("settings.title")).add("\n")
    chosen = {
        SettingsSection.LANGUAGE: f"language.{language.value}",
        SettingsSection.STYLE: f"style.{preferences.style.value}",
        SettingsSection.SCRIPT: f"script.{preferences.script.value}",
    }
    for section, key in chosen.items():
        builder.add("\n").template(t.template(f"settings.{section.value}_is"), value=rich_bold(t(key)))
    text = builder.add("\n\n" + t("settings.hint")).block()
    doors = [button(t(f"button.{section.value}"), ShowSettings(section)) for section in chosen]
    return OutgoingMessage(text.text, text.entities, keyboard(doors, [button(t("button.close"), Close())]))


def _section(
    look: Look, section: SettingsSection, *, choices: dict[StrEnum, Action], current: StrEnum
) -> OutgoingMessage:
    t = look.translator
    builder = TextBuilder().bold(t(f"settings.{section.value}")).add("\n\n" + t(f"settings.{section.value}_about"))
    text = builder.block()
    back = button(t("button.back"), ShowSettings())
    options: Keyboard = tuple(
        (_option(t(f"{section.value}.{choice.value}"), action, chosen=choice == current),)
        for choice, action in choices.items()
    )
    return OutgoingMessage(text.text, text.entities, keyboard(*options, [back]))


def _option(text: str, action: Action, *, chosen: bool) -> Button:
    return button(label(text, before=MARK if chosen else ""), action, colour="success" if chosen else None)
