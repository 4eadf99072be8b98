"""Links as identities: when two addresses mean the same page, whose account and which site they belong to. Kept apart
from reading because stories, rules and rendering ask the same questions. Nothing here raises, whatever the string.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, quote_from_bytes, unquote_to_bytes, urlencode, urlsplit

MAX_URL_CHARACTERS = 2048
_MAX_PARAMETERS = 100
_DEFAULT_PORTS = {"http": 80, "https": 443}
_X_HOSTS = frozenset(
    {"x.com", "twitter.com", "mobile.twitter.com", "m.twitter.com", "mobile.x.com", "m.x.com", "fxtwitter.com",
     "vxtwitter.com", "fixupx.com", "fixvx.com", "nitter.net"}
)  # fmt: skip
_X_STATUS = re.compile(r"/(?P<handle>[A-Za-z0-9_]{1,30})/status(?:es)?/(?P<id>[0-9]{1,25})(?:/|$)", re.ASCII)
_X_ANONYMOUS = re.compile(r"/i/(?:web/)?status/(?P<id>[0-9]{1,25})(?:/|$)", re.ASCII)
_X_PROFILE = re.compile(r"/@?(?P<handle>[A-Za-z0-9_]{1,30})(?:/|$)", re.ASCII)
_NOT_HANDLES = frozenset(
    {"i", "home", "search", "hashtag", "explore", "intent", "share", "settings", "messages", "notifications", "login",
     "signup", "about", "tos", "privacy", "jobs", "compose"}
)  # fmt: skip
_TRACKING = re.compile(
    r"(?:utm_.*|mc_[ce]id|_hs(?:enc|mi)|(?:fb|g|dc|ms|tw|yc|ig)clid|gbraid|wbraid|igshid|igsh|ref_src|ref_url|spm|"
    r"scm|share_(?:token|from|source|medium|plat|session_id|tag|id)|from_?share|vd_source|mkt_tok|oly_(?:anon|enc)_id|"
    r"vero_id|rb_clickid|s_cid|cmpid|trk|trackingid|_ga|_gl|xtor|__twitter_impression|guccounter|guce_.*)",
    re.IGNORECASE,
)
_ARXIV = re.compile(
    r"/(?:abs|pdf|html|format)/(?P<id>[a-z.-]+/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?/?$", re.IGNORECASE
)
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{6,20}", re.ASCII)
_UNSAFE = re.compile('[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3000\ufeff\ud800-\udfff<>"`\\\\]')
_HOST = re.compile(
    r"(?:[\w-]{1,63}\.)+[\w-]{1,63}|localhost|\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE
)

# what nearly every address looks like: nothing in it that the standard library would read in another way
_ORDINARY = re.compile(
    r"https?://(?P<host>(?:[A-Za-z0-9_-]{1,63}\.){1,40}[A-Za-z0-9_-]{1,63})(?P<path>/[A-Za-z0-9/._~%@!$&'()*+,;=:-]*)?"
    r"(?:\?(?P<query>[A-Za-z0-9/._~%@!$&'()*+,;=:?-]*))?(?:#[A-Za-z0-9/._~%@!$&'()*+,;=:?-]*)?",
    re.ASCII,
)


class _Address(NamedTuple):
    """An http or https address in parts; `host` lower-case, `login` whether a user name stands before it."""

    host: str
    port: int | None
    path: str
    query: str
    login: bool


def canonical_url(url: str) -> str:
    """The address by which two links to the same page are told to be the same; for identity, not for showing. What is
    not an http or https address comes back stripped and otherwise as it was."""
    url = url.strip()
    # lone surrogates cannot be escaped; the rest of the string is left as it is
    parts = _split(url.encode("utf-8", "replace").decode())
    if parts is None:
        return url
    host = _site(parts)
    if host in _X_HOSTS:
        return _canonical_x(parts)
    if host in ("arxiv.org", "export.arxiv.org", "alphaxiv.org") and (paper := _ARXIV.match(parts.path)):
        return f"https://arxiv.org/abs/{paper['id'].lower()}"
    if video := _youtube_id(host, parts):
        return f"https://www.youtube.com/watch?v={video}"
    path = _tidy_path(parts.path)
    query = _tidy_query(parts.query)
    return f"https://{_authority(parts)}{path}{'?' + query if query else ''}"


def handle_of(url: str) -> str | None:
    """The X (Twitter) account an address belongs to, lower-case, without `@`; None for other addresses."""
    parts = _split(url.strip())
    if parts is None or _site(parts) not in _X_HOSTS:
        return None
    match = _X_PROFILE.match(parts.path)
    if match is None or match["handle"].lower() in _NOT_HANDLES:
        return None
    return match["handle"].lower()


def status_id_of(url: str) -> str | None:
    """The id of the X (Twitter) post an address leads to; None for other addresses."""
    parts = _split(url.strip())
    if parts is None or _site(parts) not in _X_HOSTS:
        return None
    match = _X_ANONYMOUS.match(parts.path) or _X_STATUS.match(parts.path)
    return match["id"] if match else None


def host_of(url: str) -> str | None:
    """The site of an address: lower-case, without `www.`, port or trailing dot, international names in Unicode;
    None for what is not http or https."""
    parts = _split(url.strip())
    if parts is None:
        return None
    return _unicode_host(_site(parts))


def is_safe_url(url: str) -> bool:
    """Whether a link may be shown: http or https, with a host, without spaces, control characters or a user name."""
    if len(url) > MAX_URL_CHARACTERS:
        return False
    if _ORDINARY.fullmatch(url):
        return True
    if _UNSAFE.search(url):
        return False
    parts = _split(url)
    return parts is not None and not parts.login and _HOST.fullmatch(parts.host) is not None


@lru_cache(maxsize=256)  # an address is looked at seven times on its way into the archive
def _split(url: str) -> _Address | None:
    if match := _ORDINARY.fullmatch(url):
        return _Address(match["host"].lower(), None, match["path"] or "", match["query"] or "", login=False)
    if len(url) > 16 * MAX_URL_CHARACTERS or not url[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:  # a broken port or IPv6 address
        return None
    if not host or (port is not None and port < 0):
        return None
    return _Address(host, port, parts.path, parts.query, login="@" in parts.netloc)


def _site(parts: _Address) -> str:
    return _ascii_host(parts.host).removeprefix("www.")


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _unicode_host(host: str) -> str | None:
    if "xn--" in host:
        try:
            return host.encode("ascii").decode("idna") or None
        except UnicodeError:
            return host
    return host or None


def _authority(parts: _Address) -> str:
    host = _site(parts)
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    return host if port is None or port in _DEFAULT_PORTS.values() else f"{host}:{port}"


def _canonical_x(parts: _Address) -> str:
    if match := _X_ANONYMOUS.match(parts.path):
        return f"https://x.com/i/status/{match['id']}"
    if match := _X_STATUS.match(parts.path):
        return f"https://x.com/{match['handle'].lower()}/status/{match['id']}"
    query = _tidy_query(parts.query, drop=frozenset({"s", "t", "lang", "src"}))
    return f"https://x.com{_tidy_path(parts.path).lower()}{'?' + query if query else ''}"


def _youtube_id(host: str, parts: _Address) -> str | None:
    candidate = ""
    if host == "youtu.be":
        candidate = parts.path[1:].split("/", 1)[0]
    elif host in ("youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"):
        first, _, rest = parts.path[1:].partition("/")
        if first == "watch":
            candidate = dict(_parameters(parts.query)).get("v", "")
        elif first in ("shorts", "embed", "live", "v"):
            candidate = rest.split("/", 1)[0]
    return candidate if _YOUTUBE_ID.fullmatch(candidate) else None


def _tidy_path(path: str) -> str:
    """One spelling of percent escapes; no slash at the end."""
    return quote_from_bytes(unquote_to_bytes(path), safe="/:@!$&'()*+,;=~-._").rstrip("/")


def _parameters(query: str) -> list[tuple[str, str]]:
    """The fields of a query; beyond a hundred it counts as one field, unread."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="surrogateescape")
    except ValueError:
        return [(query, "")]


def _tidy_query(query: str, drop: frozenset[str] = frozenset()) -> str:
    if not query:
        return ""
    kept = [(key, value) for key, value in _parameters(query) if key not in drop and not _TRACKING.fullmatch(key)]
    return urlencode(sorted(kept), errors="surrogateescape")
