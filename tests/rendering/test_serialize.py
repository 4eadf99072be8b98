"""Messages survive being stored, and nothing else passes for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DigestbotError
from bot.rendering.message import Button, Entity, EntityKind, OutgoingMessage
from bot.rendering.serialize import dumps, loads, message_from_json, message_to_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ENTITIES = st.builds(Entity, st.sampled_from(EntityKind), st.integers(0, 4096), st.integers(1, 4096), st.none() | TEXT)
BUTTONS = st.builds(Button, TEXT, *[st.none() | TEXT] * 5)
ROWS = st.lists(st.lists(BUTTONS, max_size=3).map(tuple), max_size=3).map(tuple)
MESSAGES = st.builds(
    OutgoingMessage,
    TEXT,
    st.lists(ENTITIES, max_size=4).map(tuple),
    ROWS,
    st.booleans(),
    st.none() | TEXT.filter(bool),
    st.none() | TEXT.filter(bool),
)


@given(st.lists(MESSAGES, max_size=3))
def test_messages_come_back_as_they_were_stored(messages):
    assert loads(dumps(messages)) == tuple(messages)


def test_only_what_says_something_is_written():
    assert message_to_json(OutgoingMessage("a", (Entity(EntityKind.BOLD, 0, 1),), ((Button("b", data="c"),),))) == {
        "text": "a",
        "entities": [{"type": "bold", "offset": 0, "length": 1}],
        "keyboard": [[{"text": "b", "data": "c"}]],
    }


@pytest.mark.parametrize(
    "wire",
    [
        None,
        [],
        "text",
        {},
        {"text": 3},
        {"text": "a", "colour": "red"},
        {"text": "a", "entities": [{"type": "blink", "offset": 0, "length": 1}]},
        {"text": "a", "entities": [{"type": "bold"}]},
        {"text": "a", "entities": 3},
        {"text": "a", "keyboard": [[{"text": "b", "web_app": "x"}]]},
        {"text": "a", "keyboard": [[3]]},
    ],
)
def test_what_is_no_message_is_refused(wire):
    with pytest.raises(DigestbotError, match="not a stored message"):
        message_from_json(wire)


@pytest.mark.parametrize("text", ["", "{", json.dumps({"text": "a"}), "3"])
def test_what_is_no_list_of_messages_is_refused(text):
    with pytest.raises(DigestbotError, match="stored messages are not"):
        loads(text)
