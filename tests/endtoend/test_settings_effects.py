"""Each setting, chosen by its button in the chat, changes the push that then comes."""

from datetime import timedelta

import pytest

from bot.core.actions import (
    Action,
    SetFlag,
    SetMinItems,
    SetNight,
    SetPerMessage,
    SetQuiet,
    SetRepeats,
    SettingFlag,
    SetZone,
    ToggleDaily,
    ToggleWeekly,
    encode,
)
from bot.core.choosing import DAYS
from bot.core.model import Night, Place, Repeats
from bot.emulator import Emulator, Person
from tests.conftest import NEWS, SHANGHAI, Entry, House, Running, slot, stored
from tests.endtoend.conftest import Clock, Message, digests
from tests.endtoend.talking import pushed, subscribe

WELL = Entry("村口的井修好了", "水又清了。", "陈一诺", "https://example.org/well")


async def choose(person: Person, *actions: Action) -> None:
    """Subscribe, then press these buttons of the settings."""
    await person.ask("/subscribe")
    shown = await person.ask("/settings")
    for action in actions:
        await person.press_data(shown, encode(action))


def silent(emulator: Emulator, message: Message) -> bool:
    """Whether a message came without a sound."""
    calls = emulator.journal.sends(message["chat"]["id"])
    call = next(entry for entry in calls if entry.message_id == message["message_id"])
    return "disable_notification" in call.params


async def test_items_in_a_message(house: House, running: Running, emulator: Emulator, ann: Person) -> None:
    await choose(ann, SetPerMessage(1))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: len(digests(emulator.messages(ann))) == len(NEWS))
    assert [NEWS[2].title in push["text"] for push in digests(emulator.messages(ann))] == [False, False, True]


async def test_the_preview_of_the_first_link(house: House, running: Running, emulator: Emulator, ann: Person) -> None:
    await choose(ann, SetFlag(SettingFlag.LINK_PREVIEW, True))
    (push,) = await pushed(house, emulator, ann)
    assert push["link_preview_options"]["url"] == NEWS[0].url


@pytest.mark.parametrize("knows", [True, False], ids=["a server that knows them", "a server that does not"])
async def test_rich_messages(house: House, running: Running, emulator: Emulator, ann: Person, knows: bool) -> None:
    emulator.rich_messages = knows
    await choose(ann, SetFlag(SettingFlag.RICH, True))
    house.desk.publish(slot(12))
    push = await emulator.wait_for(lambda: next((m for m in emulator.messages(ann) if NEWS[1].title in f"{m}"), None))
    assert ("rich_message" in push, "text" in push) == (knows, not knows)


@pytest.mark.parametrize(("repeats", "told"), [(Repeats.MARK, True), (Repeats.HIDE, False)])
async def test_repeated_stories(
    house: House, running: Running, emulator: Emulator, ann: Person, repeats: Repeats, told: bool
) -> None:
    await choose(ann, SetRepeats(repeats))
    await pushed(house, emulator, ann)
    house.desk.publish(slot(16), [*NEWS[:2], WELL])
    push = await emulator.wait_for(
        lambda: next((m for m in digests(emulator.messages(ann)) if WELL.title in m["text"]), None)
    )
    assert (NEWS[0].title in push["text"], "seen before" in push["text"]) == (told, told)
    assert NEWS[0].body.replace("**", "") not in push["text"]


async def test_too_little_waits_until_it_is_enough(
    clock: Clock, house: House, running: Running, emulator: Emulator, ann: Person, ming: Person
) -> None:
    await choose(ann, SetMinItems(3))
    await ming.ask("/subscribe")
    house.desk.publish(clock().astimezone(SHANGHAI), NEWS[:2])
    await emulator.wait_for(lambda: digests(emulator.messages(ming)))
    assert not any(NEWS[0].title in f"{m}" for m in emulator.messages(ann))
    clock.ahead += timedelta(hours=4)
    house.desk.publish(clock().astimezone(SHANGHAI), [WELL])
    push = await emulator.wait_for(lambda: next((m for m in emulator.messages(ann) if WELL.title in m["text"]), None))
    assert (NEWS[0].title in push["text"], NEWS[1].title in push["text"]) == (True, True)


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Tokyo", 7), ("Asia/Shanghai", 8), ("Asia/Dubai", 12)])
async def test_a_daily_time_is_that_of_the_zone(
    clock: Clock, house: House, running: Running, emulator: Emulator, ann: Person, zone: str, hour: int
) -> None:
    clock.set(3, 0, days=1)
    await choose(ann, ToggleDaily("08:00", True), SetZone(zone))
    house.desk.publish(clock().astimezone(SHANGHAI), [WELL])
    await stored(running, 2)
    clock.set(hour - 1, 58, days=1)
    running.app._scheduler.nudge()
    await ann.ask("/status")
    assert not any(WELL.title in text for text in emulator.texts(ann))
    clock.set(hour, 0, days=1)
    running.app._scheduler.nudge()
    await emulator.wait_for(lambda: any(WELL.title in text for text in emulator.texts(ann)))


async def test_a_time_chosen_a_moment_before_is_kept(
    clock: Clock, house: House, running: Running, emulator: Emulator, ann: Person
) -> None:
    clock.set(7, 50, days=1)
    house.desk.publish(clock().astimezone(SHANGHAI), [WELL])
    await stored(running, 2)
    clock.set(8, 0, days=1)
    clock.ahead -= timedelta(seconds=2)
    await choose(ann, ToggleDaily("08:00", True))
    await emulator.wait_for(lambda: any(WELL.title in text for text in emulator.texts(ann)))


async def test_a_weekly_day(clock: Clock, house: House, running: Running, emulator: Emulator, ann: Person) -> None:
    tomorrow = DAYS[(clock().astimezone(SHANGHAI) + timedelta(days=1)).weekday()]
    await choose(ann, ToggleWeekly(tomorrow, "08:00", True))
    house.desk.publish(clock().astimezone(SHANGHAI), [WELL])
    await stored(running, 2)
    clock.set(9, 0, days=1)
    running.app._scheduler.nudge()
    await ann.ask("/status")
    assert not any(WELL.title in text for text in emulator.texts(ann))
    clock.set(8, 0, days=2)
    running.app._scheduler.nudge()
    push = await emulator.wait_for(lambda: next((m for m in emulator.sent(ann) if WELL.title in m["text"]), None))
    assert push["text"].startswith("🗓 Your weekly digest · ")


async def test_quiet_hours_hold_for_one_reader_and_hush_for_another(
    clock: Clock, house: House, running: Running, emulator: Emulator, ann: Person, ming: Person
) -> None:
    await choose(ann, SetQuiet("22:00-07:00"))
    await choose(ming, SetQuiet("22:00-07:00"), SetNight(Night.SILENT))
    house.desk.publish(clock().astimezone(SHANGHAI), [WELL])
    push = await emulator.wait_for(lambda: next(iter(digests(emulator.messages(ming))), None))
    assert silent(emulator, push)
    assert not any(WELL.title in text for text in emulator.texts(ann))
    clock.set(7, 0, days=1)
    running.app._scheduler.nudge()
    held = await emulator.wait_for(lambda: next((m for m in emulator.sent(ann) if WELL.title in m["text"]), None))
    assert not silent(emulator, held)


async def test_a_setting_is_for_what_is_sent_next_and_for_nobody_else(
    house: House, running: Running, emulator: Emulator, ann: Person, ming: Person
) -> None:
    subscribe(running, Place(ming.start()["chat"]["id"]))
    await choose(ann, SetFlag(SettingFlag.SILENT, True))
    house.desk.publish(slot(12))
    await emulator.wait_for(lambda: all(digests(emulator.messages(who)) for who in (ann, ming)))
    assert [silent(emulator, digests(emulator.messages(who))[0]) for who in (ann, ming)] == [True, False]


async def test_the_state_tells_when_this_chats_own_digest_comes(clock: Clock, running: Running, ann: Person) -> None:
    await ann.ask("/subscribe")
    assert "Next push here" not in (await ann.ask("/status"))["text"]
    shown = await ann.ask("/settings")
    await ann.press_data(shown, encode(ToggleDaily("08:00", True)))
    told = (await ann.ask("/status"))["text"]
    expected = clock().astimezone(SHANGHAI)
    assert f"Next push here: {expected:%a} {expected.day} {expected:%b %Y}, 08:00" in told
    await ann.ask("/unsubscribe")
    assert "Next push here" not in (await ann.ask("/status"))["text"]
