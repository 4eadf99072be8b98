"""The program as a whole: help, exit codes, settings, pipes and terminals."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from bot import __version__
from bot.cli.program import COMMANDS, program
from bot.errors import DigestbotError
from bot.settings import ROLES, Settings
from tests.cli.conftest import Run

TOKEN = "123456:" + "a" * 35


def tree(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of every command below this one, and of itself."""
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from tree(below, *words, name)


EVERY = list(tree(program))


@pytest.mark.parametrize("words", EVERY, ids=[" ".join(words) or "digestbot" for words in EVERY])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help_with_an_example(digestbot: Run, words: tuple[str, ...], flag: str) -> None:
    answer = digestbot(*words, flag)
    assert (answer.code, answer.err) == (0, "")
    assert "Example: " in answer.out
    assert "digestbot " in answer.out.partition("Example: ")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_is_true(name: str) -> None:
    module = import_module(f"bot.cli.{COMMANDS[name][0]}")
    assert isinstance(getattr(module, f"{name}_command"), click.Command)


def test_the_version_is_told(digestbot: Run) -> None:
    assert digestbot("--version").out == f"digestbot, version {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("check",),
        ("search",),
        ("search", "--nonsense", "x"),
        ("latest", "--limit", "0"),
        ("latest", "--offset", "-1"),
        ("latest", "--offset", "99999999999999999999"),
        ("preview", "--style", "huge"),
        ("deliver",),
        ("subscribers", "import"),
        ("run", "--roles", "everything"),
        ("run", "--rate", "fast"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_2_and_says_what_is_wrong(digestbot: Run, words: tuple[str, ...]) -> None:
    answer = digestbot(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


@pytest.mark.parametrize("command", [("run",), ("deliver", "--once")])
def test_without_a_token_there_is_one_clear_line(digestbot: Run, command: tuple[str, ...]) -> None:
    answer = digestbot(*command)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("digestbot: DIGESTBOT_TOKEN: is missing; make a bot with @BotFather")
    assert answer.err.count("\n") == 1


def test_every_setting_is_a_flag_of_run(digestbot: Run) -> None:
    text = digestbot("run", "--help").out
    missing = [name for name in Settings.model_fields if f"--{name.replace('_', '-')} VALUE" not in text]
    assert missing == []


def test_a_flag_wins_over_the_environment(digestbot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_RATE", "fast")
    assert digestbot("run", "--rate", "5").err.startswith("digestbot: DIGESTBOT_TOKEN: is missing")
    monkeypatch.setenv("DIGESTBOT_RATE", "5")
    assert digestbot("run", "--rate", "fast").err.startswith("digestbot: DIGESTBOT_RATE: ")


def test_the_roles_that_can_be_named_are_told(digestbot: Run) -> None:
    answer = digestbot("run", "--roles", "updates,sing", "--token", TOKEN)
    assert answer.code == 2
    assert f"sing: choose from {', '.join(ROLES)}" in answer.err


@pytest.mark.parametrize(
    ("variable", "value", "commands"),
    [("DIGESTBOT_TIMEZONE", "Mars/Base", ["check", "latest", "stats", "db upgrade", "subscribers list"])],
)
def test_a_wrong_setting_stops_every_command(
    digestbot: Run, digests: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, commands: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    answers = [digestbot(*command.split(), *([digests] if command == "check" else [])) for command in commands]
    assert {answer.code for answer in answers} == {2}
    assert {answer.err.partition(": no such")[0] for answer in answers} == {f"digestbot: {variable}"}


@pytest.mark.parametrize("command", ["check digests", "latest", "stats", "topics test AI", "run"])
def test_a_variable_that_means_nothing_is_named_once(
    digestbot: Run, digests: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DIGESTBOT_TIME_ZONE", "Asia/Tokyo")
    said = "digestbot: DIGESTBOT_TIME_ZONE is not a setting; did you mean DIGESTBOT_TIMEZONE?\n"
    assert digestbot(*command.split()).err.count(said) == 1


@pytest.mark.parametrize(
    ("url", "fault"),
    [("sqlite:////proc/nothing/x.db", "cannot be made"), ("postgresql://u:hush@127.0.0.1:1/x", "")],
)
def test_a_database_that_cannot_be_had_is_one_line_without_the_password(
    digestbot: Run, monkeypatch: pytest.MonkeyPatch, url: str, fault: str
) -> None:
    monkeypatch.setenv("DIGESTBOT_DATABASE_URL", url)
    answer = digestbot("stats")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert fault in answer.err
    assert "hush" not in answer.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DigestbotError(f"bad {TOKEN}"), 2, "digestbot: bad <token>\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "digestbot: /x: Permission denied\n"),
        (ZeroDivisionError("oops"), 1, "digestbot: ZeroDivisionError: oops; DIGESTBOT_LOG_LEVEL=DEBUG tells more\n"),
        (BrokenPipeError(), 0, ""),
    ],
    ids=["ours", "interrupted", "system", "a fault of ours", "nobody listens"],
)
def test_whatever_goes_wrong_is_a_line_and_a_code(
    archive: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bot.cli.operating.figures_of", fail)  # nothing a user does brings these about at will
    answer = archive("stats")
    assert (answer.code, answer.err) == (code, ("\n" if code == 130 else "") + said)


def test_who_asks_for_details_gets_them_without_secrets(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(TOKEN)

    monkeypatch.setenv("DIGESTBOT_LOG_LEVEL", "DEBUG")
    monkeypatch.setattr("bot.cli.operating.figures_of", fail)  # as above
    answer = archive("stats")
    assert "Traceback" in answer.err
    assert TOKEN not in answer.err


# As a process of its own: what only the system can show.


def started(*words: str, **wish: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "bot", *words], stderr=subprocess.PIPE, **wish)  # type: ignore[call-overload,no-any-return] # handed on


def environment(**more: str) -> dict[str, str]:
    """This process's, with a locale that knows no Chinese."""
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": root, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", **more}


def test_a_reader_that_goes_away_is_no_fault(digests: Path, home: Path) -> None:
    out, into = os.pipe()
    os.close(out)
    with started("check", "digests", "--json", cwd=home, env=environment(), stdout=into) as process:
        os.close(into)
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


def test_output_is_utf8_whatever_the_locale(digests: Path, home: Path) -> None:
    with started("check", "digests", "--json", cwd=home, env=environment(), stdout=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert "开放模型的新一轮评测" in out.decode("utf-8")


def test_an_interrupt_ends_with_130_and_no_traceback(home: Path) -> None:
    source, into = os.pipe()
    words = ("subscribers", "import", "-")
    with started(*words, cwd=home, env=environment(), stdin=source, stdout=subprocess.DEVNULL) as process:
        os.close(source)
        os.write(into, b"not json\n" * 6_000)  # refused at once, so that we hear when it is at work
        assert process.stderr is not None
        assert process.stderr.readline() == b"-:1: the line is not JSON\n"
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=60)[1]
        os.close(into)
    assert process.returncode == 130
    assert err.endswith(b"interrupted\n")
    assert b"Traceback" not in err


def on_a_terminal(home: Path, *words: str, stdout: int | None) -> tuple[int, str]:
    """Run with standard error (and output, unless it goes elsewhere) on a terminal; the code and what it showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *words],
        cwd=home,
        env=environment(TERM="xterm"),
        stderr=slave,
        stdout=stdout or slave,
    )
    os.close(slave)
    shown = b"".join(iter(lambda: _read(master), b""))
    os.close(master)
    return process.wait(60), shown.decode("utf-8")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other side is closed
        return b""


@pytest.fixture
def many(digests: Path) -> Path:
    """Enough files for a progress bar, one of them refused."""
    for number in range(30):
        (digests / f"copy{number}.md").write_bytes((digests / "morning.md").read_bytes())
    (digests / "broken.md").write_text("---\n")
    return digests


def test_long_work_shows_a_bar_where_a_terminal_looks_on(many: Path, home: Path) -> None:
    code, shown = on_a_terminal(home, "check", "digests", stdout=subprocess.DEVNULL)
    assert code == 1
    assert "reading" in shown
    assert "33/33" in shown
    assert "33 files: 32 accept, 1 reject" in shown


def test_with_a_bar_only_what_is_odd_gets_a_line(many: Path, home: Path) -> None:
    code, shown = on_a_terminal(home, "check", "digests", stdout=None)
    assert code == 1
    assert "digests/broken.md: reject" in shown
    assert shown.count(": accept,") < 20


def test_there_is_no_bar_where_nobody_looks_on(digestbot: Run, many: Path) -> None:
    answer = digestbot("check", many, "--json")
    assert answer.err == ""
    assert len(answer.json) == 33


@pytest.mark.parametrize(
    ("words", "label", "said"),
    [
        (("subscribers", "export", "readers.jsonl"), "exporting", "exported 1"),
        (("subscribers", "import", "in.jsonl"), "importing", "added 0, updated 1, refused 0"),
        (("db", "reindex"), "indexing", "4 items are indexed"),
        (("topics", "retag"), "labelling", "0 items have other topics now"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_other_long_work_shows_a_bar_too(
    archive: Run, home: Path, words: tuple[str, ...], label: str, said: str
) -> None:
    (home / "in.jsonl").write_text('{"chat_id": 1}\n')
    archive("subscribers", "import", "in.jsonl")
    code, shown = on_a_terminal(home, *words, stdout=None)
    assert code == 0
    assert label in shown
    assert said in shown
