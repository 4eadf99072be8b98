"""What an operator can set: environment variables (`DIGESTBOT_…`), a `.env` file, or flags of the same name on
`digestbot run` (contract, section 2). Read once, at the edge: only `cli` and `bootstrap` import this.
"""

import difflib
import hashlib
import hmac
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.core.model import Language
from bot.core.webhook import checked_webhook
from bot.errors import SettingsError

PREFIX = "DIGESTBOT_"
TELEGRAM = "https://api.telegram.org"
OFF = "off"
# What `run --roles` may name. Whatever the clock plans belongs to `schedule`; whatever a new file plans, to `ingest`.
ROLES = ("updates", "ingest", "schedule", "deliver")


def _split_words(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(shlex.split(value))
    except ValueError:
        raise ValueError("a quotation mark is not closed; quote a path with blanks or apostrophes as a whole") from None


def _split_numbers(value: object) -> object:
    return tuple(part for part in re.split(r"[,\s]+", value) if part) if isinstance(value, str) else value


def _fold_language(value: object) -> object:
    return value.strip().lower().replace("_", "-") if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _at_home(value: Path) -> Path:
    return Path(os.path.expanduser(value))  # noqa: PTH111 - Path's own raises where there is no such user


def _check_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value()):
        raise ValueError("this does not look like a bot token; copy the whole line that @BotFather gave you")
    return value


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; use an IANA name") from None
    return value


def _check_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("must be an http(s) address without query")
    return value.rstrip("/")


def _check_database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def _check_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if value != OFF and not (host and port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError("must be HOST:PORT or off")
    return value


def _check_webhook(value: str, info: ValidationInfo) -> str | None:
    """`off` is none: so a flag can undo what the environment says."""
    if value.strip().lower() == OFF:
        return None
    token: SecretStr | None = info.data.get("token")
    secret = token.get_secret_value().partition(":")[2] if token is not None else ""
    server = urlsplit(info.data.get("api_base_url", TELEGRAM)).hostname
    return checked_webhook(value.strip(), secret=secret, by_telegram=server == urlsplit(TELEGRAM).hostname)


def _check_secret(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
        raise ValueError("must be 1 to 256 of the characters A-Z a-z 0-9 _ -")
    return value


Url = Annotated[str, AfterValidator(_check_url)]
UserId = Annotated[int, Field(gt=0)]


class Settings(BaseSettings):
    """All settings, checked. The token and the webhook secret never show in `repr` or in a log."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    token: Annotated[SecretStr, AfterValidator(_check_token)] | None = Field(
        None, description="the bot's token, from @BotFather", examples=["110201543:AAHdqTcvCH1vGW…"]
    )
    data_dir: Annotated[Path, AfterValidator(_at_home)] = Field(
        Path("data"), description="holds digests/, topics.toml and digestbot.db", examples=["/srv/digestbot"]
    )
    database_url: Annotated[str, AfterValidator(_check_database)] | None = Field(
        None,
        description="default: sqlite:///<DATA_DIR>/digestbot.db",
        examples=["postgresql://user:password@localhost/digestbot"],
        repr=False,
    )
    digests: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_words)] = Field(
        (),
        description="folders or git sources, separated by spaces; default: <DATA_DIR>/digests",
        examples=["/srv/digests git+https://example.org/news.git#main:content"],
    )
    pull_minutes: float = Field(
        5, gt=0, le=1440, allow_inf_nan=False, description="how often git sources are pulled", examples=["5"]
    )
    api_base_url: Url = Field(TELEGRAM, description="the Bot API server", examples=["http://127.0.0.1:8081"])
    admins: Annotated[tuple[UserId, ...], NoDecode, BeforeValidator(_split_numbers)] = Field(
        (), description="user ids of the operators, comma separated", examples=["5000000001,5000000002"]
    )
    timezone: Annotated[str, AfterValidator(_check_zone)] = Field(
        "Asia/Shanghai", description="for dates without a zone and readers who chose none", examples=["Asia/Shanghai"]
    )
    language: Annotated[Language, BeforeValidator(_fold_language)] = Field(
        Language.ZH_HANS, description="for readers whose own is unknown: zh-hans, zh-hant, en", examples=["en"]
    )
    rate: float = Field(
        25, gt=0, le=1000, allow_inf_nan=False, description="sends per second over all chats", examples=["25"]
    )
    paid_broadcast: bool = Field(False, description="sets allow_paid_broadcast on pushes", examples=["false"])
    retry_unknown: Annotated[Literal["private", "all", "none"], BeforeValidator(_lower)] = Field(
        "private",
        description="where a send whose outcome is unknown (a time-out) is tried again: private, all, none",
        examples=["private"],
    )
    http_address: Annotated[str, AfterValidator(_check_address)] = Field(
        "127.0.0.1:8080",
        description="where /healthz, /readyz, /metrics and the webhook answer; off for none",
        examples=["off"],
    )
    webhook_url: Annotated[str, AfterValidator(_check_webhook)] | None = Field(
        None,
        description="the public address Telegram posts updates to, instead of being polled; off for none",
        examples=["https://bot.example.org/telegram"],
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(_check_secret)] | None = Field(
        None,
        description="what proves that a post comes from Telegram; default: made from the token",
        examples=["a-long-random-word_1"],
    )
    catch_up: int = Field(
        1, ge=0, le=100, description="how many digests that came while the bot was down are pushed", examples=["1"]
    )
    semantic: bool = Field(
        False,
        description="compares items by meaning; needs the extra digestbot[semantic]",
        examples=["true"],
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = Field(
        "console", description="console or json", examples=["json"]
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR", examples=["INFO"]
    )

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'digestbot.db'}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Where digests come from, with the default filled in."""
        return self.digests or (str(self.data_dir / "digests"),)

    @property
    def zone(self) -> ZoneInfo:
        """The operator's time zone."""
        return ZoneInfo(self.timezone)


def variable_of(field: str) -> str:
    """The environment variable of a field: `data_dir` -> `DIGESTBOT_DATA_DIR`."""
    return PREFIX + field.upper()


def load_settings(flags: Mapping[str, object] | None = None, *, env_file: str = ".env") -> Settings:
    """Read flags, then the environment, then `.env`; what is empty counts as not set. Raises SettingsError: the
    variable, its fault, an example."""
    given = {name: value for name, value in (flags or {}).items() if value is not None and value != ""}
    try:
        return Settings(_env_file=env_file, _env_file_encoding="utf-8", **given)  # type: ignore[call-arg,arg-type] # pydantic-settings' own keywords, and flags that pydantic checks
    except ValidationError as error:
        first = error.errors()[0]
        raise _explained(str(first["loc"][0]), first["msg"]) from None
    except UnicodeDecodeError:
        raise SettingsError(env_file, "is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(env_file, f"cannot be read: {error.strerror}") from None


def _explained(field: str, fault: str) -> SettingsError:
    example = (Settings.model_fields[field].examples or [""])[0]
    fault = fault.removeprefix("Value error, ")
    return SettingsError(variable_of(field), f"{fault}; example: {variable_of(field)}={example}")


def require_token(settings: Settings) -> str:
    """The token, or a SettingsError that says where to get one."""
    if settings.token is None:
        raise SettingsError(
            variable_of("token"),
            "is missing; make a bot with @BotFather in Telegram and set the token it gives you, "
            "in the environment or in a file named .env; `digestbot demo` needs none",
        )
    return settings.token.get_secret_value()


def require_webhook(settings: Settings) -> tuple[str, str] | None:
    """Address and secret of the webhook, or None where the bot polls. Raises SettingsError where nothing listens."""
    if settings.webhook_url is None:
        return None
    if settings.http_address == OFF:
        raise _explained("webhook_url", f"needs {variable_of('http_address')}, which is off, to take what is posted")
    return settings.webhook_url, _webhook_secret(settings, require_token(settings))


def _webhook_secret(settings: Settings, token: str) -> str:
    """The one that is set, else one made from the token: the same in every process and at every start, and no way back
    to the token."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    return hmac.new(token.encode(), b"digestbot webhook", hashlib.sha256).hexdigest()


def secrets_of(settings: Settings) -> list[str]:
    """What no log may show."""
    if settings.token is None:
        return []
    token = settings.token.get_secret_value()
    return [token, _webhook_secret(settings, token)]


def unknown_variables(*, env_file: str = ".env") -> list[str]:
    """One line for each `DIGESTBOT_…` variable that means nothing, with the nearest name that does."""
    names = {field.upper() for field in Settings.model_fields}
    present = [name for name in (*os.environ, *dotenv_values(env_file)) if name.upper().startswith(PREFIX)]
    lines = []
    for name in sorted({name.upper().removeprefix(PREFIX) for name in present} - names):
        near = difflib.get_close_matches(name, names, n=1)
        lines.append(f"{PREFIX}{name} is not a setting" + (f"; did you mean {PREFIX}{near[0]}?" if near else ""))
    return lines
