"""A Bot API server for one machine: no token, no network, but Telegram's rules, limits, errors and faults.

Part of the product (`digestbot demo`, `digestbot emulator`) and the ground of tests and benchmarks. It stands alone:
it imports nothing of the bot it serves, so that it cannot share the bot's mistakes."""

from bot.emulator.account import BotAccount
from bot.emulator.demo_world import DemoWorld, demo_world
from bot.emulator.errors import WorldError
from bot.emulator.faults import Fault, FaultRates
from bot.emulator.flood import FloodLimits
from bot.emulator.journal import Entry, Journal, sliding_peak
from bot.emulator.model import Chat, Member, Message, Topic, User
from bot.emulator.people import Person
from bot.emulator.server import DEFAULT_TOKEN, DEFAULT_USERNAME, Emulator

__all__ = [
    "DEFAULT_TOKEN",
    "DEFAULT_USERNAME",
    "BotAccount",
    "Chat",
    "DemoWorld",
    "Emulator",
    "Entry",
    "Fault",
    "FaultRates",
    "FloodLimits",
    "Journal",
    "Member",
    "Message",
    "Person",
    "Topic",
    "User",
    "WorldError",
    "demo_world",
    "sliding_peak",
]
