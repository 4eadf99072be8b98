"""What becomes of a chat when the bot is added, removed, silenced or let back, and who is told: each change once, to
whoever can do something about it, and never a channel's readers.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from telegram import Chat, ChatMember, ChatMemberUpdated, User
from telegram.constants import ChatID, ChatMemberStatus

from bot.core.ledger import Sent
from bot.core.model import ChatKind, ManagedChat, Place
from bot.rendering.chats_view import Notice, back_view, notice_view
from bot.rendering.message import OutgoingMessage
from bot.services.delivery import PacedSender
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.handlers.coming import start
from bot.tg.incoming import kind_of, title_of

_LOG = logging.getLogger(__name__)
_GONE: Final = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})
_GROUPS: Final = frozenset({ChatKind.GROUP, ChatKind.SUPERGROUP})
_ONCE: Final = timedelta(minutes=1)  # a link that adds the bot to a group also says `/start` there
Respond = Callable[[Ask, Callable[[], Answer]], Awaitable[None]]


@dataclass(slots=True)
class Greetings:
    """Which chats were told something a moment ago, so that two reasons to say it make one message."""

    _at: dict[int, datetime] = field(default_factory=dict)

    def due(self, chat_id: int, now: datetime) -> bool:
        """Whether it is due; from then on it is not for a while."""
        self._at = {chat: at for chat, at in self._at.items() if now - at < _ONCE}
        if chat_id in self._at:
            return False
        self._at[chat_id] = now
        return True

    def forget(self, chat_id: int) -> None:
        """It is due again."""
        self._at.pop(chat_id, None)


class Membership:
    """Follows the bot's own membership. `respond` answers a question in its chat."""

    def __init__(self, desk: Desk, *, sender: PacedSender, respond: Respond, greetings: Greetings) -> None:
        self._desk = desk
        self._sender = sender
        self._respond = respond
        self._greetings = greetings
        self._lost = Greetings()

    async def changed(self, change: ChatMemberUpdated, *, now: datetime) -> None:
        """The bot's membership changed."""
        kind = kind_of(change.chat)
        was_away, is_away = (is_silenced(one, kind) for one in (change.old_chat_member, change.new_chat_member))
        chat = _managed(change.chat)
        if kind is not ChatKind.PRIVATE and change.new_chat_member.status not in _GONE:
            await self._remember(change.from_user, chat)
        if is_away:
            reason = str(change.new_chat_member.status)
            paused = await asyncio.to_thread(self._desk.subscriptions.lost, chat.chat_id, reason=reason, now=now)
            await self._silenced(change, chat, told=bool(paused) or not was_away, now=now)
        elif was_away:
            resumed = await asyncio.to_thread(self._desk.subscriptions.returned, chat.chat_id, now=now)
            await self._let_back(change, chat, resumed=bool(resumed), now=now)

    async def _silenced(self, change: ChatMemberUpdated, chat: ManagedChat, *, told: bool, now: datetime) -> None:
        """Still there, but may not post: who manages the chat is told, if it was set up. A removal needs no words."""
        if change.new_chat_member.status in _GONE:
            return
        if change.old_chat_member.status in _GONE:
            if chat.kind is ChatKind.CHANNEL:
                await self._tell(change.from_user, chat, Notice.NO_POST, now=now)
        elif (
            told
            and await asyncio.to_thread(self._desk.subscriptions.known, chat.chat_id)
            and self._lost.due(chat.chat_id, now)
        ):
            await self._tell(change.from_user, chat, Notice.LOST, now=now)

    async def _let_back(self, change: ChatMemberUpdated, chat: ManagedChat, *, resumed: bool, now: datetime) -> None:
        """Back: said once, in the chat itself, but of a channel to its manager. New: one greeting."""
        joined = change.old_chat_member.status in _GONE
        self._lost.forget(chat.chat_id)
        if chat.kind is ChatKind.CHANNEL:
            if resumed or joined:
                await self._tell(change.from_user, chat, Notice.BACK if resumed else Notice.ADDED, now=now)
        elif resumed:
            ask = _ask(change.chat, change.from_user, now)
            await self._respond(ask, lambda: Answer((back_view(self._desk.reader(ask).look),)))
        elif joined and chat.kind in _GROUPS and self._greetings.due(chat.chat_id, now):
            ask = _ask(change.chat, change.from_user, now)
            await self._respond(ask, lambda: start(self._desk, ask))

    async def found_lost(self, chat_id: int, *, now: datetime) -> None:
        """A push was refused there for want of rights, and pushes are paused: a manager is told, if one is known."""
        chat = await asyncio.to_thread(self._desk.places.find, chat_id)
        if chat is not None and self._lost.due(chat_id, now):
            await self._tell(None, chat, Notice.LOST, now=now)

    async def _remember(self, user: User, chat: ManagedChat) -> None:
        if _is_person(user):
            await asyncio.to_thread(self._desk.places.remember, user.id, chat)

    async def _tell(self, actor: User | None, chat: ManagedChat, notice: Notice, *, now: datetime) -> None:
        """One message to one manager: whoever did it, else the first of those known who can be written to."""
        known = await asyncio.to_thread(self._desk.places.managers_of, chat.chat_id)
        first = {actor.id: actor.language_code} if actor is not None and _is_person(actor) else {}
        for user_id in dict.fromkeys((*first, *known)):
            code = first.get(user_id)
            message = await asyncio.to_thread(self._notice, user_id, code, chat, notice, now)
            if isinstance(await self._sender.reply(message, Place(user_id)), Sent):
                return
        _LOG.info("nobody could be told of chat %s: %s", chat.chat_id, notice.value)

    def _notice(
        self, user_id: int, code: str | None, chat: ManagedChat, notice: Notice, now: datetime
    ) -> OutgoingMessage:
        ask = Ask(Place(user_id), ChatKind.PRIVATE, "", user_id, code, "", now)
        return notice_view(self._desk.reader(ask).look, chat, notice)


def is_silenced(member: ChatMember, kind: ChatKind) -> bool:
    """Whether a bot with this membership cannot post there."""
    if member.status in _GONE:
        return True
    if member.status == ChatMemberStatus.RESTRICTED:
        return not getattr(member, "can_send_messages", True)
    if kind is not ChatKind.CHANNEL:
        return False
    return member.status == ChatMemberStatus.MEMBER or getattr(member, "can_post_messages", True) is False


def _managed(chat: Chat) -> ManagedChat:
    return ManagedChat(chat.id, kind_of(chat), title_of(chat))


def _is_person(user: User) -> bool:
    """Anonymous administrators and channels act through accounts of Telegram's own."""
    return not user.is_bot and user.id not in {ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL, ChatID.SERVICE_CHAT}


def _ask(chat: Chat, user: User, now: datetime) -> Ask:
    return Ask(Place(chat.id), kind_of(chat), title_of(chat), user.id, user.language_code, "", now)
