"""What stops a start, in one line each; what a bot that ends leaves behind; and what never reaches a log."""

import asyncio
import io
import logging
import os
import socket
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App, _lease_names
from bot.clock import utc_now
from bot.emulator import Person
from bot.errors import DigestbotError, SourceError, StorageError, TransportError
from bot.log import _TALKATIVE, set_up_logging
from bot.storage import Lease
from tests.conftest import House, slot, stored, until
from tests.endtoend.conftest import digests

WRONG = "999999999:AAwrongwrongwrongwrongwrongwrongwr"


async def fault_of(house: House, **flags: object) -> DigestbotError:
    """What a bot ends with that cannot start, or not go on."""
    with pytest.raises(DigestbotError) as raised:
        await _run_to_its_end(house, **flags)
    assert "\n" not in str(raised.value)
    return raised.value


async def _run_to_its_end(house: House, **flags: object) -> None:
    async with house.running(**flags) as running:  # type: ignore[arg-type] # settings as flags
        await asyncio.wait([running.task], timeout=10)


async def test_a_wrong_token_is_named_without_being_shown(house: House) -> None:
    fault = await fault_of(house, token=WRONG)
    assert isinstance(fault, TransportError)
    assert "DIGESTBOT_TOKEN" in str(fault)
    assert WRONG.partition(":")[2] not in str(fault)


async def test_a_server_that_cannot_be_reached_is_named(house: House) -> None:
    fault = await fault_of(house, api_base_url="http://127.0.0.1:9")
    assert isinstance(fault, TransportError)
    assert "http://127.0.0.1:9 cannot be reached" in str(fault)


async def test_an_address_that_is_no_bot_api_is_named(house: House) -> None:
    fault = await fault_of(house, api_base_url=f"{house.emulator.url}/elsewhere")
    assert isinstance(fault, TransportError)
    assert "/elsewhere" in str(fault)


async def test_a_folder_that_is_missing_or_empty_is_named(house: House) -> None:
    assert "no such folder" in str(await fault_of(house, digests=(str(house.root / "nowhere"),)))
    empty = house.root / "empty"
    empty.mkdir()
    fault = await fault_of(house, digests=(str(empty),))
    assert isinstance(fault, SourceError)
    assert "no digest here yet" in str(fault)


async def test_an_empty_folder_is_no_fault_once_something_is_stored(house: House, ann: Person) -> None:
    async with house.running() as first:
        await stored(first, 1)
    empty = house.root / "empty"
    empty.mkdir()
    async with house.running(digests=(str(empty),)):
        assert "📰" in (await ann.ask("/latest"))["text"]


async def test_a_second_instance_is_refused_and_the_first_one_named(house: House) -> None:
    now = utc_now()
    async with house.storage() as storage:
        with storage.writing() as tx:
            other = Lease(_name(house), "other", socket.gethostname(), os.getppid(), now, now + timedelta(minutes=1))
            assert tx.leases.acquire(other, now=now, alive=lambda _: True) is None
    fault = await fault_of(house)
    assert f"process {os.getppid()}" in str(fault)


async def test_a_dead_predecessor_is_replaced_at_once(house: House) -> None:
    now = utc_now()
    async with house.storage() as storage:
        with storage.writing() as tx:
            dead = Lease(_name(house), "dead", socket.gethostname(), 2**22 + 1, now, now + timedelta(minutes=1))
            tx.leases.acquire(dead, now=now, alive=lambda _: True)
    async with house.running() as running:
        await stored(running, 1)


async def test_a_file_that_is_no_database_is_named(house: House) -> None:
    (house.root / "broken.db").write_text("this is no database, however long it may be" * 100)
    fault = await fault_of(house, database_url=f"sqlite:///{house.root}/broken.db")
    assert isinstance(fault, StorageError)
    assert "broken.db" in str(fault)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that not even root may write to")
async def test_a_read_only_database_is_named(house: House) -> None:
    fault = await fault_of(house, database_url="sqlite:////proc/digestbot.db")
    assert isinstance(fault, StorageError)
    assert "/proc/digestbot.db" in str(fault)


async def test_a_start_that_failed_half_way_leaves_nothing_behind(house: House, ann: Person) -> None:
    house.emulator.fail_next("deleteWebhook", error="401 Unauthorized", times=9)
    fault = await fault_of(house)
    assert isinstance(fault, TransportError)
    house.emulator.faults.clear()
    async with house.running() as running:
        await stored(running, 1)
        assert "Hello" in (await ann.ask("/start"))["text"]


async def test_a_lease_that_cannot_be_given_back_does_not_hide_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise StorageError("the database is locked")

    def prepare(app: App) -> None:
        monkeypatch.setattr(app._lease, "release", broken)  # what a full disk does at the end

    async with house.running(prepare=prepare) as running:
        await stored(running, 1)
    assert "not given back" in caplog.text


async def test_another_poller_ends_the_bot_with_a_reason(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tg.application._WATCH_SECONDS", 0.05)
    fault = await fault_of(house, prepare=_as_after_five_conflicts)
    assert "another process polls" in str(fault)


def _as_after_five_conflicts(app: App) -> None:
    app._bot.heartbeat.conflicts = 5  # which take the library half a minute
    app._bot.heartbeat.good = lambda _now: None  # type: ignore[method-assign] # and no good poll came since


async def test_a_backlog_cut_short_by_the_end_goes_on_at_the_next_start(house: House) -> None:
    for day in range(1, 6):
        for hour in range(24):
            house.desk.publish(slot(hour, day))
    async with house.running() as running:
        await stored(running, 1)
    async with house.running() as again:
        await stored(again, 1 + 5 * 24)


async def test_answers_that_wait_too_long_are_given_up_at_the_end(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tg.application.GRACE_SECONDS", 0.05)
    async with house.running() as running:
        await stored(running, 1)
        house.emulator.fail_next("sendMessage", error="429 Too Many Requests: retry after 30", times=5)
        ann.send("/help")
        await until(lambda: house.emulator.journal.refused(429))
        running.stop.set()
        done, _ = await asyncio.wait([running.task], timeout=5)
        assert done


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that is logged at any level (or at the one named), as an operator would see it."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    stream = io.StringIO()
    set_up_logging(getattr(request, "param", "DEBUG"), stream=stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)


@pytest.mark.parametrize("log", ["INFO"], indirect=True)
async def test_a_token_that_is_revoked_while_polling_is_one_line(
    house: House, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tg.application._WATCH_SECONDS", 0.05)
    house.emulator.fail_next("getUpdates", error="unauthorized", times=9)
    fault = await fault_of(house)
    assert "the token is not accepted" in str(fault)
    assert not [line for line in log.getvalue().splitlines() if " INFO    bot.services" not in line]


@pytest.mark.parametrize("log", ["INFO"], indirect=True)
async def test_another_poller_is_one_line_until_it_is_gone(house: House, log: io.StringIO) -> None:
    conflict = "409 Conflict: terminated by other getUpdates request"
    async with house.running() as running:
        await stored(running, 1)
        polls = running.app._bot.heartbeat
        house.emulator.fail_next("getUpdates", error=conflict, times=9)
        house.emulator.add_user("Ann").send("/start")  # ends the poll under way
        await until(lambda: polls.conflicts >= 2)
    (line,) = [line for line in log.getvalue().splitlines() if " INFO    bot.services" not in line]
    assert line.endswith("polling failed and is tried again: Conflict: terminated by other getUpdates request")


@pytest.mark.parametrize("loud", [False, True], ids=["as set up", "libraries too"])
async def test_the_token_is_in_no_log_line(house: House, ann: Person, log: io.StringIO, loud: bool) -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG if loud else logging.WARNING)
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/subscribe")
        shown = await ann.ask("/topics")
        house.emulator.fail_next("answerCallbackQuery", error="400 Bad Request: query is too old")
        house.emulator.fail_next("sendMessage", error="500 Internal Server Error")
        house.emulator.fail_next("getUpdates", error="502 Bad Gateway")
        await _pressed(ann, shown)
        house.emulator.fail_next("sendMessage", error="reset_after")
        ann.send("/help")
        house.desk.publish(slot(12))
        await house.emulator.wait_for(lambda: digests(house.emulator.messages(ann)))
    await fault_of(house, token=WRONG)
    await fault_of(house, api_base_url="http://127.0.0.1:9")
    secrets = [token.partition(":")[2] for token in (house.emulator.token, WRONG)]
    assert "is stored (new)" in log.getvalue()
    assert not [secret for secret in secrets if secret in log.getvalue()]


async def _pressed(ann: Person, shown: dict[str, object]) -> None:
    with pytest.raises(TimeoutError):
        await ann.press_data(shown, "1:help", timeout_seconds=0.5)


async def test_every_part_that_can_fail_is_in_the_health(house: House) -> None:
    async with house.running(http_address="127.0.0.1:0") as running:
        await stored(running, 1)
        assert running.app._ready() == {"polling": None, str(house.desk.folder): None}
        assert running.app._fault() is None


def _name(house: House) -> str:
    return _lease_names(house.emulator.token, frozenset({"deliver"}))[0]
