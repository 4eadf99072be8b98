"""One message, one call: what is sent, and what is made of the answer."""

import pytest
from aiohttp import web

from bot.core.ledger import Gone, MovedTo, Rejected, RejectedKind, RetryAt, Sent, Unknown
from bot.core.model import Place
from bot.errors import TransportError
from bot.rendering.message import Button, Entity, EntityKind, OutgoingMessage
from bot.tg.receiving import DigestBot
from bot.tg.sender import TelegramSender
from tests.tg.conftest import Answer, Wire, refusal, reset

HELLO = OutgoingMessage("你好")


@pytest.fixture
def sender(bot: DigestBot) -> TelegramSender:
    return TelegramSender(bot)


async def test_a_plain_message_says_no_more_than_it_must(wire: Wire, sender: TelegramSender) -> None:
    assert await sender.send(HELLO, Place(5)) == Sent(77)
    assert wire.calls[0][0] == "sendMessage"
    assert wire.last == {"chat_id": "5", "text": "你好", "link_preview_options": {"is_disabled": True}}


async def test_everything_a_message_can_say(wire: Wire, sender: TelegramSender) -> None:
    row = (Button("a", data="x:1", colour="success"), Button("b", url="https://example.org"))
    message = OutgoingMessage(
        "bold link",
        (Entity(EntityKind.BOLD, 0, 4), Entity(EntityKind.TEXT_LINK, 5, 4, "https://example.org/文")),
        (row, (Button("c", copy_text="words"), Button("d", inline_query="模型"))),
        silent=True,
        link_preview="https://example.org/文",
    )
    await sender.send(message, Place(-1001, 9), paid=True, reply_to=4)
    assert wire.last == {
        "chat_id": "-1001",
        "message_thread_id": "9",
        "text": "bold link",
        "entities": [
            {"type": "bold", "offset": 0, "length": 4},
            {"type": "text_link", "offset": 5, "length": 4, "url": "https://example.org/文"},
        ],
        "reply_markup": {
            "inline_keyboard": [
                [
                    {"text": "a", "callback_data": "x:1", "style": "success"},
                    {"text": "b", "url": "https://example.org"},
                ],
                [
                    {"text": "c", "copy_text": {"text": "words"}},
                    {"text": "d", "switch_inline_query_current_chat": "模型"},
                ],
            ]
        },
        "link_preview_options": {
            "url": "https://example.org/文",
            "prefer_small_media": True,
            "show_above_text": True,
        },
        "disable_notification": "true",
        "allow_paid_broadcast": "true",
        "reply_parameters": {"message_id": 4, "allow_sending_without_reply": True},
    }


async def test_the_same_message_to_many_and_many_messages_to_one(wire: Wire, sender: TelegramSender) -> None:
    messages = [OutgoingMessage(f"text {number}") for number in range(100)]
    for message in [*messages, *messages[:3]]:
        await sender.send(message, Place(5))
        await sender.send(message, Place(6))
    texts = [parameters["text"] for _, parameters in wire.calls]
    assert texts == [message.text for message in [*messages, *messages[:3]] for _ in range(2)]


@pytest.mark.parametrize(
    ("told", "result"),
    [
        (refusal(403, "Forbidden: bot was blocked by the user"), Gone("blocked")),
        (refusal(400, "Bad Request: chat not found"), Gone("not_found")),
        (refusal(400, "Bad Request: message text is empty"), Rejected("Message text is empty", RejectedKind.EMPTY)),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009), MovedTo(-1009)),
        (refusal(429, "Too Many Requests: retry after 3", retry_after=3), RetryAt(3.0, "flood", flood=True)),
        (refusal(500, "Internal Server Error: restart"), Unknown("Internal Server Error: restart")),
        (reset, Unknown("the connection broke (ServerDisconnectedError)")),
        (web.json_response({"ok": True, "result": {}}), Unknown("KeyError: 'message_id'")),
        (web.Response(text="<html>"), Unknown("Invalid server response")),
    ],
)
async def test_answers_become_results(wire: Wire, sender: TelegramSender, told: Answer, result: object) -> None:
    wire.answers.append(told)
    assert await sender.send(HELLO, Place(5)) == result


async def test_an_answer_of_html_with_an_error_status_is_unknown(wire: Wire, sender: TelegramSender) -> None:
    wire.answers.append(web.Response(status=502, text="<html>"))
    result = await sender.send(HELLO, Place(5))
    assert result == Unknown("502: answered with something that is no Bot API answer")


@pytest.mark.parametrize("code", [401, 404])
async def test_a_refused_token_is_an_error_of_the_whole(wire: Wire, sender: TelegramSender, code: int) -> None:
    wire.answers.append(refusal(code, "Unauthorized"))
    with pytest.raises(TransportError, match="token"):
        await sender.send(HELLO, Place(5))


async def test_edits_replace_text_and_buttons_and_never_notify(wire: Wire, sender: TelegramSender) -> None:
    assert await sender.edit(HELLO, Place(-1001, 9), 44) == Sent(44)
    assert wire.calls[0][0] == "editMessageText"
    assert wire.last == {
        "chat_id": "-1001",
        "message_id": "44",
        "text": "你好",
        "link_preview_options": {"is_disabled": True},
    }


async def test_an_edit_that_changes_nothing_is_a_success(wire: Wire, sender: TelegramSender) -> None:
    wire.answers.append(refusal(400, "Bad Request: message is not modified: content and reply markup are the same"))
    assert await sender.edit(HELLO, Place(5), 44) == Sent(44)


async def test_an_edit_of_a_message_that_is_gone_says_so(wire: Wire, sender: TelegramSender) -> None:
    wire.answers.append(refusal(400, "Bad Request: message to edit not found"))
    result = await sender.edit(HELLO, Place(5), 44)
    assert isinstance(result, Rejected)
    assert result.kind is RejectedKind.MISSING
