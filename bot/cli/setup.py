"""What every command needs first: the settings, checked, and the parts built from them."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.bootstrap import Core, build_core
from bot.log import set_up_logging
from bot.settings import Settings, load_settings, secrets_of, unknown_variables


def settings_for_command(flags: dict[str, object] | None = None, *, quiet: bool = True) -> Settings:
    """Load the settings, name variables that mean nothing, and set up logging (short commands say only what went
    wrong, unless a level is set)."""
    settings = load_settings(flags)
    level = "WARNING" if quiet and "log_level" not in settings.model_fields_set else settings.log_level
    set_up_logging(level=level, output_format=settings.log_format, secrets=secrets_of(settings))
    for line in unknown_variables():
        click.echo(f"digestbot: {line}", err=True)
    return settings


@contextmanager
def opened() -> Iterator[Core]:
    """The core (storage, topics, services) for one short command."""
    core = build_core(settings_for_command())
    try:
        yield core
    finally:
        core.close()
