"""The little world of `digestbot demo` and `digestbot emulator`: three readers, a group, a forum, a channel."""

from dataclasses import dataclass

from bot.emulator.model import Chat, Member
from bot.emulator.people import Person
from bot.emulator.server import Emulator


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What was made."""

    xiaoming: Person
    yijun: Person
    alice: Person
    group: Chat
    forum: Chat
    channel: Chat


def demo_world(emulator: Emulator) -> DemoWorld:
    """Fill the emulator; call once."""
    xiaoming = emulator.add_user("小明", language_code="zh-hans", username="xiaoming_demo")
    yijun = emulator.add_user("陳怡君", language_code="zh-TW", username="yijun_demo")
    alice = emulator.add_user("Alice", language_code="en", username="alice_demo")
    group = emulator.add_group("AI 晨读小组", xiaoming, yijun, alice, owner=xiaoming)
    forum = emulator.add_supergroup("模型与工具论坛", xiaoming, yijun, alice, owner=xiaoming, forum=True)
    forum.members[emulator.bot.id] = Member("administrator")
    emulator.add_topic(forum, "每日简报")
    emulator.add_topic(forum, "Open source")
    members = (xiaoming, yijun, alice)
    channel = emulator.add_channel("Digest Channel", *members, owner=alice, username="digest_demo", with_bot=False)
    emulator.join(channel, by=alice)  # announced, so that the bot knows whose channel it is
    return DemoWorld(xiaoming, yijun, alice, group, forum, channel)
