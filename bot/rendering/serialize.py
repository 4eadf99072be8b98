"""Messages as JSON and back: for the editions the ledger keeps until they are sent, and for `preview --json`. Apart
because stored messages outlive the code that made them: a field is written only when it says something, and unknown
ones are refused.
"""

import json
from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any

from bot.errors import DigestbotError
from bot.rendering.message import Button, Entity, EntityKind, OutgoingMessage


def message_to_json(message: OutgoingMessage) -> dict[str, Any]:
    """A message as plain lists and dictionaries, names and entity types as in the Bot API."""
    wire: dict[str, Any] = {"text": message.text}
    if message.entities:
        wire["entities"] = [_entity_to_json(entity) for entity in message.entities]
    if message.keyboard:
        wire["keyboard"] = [[_without_defaults(button) for button in row] for row in message.keyboard]
    if message.silent:
        wire["silent"] = True
    if message.link_preview:
        wire["link_preview"] = message.link_preview
    if message.rich:
        wire["rich"] = message.rich
    return wire


def message_from_json(wire: Any) -> OutgoingMessage:
    """The message again. Raises DigestbotError when this is none of ours."""
    try:
        known = {"text", "entities", "keyboard", "silent", "link_preview", "rich"}
        if not isinstance(wire["text"], str) or wire.keys() - known:
            raise TypeError(f"unknown fields: {', '.join(sorted(wire.keys() - known))}")
        return OutgoingMessage(
            wire["text"],
            tuple(_entity_from_json(entity) for entity in wire.get("entities", ())),
            tuple(tuple(Button(**button) for button in row) for row in wire.get("keyboard", ())),
            bool(wire.get("silent", False)),
            _optional(wire, "link_preview"),
            _optional(wire, "rich"),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DigestbotError(f"this is not a stored message ({error}); render the digest again") from error


def dumps(messages: Sequence[OutgoingMessage]) -> str:
    """Several messages as one compact JSON text; the same messages always give the same text."""
    wire = [message_to_json(message) for message in messages]
    return json.dumps(wire, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> tuple[OutgoingMessage, ...]:
    """The messages of such a text. Raises DigestbotError when it is none."""
    try:
        wire = json.loads(text)
    except ValueError as error:
        raise DigestbotError(f"stored messages are not JSON ({error}); render the digest again") from error
    if not isinstance(wire, list):
        raise DigestbotError("stored messages are not a list; render the digest again")
    return tuple(message_from_json(message) for message in wire)


def _optional(wire: dict[str, Any], name: str) -> str | None:
    value = wire.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is not a text")
    return value


def _without_defaults(value: Button) -> dict[str, Any]:
    pairs = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: content for field, content in pairs if field.default is MISSING or content != field.default}


def _entity_to_json(entity: Entity) -> dict[str, Any]:
    wire: dict[str, Any] = {"type": entity.kind.value, "offset": entity.offset, "length": entity.length}
    return wire if entity.url is None else {**wire, "url": entity.url}


def _entity_from_json(wire: dict[str, Any]) -> Entity:
    return Entity(EntityKind(wire["type"]), int(wire["offset"]), int(wire["length"]), wire.get("url"))
