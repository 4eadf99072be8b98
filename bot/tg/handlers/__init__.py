"""One module for each feature; each gives its table of commands and buttons."""

from bot.tg.handlers import admin, authors, coming, digest, lists, recaps, rules, search, settings, topics
from bot.tg.routes import Routes, joined


def all_routes() -> Routes:
    """Every command and button of the bot."""
    modules = (admin, authors, coming, digest, lists, recaps, rules, search, settings, topics)
    return joined(module.routes() for module in modules)
