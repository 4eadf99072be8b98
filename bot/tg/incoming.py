"""From Telegram's updates to an Ask: which place, who, what was typed. The only code that reads messages."""

import re
from dataclasses import dataclass
from datetime import datetime

from telegram import CallbackQuery, Chat, InlineQuery, Message

from bot.core.actions import Action, decode
from bot.core.forum import topic_title
from bot.core.model import ChatKind, Place
from bot.tg.ask import Ask

# As Telegram itself finds commands: at the very start, then the arguments. Entities are not asked for.
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{3,32}))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command as typed: lower-case name, the bot it names (lower case, or None) and its arguments."""

    name: str
    bot: str | None
    arguments: str


def command_of(text: str | None) -> TypedCommand | None:
    """The command a text begins with, if any."""
    match = _COMMAND.fullmatch(text or "")
    if match is None:
        return None
    return TypedCommand(match[1].lower(), match[2].lower() if match[2] else None, (match[3] or "").strip())


def place_of(message: Message) -> Place:
    """The chat, or the forum topic the message is in. A reply outside of forums also has a thread id: not a place."""
    thread = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat.id, thread if thread and thread != 1 else None)


def kind_of(chat: Chat) -> ChatKind:
    """The kind of a chat."""
    return ChatKind(str(chat.type))


def title_of(chat: Chat) -> str:
    """What people call the chat."""
    return chat.title or chat.full_name or chat.username or ""


def ask_of_message(message: Message, text: str, *, now: datetime) -> Ask:
    """What a message asks. An anonymous administrator and a channel have no language of their own."""
    user = message.from_user if message.sender_chat is None else None
    replied = message.reply_to_message
    if replied is not None and replied.forum_topic_created is not None:
        replied = None  # in a forum topic every message answers the note that opened it
    return Ask(
        place=place_of(message),
        kind=kind_of(message.chat),
        chat_title=topic_title(title_of(message.chat), _topic_of(message)),
        user_id=user.id if user else None,
        language_code=user.language_code if user else None,
        text=text,
        now=now,
        buttons=_actions_under(replied) if replied is not None else (),
        message_id=replied.message_id if replied is not None else None,
        forum=bool(message.chat.is_forum),
    )


def ask_of_press(query: CallbackQuery, *, now: datetime) -> Ask | None:
    """What a pressed button asks; None where the message is too old for Telegram to say where it is: in which chat,
    or in which topic of a forum."""
    message = query.message
    if message is None or (not isinstance(message, Message) and message.chat.is_forum):
        return None
    place = place_of(message) if isinstance(message, Message) else Place(message.chat.id)
    return Ask(
        place=place,
        kind=kind_of(message.chat),
        chat_title=topic_title(title_of(message.chat), _topic_of(message) if isinstance(message, Message) else ""),
        user_id=query.from_user.id,
        language_code=query.from_user.language_code,
        text="",
        now=now,
        buttons=_actions_under(message) if isinstance(message, Message) else (),
        message_id=message.message_id,
        forum=bool(message.chat.is_forum),
    )


def ask_of_inline(query: InlineQuery, *, now: datetime) -> Ask:
    """What somebody types after the bot's name, in whatever chat: asked as if in their private chat with the bot, whose
    number is their own, so that their settings are found."""
    user = query.from_user
    place = Place(user.id)
    return Ask(place, ChatKind.PRIVATE, user.full_name, user.id, user.language_code, query.query, now)


def _topic_of(message: Message) -> str:
    """The name of the forum topic a message is in, where the note that opened the topic comes along."""
    note = message.reply_to_message.forum_topic_created if message.reply_to_message else None
    return note.name if note is not None and place_of(message).thread_id else ""


def _actions_under(message: Message) -> tuple[Action, ...]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    actions = (decode(button.callback_data) for row in rows for button in row if isinstance(button.callback_data, str))
    return tuple(action for action in actions if action is not None)
