"""The settings' actions on the wire: back as they went out, bounded, and nothing but themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import (
    CALLBACK_LIMIT,
    AskZone,
    Begin,
    ChooseOffset,
    Managed,
    MoveDaily,
    OpenTopic,
    PickChat,
    Search,
    SetEach,
    SetFlag,
    SetMinItems,
    SetNight,
    SetPaused,
    SetPerMessage,
    SetQuiet,
    SetRepeats,
    SettingFlag,
    SettingsSection,
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
    decode,
    encode,
)
from bot.core.choosing import DAYS, MIN_ITEMS, PER_MESSAGE
from bot.core.model import Night, Repeats

TIMES = st.times().map(lambda time: f"{time:%H:%M}")
QUIET = st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1]).map("-".join)
BACK = st.sampled_from(SettingsSection)
ACTIONS = st.one_of(
    st.sampled_from([SetEach(), ShowChats(), ShowMap()]),
    st.builds(Begin, st.none() | TIMES),
    st.builds(ToggleDaily, TIMES, st.booleans()),
    st.builds(MoveDaily, TIMES, TIMES),
    st.builds(ToggleWeekly, st.sampled_from(DAYS), TIMES, st.booleans()),
    st.builds(SetWeeklyTime, TIMES),
    st.builds(SetMinItems, st.sampled_from(MIN_ITEMS)),
    st.builds(SetQuiet, st.none() | QUIET),
    st.builds(SetNight, st.sampled_from(Night)),
    st.builds(ShowZones, st.integers(1, 9999), BACK),
    st.builds(ChooseOffset, st.integers(-840, 840), BACK),
    st.builds(SetZone, st.sampled_from(["UTC", "Asia/Tokyo", "Etc/GMT+12", "America/Argentina/Buenos_Aires"]), BACK),
    st.builds(AskZone, st.sampled_from(ZoneQuestion)),
    st.builds(SetFlag, st.sampled_from(SettingFlag), st.booleans()),
    st.builds(SetPerMessage, st.sampled_from(PER_MESSAGE)),
    st.builds(SetRepeats, st.sampled_from(Repeats)),
    st.builds(SetPaused, st.booleans()),
    st.builds(PickChat, st.booleans()),
    st.builds(OpenTopic, st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)),
    st.builds(Unbind, st.integers(0, 2**63 - 1)),
)
CHATS = st.integers(-1_009_999_999_999, 2**53)


@given(ACTIONS)
def test_an_action_comes_back_as_it_went_out(action):
    wire = encode(action)
    assert decode(wire) == action
    assert len(wire.encode()) <= CALLBACK_LIMIT


@given(CHATS, st.integers(0, 9999), ACTIONS.filter(lambda action: not isinstance(action, SetZone | OpenTopic | Unbind)))
def test_a_managed_action_comes_back_too(chat_id, thread_id, action):
    managed = Managed(chat_id, thread_id, action)
    assert decode(encode(managed)) == managed


@given(ACTIONS, st.integers(0, 63), st.characters(exclude_categories=["Cs"]))
def test_a_tampered_press_is_refused_or_means_exactly_what_it_says(action, position, char):
    wire = encode(action)
    tampered = wire[:position] + char + wire[position + 1 :]
    understood = decode(tampered)
    assert understood is None or encode(understood) == tampered


@pytest.mark.parametrize(
    "data",
    [
        "1:day:2400:1", "1:day:0860:1", "1:day:800:1", "1:day:08:00:1", "1:qt:0800-0800", "1:qt:0800", "1:qt:",
        "1:min:2", "1:per:50", "1:off:841:main", "1:off:-0:main", "1:off:--5:main", "1:zone:main:", "1:zone:main:1x",
        "1:zone:main:../x", "1:zone:nowhere:UTC", "1:wkd:XXX:0800:1", "1:flag:quiet:1", "1:beg:now", "1:m:-5:0:",
        "1:m:-5:0:m:-5:0:sub", "1:m:-5:-1:sub", "1:m::0:sub", "1:m:-5:0", "1:askz:phone",
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_means_nothing(data):
    assert decode(data) is None


@pytest.mark.parametrize(
    "action",
    [ToggleDaily("8:00", True), SetQuiet("x"), SetZone("a b"), ChooseOffset(900),
     Managed(-5, 0, Managed(-5, 0, SetEach())),
     Managed(-1001234567890, 0, Search("a" * 50)), SetMinItems(2)],
    ids=repr,
)  # fmt: skip
def test_an_action_out_of_bounds_cannot_be_encoded(action):
    with pytest.raises(ValueError, match=r"."):
        encode(action)


def test_a_managed_action_may_hold_colons():
    managed = Managed(-1001234567890, 7, ShowSettings(SettingsSection.WHEN))
    assert encode(managed) == "1:m:-1001234567890:7:set:when"
    assert decode("1:m:-1001234567890:7:set:when") == managed
