"""Where readers are: by button, by name, by location."""

import pytest

from bot.core.actions import AskZone, ChooseOffset, SettingsSection, SetZone, ShowZones, ZoneQuestion, encode
from bot.core.model import Place, Preferences
from bot.core.zones import nearest_zone
from bot.emulator import Chat, Emulator, Person
from bot.services import whereabouts
from tests.conftest import Running, subscriber_of, until
from tests.endtoend.conftest import labels

pytestmark = pytest.mark.usefixtures("running")
VIGO = (42.2, -8.7)  # in Spain, but Lisbon is nearer than Madrid


def zone(running: Running, person: Person) -> str | None:
    known = running.core.subscriptions.find(Place(person.id))
    return known.preferences.time_zone if known else None


async def test_an_offset_takes_its_most_populous_zone_and_offers_the_others(
    ann: Person, emulator: Emulator, running: Running
) -> None:
    shown = await ann.ask("/settings zone")
    await ann.press(shown, "UTC offsets ›")
    await emulator.wait_for(lambda: any(text.startswith("UTC−12") for text in labels(emulator.sent(ann)[-1])))
    await ann.press(shown, "Next ›")
    await emulator.wait_for(lambda: any(text.startswith("UTC+5:45") for text in labels(emulator.sent(ann)[-1])))
    assert (await ann.press(shown, "UTC+9 ·"))["text"] == "Saved"
    assert zone(running, ann) == "Asia/Tokyo"
    await emulator.wait_for(lambda: any("Seoul" in text for text in labels(emulator.sent(ann)[-1])))
    await ann.press(shown, "Seoul")
    assert zone(running, ann) == "Asia/Seoul"


async def test_an_offset_of_one_zone_leads_straight_back(ann: Person, emulator: Emulator, running: Running) -> None:
    shown = await ann.ask("/settings zone")
    await ann.press_data(shown, encode(ChooseOffset(345, SettingsSection.QUIET)))
    await emulator.wait_for(lambda: "Quiet hours" in emulator.texts(ann)[-1].splitlines()[0])
    assert zone(running, ann) == "Asia/Kathmandu"


async def test_a_city_is_asked_for_and_its_answer_understood(
    ming: Person, emulator: Emulator, running: Running
) -> None:
    shown = await ming.ask("/settings zone")
    await ming.press(shown, "🔎 输入城市")
    question = await emulator.wait_for(lambda: next((m for m in emulator.sent(ming) if "哪个城市" in m["text"]), None))
    ming.send("旧金山", reply_to=question)
    await until(lambda: zone(running, ming) == "America/Los_Angeles")
    ming.send("xyzzy", reply_to=question)
    await emulator.wait_for(lambda: "没找到“xyzzy”" in emulator.texts(ming)[-1])


async def test_a_shared_location_sets_the_zone_and_takes_its_keyboard_away(
    ann: Person, emulator: Emulator, running: Running
) -> None:
    shown = await ann.ask("/settings zone")
    await ann.press(shown, "📍 Share location")
    asked = await emulator.wait_for(
        lambda: next((m for m in emulator.sent(ann) if "share your location" in m["text"]), None)
    )
    keyboard = emulator.reply_keyboards[ann.id, asked["message_id"]]
    assert keyboard["keyboard"][0][0]["request_location"] is True
    ann.share_location(35.68, 139.69)
    await until(lambda: zone(running, ann) == "Asia/Tokyo")
    thanks = await emulator.wait_for(
        lambda: next((m for m in emulator.sent(ann) if "Your time zone" in m["text"]), None)
    )
    assert emulator.reply_keyboards[ann.id, thanks["message_id"]] == {"remove_keyboard": True}


async def test_nobody_is_asked_for_a_location_in_a_group(ann: Person, group: Chat, emulator: Emulator) -> None:
    shown = await ann.ask("/settings zone", group)
    assert not any("Type a city" in text for text in labels(shown))
    assert "out of date" in (await ann.press_data(shown, encode(AskZone(ZoneQuestion.LOCATION))))["text"]


@pytest.mark.parametrize("data", ["1:zone:main:Mars/Olympus", "1:zone:main:../etc", "1:off:555:main", "1:zns:0:main"])
async def test_zones_that_do_not_exist_are_refused(ann: Person, running: Running, data: str) -> None:
    shown = await ann.ask("/settings zone")
    assert "out of date" in (await ann.press_data(shown, data))["text"]
    assert running.core.subscriptions.find(Place(ann.id)) is None


async def test_a_page_beyond_the_last_shows_the_last(ann: Person, emulator: Emulator) -> None:
    shown = await ann.ask("/settings zone")
    await ann.press_data(shown, encode(ShowZones(99)))
    await emulator.wait_for(lambda: "3/3" in labels(emulator.sent(ann)[-1]))


async def test_a_zone_is_kept_with_its_own_name(ann: Person, running: Running) -> None:
    shown = await ann.ask("/settings zone")
    await ann.press_data(shown, encode(SetZone("America/Argentina/Buenos_Aires")))
    known = subscriber_of(running.core.storage, Place(ann.id))
    assert known.preferences.time_zone == "America/Argentina/Buenos_Aires"


def test_without_a_map_the_nearest_city_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tzfpy", None)
    assert whereabouts.zone_at(*VIGO) == nearest_zone(*VIGO)


def test_the_map_knows_borders() -> None:
    pytest.importorskip("tzfpy", reason="a platform without the map")
    assert whereabouts.zone_at(*VIGO) == "Europe/Madrid"


async def test_a_zone_that_this_machine_does_not_know_is_the_operators(ann: Person, running: Running) -> None:
    await ann.ask("/subscribe")
    reader = running.core.subscriptions.find(Place(ann.id))
    assert reader is not None
    with running.core.storage.writing() as tx:
        tx.subscribers.set_preferences(reader.id, Preferences(time_zone="Mars/Olympus"), now=reader.since)
    assert "Settings" in (await ann.ask("/settings"))["text"]
