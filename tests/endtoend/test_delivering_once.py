"""`deliver --once` as a process of its own, as cron starts it: what it says, how it ends, and what it leaves behind."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.clock import utc_now
from bot.core.ledger import DeliveryState
from bot.core.model import Place
from bot.emulator import Person
from bot.services.figures import Figures, figures_of
from bot.storage import SubscriberLine
from tests.conftest import House, stored

ROOT = str(Path(__file__).parents[2])
AT_REST = {DeliveryState.SENT.value, DeliveryState.PLANNED.value, DeliveryState.RETRY.value}


async def owed(house: House, readers: int) -> list[Person]:
    """So many readers to whom the newest digest is planned, but not sent."""
    people = [house.emulator.add_user(f"Reader {number}", started=True) for number in range(readers)]
    async with house.storage() as storage:
        with storage.writing() as tx:
            lines = [SubscriberLine(place=Place(person.id)) for person in people]
            tx.importer.upsert_many(lines, now=utc_now())
    async with house.running(roles=("ingest",)) as running:
        await stored(running, 1)
    return people


async def begun(house: House, **variables: str) -> Process:
    settings = {
        "DIGESTBOT_TOKEN": house.emulator.token,
        "DIGESTBOT_API_BASE_URL": house.emulator.url,
        "DIGESTBOT_DATA_DIR": str(house.root),
        "DIGESTBOT_LOG_LEVEL": "ERROR",
        "PYTHONPATH": ROOT,
    }
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("DIGESTBOT_")}
    words = (sys.executable, "-m", "bot", "deliver", "--once")
    return await asyncio.create_subprocess_exec(
        *words, cwd=house.root, env=clean | settings | variables, stdout=PIPE, stderr=PIPE
    )


async def ended(process: Process) -> tuple[int | None, str]:
    """Its exit code and what it said."""
    _, said = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode()


async def figures(house: House) -> Figures:
    async with house.storage() as storage:
        return figures_of(storage, now=utc_now())


def copies(house: House, people: Sequence[Person]) -> Counter[int]:
    chats = {person.id for person in people}
    return Counter(entry.chat_id for entry in house.emulator.journal.sends() if entry.chat_id in chats)


@pytest.mark.parametrize(("told", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_told_to_end_it_finishes_what_is_under_way_and_gives_the_rest_back(
    house: House, told: signal.Signals, code: int
) -> None:
    people = await owed(house, 40)
    process = await begun(house, DIGESTBOT_RATE="10")
    await house.emulator.wait_for(lambda: len(house.emulator.journal.sends()) >= 5, 60)
    process.send_signal(told)
    ending, said = await ended(process)
    counted = re.fullmatch(
        r"told to end early: sent (\d+), gone 0, failed 0, unknown 0; (\d+) still to send, the first due .+ UTC\n", said
    )
    assert (ending, bool(counted)) == (code, True), said
    assert counted is not None
    sent, left = int(counted[1]), int(counted[2])
    assert (sent, sent + left) == (copies(house, people).total(), 40)
    found = await figures(house)
    assert (set(found.deliveries) <= AT_REST, found.backlog) == (True, left)
    assert await ended(await begun(house, DIGESTBOT_RATE="1000")) == (0, f"sent {left}, gone 0, failed 0, unknown 0\n")
    assert copies(house, people) == dict.fromkeys([person.id for person in people], 1)


async def test_after_a_kill_the_next_run_says_what_may_come_twice(house: House) -> None:
    people = await owed(house, 40)
    process = await begun(house, DIGESTBOT_RATE="10")
    await house.emulator.wait_for(lambda: len(house.emulator.journal.sends()) >= 5, 60)
    process.kill()
    await ended(process)
    _, said = await ended(await begun(house, DIGESTBOT_RATE="1000", DIGESTBOT_LOG_LEVEL="WARNING"))
    counted = re.search(r"abruptly: (\d+) deliveries go on; (\d+) of them were under way, and what was in flight", said)
    assert counted is not None, said
    assert 40 >= int(counted[1]) >= int(counted[2]) > 0
    assert copies(house, people).total() - 40 <= int(counted[2])
    assert set(copies(house, people)) == {person.id for person in people}


async def test_what_nobody_knows_to_have_arrived_is_counted_and_said(house: House) -> None:
    first, second, _ = await owed(house, 3)
    house.emulator.fail_next("sendMessage", error="bad_gateway", chat_id=first.id)
    house.emulator.fail_next("sendMessage", error="bad_gateway", chat_id=second.id)
    process = await begun(house, DIGESTBOT_RETRY_UNKNOWN="none")
    assert await ended(process) == (0, "sent 1, gone 0, failed 0, unknown 2\n")
    (failure,) = (await figures(house)).failures
    assert (failure.name, failure.items) == ("unknown: 502: answered with something that is no Bot API answer", 2)


async def test_what_has_to_wait_for_longer_is_said(house: House) -> None:
    person, _ = await owed(house, 2)
    house.emulator.fail_next("sendMessage", error="flood:600", chat_id=person.id)
    code, said = await ended(await begun(house))
    assert code == 0
    assert re.fullmatch(
        r"sent 1, gone 0, failed 0, unknown 0; 1 still to send, the first due [-\d]+ [\d:]+ UTC\n", said
    )
