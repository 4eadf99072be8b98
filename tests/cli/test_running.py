"""The long-running commands, as processes that end when they are told to."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import Run

ROOT = str(Path(__file__).parents[2])


def started(home: Path, *words: str, **variables: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *words],
        cwd=home,
        env={**os.environ, "PYTHONPATH": ROOT, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Server:
    """A stand-in for Telegram, as `digestbot emulator` starts it."""

    process: "subprocess.Popen[str]"
    variables: dict[str, str]


@pytest.fixture
def emulator(home: Path) -> Iterator[Server]:
    with started(home, "emulator", "--port", "0", "--no-flood") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(2)]
        yield Server(process, dict(line.split("=", 1) for line in lines))
        process.terminate()
        process.communicate(timeout=30)


def somebody(emulator: Server) -> int:
    """A person of the emulator's who has opened the chat with the bot."""
    place = emulator.variables["DIGESTBOT_API_BASE_URL"] + "/emulator/"
    person: int = asked(place + "state")["users"][0]["id"]
    asked(place + "send", {"user_id": person, "chat_id": person, "text": "/start"})
    return person


def asked(url: str, body: object = None) -> Any:
    """What a server answers, as JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json"})) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def shown_in_time(url: str, wanted: str) -> bool:
    """Whether a page shows that within ten seconds."""
    for _ in range(100):
        with urlopen(url) as answer:  # noqa: S310 - our own server
            if re.search(wanted, answer.read().decode()):
                return True
        time.sleep(0.1)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("told", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_emulator_says_how_to_reach_it_and_ends_when_told(emulator: Server, told: int, code: int) -> None:
    assert set(emulator.variables) == {"DIGESTBOT_API_BASE_URL", "DIGESTBOT_TOKEN"}
    emulator.process.send_signal(told)
    assert emulator.process.wait(30) == code


def test_the_bot_takes_updates_where_it_is_told_to(emulator: Server, digests: Path, home: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    flags = ("--digests", str(digests), "--http-address", address, "--webhook-url", f"http://{address}/in")
    with started(home, "run", *flags, **emulator.variables) as process:
        assert process.stderr is not None
        shown = "".join(takewhile(lambda line: "digestbot is running" not in line, iter(process.stderr.readline, "")))
        somebody(emulator)
        taken = shown_in_time(f"http://{address}/metrics", r'webhook_requests_total\{outcome="taken"\} [1-9]')
        health = asked(f"http://{address}/healthz")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert (taken, health) == (True, {"status": "ok", "parts": {"webhook": "ok"}})
    assert "updates are posted to 127.0.0.1" in shown
    assert emulator.variables["DIGESTBOT_TOKEN"].partition(":")[2] not in shown + err


@pytest.mark.parametrize(
    ("flags", "variable"),
    [
        (("--webhook-url", "http://bot.example.org/in"), "DIGESTBOT_WEBHOOK_URL"),
        (("--webhook-url", "https://bot.example.org/in", "--http-address", "off"), "DIGESTBOT_WEBHOOK_URL"),
        (("--webhook-secret", "two words"), "DIGESTBOT_WEBHOOK_SECRET"),
    ],
)
def test_a_webhook_that_cannot_be_is_wrong_use(digestbot: Run, flags: tuple[str, ...], variable: str) -> None:
    answer = digestbot("run", "--token", "123456:" + "a" * 35, *flags)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"digestbot: {variable}: ")
    assert f"; example: {variable}=" in answer.err


@pytest.mark.parametrize("command", [("emulator",), ("demo", "--no-browser")])
def test_a_port_that_is_taken_is_one_clear_line(digestbot: Run, command: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = digestbot(*command, "--port", str(taken.getsockname()[1]))
    assert (answer.code, answer.out) == (2, "")
    assert re.fullmatch(r"digestbot: port \d+ cannot be had \(.*\); choose another with --port\n", answer.err)


def test_what_is_due_is_sent_once(
    emulator: Server, digestbot: Run, digests: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DIGESTBOT_LOG_LEVEL", "ERROR")
    (home / "r.jsonl").write_text(json.dumps({"chat_id": somebody(emulator)}))
    digestbot("subscribers", "import", "r.jsonl")
    digestbot("ingest", digests, "--announce")
    assert digestbot("deliver", "--once").err == "sent 2, gone 0, failed 0, unknown 0\n"
    assert digestbot("deliver", "--once").err == "sent 0, gone 0, failed 0, unknown 0\n"
    (stats,) = digestbot("stats", "--json").json
    assert (stats["deliveries"], stats["backlog"]) == ({"sent": 2}, 0)


def test_the_bot_runs_until_it_is_told_to_end(emulator: Server, digests: Path, home: Path) -> None:
    port = free_port()
    flags = (
        "--digests",
        str(digests),
        "--http-address",
        f"127.0.0.1:{port}",
        "--roles",
        "updates,ingest,schedule,deliver",
    )
    with started(home, "run", *flags, **emulator.variables) as process:
        assert process.stderr is not None
        shown = "".join(takewhile(lambda line: "digestbot is running" not in line, iter(process.stderr.readline, "")))
        assert asked(f"http://127.0.0.1:{port}/healthz") == {"status": "ok", "parts": {"polling": "ok"}}
        assert asked(f"http://127.0.0.1:{port}/readyz")["parts"][str(digests)] == "ok"
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = answer.read().decode()
        assert "digestbot_poll_age_seconds " in metrics
        assert "digestbot_database_up 1.0" in metrics
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert emulator.variables["DIGESTBOT_TOKEN"] not in shown + err
