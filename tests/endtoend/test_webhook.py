"""Updates that are posted instead of polled: answered once, in order, and none is lost."""

import asyncio
import io
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from bot.app import App
from bot.core.limits import COMMAND
from bot.emulator import Emulator, Person
from bot.errors import DigestbotError, SettingsError, TransportError
from bot.log import _TALKATIVE, set_up_logging
from bot.settings import require_webhook, secrets_of
from bot.tg.application import ALLOWED_UPDATES
from tests.conftest import House, slot, stored, until
from tests.endtoend.conftest import digests

SECRET = "said-once_and-for-all"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Door:
    """Our own address, and somebody who knocks there."""

    url: str
    session: ClientSession

    async def knock(self, body: object = None, *, secret: str | None = SECRET, method: str = "POST") -> int:
        """The status that a request gets; a body that is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {HEADER: secret} if secret is not None else {}
        async with self.session.request(method, self.url, data=io.BytesIO(content), headers=headers) as answer:
            assert await answer.read() == b"" or answer.status == 405
            return answer.status

    async def page(self, path: str) -> Any:
        """One of the other pages, as text or JSON."""
        async with self.session.get(self.url.replace("/telegram/in", path)) as answer:
            return await (answer.json() if answer.content_type == "application/json" else answer.text())


@pytest.fixture
async def door(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    """A house that is told to take updates there; what failed is repeated soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    url = f"http://{address}/telegram/in"
    house.flags |= {"webhook_url": url, "webhook_secret": SECRET, "http_address": address}
    house.emulator.webhooks.first_pause = 0.02
    async with ClientSession() as session:
        yield Door(url, session)


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhook is looked after all the time."""
    monkeypatch.setattr("bot.tg.webhook._WATCH_SECONDS", 0.02)
    monkeypatch.setattr("bot.tg.webhook._CHECK_SECONDS", 0.02)
    monkeypatch.setattr("bot.tg.webhook._RECHECK_SECONDS", 0.02)


def update(number: int, person: Person, text: str = "/help") -> dict[str, Any]:
    """What Telegram would post of a message."""
    who = {"id": person.id, "first_name": "Ann", "is_bot": False, "language_code": "en"}
    chat = {"id": person.id, "type": "private", "first_name": "Ann"}
    return {"update_id": number, "message": {"message_id": number, "date": 0, "chat": chat, "from": who, "text": text}}


def answers(emulator: Emulator, person: Person) -> list[str]:
    """What the bot said to somebody, the first words of each."""
    return [str(entry.text).split("\n")[0] for entry in emulator.journal.sends(person.id) if entry.ok]


def asked_for(house: House, method: str) -> int:
    return len(house.emulator.journal.calls(method))


async def fault_of(house: House, *, prepare: Callable[[App], None] = lambda _: None, **flags: Any) -> DigestbotError:
    """What a bot ends with."""
    with pytest.raises(DigestbotError) as raised:
        async with house.running(prepare=prepare, **flags) as running:
            await asyncio.wait([running.task], timeout=10)
    assert "\n" not in str(raised.value)
    return raised.value


async def test_a_reader_is_answered_through_the_webhook(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        assert "Hello" in (await ann.ask("/start"))["text"]
        hook = house.emulator.bot.webhook
        assert (hook.url, hook.secret, hook.max_connections) == (door.url, SECRET, 100)
        assert house.emulator.bot.inbox.allowed == set(ALLOWED_UPDATES)
        assert asked_for(house, "getUpdates") == 0
        assert await door.page("/healthz") == {"status": "ok", "parts": {"webhook": "ok"}}


async def test_buttons_inline_queries_and_pushes_work_as_with_polling(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/subscribe")
        await ann.press_data(await ann.ask("/topics"), "1:help")
        assert await ann.inline("青岚")
        house.desk.publish(slot(12))
        await house.emulator.wait_for(lambda: digests(house.emulator.messages(ann)))


async def test_the_webhook_stays_when_the_bot_ends_and_what_came_meanwhile_is_answered(
    house: House, door: Door, ann: Person
) -> None:
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/start")
    assert house.emulator.bot.webhook.url == door.url
    ann.send("/help")
    ann.send("/privacy")
    await until(lambda: house.emulator.bot.webhook.last_error)
    assert len(answers(house.emulator, ann)) == 1
    async with house.running():
        await until(lambda: len(answers(house.emulator, ann)) >= 3 and not house.emulator.bot.inbox.waiting())
    assert len(answers(house.emulator, ann)) == 3


async def test_what_was_cut_off_in_the_middle_is_answered_after_the_next_start(
    house: House, door: Door, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tg.webhook.GRACE_SECONDS", 0.05)
    async with house.running() as running:
        await stored(running, 1)
        house.emulator.fail_next("sendMessage", error="429 Too Many Requests: retry after 30", times=5)
        ann.send("/start")
        await until(lambda: house.emulator.journal.refused(429))
    house.emulator.faults.clear()
    assert answers(house.emulator, ann) == []
    async with house.running():
        await until(lambda: not house.emulator.bot.inbox.waiting())
    assert len(answers(house.emulator, ann)) == 1


async def test_commands_of_one_chat_are_answered_in_their_order(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        for word in ("/start", "/help", "/privacy", "/start", "/privacy"):
            ann.send(word)
        await until(lambda: len(answers(house.emulator, ann)) == 5)
    start, help_, privacy, again, last = answers(house.emulator, ann)
    assert (again, last) == (start, privacy)
    assert len({start, help_, privacy}) == 3


async def test_an_update_that_comes_twice_is_answered_once(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/start")
        first = await asyncio.gather(*(door.knock(update(7, ann)) for _ in range(4)))
        later = [await door.knock(update(7, ann)), await door.knock(update(8, ann))]
        assert [*first, *later] == [200] * 6
    assert len(answers(house.emulator, ann)) == 3


@pytest.mark.parametrize("secret", [None, "", "another", SECRET.upper(), SECRET + "x", "é"])
async def test_a_stranger_is_refused(house: House, door: Door, ann: Person, secret: str | None) -> None:
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/start")
        assert await door.knock(update(7, ann), secret=secret) == 403
        assert 'digestbot_webhook_requests_total{outcome="refused"} 1.0' in await door.page("/metrics")
    assert len(answers(house.emulator, ann)) == 1


async def test_what_is_no_update_is_refused_and_counted(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        assert await door.knock(b"{") == 400
        assert await door.knock(b" " * (1024 * 1024 + 1)) == 413
        assert await door.knock(update(7, ann), method="GET") == 405
        shown = await door.page("/metrics")
        assert 'digestbot_webhook_requests_total{outcome="invalid"} 1.0' in shown
        assert 'digestbot_webhook_requests_total{outcome="too_large"} 1.0' in shown
        assert "digestbot_poll_age_seconds" not in shown
        assert "digestbot_webhook_pending_updates 0.0" in shown
        assert "Hello" in (await ann.ask("/start"))["text"]


async def test_a_full_house_lets_telegram_ask_again(
    house: House, door: Door, ann: Person, ming: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tg.webhook.AT_ONCE", 1)
    async with house.running() as running:
        await stored(running, 1)
        house.emulator.fail_next("sendMessage", error="flood:1", chat_id=ann.id)
        ann.send("/start")
        await until(lambda: house.emulator.journal.refused(429))
        ming.send("/start")
        await until(lambda: running.app._intake.figures()["busy"])  # type: ignore[union-attr] # it is there
        await until(lambda: answers(house.emulator, ann) and answers(house.emulator, ming))
        await until(lambda: not house.emulator.bot.inbox.waiting())
    assert len(answers(house.emulator, ming)) == 1


async def test_an_answer_that_waits_long_keeps_no_line_open(
    house: House, door: Door, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tg.webhook._HOLD_SECONDS", 0.05)
    async with house.running() as running:
        await stored(running, 1)
        house.emulator.fail_next("sendMessage", error="flood:1", chat_id=ann.id)
        ann.send("/start")
        await until(lambda: not house.emulator.bot.inbox.waiting())
        assert answers(house.emulator, ann) == []
        await until(lambda: answers(house.emulator, ann))


async def test_who_asks_too_much_is_told_so_once(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
        asked = 120 // COMMAND + 5
        await ann.ask("/start")
        statuses = [await door.knock(update(number, ann, "/nothing")) for number in range(asked)]
        assert set(statuses) == {200}
    assert len(answers(house.emulator, ann)) == 120 // COMMAND + 1


async def test_polling_after_a_webhook_removes_it_and_loses_nothing(house: House, door: Door, ann: Person) -> None:
    async with house.running() as running:
        await stored(running, 1)
    ann.send("/start")
    async with house.running(webhook_url="off"):
        await until(lambda: answers(house.emulator, ann))
        assert house.emulator.bot.webhook.url == ""
        assert asked_for(house, "getUpdates")
    async with house.running():
        assert house.emulator.bot.webhook.url == door.url
        await ann.ask("/help")


async def test_parts_that_take_no_updates_leave_the_webhook_alone(house: House, door: Door) -> None:
    async with house.running(roles=("ingest", "deliver"), http_address="off") as running:
        await stored(running, 1)
    assert asked_for(house, "setWebhook") + asked_for(house, "deleteWebhook") == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": ""}, "it was removed"),
        ({"url": "https://elsewhere.example.org/x"}, "it pointed elsewhere"),
        ({"allowed_updates": ["poll"]}, "it asked for other updates"),
    ],
)
async def test_a_webhook_that_somebody_changed_is_set_again(
    house: House,
    door: Door,
    ann: Person,
    watchful: None,
    change: dict[str, object],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house.running() as running:
        await stored(running, 1)
        async with door.session.post(
            f"{house.emulator.url}/bot{house.emulator.token}/setWebhook", json={"url": door.url, **change}
        ):
            await until(lambda: f"the webhook is set again: {said}" in caplog.text)
        await until(lambda: house.emulator.bot.webhook.url == door.url)
        await until(lambda: house.emulator.bot.inbox.allowed == set(ALLOWED_UPDATES))
        assert "Hello" in (await ann.ask("/start"))["text"]


async def test_what_keeps_telegram_away_is_shown_until_it_is_over(
    house: House, door: Door, ann: Person, watchful: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with house.running() as running:
        await stored(running, 1)
        house.emulator.bot.webhook.secret = "changed on the way"
        ann.send("/start")
        fault = "Wrong response from the webhook: 403 Forbidden"
        await until(lambda: f"Telegram cannot deliver to {urlsplit(door.url).netloc}: {fault}" in caplog.text)
        ready = await door.page("/readyz")
        assert (ready["status"], ready["notes"]) == ("ok", {"webhook": fault})
        assert "digestbot_webhook_pending_updates 1.0" in await door.page("/metrics")
        house.emulator.bot.webhook.secret = SECRET
        house.emulator.webhooks.start(house.emulator.bot)
        await until(lambda: answers(house.emulator, ann))
        await until(lambda: "delivers to" in caplog.text.rpartition("cannot deliver")[2])
        assert "notes" not in await door.page("/readyz")


async def test_a_token_that_is_taken_back_ends_the_bot(house: House, door: Door, watchful: None) -> None:
    def prepare(_: App) -> None:
        house.emulator.fail_next("getWebhookInfo", error="unauthorized", times=9)

    fault = await fault_of(house, prepare=prepare)
    assert isinstance(fault, TransportError)
    assert "DIGESTBOT_TOKEN" in str(fault)


async def test_a_server_that_is_away_for_long_ends_the_bot(
    house: House, door: Door, watchful: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tg.webhook._PATIENCE", type("P", (), {"stale_after": 0.3, "conflicts": 5}))
    house.emulator.fail_next("getWebhookInfo", error="bad_gateway", times=999)
    assert "how the webhook fares" in str(await fault_of(house))


async def test_a_server_that_is_away_for_a_moment_is_asked_again(
    house: House, door: Door, watchful: None, caplog: pytest.LogCaptureFixture
) -> None:
    house.emulator.fail_next("setWebhook", error="server_error")
    house.emulator.fail_next("setWebhook", error="flood:1")
    house.emulator.fail_next("getWebhookInfo", error="server_error")
    async with house.running() as running:
        await stored(running, 1)
        await until(lambda: asked_for(house, "getWebhookInfo") > 2)
        assert "is tried again" in caplog.text
        assert await door.page("/healthz") == {"status": "ok", "parts": {"webhook": "ok"}}


async def test_an_address_that_telegram_refuses_is_named(house: House, door: Door) -> None:
    house.emulator.fail_next("setWebhook", error="400 Bad Request: bad webhook: Failed to resolve host: no such name")
    fault = await fault_of(house)
    assert isinstance(fault, SettingsError)
    assert str(fault).startswith("DIGESTBOT_WEBHOOK_URL: is refused: Bad webhook: failed to resolve host")
    assert "example: DIGESTBOT_WEBHOOK_URL=https://" in str(fault)


@pytest.mark.parametrize(
    ("error", "said"), [("unauthorized", "DIGESTBOT_TOKEN"), ("server_error", "the webhook cannot be set")]
)
async def test_a_start_that_fails_is_one_clear_line(house: House, door: Door, error: str, said: str) -> None:
    house.emulator.fail_next("setWebhook", error=error, times=9)
    fault = await fault_of(house)
    assert isinstance(fault, TransportError)
    assert said in str(fault)


async def test_a_port_that_is_taken_stops_the_start(house: House, door: Door) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        fault = await fault_of(house, http_address=f"127.0.0.1:{taken.getsockname()[1]}")
    assert isinstance(fault, SettingsError)
    assert "DIGESTBOT_HTTP_ADDRESS" in str(fault)
    assert asked_for(house, "setWebhook") == 0


async def test_a_webhook_without_a_place_to_listen_is_named(house: House, door: Door) -> None:
    fault = await fault_of(house, http_address="off")
    assert isinstance(fault, SettingsError)
    assert str(fault).startswith("DIGESTBOT_WEBHOOK_URL: needs DIGESTBOT_HTTP_ADDRESS, which is off")


@pytest.fixture
def log(house: House, door: Door) -> Iterator[io.StringIO]:
    """Everything that is logged at any level by anybody, as an operator would see it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    stream = io.StringIO()
    set_up_logging("DEBUG", stream=stream, secrets=secrets_of(house.settings()))
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)


@pytest.mark.parametrize("secret", [SECRET, ""], ids=["set", "made from the token"])
async def test_neither_secret_is_in_the_log(
    house: House, door: Door, ann: Person, log: io.StringIO, secret: str
) -> None:
    house.flags["webhook_secret"] = secret
    set_up_logging("DEBUG", stream=log, secrets=secrets_of(house.settings()))
    posted = require_webhook(house.settings())
    assert posted is not None
    async with house.running() as running:
        await stored(running, 1)
        await ann.ask("/start")
        await door.knock(update(7, ann), secret="guess")
    hidden = house.emulator.token.partition(":")[2]
    assert "updates are posted to 127.0.0.1" in log.getvalue()
    assert not [word for word in (hidden, posted[1], posted[1].encode().hex()) if word in log.getvalue()]
