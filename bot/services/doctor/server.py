"""The Bot API server as the doctor asks it: does it take the token, where do updates go, what time is it there. Apart
from the bot's own connection, which retries, because here the first answer counts. The token is part of every address:
no error's own words are repeated.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import yarl

from bot.services.doctor.finding import Finding, State, failed, ok, unknown, warning

TOKEN, WEBHOOK, CLOCK = "token", "webhook", "clock"

_SECONDS = 10
_LARGEST_SKEW = 30  # seconds
_NETWORK = "check the network, DIGESTBOT_API_BASE_URL and that the server runs"


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to ask, as whom, and how updates are wanted: `webhook` is the address they go to, None for polling."""

    base_url: str
    token: str | None
    webhook: str | None = None

    @property
    def shown(self) -> str:
        """The address without a login."""
        return re.sub(r"//[^/@]*@", "//", self.base_url)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: Mapping[str, Any] | None  # None: no JSON object
    date: str | None
    at: datetime  # by our clock


async def ask_server(server: Server, *, now: Callable[[], datetime]) -> list[Finding]:
    """Whether the token is taken, whether a webhook and polling are in each other's way, and whether our clock is
    right. Sends nothing to anybody, and takes no update away from a bot that runs."""
    if server.token is None:
        fix = "make a bot with @BotFather and set the token it gives you, in the environment or in .env"
        return [failed(TOKEN, "DIGESTBOT_TOKEN is not set", fix=fix), *map(_tokenless, (WEBHOOK, CLOCK))]
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        try:
            me = await _call(session, server, "getMe", now)
            known = _token(server, me)
            if known.state is not State.OK:
                return [known, unknown(WEBHOOK, "the token is not taken"), _clock(me)]
            return [known, _webhook(server, await _call(session, server, "getWebhookInfo", now)), _clock(me)]
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            silent = failed(TOKEN, f"{server.shown} cannot be reached: {_reason(error)}", fix=_NETWORK)
            missing = "the Bot API server cannot be reached"
            return [silent, unknown(WEBHOOK, missing), unknown(CLOCK, missing)]


def _tokenless(check: str) -> Finding:
    return unknown(check, "there is no token to ask the Bot API server with")


async def _call(session: aiohttp.ClientSession, server: Server, method: str, now: Callable[[], datetime]) -> _Reply:
    return await _ask(session, f"{server.base_url}/bot{server.token}/{method}", now)


async def _ask(session: aiohttp.ClientSession, url: str, now: Callable[[], datetime]) -> _Reply:
    async with session.get(yarl.URL(url), allow_redirects=False) as response:
        at = now()
        try:
            body = await response.json(content_type=None)
        except ValueError:
            body = None
        return _Reply(response.status, body if isinstance(body, dict) else None, response.headers.get("Date"), at)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_SECONDS} seconds"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno or 0  # names that are not found have one below 0, and words of their own
        return (os.strerror(number) if number > 0 else error.os_error.strerror) or type(error).__name__
    return "the connection broke" if isinstance(error, aiohttp.ClientConnectionError) else type(error).__name__


def _token(server: Server, me: _Reply) -> Finding:
    body = me.body or {}
    result = body.get("result")
    if body.get("ok") and isinstance(result, dict) and result.get("is_bot"):
        return ok(TOKEN, f"@{result.get('username')} is known at {server.shown}")
    if me.status in (401, 404) and body.get("ok") is False:
        fix = "copy the whole line that @BotFather gave you into DIGESTBOT_TOKEN, or ask it for a new one"
        return failed(TOKEN, f"{server.shown} refuses the token ({me.status})", fix=fix)
    if me.status == 429 or me.status >= 500:
        return failed(TOKEN, f"{server.shown} is in trouble ({me.status})", fix="try again in a moment")
    return failed(
        TOKEN, f"{server.shown} does not answer as a Bot API server ({me.status})", fix="check DIGESTBOT_API_BASE_URL"
    )


def _webhook(server: Server, reply: _Reply) -> Finding:
    body = reply.body or {}
    info = body.get("result")
    if not body.get("ok") or not isinstance(info, dict):
        return unknown(WEBHOOK, f"getWebhookInfo was answered with {reply.status}")
    url, waiting = str(info.get("url") or ""), info.get("pending_update_count", 0)
    # Only where it leads: the rest of such an address is often a secret.
    host = urlsplit(url).hostname or "somewhere"
    if server.webhook is None and url:
        fix = "end the program that set it, then start `digestbot run`, which takes it away"
        return failed(WEBHOOK, f"a webhook sends all updates to {host}, so that polling gets none", fix=fix)
    if server.webhook is None:
        return ok(WEBHOOK, f"none is set, as polling needs it; {waiting} updates wait")
    if not url:
        return warning(
            WEBHOOK,
            f"none is set; {waiting} updates wait",
            fix="start `digestbot run`, which sets DIGESTBOT_WEBHOOK_URL",
        )
    return _own_webhook(server.webhook, url, host=host, info=info)


def _own_webhook(wanted: str, url: str, *, host: str, info: Mapping[str, Any]) -> Finding:
    if url != wanted:
        fix = "end the program that set it, then start `digestbot run`, which sets its own"
        return failed(WEBHOOK, f"a webhook sends all updates to {host}, which is not DIGESTBOT_WEBHOOK_URL", fix=fix)
    fault = info.get("last_error_message")
    if fault and info.get("pending_update_count"):
        fix = "make DIGESTBOT_WEBHOOK_URL reachable from outside, with a certificate that is valid"
        return warning(WEBHOOK, f"the server could not deliver to {host}: {fault}", fix=fix)
    return ok(WEBHOOK, f"updates go to {host}; {info.get('pending_update_count', 0)} wait")


def _clock(reply: _Reply) -> Finding:
    try:
        theirs = parsedate_to_datetime(reply.date or "")
    except ValueError:
        return unknown(CLOCK, "the Bot API server does not tell the time")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    ahead = round((reply.at - theirs).total_seconds())
    if abs(ahead) <= _LARGEST_SKEW:
        return ok(CLOCK, "within half a minute of the Bot API server's")
    direction = "ahead of" if ahead > 0 else "behind"
    return warning(
        CLOCK,
        f"{abs(ahead)} seconds {direction} the Bot API server's",
        fix="set this machine's clock and keep it right with NTP",
    )
