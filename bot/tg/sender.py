"""One message, one Bot API call, one SendResult: where OutgoingMessages become Telegram's parameters. Apart so that
nothing else in the program knows how Telegram spells things.
"""

import json
from collections import OrderedDict
from typing import Any

from bot.core.ledger import Rejected, RejectedKind, SendResult, Sent
from bot.core.model import Place
from bot.rendering.message import Button, Entity, Keyboard, OutgoingMessage
from bot.tg.errors import result_of
from bot.tg.receiving import DigestBot
from bot.tg.requests import request_markup
from bot.tg.rich import RichMessages

_REMEMBERED = 64  # messages whose parameters are kept: an edition goes to thousands of chats


class TelegramSender:
    """The Sender over the Bot API."""

    def __init__(self, bot: DigestBot) -> None:
        self._bot = bot
        self._rich = RichMessages(bot)
        self._known: OrderedDict[int, tuple[OutgoingMessage, dict[str, Any]]] = OrderedDict()

    async def send(
        self, message: OutgoingMessage, place: Place, *, paid: bool = False, reply_to: int | None = None
    ) -> SendResult:
        """Send one message. Raises TransportError only, when the server refuses the whole bot."""
        parameters = {
            "chat_id": place.chat_id,
            "message_thread_id": place.thread_id,
            **self._content(message),
            "disable_notification": True if message.silent else None,
            "allow_paid_broadcast": True if paid else None,
            "reply_parameters": None if reply_to is None else _reply(reply_to),
        }
        try:
            answer = await self._rich.send(message, parameters)
            if answer is None:
                answer = await self._bot.call("sendMessage", parameters)
            return Sent(int(answer["message_id"]))
        except Exception as error:  # whatever the answer was, the delivery needs a result
            return result_of(error)

    async def edit(self, message: OutgoingMessage, place: Place, message_id: int) -> SendResult:
        """Replace a message's text and keyboard. Raises TransportError only."""
        parameters = {"chat_id": place.chat_id, "message_id": message_id, **self._content(message)}
        try:
            if await self._rich.edit(message, parameters) is None:
                await self._bot.call("editMessageText", parameters)
        except Exception as error:
            result = result_of(error)
            return Sent(message_id) if _not_modified(result) else result
        return Sent(message_id)

    def _content(self, message: OutgoingMessage) -> dict[str, Any]:
        # By identity: comparing a hundred entities would cost as much as writing them out again.
        known = self._known.get(id(message))
        if known is not None and known[0] is message:
            self._known.move_to_end(id(message))
            return known[1]
        content = message_parameters(message)
        self._known[id(message)] = (message, content)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return content


def message_parameters(message: OutgoingMessage) -> dict[str, Any]:
    """The parameters that say what is sent, for sendMessage and editMessageText; None ones are left out of a call."""
    return {
        "text": message.text,
        "entities": _json([_entity(entity) for entity in message.entities]) if message.entities else None,
        "link_preview_options": _preview(message.link_preview),
        "reply_markup": _markup(message),
    }


def _markup(message: OutgoingMessage) -> str | None:
    if message.request is not None:
        return _json(request_markup(message.request))
    return _json({"inline_keyboard": keyboard_rows(message.keyboard)}) if message.keyboard else None


def keyboard_rows(keyboard: Keyboard) -> list[list[dict[str, Any]]]:
    """An inline keyboard as the Bot API writes it."""
    return [[_button(button) for button in row] for row in keyboard]


def _button(button: Button) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "text": button.text,
        "callback_data": button.data,
        "url": button.url,
        "copy_text": None if button.copy_text is None else {"text": button.copy_text},
        "switch_inline_query_current_chat": button.inline_query,
        "style": button.colour,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _entity(entity: Entity) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": str(entity.kind), "offset": entity.offset, "length": entity.length}
    return fields if entity.url is None else {**fields, "url": entity.url}


def _reply(message_id: int) -> str:
    return _json({"message_id": message_id, "allow_sending_without_reply": True})


def _preview(url: str | None) -> str:
    """Of one link at most: above the text, small, because the first item stands at the top."""
    return _json({"url": url, "prefer_small_media": True, "show_above_text": True} if url else {"is_disabled": True})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _not_modified(result: SendResult) -> bool:
    return isinstance(result, Rejected) and result.kind is RejectedKind.UNCHANGED
