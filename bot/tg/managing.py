"""Answers that need Telegram's word before a handler can give them: who may manage a channel from their private chat,
which chats somebody manages at all, and whether a forum topic can be opened. What a handler then does is the same as in
the chat itself; only the answer is shown elsewhere.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from telegram.error import TelegramError

from bot.core.actions import (
    Action,
    AskZone,
    Begin,
    Close,
    DropRule,
    Managed,
    OpenTopic,
    PickChat,
    ShowChats,
    ShowMap,
    ShowRules,
    ShowTopics,
    ToggleTopic,
    Unbind,
)
from bot.core.actions import settings as wire
from bot.core.model import ChatKind, ManagedChat, Place
from bot.rendering.chat_view import Toast, toast
from bot.rendering.chats_view import seen_from_elsewhere
from bot.rendering.message import OutgoingMessage
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.handlers.channels import channels, picked
from bot.tg.handlers.topic_map import is_open, opened, topic_name
from bot.tg.receiving import DigestBot
from bot.tg.rights import is_decider
from bot.tg.routes import Routes

_LOG = logging.getLogger(__name__)
_MANAGEABLE: Final = frozenset(wire.WIRE) - {AskZone, Begin} | {ShowTopics, ToggleTopic, ShowRules, DropRule}
_LISTS: Final = frozenset({PickChat, OpenTopic, Unbind})  # actions of which each list of places carries one
_AT_ONCE: Final = 8  # calls for one list
Ready = Callable[[], Answer]
"""A handler with all it needs, to be called in a thread."""


class Managing:
    """Presses and commands about places other than where they were made."""

    def __init__(self, desk: Desk, routes: Routes, *, bot: DigestBot) -> None:
        self._desk = desk
        self._routes = routes
        self._bot = bot

    async def press(self, ask: Ask, action: Managed | OpenTopic | ShowChats) -> Ready:
        """The answer to a press, once its rights are known."""
        if isinstance(action, ShowChats) and ask.kind is ChatKind.PRIVATE:
            return await self.chats(ask, pressed=True)
        if isinstance(action, OpenTopic):
            return await self._open(ask, action)
        if isinstance(action, ShowChats) or type(action.action) not in _MANAGEABLE or not _belongs(ask, action):
            return lambda: self._toast(ask, Toast.STALE)
        chat = await self._managed(action.chat_id, ask.user_id)
        if chat is None:
            return lambda: self._toast(ask, Toast.NOT_ADMIN)
        there = _there(ask, action, chat)
        function = self._routes.buttons[type(action.action)]
        return lambda: self._shown(ask, there, function(self._desk, there, action.action))

    async def chats(self, ask: Ask, *, pressed: bool = False) -> Ready:
        """`/channels`: the chats that this person may manage at this moment."""
        found = await self._verified(ask)
        return lambda: channels(self._desk, ask, found, pressed=pressed)

    async def picked(self, ask: Ask, chat_id: int) -> Ready:
        """A chat was picked from Telegram's list: remembered if its rights allow."""
        chat = await self._managed(chat_id, ask.user_id)
        if chat is not None and ask.user_id is not None:
            await asyncio.to_thread(self._desk.places.remember, ask.user_id, chat)
        found = await self._verified(ask)
        return lambda: picked(self._desk, ask, found, chat)

    async def _verified(self, ask: Ask) -> list[ManagedChat]:
        if ask.kind is not ChatKind.PRIVATE or ask.user_id is None:
            return []
        known = await asyncio.to_thread(self._desk.places.chats_of, ask.user_id)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def allowed(chat: ManagedChat) -> bool:
            async with turns:
                return await is_decider(self._bot, chat.chat_id, ask.user_id)

        may = await asyncio.gather(*map(allowed, known))
        return [chat for chat, is_allowed in zip(known, may, strict=True) if is_allowed]

    async def _managed(self, chat_id: int, user_id: int | None) -> ManagedChat | None:
        """A chat as it now is, if this person decides there and the bot is in it."""
        if chat_id >= 0 or not await is_decider(self._bot, chat_id, user_id):
            return None
        try:
            chat = await self._bot.call("getChat", {"chat_id": chat_id})
            return ManagedChat(chat_id, ChatKind(chat["type"]), str(chat.get("title", "")))
        except (TelegramError, KeyError, ValueError) as error:
            _LOG.info("chat %s does not say what it is: %s", chat_id, type(error).__name__)
            return await asyncio.to_thread(self._desk.places.find, chat_id)

    async def _open(self, ask: Ask, action: OpenTopic) -> Ready:
        """Open a forum topic, unless one is there already: a second press opens no second one."""
        if not await is_decider(self._bot, ask.place.chat_id, ask.user_id):
            return lambda: self._toast(ask, Toast.NOT_ADMIN)
        name = await asyncio.to_thread(topic_name, self._desk, ask, action.slug)
        if name is None:
            return lambda: self._toast(ask, Toast.STALE)
        if await asyncio.to_thread(is_open, self._desk, ask, action.slug):
            return lambda: self._toast(ask, Toast.BOUND_ALREADY)
        try:
            made = await self._bot.call("createForumTopic", {"chat_id": ask.place.chat_id, "name": name})
            thread_id = int(made["message_thread_id"])
        except TelegramError as error:
            _LOG.info("no forum topic was opened in chat %s: %s", ask.place.chat_id, error)
            return lambda: self._toast(ask, Toast.NO_TOPIC_RIGHT)
        return lambda: opened(self._desk, ask, action.slug, thread_id=thread_id, name=name)

    def _shown(self, ask: Ask, there: Ask, answer: Answer) -> Answer:
        """An answer about `there`, as it is shown here."""
        look = self._desk.reader(there).look

        def bound(message: OutgoingMessage) -> OutgoingMessage:
            return seen_from_elsewhere(
                message,
                there.place,
                there.chat_title,
                look=look,
                way_back=ShowChats() if ask.kind is ChatKind.PRIVATE else ShowMap(),
                refer=self._desk.phrases.refer,
            )

        edit = bound(answer.edit) if answer.edit else None
        return replace(answer, messages=tuple(map(bound, answer.messages)), edit=edit, menu=None, swap=None)

    def _toast(self, ask: Ask, kind: Toast) -> Answer:
        return Answer(toast=toast(self._desk.reader(ask).look.translator, kind))


def _belongs(ask: Ask, action: Managed) -> bool:
    """Whether such a button may stand in this chat: a private one, or the chat that it is about."""
    return ask.kind is ChatKind.PRIVATE or ask.place.chat_id == action.chat_id


def _there(ask: Ask, action: Managed, chat: ManagedChat) -> Ask:
    """The same question, as if it had been asked in the place it is about."""
    inner: tuple[Any, ...] = tuple(one.action for one in ask.buttons if isinstance(one, Managed))
    others: tuple[Action, ...] = tuple(one for one in ask.buttons if not isinstance(one, Managed))
    if ask.under & _LISTS:
        others = (*others, Close())  # settings take the place of a list, as they take the place of settings
    place = Place(action.chat_id, action.thread_id or None)
    return replace(ask, place=place, kind=chat.kind, chat_title=chat.title, buttons=(*inner, *others), viewer=ask.place)
