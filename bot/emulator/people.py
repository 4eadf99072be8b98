"""People at their Telegram clients: they type, press, edit, block. What tests and the chat page act through."""

import asyncio
from typing import TYPE_CHECKING, Any

from bot.emulator.account import BotAccount, OpenQuery
from bot.emulator.errors import WorldError
from bot.emulator.model import Chat, Member, Message, User
from bot.emulator.text.formatted import detect

if TYPE_CHECKING:
    from bot.emulator.server import Emulator

ANSWER_SECONDS = 10.0


class Person:
    """One user at the client. `chat` is a Chat, a chat id, or None for the private chat with the bot."""

    def __init__(self, emulator: "Emulator", user: User) -> None:
        self._emulator = emulator
        self.user = user

    @property
    def id(self) -> int:
        return self.user.id

    def __repr__(self) -> str:
        return f"Person({self.user.id}, {self.user.first_name!r})"

    def chat(self, bot: BotAccount | None = None) -> Chat:
        """The private chat with the bot."""
        return self._emulator.world.private_chat(bot or self._emulator.bot, self.user)

    def messages(self, bot: BotAccount | None = None) -> list[Message]:
        """What is in the private chat, oldest first."""
        return list(self.chat(bot).messages.values())

    def start(self, payload: str = "") -> Message:
        """Press Start (or follow a deep link)."""
        return self.send(f"/start {payload}".strip())

    def send(
        self,
        text: str,
        chat: Chat | int | None = None,
        *,
        thread_id: int | None = None,
        reply_to: Message | int | None = None,
    ) -> Message:
        """Type a text; raises WorldError where a client would not let them."""
        content: Message = {"text": text.strip()}
        if entities := detect(content["text"]):
            content["entities"] = entities
        place = self._place(chat)
        return self._post(place, content, {**self._thread(place, thread_id), **self._reply(place, reply_to)})

    def send_photo(self, caption: str = "", chat: Chat | int | None = None) -> Message:
        """Send a picture with words under it."""
        content: Message = {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]}
        if caption:
            content["caption"] = caption.strip()
        if entities := detect(caption.strip()):
            content["caption_entities"] = entities
        return self._post(self._place(chat), content, {})

    def share_location(self, latitude: float, longitude: float) -> Message:
        """Share where they are with the bot, in degrees."""
        return self._post(self.chat(), {"location": {"latitude": latitude, "longitude": longitude}}, {})

    def share_chat(self, chat: Chat, request_id: int = 1) -> Message:
        """Pick a chat from the list that a button of the bot asked for."""
        shared = {"request_id": request_id, "chat_id": chat.id, "title": chat.title}
        return self._post(self.chat(), {"chat_shared": shared}, {})

    def _post(self, place: Chat, content: Message, more: dict[str, Any]) -> Message:
        world = self._emulator.world
        if place.type == "private":
            self._open_private(place, content.get("text", ""))
        else:
            self._check_may_write(place)
        stored = world.store(place, {**world.author(place, self.user), **content, **more})
        world.announce(place, "channel_post" if place.type == "channel" else "message", stored)
        return stored

    def _thread(self, place: Chat, thread_id: int | None) -> dict[str, Any]:
        """Where a message stands in a forum. As in Telegram, it answers the note that opened its topic."""
        if thread_id is None:
            return {}
        if thread_id not in place.topics:
            raise WorldError(f"chat {place.id} has no topic {thread_id}")
        fields: dict[str, Any] = {"message_thread_id": thread_id, "is_topic_message": True}
        note = place.messages.get(thread_id)
        return fields if note is None else {**fields, "reply_to_message": note}

    def _reply(self, place: Chat, reply_to: Message | int | None) -> dict[str, Any]:
        return {} if reply_to is None else {"reply_to_message": self._emulator.message(place, reply_to)}

    def _place(self, chat: Chat | int | None) -> Chat:
        return self.chat() if chat is None else self._emulator.find(chat, self)

    def _open_private(self, chat: Chat, text: str) -> None:
        if chat.blocked:
            if not text.startswith("/start"):
                raise WorldError("the bot is blocked; unblock it first")
            self.unblock()
        chat.started = True

    def _check_may_write(self, chat: Chat) -> None:
        member = chat.member(self.user.id)
        if chat.migrated_to is not None:
            raise WorldError(f"chat {chat.id} is now {chat.migrated_to}")
        if not member.present:
            raise WorldError(f"{self.user.first_name} is not in {chat.title!r}")
        if chat.type == "channel" and not member.is_admin:
            raise WorldError(f"only administrators post in {chat.title!r}")

    def edit(self, message: Message, text: str) -> Message:
        """Change an own message."""
        chat = self._emulator.find(message["chat"]["id"], self)
        new = {key: value for key, value in message.items() if key != "entities"} | {"text": text}
        if entities := detect(text):
            new["entities"] = entities
        new["edit_date"] = self._emulator.world.stamp()
        chat.messages[message["message_id"]] = new
        self._emulator.world.edited(chat, new)
        self._emulator.world.announce(chat, "edited_channel_post" if chat.type == "channel" else "edited_message", new)
        return new

    async def ask(self, text: str, chat: Chat | int | None = None, *, timeout_seconds: float = 5.0) -> Message:
        """Type a text and wait for the bot's next message there; raises TimeoutError."""
        place = self._place(chat)
        sent = self.send(text, place)

        def answer() -> Message | None:
            return next(
                (
                    message
                    for message_id, message in place.messages.items()
                    if message_id > sent["message_id"] and message.get("from", {}).get("is_bot")
                ),
                None,
            )

        found: Message = await self._emulator.wait_for(answer, timeout_seconds=timeout_seconds)
        return found

    async def press(self, message: Message, button: str, *, timeout_seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """Press the inline button with that text (or callback data) and wait for the bot's answer; raises WorldError
        when there is no such button, TimeoutError when the bot does not answer."""
        chat = self._emulator.find(message["chat"]["id"], self)
        current = self._emulator.message(chat, message)
        pressed = _button(current, button)
        if "callback_data" not in pressed:
            return {"text": None, "show_alert": False, "url": pressed.get("url")}
        return await self.press_data(current, pressed["callback_data"], timeout_seconds=timeout_seconds)

    async def press_data(
        self, message: Message, data: str, *, timeout_seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        """Send a callback query with that data, whether or not a button carries it (forged or stale presses)."""
        world = self._emulator.world
        chat = self._emulator.find(message["chat"]["id"], self)
        bot = self._emulator.bot_of(message)
        query_id = str(world.rng.getrandbits(62))
        query = OpenQuery(world.clock(), asyncio.get_running_loop().create_future(), chat.id)
        bot.queries[query_id] = query
        bot.inbox.add(
            "callback_query",
            {
                "id": query_id,
                "from": self.user.json,
                "message": message,
                "chat_instance": str(abs(hash((chat.id, bot.id)))),
                "data": data,
            },
        )
        return await self._answer(bot, query_id, query, timeout_seconds)

    async def inline(
        self, query: str, offset: str = "", *, timeout_seconds: float = ANSWER_SECONDS
    ) -> list[dict[str, Any]]:
        """Type `@bot query` and wait for the results; raises TimeoutError."""
        answer = await self.inline_answer(query, offset, timeout_seconds=timeout_seconds)
        results: list[dict[str, Any]] = answer["results"]
        return results

    async def inline_answer(
        self, query: str, offset: str = "", *, timeout_seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        """The same with `next_offset` and `button`."""
        bot = self._emulator.bot
        world = self._emulator.world
        if not bot.inline:
            raise WorldError("the bot has no inline mode")
        query_id = str(world.rng.getrandbits(62))
        opened = OpenQuery(world.clock(), asyncio.get_running_loop().create_future())
        bot.queries[query_id] = opened
        bot.inbox.add(
            "inline_query",
            {"id": query_id, "from": self.user.json, "query": query[:256], "offset": offset, "chat_type": "sender"},
        )
        return await self._answer(bot, query_id, opened, timeout_seconds)

    async def _answer(self, bot: BotAccount, query_id: str, query: OpenQuery, timeout_seconds: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(timeout_seconds):
                return await query.answer
        finally:
            if not query.answered:
                query.answered = True
            bot.queries.pop(query_id, None)

    def choose(self, result: dict[str, Any], query: str = "", chat: Chat | int | None = None) -> Message:
        """Send one inline result into a chat."""
        place = self._place(chat)
        world = self._emulator.world
        bot = self._emulator.bot
        content = result.get("message") or {"text": result.get("title", result["id"])}
        message = world.store(place, {**world.author(place, self.user), "via_bot": bot.user.json, **content})
        world.announce(place, "channel_post" if place.type == "channel" else "message", message)
        chosen = {"result_id": str(result["id"]), "from": self.user.json, "query": query}
        bot.inbox.add("chosen_inline_result", chosen)
        return message

    def block(self, bot: BotAccount | None = None) -> None:
        """Stop the bot: it can write no more, and hears of it."""
        self._set_blocked(bot, True)

    def unblock(self, bot: BotAccount | None = None) -> None:
        """Let the bot write again."""
        self._set_blocked(bot, False)

    def _set_blocked(self, bot: BotAccount | None, blocked: bool) -> None:
        chat = self.chat(bot)
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        old, new = Member("member"), Member("kicked")
        if not blocked:
            old, new = new, old
        owner = bot or self._emulator.bot
        self._emulator.world.tell_member(chat, owner.user, old, new, by=self.user)
        self._emulator.world.events.publish("state")

    def deactivate(self) -> None:
        """Delete the account."""
        self.user.deactivated = True


def _button(message: Message, wanted: str) -> dict[str, Any]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons: list[dict[str, Any]] = [button for row in rows for button in row]
    for matches in (
        lambda button: button.get("callback_data") == wanted,
        lambda button: button["text"] == wanted,
        lambda button: wanted in button["text"],
    ):
        for button in buttons:
            if matches(button):
                return button
    shown = ", ".join(repr(button["text"]) for button in buttons) or "no buttons"
    raise WorldError(f"no button {wanted!r}; there are {shown}")
