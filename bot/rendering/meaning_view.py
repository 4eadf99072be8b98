"""What comes nearest in meaning to words that no item holds. Apart from the lists of results, because it is a guess: it
has no pages, no count, and nothing in it is marked as found.
"""

from collections.abc import Sequence

from bot.core.model import StoredItem
from bot.rendering.buttons import button, keyboard, label, rows
from bot.rendering.item import NOTHING, listed_block
from bot.rendering.items_view import LONGEST_NAME, Suggestion
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder, join, rich_bold
from bot.rendering.message import OutgoingMessage
from bot.rendering.text import clean_line, shorten


def closest_view(
    words: str, found: Sequence[StoredItem], look: Look, *, suggestions: Sequence[Suggestion] = ()
) -> OutgoingMessage:
    """Items that are about what the words mean, and what else may have been meant as buttons."""
    name = rich_bold(shorten(clean_line(words), LONGEST_NAME) or "?")
    head = TextBuilder().template(look.translator.template("nothing.closest"), name=name).block()
    text = join([head, *(listed_block(item, NOTHING, look, position=place) for place, item in enumerate(found, 1))])
    near = rows((button(label(one.text), one.action) for one in suggestions), width=2)
    return OutgoingMessage(text.text, text.entities, keyboard(*near))
