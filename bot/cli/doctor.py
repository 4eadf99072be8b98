"""`doctor`: what keeps the bot from working, and what to do about it."""

import asyncio
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from bot.bootstrap import load_catalogue, load_topic_set
from bot.cli.output import print_json
from bot.cli.setup import settings_for_command
from bot.clock import utc_now
from bot.errors import DigestbotError
from bot.log import redact
from bot.services import doctor
from bot.services.doctor import Finding, State
from bot.services.holders import token_mark
from bot.settings import Settings, secrets_of
from bot.storage.backup import database_file

_COLOURS = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each check.")
def doctor_command(as_json: bool) -> int:
    """Look at everything the bot needs, and say what is wrong and what to do about it. Changes nothing.

    One line for each check: the token, a webhook in the way of polling, the clock, the database and its layout, who
    works on it, the places digests come from, the newest digest, topics.toml, texts.toml, disk and memory. Exit code 1
    if one failed; warnings do not count.

    \b
    Example: digestbot doctor
    """
    settings = settings_for_command()
    token = settings.token.get_secret_value() if settings.token else None
    worst = 0
    for finding in _findings(settings, token):
        worst = max(worst, finding.state is State.FAILED)
        shown = {
            key: redact(value, secrets_of(settings)) if isinstance(value, str) else value
            for key, value in finding.to_json().items()
        }
        if as_json:
            print_json(shown)
        else:
            click.echo(_line(finding.state, shown))
    return int(worst)


def _line(state: State, shown: dict[str, object]) -> str:
    mark = click.style(f"{state.value:<8}", fg=_COLOURS[state])
    advice = f" - {shown['fix']}" if shown["fix"] else ""
    return f"{mark} {shown['check']:<14} {shown['message']}{advice}"


def _findings(settings: Settings, token: str | None) -> Iterator[Finding]:
    server = doctor.Server(settings.api_base_url, token, settings.webhook_url)
    yield from asyncio.run(doctor.ask_server(server, now=utc_now))
    us = doctor.Us(socket.gethostname(), token_mark(token) if token else None, utc_now())
    yield from doctor.look_at_database(settings.database, us)
    with tempfile.TemporaryDirectory(prefix="digestbot-doctor-") as clones:
        for word in settings.sources:
            yield doctor.look_at_source(word, clones=Path(clones), now=utc_now())
    yield _valid("topics", settings.data_dir / "topics.toml", lambda: load_topic_set(settings))
    yield _valid("texts", settings.data_dir / "texts.toml", lambda: load_catalogue(settings))
    database = _file_of(settings)
    yield doctor.look_at_disk(database.parent if database else settings.data_dir, database)
    yield doctor.look_at_memory()


def _valid(check: str, path: Path, load: Callable[[], object]) -> Finding:
    try:
        load()
    except DigestbotError as error:
        return doctor.failed(check, str(error), fix=f"mend {path}, or remove it to have what comes with the program")
    return doctor.ok(check, f"{path} is valid" if path.is_file() else "those that come with the program")


def _file_of(settings: Settings) -> Path | None:
    try:
        return database_file(settings.database)
    except DigestbotError:
        return None  # an address that cannot be read, which is said above
