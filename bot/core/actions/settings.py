"""The settings message and what is chosen in it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.core.actions.wire import Wire, choice
from bot.core.model import Language, Script, Style


class SettingsSection(StrEnum):
    """The pages of the settings message."""

    MAIN = "main"
    LANGUAGE = "language"
    STYLE = "style"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """One page of the settings message, edited in place."""

    section: SettingsSection = SettingsSection.MAIN


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Choose the language of the interface."""

    language: Language


@dataclass(frozen=True, slots=True)
class SetStyle:
    """Choose how much of an item is shown."""

    style: Style


@dataclass(frozen=True, slots=True)
class SetScript:
    """Choose the script of Chinese content."""

    script: Script


SettingsAction = ShowSettings | SetLanguage | SetStyle | SetScript

WIRE: Final[Wire] = {
    ShowSettings: ("set", {"section": choice({section.value: section for section in SettingsSection})}),
    SetLanguage: ("lang", {"language": choice({language.value: language for language in Language})}),
    SetStyle: ("style", {"style": choice({style.value: style for style in Style})}),
    SetScript: ("scr", {"script": choice({script.value: script for script in Script})}),
}
