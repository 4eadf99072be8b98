"""Setting the scene: users, groups, channels, rights. The part of the emulator that tests arrange the world with."""

from collections.abc import Iterable, Sequence

from bot.emulator.account import BotAccount
from bot.emulator.errors import WorldError
from bot.emulator.model import Chat, Member, Message, Topic, User
from bot.emulator.people import Person
from bot.emulator.world import World

Who = Person | User | BotAccount | None  # None means the bot


class Stage:
    """Needs `world`, `bot` and `people` from the class that completes it."""

    world: World
    people: dict[int, Person]

    @property
    def bot(self) -> BotAccount:
        """The first bot."""
        return next(iter(self.world.bots.values()))

    def add_bot(self, token: str, username: str, name: str = "Digest", *, privacy: bool = True) -> BotAccount:
        """One more bot; `privacy` as set with @BotFather."""
        bot = self.world.add_bot(token, username, name)
        bot.privacy = privacy
        return bot

    def add_user(
        self,
        first_name: str = "Ann",
        *,
        id: int | None = None,  # noqa: A002 - the Bot API's own name
        last_name: str = "",
        username: str = "",
        language_code: str = "",
        started: bool = False,
    ) -> Person:
        """A person; `started` skips pressing Start (nothing is announced)."""
        number = id if id is not None else self.world.new_user_id()
        user = self.world.add_user(User(number, first_name, last_name, username, language_code))
        person = Person(self, user)  # type: ignore[arg-type]  # the completing class is the Emulator
        self.people[number] = person
        if started:
            person.chat().started = True
        self.world.events.publish("state")
        return person

    def add_group(self, title: str, *members: Person, owner: Person | None = None, with_bot: bool = True) -> Chat:
        """A basic group; the first member owns it unless `owner` is named."""
        return self._add_chat("group", title, members, owner=owner, with_bot=with_bot)

    def add_supergroup(
        self,
        title: str,
        *members: Person,
        owner: Person | None = None,
        forum: bool = False,
        username: str = "",
        with_bot: bool = True,
    ) -> Chat:
        """A supergroup; as a forum it has topics."""
        chat = self._add_chat("supergroup", title, members, owner=owner, with_bot=with_bot)
        chat.is_forum = forum
        chat.username = username
        chat.refresh()
        return chat

    def add_channel(
        self, title: str, *members: Person, owner: Person | None = None, username: str = "", with_bot: bool = True
    ) -> Chat:
        """A channel; the bot is an administrator of it unless `with_bot` is false."""
        chat = self._add_chat("channel", title, members, owner=owner, with_bot=False)
        chat.username = username
        chat.refresh()
        if with_bot:
            chat.members[self.bot.id] = Member("administrator")
        return chat

    def _add_chat(
        self, kind: str, title: str, members: Sequence[Person], *, owner: Person | None, with_bot: bool
    ) -> Chat:
        chat = self.world.add_chat(kind, title)
        for person in members:
            chat.members[person.id] = Member("member")
        first = owner or (members[0] if members else None)
        if first is not None:
            chat.members[first.id] = Member("creator")
        if with_bot:
            chat.members[self.bot.id] = Member("member")
        self.world.events.publish("state")
        return chat

    def add_topic(self, chat: Chat, name: str, *, announce: bool = False) -> Topic:
        """A forum topic; with `announce` bots get the service message, else it was always there."""
        if not chat.is_forum:
            raise WorldError(f"{chat.title!r} is no forum")
        topic = self.world.add_topic(chat, name, announce=announce)
        self.world.events.publish("state")
        return topic

    # -- membership --------------------------------------------------------------------------------------------------

    def account(self, who: Who) -> User:
        """The user behind a person or a bot."""
        if who is None:
            return self.bot.user
        return who if isinstance(who, User) else who.user

    def set_status(self, chat: Chat, who: Who, member: Member, *, by: Person | None = None) -> None:
        """Change a membership and tell the bots as Telegram does."""
        user = self.account(who)
        actor = by.user if by is not None else self._owner(chat) or user
        self.world.set_member(chat, user, member, actor)

    def _owner(self, chat: Chat) -> User | None:
        owner = next((user_id for user_id, member in chat.members.items() if member.status == "creator"), 0)
        return self.world.users.get(owner)

    def join(self, chat: Chat, who: Who = None, *, by: Person | None = None) -> None:
        """Become a member (a bot: be added), with the service message groups show."""
        self.set_status(chat, who, Member("administrator" if chat.type == "channel" else "member"), by=by)
        if chat.type != "channel":
            user = self.account(who)
            self.world.service(chat, {"new_chat_members": [user.json]}, self._owner(chat) or user)

    def leave(self, chat: Chat, who: Who = None) -> None:
        """Leave by oneself."""
        self.world.set_member(chat, self.account(who), Member("left"), self.account(who))

    def kick(self, chat: Chat, who: Who = None, *, by: Person | None = None) -> None:
        """Be banned."""
        self.set_status(chat, who, Member("kicked"), by=by)

    def promote(
        self, chat: Chat, who: Who = None, *, by: Person | None = None, anonymous: bool = False, **rights: bool
    ) -> None:
        """Become an administrator with all rights but those named false."""
        self.set_status(chat, who, Member("administrator", rights, anonymous), by=by)

    def demote(self, chat: Chat, who: Who = None, *, by: Person | None = None) -> None:
        """Become a plain member again."""
        self.set_status(chat, who, Member("member"), by=by)

    def restrict(self, chat: Chat, who: Who = None, *, by: Person | None = None, **rights: bool) -> None:
        """Lose every right to write but those named true."""
        self.set_status(chat, who, Member("restricted", rights), by=by)

    def migrate(self, chat: Chat) -> Chat:
        """Turn a group into a supergroup; the new chat with its new id."""
        return self.world.migrate(chat)

    def delete_chat(self, chat: Chat) -> None:
        """The owner deletes the chat."""
        chat.deleted = True
        self.world.events.publish("state")

    # -- looking -----------------------------------------------------------------------------------------------------

    def find(self, chat: Chat | int, person: Person | None = None) -> Chat:
        """A chat by object or id; raises WorldError. A person's own id is their private chat."""
        if isinstance(chat, Chat):
            return chat
        if person is not None and chat == person.id:
            return person.chat()
        found = self.world.chats.get(chat) or self.world.private.get((self.bot.id, chat))
        if found is None:
            raise WorldError(f"no chat {chat}")
        return found

    def message(self, chat: Chat, message: Message | int) -> Message:
        """The present form of a message; raises WorldError when it is gone."""
        number = message if isinstance(message, int) else message["message_id"]
        if number not in chat.messages:
            raise WorldError(f"no message {number} in chat {chat.id}")
        return chat.messages[number]

    def bot_of(self, message: Message) -> BotAccount:
        """The bot that sent a message, or the first one."""
        sender = message.get("from", {}).get("id") or message.get("via_bot", {}).get("id")
        return next((bot for bot in self.world.bots.values() if bot.id == sender), self.bot)

    def messages(self, chat: Chat | Person | int) -> list[Message]:
        """Everything in a chat (or in a person's private chat), oldest first."""
        place = chat.chat() if isinstance(chat, Person) else self.find(chat)
        return list(place.messages.values())

    def sent(self, chat: Chat | Person | int) -> list[Message]:
        """What bots wrote there."""
        return [message for message in self.messages(chat) if _is_by_bot(message)]

    def texts(self, chat: Chat | Person | int) -> list[str]:
        """The texts bots wrote there."""
        return [message.get("text") or message.get("caption", "") for message in self.sent(chat)]

    def everyone(self) -> Iterable[Person]:
        return self.people.values()


def _is_by_bot(message: Message) -> bool:
    if message["chat"]["type"] == "channel":
        return "text" in message or "photo" in message or "document" in message
    return bool(message.get("from", {}).get("is_bot")) and "sender_chat" not in message
