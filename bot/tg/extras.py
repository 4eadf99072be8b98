"""Those of Telegram's calls that are no text messages: the answer to an inline query, one button changed, a file.
Apart from the sender, which speaks for the delivery ledger and knows messages only.
"""

import asyncio
import json
import logging
from typing import Any

from telegram import InputFile, Message
from telegram.error import RetryAfter, TelegramError

from bot.core.model import Place
from bot.rendering.inline_view import InlineAnswer, InlineResult
from bot.rendering.message import Button
from bot.tg.ask import Document
from bot.tg.errors import retry_seconds
from bot.tg.receiving import DigestBot
from bot.tg.sender import keyboard_rows, message_parameters

_LOG = logging.getLogger(__name__)
_TRIES = 2
_LONGEST_FLOOD = 60.0  # seconds; nobody waits longer for an answer


def inline_parameters(query_id: str, answer: InlineAnswer) -> dict[str, Any]:
    """answerInlineQuery. Always personal: language, script and style of what is shared are the reader's own."""
    button = None if answer.button is None else {"text": answer.button, "start_parameter": answer.start_parameter}
    return {
        "inline_query_id": query_id,
        "results": _json([_article(result) for result in answer.results]),
        "cache_time": answer.cache_seconds,
        "is_personal": True,
        "next_offset": answer.next_offset,
        "button": None if button is None else _json(button),
    }


def swap_parameters(message: Message, data: str, button: Button) -> dict[str, Any] | None:
    """editMessageReplyMarkup, with `button` in the place of the one that carries `data`; None if none does."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    if not any(one.callback_data == data for row in rows for one in row):
        return None
    new = keyboard_rows(((button,),))[0][0]
    keyboard = [[new if one.callback_data == data else one.to_dict() for one in row] for row in rows]
    return {
        "chat_id": message.chat.id,
        "message_id": message.message_id,
        "reply_markup": _json({"inline_keyboard": keyboard}),
    }


async def send_document(bot: DigestBot, place: Place, document: Document) -> bool:
    """sendDocument; whether it arrived, as far as anybody knows. A flood wait is waited for once."""
    for attempt in range(_TRIES):
        try:
            await bot.send_document(
                place.chat_id,
                InputFile(document.content, filename=document.name),
                caption=document.caption,
                message_thread_id=place.thread_id,
                disable_content_type_detection=True,
            )
        except RetryAfter as error:
            seconds = retry_seconds(error)
            if attempt + 1 == _TRIES or seconds > _LONGEST_FLOOD:
                return False
            await asyncio.sleep(seconds)
        except TelegramError as error:
            _LOG.warning("a file did not reach chat %s: %s", place.chat_id, type(error).__name__)
            return False
        else:
            return True
    return False


def _article(result: InlineResult) -> dict[str, Any]:
    sent = message_parameters(result.message)
    content = {
        "message_text": sent["text"],
        "entities": None if sent["entities"] is None else json.loads(sent["entities"]),
        "link_preview_options": {"is_disabled": True},
    }
    return {
        "type": "article",
        "id": result.id,
        "title": result.title,
        "description": result.description,
        "input_message_content": {name: value for name, value in content.items() if value is not None},
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
