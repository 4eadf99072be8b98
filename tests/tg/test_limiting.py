"""What counts against a person's share."""

from typing import Any

import pytest
from telegram import Update

from bot.core.limits import COMMAND
from bot.tg.limiting import cost_of

PERSON = {"id": 7, "is_bot": False, "first_name": "Ann"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
GROUP = {"id": -1005, "type": "supergroup", "title": "g"}


def update(**message: Any) -> Update:
    found = Update.de_json({"update_id": 1, "message": {"message_id": 1, "date": 0, "from": PERSON, **message}})
    assert found is not None
    return found


@pytest.mark.parametrize(
    "message",
    [
        {"chat": PRIVATE, "text": "words"},
        {"chat": PRIVATE, "location": {"latitude": 1.0, "longitude": 1.0}},
        {"chat": PRIVATE, "chat_shared": {"request_id": 1, "chat_id": -1005}},
        {"chat": GROUP, "text": "/help@ourbot"},
        {"chat": GROUP, "caption": "/help"},
    ],
)
def test_whatever_asks_something_costs_as_much_as_a_command(message: dict[str, Any]) -> None:
    assert cost_of(update(**message), bot="OurBot") == (7, COMMAND)


def test_who_writes_in_a_chats_name_spends_its_share() -> None:
    spoken = update(chat=GROUP, sender_chat=GROUP, text="/help")
    assert cost_of(spoken, bot="OurBot") == (-1005, COMMAND)


@pytest.mark.parametrize(
    "message",
    [
        {"chat": GROUP, "text": "words"},
        {"chat": GROUP, "text": "/help@otherbot"},
        {"chat": GROUP, "new_chat_title": "other"},
    ],
)
def test_what_asks_nothing_costs_nothing(message: dict[str, Any]) -> None:
    assert cost_of(update(**message), bot="OurBot") is None
