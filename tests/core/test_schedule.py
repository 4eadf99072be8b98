"""Times of the day and quiet hours in every kind of zone: a reader's clock decides, and each time comes once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.schedule import (
    Entry,
    Quiet,
    Rhythm,
    entries_of,
    first_due,
    instant_of,
    last_due,
    next_due,
    occurrences,
    parse_clock,
    parse_entry,
    parse_quiet,
    quiet_end,
    quiet_of,
    zone_of,
)

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
TROLL = ZoneInfo("Antarctica/Troll")
APIA = ZoneInfo("Pacific/Apia")

MINUTES = st.integers(0, 24 * 60 - 1)
ZONES = st.sampled_from(
    [
        *("UTC", "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Antarctica/Troll"),
        *("Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Chatham"),
    ]
).map(ZoneInfo)
INSTANTS = st.integers(0, 20 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2009, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
ENTRIES = st.builds(Entry, st.sampled_from([Rhythm.DAILY, Rhythm.WEEKLY]), MINUTES, st.integers(0, 6))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "entry", "written"),
    [
        ("each", Entry(Rhythm.EACH), "each"),
        ("daily 08:00", Entry(Rhythm.DAILY, 480), "daily 08:00"),
        (" daily  7:05", Entry(Rhythm.DAILY, 425), "daily 07:05"),
        ("weekly MON 00:00", Entry(Rhythm.WEEKLY, 0, 0), "weekly MON 00:00"),
        ("weekly sun 23:59", Entry(Rhythm.WEEKLY, 1439, 6), "weekly SUN 23:59"),
    ],
)
def test_an_entry_is_read_and_written(text: str, entry: Entry, written: str) -> None:
    assert parse_entry(text) == entry
    assert str(entry) == written


@pytest.mark.parametrize(
    "text",
    [
        *("", "hourly", "daily", "daily 24:00", "daily 8", "daily 08:60", "daily 08:00 x", "weekly 08:00"),
        *("daily -1:00", "daily ٠٨:٠٠", "Daily 08:00", "each 08:00", "daily 008:00", "daily 08:0", "weekly XXX 08:00"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_entry(text)


@given(ENTRIES)
def test_what_is_written_is_read_again(entry: Entry) -> None:
    plain = Entry(entry.rhythm, entry.minute, entry.weekday if entry.rhythm is Rhythm.WEEKLY else 0)
    assert parse_entry(str(plain)) == plain


@pytest.mark.parametrize("text", ["22:00-07:00", "22:00 – 7:00", "22:00~07:00"])
def test_quiet_hours_are_read_however_the_dash_is_written(text: str) -> None:
    assert parse_quiet(text) == Quiet(22 * 60, 7 * 60)
    assert str(parse_quiet(text)) == "22:00-07:00"


@pytest.mark.parametrize("text", ["", "22-7", "22:00", "25:00-07:00", "22:00-07:00-08:00", "night"])
def test_other_quiet_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write HH:MM"):
        parse_quiet(text)


def test_what_is_stored_wrongly_silences_nothing_else() -> None:
    assert entries_of(("daily 99:99", "each", "daily 08:00", "daily 08:00")) == (
        Entry(Rhythm.EACH),
        Entry(Rhythm.DAILY, 480),
    )
    assert quiet_of("nonsense") is None
    assert quiet_of(None) is None
    assert zone_of("Nowhere/Atlantis", NEW_YORK) is NEW_YORK
    assert zone_of(None, NEW_YORK) is NEW_YORK
    assert zone_of("Antarctica/Troll", NEW_YORK) == TROLL


def test_an_equal_start_and_end_leave_no_quiet_time() -> None:
    assert quiet_of("08:00-08:00") is None


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        (NEW_YORK, date(2026, 3, 8), "02:30", "2026-03-08T07:00"),  # skipped: 03:00 is the first time after the gap
        (NEW_YORK, date(2026, 3, 8), "02:00", "2026-03-08T07:00"),
        (NEW_YORK, date(2026, 3, 8), "03:00", "2026-03-08T07:00"),
        (NEW_YORK, date(2026, 11, 1), "01:30", "2026-11-01T05:30"),  # comes twice: the first time
        (LORD_HOWE, date(2026, 10, 4), "02:15", "2026-10-03T15:30"),  # half an hour is skipped
        (TROLL, date(2026, 3, 29), "01:30", "2026-03-29T01:00"),  # two hours are
        (APIA, date(2011, 12, 30), "08:00", "2011-12-30T10:00"),  # a whole day was
        (ZoneInfo("Asia/Kathmandu"), date(2026, 6, 1), "08:00", "2026-06-01T02:15"),
    ],
)
def test_skipped_times_come_after_the_gap_and_doubled_ones_once(
    zone: ZoneInfo, day: date, clock: str, instant: str
) -> None:
    assert instant_of(day, parse_clock(clock), zone) == utc(instant)


@given(ENTRIES, ZONES, INSTANTS)
def test_the_next_time_is_the_first_of_all_after_now(entry: Entry, zone: ZoneInfo, now: datetime) -> None:
    due = next_due(entry, zone, after=now)
    assert due is not None
    assert now < due <= now + entry.period + timedelta(days=1, hours=2)
    assert list(occurrences(entry, zone, after=now, until=due)) == [due]
    assert last_due(entry, zone, after=now, until=due) == due
    assert last_due(entry, zone, after=due, until=due) is None
    assert last_due(entry, zone, after=now - timedelta(days=900), until=due) == due
    assert first_due([entry, Entry(Rhythm.EACH)], zone, after=now) == due


def test_no_clock_brings_each_digest() -> None:
    assert next_due(Entry(Rhythm.EACH), NEW_YORK, after=utc("2026-01-01T00:00")) is None
    assert first_due([], NEW_YORK, after=utc("2026-01-01T00:00")) is None


@given(MINUTES, MINUTES, ZONES, INSTANTS)
def test_quiet_hours_end_where_the_clock_says_so(start: int, end: int, zone: ZoneInfo, now: datetime) -> None:
    quiet = quiet_of(str(Quiet(start, end)))
    until = quiet_end(quiet, zone, at=now)
    local = now.astimezone(zone)
    inside = quiet is not None and quiet.covers(local.hour * 60 + local.minute)
    assert (until is not None) == inside
    over = until or now
    assert over >= now
    assert until is None or quiet_end(quiet, zone, at=over) is None
    assert over - now <= timedelta(hours=50)


@pytest.mark.parametrize(
    ("quiet", "at", "end"),
    [
        ("22:00-07:00", "2026-11-22T03:00", "2026-11-22T12:00"),  # New York: 22:00 the evening before
        ("22:00-07:00", "2026-11-22T02:59", None),
        ("22:00-07:00", "2026-11-22T11:59:59", "2026-11-22T12:00"),
        ("22:00-07:00", "2026-11-22T12:00", None),
        ("13:00-14:00", "2026-11-22T18:30", "2026-11-22T19:00"),
        ("22:00-02:30", "2026-03-08T06:59", "2026-03-08T07:00"),  # its end is skipped
        ("22:00-01:30", "2026-11-01T05:29", "2026-11-01T05:30"),  # its end comes twice
        ("22:00-01:30", "2026-11-01T06:10", "2026-11-01T06:30"),  # and so does its last hour
    ],
)
def test_quiet_hours_over_midnight_and_over_the_change_of_clocks(quiet: str, at: str, end: str | None) -> None:
    found = quiet_end(quiet_of(quiet), NEW_YORK, at=utc(at))
    assert found == (end and utc(end))
