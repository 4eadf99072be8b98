"""The running bot, wired: what `run`, `deliver` and `demo` start. With `bootstrap` the only place that knows concrete
classes; apart from it so that short commands need not load Telegram's library.
"""

import asyncio
import gc
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from bot.bootstrap import Core
from bot.clock import utc_now
from bot.core.ledger import NO_RIGHTS, Delivery, RetryPolicy, RetryUnknown
from bot.core.pacing import Limits, Pacer
from bot.errors import DigestbotError, SettingsError, StorageError
from bot.log import RecentErrors
from bot.services.browsing import Browsing
from bot.services.control import Control
from bot.services.delivery import Calls, Deliverer, DeliverySettings, DeliveryStore, Figures, PacedSender, Turns
from bot.services.holders import runs_here, token_mark
from bot.services.instance import InstanceLease, Process
from bot.services.phrases import Phrases
from bot.services.places import Places
from bot.services.previews import Previews
from bot.services.privacy import Privacy
from bot.services.recaps import Recaps
from bot.services.reindexing import Reindexing
from bot.services.saving import Saving
from bot.services.scheduling import Scheduler
from bot.services.status import StatusService
from bot.services.suggestions import Suggestions
from bot.services.watching import Watcher, check_sources
from bot.services.why import Why
from bot.settings import OFF, Settings, require_webhook, secrets_of
from bot.sources import Source, open_source
from bot.tg.application import PollingReceiver, Receiver, connect, make_bot
from bot.tg.desk import Desk
from bot.tg.dispatch import Dispatch
from bot.tg.handlers import all_routes
from bot.tg.menu import Menu
from bot.tg.sender import TelegramSender
from bot.tg.webhook import Webhook, WebhookReceiver
from bot.web.health import HealthServer
from bot.web.metrics import Metrics, WebhookFigures, registry_of
from bot.web.webhook import WebhookIntake

_LOG = logging.getLogger(__name__)


def open_sources(settings: Settings) -> list[Source]:
    """The sources that the settings name. Raises SourceError for one that names nothing."""
    clones, every = settings.data_dir / "clones", timedelta(minutes=settings.pull_minutes)
    return [open_source(word, clones=clones, every=every, clock=utc_now) for word in settings.sources]


class App:
    """A running bot. `roles` says which parts run here; all share one database. Make it inside the running loop."""

    def __init__(self, core: Core, *, token: str, roles: Sequence[str]) -> None:
        self._core = core
        self._roles = frozenset(roles)
        self._loop = asyncio.get_running_loop()
        settings = core.settings
        posted = require_webhook(settings) if "updates" in roles else None
        self._webhook = Webhook(*posted) if posted else None
        self._sources = open_sources(settings) if "ingest" in roles else []
        self._bot = make_bot(token, api_base_url=settings.api_base_url, clock=self._loop.time)
        self._calls = Calls(
            TelegramSender(self._bot), Turns(Pacer(Limits(rate=settings.rate)), self._loop.time), clock=self._loop.time
        )
        store = DeliveryStore(core.storage, render=core.editions.render, now=utc_now, zone=settings.zone)
        self._replies = PacedSender(self._calls, sleep=asyncio.sleep, moved=_moving(store))
        self._deliverer = Deliverer(
            store, self._calls, settings=_delivery_settings(settings), now=utc_now, lost=self._lost
        )
        self._scheduler = Scheduler(core.storage, zone=settings.zone, now=utc_now, planned=self._wake_delivery)
        self._watcher = Watcher(
            self._sources, core.ingest, catch_up=settings.catch_up, now=utc_now, announced=self._nudge
        )
        self._lease = InstanceLease(
            core.storage, _lease_names(token, self._roles), _this_process(), alive=runs_here, now=utc_now
        )
        self._reindexing = Reindexing(core.storage)
        self._receiver: Receiver | None = None
        self._posted: WebhookReceiver | None = None  # the same, where updates are posted
        self._intake: WebhookIntake | None = None
        self._dispatch: Dispatch | None = None
        self._errors = RecentErrors(secrets_of(settings))

    async def run(self, stop: asyncio.Event, *, started: Callable[[], None] = lambda: None) -> None:
        """Run until `stop` is set. Raises DigestbotError with one line when it cannot start or go on."""
        async with AsyncExitStack() as stack:
            await self._prepare(stack)
            parts = [asyncio.create_task(part) for part in self._parts()]
            _settle()
            stack.push_async_callback(_ended, parts)
            stack.callback(self._watcher.stop)
            stack.callback(self._scheduler.stop)
            stack.callback(self._reindexing.stop)
            if self._core.meaning:
                stack.callback(self._core.meaning.stop)
            started()
            await _until(stop, parts)
            self._deliverer.stop()
            if "deliver" in self._roles:
                await parts[0]

    async def deliver_once(self, stop: asyncio.Event) -> Figures:
        """Plan and send what is due, then end; once `stop` is set, finish what is under way and give the rest back."""
        async with AsyncExitStack() as stack:
            await self._prepare(stack)
            stack.callback(self._scheduler.stop)
            _settle()
            stack.push_async_callback(_ended, [asyncio.create_task(self._end_when(stop))])
            await asyncio.to_thread(self._scheduler.plan_due)
            return await self._deliverer.run_once()

    async def _end_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._scheduler.stop()
        self._deliverer.stop()

    async def _prepare(self, stack: AsyncExitStack) -> None:
        """Everything that can be wrong is found here, before anything is said to anybody."""
        logging.getLogger("bot").addHandler(self._errors)
        stack.callback(logging.getLogger("bot").removeHandler, self._errors)
        if self._sources:
            await asyncio.to_thread(check_sources, self._sources, self._core.storage)
        await asyncio.to_thread(self._lease.acquire)
        stack.push_async_callback(self._let_go)
        stack.push_async_callback(self._bot.shutdown)
        await connect(self._bot, api_base_url=self._core.settings.api_base_url)
        if "updates" in self._roles:
            self._receiver = self._make_receiver()
        await self._serve_http(stack)
        if self._receiver is not None:
            stack.push_async_callback(self._receiver.stop)
            await self._receiver.start()

    async def _let_go(self) -> None:
        """A lease that cannot be given back runs out by itself; that must not hide why the bot ends."""
        try:
            await asyncio.to_thread(self._lease.release)
        except StorageError as error:
            _LOG.warning("the instance lease was not given back and runs out in a moment: %s", error)

    def _parts(self) -> list[Coroutine[Any, Any, None]]:
        parts = [self._deliverer.run()] if "deliver" in self._roles else []
        parts.append(self._lease.keep())
        if self._receiver is not None:
            parts += [self._receiver.watch(), self._set_menu(), self._reindexing.run()]
            parts += [self._core.meaning.run()] if self._core.meaning else []
        if "ingest" in self._roles:
            parts.append(self._watcher.run())
        if "schedule" in self._roles:
            parts.append(self._scheduler.run())
        return parts

    def _make_receiver(self) -> Receiver:
        core, settings = self._core, self._core.settings
        desk = Desk(
            reading=core.reading,
            recaps=Recaps(core.storage, core.topics),
            subscriptions=core.subscriptions,
            phrases=Phrases(core.storage, now=utc_now),
            places=Places(core.storage),
            suggestions=Suggestions(core.storage, core.reading),
            browsing=Browsing(core.storage, core.meaning),
            saving=Saving(core.storage),
            why=Why(core.storage),
            previews=Previews(core.storage),
            privacy=Privacy(core.storage),
            status=StatusService(core.storage, core.reading, fault=self._fault),
            control=Control(core.storage, parked=self._calls.turns.parked_long, errors=self._errors.lines),
            catalogue=core.catalogue,
            converter=core.converter,
            language=settings.language,
            time_zone=settings.zone,
            admins=frozenset(settings.admins),
            bot_name=self._bot.first_name,
            bot_username=self._bot.username,
            meaning=core.meaning,
        )
        self._menu = Menu(self._bot, core.catalogue, language=settings.language)
        self._dispatch = Dispatch(
            desk,
            all_routes(),
            bot=self._bot,
            sender=self._replies,
            menu=self._menu,
            clock=utc_now,
            changed=self._scheduler.nudge,
        )
        if self._webhook is None:
            return PollingReceiver(self._bot, self._dispatch, clock=self._loop.time)
        return self._make_posted(self._webhook)

    def _make_posted(self, webhook: Webhook) -> WebhookReceiver:
        assert self._dispatch is not None  # noqa: S101 - made right before
        self._posted = WebhookReceiver(self._bot, self._dispatch, webhook=webhook, clock=self._loop.time, now=utc_now)
        self._intake = WebhookIntake(webhook.path, webhook.secret, take=self._posted.take)
        return self._posted

    async def _set_menu(self) -> None:
        await self._menu.set_all()
        await asyncio.Event().wait()  # a part that ends ends the bot

    async def _serve_http(self, stack: AsyncExitStack) -> None:
        """A port that is taken is no reason not to deliver: it is said, and the bot runs without. Unless it is where
        updates come in."""
        address = self._core.settings.http_address
        if address == OFF:
            return
        host, _, port = address.rpartition(":")
        server = HealthServer(
            alive=self._alive,
            ready=self._ready,
            registry=registry_of(self._metrics()),
            notes=lambda: {"webhook": self._posted.note() if self._posted else None},
            webhook=self._intake,
        )
        try:
            await server.start(host.strip("[]"), int(port))
        except SettingsError as error:
            if self._intake is not None:
                raise
            _LOG.warning("%s; nothing answers there, everything else runs", error)
        else:
            stack.push_async_callback(server.stop)

    def _metrics(self) -> Metrics:
        return Metrics(
            self._core.storage,
            figures=lambda: self._deliverer.figures,
            poll_age=lambda: (
                self._bot.heartbeat.age(self._loop.time()) if self._receiver and not self._posted else None
            ),
            now=utc_now,
            webhook=self._webhook_figures,
        )

    def _webhook_figures(self) -> WebhookFigures | None:
        if self._posted is None or self._intake is None:
            return None
        return WebhookFigures(self._intake.figures(), self._posted.report.pending, self._posted.check_age)

    def _alive(self) -> dict[str, str | None]:
        name = "polling" if self._webhook is None else "webhook"
        return {name: self._receiver.fault() if self._receiver else None}

    def _ready(self) -> dict[str, str | None]:
        return {**self._alive(), **{health.name: health.fault for health in self._watcher.health()}}

    def _fault(self) -> str | None:
        return next((fault for fault in self._ready().values() if fault), None)

    async def _lost(self, delivery: Delivery) -> None:
        """A chat takes no messages any more; where nobody answers people, nobody can be told."""
        if self._dispatch is not None and delivery.reason == NO_RIGHTS:
            try:
                await self._dispatch.on_rights_lost(delivery.place.chat_id)
            except DigestbotError as error:
                _LOG.warning("nobody was told that chat %s takes no pushes: %s", delivery.place.chat_id, error)

    def _nudge(self) -> None:
        self._wake_delivery()
        self._loop.call_soon_threadsafe(self._scheduler.nudge)

    def _wake_delivery(self) -> None:
        self._loop.call_soon_threadsafe(self._deliverer.nudge)


def _settle() -> None:
    """What was built so far lives as long as the process: the collector need not look at it again. Without this, a full
    collection stops the loop for tenths of a second in the middle of a broadcast."""
    gc.collect()
    gc.freeze()


async def _until(stop: asyncio.Event, parts: Sequence[asyncio.Task[None]]) -> None:
    """Wait until `stop` is set or a part ends, which only happens when it failed; raises its error."""
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([waiting, *parts], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    for task in done - {waiting}:
        task.result()


async def _ended(parts: Sequence[asyncio.Task[None]]) -> None:
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)


def _moving(store: DeliveryStore) -> Callable[[int, int], Awaitable[None]]:
    async def moved(chat_id: int, new_chat_id: int) -> None:
        await asyncio.to_thread(store.migrate, chat_id, new_chat_id)

    return moved


def _delivery_settings(settings: Settings) -> DeliverySettings:
    policy = RetryPolicy(retry_unknown=RetryUnknown(settings.retry_unknown))
    return DeliverySettings(rate=settings.rate, paid=settings.paid_broadcast, policy=policy)


def _lease_names(token: str, roles: frozenset[str]) -> tuple[str, ...]:
    """One lease for each role that only one process may play; what stands for the token is no way back to it."""
    return tuple(f"{role}:{token_mark(token)}" for role in sorted(roles & {"updates", "deliver"}))


def _this_process() -> Process:
    return Process(secrets.token_hex(8), socket.gethostname(), os.getpid())
