"""What each answer of the Bot API server means for a delivery: the library's exceptions as the ledger's results.
Apart from the sender because the table is long and grows with the server. The words are the server's own, as the
library hands them on (it strips "Bad Request: " and capitalises the rest), so they are matched in lower case.
"""

import re

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

from bot.core.ledger import NO_RIGHTS, Gone, MovedTo, Rejected, RejectedKind, RetryAt, SendResult, Unknown
from bot.errors import TransportError
from bot.tg.request import NotSentError

# The first words found decide; the more special come first.
_GONE: tuple[tuple[str, str], ...] = (
    ("bot was blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("bot can't initiate conversation", "not_started"),
    ("bot was kicked from", "kicked"),
    ("bot is not a member of", "not_member"),
    ("group chat was deleted", "deleted"),
    ("group chat was deactivated", "deleted"),
    ("can't send messages to bots", "is_bot"),
    ("can't send messages to the bot", "is_bot"),
    ("chat not found", "not_found"),
    ("peer_id_invalid", "not_found"),
    ("channel_private", "not_found"),
    ("user_is_blocked", "blocked"),
    ("input_user_deactivated", "deactivated"),
    ("not enough rights", NO_RIGHTS),
    ("have no rights to send", NO_RIGHTS),
    ("chat_write_forbidden", NO_RIGHTS),
    ("chat_restricted", NO_RIGHTS),
    ("chat_send_plain_forbidden", NO_RIGHTS),
    ("have no write access", NO_RIGHTS),
    ("need administrator rights", NO_RIGHTS),
    ("chat_admin_required", NO_RIGHTS),
    ("message thread not found", "topic_gone"),
    ("topic_closed", "topic_closed"),
    ("topic_deleted", "topic_gone"),
    ("topic_id_invalid", "topic_gone"),
    ("allow_payment_required", "payment_required"),
)
_REJECTED: tuple[tuple[str, RejectedKind], ...] = (
    ("message is not modified", RejectedKind.UNCHANGED),  # goes on about "reply markup", so it comes first
    ("message_not_modified", RejectedKind.UNCHANGED),
    ("can't parse entities", RejectedKind.MARKUP),
    ("can't parse messageentity", RejectedKind.MARKUP),
    ("entity_bounds_invalid", RejectedKind.MARKUP),
    ("entities_too_long", RejectedKind.MARKUP),
    ("message is too long", RejectedKind.TOO_LONG),
    ("text is too long", RejectedKind.TOO_LONG),
    ("message_too_long", RejectedKind.TOO_LONG),
    ("reply markup is too long", RejectedKind.KEYBOARD),
    ("reply_markup", RejectedKind.KEYBOARD),
    ("button", RejectedKind.KEYBOARD),
    ("keyboard", RejectedKind.KEYBOARD),
    ("url '", RejectedKind.KEYBOARD),
    ("wrong http url", RejectedKind.KEYBOARD),
    ("message text is empty", RejectedKind.EMPTY),
    ("text must be non-empty", RejectedKind.EMPTY),
    ("message to edit not found", RejectedKind.MISSING),
    ("message can't be edited", RejectedKind.MISSING),
    ("message_id_invalid", RejectedKind.MISSING),
)
_BOT_REFUSED = ("frozen_method_invalid", "unallowed token specified", "unauthorized")
# What the library says of an answer that is no JSON: its status, then the whole page.
_PAGE = re.compile(r"[^(]*\((\d{3})\)\. Parsing the server response ")
_NO_API = "answered with something that is no Bot API answer"
_WAIT = re.compile(r"retry after (\d+)")
_LONGEST_REASON = 200


def reason_of(error: BaseException) -> str:
    """A short text for the ledger: the server's words; of an answer that is none of the Bot API's only the status, so
    that every page of a proxy's counts as the same reason."""
    text = " ".join(f"{error}".split()) or type(error).__name__
    page = _PAGE.match(text)
    if page is not None:
        return f"{page[1]}: {_NO_API}"
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"


def result_of(error: Exception) -> SendResult:
    """What a failed call means. Raises TransportError when the whole bot is refused (token revoked, account frozen):
    then no other chat would fare better.

    The order is not free: RetryAfter and ChatMigrated say most, and BadRequest and TimedOut are NetworkErrors."""
    match error:
        case RetryAfter():
            return RetryAt(retry_seconds(error), "flood", flood=True)
        case ChatMigrated(new_chat_id=chat_id):
            return MovedTo(chat_id)
        case Forbidden() | BadRequest():
            return _refused(error)
        case InvalidToken() | EndPointNotFound():
            raise TransportError(f"the Bot API server refuses the token: {reason_of(error)}") from error
        case TimedOut() | Conflict():
            return Unknown(reason_of(error))
        case NotSentError():
            return RetryAt(0.0, reason_of(error))
        case NetworkError():
            return _network_error(error)
        case TelegramError():
            return Unknown(reason_of(error))
        case _:
            # The call was made and its answer is nothing we understand.
            return Unknown(f"{type(error).__name__}: {reason_of(error)}")


def retry_seconds(error: RetryAfter) -> float:
    """The wait a flood answer asks for, in seconds, whichever type this version of the library gives it."""
    return error._retry_after.total_seconds()  # noqa: SLF001 - the public property warns and changes its type


def _refused(error: Forbidden | BadRequest) -> SendResult:
    reason = reason_of(error)
    if reason.endswith(_NO_API):  # a proxy's own refusal says nothing about the chat or the message
        return Unknown(reason)
    return _forbidden(reason) if isinstance(error, Forbidden) else _bad_request(reason)


def _forbidden(reason: str) -> SendResult:
    return Gone(_first(_GONE, reason.lower()) or f"forbidden: {reason}")


def _bad_request(reason: str) -> SendResult:
    words = reason.lower()
    _raise_if_bot_refused(words, reason)
    gone = _first(_GONE, words)
    if gone is not None:
        return Gone(gone)
    return Rejected(reason, next((kind for key, kind in _REJECTED if key in words), RejectedKind.OTHER))


def _network_error(error: NetworkError) -> SendResult:
    reason = reason_of(error)
    words = reason.lower()
    _raise_if_bot_refused(words, reason)
    if "too many requests" in words or "(429)" in words or words.startswith("429: "):
        # a flood answer without its parameters
        found = _WAIT.search(words)
        return RetryAt(float(found[1]) if found else 0.0, "flood", flood=found is not None)
    if "entity too large" in words or "(413)" in words or words.startswith("413: "):
        return Rejected(reason, RejectedKind.TOO_LONG)
    # 5xx, or HTML from something in between: the message may be on its way.
    return Unknown(reason)


def _raise_if_bot_refused(words: str, reason: str) -> None:
    if any(key in words for key in _BOT_REFUSED):
        raise TransportError(f"the Bot API server refuses this bot: {reason}")


def _first(table: tuple[tuple[str, str], ...], words: str) -> str | None:
    return next((value for key, value in table if key in words), None)
