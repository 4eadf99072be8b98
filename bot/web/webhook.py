"""Where Telegram posts updates when a webhook is set: what a request must be before anything is done with it. Apart
from the rest of this room because strangers reach this address, and from `bot.tg`, which knows what an update is.
"""

import asyncio
import hmac
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

_LOG = logging.getLogger(__name__)
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LARGEST: Final = 1024 * 1024
"""Bytes of a request; Telegram's updates are some kilobytes."""
_READ_SECONDS = 30.0  # for the whole body; a proxy hands on what it has, so this is a dead line or an attack
_REPEAT_SECONDS = 1  # after this Telegram tries again what we had no room for

Take = Callable[[dict[str, Any]], Awaitable[bool]]
"""Take one update (an object with a whole `update_id`); False: not now, send it again."""


class Outcome(StrEnum):
    """What became of a request."""

    TAKEN = "taken"
    BUSY = "busy"  # no room, or about to end: Telegram sends it again
    REFUSED = "refused"  # the secret is wrong or missing
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    INVALID = "invalid"  # not an update


_STATUS: Final = {
    Outcome.TAKEN: 200,
    Outcome.BUSY: 503,
    Outcome.REFUSED: 403,
    Outcome.TOO_LARGE: 413,
    Outcome.TOO_SLOW: 408,
    Outcome.INVALID: 400,
}


class WebhookIntake:
    """Answers POST at `path` (as written in the webhook's address) for whoever knows the secret."""

    def __init__(self, path: str, secret: str, *, take: Take) -> None:
        self._path = path
        self._secret = secret.encode()
        self._take = take
        self._counts = Counter(dict.fromkeys(Outcome, 0))

    def route(self) -> web.RouteDef:
        """What a server must know of us; every other method gets 405 there."""
        return web.post(self._path, self._answer)

    def figures(self) -> dict[str, int]:
        """Requests so far by what became of them."""
        return {str(outcome): count for outcome, count in self._counts.items()}

    async def _answer(self, request: web.Request) -> web.Response:
        outcome = await self._outcome(request)
        self._counts[outcome] += 1
        response = web.Response(status=_STATUS[outcome])  # Telegram would carry out what a body asks for
        if outcome is Outcome.BUSY:
            response.headers["Retry-After"] = str(_REPEAT_SECONDS)
        elif outcome is not Outcome.TAKEN:
            # Strangers must not fill a log: the first of a kind is said, all are counted.
            level = logging.INFO if self._counts[outcome] == 1 else logging.DEBUG
            _LOG.log(level, "a request to the webhook was not taken: %s", outcome)
            response.force_close()  # whatever else comes on this line is not worth reading
        return response

    async def _outcome(self, request: web.Request) -> Outcome:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret):
            return Outcome.REFUSED
        if (request.content_length or 0) > LARGEST:
            return Outcome.TOO_LARGE
        try:
            async with asyncio.timeout(_READ_SECONDS):
                update = _update_of(await request.read())  # which the server bounds
        except web.HTTPRequestEntityTooLarge:
            return Outcome.TOO_LARGE
        except TimeoutError:
            return Outcome.TOO_SLOW
        except web.RequestPayloadError:  # what says it is compressed and is not
            return Outcome.INVALID
        if update is None:
            return Outcome.INVALID
        return Outcome.TAKEN if await self._take(update) else Outcome.BUSY


def _update_of(body: bytes) -> dict[str, Any] | None:
    """The update in a body; None for what Telegram never sent. Unknown fields are nobody's fault."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, numbers without end, or too deep to read
        return None
    number = update.get("update_id") if isinstance(update, dict) else None
    return update if isinstance(number, int) and not isinstance(number, bool) else None
