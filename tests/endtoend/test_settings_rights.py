"""Every action of the settings, pressed by who may not, from another chat, forged, twice and late: nothing happens that
its reader did not ask for. The list of actions is the wire table's own, so that a new one cannot be left out.
"""

from typing import Any

import pytest

from bot.core.actions import (
    AskZone,
    Begin,
    ChooseOffset,
    Managed,
    MoveDaily,
    OpenTopic,
    PickChat,
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
    SetWeeklyTime,
    SetZone,
    ShowChats,
    ShowMap,
    ShowSettings,
    ShowZones,
    ToggleDaily,
    ToggleWeekly,
    Unbind,
    ZoneQuestion,
    encode,
    places,
    settings,
)
from bot.core.model import Language, Night, Place, Repeats, Script, Style, Subscriber
from bot.emulator import Chat, Emulator, Person
from tests.conftest import Running, subscriber_of

pytestmark = pytest.mark.usefixtures("running")
ONE_OF_EACH: list[Any] = [
    ShowSettings(), SetLanguage(Language.ZH_HANT), SetStyle(Style.FULL), SetScript(Script.HANT), Begin("08:00"),
    SetEach(), ToggleDaily("08:00", True), MoveDaily("08:00", "08:30"), ToggleWeekly("MON", "08:00", True),
    SetWeeklyTime("09:00"), SetMinItems(5), SetQuiet("22:00-07:00"), SetNight(Night.SILENT), ShowZones(2),
    ChooseOffset(540), SetZone("Asia/Tokyo"), AskZone(ZoneQuestion.CITY), SetFlag(SettingFlag.RICH, True),
    SetPerMessage(3), SetRepeats(Repeats.HIDE), SetPaused(True),
]  # fmt: skip
OF_PLACES: list[Any] = [ShowChats(), PickChat(True), ShowMap(), OpenTopic("robotics"), Unbind(0)]
DECIDING = [*ONE_OF_EACH, ShowMap(), OpenTopic("robotics"), Unbind(0)]


def snapshot(running: Running, chat: Chat) -> Subscriber:
    return subscriber_of(running.core.storage, Place(chat.id))


def test_no_action_is_left_out() -> None:
    assert {type(action) for action in ONE_OF_EACH} == set(settings.WIRE)
    assert {type(action) for action in OF_PLACES} == set(places.WIRE)


@pytest.mark.parametrize("action", DECIDING, ids=lambda action: type(action).__name__)
async def test_a_member_of_a_group_changes_nothing(
    ann: Person, ming: Person, forum: Chat, emulator: Emulator, running: Running, action: Any
) -> None:
    await ann.ask("/subscribe", forum)
    shown = await ann.ask("/settings", forum)
    before, messages = snapshot(running, forum), len(emulator.sent(forum))
    assert "administrators" in (await ming.press_data(shown, encode(action)))["text"]
    assert "administrators" in (await ming.press_data(shown, encode(Managed(forum.id, 0, action))))["text"] or (
        type(action) in {AskZone, Begin, ShowMap, OpenTopic, Unbind}
    )
    assert snapshot(running, forum) == before
    assert emulator.message(forum, shown) == shown
    assert len(emulator.sent(forum)) == messages


@pytest.mark.parametrize("action", DECIDING, ids=lambda action: type(action).__name__)
async def test_a_reader_of_a_channel_changes_nothing(
    ann: Person, ming: Person, channel: Chat, emulator: Emulator, running: Running, action: Any
) -> None:
    ann.send("/subscribe", channel)
    await emulator.wait_for(lambda: len(emulator.sent(channel)) == 2)
    shown, before = emulator.sent(channel)[-1], snapshot(running, channel)
    assert "管理员" in (await ming.press_data(shown, encode(action)))["text"]
    assert snapshot(running, channel) == before
    assert len(emulator.sent(channel)) == 2


@pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: type(action).__name__)
async def test_a_press_carried_to_another_chat_concerns_only_that_chat(
    ann: Person, ming: Person, running: Running, action: Any
) -> None:
    await ann.ask("/subscribe")
    shown = await ming.ask("/settings")
    await ming.press_data(shown, encode(action))
    known = subscriber_of(running.core.storage, Place(ann.id))
    assert (known.preferences.schedule, known.preferences.style, known.preferences.quiet) == (
        ("each",),
        Style.FOLDED,
        None,
    )
    assert known.preferences.time_zone is None


@pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: type(action).__name__)
async def test_pressed_again_and_late_it_means_the_same(ann: Person, running: Running, action: Any) -> None:
    await ann.ask("/subscribe")
    shown = await ann.ask("/settings")
    await ann.press_data(shown, encode(action))
    once = subscriber_of(running.core.storage, Place(ann.id))
    del ann.chat().messages[shown["message_id"]]
    await ann.press_data(shown, encode(action))
    assert subscriber_of(running.core.storage, Place(ann.id)) == once


@pytest.mark.parametrize("action", [*ONE_OF_EACH, *OF_PLACES], ids=lambda action: type(action).__name__)
@pytest.mark.parametrize("forge", ["0{}", "2{}", "1{}:x", "1{}\u0000", "1::{}", "1:m:x:0{}", "1:m:-5{}"])
async def test_forged_and_outdated_presses_are_harmless(ann: Person, running: Running, action: Any, forge: str) -> None:
    shown = await ann.ask("/help")
    forged = forge.format(encode(action)[1:])
    assert "out of date" in (await ann.press_data(shown, forged))["text"]
    assert running.core.subscriptions.find(Place(ann.id)) is None
