"""What a reader is owed, and when: the one decision that turns wishes, what was done so far and the time into what is
due now and when to look again. Pure, so that years of it can be run in a test; storage keeps the values, the scheduler
acts on them.

A reader's agenda is looked at when `due_at` comes: at the next time of the schedule, at the end of quiet hours in which
something was held, and whenever the wishes change. All that fell due since the last look comes to one roundup, so that
a time missed while nothing ran is caught up with once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from bot.core.model import Night, Preferences
from bot.core.schedule import (
    Entry,
    Quiet,
    Rhythm,
    entries_of,
    first_due,
    last_due,
    quiet_end,
    quiet_of,
    zone_of,
)

LOOK_BACK: Final = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}
"""How far the first roundup of a reader reaches."""

LONGEST: Final = timedelta(days=7)
"""How far any roundup reaches: what is older is no news. What waited to become enough is kept by itself."""

_OVERLAP: Final = timedelta(minutes=2)  # an announcement may be written a moment after the time it bears
_KEPT: Final = timedelta(days=15)  # how long the slots of former schedules are remembered


class Owed(StrEnum):
    """What a reader is owed."""

    NOTHING = ""
    HELD = "held"  # digests that quiet hours held, or that were too little alone
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Timing:
    """A reader's wishes that tell when. `quiet` only where nothing may be sent then; fewer items than `least` wait."""

    entries: tuple[Entry, ...]
    zone: tzinfo
    quiet: Quiet | None = None
    least: int = 1

    @property
    def key(self) -> str:
        """The schedule and its zone in one line: when that changes, other times are due."""
        return "|".join((",".join(map(str, self.entries)), str(self.zone)))

    @property
    def each(self) -> bool:
        """Whether every digest is wanted as it comes."""
        return any(entry.rhythm is Rhythm.EACH for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Agenda:
    """How far a reader's wishes were looked after; thousands of readers may share one. `looked`: times up to this are
    done with, under the wishes `key`. `held`: pushes announced from then on wait; `since`: what was announced up to
    then was considered; `slots`: the last time served, by entry; `waiting`: items that were too few alone; `owed`: what
    a time that fell into quiet hours left. `due_at` None: nothing will come by itself."""

    due_at: datetime | None
    looked: datetime
    key: str = ""
    held: datetime | None = None
    since: datetime | None = None
    owed: Owed = Owed.NOTHING
    slots: tuple[tuple[str, datetime], ...] = ()
    waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look came to: what is due now (`start`: of what was announced from then on), and the agenda afterwards, as
    if it had been sent."""

    owed: Owed
    start: datetime
    agenda: Agenda


def timing_of(preferences: Preferences, default: tzinfo) -> Timing:
    """When a reader with these preferences wants to be written to; `default` is the operator's zone."""
    quiet = quiet_of(preferences.quiet) if preferences.night is Night.HOLD else None
    zone = zone_of(preferences.time_zone, default)
    return Timing(entries_of(preferences.schedule), zone, quiet, preferences.min_items)


def look(agenda: Agenda, timing: Timing, *, now: datetime, returned: datetime | None = None) -> Verdict:
    """What `agenda` makes due at `now`. `returned`: when the reader came back after a pause; nothing older is owed."""
    slots = _due_slots(agenda, timing, now)
    owed = _owed(agenda, slots, timing)
    asleep = quiet_end(timing.quiet, timing.zone, at=now)
    kept = {entry: slot for entry, slot in agenda.slots if now - slot < _KEPT}
    later = replace(agenda, looked=now, key=timing.key, slots=tuple(sorted({**kept, **slots}.items())))
    if returned is not None and agenda.looked <= returned:
        later = replace(later, waiting=())
    if asleep is not None and owed:
        return Verdict(Owed.NOTHING, now, replace(later, owed=_slot_owed(owed, agenda.owed), due_at=asleep))
    start = _start(agenda, owed, now)
    if returned is not None:
        start = max(start, returned)
    if owed:
        since = agenda.since if owed is Owed.HELD else now
        later = replace(later, held=None, since=since, owed=Owed.NOTHING)
    return Verdict(owed, start, replace(later, due_at=_next(timing, now)))


def next_time(preferences: Preferences, default: tzinfo, *, now: datetime) -> datetime | None:
    """When a reader with these preferences is written to next by their own schedule; None where digests come as they
    appear, and nothing else is asked for."""
    return _next(timing_of(preferences, default), now)


def hold(agenda: Agenda, *, since: datetime, due_at: datetime) -> Agenda:
    """A push announced at `since` waits, and is looked at not later than `due_at`."""
    held = since if agenda.held is None else min(agenda.held, since)
    return replace(agenda, held=held, due_at=due_at if agenda.due_at is None else min(agenda.due_at, due_at))


def _due_slots(agenda: Agenda, timing: Timing, now: datetime) -> dict[str, datetime]:
    """The times that came since the last look, the latest of each entry. Where the wishes changed in between, at
    `due_at`, those of the former count up to there and those of the present from there."""
    begin = agenda.looked
    found: dict[str, datetime] = {}
    if agenda.key != timing.key:
        changed = min(now, agenda.due_at or now)
        former = _timing_of_key(agenda.key, timing)
        found = _slots_of(former, agenda, begin, changed) if former else {}
        begin = max(begin, changed)
    return {**found, **_slots_of(timing, agenda, begin, now)}


def _slots_of(timing: Timing, agenda: Agenda, after: datetime, until: datetime) -> dict[str, datetime]:
    found = {}
    for entry in timing.entries:
        slot = last_due(entry, timing.zone, after=after, until=until)
        if slot is not None and not _had(entry, slot, agenda):
            found[str(entry)] = slot
    return found


def _had(entry: Entry, slot: datetime, agenda: Agenda) -> bool:
    """Whether the reader was served this very slot before: a move to another zone makes "today at eight" come twice."""
    before = dict(agenda.slots).get(str(entry))
    return before is not None and slot - before < entry.period / 2


def _timing_of_key(key: str, timing: Timing) -> Timing | None:
    schedule, bar, zone = key.partition("|")
    return Timing(entries_of(tuple(schedule.split(","))), zone_of(zone, timing.zone)) if bar else None


def _owed(agenda: Agenda, slots: Mapping[str, datetime], timing: Timing) -> Owed:
    owed = {agenda.owed, *(Owed(entry.partition(" ")[0]) for entry in slots)}
    if Owed.WEEKLY in owed:
        return Owed.WEEKLY
    if Owed.DAILY in owed:
        return Owed.DAILY
    enough = timing.each and len(agenda.waiting) >= max(1, timing.least)  # since the reader asks for fewer
    return Owed.HELD if enough or agenda.held is not None else Owed.NOTHING


def _slot_owed(owed: Owed, before: Owed) -> Owed:
    """What has to be remembered: that pushes are held, `held` itself says."""
    return before if owed is Owed.HELD else owed


def _start(agenda: Agenda, owed: Owed, now: datetime) -> datetime:
    starts = [] if agenda.held is None else [agenda.held]
    if owed is Owed.DAILY:
        first = min(now - LOOK_BACK[Rhythm.DAILY], agenda.looked)
        starts.append(agenda.since - _OVERLAP if agenda.since else first)
    elif owed is Owed.WEEKLY:
        starts.append(now - LOOK_BACK[Rhythm.WEEKLY])
    return max(min(starts, default=now), now - LONGEST)


def _next(timing: Timing, now: datetime) -> datetime | None:
    """When to look again; a time in quiet hours comes at their end."""
    due = first_due(timing.entries, timing.zone, after=now)
    return due and (quiet_end(timing.quiet, timing.zone, at=due) or due)
