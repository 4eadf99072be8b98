"""The hall between Telegram and the handlers: takes updates in, asks for rights, calls the function that answers (in a
thread, since storage is synchronous), and sends what it gave. All effects of answering are here.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.core.actions import Managed, OpenTopic, ShowChats, decode
from bot.core.ledger import Sent
from bot.core.limits import Admission, RateLimiter
from bot.core.model import ChatKind, Place
from bot.errors import StorageError
from bot.rendering.chat_view import ErrorKind, Toast, error_view, toast
from bot.rendering.inline_view import InlineAnswer
from bot.rendering.message import OutgoingMessage
from bot.services.delivery import PacedSender
from bot.tg.ask import Answer, Ask, Document
from bot.tg.desk import Desk
from bot.tg.extras import inline_parameters, send_document, swap_parameters
from bot.tg.handlers.coming import plain_text, unknown_command
from bot.tg.handlers.inline import inline
from bot.tg.handlers.zones import city, location
from bot.tg.incoming import TypedCommand, ask_of_inline, ask_of_message, ask_of_press, command_of
from bot.tg.limiting import cost_of
from bot.tg.managing import Managing
from bot.tg.membership import Greetings, Membership
from bot.tg.menu import Menu
from bot.tg.receiving import DigestBot
from bot.tg.rights import may_change
from bot.tg.routes import Routes

_LOG = logging.getLogger(__name__)
_LONGEST_TOAST = 200  # Bot API, answerCallbackQuery
_GROUPS = frozenset({ChatKind.GROUP, ChatKind.SUPERGROUP})
_STARTING = {"sub": "subscribe", "channels": "channels"}  # payloads of deep links that are commands
_EMPTY_START = frozenset({"", "true"})  # what links that add a bot to a group say there


class Dispatch:
    """Answers updates. `clock` gives the present instant (aware UTC); `changed` is called when somebody's wishes may
    have changed, so that what is due next is known at once."""

    def __init__(
        self,
        desk: Desk,
        routes: Routes,
        *,
        bot: DigestBot,
        sender: PacedSender,
        menu: Menu,
        clock: Callable[[], datetime],
        changed: Callable[[], None] = lambda: None,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._desk = desk
        self._routes = routes
        self._bot = bot
        self._sender = sender
        self._menu = menu
        self._clock = clock
        self._changed = changed
        self._limiter = limiter or RateLimiter()
        self._managing = Managing(desk, routes, bot=bot)
        self._greetings = Greetings()
        self._membership = Membership(desk, sender=sender, respond=self._answer, greetings=self._greetings)

    def admission(self, update: Update) -> Admission:
        """Whether who sent this may have it now: everybody has so much a minute, whatever the chat. Asked before the
        update waits for its chat, so that what is too much costs nobody anything."""
        asked = cost_of(update, bot=self._desk.bot_username)
        if asked is None:
            return Admission.ALLOWED
        who, cost = asked
        return self._limiter.ask(who, cost=cost, now=self._clock().timestamp())

    async def on_too_much(self, update: Update) -> None:
        """Say once that it was too much: a toast over a pressed button, a message where somebody typed. Who types after
        the bot's name sees an empty list."""
        query, message = update.callback_query, update.effective_message
        if query is not None:
            await self._say(query, toast(self._desk.translator(query.from_user.language_code), Toast.SLOW_DOWN))
        elif update.inline_query is None and message is not None:
            ask = ask_of_message(message, "", now=self._clock())
            await self._answer(ask, lambda: _said(self._desk, ask, Toast.SLOW_DOWN))

    async def on_message(self, update: Update, _context: Any) -> None:
        """A new message or channel post: a command, or words in a private chat."""
        message = update.effective_message
        if message is None:
            return
        typed = command_of(message.text or message.caption)
        ask = ask_of_message(message, typed.arguments if typed else message.text or "", now=self._clock())
        if typed is not None:
            await self._command(message, typed, ask)
        elif ask.kind is ChatKind.PRIVATE and message.via_bot is None:
            await self._said(message, ask)

    async def _said(self, message: Message, ask: Ask) -> None:
        """Something without a command, in a private chat: perhaps the answer to a question of ours."""
        spot, shared = message.location, message.chat_shared
        if shared is not None:
            await self._answer(ask, await self._managing.picked(ask, shared.chat_id))
        elif spot is not None:
            found = partial(location, latitude=spot.latitude, longitude=spot.longitude)
            await self._answer(ask, lambda: found(self._desk, ask))
        elif self._asked_city(message):
            await self._answer(ask, lambda: city(self._desk, ask))
        elif _said_something(message):
            await self._answer(ask, lambda: plain_text(self._desk, ask))

    def _asked_city(self, message: Message) -> bool:
        """Whether this answers the question for a city: known by its words, in whatever language it was asked."""
        question = message.reply_to_message
        if question is None or question.from_user is None or question.from_user.id != self._bot.id or not message.text:
            return False
        return any(question.text == t("zone.which_city") for t in self._desk.catalogue.translators.values())

    async def _command(self, message: Message, typed: TypedCommand, ask: Ask) -> None:
        if typed.bot is not None and typed.bot != self._desk.bot_username.lower():
            return  # meant for another bot
        name = _STARTING.get(typed.arguments, typed.name) if typed.name == "start" else typed.name
        ask = replace(ask, text="") if name != typed.name else ask
        if name == "channels":
            await self._answer(ask, await self._managing.chats(ask))
            return
        if ask.kind in _GROUPS and not self._greets(name, typed.arguments, ask):
            return
        function = self._routes.commands.get(name)
        if function is None:
            if typed.bot is not None or ask.kind is ChatKind.PRIVATE:
                await self._answer(ask, lambda: unknown_command(self._desk, ask, typed.name))
            return
        if name in self._routes.changing and not await may_change(
            self._bot, message.chat, ask.user_id, message=message
        ):
            await self._answer(ask, lambda: _refusal(self._desk, ask))
            return
        await self._answer(ask, lambda: function(self._desk, ask))
        if name in self._routes.changing:
            self._changed()

    def _greets(self, name: str, arguments: str, ask: Ask) -> bool:
        """Whether a command is answered in a group: `/start` by the link that added the bot is no second greeting."""
        return name != "start" or arguments not in _EMPTY_START or self._greetings.due(ask.place.chat_id, ask.now)

    async def on_button(self, update: Update, _context: Any) -> None:
        """A pressed button. What it means is decoded and rights are asked anew: buttons can be forged and forwarded."""
        query = update.callback_query
        if query is None:
            return
        ask = ask_of_press(query, now=self._clock())
        if ask is None or query.message is None:
            await self._say(query, toast(self._desk.translator(query.from_user.language_code), Toast.STALE))
            return
        action = decode(query.data)
        function = self._routes.buttons.get(type(action)) if action is not None else None
        # What is answered in a channel is answered before all its readers, so there every press is a change.
        changing = type(action) in self._routes.changing or ask.kind is ChatKind.CHANNEL
        if isinstance(action, Managed | OpenTopic | ShowChats):
            await self._press(query, ask, await self._managing.press(ask, action))
        elif function is None:
            await self._press(query, ask, lambda: _toast(self._desk, ask, Toast.STALE))
        elif changing and not await may_change(self._bot, query.message.chat, ask.user_id):
            await self._press(query, ask, lambda: _toast(self._desk, ask, Toast.NOT_ADMIN))
        else:
            await self._press(query, ask, lambda: function(self._desk, ask, action))
        if changing or isinstance(action, Managed):
            self._changed()

    async def on_inline(self, update: Update, _context: Any) -> None:
        """`@bot words` in some chat. Whatever goes wrong, the reader's client gets an answer: an empty one."""
        query = update.inline_query
        if query is None:
            return
        ask = ask_of_inline(query, now=self._clock())
        try:
            answer = await asyncio.to_thread(inline, self._desk, ask, query.offset)
        except Exception:
            _LOG.exception("an inline query failed")
            answer = InlineAnswer()
        try:
            await self._bot.call("answerInlineQuery", inline_parameters(query.id, answer))
        except TelegramError as error:  # somebody typed on, and this one is too old
            _LOG.info("an inline query was not answered: %s", error)

    async def on_membership(self, update: Update, _context: Any) -> None:
        """The bot was added, removed, blocked or unblocked."""
        if update.my_chat_member is not None:
            await self._membership.changed(update.my_chat_member, now=self._clock())

    async def on_rights_lost(self, chat_id: int) -> None:
        """A push could not be sent because the bot may not write there, which no update told."""
        await self._membership.found_lost(chat_id, now=self._clock())

    async def on_migration(self, update: Update, _context: Any) -> None:
        """A group became a supergroup; either of the two service messages may come first, or only one."""
        message = update.effective_message
        if message is None:
            return
        old, new = message.migrate_from_chat_id or message.chat.id, message.migrate_to_chat_id or message.chat.id
        if old != new:
            await asyncio.to_thread(self._desk.subscriptions.moved, old, new, now=self._clock())

    async def _answer(self, ask: Ask, function: Callable[[], Answer]) -> None:
        answer = await self._called(ask, function)
        await self._send(ask, answer.messages)
        await self._set_menu(ask, answer)
        await self._send_document(ask, answer.document)

    async def _press(self, query: CallbackQuery, ask: Ask, function: Callable[[], Answer]) -> None:
        answer = await self._called(ask, function)
        await self._say(query, answer.toast)
        messages = answer.messages
        if answer.delete and query.message is not None:
            await self._delete(ask.place.chat_id, query.message.message_id)
        if answer.edit is not None and query.message is not None:
            result = await self._sender.edit(answer.edit, ask.place, query.message.message_id)
            messages = messages if isinstance(result, Sent) else (answer.edit, *messages)
        if answer.swap is not None and isinstance(query.message, Message) and query.data:
            await self._swap(swap_parameters(query.message, query.data, answer.swap))
        await self._send(ask, messages)
        await self._set_menu(ask, answer)
        await self._send_document(ask, answer.document)

    async def _set_menu(self, ask: Ask, answer: Answer) -> None:
        if answer.menu is not None and ask.kind is ChatKind.PRIVATE:
            await self._menu.set_for_chat(ask.place.chat_id, answer.menu)

    async def _called(self, ask: Ask, function: Callable[[], Answer]) -> Answer:
        """The handler's answer; what it fails at is logged under a reference that the reader can pass on."""
        try:
            return await asyncio.to_thread(function)
        except Exception as error:
            reference = secrets.token_hex(4)
            _LOG.exception("an answer failed, reference %s", reference)
            kind = ErrorKind.BUSY if isinstance(error, StorageError) else ErrorKind.INTERNAL
            reader = self._desk.stranger(ask)
            said = toast(reader.look.translator, Toast.FAILED)
            return Answer((error_view(reader.look, kind=kind, reference=reference),), toast=said)

    async def _send(self, ask: Ask, messages: tuple[OutgoingMessage, ...]) -> None:
        for position, message in enumerate(messages):
            if position and ask.kind is ChatKind.PRIVATE:
                await self._typing(ask.place)
            result = await self._sender.reply(message, ask.place)
            if not isinstance(result, Sent):
                _LOG.warning("an answer to chat %s did not arrive: %s", ask.place.chat_id, result)
                return

    async def _send_document(self, ask: Ask, document: Document | None) -> None:
        if document is not None and not await send_document(self._bot, ask.place, document):
            look = self._desk.stranger(ask).look
            await self._send(ask, (error_view(look, kind=ErrorKind.BUSY),))

    async def _typing(self, place: Place) -> None:
        """Parts after the first wait their second; meanwhile the reader sees that more is coming."""
        try:
            await self._bot.send_chat_action(place.chat_id, ChatAction.TYPING, message_thread_id=place.thread_id)
        except TelegramError as error:
            _LOG.debug("typing was not shown: %s", type(error).__name__)

    async def _say(self, query: CallbackQuery, text: str | None) -> None:
        try:
            await query.answer(text[:_LONGEST_TOAST] if text else None)
        except TelegramError as error:  # too old a press cannot be answered any more
            _LOG.info("a press was not answered: %s", error)

    async def _swap(self, parameters: dict[str, Any] | None) -> None:
        """The toast has said what happened; a keyboard that stays as it was means the same when pressed again."""
        try:
            if parameters is not None:
                await self._bot.call("editMessageReplyMarkup", parameters)
        except TelegramError as error:
            _LOG.info("a button was not changed: %s", error)

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id, message_id)
        except TelegramError as error:
            _LOG.info("a message was not deleted: %s", error)


def _said_something(message: Message) -> bool:
    """Whether a person sent content, and not only a service note (pinned, timer set)."""
    return bool(message.text or message.caption or message.effective_attachment)


def _refusal(desk: Desk, ask: Ask) -> Answer:
    return _said(desk, ask, Toast.NOT_ADMIN)


def _said(desk: Desk, ask: Ask, kind: Toast) -> Answer:
    """What would be a toast if a button had been pressed."""
    return Answer((OutgoingMessage(toast(desk.reader(ask).look.translator, kind)),))


def _toast(desk: Desk, ask: Ask, kind: Toast) -> Answer:
    return Answer(toast=toast(desk.reader(ask).look.translator, kind))
