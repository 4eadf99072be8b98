"""The doctor before the Bot API server: what is wrong with the token, the webhook or the clock is seen and named."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from bot.clock import utc_now
from bot.emulator import Emulator
from bot.emulator.account import Webhook
from bot.services.doctor import Server, State, ask_server
from tests.services.test_doctor import Said, said


async def asked(emulator: Emulator, token: str | None = None, **how: str | None) -> Said:
    server = Server(emulator.url, token or emulator.token, **how)
    return said(await ask_server(server, now=utc_now))


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator() as made:
        yield made


async def test_a_server_that_knows_us_is_well(emulator: Emulator) -> None:
    seen = await asked(emulator)
    assert [state for state, _, _ in seen.values()] == [State.OK] * 3
    assert seen["token"][1] == f"@digest_demo_bot is known at {emulator.url}"
    assert seen["webhook"][1] == "none is set, as polling needs it; 0 updates wait"
    assert [call.method for call in emulator.journal.calls()] == ["getMe", "getWebhookInfo"]


async def test_no_token_is_said_without_asking_anybody() -> None:
    seen = said(await ask_server(Server("http://127.0.0.1:1", None), now=utc_now))
    assert seen["token"][:2] == (State.FAILED, "DIGESTBOT_TOKEN is not set")
    assert "@BotFather" in seen["token"][2]
    assert {seen[check][0] for check in ("webhook", "clock")} == {State.WARNING}


@pytest.mark.parametrize(("token", "code"), [("123456:" + "a" * 35, 401), ("1:é", 404)])
async def test_a_token_that_is_refused(emulator: Emulator, token: str, code: int) -> None:
    seen = await asked(emulator, token)
    assert seen["token"][:2] == (State.FAILED, f"{emulator.url} refuses the token ({code})")
    assert "DIGESTBOT_TOKEN" in seen["token"][2]
    assert seen["webhook"][:2] == (State.WARNING, "not checked: the token is not taken")
    assert seen["clock"][0] is State.OK
    assert token not in str(seen)


@pytest.mark.parametrize("fault", ["bad_gateway", "server_error", "flood:3"])
async def test_a_server_in_trouble(emulator: Emulator, fault: str) -> None:
    emulator.fail_next("getMe", error=fault)
    seen = await asked(emulator)
    assert seen["token"][0] is State.FAILED
    assert "is in trouble" in seen["token"][1]


async def test_a_server_that_breaks_off(emulator: Emulator) -> None:
    emulator.fail_next("getMe", error="reset_before", times=9)
    seen = await asked(emulator)
    assert seen["token"][:2] == (State.FAILED, f"{emulator.url} cannot be reached: the connection broke")


async def test_an_address_where_nobody_answers() -> None:
    seen = said(await ask_server(Server("http://me:hush@127.0.0.1:1", "1:" + "a" * 35), now=utc_now))
    assert seen["token"][:2] == (State.FAILED, "http://127.0.0.1:1 cannot be reached: Connection refused")
    assert "DIGESTBOT_API_BASE_URL" in seen["token"][2]
    assert {seen[check][1] for check in ("webhook", "clock")} == {"not checked: the Bot API server cannot be reached"}


async def test_a_name_that_is_not_known() -> None:
    seen = said(await ask_server(Server("http://no.such.host.invalid", "1:" + "a" * 35), now=utc_now))
    assert seen["token"][0] is State.FAILED
    assert "cannot be reached: " in seen["token"][1]
    assert "aaa" not in str(seen)


@pytest.fixture
async def website() -> AsyncIterator[str]:
    """The address of a server that is something else, and tells no time."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": []}, headers={"Date": "noon"})

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_server_that_is_something_else(website: str) -> None:
    seen = said(await ask_server(Server(website, "1:" + "a" * 35), now=utc_now))
    assert seen["token"] == (
        State.FAILED,
        f"{website} does not answer as a Bot API server (200)",
        "check DIGESTBOT_API_BASE_URL",
    )
    assert seen["clock"][:2] == (State.WARNING, "not checked: the Bot API server does not tell the time")


async def test_a_webhook_that_keeps_polling_from_getting_anything(emulator: Emulator) -> None:
    emulator.bot.webhook = Webhook("https://old.example.org/secret-path")
    seen = await asked(emulator)
    assert seen["webhook"][:2] == (
        State.FAILED,
        "a webhook sends all updates to old.example.org, so that polling gets none",
    )
    assert "digestbot run" in seen["webhook"][2]
    assert "secret-path" not in str(seen)


@pytest.mark.parametrize(
    ("there", "state", "message"),
    [
        (Webhook("https://we.example.org/t"), State.OK, "updates go to we.example.org; 1 wait"),
        (Webhook(), State.WARNING, "none is set; 1 updates wait"),
        (
            Webhook("https://they.example.org/t"),
            State.FAILED,
            "a webhook sends all updates to they.example.org, which is not DIGESTBOT_WEBHOOK_URL",
        ),
        (
            Webhook("https://we.example.org/t", last_error="Connection refused", last_error_date=1),
            State.WARNING,
            "the server could not deliver to we.example.org: Connection refused",
        ),
    ],
    ids=["ours", "none", "another", "broken"],
)
async def test_a_webhook_that_is_wanted(emulator: Emulator, there: Webhook, state: State, message: str) -> None:
    emulator.add_user("Ann").send("/start")
    emulator.bot.webhook = there
    seen = await asked(emulator, webhook="https://we.example.org/t")
    assert seen["webhook"][:2] == (state, message)


@pytest.mark.parametrize(
    ("ahead", "state", "message"),
    [
        (0, State.OK, "within half a minute of the Bot API server's"),
        (95, State.WARNING, "seconds ahead of the Bot API server's"),
        (-4000, State.WARNING, "seconds behind the Bot API server's"),
    ],
)
async def test_a_clock_that_is_wrong(emulator: Emulator, ahead: int, state: State, message: str) -> None:
    server = Server(emulator.url, emulator.token)
    seen = said(await ask_server(server, now=lambda: utc_now() + timedelta(seconds=ahead)))
    assert seen["clock"][0] is state
    assert seen["clock"][1].endswith(message)
