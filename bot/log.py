"""Logging, set up once at the edge: console or JSON lines on standard error, with every token taken out of whatever
is written, by whomever. Apart because anything may log, and no line may leak. Pure standard library.
"""

import json
import logging
import re
import sys
import traceback
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Final

TOKEN: Final = re.compile(r"\d{3,}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_HIDDEN = "<token>"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# These write, with a traceback, what the server answered to a poll; whoever polls says it in a line of its own.
_TWICE_SAID = frozenset({"telegram.ext", "telegram.ext.Updater"})
# These write every address or every text they see; the address holds the token, the text is a reader's.
_TALKATIVE = ("httpx", "httpcore", "telegram", "aiohttp.access", "asyncio", "watchfiles", "markdown_it", "alembic")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without anything shaped like a bot token, and without the secrets named."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return TOKEN.sub(_HIDDEN, text)


class ConsoleFormatter(logging.Formatter):
    """For people: time, level, where, what. Tracebacks follow, redacted like the rest."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """One line, or several with a traceback."""
        return redact(super().format(record), self._secrets)


class JsonFormatter(logging.Formatter):
    """For machines: one JSON object a line; `extra=` fields become keys of their own."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """One line, always valid JSON."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exception"] = "".join(traceback.format_exception(record.exc_info[1]))
        # Redacted before encoding as well: an escaped quotation mark must not hide a secret that holds one.
        clean = {key: _clean(value, self._secrets) for key, value in fields.items()}
        return redact(json.dumps(clean, ensure_ascii=False, default=str), self._secrets)


def _clean(value: object, secrets: tuple[str, ...]) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value), secrets)


class RecentErrors(logging.Handler):
    """Remembers the last errors, redacted, for the operator's chat: the newest first."""

    def __init__(self, secrets: Iterable[str] = (), *, most: int = 20) -> None:
        super().__init__(logging.ERROR)
        self._secrets = tuple(secrets)
        self._lines: deque[str] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one record, without its traceback."""
        when = datetime.fromtimestamp(record.created, UTC)
        self._lines.appendleft(redact(f"{when:%m-%d %H:%M} UTC {record.getMessage()}", self._secrets))

    def lines(self) -> tuple[str, ...]:
        """The last errors, the newest first."""
        return tuple(self._lines)


def _said_once(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    if kind is None or record.name not in _TWICE_SAID:
        return True
    return all(ancestor.__module__ != "telegram.error" for ancestor in kind.__mro__)


def set_up_logging(
    level: str = "INFO", output_format: str = "console", *, secrets: Iterable[str] = (), stream: IO[str] | None = None
) -> None:
    """Send all logging to `stream` (standard error) as `console` text or `json` lines, and hide `secrets` in it.

    Libraries that write addresses or readers' texts are held at WARNING whatever the level, and their tracebacks of
    failed polls are written at DEBUG only. Exceptions nobody caught are written, redacted, through the same handler.
    Calling it again replaces the former set-up."""
    hidden = tuple(secrets)
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonFormatter(hidden) if output_format == "json" else ConsoleFormatter(hidden))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if logging.getLogger().level > logging.DEBUG:
        handler.addFilter(_said_once)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, *_: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, error.__traceback__)
        return
    logging.getLogger("bot").critical("the program failed: %s", error, exc_info=error)
