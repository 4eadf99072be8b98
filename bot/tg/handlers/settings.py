"""The settings message, edited in place; the same settings as people type them; and the state of this chat."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bot.core.actions import (
    Action,
    Begin,
    Close,
    MoveDaily,
    Noop,
    SetEach,
    SetFlag,
    SetLanguage,
    SetMinItems,
    SetNight,
    SetPaused,
    SetPerMessage,
    SetQuiet,
    SetRepeats,
    SetScript,
    SetStyle,
    SettingsSection,
    SetWeeklyTime,
    ShowSettings,
    ShowStatus,
    ToggleDaily,
    ToggleWeekly,
)
from bot.core.actions import settings as wire
from bot.core.choosing import (
    EACH,
    MOST_TIMES,
    at_weekly_time,
    daily_times,
    each_digest,
    move_daily,
    timed,
    with_daily,
    with_weekly,
)
from bot.core.model import Preferences
from bot.core.setting_words import UnclearZone, Wish, read_wish
from bot.rendering.chat_view import Toast, toast
from bot.rendering.message import OutgoingMessage
from bot.rendering.settings_view import SettingsState, settings_usage, settings_view
from bot.rendering.status_view import status_view
from bot.rendering.zone_view import zone_unknown, zone_view
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.routes import Press, Routes

Choice = Callable[[Preferences, Any], Preferences]

_CHOICES: Final[Mapping[type[Action], tuple[SettingsSection, Choice]]] = {
    SetStyle: (SettingsSection.STYLE, lambda wishes, action: replace(wishes, style=action.style)),
    SetScript: (SettingsSection.SCRIPT, lambda wishes, action: replace(wishes, script=action.script)),
    SetEach: (SettingsSection.WHEN, lambda wishes, _: each_digest(wishes)),
    MoveDaily: (SettingsSection.WHEN, lambda wishes, action: move_daily(wishes, action.before, action.after)),
    SetMinItems: (SettingsSection.WHEN, lambda wishes, action: replace(wishes, min_items=action.count)),
    ToggleWeekly: (
        SettingsSection.WEEKLY,
        lambda wishes, action: with_weekly(wishes, action.day, action.time, on=action.on),
    ),
    SetWeeklyTime: (SettingsSection.WEEKLY, lambda wishes, action: at_weekly_time(wishes, action.time)),
    SetQuiet: (SettingsSection.QUIET, lambda wishes, action: replace(wishes, quiet=action.quiet)),
    SetNight: (SettingsSection.QUIET, lambda wishes, action: replace(wishes, night=action.night)),
    SetFlag: (SettingsSection.FORMAT, lambda wishes, action: replace(wishes, **{action.flag.value: action.on})),
    SetPerMessage: (SettingsSection.FORMAT, lambda wishes, action: replace(wishes, per_message=action.count)),
    SetRepeats: (SettingsSection.REPEATS, lambda wishes, action: replace(wishes, repeats=action.repeats)),
}
"""What each button makes of the preferences, and the page it stands on."""


def routes() -> Routes:
    """Commands and buttons of this module."""
    chosen: dict[type[Action], Press] = dict.fromkeys(_CHOICES, choose)
    return Routes(
        commands={"settings": settings, "status": status},
        buttons={
            ShowSettings: show,
            SetLanguage: set_language,
            ToggleDaily: toggle_daily,
            SetPaused: set_paused,
            Begin: begin,
            ShowStatus: show_status,
            Close: close,
            Noop: nothing,
            **chosen,
        },
        changing=frozenset({"settings", ShowSettings, SetLanguage, ToggleDaily, SetPaused, Begin, Close, *_CHOICES}),
    )


def settings(desk: Desk, ask: Ask) -> Answer:
    """`/settings`, and whatever setting follows it in words."""
    if not ask.text.strip():
        return Answer((page(desk, ask, SettingsSection.MAIN),))
    reader = desk.reader(ask)
    wish = read_wish(ask.text, reader.preferences, now=ask.now)
    if wish is None:
        return Answer((settings_usage(reader.look, ask.text),))
    if isinstance(wish, UnclearZone):
        return Answer((zone_unknown(reader.look, wish.typed, wish.near, now=ask.now),))
    return _granted(desk, ask, wish)


def show(desk: Desk, ask: Ask, action: ShowSettings) -> Answer:
    """A page of the settings: in place under a settings message, else below."""
    message = page(desk, ask, action.section)
    return Answer(edit=message) if ask.under & settings_actions() else Answer((message,))


def choose(desk: Desk, ask: Ask, action: Action) -> Answer:
    """Any button that is one choice of a page."""
    section, choice = _CHOICES[type(action)]
    return changed(desk, ask, lambda wishes: choice(wishes, action), section=section)


def toggle_daily(desk: Desk, ask: Ask, action: ToggleDaily) -> Answer:
    """A time of day, chosen or not any more."""
    reader = desk.reader(ask)
    times = daily_times(reader.preferences)
    if action.on and action.time not in times and len(times) >= MOST_TIMES:
        return Answer(toast=toast(reader.look.translator, Toast.TIMES_FULL))
    step = partial(with_daily, time=action.time, on=action.on)
    return changed(desk, ask, step, section=SettingsSection.WHEN)


def set_language(desk: Desk, ask: Ask, action: SetLanguage) -> Answer:
    """The language of the interface; content follows into its script unless that was chosen apart."""
    desk.subscriptions.set_language(desk.visitor(ask), action.language, now=ask.now)
    return replace(_saved(desk, ask, SettingsSection.LANGUAGE), menu=action.language)


def set_paused(desk: Desk, ask: Ask, action: SetPaused) -> Answer:
    """Stop the pushes or let them go on."""
    if action.on:
        desk.subscriptions.unsubscribe(ask.place, now=ask.now)
    else:
        desk.subscriptions.subscribe(desk.visitor(ask), now=ask.now)
    said = toast(desk.reader(ask).look.translator, Toast.PAUSED if action.on else Toast.RESUMED)
    return Answer(edit=page(desk, ask, SettingsSection.MAIN), toast=said)


def begin(desk: Desk, ask: Ask, action: Begin) -> Answer:
    """The first wish, from the greeting: subscribed, and daily at a time or with each digest."""
    desk.subscriptions.subscribe(desk.visitor(ask), now=ask.now)
    answer = changed(desk, ask, lambda wishes: _begun(wishes, action.time), section=SettingsSection.WHEN)
    return replace(answer, messages=(answer.edit,) if answer.edit else (), edit=None)


def changed(desk: Desk, ask: Ask, step: Callable[[Preferences], Preferences], *, section: SettingsSection) -> Answer:
    """Preferences changed, and the page that shows it. Whose zone nobody knows gets the operator's with their first
    time of day, and is asked once whether that is right; from there the way leads back to `section`."""
    before = desk.reader(ask).preferences
    assume = desk.time_zone.key
    after = desk.subscriptions.change(desk.visitor(ask), lambda wishes: _placed(step(wishes), assume), now=ask.now)
    if after.time_zone is not None and step(before).time_zone is None:
        look = desk.reader(ask).look
        said = toast(look.translator, Toast.ZONE_ONCE)
        return Answer(edit=zone_view(look, now=ask.now, back=section, first=True), toast=said)
    fell_back = EACH in after.schedule and EACH not in before.schedule
    return _saved(desk, ask, section, Toast.EACH if fell_back else Toast.SAVED)


def page(desk: Desk, ask: Ask, section: SettingsSection) -> OutgoingMessage:
    """A page of the settings as they now are."""
    reader = desk.reader(ask)
    subscription = reader.subscriber.state if reader.subscriber else None
    state = SettingsState(reader.language, reader.preferences, subscription, ask.now)
    return settings_view(reader.look, section=section, state=state)


def settings_actions() -> frozenset[type[Action]]:
    """Actions that only a settings message carries: `ShowSettings` and `Begin` stand under others too."""
    return frozenset(wire.WIRE) - {ShowSettings, Begin} | {Close}


def status(desk: Desk, ask: Ask) -> Answer:
    """`/status`."""
    reader = desk.reader(ask)
    return Answer((status_view(desk.status.of(ask.place, now=ask.now, zone=desk.time_zone), reader.look),))


def show_status(desk: Desk, ask: Ask, _action: ShowStatus) -> Answer:
    """The same by button."""
    return status(desk, ask)


def close(_desk: Desk, _ask: Ask, _action: Close) -> Answer:
    """Take the message away."""
    return Answer(delete=True)


def nothing(_desk: Desk, _ask: Ask, _action: Noop) -> Answer:
    """A label that looks like a button."""
    return Answer()


def _granted(desk: Desk, ask: Ask, wish: Wish) -> Answer:
    """A typed setting, answered with the page it is on."""
    section = SettingsSection(wish.subject.value)
    if wish.language is not None:
        desk.subscriptions.set_language(desk.visitor(ask), wish.language, now=ask.now)
    elif wish.changes:
        answer = changed(desk, ask, lambda wishes: replace(wishes, **wish.changes), section=section)
        return Answer((answer.edit,) if answer.edit else (), toast=answer.toast)
    return Answer((page(desk, ask, section),), menu=wish.language)


def _begun(wishes: Preferences, time: str | None) -> Preferences:
    """Of a first wish only the daily times: a weekly day chosen before stays."""
    if time is None:
        return each_digest(wishes)
    others = tuple(entry for entry in wishes.schedule if entry.startswith("weekly "))
    return with_daily(replace(wishes, schedule=others), time, on=True)


def _placed(wishes: Preferences, zone: str) -> Preferences:
    return replace(wishes, time_zone=zone) if timed(wishes) and wishes.time_zone is None else wishes


def _saved(desk: Desk, ask: Ask, section: SettingsSection, said: Toast = Toast.SAVED) -> Answer:
    """Effective at once: the answer is already in the new language."""
    return Answer(edit=page(desk, ask, section), toast=toast(desk.reader(ask).look.translator, said))
