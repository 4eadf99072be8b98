"""Telegram's text grammar: from `text`, `parse_mode` and `entities` to what a chat shows.

Apart from the methods, because it is pure and is the part where bots go wrong most often. The behaviour follows the
open Bot API server and TDLib (MessageEntity), the sentences are Telegram's, the code is our own."""

from bot.emulator.text.formatted import Formatted, Formatter

__all__ = ["Formatted", "Formatter"]
