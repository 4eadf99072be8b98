"""Everything that exists: people, bots, chats, messages; and the rules of who hears what."""

import random
from collections.abc import Callable
from typing import Any

from bot.emulator.account import BotAccount
from bot.emulator.events import Events
from bot.emulator.inbox import Inbox
from bot.emulator.model import ADMIN_STATUSES, Chat, Member, Message, Topic, User
from bot.emulator.text.formatted import substring

_FIRST_SUPERGROUP = 1_000_000_000_000  # ids of supergroups and channels are -100… in writing


class World:
    """The state of the emulator; single-threaded, so methods simply change it."""

    def __init__(self, clock: Callable[[], float], rng: random.Random, events: Events, history: int) -> None:
        self.clock = clock
        self.rng = rng
        self.events = events
        self.history = history
        self.users: dict[int, User] = {}
        self.bots: dict[str, BotAccount] = {}
        self.chats: dict[int, Chat] = {}
        self.private: dict[tuple[int, int], Chat] = {}
        self.files: dict[str, tuple[str, bytes]] = {}

    # -- who is there ------------------------------------------------------------------------------------------------

    def add_bot(self, token: str, username: str, name: str) -> BotAccount:
        """A bot; its id is the number before the colon of its token."""
        user = User(int(token.split(":", 1)[0]), name, username=username, is_bot=True)
        bot = BotAccount(token, user, Inbox(self.clock, self.rng.randrange(10**8, 9 * 10**8)))
        self.bots[token] = bot
        return bot

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def new_user_id(self) -> int:
        """Every other one above 2^31, as in reality, so that 32-bit columns fail in tests."""
        while True:
            low, high = (10**8, 2**31) if self.rng.random() < 0.5 else (5 * 10**9, 8 * 10**9)
            candidate = self.rng.randrange(low, high)
            if candidate not in self.users:
                return candidate

    def add_chat(self, kind: str, title: str, *, username: str = "", is_forum: bool = False) -> Chat:
        """A group (small negative id), supergroup or channel (-100…)."""
        while True:
            number = self.rng.randrange(10**9, 4 * 10**9)
            chat_id = -number if kind == "group" else -(_FIRST_SUPERGROUP + number)
            if chat_id not in self.chats:
                break
        chat = Chat(chat_id, kind, title=title, username=username, is_forum=is_forum)
        self.chats[chat_id] = chat
        return chat

    def private_chat(self, bot: BotAccount, user: User) -> Chat:
        """The chat of that person with that bot, made on first need and not started yet."""
        key = (bot.id, user.id)
        chat = self.private.get(key)
        if chat is None:
            chat = Chat(user.id, "private", user=user, bot_id=bot.id)
            self.private[key] = chat
        return chat

    def find_chat(self, bot: BotAccount, chat_id: int) -> Chat | None:
        """The chat that id means for that bot."""
        if chat_id > 0:
            known = self.private.get((bot.id, chat_id))
            if known is None and chat_id in self.users:
                known = self.private_chat(bot, self.users[chat_id])
            return known
        return self.chats.get(chat_id)

    def find_username(self, name: str) -> Chat | None:
        wanted = name.lstrip("@").lower()
        return next((chat for chat in self.chats.values() if chat.username.lower() == wanted), None)

    def bots_in(self, chat: Chat) -> list[BotAccount]:
        """The bots that are members, or the one at the other end of a private chat."""
        if chat.type == "private":
            return [bot for bot in self.bots.values() if bot.id == chat.bot_id]
        return [bot for bot in self.bots.values() if chat.member(bot.id).present]

    # -- messages ----------------------------------------------------------------------------------------------------

    def stamp(self) -> int:
        return int(self.clock())

    def store(self, chat: Chat, message: Message, kind: str = "message") -> Message:
        """Number a message, keep it, tell watchers. `message` lacks id, chat and date."""
        message_id = chat.next_id
        chat.next_id += 1
        stored = {"message_id": message_id, **message, "chat": chat.json, "date": self.stamp()}
        chat.messages[message_id] = stored
        if len(chat.messages) > self.history:
            del chat.messages[next(iter(chat.messages))]
        self.events.publish(kind, chat_id=chat.id, message=stored, bot_id=chat.bot_id)
        return stored

    def edited(self, chat: Chat, message: Message) -> None:
        self.events.publish(
            "edited", chat_id=chat.id, message=message, message_id=message["message_id"], bot_id=chat.bot_id
        )

    def remove(self, chat: Chat, message_id: int) -> bool:
        if chat.messages.pop(message_id, None) is None:
            return False
        self.events.publish("deleted", chat_id=chat.id, message_id=message_id, bot_id=chat.bot_id)
        return True

    def author(self, chat: Chat, user: User) -> dict[str, Any]:
        """The `from` and `sender_chat` of a message, as the chat shows them."""
        if chat.type == "channel":
            return {"sender_chat": chat.json}
        if chat.member(user.id).is_anonymous:
            anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
            return {"from": anonymous, "sender_chat": chat.json}
        return {"from": user.json}

    def announce(self, chat: Chat, kind: str, message: Message) -> None:
        """Give a message of a person to every bot that may see it."""
        for bot in self.bots_in(chat):
            if self.sees(bot, chat, message):
                bot.inbox.add(kind, message)

    def service(
        self, chat: Chat, fields: dict[str, Any], author: User | None = None, *, announce: bool = True
    ) -> Message:
        """A service message; every bot in the chat sees it."""
        start: dict[str, Any] = self.author(chat, author) if author is not None else {}
        message = self.store(chat, {**start, **fields})
        for bot in self.bots_in(chat) if announce else ():
            if author is None or bot.id != author.id:
                bot.inbox.add("channel_post" if chat.type == "channel" else "message", message)
        return message

    def sees(self, bot: BotAccount, chat: Chat, message: Message) -> bool:
        """Privacy mode: in groups only what is meant for the bot, unless it is an administrator."""
        if chat.type in ("private", "channel") or not bot.privacy or chat.member(bot.id).status in ADMIN_STATUSES:
            return True
        answered = message.get("reply_to_message", {})
        if answered.get("from", {}).get("id") == bot.id and "forum_topic_created" not in answered:
            return True
        if "via_bot" in message and message["via_bot"]["id"] == bot.id:
            return True
        entities = message.get("entities") or message.get("caption_entities", ())
        return any(self._means(bot, chat, message, entity) for entity in entities)

    def _means(self, bot: BotAccount, chat: Chat, message: Message, entity: dict[str, Any]) -> bool:
        if entity["type"] != "bot_command":
            return False
        _, at, name = substring(message.get("text") or message["caption"], entity).partition("@")
        if at:
            return name.lower() == bot.user.username.lower()
        if chat.last_bot is not None:
            return chat.last_bot == bot.id
        return len(self.bots_in(chat)) == 1

    # -- membership --------------------------------------------------------------------------------------------------

    def set_member(self, chat: Chat, user: User, member: Member, by: User) -> None:
        """Change a membership and tell bots: my_chat_member for their own, chat_member for others'."""
        old = chat.members.get(user.id) or Member("left")
        chat.members[user.id] = member
        self.tell_member(chat, user, old, member, by=by)
        self.events.publish("state")

    def tell_member(self, chat: Chat, user: User, old: Member, new: Member, *, by: User) -> None:
        """Queue the ChatMemberUpdated without touching the chat."""
        payload = {
            "chat": chat.json,
            "from": by.json,
            "date": self.stamp(),
            "old_chat_member": member_json(user, old),
            "new_chat_member": member_json(user, new),
        }
        for bot in self.bots.values():
            if bot.id == user.id or (chat.type == "private" and chat.bot_id == bot.id):
                bot.inbox.add("my_chat_member", payload)
            elif chat.member(bot.id).is_admin:
                bot.inbox.add("chat_member", payload)

    def add_topic(self, chat: Chat, name: str, by: User | None = None, *, announce: bool = True) -> Topic:
        """Open a topic; its service message gives it its id (1 is always General)."""
        chat.next_id = max(chat.next_id, 2)
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        topic_fields = {"message_thread_id": chat.next_id, "is_topic_message": True}
        message = self.service(chat, {**created, **topic_fields}, by, announce=announce)
        topic = Topic(message["message_id"], name)
        chat.topics[topic.id] = topic
        return topic

    def migrate(self, chat: Chat) -> Chat:
        """A group becomes a supergroup with a new id; both chats get their service message."""
        new = self.add_chat("supergroup", chat.title)
        new.members = dict(chat.members)
        members_seeing = self.bots_in(chat)
        first = self.store(chat, {"migrate_to_chat_id": new.id})
        second = self.store(new, {"migrate_from_chat_id": chat.id})
        for bot in members_seeing:
            bot.inbox.add("message", first)
            bot.inbox.add("message", second)
        chat.migrated_to = new.id
        self.events.publish("state")
        return new


_ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_post_messages",
    "can_edit_messages",
    "can_pin_messages",
    "can_manage_topics",
)
_MEMBER_RIGHTS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)


def member_json(user: User, member: Member) -> dict[str, Any]:
    """The Bot API's ChatMember."""
    result: dict[str, Any] = {"user": user.json, "status": member.status}
    if member.is_admin:
        result["is_anonymous"] = member.is_anonymous
    if member.status == "administrator":
        result["can_be_edited"] = False
        result |= {right: member.rights.get(right, True) for right in _ADMIN_RIGHTS}
    elif member.status == "restricted":
        result |= {"is_member": True, "until_date": 0}
        result |= {right: member.rights.get(right, False) for right in _MEMBER_RIGHTS}
    elif member.status == "kicked":
        result["until_date"] = 0
    return result
