"""The settings message, edited in place, and the state of this chat."""

from dataclasses import replace

from bot.core.actions import (
    Close,
    Noop,
    SetLanguage,
    SetScript,
    SetStyle,
    SettingsSection,
    ShowSettings,
    ShowStatus,
)
from bot.core.model import Preferences
from bot.i18n import script_of
from bot.rendering.chat_view import Toast, toast
from bot.rendering.message import OutgoingMessage
from bot.rendering.settings_view import settings_view
from bot.rendering.status_view import status_view
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.routes import Routes

_OURS = frozenset({Close, SetLanguage, SetStyle, SetScript})  # actions that only a settings message carries


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(
        commands={"settings": settings, "status": status},
        buttons={
            ShowSettings: show,
            SetLanguage: set_language,
            SetStyle: set_style,
            SetScript: set_script,
            ShowStatus: show_status,
            Close: close,
            Noop: nothing,
        },
        changing=frozenset({"settings", ShowSettings, SetLanguage, SetStyle, SetScript, Close}),
    )


def settings(desk: Desk, ask: Ask) -> Answer:
    """`/settings`."""
    return Answer((_message(desk, ask, SettingsSection.MAIN),))


def show(desk: Desk, ask: Ask, action: ShowSettings) -> Answer:
    """A page of the settings: in place under a settings message, else below."""
    message = _message(desk, ask, action.section)
    return Answer(edit=message) if ask.under & _OURS else Answer((message,))


def set_language(desk: Desk, ask: Ask, action: SetLanguage) -> Answer:
    """The language of the interface; content follows into its script unless that was chosen apart."""
    reader = desk.reader(ask)
    preferences = reader.preferences
    if preferences.script is script_of(reader.language):
        preferences = replace(preferences, script=script_of(action.language))
    desk.subscriptions.set_look(desk.visitor(ask), language=action.language, preferences=preferences, now=ask.now)
    return _saved(desk, ask, SettingsSection.LANGUAGE)


def set_style(desk: Desk, ask: Ask, action: SetStyle) -> Answer:
    """How much of an item is shown."""
    return _with(desk, ask, SettingsSection.STYLE, replace(desk.reader(ask).preferences, style=action.style))


def set_script(desk: Desk, ask: Ask, action: SetScript) -> Answer:
    """The script of Chinese content."""
    return _with(desk, ask, SettingsSection.SCRIPT, replace(desk.reader(ask).preferences, script=action.script))


def status(desk: Desk, ask: Ask) -> Answer:
    """`/status`."""
    reader = desk.reader(ask)
    return Answer((status_view(desk.status.of(ask.place, now=ask.now), reader.look),))


def show_status(desk: Desk, ask: Ask, _action: ShowStatus) -> Answer:
    """The same by button."""
    return status(desk, ask)


def close(_desk: Desk, _ask: Ask, _action: Close) -> Answer:
    """Take the message away."""
    return Answer(delete=True)


def nothing(_desk: Desk, _ask: Ask, _action: Noop) -> Answer:
    """A label that looks like a button."""
    return Answer()


def _with(desk: Desk, ask: Ask, section: SettingsSection, preferences: Preferences) -> Answer:
    language = desk.reader(ask).language
    desk.subscriptions.set_look(desk.visitor(ask), language=language, preferences=preferences, now=ask.now)
    return _saved(desk, ask, section)


def _saved(desk: Desk, ask: Ask, section: SettingsSection) -> Answer:
    """Effective at once: the answer is already in the new language."""
    said = toast(desk.reader(ask).look.translator, Toast.SAVED)
    return Answer(edit=_message(desk, ask, section), toast=said)


def _message(desk: Desk, ask: Ask, section: SettingsSection) -> OutgoingMessage:
    reader = desk.reader(ask)
    return settings_view(reader.look, section=section, language=reader.language, preferences=reader.preferences)
