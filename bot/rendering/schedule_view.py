"""When pushes come: the pages of the settings about hours, days of the week and quiet hours, and each of them in words.
Apart from the other settings because times are chosen on a grid and moved by half hours.
"""

from datetime import datetime
from functools import reduce
from typing import Final

from bot.core.actions import (
    Action,
    MoveDaily,
    Noop,
    SetEach,
    SetMinItems,
    SetNight,
    SetQuiet,
    SettingsSection,
    SetWeeklyTime,
    ShowSettings,
    ToggleDaily,
    ToggleWeekly,
)
from bot.core.choosing import (
    DAYS,
    EACH,
    MIN_ITEMS,
    PRESETS,
    QUIET_PRESETS,
    daily_times,
    quiet_ends,
    shifted,
    weekly_days,
    weekly_time,
)
from bot.core.model import Night, Preferences
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, rich_bold
from bot.rendering.message import Button, OutgoingMessage
from bot.rendering.zone_view import zone_text

MARK: Final = "✓ "
STEP: Final = 30  # minutes


def option(text: str, action: Action, *, chosen: bool) -> Button:
    """A choice; the one in force carries a mark."""
    return button(label(text, before=MARK if chosen else ""), action, colour="success" if chosen else None)


def back(look: Look, section: SettingsSection = SettingsSection.MAIN) -> Button:
    """The way back."""
    return button(look.translator("button.back"), ShowSettings(section))


def schedule_text(look: Look, preferences: Preferences) -> str:
    """When pushes come, in words."""
    t = look.translator
    separator = t("list.separator")
    said = [t("when.each")] if EACH in preferences.schedule else []
    if times := daily_times(preferences):
        said.append(t("when.daily", times=separator.join(times)))
    if days := weekly_days(preferences):
        names = separator.join(_day(look, day) for day, _ in days)
        said.append(t("when.weekly", days=names, time=weekly_time(preferences)))
    if preferences.min_items > 1:
        said.append(t.n("when.least", preferences.min_items))
    return reduce(lambda first, second: t("when.also", first=first, second=second), said)


def quiet_text(look: Look, preferences: Preferences) -> str:
    """Quiet hours and what they do, in words."""
    if preferences.quiet is None:
        return look.translator("quiet.off")
    start, end = quiet_ends(preferences.quiet)
    return look.translator(f"quiet.{preferences.night.value}", start=start, end=end)


def when_view(look: Look, preferences: Preferences, *, now: datetime) -> OutgoingMessage:
    """Each digest, or times of day: usual ones to tap, chosen ones to move, and the fewest items worth a push."""
    t = look.translator
    times = daily_times(preferences)
    each = option(t("when.each_button"), SetEach(), chosen=EACH in preferences.schedule)
    grid = [option(time, ToggleDaily(time, time not in times), chosen=time in times) for time in (*PRESETS, *times)]
    least = [
        option(t("when.any") if count == 1 else f"≥ {count}", SetMinItems(count), chosen=count == preferences.min_items)
        for count in MIN_ITEMS
    ]
    text = _page(look, "settings.when", schedule_text(look, preferences), now=now)
    text.add("\n\n" + t("settings.when_about", command=look.command("settings")))
    block = text.block()
    times_rows = rows(dict.fromkeys(grid), width=4)
    moves = [_daily_steps(time, times) for time in times]
    return OutgoingMessage(block.text, block.entities, keyboard([each], *times_rows, *moves, least, [back(look)]))


def weekly_view(look: Look, preferences: Preferences, *, now: datetime) -> OutgoingMessage:
    """Days of the week, and the one time they share."""
    t = look.translator
    time, chosen = weekly_time(preferences), {day for day, _ in weekly_days(preferences)}
    days = [option(_day(look, day), ToggleWeekly(day, time, day not in chosen), chosen=day in chosen) for day in DAYS]
    grid = [option(preset, SetWeeklyTime(preset), chosen=preset == time) for preset in PRESETS]
    steps = [_step(shifted(time, -STEP), SetWeeklyTime(shifted(time, -STEP)), earlier=True), button(time, Noop())]
    steps.append(_step(shifted(time, STEP), SetWeeklyTime(shifted(time, STEP)), earlier=False))
    text = _page(look, "settings.weekly", schedule_text(look, preferences), now=now)
    block = text.add("\n\n" + t("settings.weekly_about")).block()
    hours = [*rows(grid, width=4), steps] if chosen else []
    return OutgoingMessage(block.text, block.entities, keyboard(*rows(days, width=4), *hours, [back(look)]))


def quiet_view(look: Look, preferences: Preferences, *, now: datetime) -> OutgoingMessage:
    """Quiet hours: usual ones to tap, both ends to move, and whether digests wait or come without a sound."""
    t, quiet = look.translator, preferences.quiet
    off = option(t("quiet.off_button"), SetQuiet(None), chosen=quiet is None)
    presets = [option(_hours(preset), SetQuiet(preset), chosen=preset == quiet) for preset in QUIET_PRESETS]
    nights = [option(t(f"night.{night.value}"), SetNight(night), chosen=night is preferences.night) for night in Night]
    text = _page(look, "settings.quiet", quiet_text(look, preferences), now=now)
    block = text.add("\n\n" + t("settings.quiet_about")).block()
    moves = [*_quiet_steps(quiet), nights] if quiet else []
    return OutgoingMessage(block.text, block.entities, keyboard([off], *rows(presets, width=3), *moves, [back(look)]))


def _page(look: Look, title: str, value: str, *, now: datetime) -> TextBuilder:
    """The head of a page: what it is about, how that stands, and whose clock counts."""
    t = look.translator
    text = TextBuilder().bold(t(title)).add("\n\n").template(t.template("settings.now_is"), value=rich_bold(value))
    return text.add("\n" + t("settings.zone_is", value=zone_text(look, now=now)))


def _day(look: Look, day: str) -> str:
    return str(look.translator.locale.days["format"]["abbreviated"][DAYS.index(day)])


def _hours(quiet: str) -> str:
    """Whole hours, short enough for three in a row."""
    return "–".join(str(int(end[:2])) for end in quiet_ends(quiet))


def _step(time: str, action: Action, *, earlier: bool) -> Button:
    return button(f"‹ {time}" if earlier else f"{time} ›", action)


def _daily_steps(time: str, times: tuple[str, ...]) -> list[Button]:
    """Half an hour earlier and later, unless the other time is chosen already."""
    before, after = shifted(time, -STEP), shifted(time, STEP)
    earlier = [] if before in times else [_step(before, MoveDaily(time, before), earlier=True)]
    later = [] if after in times else [_step(after, MoveDaily(time, after), earlier=False)]
    return [*earlier, button(time, Noop()), *later]


def _quiet_steps(quiet: str) -> list[list[Button]]:
    """A row for each end; quiet hours that would begin when they end are not offered."""
    start, end = quiet_ends(quiet)
    starts = [(f"{shifted(start, step)}-{end}", shifted(start, step), step) for step in (-STEP, STEP)]
    ends = [(f"{start}-{shifted(end, step)}", shifted(end, step), step) for step in (-STEP, STEP)]
    return [_quiet_row(row, shown, start=start, end=end) for row, shown in ((starts, start), (ends, end))]


def _quiet_row(row: list[tuple[str, str, int]], shown: str, *, start: str, end: str) -> list[Button]:
    other = end if shown == start else start
    buttons = [_step(time, SetQuiet(quiet), earlier=step < 0) for quiet, time, step in row if time != other]
    return [*buttons[:1], button(shown, Noop()), *buttons[1:]]
