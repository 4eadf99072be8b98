"""Receiving by webhook: Telegram posts each update to an address of ours instead of being polled. Apart from the
application because everything is turned round: nothing of ours runs unless Telegram calls, so whether it still can is
asked of Telegram now and then, and an update is theirs to repeat until we have answered it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.errors import SettingsError, TransportError
from bot.tg.application import ALLOWED_UPDATES, AT_ONCE, GRACE_SECONDS, TRIES, make_application
from bot.tg.dispatch import Dispatch
from bot.tg.receiving import EXPLANATIONS, DigestBot, Patience, Verdict

_LOG = logging.getLogger(__name__)
CONNECTIONS: Final = 100  # the most that Telegram opens; a waiting line costs us next to nothing
# How long Telegram waits for an answer to one update. It opens no second line after 10 seconds without a success.
_HOLD_SECONDS = 5.0
_REMEMBERED = 10_000  # numbers of updates that were handled, in case Telegram sends one again
_WATCH_SECONDS = 5.0
_CHECK_SECONDS = 120.0  # between two questions how the webhook fares, while all is well
_RECHECK_SECONDS = 15.0  # at the start, and while something is wrong
_PATIENCE = Patience(stale_after=600.0)
_LONGEST_WAIT = 5.0  # for the turn to set it: Telegram allows that once a second
_STALE = "nobody could be asked how the webhook fares for too long; check the network and DIGESTBOT_API_BASE_URL"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are to be posted, and the word that proves they come from Telegram."""

    url: str
    secret: str = field(repr=False)

    @property
    def path(self) -> str:
        """Where they arrive at our own server."""
        return urlsplit(self.url).path

    @property
    def host(self) -> str:
        """The part of the address that may be shown: a path is sometimes meant to be a secret."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class Report:
    """What the server last said of the webhook: updates that wait there, and what went wrong when."""

    pending: int = 0
    error: str | None = None
    error_at: datetime | None = None

    @classmethod
    def read(cls, info: Mapping[str, Any]) -> "Report":
        """From getWebhookInfo's answer."""
        at, error = info.get("last_error_date"), info.get("last_error_message")
        when = datetime.fromtimestamp(at, UTC) if at else None
        return cls(int(info.get("pending_update_count", 0)), str(error) if error else None, when)

    def failing(self, since: datetime) -> str | None:
        """What keeps updates from coming, if one went wrong after `since` and some still wait. Pure."""
        bad = self.error_at is not None and self.pending and self.error_at >= since.replace(microsecond=0)
        return self.error if bad else None


def reason_to_set(info: Mapping[str, Any], webhook: Webhook) -> str | None:
    """Why the webhook must be set anew, or None while it is as we set it. Pure."""
    if info.get("url") != webhook.url:
        return "it pointed elsewhere" if info.get("url") else "it was removed"
    if set(info.get("allowed_updates", ())) != set(ALLOWED_UPDATES):
        return "it asked for other updates"
    return None


class Intake:
    """Updates under way. One is taken when it has been answered, so that one that was cut off comes again; what takes
    longer than some seconds, such as an answer that waits out a flood limit, is taken on trust."""

    def __init__(self, bot: DigestBot, dispatch: Dispatch) -> None:
        self._bot = bot
        self._application = make_application(bot, dispatch)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._handled: dict[int, None] = {}
        self._open = False

    async def start(self) -> None:
        """Begin to take."""
        await self._application.initialize()
        self._open = True

    async def take(self, raw: dict[str, Any]) -> bool:
        """Handle one update, once however often it comes; False when there is no room or no time left for it."""
        number = raw["update_id"]
        if number in self._handled:
            return True
        task = self._under_way.get(number)
        if task is None:
            if not self._open or len(self._under_way) >= AT_ONCE:
                return False
            update = self._bot.read(raw)
            if update is None:
                self._remember(number)  # nor would it be readable the next time
                return True
            task = self._begin(number, update)
        await asyncio.wait([task], timeout=_HOLD_SECONDS)
        return not task.cancelled()

    def _begin(self, number: int, update: Update) -> "asyncio.Task[None]":
        def over(task: "asyncio.Task[None]") -> None:
            del self._under_way[number]
            if not task.cancelled():
                self._remember(number)

        task = asyncio.create_task(self._handle(update))
        self._under_way[number] = task
        task.add_done_callback(over)
        return task

    async def _handle(self, update: Update) -> None:
        """As the library's own loop: the order of one chat is that of coming."""
        work = self._application.process_update(update)
        try:
            await self._application.update_processor.process_update(update, work)
        except Exception:  # an update made up by somebody who knows the secret may break anything, once
            _LOG.exception("update %s could not be handled", update.update_id)
        finally:
            work.close()

    def _remember(self, number: int) -> None:
        self._handled[number] = None
        if len(self._handled) > _REMEMBERED:
            del self._handled[next(iter(self._handled))]

    async def stop(self) -> None:
        """Take nothing new and finish what is under way; what still waits after some seconds is left to be repeated."""
        self._open = False
        waiting = list(self._under_way.values())
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                _LOG.warning(
                    "some answers were still waiting to be sent and are given up; Telegram asks for most of them again"
                )
                await asyncio.wait(late)
        await self._application.shutdown()


class WebhookReceiver:
    """Keeps the webhook set, and takes what is posted. `clock` gives monotonic seconds, `now` the time."""

    def __init__(
        self,
        bot: DigestBot,
        dispatch: Dispatch,
        *,
        webhook: Webhook,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._bot = bot
        self._webhook = webhook
        self._intake = Intake(bot, dispatch)
        self._clock = clock
        self._now = now
        self._taken_at = now()
        self._checked_at = self._clock()
        self._pause = _RECHECK_SECONDS
        self._said: str | None = None
        self.report = Report()

    @property
    def check_age(self) -> float:
        """Seconds since the server last said how the webhook fares."""
        return self._bot.heartbeat.age(self._clock())

    async def take(self, raw: dict[str, Any]) -> bool:
        """One posted update; False: not now."""
        taken = await self._intake.take(raw)
        if taken:
            self._taken_at = self._now()
        return taken

    async def start(self) -> None:
        """Set the webhook; the address must be listened to by now. Raises SettingsError when Telegram refuses it,
        TransportError when it cannot be asked."""
        try:
            await self._intake.start()
            await self._set()
        except InvalidToken:
            raise TransportError(EXPLANATIONS[Verdict.REFUSED]) from None
        except BadRequest as error:
            raise SettingsError(
                "DIGESTBOT_WEBHOOK_URL",
                f"is refused: {error.message}; example: DIGESTBOT_WEBHOOK_URL=https://bot.example.org/telegram",
            ) from None
        except TelegramError as error:
            raise TransportError(f"the webhook cannot be set: {error.message}; start again in a moment") from None
        self._bot.heartbeat.good(self._clock())
        _LOG.info("updates are posted to %s", self._webhook.host)

    async def watch(self) -> None:
        """Until cancelled: ask now and then, set the webhook again if somebody changed it. Raises TransportError when
        the token is refused, or nobody could be asked for too long."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._clock() - self._checked_at >= self._pause:
                await self._check()
            fault = self.fault()
            if fault is not None:
                raise TransportError(fault)

    def fault(self) -> str | None:
        """Why nothing can come in, in words; None when it is well."""
        verdict = self._bot.heartbeat.verdict(self._clock(), _PATIENCE)
        return None if verdict is Verdict.FINE else _STALE if verdict is Verdict.STALE else EXPLANATIONS[verdict]

    def note(self) -> str | None:
        """What Telegram ran into when it last called us, while it still has not come through."""
        return self.report.failing(self._taken_at)

    async def _check(self) -> None:
        self._checked_at = self._clock()
        try:
            info = await self._bot.call("getWebhookInfo", {})
            self._bot.heartbeat.good(self._clock())
            self.report = Report.read(info)
            self._say(self.note())
            reason = reason_to_set(info, self._webhook)
            if reason is not None:
                _LOG.warning("the webhook is set again: %s", reason)
                await self._set()
        except TelegramError as error:
            self._bot.heartbeat.failed(error)
            self._pause = _RECHECK_SECONDS
            _LOG.warning("the webhook could not be looked after and is tried again: %s", error.message)
        else:
            self._pause = _CHECK_SECONDS if reason is None and self.note() is None else _RECHECK_SECONDS

    def _say(self, failing: str | None) -> None:
        if failing != self._said and failing is not None:
            _LOG.warning("Telegram cannot deliver to %s: %s", self._webhook.host, failing)
        elif failing is None and self._said is not None:
            _LOG.info("Telegram delivers to %s again", self._webhook.host)
        self._said = failing

    async def _set(self) -> None:
        """Raises TelegramError after some tries."""
        wanted = {
            "url": self._webhook.url,
            "secret_token": self._webhook.secret,
            "allowed_updates": list(ALLOWED_UPDATES),
            "max_connections": CONNECTIONS,
            "drop_pending_updates": False,
        }
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                await self._bot.call("setWebhook", wanted)
            except (RetryAfter, NetworkError) as error:
                if last or isinstance(error, BadRequest):
                    raise
                await asyncio.sleep(_pause_after(error))
            else:
                return

    async def stop(self) -> None:
        """Finish what is being answered. The webhook stays: Telegram keeps for a day what it cannot deliver."""
        await self._intake.stop()


def _pause_after(error: TelegramError) -> float:
    if not isinstance(error, RetryAfter):
        return 0.5
    asked = error.retry_after
    return min(asked.total_seconds() if isinstance(asked, timedelta) else float(asked), _LONGEST_WAIT)
