"""What a monitor asks: /healthz (is the process doing its work), /readyz (can it serve), /metrics (Prometheus); and the
one server that answers it, where a webhook is taken in as well.
"""

import asyncio
import json
from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.errors import SettingsError
from bot.web.webhook import LARGEST, WebhookIntake

Faults = Callable[[], Mapping[str, str | None]]


class HealthServer:
    """Answers on `host:port`. `alive` and `ready` give, for each part, its fault in words or None when it is well;
    `alive` is asked in the loop, `ready` and the metrics in a thread. `notes` are shown with `ready` and change
    nothing: to take a bot off the line because Telegram could not reach it would keep Telegram from reaching it."""

    def __init__(
        self,
        *,
        alive: Faults,
        ready: Faults,
        registry: CollectorRegistry,
        notes: Faults = dict,
        webhook: WebhookIntake | None = None,
    ) -> None:
        self._alive = alive
        self._ready = ready
        self._notes = notes
        self._registry = registry
        self._webhook = webhook
        self._runner: web.AppRunner | None = None
        self.port: int | None = None

    async def start(self, host: str, port: int) -> None:
        """Begin to answer. Raises SettingsError when the address cannot be had."""
        app = web.Application(client_max_size=LARGEST)
        app.add_routes(
            [
                web.get("/healthz", self._answer_alive),
                web.get("/readyz", self._answer_ready),
                web.get("/metrics", self._answer_metrics),
            ]
        )
        if self._webhook is not None:
            app.add_routes([self._webhook.route()])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise SettingsError("DIGESTBOT_HTTP_ADDRESS", f"{host}:{port} cannot be had: {error.strerror}") from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer_alive(self, _request: web.Request) -> web.Response:
        return _report(self._alive())

    async def _answer_ready(self, _request: web.Request) -> web.Response:
        return _report(await asyncio.to_thread(self._ready), self._notes())  # the first may ask the database

    async def _answer_metrics(self, _request: web.Request) -> web.Response:
        body = await asyncio.to_thread(generate_latest, self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _report(faults: Mapping[str, str | None], notes: Mapping[str, str | None] | None = None) -> web.Response:
    well = not any(faults.values())
    parts = {name: fault or "ok" for name, fault in faults.items()}
    noted = {name: note for name, note in (notes or {}).items() if note}
    body = {"status": "ok" if well else "fault", "parts": parts, **({"notes": noted} if noted else {})}
    return web.Response(
        text=json.dumps(body, ensure_ascii=False), status=200 if well else 503, content_type="application/json"
    )
