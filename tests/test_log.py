"""What is written, how, and what never is."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator

import pytest

from bot.log import redact, set_up_logging

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
LOG = logging.getLogger("bot.somewhere")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


def fail(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("output_format", ["console", "json"])
def test_the_token_is_hidden_in_messages_arguments_fields_and_tracebacks(output_format: str) -> None:
    stream = io.StringIO()
    set_up_logging("DEBUG", output_format, secrets=["hush"], stream=stream)
    LOG.debug("calling /bot%s/getMe", TOKEN)
    LOG.info("escaped %s and hush", TOKEN.replace(":", "%3A"), extra={"address": f"https://x/bot{TOKEN}/", "try": 2})
    try:
        fail(f"no answer from /bot{TOKEN}/")
    except ValueError:
        LOG.exception("failed")
    text = stream.getvalue()
    assert "AAbbCC" not in text
    assert "hush" not in text
    assert text.count("<token>") >= 4
    assert "Traceback" in text


def test_json_lines_carry_extra_fields() -> None:
    stream = io.StringIO()
    set_up_logging("INFO", "json", stream=stream)
    LOG.warning("发送 %s", 3, extra={"chat": -5, "place": ("a", 1)})
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "bot.somewhere",
        "message": "发送 3",
        "chat": -5,
        "place": "('a', 1)",
    }


def test_console_lines_say_when_where_and_what() -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)
    LOG.info("ready")
    LOG.debug("not this")
    assert stream.getvalue().endswith("INFO    bot.somewhere: ready\n")
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("name", ["httpx", "telegram.ext.Application", "aiohttp.access"])
def test_libraries_that_write_addresses_and_texts_are_kept_quiet(name: str) -> None:
    stream = io.StringIO()
    set_up_logging("DEBUG", stream=stream)
    logging.getLogger(name).info("a reader's words")
    logging.getLogger(name).warning("trouble")
    assert "words" not in stream.getvalue()
    assert "trouble" in stream.getvalue()


class _Refused(Exception):  # noqa: N818 - as the library names its own
    """Stands for an error of the library's."""

    __module__ = "telegram.error"


class _Ours(_Refused):
    """Stands for one of ours that is made from it."""


def complaints(level: str, name: str, kind: type[Exception]) -> str:
    """What is written of a line with a traceback."""
    stream = io.StringIO()
    set_up_logging(level, stream=stream)
    try:
        raise kind(f"/bot{TOKEN}/")
    except Exception:
        logging.getLogger(name).exception("polling is over")
    return stream.getvalue()


@pytest.mark.parametrize("name", ["telegram.ext", "telegram.ext.Updater"])
@pytest.mark.parametrize("kind", [_Refused, _Ours])
def test_what_the_server_answered_to_a_poll_is_not_said_twice(name: str, kind: type[Exception]) -> None:
    assert complaints("INFO", name, kind) == ""
    loud = complaints("DEBUG", name, kind)
    assert ("polling is over" in loud, "AAbbCC" in loud) == (True, False)


@pytest.mark.parametrize(
    ("name", "kind"), [("telegram.ext.Updater", ValueError), ("telegram.ext.Application", _Refused), ("bot", _Refused)]
)
def test_other_tracebacks_are_written(name: str, kind: type[Exception]) -> None:
    assert "Traceback" in complaints("INFO", name, kind)


def test_warnings_are_logged_too() -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"old {TOKEN}", stacklevel=1)
    assert "old <token>" in stream.getvalue()


def test_what_nobody_caught_is_written_without_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)
    sys.excepthook(ValueError, ValueError(TOKEN), None)
    assert "the program failed: <token>" in stream.getvalue()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_times_and_numbers_are_no_tokens() -> None:
    text = "2026-11-22T08:00:00 12:30 chat -1001234567890: 45 messages, slot 20261122:x"
    assert redact(text, [""]) == text
