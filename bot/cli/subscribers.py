"""Subscribers in bulk, as JSON Lines: this is how a million readers get in, and how they move."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import click

from bot.bootstrap import Core
from bot.cli.output import meter, print_json
from bot.cli.setup import opened
from bot.clock import utc_now
from bot.core.model import SubscriberState
from bot.errors import DigestbotError
from bot.services.roster import Import, LineError, export_subscribers, import_subscribers

_EVERY = 1_000  # lines between two looks at the progress bar


@click.group("subscribers")
def subscribers_command() -> None:
    """List, import or export subscribers, as one JSON object a line.

    \b
    Example: digestbot subscribers export readers.jsonl
    """


@subscribers_command.command("list")
@click.option("--state", type=click.Choice([state.value for state in SubscriberState]), help="Only those.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each, as export does.")
def list_command(state: str | None, as_json: bool) -> None:
    """Who is subscribed, one a line.

    \b
    Example: digestbot subscribers list --state blocked
    """
    with opened() as core:
        for reader in export_subscribers(core.storage, state=SubscriberState(state) if state else None):
            if as_json:
                print_json(reader)
            else:
                _print_reader(reader)


@subscribers_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
def export_command(file: str) -> None:
    """Write all subscribers to FILE, with their preferences, rules and bookmarks; - is standard output.

    \b
    Example: digestbot subscribers export readers.jsonl
    """
    count = 0
    with opened() as core, _written(file) as out, meter("exporting", _readers(core)) as tell:
        for count, reader in enumerate(export_subscribers(core.storage), 1):
            out.write(json.dumps(reader, ensure_ascii=False) + "\n")
            if count % _EVERY == 0:
                tell(count, None)
    click.echo(f"exported {count}", err=True)


@subscribers_command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
def import_command(file: str) -> int:
    """Add or change subscribers from FILE (- is standard input), one JSON object a line. What a line leaves out stays
    as it is; a line that cannot be taken is named, and the others are taken all the same (exit code 1).

    \b
    Example: digestbot subscribers import readers.jsonl
    """
    counts = Import()
    with opened() as core, click.open_file(file, "rb") as lines, meter("importing", _size(file)) as tell:
        for news in _imported(core, lines):
            if isinstance(news, LineError):
                click.echo(f"{'-' if file == '-' else file}:{news.line}: {news.fault}", err=True)
            else:
                counts = news
                tell(counts.bytes, None)
    click.echo(f"added {counts.added}, updated {counts.updated}, refused {counts.refused}", err=True)
    if counts.unknown_saved:
        click.echo(f"{counts.unknown_saved} bookmarks are of items that this archive does not hold", err=True)
    return 1 if counts.refused else 0


def _readers(core: Core) -> int:
    with core.storage.reading() as tx:
        counts = tx.subscribers.counts()
    return counts.active + counts.paused + counts.blocked


def _imported(core: Core, lines: Iterable[bytes]) -> Iterator[Import | LineError]:
    return import_subscribers(
        core.storage, lines, language=core.settings.language, slug_of=_slug_of(core), now=utc_now()
    )


def _slug_of(core: Core) -> Callable[[str], str | None]:
    @cache  # a million readers share few wishes
    def slug_of(name: str) -> str | None:
        topic = core.topics.get(name) or core.topics.find(name)
        return topic.slug if topic else None

    return slug_of


def _size(file: str) -> int | None:
    path = Path(file)
    return path.stat().st_size if file != "-" and path.is_file() else None


@contextmanager
def _written(file: str) -> Iterator[IO[str]]:
    """The file to write, complete or not at all; it holds people's wishes, so that only its owner may read it."""
    path = Path(file)
    whole = file != "-" and (not path.exists() or path.is_file())
    if not whole:
        with click.open_file(file, "w", encoding="utf-8") as out:
            yield out
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise DigestbotError(f"{file}: cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(number, "w", encoding="utf-8") as out:
            yield out
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _print_reader(reader: dict[str, object]) -> None:
    wishes, rules = reader["preferences"], reader["rules"]
    assert isinstance(wishes, dict)  # noqa: S101 - we made it
    assert isinstance(rules, list)  # noqa: S101 - we made it
    place = f"{reader['chat_id']}" + (f"/{reader['thread_id']}" if reader["thread_id"] else "")
    schedule = ", ".join(wishes["schedule"])
    click.echo(
        f"{place:<16} {reader['kind']:<10} {reader['state']:<8} {reader['language']:<8} {schedule:<12} "
        f"{len(rules)} rules  {reader['title']}".rstrip()
    )
