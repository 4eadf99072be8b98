"""People and places that every end-to-end test finds, and short ways to look at what they see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

import bot.app
from bot.clock import utc_now
from bot.emulator import Chat, Emulator, Person
from tests.conftest import SHANGHAI, House

Message = dict[str, Any]


@dataclass
class Clock:
    """The bot's clock: the real one, put forward."""

    ahead: timedelta

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def set(self, hour: int, minute: int, *, days: int = 0) -> None:
        """Make it that time in Shanghai, today by the real clock or some days later."""
        now = utc_now().astimezone(SHANGHAI)
        wanted = now.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=days)
        self.ahead = wanted - now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(timedelta())
    made.set(3, 0, days=1)
    monkeypatch.setattr(bot.app, "utc_now", made)
    return made


@pytest.fixture
def emulator(house: House) -> Emulator:
    return house.emulator


@pytest.fixture
def ann(emulator: Emulator) -> Person:
    """Reads English."""
    return emulator.add_user("Ann", language_code="en")


@pytest.fixture
def ming(emulator: Emulator) -> Person:
    """Reads Simplified Chinese."""
    return emulator.add_user("小明", language_code="zh-hans")


@pytest.fixture
def yijun(emulator: Emulator) -> Person:
    """Reads Traditional Chinese."""
    return emulator.add_user("怡君", language_code="zh-TW")


@pytest.fixture
def group(emulator: Emulator, ann: Person, ming: Person) -> Chat:
    """Ann owns it, Ming is a member; the bot sees commands only."""
    return emulator.add_supergroup("Readers", ann, ming)


@pytest.fixture
def forum(emulator: Emulator, ann: Person, ming: Person) -> Chat:
    return emulator.add_supergroup("Forum", ann, ming, forum=True)


@pytest.fixture
def channel(emulator: Emulator, ann: Person, ming: Person) -> Chat:
    """Ann's channel, read by Ming."""
    return emulator.add_channel("Channel", ann, ming)


def buttons(message: Message) -> list[dict[str, Any]]:
    """The buttons under a message, in reading order."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


def kinds(message: Message) -> set[str]:
    """The kinds of formatting in a message."""
    return {entity["type"] for entity in message.get("entities", [])}


def links(message: Message) -> list[str]:
    return [entity["url"] for entity in message.get("entities", []) if entity["type"] == "text_link"]


def digests(messages: Iterable[Message]) -> list[Message]:
    """Those messages that are a digest, or a part of one."""
    return [message for message in messages if message.get("text", "").startswith("📰")]
