"""Which addresses Telegram takes for links and buttons, and how it writes them down."""

import re
from urllib.parse import parse_qs

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_USER = re.compile(r"^tg:(?://)?user/?\?(?P<query>[^#]*)", re.IGNORECASE)
_EMOJI_HOST = re.compile(r"^tg:(?://)?(?P<host>[^/?#]*)/?(?:\?(?P<query>[^#]*))?", re.IGNORECASE)
_AUTHORITY = re.compile(r"^(?P<authority>[^/?#\\]*)(?P<rest>.*)$", re.DOTALL)
_PORT = re.compile(r":(\d*)$")
_BAD_HOST = re.compile(r"[\x00-\x20\x7f\"%,:;<>@^`{|}]")
_SPACES = re.compile(r"[\x00-\x20]")


class LinkError(ValueError):
    """Why an address is none; the text is Telegram's reason."""


def checked_link(url: str) -> str:
    """The address as Telegram stores it; raises LinkError with Telegram's reason."""
    lowered = url[:5].lower()
    if lowered.startswith(("tg:", "ton:")):
        return _app_link(url)
    scheme = _SCHEME.match(url)
    protocol = "http"
    if scheme is not None:
        protocol = scheme[1].lower()
        if protocol not in ("http", "https"):
            raise LinkError("Unsupported URL protocol")
        url = url[scheme.end() :]
    parts = _AUTHORITY.match(url)
    assert parts is not None  # noqa: S101 - the pattern takes every text
    host = _host(parts["authority"])
    if "." not in host and not host.startswith("["):
        raise LinkError("Wrong HTTP URL")
    rest = parts["rest"]
    if not rest.startswith("/"):
        rest = "/" + rest
    return f"{protocol}://{host}{_SPACES.sub(lambda match: f'%{ord(match[0]):02X}', rest)}"


def _host(authority: str) -> str:
    userinfo, at, host = authority.rpartition("@")
    port = _PORT.search(host)
    if port is not None:
        if not port[1] or not 0 < int(port[1]) < 65536:
            raise LinkError("Wrong port number specified in the URL")
        host = host[: port.start()]
    if not host or host == ".":
        raise LinkError("URL host is empty")
    if host.startswith("["):
        if not host.endswith("]"):
            raise LinkError("Wrong IPv6 address specified in the URL")
    elif _BAD_HOST.search(host):
        raise LinkError("Host part of the URL contains disallowed characters")
    return f"{userinfo}{at}{host.lower()}{port[0] if port else ''}"


def _app_link(url: str) -> str:
    scheme, _, rest = url.partition(":")
    rest = rest.removeprefix("//")
    parts = _AUTHORITY.match(rest)
    assert parts is not None  # noqa: S101 - the pattern takes every text
    host = parts["authority"]
    if not host:
        raise LinkError("URL host is empty")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", host):
        raise LinkError(f"Wrong {scheme.lower()} URL")
    return f"{scheme.lower()}://{host.lower()}{parts['rest']}"


def link_or_none(url: str) -> str | None:
    """The address as stored, or None: links in text that are none vanish without a word."""
    try:
        return checked_link(url) if url else None
    except LinkError:
        return None


def mentioned_user(url: str) -> int | None:
    """The user a `tg://user?id=…` link means."""
    match = _USER.match(url)
    value = parse_qs(match["query"]).get("id", [""])[0] if match else ""
    return int(value) if value.isdecimal() and int(value) > 0 else None


def emoji_identifier(url: str) -> str:
    """The identifier in a `tg://emoji?id=…` link; raises LinkError."""
    match = _EMOJI_HOST.match(url)
    if match is None:
        raise LinkError("Custom emoji URL must have scheme tg")
    if match["host"].lower() != "emoji":
        raise LinkError('Custom emoji URL must have host "emoji"')
    value = parse_qs(match["query"] or "").get("id")
    if value is None:
        raise LinkError("Custom emoji URL must have an emoji identifier")
    if not value[0].isdecimal() or value[0].startswith("0"):
        raise LinkError("Invalid custom emoji identifier specified")
    return str(value[0])
