"""One module for each feature; each gives its table of commands and buttons."""

from bot.tg.handlers import (
    admin,
    authors,
    channels,
    coming,
    digest,
    items,
    lists,
    preview,
    privacy,
    recaps,
    rules,
    saved,
    search,
    settings,
    topic_map,
    topics,
    why,
    zones,
)
from bot.tg.routes import Routes, joined


def all_routes() -> Routes:
    """Every command and button of the bot."""
    modules = (
        admin,
        authors,
        channels,
        coming,
        digest,
        items,
        lists,
        preview,
        privacy,
        recaps,
        rules,
        saved,
        search,
        settings,
        topic_map,
        topics,
        why,
        zones,
    )
    return joined(module.routes() for module in modules)
