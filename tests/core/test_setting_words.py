"""Settings as they are typed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Language, Night, Preferences, Repeats, Script, Style
from bot.core.setting_words import Subject, UnclearZone, Wish, read_wish

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PLAIN = Preferences()


def read(text, preferences=PLAIN):
    return read_wish(text, preferences, now=NOW)


@pytest.mark.parametrize(
    ("typed", "schedule"),
    [
        ("daily 08:00", ("daily 08:00",)),
        ("daily 8", ("daily 08:00",)),
        ("Daily 8:30, 20:00", ("daily 08:30", "daily 20:00")),
        ("daily 8am 8pm", ("daily 08:00", "daily 20:00")),
        ("daily 12am", ("daily 00:00",)),
        ("每天 8点半", ("daily 08:30",)),
        ("每天8点", ("daily 08:00",)),
        ("每天 早上8点、晚上8点", ("daily 08:00", "daily 20:00")),
        ("daily ２０：００", ("daily 20:00",)),
        ("daily at 8am", ("daily 08:00",)),
        ("每天早上八点", ("daily 08:00",)),
        ("每天早八点半、晚十二点", ("daily 00:00", "daily 08:30")),
        ("每天 中午一點，二十一點三十分", ("daily 13:00", "daily 21:30")),
        ("每周一三 十点", ("weekly MON 10:00", "weekly WED 10:00")),
        ("weekly mon 9:00", ("weekly MON 09:00",)),
        ("weekly Monday", ("weekly MON 08:00",)),
        ("weekly sat, sun 10pm", ("weekly SAT 22:00", "weekly SUN 22:00")),
        ("每周一 9点", ("weekly MON 09:00",)),
        ("每週 週五 18:30", ("weekly FRI 18:30",)),
        ("each", ("each",)),
        ("每期", ("each",)),
    ],
)
def test_hours_and_days(typed, schedule):
    assert read(typed).changes == {"schedule": schedule}


def test_daily_leaves_weekly_alone_and_the_other_way_round():
    both = Preferences(schedule=("daily 07:00", "weekly SUN 09:00"))
    assert read("daily 8", both).changes["schedule"] == ("daily 08:00", "weekly SUN 09:00")
    assert read("weekly mon", both).changes["schedule"] == ("daily 07:00", "weekly MON 08:00")
    assert read("weekly off", both).changes["schedule"] == ("daily 07:00",)


@pytest.mark.parametrize(
    ("typed", "changes"),
    [
        ("quiet 22:00-07:00", {"quiet": "22:00-07:00"}),
        ("quiet 22-7", {"quiet": "22:00-07:00"}),
        ("quiet 22:00 – 07:00", {"quiet": "22:00-07:00"}),
        ("quiet 10pm to 7am", {"quiet": "22:00-07:00"}),
        ("免打扰 22点到7点", {"quiet": "22:00-07:00"}),
        ("quiet off", {"quiet": None}),
        ("免打扰 关", {"quiet": None}),
        ("quiet silent", {"night": Night.SILENT}),
        ("zone Tokyo", {"time_zone": "Asia/Tokyo"}),
        ("时区 东京", {"time_zone": "Asia/Tokyo"}),
        ("時區 +9", {"time_zone": "Asia/Tokyo"}),
        ("timezone GMT-3:30", {"time_zone": "America/St_Johns"}),
        ("style full", {"style": Style.FULL}),
        ("样式 标题", {"style": Style.HEADLINES}),
        ("script hant", {"script": Script.HANT}),
        ("rich on", {"rich": True}),
        ("silent 关", {"silent": False}),
        ("preview on", {"link_preview": True}),
        ("min 3", {"min_items": 3}),
        ("items 5", {"per_message": 5}),
        ("repeats hide", {"repeats": Repeats.HIDE}),
    ],
)
def test_everything_else(typed, changes):
    assert read(typed).changes == changes


@pytest.mark.parametrize(("typed", "language"), [("language en", Language.EN), ("语言 繁體", Language.ZH_HANT)])
def test_the_language(typed, language):
    assert read(typed) == Wish(Subject.LANGUAGE, language=language)


@pytest.mark.parametrize("subject", ["daily", "weekly", "quiet", "zone", "style", "script", "rich", "min", "language"])
def test_a_name_alone_opens_its_page(subject):
    wish = read(subject)
    assert isinstance(wish, Wish)
    assert wish.changes == {}


@pytest.mark.parametrize(
    "typed",
    [
        "xyzzy", "daily 25:00", "daily 8:60", "daily soon", "daily 1 2 3 4 5 6 7", "daily 13pm", "weekly noday 9:00",
        "weekly 9:00", "weekly mon 9 10", "quiet 22", "quiet 22-22", "quiet 1-2-3", "style huge", "rich maybe",
        "min 4", "items 99", "language fr", "each morning", "",
    ],
)  # fmt: skip
def test_what_is_not_understood_changes_nothing(typed):
    assert read(typed) is None


def test_an_unclear_zone_is_said_with_what_is_near():
    assert read("zone tokio") == UnclearZone("tokio", ("Asia/Tokyo",))


@given(
    st.one_of(
        st.text(max_size=60), st.text(max_size=30).map("daily {}".format), st.text(max_size=30).map("每周{}".format)
    )
)
def test_any_text_is_safe(typed):
    assert read(typed) is None or isinstance(read(typed), Wish | UnclearZone)
