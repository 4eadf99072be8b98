"""What a monitor sees of health and readiness."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry, Counter

from bot.errors import SettingsError
from bot.web.health import HealthServer


class Monitor:
    """A server whose parts are as the test says, and somebody who asks it."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.alive: dict[str, str | None] = {"polling": None}
        self.ready: dict[str, str | None] = {"polling": None, "/srv/digests": None}
        self.notes: dict[str, str | None] = {"webhook": None}
        self.registry = CollectorRegistry()
        self.server = HealthServer(
            alive=lambda: self.alive, ready=lambda: self.ready, registry=self.registry, notes=lambda: self.notes
        )

    async def ask(self, path: str) -> tuple[int, str, str]:
        async with self.session.get(f"http://127.0.0.1:{self.server.port}{path}") as answer:
            return answer.status, answer.content_type, await answer.text()

    async def parts(self, path: str) -> tuple[int, object]:
        async with self.session.get(f"http://127.0.0.1:{self.server.port}{path}") as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    async with ClientSession() as session:
        made = Monitor(session)
        await made.server.start("127.0.0.1", 0)
        yield made
        await made.server.stop()


async def test_all_is_well(monitor: Monitor) -> None:
    assert await monitor.parts("/healthz") == (200, {"status": "ok", "parts": {"polling": "ok"}})
    assert await monitor.parts("/readyz") == (
        200,
        {"status": "ok", "parts": {"polling": "ok", "/srv/digests": "ok"}},
    )


async def test_a_source_that_is_away_makes_it_unready_but_not_dead(monitor: Monitor) -> None:
    monitor.ready["/srv/digests"] = "没有这个目录"
    assert (await monitor.parts("/healthz"))[0] == 200
    assert await monitor.parts("/readyz") == (
        503,
        {"status": "fault", "parts": {"polling": "ok", "/srv/digests": "没有这个目录"}},
    )


async def test_what_is_noted_is_shown_and_changes_nothing(monitor: Monitor) -> None:
    monitor.notes["webhook"] = "Wrong response from the webhook: 502 Bad Gateway"
    assert await monitor.parts("/readyz") == (
        200,
        {"status": "ok", "parts": {"polling": "ok", "/srv/digests": "ok"}, "notes": monitor.notes},
    )
    assert await monitor.parts("/healthz") == (200, {"status": "ok", "parts": {"polling": "ok"}})


async def test_dead_polling_makes_it_dead(monitor: Monitor) -> None:
    monitor.alive["polling"] = "no answer for 90 seconds"
    assert await monitor.parts("/healthz") == (
        503,
        {"status": "fault", "parts": {"polling": "no answer for 90 seconds"}},
    )


async def test_metrics_are_in_the_form_prometheus_reads(monitor: Monitor) -> None:
    Counter("seen", "Seen.", registry=monitor.registry).inc(3)
    status, kind, text = await monitor.ask("/metrics")
    assert (status, kind) == (200, "text/plain")
    assert "seen_total 3.0" in text.splitlines()


async def test_nothing_else_is_served(monitor: Monitor) -> None:
    assert (await monitor.ask("/"))[0] == 404


async def test_a_port_that_is_taken_is_said_by_the_name_of_the_setting() -> None:
    server = HealthServer(alive=dict, ready=dict, registry=CollectorRegistry())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match=r"DIGESTBOT_HTTP_ADDRESS: .* cannot be had"):
            await server.start("127.0.0.1", taken.getsockname()[1])
    await server.stop()
