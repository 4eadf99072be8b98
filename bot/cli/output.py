"""How answers look on a terminal: one JSON object a line, or lines for people. Progress goes to standard error."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from bot.core.contract import SNIPPET_LENGTH, item_to_json
from bot.core.highlight import snippet
from bot.core.model import StoredItem
from bot.core.query import Term
from bot.rendering.message import OutgoingMessage

T = TypeVar("T")

LONG_WORK = 20  # steps from which a progress bar is worth showing
_CLEAR_LINE = "\r\x1b[K"
_WIDEST = 100  # columns; longer lines are hard to read


def print_json(value: Mapping[str, object]) -> None:
    """One object on one line, in UTF-8 as it is."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_items(items: Iterable[StoredItem], *, as_json: bool, terms: Sequence[Term] = ()) -> None:
    """Items as JSON Lines, or as a short list for people; snippets are cut around `terms`."""
    found = False
    for item in items:
        found = True
        if as_json:
            hit = snippet(item.item.body.text, terms, SNIPPET_LENGTH)[0] if terms else None
            print_json(item_to_json(item, snippet=hit))
        else:
            _print_item(item, terms)
    if not found:
        click.echo("nothing found", err=True)


def _print_item(stored: StoredItem, terms: Sequence[Term]) -> None:
    item = stored.item
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    author = f" - {item.author}" if item.author else ""
    click.echo(click.style(f"{stored.slot:%Y-%m-%d %H:%M} #{item.number}  {item.title}", bold=True) + author)
    body = snippet(item.body.text, terms, width)[0]
    if body:
        click.echo(f"    {body}")
    if item.url:
        click.echo(click.style(f"    {item.url}", dim=True))


def print_message(message: OutgoingMessage, *, part: int, parts: int) -> None:
    """A message as a terminal can show it: which part it is and how large, its text, then its buttons."""
    head = f"── part {part} of {parts} · {len(message.text)} characters · {len(message.entities)} entities ──"
    click.echo(click.style(head, dim=True))
    click.echo(message.text)
    for row in message.keyboard:
        click.echo("  ".join(f"[ {button.text} ]" for button in row))


@contextmanager
def progress(items: Sequence[T], label: str) -> Iterator[tuple[Iterable[T], Callable[[], None]]]:
    """The items, and what to call before printing a line. Behind them a progress bar on standard error, when a terminal
    looks on and the work is long."""
    if len(items) < LONG_WORK or not sys.stderr.isatty():
        yield items, lambda: None
        return
    with click.progressbar(items, label=label, file=sys.stderr, show_pos=True) as bar:
        shared = sys.stdout.isatty()  # lines and the bar are seen on the same screen
        yield bar, lambda: click.echo(_CLEAR_LINE if shared else "", nl=False, err=True)


@contextmanager
def meter(label: str, total: int | None = None) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar told from outside: call it with what is done and, when that is first known, the total. Shown only
    when a terminal looks on."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=total or 0, label=label, file=sys.stderr, show_pos=True) as bar:

        def tell(done: int, total: int | None) -> None:
            bar.length = bar.length if total is None else total
            bar.update(done - bar.pos)

        yield tell
