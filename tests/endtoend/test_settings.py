"""Settings over HTTP: every button and every typed form changes what is kept, in place, and what is then sent."""

import asyncio
from typing import Any

import pytest

from bot.core.actions import (
    Action,
    MoveDaily,
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
    SettingFlag,
    SettingsSection,
    SetWeeklyTime,
    SetZone,
    ShowSettings,
    ToggleDaily,
    ToggleWeekly,
    encode,
)
from bot.core.model import Language, Night, Place, Preferences, Repeats, Script, Style, SubscriberState
from bot.emulator import Chat, Emulator, Person
from tests.conftest import NEWS, House, Running, slot, subscriber_of, until
from tests.endtoend.conftest import buttons, digests, kinds, labels

pytestmark = pytest.mark.usefixtures("running")
SECTIONS = [section for section in SettingsSection if section is not SettingsSection.MAIN]


def preferences(running: Running, person: Person) -> Preferences:
    return subscriber_of(running.core.storage, Place(person.id)).preferences


async def title_becomes(emulator: Emulator, person: Person, words: str) -> dict[str, Any]:
    """The newest message once its first line holds these words."""
    await emulator.wait_for(lambda: words in emulator.texts(person)[-1].splitlines()[0])
    return emulator.sent(person)[-1]


@pytest.mark.parametrize("section", SECTIONS)
async def test_every_section_opens_in_place_and_leads_back(ann: Person, emulator: Emulator, section: str) -> None:
    shown = await ann.ask("/settings")
    first = shown["text"]
    await ann.press_data(shown, encode(ShowSettings(SettingsSection(section))))
    await emulator.wait_for(lambda: emulator.texts(ann)[-1] != first)
    await ann.press(shown, "‹ Back")
    await emulator.wait_for(lambda: emulator.texts(ann)[-1] == first)
    assert len(emulator.sent(ann)) == 1


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (SetStyle(Style.FULL), {"style": Style.FULL}),
        (SetScript(Script.HANT), {"script": Script.HANT}),
        (SetEach(), {"schedule": ("each",)}),
        (SetMinItems(5), {"min_items": 5}),
        (SetNight(Night.SILENT), {"night": Night.SILENT}),
        (SetFlag(SettingFlag.RICH, True), {"rich": True}),
        (SetFlag(SettingFlag.SILENT, True), {"silent": True}),
        (SetFlag(SettingFlag.LINK_PREVIEW, True), {"link_preview": True}),
        (SetPerMessage(3), {"per_message": 3}),
        (SetRepeats(Repeats.HIDE), {"repeats": Repeats.HIDE}),
        (SetZone("Europe/Berlin"), {"time_zone": "Europe/Berlin"}),
        (ToggleDaily("08:00", True), {"schedule": ("daily 08:00",)}),
        (ToggleWeekly("SUN", "09:00", True), {"schedule": ("weekly SUN 09:00",)}),
        (SetQuiet("22:00-07:00"), {"quiet": "22:00-07:00"}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_choice_is_kept_at_once_and_pressing_it_again_changes_nothing(
    ann: Person, emulator: Emulator, running: Running, action: Action, expected: dict[str, object]
) -> None:
    shown = await ann.ask("/settings")
    await ann.press_data(shown, encode(action))
    await until(lambda: expected.items() <= kept(running, ann).items())
    before = preferences(running, ann)
    assert (await ann.press_data(shown, encode(action)))["text"] in {"Saved", "Each digest as it appears"}
    assert preferences(running, ann) == before
    assert len(emulator.sent(ann)) == 1


def kept(running: Running, person: Person) -> dict[str, object]:
    known = running.core.subscriptions.find(Place(person.id))
    names = Preferences.__dataclass_fields__
    return {name: getattr(known.preferences, name) for name in names} if known else {}


async def test_from_start_to_a_morning_digest_in_four_taps(ming: Person, emulator: Emulator, running: Running) -> None:
    hello = await ming.ask("/start")
    await ming.press(hello, "🔔 订阅")
    offered = await emulator.wait_for(lambda: next((m for m in emulator.sent(ming) if "什么时候收" in m["text"]), None))
    assert (await ming.press(offered, "🌅 每天早上 08:00"))["text"] == "已保存。你在哪个时区？"
    zones = await title_becomes(emulator, ming, "时区")
    await ming.press(zones, "东京")
    done = await title_becomes(emulator, ming, "何时推送")
    known = subscriber_of(running.core.storage, Place(ming.id))
    assert (known.state, known.preferences.schedule) == (SubscriberState.ACTIVE, ("daily 08:00",))
    assert known.preferences.time_zone == "Asia/Tokyo"
    assert "每天 08:00" in done["text"]
    assert "东京（UTC+9）" in done["text"]


async def test_the_zone_is_asked_once_and_leads_on_to_what_was_wanted(
    ann: Person, emulator: Emulator, running: Running
) -> None:
    shown = await ann.ask("/settings")
    assert "time zone" in (await ann.press_data(shown, encode(SetQuiet("22:00-07:00"))))["text"]
    asked = await title_becomes(emulator, ann, "Time zone")
    assert preferences(running, ann).time_zone == "Asia/Shanghai"
    await ann.press(asked, "Berlin")
    quiet = await title_becomes(emulator, ann, "Quiet hours")
    assert (await ann.press(quiet, "22:30 ›"))["text"] == "Saved"
    assert preferences(running, ann).quiet == "22:30-07:00"
    assert (await ann.press_data(shown, encode(ToggleDaily("08:00", True))))["text"] == "Saved"


async def test_times_of_day_are_added_moved_and_dropped(ann: Person, emulator: Emulator, running: Running) -> None:
    shown = await ann.ask("/settings zone Tokyo")
    await ann.press_data(shown, "1:set:when")
    await title_becomes(emulator, ann, "When")
    await ann.press(shown, "08:00")
    await emulator.wait_for(lambda: "✓ 08:00" in labels(emulator.sent(ann)[-1]))
    await ann.press(shown, "20:00")
    await emulator.wait_for(lambda: "✓ 20:00" in labels(emulator.sent(ann)[-1]))
    await ann.press(shown, "08:30 ›")
    await emulator.wait_for(lambda: "✓ 08:30" in labels(emulator.sent(ann)[-1]))
    assert preferences(running, ann).schedule == ("daily 08:30", "daily 20:00")
    assert (await ann.press_data(shown, encode(MoveDaily("08:00", "08:30"))))["text"] == "Saved"
    assert preferences(running, ann).schedule == ("daily 08:30", "daily 20:00")
    await ann.press_data(shown, encode(ToggleDaily("08:30", False)))
    assert "Each digest" in (await ann.press_data(shown, encode(ToggleDaily("20:00", False))))["text"]
    assert preferences(running, ann).schedule == ("each",)


async def test_more_than_six_times_are_refused_kindly(ann: Person, running: Running) -> None:
    shown = await ann.ask("/settings daily 1 2 3 4 5 6")
    assert "Six times" in (await ann.press_data(shown, encode(ToggleDaily("07:00", True))))["text"]
    assert len(preferences(running, ann).schedule) == 6


async def test_a_weekly_day_has_a_time_of_its_own_beside_the_daily_ones(ann: Person, running: Running) -> None:
    shown = await ann.ask("/settings daily 07:00")
    await ann.press_data(shown, encode(ToggleWeekly("SUN", "08:00", True)))
    await ann.press_data(shown, encode(SetWeeklyTime("21:30")))
    assert preferences(running, ann).schedule == ("daily 07:00", "weekly SUN 21:30")


async def test_paused_and_resumed_from_the_settings(ann: Person, emulator: Emulator, running: Running) -> None:
    await ann.ask("/subscribe")
    shown = await ann.ask("/settings")
    assert "Paused" in (await ann.press(shown, "⏸ Pause"))["text"]
    await emulator.wait_for(lambda: "paused" in emulator.texts(ann)[-1])
    assert subscriber_of(running.core.storage, Place(ann.id)).state is SubscriberState.PAUSED
    assert (await ann.press_data(shown, encode(SetPaused(True))))["text"] is not None
    await ann.press(shown, "▶️ Resume")
    assert subscriber_of(running.core.storage, Place(ann.id)).state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("daily 08:00", {"schedule": ("daily 08:00",)}),
        ("weekly mon 9:00", {"schedule": ("weekly MON 09:00",)}),
        ("quiet 22:00-07:00", {"quiet": "22:00-07:00"}),
        ("zone 东京", {"time_zone": "Asia/Tokyo"}),
        ("zone GMT-3:30", {"time_zone": "America/St_Johns"}),
        ("silent on", {"silent": True}),
        ("style headlines", {"style": Style.HEADLINES}),
    ],
)
async def test_settings_are_typed_too(ann: Person, running: Running, typed: str, expected: dict[str, object]) -> None:
    await ann.ask(f"/settings {typed}")
    assert expected.items() <= kept(running, ann).items()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("xyzzy", "I did not understand “xyzzy”"),
        ("daily 25:00", "daily 08:00 20:00"),
        ("zone xyzzyx", "I do not know “xyzzyx”"),
        ("zone tokio", "Which one is “tokio”?"),
    ],
)
async def test_what_is_not_understood_gets_a_kind_answer(ann: Person, running: Running, typed: str, words: str) -> None:
    assert words in (await ann.ask(f"/settings {typed}"))["text"]
    assert running.core.subscriptions.find(Place(ann.id)) is None


async def test_a_typed_language_changes_answers_and_menu(ann: Person, emulator: Emulator) -> None:
    emulator.journal.clear()
    assert "語言" in (await ann.ask("/settings language 繁體"))["text"]
    await emulator.wait_for(lambda: emulator.journal.calls("setMyCommands"))


async def test_a_chosen_style_is_how_digests_then_come(ann: Person, house: House, running: Running) -> None:
    await ann.ask("/subscribe")
    shown = await ann.ask("/settings")
    await ann.press_data(shown, encode(SetStyle(Style.HEADLINES)))
    await ann.press_data(shown, encode(SetFlag(SettingFlag.SILENT, True)))
    house.desk.publish(slot(12))
    push = await house.emulator.wait_for(lambda: next(iter(digests(house.emulator.messages(ann))), None))
    assert "expandable_blockquote" not in kinds(push)
    sent = next(entry for entry in house.emulator.journal.entries if entry.message_id == push["message_id"])
    assert "disable_notification" in sent.params


async def test_a_chosen_script_and_language_are_how_digests_then_come(ann: Person, house: House) -> None:
    await ann.ask("/subscribe")
    shown = await ann.ask("/settings")
    await ann.press_data(shown, encode(SetLanguage(Language.ZH_HANT)))
    house.desk.publish(slot(12))
    push = await house.emulator.wait_for(lambda: next(iter(digests(house.emulator.messages(ann))), None))
    assert "機械臂學會疊箱子" in push["text"]
    assert NEWS[1].title not in push["text"]


async def test_settings_in_a_forum_topic_are_that_topics(
    ann: Person, forum: Chat, emulator: Emulator, running: Running
) -> None:
    topic = emulator.add_topic(forum, "Robots", announce=True)
    ann.send("/settings daily 07:00", forum, thread_id=topic.id)
    await until(lambda: running.core.subscriptions.find(Place(forum.id, topic.id)) is not None)
    assert running.core.subscriptions.find(Place(forum.id)) is None
    known = subscriber_of(running.core.storage, Place(forum.id, topic.id))
    assert (known.preferences.schedule, known.title) == (("daily 07:00",), "Forum › Robots")


async def test_a_command_works_under_a_picture_and_an_edited_one_does_not_fire_again(
    ann: Person, group: Chat, emulator: Emulator
) -> None:
    ann.send_photo("/help@digest_demo_bot", group)
    await emulator.wait_for(lambda: len(emulator.sent(group)) == 1)
    ann.send_photo("/search 机器人")
    answer = await emulator.wait_for(lambda: next(iter(emulator.sent(ann)), None))
    assert NEWS[1].title in answer["text"]
    ann.edit(ann.send("/help", group), "/help@digest_demo_bot")
    await asyncio.sleep(0.1)
    await ann.ask("/status", group)
    assert sum("/search@" in text for text in emulator.texts(group)) <= 2


async def test_every_button_of_every_page_is_answered(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/settings")
    data = [one["callback_data"] for one in buttons(shown) if one["callback_data"] not in {"1:x", "1:paus:0"}]
    answers = [await ann.press_data(shown, one) for one in data]
    assert [answer["text"] for answer in answers if answer["text"] and "out of date" in answer["text"]] == []
