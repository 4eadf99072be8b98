"""From an HTTP request to the parameters of a call: query, form, JSON or multipart, as the Bot API takes them."""

import json
import re
from binascii import unhexlify
from typing import Any

from aiohttp import BodyPartReader, web

from bot.emulator.errors import ApiError, bad_request

_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_CACHED_FROM = 512  # shorter values are decoded faster than looked up
_CACHED_VALUES = 512

Upload = tuple[str, bytes]  # file name, content


class Decoder:
    """Decodes requests; long form values are remembered, because a broadcast repeats its text in every request."""

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}

    async def decode(self, request: web.BaseRequest) -> tuple[dict[str, Any], dict[str, Upload]]:
        """Parameters and uploaded files; raises ApiError when the body cannot be read."""
        params: dict[str, Any] = {}
        if request.query_string:
            params.update(request.query)
        if not request.can_read_body:
            return params, {}
        kind = request.content_type
        if kind == "multipart/form-data":
            return await _multipart(request, params)
        body = await request.read()
        if kind == "application/json":
            params.update(_json(body))
        elif kind == "application/x-www-form-urlencoded":
            self._form(body, params)
        return params, {}

    def _form(self, body: bytes, params: dict[str, Any]) -> None:
        for pair in body.split(b"&"):
            name, _, value = pair.partition(b"=")
            if name:
                params[self._unquote(name)] = self._unquote(value)

    def _unquote(self, value: bytes) -> str:
        if len(value) < _CACHED_FROM:
            return unquote(value)
        known = self._known.get(value)
        if known is None:
            known = unquote(value)
            if len(self._known) >= _CACHED_VALUES:
                del self._known[next(iter(self._known))]
            self._known[value] = known
        return known


def unquote(value: bytes) -> str:
    """A form value as text; long runs of escapes (Chinese) are decoded in one step each."""
    if b"+" in value:
        value = value.replace(b"+", b" ")
    if b"%" in value:
        value = _ESCAPES.sub(lambda match: unhexlify(match[0].replace(b"%", b"")), value)
    return _text(value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "Bad Request: can't parse JSON object") from error
    if not isinstance(value, dict):
        raise ApiError(400, "Bad Request: expected an Object")
    return {name: _scalar(item) for name, item in value.items() if item is not None}


def _scalar(value: Any) -> Any:
    """Simple values become the text a form would have carried; objects stay as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value


async def _multipart(request: web.BaseRequest, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Upload]]:
    files: dict[str, Upload] = {}
    try:
        reader = await request.multipart()
        async for part in reader:
            if not isinstance(part, BodyPartReader) or not part.name:
                continue
            content = bytes(await part.read(decode=True))
            if part.filename is not None:
                files[part.name] = (part.filename, content)
            else:
                params[part.name] = _text(content)
    except ValueError as error:
        raise ApiError(400, "Bad Request: can't parse multipart body") from error
    return params, files
