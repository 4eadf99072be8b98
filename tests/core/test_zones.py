"""Time zones by whatever name people give them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Language
from bot.core.zones import (
    MOST_SUGGESTED,
    city_name,
    current_offsets,
    find_zone,
    is_zone,
    likely_zones,
    nearest_zone,
    offset_minutes,
    offset_name,
    zones_at,
)

WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Tokyo", "Asia/Tokyo"), ("tokyo", "Asia/Tokyo"), ("东京", "Asia/Tokyo"), ("東京", "Asia/Tokyo"),
        ("Asia/Tokyo", "Asia/Tokyo"), ("asia/tokyo", "Asia/Tokyo"), ("日本", "Asia/Tokyo"), ("Japan", "Asia/Tokyo"),
        ("北京", "Asia/Shanghai"), ("Beijing", "Asia/Shanghai"), ("廣州", "Asia/Shanghai"), ("深圳", "Asia/Shanghai"),
        ("香港", "Asia/Hong_Kong"), ("Hong Kong", "Asia/Hong_Kong"), ("台北", "Asia/Taipei"), ("臺北", "Asia/Taipei"),
        ("旧金山", "America/Los_Angeles"), ("San Francisco", "America/Los_Angeles"), ("硅谷", "America/Los_Angeles"),
        ("Seattle", "America/Los_Angeles"), ("紐約", "America/New_York"), ("New York", "America/New_York"),
        ("Washington", "America/New_York"), ("Munich", "Europe/Berlin"), ("Germany", "Europe/Berlin"),
        ("孟买", "Asia/Kolkata"), ("Calcutta", "Asia/Kolkata"), ("São Paulo", "America/Sao_Paulo"),
        ("ＴＯＫＹＯ", "Asia/Tokyo"), ("St. John's", "America/St_Johns"), ("雪梨", "Australia/Sydney"),
        ("UTC", "UTC"), ("GMT", "UTC"),
    ],
)  # fmt: skip
def test_a_city_a_country_or_an_iana_name_means_its_zone(typed, zone):
    assert find_zone(typed, WINTER).zone == zone


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("+9", 540), ("UTC+8", 480), ("UTC+08:00", 480), ("utc +8", 480), ("GMT-3:30", -210), ("-0330", -210),
        ("＋８", 480), ("−5", -300), ("东八区", 480), ("東八區", 480), ("西五区", -300), ("东十区", 600),
        ("+5:45", 345), ("-12", -720), ("+14", 840),
    ],
)  # fmt: skip
def test_an_offset_means_a_zone_that_has_it_now(typed, minutes):
    zone = find_zone(typed, WINTER).zone
    assert zone is not None
    assert offset_minutes(zone, WINTER) == minutes


@pytest.mark.parametrize(
    "typed", ["+9:15", "+15", "-13", "xyzzy", "", "  ", "../etc/passwd", "a" * 500, "\x00", "东十三区"]
)
def test_what_is_no_place_means_nothing(typed):
    assert find_zone(typed, WINTER).zone is None


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("tokio", "Asia/Tokyo"),
        ("Shangha", "Asia/Shanghai"),
        ("纽", "America/New_York"),
        ("San Fran", "America/Los_Angeles"),
    ],
)
def test_a_near_miss_is_suggested(typed, zone):
    found = find_zone(typed, WINTER)
    assert found.zone is None
    assert zone in found.near


def test_a_name_of_several_zones_asks_which():
    assert find_zone("USA", WINTER).near[:2] == ("America/New_York", "America/Los_Angeles")
    assert set(find_zone("CST", WINTER).near) == {"Asia/Shanghai", "America/Chicago"}


def test_the_zone_with_most_people_stands_for_an_offset():
    assert zones_at(480, WINTER)[0] == "Asia/Shanghai"
    assert (zones_at(-300, WINTER)[0], zones_at(-240, SUMMER)[0]) == ("America/New_York", "America/New_York")
    assert zones_at(-720, WINTER) == ("Etc/GMT+12",)
    assert zones_at(555, WINTER) == ()


@pytest.mark.parametrize("now", [WINTER, SUMMER])
def test_every_offset_has_a_zone_and_every_place_an_offset(now):
    offsets = current_offsets(now)
    assert (offsets[0], offsets[-1]) == (-720, 840)
    assert {-210 if now is WINTER else -150, 330, 345, 390, 525} <= set(offsets)
    assert all(zones_at(minutes, now) for minutes in offsets)


@pytest.mark.parametrize(
    ("minutes", "name"), [(480, "UTC+8"), (-210, "UTC−3:30"), (0, "UTC+0"), (345, "UTC+5:45"), (-720, "UTC−12")]
)
def test_offsets_are_written_as_people_do(minutes, name):
    assert offset_name(minutes) == name


@pytest.mark.parametrize(
    ("zone", "names"),
    [
        ("Asia/Shanghai", ("上海", "上海", "Shanghai")),
        ("Asia/Kolkata", ("加尔各答", "加爾各答", "Kolkata")),
        ("America/Argentina/Buenos_Aires", ("布宜诺斯艾利斯", "布宜諾斯艾利斯", "Buenos Aires")),
        ("Etc/GMT+12", ("UTC−12", "UTC−12", "UTC−12")),
        ("UTC", ("UTC", "UTC", "UTC")),
    ],
)
def test_cities_are_named_in_each_language(zone, names):
    assert tuple(city_name(zone, language) for language in Language) == names


@pytest.mark.parametrize("language", Language)
def test_likely_zones_are_zones(language):
    assert all(map(is_zone, likely_zones(language)))


@pytest.mark.parametrize(
    ("spot", "zone"),
    [((35.6, 139.7), "Asia/Tokyo"), ((22.3, 114.2), "Asia/Hong_Kong"), ((40.7, -74.0), "America/New_York"),
     ((-17.0, 179.9), "Pacific/Fiji"), ((-17.0, -179.9), "Pacific/Fiji")],
)  # fmt: skip
def test_the_nearest_city_gives_the_zone_across_the_date_line_too(spot, zone):
    assert nearest_zone(*spot) == zone


@given(st.text(max_size=80))
def test_any_text_is_safe_and_what_it_means_exists(typed):
    found = find_zone(typed, WINTER)
    assert found.zone is None or ZoneInfo(found.zone)
    assert all(map(is_zone, found.near))
    assert len(found.near) <= MOST_SUGGESTED


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_spot_has_a_zone(latitude, longitude):
    assert is_zone(nearest_zone(latitude, longitude))
