"""Rich messages on the wire: what is asked of the server, and what follows from each of its answers."""

import pytest

from bot.core.ledger import Gone, RetryAt, Sent, Unknown
from bot.core.model import Place
from bot.errors import TransportError
from bot.rendering.message import Button, OutgoingMessage
from bot.tg.receiving import DigestBot
from bot.tg.sender import TelegramSender
from tests.tg.conftest import Answer, Wire, answer, refusal, reset

RICH = OutgoingMessage("text", keyboard=((Button("a", data="x:1"),),), rich="<p>text</p>")
OTHER = OutgoingMessage("other", rich="<p>other</p>")


@pytest.fixture
def sender(bot: DigestBot) -> TelegramSender:
    return TelegramSender(bot)


def methods(wire: Wire) -> list[str]:
    return [method for method, _ in wire.calls]


async def test_a_rich_message_carries_html_and_buttons_and_no_text(wire: Wire, sender: TelegramSender) -> None:
    assert await sender.send(RICH, Place(-1001, 9), paid=True) == Sent(77)
    assert methods(wire) == ["sendRichMessage"]
    assert wire.last == {
        "chat_id": "-1001",
        "message_thread_id": "9",
        "rich_message": {"html": "<p>text</p>", "skip_entity_detection": True},
        "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "x:1"}]]},
        "allow_paid_broadcast": "true",
    }


async def test_a_classic_message_is_sent_as_ever(wire: Wire, sender: TelegramSender) -> None:
    await sender.send(OutgoingMessage("plain"), Place(5))
    assert methods(wire) == ["sendMessage"]


async def test_a_server_without_the_method_is_asked_once(wire: Wire, sender: TelegramSender) -> None:
    wire.answers.append(refusal(404, "Not Found"))
    assert await sender.send(RICH, Place(5)) == Sent(77)
    assert await sender.send(OTHER, Place(5)) == Sent(77)
    await sender.edit(OTHER, Place(5), 4)
    assert methods(wire) == ["sendRichMessage", "sendMessage", "sendMessage", "editMessageText"]


async def test_a_refused_message_is_sent_classic_to_everybody_and_others_stay_rich(
    wire: Wire, sender: TelegramSender
) -> None:
    wire.answers.append(refusal(400, "Bad Request: RICH_MESSAGE_INVALID"))
    for message in (RICH, RICH, OTHER):
        assert await sender.send(message, Place(5)) == Sent(77)
    assert methods(wire) == ["sendRichMessage", "sendMessage", "sendMessage", "sendRichMessage"]


async def test_what_is_wrong_with_the_chat_is_found_out_by_the_classic_message(
    wire: Wire, sender: TelegramSender
) -> None:
    blocked = refusal(403, "Forbidden: bot was blocked by the user")
    wire.answers += [blocked, refusal(403, "Forbidden: bot was blocked by the user")]
    assert await sender.send(RICH, Place(5)) == Gone("blocked")
    assert await sender.send(RICH, Place(6)) == Sent(77)
    assert methods(wire) == ["sendRichMessage", "sendMessage", "sendRichMessage"]


async def test_a_chat_without_the_right_to_rich_messages_gets_the_classic_one(
    wire: Wire, sender: TelegramSender
) -> None:
    wire.answers.append(refusal(400, "Bad Request: not enough rights to send the rich message to the chat"))
    assert await sender.send(RICH, Place(-1001)) == Sent(77)


@pytest.mark.parametrize(
    ("told", "result"),
    [
        (refusal(429, "Too Many Requests: retry after 3", retry_after=3), RetryAt(3.0, "flood", flood=True)),
        (refusal(500, "Internal Server Error"), Unknown("Internal Server Error")),
        (reset, Unknown("the connection broke (ServerDisconnectedError)")),
        (answer({}), Unknown("KeyError: 'message_id'")),
    ],
)
async def test_what_may_have_arrived_is_never_sent_a_second_time(
    wire: Wire, sender: TelegramSender, told: Answer, result: object
) -> None:
    wire.answers.append(told)
    assert await sender.send(RICH, Place(5)) == result
    assert methods(wire) == ["sendRichMessage"]


async def test_an_edit_is_rich_too(wire: Wire, sender: TelegramSender) -> None:
    assert await sender.edit(RICH, Place(5), 44) == Sent(44)
    assert methods(wire) == ["editMessageText"]
    assert wire.last["rich_message"] == {"html": "<p>text</p>", "skip_entity_detection": True}
    assert "text" not in wire.last


async def test_an_edit_that_a_server_does_not_understand_is_made_classic(wire: Wire, sender: TelegramSender) -> None:
    wire.answers.append(refusal(400, "Bad Request: message text is empty"))
    assert await sender.edit(RICH, Place(5), 44) == Sent(44)
    assert wire.last["text"] == "text"


async def test_an_edit_that_changes_nothing_is_a_success_at_once(wire: Wire, sender: TelegramSender) -> None:
    wire.answers.append(refusal(400, "Bad Request: message is not modified: specified new message content is the same"))
    assert await sender.edit(RICH, Place(5), 44) == Sent(44)
    assert methods(wire) == ["editMessageText"]


async def test_a_refused_token_is_still_an_error_of_the_whole(wire: Wire, sender: TelegramSender) -> None:
    wire.answers += [refusal(401, "Unauthorized"), refusal(401, "Unauthorized")]
    with pytest.raises(TransportError, match="token"):
        await sender.send(RICH, Place(5))
