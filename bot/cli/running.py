"""The long-running commands: `run` does everything, `deliver --once` sends what is due and ends."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import click

from bot.app import App
from bot.bootstrap import Core, build_core
from bot.cli.setup import settings_for_command
from bot.cli.until import until_told
from bot.services.figures import waiting
from bot.settings import ROLES, Settings, require_token, variable_of
from bot.storage import Backlog


def _flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for every setting, named as its variable."""
    for field, info in reversed(Settings.model_fields.items()):
        flag = f"--{field.replace('_', '-')}"
        note = f"{info.description}  [{variable_of(field)}]"
        command = click.option(flag, field, help=note, metavar="VALUE")(command)
    return command


@click.command("run")
@click.option("--roles", help=f"Run only some parts, comma separated: {', '.join(ROLES)}. Default: all.")
@_flags
def run_command(roles: str | None, **flags: str | None) -> int:
    """Watch the sources, answer readers, deliver digests, until interrupted.

    \b
    Example: DIGESTBOT_TOKEN=110201543:AAH… digestbot run --digests /srv/digests
    """
    settings = settings_for_command(dict(flags), quiet=False)
    token, parts = require_token(settings), _roles(roles)
    with contextlib.closing(build_core(settings)) as core:
        return asyncio.run(until_told(lambda stop: App(core, token=token, roles=parts).run(stop, started=_say_ready)))


@click.command("deliver")
@click.option("--once", is_flag=True, required=True, help="End when nothing is due any more.")
def deliver_command(once: bool) -> int:  # noqa: ARG001 - required, so that the name says what happens
    """Send what is due, then end: for cron, and for trying things out.

    SIGINT or SIGTERM ends it early: what is under way is finished, the rest waits for the next time.

    \b
    Example: digestbot ingest --announce data/digests && digestbot deliver --once
    """
    settings = settings_for_command(quiet=False)
    token = require_token(settings)
    with contextlib.closing(build_core(settings)) as core:
        return asyncio.run(until_told(lambda stop: _deliver(core, token, stop)))


async def _deliver(core: Core, token: str, stop: asyncio.Event) -> int:
    """Deliver and say what became of it; 1 when something failed."""
    figures = await App(core, token=token, roles=("deliver",)).deliver_once(stop)
    left = await asyncio.to_thread(waiting, core.storage)
    counts = f"sent {figures.sent}, gone {figures.gone}, failed {figures.failed}, unknown {figures.in_doubt}"
    click.echo(f"{'told to end early: ' if stop.is_set() else ''}{counts}{_still_waiting(left)}", err=True)
    return 1 if figures.failed else 0


def _still_waiting(left: Backlog) -> str:
    if not left.deliveries:
        return ""
    due = f", the first due {left.oldest:%Y-%m-%d %H:%M:%S} UTC" if left.oldest else ""
    return f"; {left.deliveries} still to send{due}"


def _say_ready() -> None:
    click.echo("digestbot is running; end it with Ctrl+C", err=True)


def _roles(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ROLES
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [name for name in named if name not in ROLES]
    if wrong or not named:
        named_wrong = ", ".join(wrong) or "nothing"
        raise click.BadParameter(f"{named_wrong}: choose from {', '.join(ROLES)}", param_hint="--roles")
    return named
