"""The command line: `digestbot COMMAND`. Data goes to standard output, everything else to standard error.

Exit codes (contract, section 3): 0 all well; 1 it ran, but something was refused or failed; 2 wrong use or settings;
130 interrupted.
"""

import io
import logging
import os
import sys

import click

from bot.cli.program import ReaderGoneError, program
from bot.errors import DigestbotError
from bot.log import redact

__all__ = ["main", "program"]


def main() -> None:
    """Run the program and turn what goes wrong into one line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # JSON is UTF-8 whatever the locale says, and a file name that is no text must not end the program.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run with these words; returns the exit code instead of leaving. Nothing that can go wrong shows a traceback."""
    try:
        code = program.main(words, prog_name="digestbot", standalone_mode=False)
        sys.stdout.flush()
    except (ReaderGoneError, BrokenPipeError):
        return _abandoned()
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except DigestbotError as error:
        click.echo(f"digestbot: {redact(str(error))}", err=True)
        return 2
    except Exception as error:
        # The last resort: a fault of ours, or a full disk. The details are there for who asks for them.
        logging.getLogger("bot").debug("the command failed", exc_info=error)
        click.echo(f"digestbot: {redact(_in_words(error))}", err=True)
        return 1
    return code if isinstance(code, int) else 0


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}; DIGESTBOT_LOG_LEVEL=DEBUG tells more"


def _abandoned() -> int:
    """Whoever read our output has gone, as `head` does: nothing is wrong, and what is still buffered goes nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # no real file behind it
        sys.stdout = io.StringIO()
    return 0
