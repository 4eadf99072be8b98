"""The whole way over HTTP: ledger, pacer, sender, our request class, and the emulator with Telegram's limits and
faults at the other end. The emulator's journal is the witness.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import utc_now
from bot.core.ledger import DeliveryState, SendResult
from bot.core.model import Place, SubscriberState
from bot.core.pacing import Limits, Pacer
from bot.emulator import Chat, Emulator, FaultRates
from bot.rendering.edition_view import Rendering
from bot.rendering.message import Button, OutgoingMessage
from bot.services.delivery import Calls, Deliverer, DeliverySettings, DeliveryStore, PacedSender, Turns
from bot.storage.storage import Storage
from bot.tg.receiving import DigestBot
from bot.tg.request import AiohttpRequest
from bot.tg.sender import TelegramSender
from tests.services.delivery_kit import Ground

S = DeliveryState


class Wired(Ground):
    """A ledger and an emulator, wired together."""

    emulator: Emulator
    request: AiohttpRequest

    def calls(self, rate: float) -> Calls:
        clock = asyncio.get_running_loop().time
        bot = DigestBot(
            self.emulator.token,
            request=self.request,
            get_updates_request=self.request,
            clock=clock,
            api_base_url=self.emulator.url,
        )
        return Calls(TelegramSender(bot), Turns(Pacer(Limits(rate=rate)), clock), clock=clock)

    async def deliver(self, rate: float = 200.0, **settings: float) -> Calls:
        calls = self.calls(rate)
        store = DeliveryStore(self.storage, render=self.render, now=utc_now)
        chosen = DeliverySettings(rate=rate, **settings)  # type: ignore[arg-type] # handed on
        await Deliverer(store, calls, settings=chosen, now=utc_now).run_once()
        return calls

    def people(self, count: int) -> list[int]:
        return [self.emulator.add_user(f"Reader {n}", id=1000 + n, started=True).id for n in range(count)]

    def planned_now(self, chats: list[int]) -> None:
        self.planned(chats, due_at=utc_now())

    def state(self, place: Place) -> SubscriberState:
        with self.storage.reading() as tx:
            found = tx.subscribers.find(place)
        assert found is not None
        return found.state


@pytest.fixture
async def wired(tmp_path: Path) -> AsyncIterator[Wired]:
    with Storage.open(f"sqlite:///{tmp_path}/ledger.db") as storage:
        storage.upgrade()
        async with Emulator(flood=True) as emulator, AiohttpRequest(read_timeout=2) as request:
            ground = Wired(storage)
            ground.emulator, ground.request = emulator, request
            yield ground
            assert emulator.violations == []


async def test_a_server_that_enforces_its_limits_never_has_to(wired: Wired) -> None:
    wired.parts = ("part 1", "part 2")
    wired.planned_now(wired.people(30))
    await wired.deliver(rate=25.0)
    journal = wired.emulator.journal
    assert journal.refused() == []
    assert len(journal.sends()) == 60
    assert journal.peak() <= 30


async def test_with_faults_each_part_arrives_once_but_for_counted_unknowns(wired: Wired) -> None:
    wired.emulator.flood.limits.enabled = False
    wired.emulator.faults.rates = FaultRates(
        flood=0.05, server_error=0.03, bad_gateway=0.02, reset_before=0.01, reset_after=0.01
    )
    readers = wired.people(80)
    wired.planned_now(readers)
    calls = await wired.deliver()
    copies = Counter(entry.chat_id for entry in wired.emulator.journal.sends())
    assert wired.states() == {S.SENT: 80}
    assert set(copies) == set(readers)
    assert copies.total() - 80 <= calls.figures.unknown


async def test_answers_that_never_come_are_unknown_and_repeated_in_private_chats_only(wired: Wired) -> None:
    wired.request._read = 0.2
    reader, group = wired.people(1)[0], wired.emulator.add_supergroup("Readers").id
    wired.emulator.fail_next(error="delay:5", chat_id=reader)
    wired.emulator.fail_next(error="delay:5", chat_id=group)
    wired.planned_now([reader, group])
    calls = await wired.deliver()
    sends = Counter(entry.chat_id for entry in wired.emulator.journal.sends())
    assert wired.states() == {S.SENT: 1, S.UNKNOWN: 1}
    assert (sends[reader], sends[group], calls.figures.unknown) == (2, 1, 2)


@pytest.mark.parametrize("fault", ["blocked", "deactivated", "kicked", "not_member", "chat_not_found", "no_rights"])
async def test_lost_chats_are_blocked_and_asked_once(wired: Wired, fault: str) -> None:
    reader, other = wired.people(2)
    wired.emulator.fail_next(error=fault, chat_id=reader)
    wired.planned_now([reader, other])
    await wired.deliver()
    assert wired.states() == {S.GONE: 1, S.SENT: 1}
    assert (wired.state(Place(reader)), wired.state(Place(other))) == (SubscriberState.BLOCKED, SubscriberState.ACTIVE)
    assert len(wired.emulator.journal.calls("sendMessage", chat_id=reader)) == 1


async def test_a_group_that_becomes_a_supergroup_receives_once_under_its_new_id(wired: Wired) -> None:
    group: Chat = wired.emulator.add_group("Readers", *[wired.emulator.add_user("Ann", started=True)])
    wired.emulator.fail_next(error="migrate", chat_id=group.id)
    wired.planned_now([group.id])
    await wired.deliver()
    (entry,) = wired.emulator.journal.sends()
    assert wired.states() == {S.SENT: 1}
    assert entry.chat_id != group.id
    assert entry.chat_id is not None
    assert wired.state(Place(entry.chat_id)) is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("words", "repairs"),
    [
        ("400 Bad Request: can't parse entities: byte offset 7", 0),
        ("400 Bad Request: BUTTON_DATA_INVALID", 1),
    ],
)
async def test_refused_messages_are_mended_or_fail(wired: Wired, words: str, repairs: int) -> None:
    wired.render = lambda _: Rendering((OutgoingMessage("text", (), ((Button("b", data="x"),),)),))  # type: ignore[method-assign] # with a button
    wired.emulator.fail_next(error=words)
    wired.planned_now(wired.people(1))
    calls = await wired.deliver()
    assert calls.figures.repaired == repairs
    assert wired.states() == {S.SENT if repairs else S.FAILED: 1}


async def test_an_answer_passes_a_running_broadcast(wired: Wired) -> None:
    wired.planned_now(wired.people(60))
    calls = wired.calls(25.0)
    store = DeliveryStore(wired.storage, render=wired.render, now=utc_now)
    deliverer = Deliverer(store, calls, settings=DeliverySettings(rate=25.0), now=utc_now)
    running = asyncio.create_task(deliverer.run())
    asking = wired.emulator.add_user("Asks", id=9000, started=True)
    await wired.emulator.wait_for(lambda: len(wired.emulator.journal.sends()) >= 10)
    result: SendResult = await PacedSender(calls, sleep=asyncio.sleep).reply(OutgoingMessage("now"), Place(asking.id))
    chats = [entry.chat_id for entry in wired.emulator.journal.sends()]
    deliverer.stop()
    await running
    assert result
    assert len(chats) < 20
    assert chats[-2:].count(asking.id) == 1
