"""The python-telegram-bot application as digestbot runs it: our bot and request classes, our update order, and a
watchdog over polling. The order of handlers is set here and nowhere else.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from weakref import WeakValueDictionary

from telegram import Update
from telegram.constants import ChatType
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseUpdateProcessor,
    CallbackQueryHandler,
    ChatMemberHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.core.limits import Admission
from bot.errors import TransportError
from bot.tg.dispatch import Dispatch
from bot.tg.errors import reason_of
from bot.tg.receiving import EXPLANATIONS, DigestBot, Verdict
from bot.tg.request import AiohttpRequest

_LOG = logging.getLogger(__name__)
ALLOWED_UPDATES = ("message", "channel_post", "callback_query", "inline_query", "my_chat_member")
POLL_SECONDS = 30
TRIES = 3  # to reach the server at the start: a network may come up a moment after us
AT_ONCE = 4096  # updates worked on; nearly all of them only wait, for their chat or for their turn to be sent
GRACE_SECONDS = 5.0  # for answers still on their way when the bot ends
_MOST_OF_ONE = 32  # updates of one chat that may wait; a person may ask 30 things a minute
_WATCH_SECONDS = 5.0
_NEW = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST  # edited messages do not fire again
_PICKED = filters.StatusUpdate.CHAT_SHARED  # counts as a service note, but somebody says something with it
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


def make_bot(token: str, *, api_base_url: str, clock: Callable[[], float]) -> DigestBot:
    """The bot over our request class. `clock` gives monotonic seconds, for the heartbeat."""
    return DigestBot(
        token,
        request=AiohttpRequest(pool_size=512),
        get_updates_request=AiohttpRequest(pool_size=4),
        clock=clock,
        api_base_url=api_base_url,
    )


async def connect(bot: DigestBot, *, api_base_url: str) -> None:
    """Ask the server who we are. Raises TransportError with one line that says what to do."""
    for attempt in range(TRIES):
        try:
            await bot.initialize()
        except InvalidToken:
            raise TransportError(f"{api_base_url} does not accept the token; check DIGESTBOT_TOKEN") from None
        except NetworkError as error:
            await bot.shutdown()
            if attempt + 1 < TRIES:
                await asyncio.sleep(0.5)
                continue
            raise TransportError(
                f"{api_base_url} cannot be reached ({reason_of(error)}); check the network and DIGESTBOT_API_BASE_URL"
            ) from None
        except TelegramError as error:
            raise TransportError(f"{api_base_url} does not answer as a Bot API server: {reason_of(error)}") from None
        else:
            return


class PerChat(BaseUpdateProcessor):
    """Updates of one chat one after the other, those of different chats side by side. A chat that asks for more than
    anybody types is not listened to until it has its answers; that the bot was removed, or the chat got a new id, is
    always heard, and talk among members waits for nothing."""

    def __init__(self, dispatch: Dispatch) -> None:
        super().__init__(AT_ONCE)
        self._dispatch = dispatch
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._waiting: dict[int, int] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's turn, then work. What somebody asks beyond their share is not waited for at all."""
        admission = self._dispatch.admission(update) if isinstance(update, Update) else Admission.ALLOWED
        if isinstance(update, Update) and admission is not Admission.ALLOWED:
            _drop(coroutine)
            if admission is Admission.NOTICE:
                await self._dispatch.on_too_much(update)
            return
        if not isinstance(update, Update) or update.effective_chat is None or _is_talk(update):
            await coroutine
            return
        chat = update.effective_chat.id
        if self._waiting.get(chat, 0) >= _MOST_OF_ONE and not _is_news(update):
            _LOG.warning("chat %s sends faster than it can be answered; an update is dropped", chat)
            _drop(coroutine)
            return
        lock = self._locks.get(chat)
        if lock is None:
            lock = self._locks[chat] = asyncio.Lock()
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        try:
            async with lock:
                await coroutine
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat]

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""


def _drop(coroutine: Awaitable[Any]) -> None:
    """Let work that has not begun be forgotten without a warning."""
    if inspect.iscoroutine(coroutine):
        coroutine.close()


def _is_talk(update: Update) -> bool:
    """Whether this is people talking to each other: in shared chats only commands are for the bot."""
    message = update.effective_message if update.callback_query is None else None
    if message is None or message.chat.type == ChatType.PRIVATE or _is_news(update):
        return False
    return not (message.text or message.caption or "").startswith("/")


def _is_news(update: Update) -> bool:
    """Whether this says what became of the chat, rather than asking for something."""
    message = update.message or update.channel_post
    moved = message is not None and bool(message.migrate_to_chat_id or message.migrate_from_chat_id)
    return update.my_chat_member is not None or moved


def make_application(bot: DigestBot, dispatch: Dispatch) -> AnyApplication:
    """The library's application with our handlers, however the updates come."""
    # The builder's many type parameters say nothing here: we use no context, job or chat data.
    builder: Any = ApplicationBuilder().bot(bot).job_queue(None).concurrent_updates(PerChat(dispatch))
    application: AnyApplication = builder.build()
    # Membership and migration first: they change where an answer may go.
    application.add_handlers(
        [
            ChatMemberHandler(dispatch.on_membership, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(_NEW & filters.StatusUpdate.MIGRATE, dispatch.on_migration),
            CallbackQueryHandler(dispatch.on_button),
            InlineQueryHandler(dispatch.on_inline),
            MessageHandler(_NEW & (_PICKED | ~filters.StatusUpdate.ALL), dispatch.on_message),
        ]
    )
    application.add_error_handler(_log_error)
    return application


class Receiver(Protocol):
    """What brings updates in."""

    async def start(self) -> None:
        """Begin. Updates that came while the bot was down are answered: Telegram keeps them for a day. Raises
        DigestbotError when the server does not let us."""

    async def watch(self) -> None:
        """Until cancelled; raises TransportError when nothing can come in any more."""

    def fault(self) -> str | None:
        """What is wrong, in words; None when it is well."""

    async def stop(self) -> None:
        """End, and finish what is being answered."""


class PollingReceiver:
    """Receives updates by long polling and hands them to `dispatch`."""

    def __init__(self, bot: DigestBot, dispatch: Dispatch, *, clock: Callable[[], float]) -> None:
        self._bot = bot
        self._clock = clock
        self._application = make_application(bot, dispatch)
        self._said: tuple[str, float] | None = None

    async def start(self) -> None:
        """Begin to poll; a webhook that is set is removed first, and what waits for it stays. Raises TransportError
        when the server does not let us."""
        assert self._application.updater is not None  # noqa: S101 - built with one, above
        try:
            await self._application.initialize()
            await self._application.start()
            await self._application.updater.start_polling(
                timeout=POLL_SECONDS,
                bootstrap_retries=TRIES,
                allowed_updates=list(ALLOWED_UPDATES),
                error_callback=self._log_poll,
            )
        except TelegramError as error:
            raise TransportError(f"polling cannot begin: {reason_of(error)}; start again in a moment") from None

    async def watch(self) -> None:
        """Until cancelled; raises TransportError when polling is dead, refused, or somebody else polls."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            verdict = self._bot.heartbeat.verdict(self._clock())
            if verdict is not Verdict.FINE:
                raise TransportError(EXPLANATIONS[verdict])

    def fault(self) -> str | None:
        """What is wrong with polling, in words; None when it is well."""
        verdict = self._bot.heartbeat.verdict(self._clock())
        return None if verdict is Verdict.FINE else EXPLANATIONS[verdict]

    async def stop(self) -> None:
        """End polling, finish what is being answered; what still waits for its turn after some seconds is given up."""
        updater = self._application.updater
        try:
            if updater is not None and updater.running:
                await updater.stop()
        except TelegramError as error:  # the goodbye call may fail as any other
            # That the token is refused is said by `watch`, with what to do about it.
            level = logging.DEBUG if isinstance(error, InvalidToken) else logging.INFO
            _LOG.log(level, "the last call to the server failed: %s", reason_of(error))
        if self._application.running:
            try:
                async with asyncio.timeout(GRACE_SECONDS):
                    await self._application.stop()
            except TimeoutError:
                _LOG.warning("some answers were still waiting to be sent and are given up")
        await self._application.shutdown()

    def _log_poll(self, error: TelegramError) -> None:
        """A poll that failed, in one line, and said again only once it fares otherwise: the library tries again, and
        `watch` decides when that is enough."""
        trouble = (reason_of(error), self._bot.heartbeat.last_good)
        level = logging.DEBUG if trouble == self._said else logging.WARNING
        self._said = trouble
        _LOG.log(level, "polling failed and is tried again: %s", trouble[0])


async def _log_error(_update: object, context: Any) -> None:
    """What no handler caught. The update itself is not logged: it holds what a reader typed."""
    _LOG.error("an update could not be handled", exc_info=context.error)
