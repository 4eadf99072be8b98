"""Everything that can keep the bot from doing its work, looked at one by one before it does: `digestbot doctor`. Each
check is a function that gives findings; whatever it meets becomes one, and no check stops another.
"""

from bot.services.doctor.database import Us, look_at_database
from bot.services.doctor.finding import Finding, State, failed, ok
from bot.services.doctor.machine import look_at_disk, look_at_memory, look_at_source
from bot.services.doctor.server import Server, ask_server

__all__ = [
    "Finding",
    "Server",
    "State",
    "Us",
    "ask_server",
    "failed",
    "look_at_database",
    "look_at_disk",
    "look_at_memory",
    "look_at_source",
    "ok",
]
