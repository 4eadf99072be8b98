"""Rich messages: the one place that knows how they are sent and changed (Bot API 10.1, newer than the library). Not
every server knows them and not every chat takes them, so that each call may end in "send the classic one instead".
"""

import json
import logging
from collections import OrderedDict
from typing import Any

from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

from bot.rendering.message import OutgoingMessage
from bot.tg.receiving import DigestBot

_LOG = logging.getLogger(__name__)
_REMEMBERED = 256  # messages that a server refused: the same edition goes to thousands of chats


class RichMessages:
    """Sends rich messages until the server turns out not to know them."""

    def __init__(self, bot: DigestBot) -> None:
        self._bot = bot
        self._known = True
        self._refused: OrderedDict[str, None] = OrderedDict()

    def wanted(self, message: OutgoingMessage) -> bool:
        """Whether it makes sense to try."""
        return message.rich is not None and self._known and message.rich not in self._refused

    async def send(self, message: OutgoingMessage, parameters: dict[str, Any]) -> Any:
        """sendRichMessage with the parameters of sendMessage; the sent message, or None when the classic one is to be
        sent instead. Raises TelegramError where that would fare no better, and where nobody knows whether the message
        arrived."""
        return await self._call("sendRichMessage", message, parameters)

    async def edit(self, message: OutgoingMessage, parameters: dict[str, Any]) -> Any:
        """editMessageText likewise."""
        return await self._call("editMessageText", message, parameters)

    async def _call(self, method: str, message: OutgoingMessage, parameters: dict[str, Any]) -> Any:
        if not self.wanted(message) or message.rich is None:
            return None
        classic = ("text", "entities", "link_preview_options")
        rest = {name: value for name, value in parameters.items() if name not in classic}
        # What looks like a link or a command is none unless the digest says so, as in the classic form.
        content = {"html": message.rich, "skip_entity_detection": True}
        try:
            return await self._bot.call(method, {**rest, "rich_message": json.dumps(content, ensure_ascii=False)})
        except InvalidToken:
            # 404: no such method. If it is the token after all, the classic call will say so.
            self._known = False
            _LOG.warning("this Bot API server knows no rich messages: classic ones are sent instead")
        except RetryAfter:
            raise
        except (BadRequest, Forbidden) as error:
            if "not modified" in str(error).lower():
                return True
            self._remember(message.rich, error)
        return None

    def _remember(self, html: str, error: Exception) -> None:
        """Whatever the server said of the message, it says again. What it says of the chat it will say of the classic
        message too; for that one call more is made."""
        words = str(error).lower()
        if isinstance(error, Forbidden) or "chat" in words or "thread" in words or "topic" in words:
            return
        _LOG.warning("a rich message was refused, the classic one is sent instead: %s", error)
        self._refused[html] = None
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)
