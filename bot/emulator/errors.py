"""The emulator's one error: an answer that begins with `"ok": false`. Apart, because every other part raises it."""

from typing import Any

from bot.errors import DigestbotError


class ApiError(Exception):
    """What the Bot API answers when it refuses: HTTP status, description and optional `parameters`."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(reason: str) -> ApiError:
    """400; Telegram begins the reason with a small letter unless it is a code in capitals."""
    first = reason[:1]
    if not reason[:2].isupper():
        first = first.lower()
    return ApiError(400, f"Bad Request: {first}{reason[1:]}")


def forbidden(reason: str) -> ApiError:
    """403: the bot may not do this in that chat."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """409: another poller or a webhook is in the way."""
    return ApiError(409, f"Conflict: {reason}")


def too_many_requests(seconds: int) -> ApiError:
    """429 with the only field Telegram adds, whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def not_found() -> ApiError:
    """404: a malformed token or a method that does not exist."""
    return ApiError(404, "Not Found")


def unauthorized() -> ApiError:
    """401: a well-formed token nobody knows."""
    return ApiError(401, "Unauthorized")


class WorldError(DigestbotError):
    """Somebody tried in the emulated world what no Telegram client would let them do."""
