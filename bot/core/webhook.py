"""Which address a webhook may have: Telegram's rules and ours, found before Telegram is asked. Pure; apart from the
settings because there is more to say of an address than of all others together.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_PORTS: Final = frozenset({443, 80, 88, 8443})  # the only ones Telegram posts to (Bot API, setWebhook)
_AUTHORITY = re.compile(r"[A-Za-z0-9.:\[\]-]+")  # no name and password
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")  # as it travels: nothing that a proxy might write differently
_OWN_PAGES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_LONG: Final = 8  # characters; a shorter secret half is made up, and may be in any word


def checked_webhook(url: str, *, secret: str, by_telegram: bool) -> str:
    """The address as given. `secret` is the half of the token that nobody may know; `by_telegram` whether Telegram's
    own server posts there, and not a self-hosted one. Raises ValueError in words for an operator."""
    parts = _split(url)
    host, path = parts.hostname or "", parts.path
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError("needs a path, such as /telegram, of letters, digits and . _ ~ -")
    if path.rstrip("/") in _OWN_PAGES:
        raise ValueError(f"{path} is a page of the bot's own; choose another path")
    if len(secret) > _LONG and secret.lower() in path.lower():
        raise ValueError("must not hold the token: addresses are logged everywhere")
    if parts.scheme != "https" and not _is_here(host):
        raise ValueError("must begin with https://; http:// will do for localhost only")
    if by_telegram:
        _check_reachable(parts, host)
    return url


def _split(url: str) -> SplitResult:
    """The parts of an address that has a host, and neither a query nor a name and password."""
    fault = "must be an https address without query"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number, a bracket that is not closed
        raise ValueError(fault) from None
    if parts.scheme not in ("https", "http") or not host or port == 0 or not _AUTHORITY.fullmatch(parts.netloc):
        raise ValueError(fault)
    if re.search(r"[\s?#]", url):
        raise ValueError(fault)
    return parts


def _is_here(host: str) -> bool:
    """Whether this machine means itself by that name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check_reachable(parts: SplitResult, host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
        public = address.is_global and address.version == 4  # Telegram goes by IPv4 alone
    except ValueError:
        public = not _is_here(host)
    if not public:
        raise ValueError(f"Telegram cannot reach {host}; use the public name of this server")
    if parts.scheme == "http" or (parts.port or 443) not in _PORTS:
        raise ValueError("Telegram posts to the ports 443, 80, 88 and 8443 only; put a reverse proxy before the bot")
