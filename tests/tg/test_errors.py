"""Every answer of the server's that we know, and what it means for a delivery."""

import os
from datetime import timedelta

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.core.ledger import Gone, MovedTo, Rejected, RejectedKind, RetryAt, SendResult, Unknown
from bot.errors import TransportError
from bot.tg.errors import reason_of, result_of
from bot.tg.request import NotSentError


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("Forbidden: bot was blocked by the user", "blocked"),
        ("Forbidden: user is deactivated", "deactivated"),
        ("Forbidden: bot can't initiate conversation with a user", "not_started"),
        ("Forbidden: bot was kicked from the group chat", "kicked"),
        ("Forbidden: bot was kicked from the supergroup chat", "kicked"),
        ("Forbidden: bot was kicked from the channel chat", "kicked"),
        ("Forbidden: bot is not a member of the channel chat", "not_member"),
        ("Forbidden: bot is not a member of the supergroup chat", "not_member"),
        ("Forbidden: the group chat was deleted", "deleted"),
        ("Forbidden: the bot can't send messages to the bot", "is_bot"),
        ("Forbidden: bot can't send messages to bots", "is_bot"),
        ("Forbidden: something new", "forbidden: Forbidden: something new"),
    ],
)
def test_a_forbidden_chat_is_gone(description: str, reason: str) -> None:
    assert result_of(Forbidden(description)) == Gone(reason)


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("Bad Request: chat not found", "not_found"),
        ("Bad Request: private chat not found", "not_found"),
        ("Bad Request: PEER_ID_INVALID", "not_found"),
        ("Bad Request: not enough rights to send text messages to the chat", "no_rights"),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", "no_rights"),
        ("Bad Request: CHAT_RESTRICTED", "no_rights"),
        ("Bad Request: have no write access to the chat", "no_rights"),
        ("Bad Request: need administrator rights in the channel chat", "no_rights"),
        ("Bad Request: message thread not found", "topic_gone"),
        ("Bad Request: TOPIC_CLOSED", "topic_closed"),
        ("Bad Request: TOPIC_DELETED", "topic_gone"),
        ("Bad Request: ALLOW_PAYMENT_REQUIRED_50", "payment_required"),
    ],
)
def test_some_bad_requests_mean_a_lost_place(description: str, reason: str) -> None:
    assert result_of(BadRequest(description)) == Gone(reason)


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Bad Request: can't parse entities: Unsupported start tag", RejectedKind.MARKUP),
        ("Bad Request: can't parse MessageEntity: offset", RejectedKind.MARKUP),
        ("Bad Request: ENTITY_BOUNDS_INVALID", RejectedKind.MARKUP),
        ("Bad Request: message is too long", RejectedKind.TOO_LONG),
        ("Bad Request: text is too long", RejectedKind.TOO_LONG),
        ("Bad Request: reply markup is too long", RejectedKind.KEYBOARD),
        ("Bad Request: BUTTON_DATA_INVALID", RejectedKind.KEYBOARD),
        ("Bad Request: BUTTON_URL_INVALID", RejectedKind.KEYBOARD),
        ("Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", RejectedKind.KEYBOARD),
        ("Bad Request: message text is empty", RejectedKind.EMPTY),
        ("Bad Request: text must be non-empty", RejectedKind.EMPTY),
        ("Bad Request: message to edit not found", RejectedKind.MISSING),
        ("Bad Request: message can't be edited", RejectedKind.MISSING),
        (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
            RejectedKind.UNCHANGED,
        ),
        ("Bad Request: nobody expects this", RejectedKind.OTHER),
    ],
)
def test_other_bad_requests_are_about_the_message(description: str, kind: RejectedKind) -> None:
    result = result_of(BadRequest(description))
    assert isinstance(result, Rejected)
    assert result.kind is kind
    assert result.reason.lower() in description.lower()


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ChatMigrated(-1007), MovedTo(-1007)),
        (NotSentError("no connection"), RetryAt(0.0, "no connection")),
        (NetworkError("Too Many Requests: retry after 4"), RetryAt(4.0, "flood", flood=True)),
        (NetworkError("Too Many Requests (429)"), RetryAt(0.0, "flood", flood=False)),
        (TimedOut("no answer in time"), Unknown("no answer in time")),
        (NetworkError("the connection broke"), Unknown("the connection broke")),
        (NetworkError("Internal Server Error: restart"), Unknown("Internal Server Error: restart")),
        (NetworkError("Bad Gateway (502)"), Unknown("Bad Gateway (502)")),
        (TelegramError("Invalid server response"), Unknown("Invalid server response")),
        (Conflict("Conflict: other"), Unknown("Conflict: other")),
        (KeyError("message_id"), Unknown("KeyError: 'message_id'")),
    ],
)
def test_what_is_known_after_each_failure(error: Exception, result: SendResult) -> None:
    assert result_of(error) == result


def test_a_flood_wait_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the library warns about its own property
    assert result_of(RetryAfter(timedelta(seconds=35))) == RetryAt(35.0, "flood", flood=True)


def test_a_body_too_large_is_a_message_too_long() -> None:
    assert result_of(NetworkError("Request Entity Too Large (413)")) == Rejected(
        "Request Entity Too Large (413)", RejectedKind.TOO_LONG
    )


@pytest.mark.parametrize(
    "error",
    [
        InvalidToken("Unauthorized"),
        EndPointNotFound("no such method"),
        BadRequest("Bad Request: FROZEN_METHOD_INVALID"),
        NetworkError("Unallowed token specified"),
    ],
)
def test_a_refused_bot_stops_everything(error: Exception) -> None:
    with pytest.raises(TransportError):
        result_of(error)


def page(code: int, words: str, kind: type[TelegramError] = NetworkError) -> TelegramError:
    """How the library tells of an answer that is no JSON."""
    return kind(f"{words} ({code}). Parsing the server response {b'<html>' + os.urandom(8)!r} failed")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (page(502, "Bad Gateway"), 502),
        (page(504, "Gateway Timeout"), 504),
        (page(599, "Unknown HTTPError"), 599),
        (page(403, "Forbidden", Forbidden), 403),  # a proxy's refusal says nothing about the chat
        (page(400, "Bad Request", BadRequest), 400),
        (page(409, "Conflict", Conflict), 409),
    ],
)
def test_every_page_that_is_no_answer_has_the_same_short_reason(error: TelegramError, status: int) -> None:
    assert result_of(error) == Unknown(f"{status}: answered with something that is no Bot API answer")


def test_pages_still_say_what_their_status_says() -> None:
    too_large = result_of(page(413, "Request Entity Too Large"))
    assert isinstance(too_large, Rejected)
    assert too_large.kind is RejectedKind.TOO_LONG
    assert result_of(page(429, "Too Many Requests")) == RetryAt(0.0, "flood", flood=False)


def test_reasons_stay_short() -> None:
    assert len(reason_of(NetworkError("<html>\n" * 500))) == 200
    assert reason_of(ValueError()) == "ValueError"
