"""Items as they are offered and shared by inline mode (`@bot words` in any chat). Apart from the lists, because each
result becomes a message of its own, in a chat where nobody may know the bot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.model import RichText, StoredItem
from bot.rendering.item import byline, lead, shared_block
from bot.rendering.look import Look
from bot.rendering.message import OutgoingMessage
from bot.rendering.text import BLANK, clean_line, shorten

MESSAGE_UNITS: Final = 4096
MESSAGE_ENTITIES: Final = 100
LONGEST_TITLE: Final = 200  # UTF-16 units; clients show two lines at most
LONGEST_DESCRIPTION: Final = 200


@dataclass(frozen=True, slots=True)
class InlineResult:
    """One result: an id of at most 64 bytes, what is seen while choosing, and the message that choosing sends."""

    id: str
    title: str
    description: str
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class InlineAnswer:
    """What is answered to an inline query (Bot API, answerInlineQuery): at most 50 results, where to go on (empty at
    the end), how many seconds the server may repeat it to the same reader, and the button above the results, which
    opens the private chat with `/start <start_parameter>`."""

    results: tuple[InlineResult, ...] = ()
    next_offset: str = ""
    cache_seconds: int = 0
    button: str | None = None
    start_parameter: str = ""


def inline_result(stored: StoredItem, look: Look, snippet: str = "") -> InlineResult:
    """An item to share; `snippet` is the piece of its paragraph that tells why it was found."""
    block = shared_block(stored, look, room=(MESSAGE_UNITS, MESSAGE_ENTITIES))
    title = shorten(clean_line(look.plain(stored.item.title)), LONGEST_TITLE).strip(BLANK)
    text = clean_line(look.plain(snippet)) or look.plain(lead(RichText(stored.item.body.text)).text)
    return InlineResult(
        str(stored.id),
        title or look.translator("item.untitled"),
        shorten(" · ".join(filter(None, (byline(stored, look), text))), LONGEST_DESCRIPTION),
        OutgoingMessage(block.text, block.entities),
    )


def inline_view(
    results: Sequence[InlineResult], look: Look, *, next_offset: str = "", cache_seconds: int, first: bool
) -> InlineAnswer:
    """Results with the button above them: to the settings, or to the search tips where nothing was found."""
    found = bool(results) or not first
    key, payload = ("inline.settings", "settings") if found else ("inline.nothing", "help")
    return InlineAnswer(tuple(results), next_offset, cache_seconds, look.translator(key), payload)
