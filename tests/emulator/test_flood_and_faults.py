"""Flood limits, faults, latency, and the journal that proves what happened."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.emulator import Chat, Emulator, Fault, FaultRates, Person, sliding_peak
from bot.emulator.flood import FloodLimits
from tests.emulator.conftest import Answer, Api, Clock


@pytest.fixture
def limits(emulator: Emulator) -> FloodLimits:
    emulator.flood.limits.enabled = True
    return emulator.flood.limits


async def send(api: Api, chat_id: int, **params: Any) -> Answer:
    return await api("sendMessage", chat_id=chat_id, text="x", **params)


async def statuses(api: Api, chat_id: int, times: int) -> list[int]:
    return [(await send(api, chat_id)).status for _ in range(times)]


async def test_limits_are_off_unless_asked_for(api: Api, reader: Person) -> None:
    assert await statuses(api, reader.id, 40) == [200] * 40


async def test_a_private_chat_takes_a_burst_and_then_one_a_second(
    api: Api, reader: Person, limits: FloodLimits, clock: Clock
) -> None:
    assert await statuses(api, reader.id, 4) == [200, 200, 200, 429]
    clock.advance(1)
    assert await statuses(api, reader.id, 2) == [200, 429]


async def test_a_refusal_says_when_to_come_back(api: Api, reader: Person, limits: FloodLimits) -> None:
    limits.private_burst = 1
    limits.private_interval = 4.5
    await send(api, reader.id)
    answer = await send(api, reader.id)
    assert answer.error == "Too Many Requests: retry after 5"
    assert answer.body["parameters"] == {"retry_after": 5}
    assert answer.headers["Retry-After"] == "5"


async def test_a_group_takes_twenty_in_any_minute(api: Api, group: Chat, limits: FloodLimits, clock: Clock) -> None:
    assert await statuses(api, group.id, 21) == [200] * 20 + [429]
    clock.advance(30)
    assert (await send(api, group.id)).body["parameters"] == {"retry_after": 30}
    clock.advance(30)
    assert (await send(api, group.id)).status == 200


async def test_all_chats_together_are_limited_and_paid_messages_less(
    api: Api, emulator: Emulator, limits: FloodLimits, clock: Clock
) -> None:
    people = [emulator.add_user(started=True) for _ in range(31)]
    codes = [(await send(api, person.id)).status for person in people]
    assert codes == [200] * 30 + [429]
    assert (await send(api, people[-1].id, allow_paid_broadcast=True)).status == 200
    clock.advance(1)
    assert (await send(api, people[-1].id)).status == 200


async def test_edits_share_the_budget_and_refused_texts_cost_nothing(
    api: Api, reader: Person, limits: FloodLimits
) -> None:
    limits.private_burst = 2
    await api("sendMessage", chat_id=reader.id, text="<br>", parse_mode="HTML")
    await send(api, reader.id)
    edit = {"chat_id": reader.id, "message_id": 1}
    assert (await api("editMessageText", **edit, text="y")).status == 200
    assert (await api("editMessageText", **edit, text="z")).status == 429


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "description"),
    [
        ("flood:7", 429, "Too Many Requests: retry after 7"),
        ("server_error", 500, "Internal Server Error: restart"),
        ("blocked", 403, "Forbidden: bot was blocked by the user"),
        ("kicked", 403, "Forbidden: bot was kicked from the supergroup chat"),
        ("topic_closed", 400, "Bad Request: TOPIC_CLOSED"),
        ("unauthorized", 401, "Unauthorized"),
        ("400 Bad Request: chat_restricted", 400, "Bad Request: chat_restricted"),
    ],
)
async def test_scripted_refusals(
    api: Api, emulator: Emulator, reader: Person, fault: str, status: int, description: str
) -> None:
    emulator.fail_next("SendMessage", error=fault)
    answer = await send(api, reader.id)
    assert (answer.status, answer.error) == (status, description)
    assert (await send(api, reader.id)).status == 200
    assert len(emulator.sent(reader)) == 1


def test_an_unknown_fault_is_named(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="unknown fault 'gremlins'; known: bad_gateway, blocked"):
        emulator.fail_next(error="gremlins")
    with pytest.raises(ValueError, match="unknown fault rates: gremlins"):
        FaultRates().updated({"gremlins": 1})


async def test_a_bad_gateway_answers_with_a_page(api: Api, emulator: Emulator, reader: Person) -> None:
    emulator.fail_next(error="bad_gateway")
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    async with api.session.post(url, json={"chat_id": reader.id, "text": "x"}) as response:
        assert (response.status, response.content_type) == (502, "text/html")
    assert emulator.sent(reader) == []


@pytest.mark.parametrize(("kind", "arrived"), [("reset_before", 0), ("reset_after", 1)])
async def test_a_connection_breaks_before_or_after_the_message_is_taken(
    api: Api, emulator: Emulator, reader: Person, kind: str, arrived: int
) -> None:
    emulator.fail_next("sendMessage", error=kind)
    with pytest.raises(aiohttp.ClientError):
        await send(api, reader.id)
    [entry] = emulator.journal.calls("sendMessage")
    assert (len(emulator.sent(reader)), len(emulator.journal.sends()), entry.answered) == (arrived, arrived, None)


async def test_a_delayed_answer_belongs_to_a_message_that_arrived(api: Api, emulator: Emulator, reader: Person) -> None:
    emulator.fail_next(error=Fault("delay", seconds=30))
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    with pytest.raises(TimeoutError):
        await api.session.post(url, json={"chat_id": reader.id, "text": "x"}, timeout=aiohttp.ClientTimeout(total=0.1))
    assert len(emulator.sent(reader)) == 1


async def test_a_migration_in_the_middle_of_a_send(api: Api, emulator: Emulator, group: Chat) -> None:
    emulator.fail_next("sendMessage", chat_id=group.id, error="migrate")
    answer = await send(api, group.id)
    assert answer.body["parameters"]["migrate_to_chat_id"] == group.migrated_to


async def test_random_faults_come_at_their_rate_and_repeat_with_the_seed(clock: Clock) -> None:
    def run(seed: int) -> list[str]:
        emulator = Emulator(clock=clock, seed=seed)
        emulator.faults.rates = FaultRates(flood=0.2, server_error=0.1, delay=0.1, delay_seconds=9)
        chosen = [emulator.faults.choose("sendmessage", 1) for _ in range(1000)]
        return [fault.kind if fault else "" for fault in chosen]

    first = run(1)
    assert first == run(1) != run(2)
    assert 150 < first.count("flood") < 250
    assert 60 < first.count("delay") < 140
    assert Emulator().faults.choose("getme", None) is None


async def test_faults_can_be_cleared(api: Api, emulator: Emulator, reader: Person) -> None:
    emulator.faults.rates = FaultRates(server_error=1.0)
    emulator.fail_next(error="blocked")
    emulator.faults.clear()
    assert (await send(api, reader.id)).status == 200


# -- journal -----------------------------------------------------------------------------------------------------------


async def test_the_journal_knows_every_call(api: Api, emulator: Emulator, reader: Person, clock: Clock) -> None:
    await send(api, reader.id)
    clock.advance(0.5)
    await send(api, reader.id)
    await send(api, 5)
    journal = emulator.journal
    assert [entry.message_id for entry in journal.sends(reader.id)] == [1, 2]
    assert (journal.peak(), journal.peak(0.5), journal.repeats()) == (2, 1, {(reader.id, "x"): 2})
    [refused] = journal.refused(400)
    assert (refused.chat_id, refused.description, refused.text) == (5, "Bad Request: chat not found", "x")
    assert (len(journal.refused()), journal.counts[("sendMessage", 200)]) == (1, 2)
    assert journal.calls("sendmessage", chat_id=5) == [refused]
    journal.clear()
    assert journal.calls() == []


async def test_the_journal_file_has_a_line_for_every_call_at_once(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    path = tmp_path / "journal.jsonl"
    async with Emulator(journal_path=path, journal_keep=1) as emulator:
        person = emulator.add_user(started=True)
        api = Api(session, emulator)
        await statuses(api, person.id, 4)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [line["message_id"] for line in lines] == [1, 2, 3, 4]
        assert len(emulator.journal.entries) <= 2


async def test_answers_can_be_late(api: Api, emulator: Emulator, reader: Person) -> None:
    emulator.latency = 0.01
    assert (await send(api, reader.id)).status == 200


async def test_a_sender_that_is_killed_while_it_waits_leaves_its_trace(
    api: Api, emulator: Emulator, reader: Person
) -> None:
    emulator.latency = 30
    sending = asyncio.create_task(send(api, reader.id))
    await emulator.wait_for(reader.messages)
    sending.cancel()
    await asyncio.wait({sending})
    await traced(emulator)
    assert emulator.journal.sends()[0].answered is None


async def traced(emulator: Emulator) -> None:
    async with asyncio.timeout(5):
        while not emulator.journal.sends():  # noqa: ASYNC110 - the server notices a broken connection by itself
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("times", "seconds", "peak"), [([], 1, 0), ([0, 0.5, 0.99, 1.0], 1, 3), ([5, 0, 5.1], 1, 2), ([0, 1, 2], 1, 1)]
)
def test_the_sliding_peak(times: list[float], seconds: float, peak: int) -> None:
    assert sliding_peak(times, seconds) == peak
