"""The Bot API's methods, by subject; `all_methods` is the table the server looks names up in."""

from bot.emulator.methods import chats, commands, editing, media, profile, queries, receiving, sending
from bot.emulator.methods.method import Method

__all__ = ["Method", "all_methods"]


def all_methods() -> dict[str, Method]:
    """Methods by lower-case name."""
    modules = (profile, receiving, sending, editing, media, chats, commands, queries)
    return {method.name.lower(): method for module in modules for method in module.methods()}
