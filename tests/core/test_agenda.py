"""What readers are owed: a year of it in thirty zones, and what becomes of downtime, pauses and changed minds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.agenda import Agenda, Owed, Verdict, hold, look, timing_of
from bot.core.model import Night, Preferences

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
ZONES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Lisbon", "Atlantic/Azores", "America/New_York",
    "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Asuncion",
    "America/Havana", "America/Nuuk", "Africa/Casablanca", "Africa/Cairo", "Africa/Johannesburg", "Asia/Beirut",
    "Asia/Jerusalem", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo",
    "Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Apia", "Pacific/Kiritimati", "Antarctica/Troll", "Antarctica/McMurdo",
)  # fmt: skip


def wishes(*schedule: str, zone: str = "UTC", quiet: str | None = None, **others: object) -> Preferences:
    made = Preferences(schedule=schedule, time_zone=zone, quiet=quiet)
    return replace(made, **others)  # type: ignore[arg-type] # fields by name


def began(now: datetime) -> Agenda:
    return Agenda(due_at=now, looked=now)


def lived(agenda: Agenda, preferences: Preferences, *, until: datetime) -> Iterator[tuple[datetime, Verdict]]:
    """Look whenever the agenda says so; yields every look. Ends when nothing is due before `until`."""
    timing = timing_of(preferences, UTC)
    while agenda.due_at is not None and agenda.due_at < until:
        now = agenda.due_at
        verdict = look(agenda, timing, now=now)
        yield now, verdict
        assert verdict.agenda.due_at is None or verdict.agenda.due_at > now
        agenda = verdict.agenda


def roundups(agenda: Agenda, preferences: Preferences, *, until: datetime) -> list[datetime]:
    return [now for now, verdict in lived(agenda, preferences, until=until) if verdict.owed]


def wall(instant: datetime, zone: ZoneInfo) -> time:
    return instant.astimezone(zone).time()


def slot(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The first minute at which the clock shows this time or, where it is skipped, a later one: by looking at it."""
    local = datetime.combine(day, clock)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    instant -= timedelta(hours=26)
    while instant.astimezone(zone).replace(tzinfo=None) < local:
        instant += MINUTE
    return instant


def awake(instant: datetime, zone: ZoneInfo, start: time, end: time) -> datetime:
    """The first minute from `instant` on at which the clock shows no quiet time."""
    while wall(instant, zone) >= start or wall(instant, zone) < end:
        instant += MINUTE
    return instant


@pytest.mark.parametrize("name", ZONES)
def test_a_year_of_schedules_brings_every_slot_once_and_none_at_night(name: str) -> None:
    zone = ZoneInfo(name)
    first, last = slot(date(2026, 1, 1), time(12), zone), slot(date(2027, 1, 1), time(12), zone)
    chosen = wishes("daily 02:30", "daily 19:15", "weekly SUN 01:20", zone=name, quiet="22:10-01:40")
    days = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(367)]
    slots = [slot(day, clock, zone) for day in days for clock in (time(2, 30), time(19, 15))]
    slots += [slot(day, time(1, 20), zone) for day in days if day.weekday() == 6]
    expected = sorted({awake(instant, zone, time(22, 10), time(1, 40)) for instant in slots})
    found = roundups(began(first), chosen, until=last)
    assert found == [instant for instant in expected if first < instant < last]
    assert len(found) >= 365 * 2
    assert not [
        instant for instant in found if wall(instant, zone) >= time(22, 10) or wall(instant, zone) < time(1, 40)
    ]


def test_the_day_that_samoa_left_out() -> None:
    start, end = datetime(2011, 12, 29, 12, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)
    found = roundups(began(start), wishes("daily 08:00", zone="Pacific/Apia"), until=end)
    assert [instant.isoformat()[:16] for instant in found] == [
        "2011-12-29T18:00",  # the 29th
        "2011-12-30T18:00",  # the 31st
        "2011-12-31T18:00",
    ]


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=40), st.sampled_from(ZONES))
def test_however_seldom_somebody_looks_no_slot_comes_twice(waits: list[int], name: str) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    timing = timing_of(wishes("daily 08:00", "daily 20:00", zone=name, quiet="19:30-20:30"), UTC)
    agenda, served = began(now), []
    for wait in waits:
        now += wait * MINUTE
        verdict = look(agenda, timing, now=now)
        served += [now] if verdict.owed else []
        agenda = verdict.agenda
    zone = ZoneInfo(name)
    halves = [(instant.astimezone(zone) + timedelta(hours=-8)) for instant in served]
    assert len(served) <= len({(half.date(), half.hour >= 12) for half in halves}) * 2
    assert all(not time(19, 30) <= wall(instant, zone) < time(20, 30) for instant in served)


def at(text: str) -> datetime:
    """An instant by Shanghai's clock in November 2026, `DD HH:MM`."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


def test_what_was_missed_while_nothing_ran_comes_once() -> None:
    timing = timing_of(wishes("daily 08:00", "daily 20:00", zone="Asia/Shanghai"), UTC)
    before = look(began(at("10 07:00")), timing, now=at("10 07:00")).agenda
    late = look(before, timing, now=at("13 15:00"))
    assert late.owed is Owed.DAILY
    assert late.agenda.due_at == at("13 20:00")
    assert look(late.agenda, timing, now=at("13 15:01")).owed is Owed.NOTHING


def test_a_roundup_reaches_back_to_the_one_before() -> None:
    timing = timing_of(wishes("daily 08:00", zone="Asia/Shanghai"), UTC)
    first = look(began(at("10 07:00")), timing, now=at("10 08:00"))
    assert first.start == at("09 08:00")
    second = look(first.agenda, timing, now=at("11 08:00"))
    assert at("10 07:55") <= second.start <= at("10 08:00")
    late = look(second.agenda, timing, now=at("30 08:00"))
    assert late.start == at("23 08:00")


def test_a_week_is_a_week() -> None:
    timing = timing_of(wishes("weekly MON 08:00", zone="Asia/Shanghai"), UTC)
    verdict = look(began(at("15 07:00")), timing, now=at("16 08:00"))
    assert (verdict.owed, verdict.start) == (Owed.WEEKLY, at("09 08:00"))
    assert verdict.agenda.due_at == at("23 08:00")


@pytest.mark.parametrize(
    ("zone", "next_one"),
    [
        ("Europe/London", datetime(2026, 11, 12, 8, tzinfo=UTC)),  # eight hours later it is eight again: had that
        ("Asia/Tokyo", datetime(2026, 11, 11, 23, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 11, 16, tzinfo=UTC)),  # the next morning there
    ],
)
def test_a_move_does_not_bring_a_slot_twice(zone: str, next_one: datetime) -> None:
    here = timing_of(wishes("daily 08:00", zone="Asia/Shanghai"), UTC)
    served = look(began(at("11 07:00")), here, now=at("11 08:00"))
    assert served.owed
    touched = replace(served.agenda, due_at=at("11 08:30"))
    there = look(touched, timing_of(wishes("daily 08:00", zone=zone), UTC), now=at("11 08:30"))
    assert not there.owed
    found = roundups(there.agenda, wishes("daily 08:00", zone=zone), until=next_one + MINUTE)
    assert found == [next_one]


def test_a_new_time_that_is_past_today_comes_tomorrow() -> None:
    served = look(
        began(at("11 07:00")), timing_of(wishes("daily 08:00", zone="Asia/Shanghai"), UTC), now=at("11 08:00")
    )
    touched = replace(served.agenda, due_at=at("11 21:00"))
    changed = wishes("daily 20:00", zone="Asia/Shanghai")
    assert roundups(touched, changed, until=at("13 00:00")) == [at("12 20:00")]


def test_a_time_that_came_just_before_the_change_is_kept() -> None:
    waiting = look(
        began(at("11 07:00")), timing_of(wishes("daily 08:00", zone="Asia/Shanghai"), UTC), now=at("11 07:00")
    )
    touched = replace(waiting.agenda, due_at=at("11 08:05"))  # nobody looked at eight
    verdict = look(touched, timing_of(wishes("daily 20:00", zone="Asia/Shanghai"), UTC), now=at("11 08:06"))
    assert verdict.owed is Owed.DAILY


def test_what_is_held_comes_when_the_night_is_over() -> None:
    timing = timing_of(wishes("each", zone="Asia/Shanghai", quiet="22:00-07:00"), UTC)
    agenda = hold(Agenda(None, looked=at("10 00:00")), since=at("10 23:00"), due_at=at("11 07:00"))
    agenda = hold(agenda, since=at("11 03:00"), due_at=at("11 07:00"))
    early = look(agenda, timing, now=at("11 03:01"))
    assert (early.owed, early.agenda.due_at) == (Owed.NOTHING, at("11 07:00"))
    verdict = look(early.agenda, timing, now=at("11 07:00"))
    assert (verdict.owed, verdict.start) == (Owed.HELD, at("10 23:00"))
    assert (verdict.agenda.held, verdict.agenda.due_at) == (None, None)


@pytest.mark.parametrize("change", [{"quiet": None}, {"night": Night.SILENT}, {"time_zone": "Europe/London"}])
def test_what_is_held_comes_at_once_when_the_wish_for_quiet_goes(change: dict[str, object]) -> None:
    chosen = wishes("each", zone="Asia/Shanghai", quiet="22:00-07:00")
    agenda = hold(Agenda(None, looked=at("10 00:00")), since=at("10 23:00"), due_at=at("11 07:00"))
    changed = replace(chosen, **change)  # type: ignore[arg-type] # fields by name
    assert look(agenda, timing_of(changed, UTC), now=at("10 23:30")).owed is Owed.HELD


def test_a_slot_at_night_is_remembered_until_morning_whatever_changes() -> None:
    chosen = wishes("daily 23:00", zone="Asia/Shanghai", quiet="22:00-07:00")
    at_night = look(began(at("10 12:00")), timing_of(chosen, UTC), now=at("10 23:00"))
    assert (at_night.owed, at_night.agenda.due_at) == (Owed.NOTHING, at("11 07:00"))
    changed = replace(chosen, schedule=("daily 12:00",))
    again = look(replace(at_night.agenda, due_at=at("11 01:00")), timing_of(changed, UTC), now=at("11 01:00"))
    assert again.agenda.due_at == at("11 07:00")
    assert look(again.agenda, timing_of(changed, UTC), now=at("11 07:00")).owed is Owed.DAILY


def test_who_comes_back_is_owed_nothing_of_the_time_away() -> None:
    timing = timing_of(wishes("each", "daily 08:00", zone="Asia/Shanghai"), UTC)
    agenda = replace(began(at("01 00:00")), held=at("01 23:00"), waiting=(1, 2), since=at("01 08:00"))
    verdict = look(agenda, timing, now=at("20 10:00"), returned=at("20 10:00"))
    assert verdict.start == at("20 10:00")
    assert verdict.agenda.waiting == ()


def test_what_waits_comes_when_less_is_asked_for() -> None:
    agenda = Agenda(at("10 10:00"), looked=at("10 09:00"), waiting=(1, 2, 3))
    five, three = (timing_of(wishes("each", min_items=least), UTC) for least in (5, 3))
    assert look(agenda, five, now=at("10 10:00")).owed is Owed.NOTHING
    assert look(agenda, three, now=at("10 10:00")).owed is Owed.HELD
