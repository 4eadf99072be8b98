"""How a bot gets its updates: long polling or a webhook, never both."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from bot.emulator.account import Webhook
from bot.emulator.call import Call
from bot.emulator.errors import bad_request, conflict
from bot.emulator.inbox import MAX_TIMEOUT, Update
from bot.emulator.methods.method import Method, method

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_PORTS = frozenset({443, 80, 88, 8443})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _allow(call: Call) -> None:
    kinds = call.json("allowed_updates", "can't parse allowed_updates JSON object")
    if kinds is None:
        return
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    call.bot.inbox.allow(kinds)


async def get_updates(call: Call) -> list[Update]:
    if call.bot.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _allow(call)
    timeout = call.integer("timeout", 0, low=0, high=MAX_TIMEOUT)
    limit = call.integer("limit", 100, low=1, high=100)
    return await call.bot.inbox.poll(call.integer("offset"), limit, timeout)


def set_webhook(call: Call) -> bool:
    url = call.string("url")
    if not url:
        return delete_webhook(call)
    parts = urlsplit(url)
    local = parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not local and (parts.port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = call.string("secret_token")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _allow(call)
    if call.flag("drop_pending_updates"):
        call.bot.inbox.confirm(1 << 62)
    call.bot.webhook = Webhook(url, secret, call.integer("max_connections", 40, low=1, high=100))
    call.bot.inbox.interrupt()
    call.emulator.webhooks.start(call.bot)
    return True


def delete_webhook(call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        call.bot.inbox.confirm(1 << 62)
    call.bot.webhook = Webhook()
    call.emulator.webhooks.stop(call.bot)
    return True


def get_webhook_info(call: Call) -> dict[str, Any]:
    hook = call.bot.webhook
    info: dict[str, Any] = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.inbox.waiting()),
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
    if hook.last_error:
        info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
    if not call.bot.inbox.is_default:
        info["allowed_updates"] = sorted(call.bot.inbox.allowed)
    return info


def methods() -> Iterable[Method]:
    yield method("getUpdates", get_updates, "offset", "limit", "timeout", "allowed_updates")
    yield method(
        "setWebhook",
        set_webhook,
        "url",
        "certificate",
        "ip_address",
        "max_connections",
        "allowed_updates",
        "drop_pending_updates",
        "secret_token",
    )
    yield method("deleteWebhook", delete_webhook, "drop_pending_updates")
    yield method("getWebhookInfo", get_webhook_info)
