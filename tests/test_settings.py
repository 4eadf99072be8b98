"""Settings: each variable does something, a wrong value is explained, and nothing secret shows."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Language
from bot.errors import SettingsError
from bot.settings import (
    ROLES,
    Settings,
    load_settings,
    require_token,
    require_webhook,
    secrets_of,
    unknown_variables,
    variable_of,
)

TOKEN = "123456:" + "a" * 35
Set = Callable[..., Settings]


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in and nothing set."""
    for name in [name for name in os.environ if name.upper().startswith("DIGESTBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def with_variables(monkeypatch: pytest.MonkeyPatch) -> Set:
    """The settings with these variables set, named without their prefix."""

    def load(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"DIGESTBOT_{name}", value)
        return load_settings()

    return load


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    assert settings.model_dump() == {
        "token": None,
        "data_dir": Path("data"),
        "database_url": None,
        "digests": (),
        "pull_minutes": 5,
        "api_base_url": "https://api.telegram.org",
        "admins": (),
        "timezone": "Asia/Shanghai",
        "language": Language.ZH_HANS,
        "rate": 25,
        "paid_broadcast": False,
        "retry_unknown": "private",
        "http_address": "127.0.0.1:8080",
        "webhook_url": None,
        "webhook_secret": None,
        "catch_up": 1,
        "semantic": False,
        "log_format": "console",
        "log_level": "INFO",
    }
    assert settings.database == "sqlite:///data/digestbot.db"
    assert settings.sources == ("data/digests",)
    assert settings.zone == ZoneInfo("Asia/Shanghai")


def test_the_data_folder_moves_what_is_in_it(with_variables: Set) -> None:
    settings = with_variables(DATA_DIR="/srv/bot")
    assert (settings.database, settings.sources) == ("sqlite:////srv/bot/digestbot.db", ("/srv/bot/digests",))


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("DATA_DIR", "~/bot", Path("~/bot").expanduser()),
        ("DATABASE_URL", "postgresql://reader@localhost/news", "postgresql://reader@localhost/news"),
        ("DIGESTS", "/srv/a git+https://example.org/b.git#main:c", ("/srv/a", "git+https://example.org/b.git#main:c")),
        ("DIGESTS", "'/srv/my news' /srv/b", ("/srv/my news", "/srv/b")),
        ("PULL_MINUTES", "0.5", 0.5),
        ("API_BASE_URL", "http://127.0.0.1:8081/", "http://127.0.0.1:8081"),
        ("API_BASE_URL", "https://example.org/telegram", "https://example.org/telegram"),
        ("ADMINS", "5000000001, 7", (5_000_000_001, 7)),
        ("TIMEZONE", "Europe/Berlin", "Europe/Berlin"),
        ("LANGUAGE", "zh_Hant", Language.ZH_HANT),
        ("LANGUAGE", "en", Language.EN),
        ("RATE", "1000", 1000),
        ("PAID_BROADCAST", "true", True),
        ("RETRY_UNKNOWN", "ALL", "all"),
        ("HTTP_ADDRESS", "off", "off"),
        ("HTTP_ADDRESS", "[::1]:0", "[::1]:0"),
        ("WEBHOOK_URL", " https://bot.example.org/telegram ", "https://bot.example.org/telegram"),
        ("WEBHOOK_URL", "OFF", None),
        ("CATCH_UP", "0", 0),
        ("LOG_FORMAT", "JSON", "json"),
        ("LOG_LEVEL", "debug", "DEBUG"),
    ],
)
def test_a_variable_sets_its_setting(with_variables: Set, variable: str, text: str, value: object) -> None:
    assert getattr(with_variables(**{variable: text}), variable.lower()) == value


@pytest.mark.parametrize(
    ("variable", "text", "fault"),
    [
        ("TOKEN", "hello", "does not look like a bot token"),
        ("TOKEN", "123:with blank", "does not look like a bot token"),
        ("DATABASE_URL", "mysql://localhost", "must begin with sqlite:/// or postgresql://"),
        ("DIGESTS", "/srv/bob's", "a quotation mark is not closed"),
        ("PULL_MINUTES", "0", "greater than 0"),
        ("PULL_MINUTES", "soon", "valid number"),
        ("API_BASE_URL", "localhost:8081", "must be an http(s) address without query"),
        ("API_BASE_URL", "http://localhost/?x=1", "must be an http(s) address without query"),
        ("ADMINS", "ann", "valid integer"),
        ("ADMINS", "-5", "greater than 0"),
        ("TIMEZONE", "Mars/Base", "no such time zone"),
        ("TIMEZONE", "../../etc/passwd", "no such time zone"),
        ("TIMEZONE", "Asia", "no such time zone"),
        ("LANGUAGE", "fr", "'zh-hans', 'zh-hant' or 'en'"),
        ("RATE", "0", "greater than 0"),
        ("RATE", "1001", "less than or equal to 1000"),
        ("RATE", "nan", "finite number"),
        ("PAID_BROADCAST", "perhaps", "valid boolean"),
        ("RETRY_UNKNOWN", "sometimes", "'private', 'all' or 'none'"),
        ("HTTP_ADDRESS", "8080", "must be HOST:PORT or off"),
        ("HTTP_ADDRESS", ":8080", "must be HOST:PORT or off"),
        ("HTTP_ADDRESS", "localhost:99999", "must be HOST:PORT or off"),
        ("WEBHOOK_URL", "https://bot.example.org", "needs a path"),
        ("WEBHOOK_URL", "http://bot.example.org/telegram", "must begin with https://"),
        ("WEBHOOK_URL", "https://bot.example.org:8080/telegram", "443, 80, 88 and 8443 only"),
        ("WEBHOOK_URL", "https://localhost/telegram", "cannot reach localhost"),
        ("WEBHOOK_SECRET", "two words", "must be 1 to 256 of the characters A-Z a-z 0-9 _ -"),
        ("WEBHOOK_SECRET", "a" * 257, "must be 1 to 256 of the characters A-Z a-z 0-9 _ -"),
        ("CATCH_UP", "-1", "greater than or equal to 0"),
        ("CATCH_UP", "1.5", "valid integer"),
        ("LOG_FORMAT", "xml", "'console' or 'json'"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_a_wrong_value_is_explained_by_name_fault_and_example(
    with_variables: Set, variable: str, text: str, fault: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        with_variables(**{variable: text})
    said = str(caught.value)
    assert said.startswith(f"DIGESTBOT_{variable}: ")
    assert fault in said
    assert f"; example: DIGESTBOT_{variable}=" in said
    assert "\n" not in said
    assert caught.value.variable == f"DIGESTBOT_{variable}"


@pytest.mark.parametrize("variable", ["TOKEN", "DATABASE_URL", "WEBHOOK_SECRET"])
def test_a_wrong_secret_is_not_repeated(with_variables: Set, variable: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_variables(**{variable: "mysql hush"})
    assert "hush" not in str(caught.value)


def test_secrets_do_not_show(with_variables: Set) -> None:
    settings = with_variables(
        TOKEN=TOKEN, DATABASE_URL="postgresql://reader:hush@localhost/news", WEBHOOK_SECRET="hush-hush"
    )
    assert require_token(settings) == TOKEN
    shown = f"{settings!r} {settings}"
    assert TOKEN not in shown
    assert "hush" not in shown


def test_a_missing_token_says_where_to_get_one() -> None:
    with pytest.raises(SettingsError, match=r"^DIGESTBOT_TOKEN: is missing; make a bot with @BotFather"):
        require_token(load_settings())


WEBHOOK = "https://bot.example.org/telegram"


def test_without_an_address_there_is_no_webhook(with_variables: Set) -> None:
    assert require_webhook(with_variables(TOKEN=TOKEN, WEBHOOK_SECRET="x")) is None


def test_a_webhook_has_the_secret_that_is_set(with_variables: Set) -> None:
    settings = with_variables(TOKEN=TOKEN, WEBHOOK_URL=WEBHOOK, WEBHOOK_SECRET="a-Secret_1")
    assert require_webhook(settings) == (WEBHOOK, "a-Secret_1")
    assert secrets_of(settings) == [TOKEN, "a-Secret_1"]


def test_a_secret_that_is_not_set_comes_from_the_token_and_does_not_tell_it(with_variables: Set) -> None:
    first, again = (require_webhook(with_variables(TOKEN=TOKEN, WEBHOOK_URL=WEBHOOK)) for _ in range(2))
    other = require_webhook(with_variables(TOKEN=TOKEN + "b", WEBHOOK_URL=WEBHOOK))
    assert first is not None
    assert other is not None
    assert first == again != other
    assert re.fullmatch(r"[A-Za-z0-9_-]{32,256}", first[1])
    assert TOKEN.partition(":")[2] not in first[1]
    assert secrets_of(load_settings())[1] == other[1]


def test_a_webhook_needs_a_place_to_listen(with_variables: Set) -> None:
    settings = with_variables(TOKEN=TOKEN, WEBHOOK_URL=WEBHOOK, HTTP_ADDRESS="off")
    with pytest.raises(SettingsError, match=r"^DIGESTBOT_WEBHOOK_URL: needs DIGESTBOT_HTTP_ADDRESS, .*; example: "):
        require_webhook(settings)


def test_a_server_of_ones_own_may_post_to_any_port_of_this_machine(with_variables: Set) -> None:
    settings = with_variables(API_BASE_URL="http://127.0.0.1:8081", WEBHOOK_URL="http://localhost:9000/in")
    assert settings.webhook_url == "http://localhost:9000/in"


def test_the_address_of_a_webhook_does_not_hold_the_token(with_variables: Set) -> None:
    with pytest.raises(SettingsError, match="must not hold the token") as caught:
        with_variables(TOKEN=TOKEN, WEBHOOK_URL=f"{WEBHOOK}/{TOKEN.partition(':')[2]}")
    assert TOKEN.partition(":")[2] not in str(caught.value)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_what_is_empty_counts_as_not_set(with_variables: Set, field: str) -> None:
    assert with_variables(**{field.upper(): ""}) == load_settings({field: ""})
    assert getattr(load_settings(), field) == Settings.model_fields[field].default


@pytest.mark.parametrize("field", sorted(Settings.model_fields.keys() - {"token"}))
def test_every_example_is_a_value_that_works(with_variables: Set, field: str) -> None:
    info = Settings.model_fields[field]
    assert info.description
    assert info.examples
    with_variables(**{field.upper(): str(info.examples[0])})


def test_a_flag_wins_over_the_environment_and_that_over_the_file(with_variables: Set) -> None:
    Path(".env").write_text("DIGESTBOT_RATE=10\nDIGESTBOT_CATCH_UP=2\nDIGESTBOT_LANGUAGE=en\n", encoding="utf-8")
    with_variables(RATE="11", CATCH_UP="3")
    settings = load_settings({"rate": "12", "catch_up": None})
    assert (settings.rate, settings.catch_up, settings.language) == (12, 3, Language.EN)


def test_the_file_may_hold_quotes_comments_and_other_programs_variables() -> None:
    Path(".env").write_text('# ours\nexport DIGESTBOT_RATE="10"\nOTHER=1\n', encoding="utf-8")
    assert load_settings().rate == 10


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes("DIGESTBOT_LANGUAGE=en # 中文\n".encode("gbk"))
    with pytest.raises(SettingsError, match=r"^\.env: is not UTF-8 text"):
        load_settings()


def test_variables_that_mean_nothing_are_named_with_the_nearest_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_TIME_ZONE", "Asia/Tokyo")
    monkeypatch.setenv("digestbot_rate", "5")
    Path(".env").write_text("DIGESTBOT_TOKN=1\nDIGESTBOT_XYZZY=1\nOTHER=1\n", encoding="utf-8")
    assert unknown_variables() == [
        "DIGESTBOT_TIME_ZONE is not a setting; did you mean DIGESTBOT_TIMEZONE?",
        "DIGESTBOT_TOKN is not a setting; did you mean DIGESTBOT_TOKEN?",
        "DIGESTBOT_XYZZY is not a setting",
    ]


def test_variables_are_named_after_their_fields() -> None:
    assert variable_of("data_dir") == "DIGESTBOT_DATA_DIR"


def test_the_roles_are_those_of_the_contract() -> None:
    assert ROLES == ("updates", "ingest", "schedule", "deliver")


def fault_of(field: str, text: str) -> str:
    """What is said of a value; the variable's name alone if it is taken."""
    try:
        load_settings({field: text}, env_file="none")
    except SettingsError as error:
        return str(error)
    return variable_of(field) + ": "


@given(st.sampled_from(sorted(Settings.model_fields)), st.text(max_size=60))
def test_any_text_is_taken_or_refused_by_name(field: str, text: str) -> None:
    assert fault_of(field, text).startswith(variable_of(field) + ": ")
