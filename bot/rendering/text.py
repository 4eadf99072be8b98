"""What Telegram counts and keeps of a text: UTF-16 units, cleaned characters, usable links, columns. Apart from the
builder, because the splitter and the views measure texts that are not built yet.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

ELLIPSIS: Final = "…"
LONGEST_URL: Final = 2048

# What the server drops or turns into a blank; doing it first keeps the offsets right. Also halves of surrogate pairs,
# which cannot be encoded at all.
_BLANKED: Final = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")
_DROPPED: Final = re.compile("[\r\u0333\u033f\u034a\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# A blank to us and to Telegram's trimming, which knows more blanks than `str.strip`.
BLANK: Final = (
    " \t\n\v\f\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b"
    "\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2800\u3000\u3164"
)
_HOST: Final = re.compile(r"(?!-)[^\s/?#@:\\<>\"'`{}|^\[\]]+\.[^\s/?#@:\\.<>\"'`{}|^\[\]]+|\d{1,3}(\.\d{1,3}){3}")


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a text has: one a character, or two beyond the basic plane."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """A text as the server would keep it: no control characters, no direction marks, no broken surrogates."""
    return _DROPPED.sub("", _BLANKED.sub(" ", text))


def clean_line(text: str) -> str:
    """A text for one line: cleaned, runs of blanks and line breaks become one space."""
    return re.sub(r"\s+", " ", clean(text)).strip(BLANK)


def shorten(text: str, units: int) -> str:
    """At most `units` UTF-16 units of a text, with an ellipsis where something is missing."""
    if utf16_length(text) <= units:
        return text
    return cut_units(text, max(0, units - 1)).rstrip(BLANK) + ELLIPSIS


def cut_units(text: str, units: int) -> str:
    """The longest beginning of at most `units` UTF-16 units of a cleaned text; never half a character nor half a
    joined emoji."""
    if utf16_length(text) <= units:
        return text
    cut = len(text[:units].encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))
    while cut and (_continues(text[cut]) or text[cut - 1] == "\u200d"):
        cut -= 1
    return text[:cut]


def _continues(char: str) -> bool:
    """Whether a character belongs to the one before it: a joiner, a variation, a skin tone, a combining mark."""
    return char in "\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff" or unicodedata.combining(char) > 0


def columns(text: str) -> int:
    """How wide a text is: East Asian wide characters and emoji count two."""
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if _continues(char):
        return 0
    return 2 if char > "\uffff" or unicodedata.east_asian_width(char) in "WF" else 1


def fit_columns(text: str, most: int) -> str:
    """At most `most` columns of a text, with an ellipsis where something is missing."""
    if columns(text) <= most:
        return text
    kept, used = "", 1
    for char in text:
        used += _width(char)
        if used > most:
            break
        kept += char
    return kept.rstrip(BLANK) + ELLIPSIS


def usable_url(url: str | None) -> str | None:
    """The url if Telegram takes it as a link: http or https, a host, no blanks, not over-long; else None."""
    candidate = (url or "").strip()
    if not candidate or len(candidate) > LONGEST_URL or clean(candidate) != candidate or re.search(r"\s", candidate):
        return None
    try:
        parts = urlsplit(candidate)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or not _HOST.fullmatch(host):
        return None
    return candidate
