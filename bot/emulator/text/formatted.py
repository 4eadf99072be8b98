"""From the parameters `text`, `parse_mode` and `entities` to the text and entities of a Message."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.emulator.errors import ApiError, bad_request
from bot.emulator.text.html import MarkupError, parse_html
from bot.emulator.text.links import LinkError, checked_link
from bot.emulator.text.markdown import parse_markdown, parse_markdown_v2
from bot.emulator.text.spans import SPLITTABLE, Layout, Span, repair, sort_spans, units

MAX_RAW_BYTES = 32768
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100

_PARSERS: dict[str, Callable[[str], tuple[str, list[Span]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}
_AUTOMATIC = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
)
_PLAIN = SPLITTABLE | {"blockquote", "expandable_blockquote", "code"}
_DETECT = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,:;!?'()\[\]{}，。：；！？、）】》」』”’])"
    r"|(?<![\w/<>@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/<>])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z]\w{3,31})(?!\w)"
    r"|(?<![\w#])(?P<hashtag>#(?=\w*[^\W\d])\w{1,256})",
)


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text ready to show; `entities` as MessageEntity objects, shared between messages, so never to be changed.
    `dropped` counts the entities over the limit of 100."""

    text: str
    entities: tuple[dict[str, Any], ...]
    dropped: int = 0


class Formatter:
    """Reads formatted text; remembers recent results, because a broadcast sends the same text to thousands."""

    def __init__(self, remember: int = 256) -> None:
        self._remember = remember
        self._known: dict[tuple[str, str, str, bool], Formatted | ApiError] = {}

    def read(self, text: str, parse_mode: str, entities: Any, *, caption: bool = False) -> Formatted:
        """`entities` is the raw parameter: JSON text, a list, or None. Raises ApiError in Telegram's words."""
        key = (text, parse_mode.lower(), entities if isinstance(entities, str) else repr(entities), caption)
        found = self._known.get(key)
        if found is None:
            try:
                found = read_formatted(text, parse_mode, entities, caption=caption)
            except ApiError as error:
                found = error
            if len(self._known) >= self._remember:
                del self._known[next(iter(self._known))]
            self._known[key] = found
        if isinstance(found, ApiError):
            raise ApiError(found.code, found.description)
        return found


def read_formatted(text: str, parse_mode: str, entities: Any, *, caption: bool = False) -> Formatted:
    """The same without a memory."""
    if not text and not caption:
        raise bad_request("message text is empty")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_RAW_BYTES:
        raise bad_request("text is too long")
    spans: list[Span] = []
    mode = parse_mode.lower()
    if mode and mode != "none":
        parser = _PARSERS.get(mode)
        if parser is None:
            raise bad_request("unsupported parse_mode")
        try:
            text, spans = parser(text)
        except MarkupError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    else:
        spans = _from_json(entities)
    text, spans = repair(text, spans)
    if not text:
        if caption:
            return Formatted("", ())
        raise bad_request("text must be non-empty")
    if len(text) > (MAX_CAPTION if caption else MAX_TEXT):
        raise bad_request("message caption is too long" if caption else "message is too long")
    kept, dropped = _first_hundred(spans)
    kept += _detected(text, kept)
    sort_spans(kept)
    return Formatted(text, tuple(span.as_json() for span in kept), dropped)


def _first_hundred(spans: list[Span]) -> tuple[list[Span], int]:
    """Links, code and quotations claim the places first; the rest is dropped without a word."""
    solid = [span for span in spans if span.kind not in SPLITTABLE]
    places = max(MAX_ENTITIES - len(solid), 0)
    soft = [span for span in spans if span.kind in SPLITTABLE]
    return solid[:MAX_ENTITIES] + soft[:places], max(len(spans) - MAX_ENTITIES, 0)


def _detected(text: str, spans: list[Span]) -> list[Span]:
    """Addresses, mentions, hashtags and commands Telegram finds itself, outside links and code."""
    found = list(_DETECT.finditer(text))
    if not found:
        return []
    taken = [span for span in spans if span.kind not in SPLITTABLE and "blockquote" not in span.kind]
    result: list[Span] = []
    for match in found:
        offset = units(text[: match.start()])
        span = Span(str(match.lastgroup), offset, units(match[0]))
        if not any(other.offset < span.end and span.offset < other.end for other in taken):
            result.append(span)
    return result


def detect(text: str) -> list[dict[str, Any]]:
    """The entities of a text somebody typed."""
    return [span.as_json() for span in _detected(text, [])]


def _from_json(value: Any) -> list[Span]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise bad_request("can't parse entities JSON object") from error
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request("expected an Array of MessageEntity")
    spans = [_entity(item) for item in value]
    return [span for span in spans if span is not None]


def _entity(item: Any) -> Span | None:
    if not isinstance(item, dict):
        raise _wrong("expected an Object")
    offset, length = _number(item, "offset"), _number(item, "length")
    kind = item.get("type")
    if kind is None:
        raise _wrong('Can\'t find field "type"')
    if kind in _AUTOMATIC:
        return None
    return Span(str(kind), offset, length, _extra(str(kind), item))


def _extra(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    if kind in _PLAIN:
        return {}
    if kind == "pre":
        return {"language": item["language"]} if item.get("language") else {}
    if kind == "text_link":
        return {"url": _entity_url(str(_needed(item, "url")))}
    if kind == "text_mention":
        user = _needed(item, "user")
        return {"user_id": int(user.get("id", 0))}
    if kind == "custom_emoji":
        identifier = str(_needed(item, "custom_emoji_id"))
        if not identifier.isdecimal() or int(identifier) >= 1 << 63:
            raise _wrong('Field "custom_emoji_id" must be a valid Number')
        return {"custom_emoji_id": identifier}
    if kind == "date_time":
        extra = {"unix_time": _number(item, "unix_time")}
        return extra | ({"date_time_format": item["date_time_format"]} if item.get("date_time_format") else {})
    raise _wrong("Unsupported type specified")


def _entity_url(url: str) -> str:
    try:
        return checked_link(url)
    except LinkError as error:
        raise bad_request(f"entity URL '{url}' is invalid: {error}") from error


def _needed(item: dict[str, Any], name: str) -> Any:
    if item.get(name) is None:
        raise _wrong(f'Can\'t find field "{name}"')
    return item[name]


def _number(item: dict[str, Any], name: str) -> int:
    value = _needed(item, name)
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise _wrong(f'Field "{name}" must be a valid Number') from error


def _wrong(reason: str) -> ApiError:
    return bad_request(f"can't parse MessageEntity: {reason}")


def substring(text: str, entity: dict[str, Any]) -> str:
    """What an entity covers."""
    layout = Layout(text)
    return text[layout.position(entity["offset"]) : layout.position(entity["offset"] + entity["length"])]
