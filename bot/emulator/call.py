"""One call of a Bot API method: its parameters, read the way Telegram's server reads them."""

import json
from typing import TYPE_CHECKING, Any

from bot.emulator.account import BotAccount
from bot.emulator.decoding import Upload
from bot.emulator.errors import bad_request
from bot.emulator.model import Chat, Message

if TYPE_CHECKING:
    from bot.emulator.server import Emulator

_TRUE = frozenset({"true", "yes", "1"})


class Call:
    """What a method gets; it notes chat, text and message id for the journal as it goes."""

    __slots__ = ("bot", "chat", "chat_id", "emulator", "files", "message_id", "method", "params", "text", "thread_id")

    def __init__(
        self, emulator: "Emulator", bot: BotAccount, method: str, params: dict[str, Any], *, files: dict[str, Upload]
    ) -> None:
        self.emulator = emulator
        self.bot = bot
        self.method = method
        self.params = params
        self.files = files
        self.chat: Chat | None = None
        self.chat_id = self._numeric_chat()
        self.thread_id: int | None = None
        self.message_id: int | None = None
        self.text: str | None = None

    def _numeric_chat(self) -> int | None:
        raw = self.params.get("chat_id")
        try:
            return int(raw) if raw is not None else None
        except (TypeError, ValueError):
            return None

    def string(self, name: str) -> str:
        """A text; missing is empty."""
        value = self.params.get(name, "")
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def flag(self, name: str) -> bool:
        """A truth value: `true`, `yes` and `1` in any case; everything else is false."""
        return self.string(name).strip().lower() in _TRUE

    def integer(self, name: str, default: int = 0, *, low: int | None = None, high: int | None = None) -> int:
        """A whole number; what is none counts as the default, what is out of bounds is moved to them."""
        try:
            value = int(self.string(name))
        except ValueError:
            value = default
        if low is not None:
            value = max(value, low)
        return value if high is None else min(value, high)

    def json(self, name: str, complaint: str) -> Any:
        """A parameter in JSON, or None when missing; raises ApiError with that complaint."""
        value = self.params.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(complaint) from error

    def find_chat(self, name: str = "chat_id") -> Chat:
        """The chat a parameter means: an id or @username."""
        raw = self.string(name).strip()
        if not raw:
            raise bad_request(f"{name} is empty")
        if raw.startswith("@"):
            chat = self.emulator.world.find_username(raw)
        else:
            try:
                chat = self.emulator.world.find_chat(self.bot, int(raw))
            except ValueError:
                chat = None
        if chat is None:
            raise bad_request("chat not found")
        self.chat = chat
        self.chat_id = chat.id
        return chat

    def charge(self, chat: Chat) -> None:
        """Count a message against the flood limits."""
        self.emulator.flood.charge(self.bot.id, chat.id, paid=self.flag("allow_paid_broadcast"))

    def note(self, message: Message) -> Message:
        """Remember the message this call made or changed."""
        self.message_id = message["message_id"]
        return message
