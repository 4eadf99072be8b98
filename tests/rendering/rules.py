"""What Telegram's server demands of a message, written anew from the Bot API's documentation, for property tests."""

from bot.rendering.message import EntityKind
from bot.rendering.text import usable_url

SPLITTABLE = {EntityKind.BOLD, EntityKind.ITALIC, EntityKind.STRIKETHROUGH}
VERBATIM = {EntityKind.CODE, EntityKind.PRE}
QUOTES = {EntityKind.BLOCKQUOTE, EntityKind.EXPANDABLE_BLOCKQUOTE}


def stretch(text, entity):
    """The characters an entity covers; fails when it cuts one in half."""
    units = text.encode("utf-16-le")
    return units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def faults(message):
    """Everything wrong with a message; empty for a valid one."""
    return [*_text_faults(message), *_entity_faults(message), *_nesting_faults(message), *_button_faults(message)]


def _text_faults(message):
    units = len(message.text.encode("utf-16-le")) // 2
    checks = {
        "empty": not message.text.strip(),
        "untrimmed": message.text != message.text.strip(),
        "too long": units > 4096,
        "too many bytes": len(message.text.encode()) > 32768,
        "control characters": any(ord(char) < 32 and char != "\n" for char in message.text),
        "too many entities": len(message.entities) > 100,
    }
    return [name for name, wrong in checks.items() if wrong]


def _entity_faults(message):
    units = len(message.text.encode("utf-16-le")) // 2
    for entity in message.entities:
        if entity.length <= 0 or entity.offset < 0 or entity.offset + entity.length > units:
            yield f"outside the text: {entity}"
        elif not stretch(message.text, entity).strip() or stretch(message.text, entity) != stretch(
            message.text, entity
        ).strip(" \n"):
            yield f"blanks at its ends: {entity}"
        if (entity.kind is EntityKind.TEXT_LINK) != bool(entity.url):
            yield f"a url where none belongs, or none where one does: {entity}"


def _nesting_faults(message):
    ordered = [(entity.offset, -entity.length) for entity in message.entities]
    if ordered != sorted(ordered):
        yield "unsorted"
    for index, one in enumerate(message.entities):
        for other in message.entities[index + 1 :]:
            if other.offset < one.offset + one.length:
                yield from _pair_faults(one, other)


def _pair_faults(outer, inner):
    if inner.offset + inner.length > outer.offset + outer.length:
        yield f"partial overlap: {outer} {inner}"
    if {outer.kind, inner.kind} & VERBATIM:
        yield f"code combined: {outer} {inner}"
    if outer.kind == inner.kind or {outer.kind, inner.kind} <= QUOTES:
        yield f"nested in its own kind: {outer} {inner}"


def _button_faults(message):
    for button in (button for row in message.keyboard for button in row):
        leads = usable_url(button.url) is not None if button.url else 1 <= len((button.data or "").encode()) <= 64
        if not button.text.strip() or not leads or (button.url and button.data):
            yield f"button: {button}"
