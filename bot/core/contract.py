"""The JSON shapes that others build on (contract, section 3), made from core values; nothing else knows their keys."""

from collections.abc import Mapping

from bot.core.model import Digest, Item, ParseProblem, StoredItem

SNIPPET_LENGTH = 160


def problem_to_json(problem: ParseProblem) -> dict[str, object]:
    """One entry of `problems`."""
    return {
        "line": problem.line,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
    }


def digest_to_json(digest: Digest) -> dict[str, object]:
    """The `digest` of `check --json` and `ingest --json`; instants keep the publisher's own offset."""
    return {
        "slot": digest.slot.isoformat(),
        "title": digest.title,
        "date": digest.date.isoformat(),
        "window_hours": digest.window_hours,
        "categories": list(digest.categories),
        "items": [_item_to_json(item) for item in digest.items],
    }


def _item_to_json(item: Item) -> dict[str, object]:
    return {
        "number": item.number,
        "title": item.title,
        "author": item.author,
        "url": item.url,
        "body": item.body.text,
        "topics": list(item.topics),
    }


def item_to_json(stored: StoredItem, *, snippet: str | None = None) -> Mapping[str, object]:
    """One line of `search`, `topic`, `author` and `latest` with `--json`."""
    item = stored.item
    return {
        "digest": stored.slot.isoformat(),
        "number": item.number,
        "title": item.title,
        "author": item.author,
        "url": item.url,
        "topics": list(item.topics),
        "snippet": shorten(item.body.text, SNIPPET_LENGTH) if snippet is None else snippet,
    }


def shorten(text: str, length: int) -> str:
    """The text on one line, at most `length` characters, with an ellipsis when cut."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
