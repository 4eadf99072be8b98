"""The command tree. Commands are loaded when they are called, so that `--help` and small commands start fast."""

import importlib
from typing import Any

import click

from bot import __version__

# command -> (module, one line of help)
COMMANDS = {
    "run": ("running", "Watch the sources, answer readers, deliver digests."),
    "demo": ("demo", "Try the bot in the browser: no token, no network."),
    "emulator": ("demo", "Run only the stand-in for Telegram's Bot API server."),
    "deliver": ("running", "Send what is due, then end."),
    "check": ("files", "Read digest files and say what is wrong with them; store nothing."),
    "ingest": ("files", "Read digest files and store them."),
    "latest": ("reading", "The newest items."),
    "search": ("reading", "Items in which every word occurs, newest first."),
    "topic": ("reading", "The newest items of a topic or a publisher's category."),
    "author": ("reading", "The newest items of an author."),
    "stories": ("stories", "Items that tell the same thing, one story a line."),
    "preview": ("reading", "Exactly the messages a subscriber would get."),
    "stats": ("operating", "Counts, the last digest, the backlog, refused files."),
    "subscribers": ("subscribers", "List, import or export subscribers."),
    "topics": ("operating", "Explain topics, or label the archive anew."),
    "doctor": ("doctor", "Say what keeps the bot from working, and what to do about it."),
    "backup": ("backup", "Write a backup of the database while the bot runs."),
    "db": ("operating", "Migrate the database, rebuild its search index, move to another one."),
}


class ReaderGoneError(Exception):
    """Whoever read our output has gone, as `head` does."""


class _Lazy(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"bot.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)  # noqa: S101 - the table above and the modules go together
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, but a reader who has gone is told apart: click would leave with 1, as if we had failed."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="digestbot")
def program() -> None:
    """News digests for Telegram: pushed to whoever subscribed, filtered to taste, searchable in Chinese.

    Settings are environment variables named DIGESTBOT_… or lines of a .env file; `digestbot run --help` lists them.

    \b
    Example: digestbot demo
    """
