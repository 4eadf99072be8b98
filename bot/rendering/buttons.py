"""Buttons of inline keyboards. Apart so that their limits live in one place: labels of at most 24 columns, because
Telegram's clients cut longer ones on narrow screens, and rows."""

from collections.abc import Iterable
from typing import Final

from bot.core.actions import Action, encode
from bot.rendering.message import Button, Keyboard
from bot.rendering.text import clean_line, columns, fit_columns

LABEL_COLUMNS: Final = 24


def button(text: str, action: Action, *, colour: str | None = None) -> Button:
    """A button that means an action, its label cut to 24 columns."""
    return Button(fit_columns(clean_line(text), LABEL_COLUMNS) or "·", data=encode(action), colour=colour)


def label(text: str, *, before: str = "", after: str = "") -> str:
    """A label of which only the middle is cut when it is too wide, so that a mark and a count stay visible."""
    room = LABEL_COLUMNS - columns(before) - columns(after)
    return before + fit_columns(clean_line(text), room) + after


def rows(buttons: Iterable[Button], *, width: int) -> Keyboard:
    """Buttons in rows of `width`."""
    row = list(buttons)
    return tuple(tuple(row[start : start + width]) for start in range(0, len(row), width))


def keyboard(*lines: Iterable[Button]) -> Keyboard:
    """Rows of buttons without the empty ones."""
    return tuple(line for line in map(tuple, lines) if line)
