"""The shapes that others build on."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from bot.core.contract import SNIPPET_LENGTH, digest_to_json, item_to_json, problem_to_json, shorten
from bot.core.model import Digest, Item, ParseProblem, RichText, Severity, Span, SpanKind, StoredItem

SHANGHAI = timezone(timedelta(hours=8))
SLOT = datetime(2025, 11, 26, 8, tzinfo=SHANGHAI)
ITEM = Item(1, "标题", "merve", "https://x.com/m/1", RichText("粗体正文", (Span(SpanKind.BOLD, 0, 2),)), ("models",))


def test_a_problem() -> None:
    assert problem_to_json(ParseProblem(12, Severity.WARNING, "item-without-link", "…")) == {
        "line": 12,
        "severity": "warning",
        "code": "item-without-link",
        "message": "…",
    }


def test_a_digest_keeps_the_publishers_own_offset_and_bodies_are_plain_text() -> None:
    digest = Digest(SLOT, "Title", SLOT + timedelta(seconds=7), 4, ("AI Models",), (ITEM, Item(2, "Bare")))
    assert digest_to_json(digest) == {
        "slot": "2025-11-26T08:00:00+08:00",
        "title": "Title",
        "date": "2025-11-26T08:00:07+08:00",
        "window_hours": 4,
        "categories": ["AI Models"],
        "items": [
            {
                "number": 1,
                "title": "标题",
                "author": "merve",
                "url": "https://x.com/m/1",
                "body": "粗体正文",
                "topics": ["models"],
            },
            {"number": 2, "title": "Bare", "author": None, "url": None, "body": "", "topics": []},
        ],
    }


def test_a_found_item() -> None:
    found = item_to_json(StoredItem(9, 3, SLOT, ITEM))
    assert found == {
        "digest": "2025-11-26T08:00:00+08:00",
        "number": 1,
        "title": "标题",
        "author": "merve",
        "url": "https://x.com/m/1",
        "topics": ["models"],
        "snippet": "粗体正文",
    }
    assert item_to_json(StoredItem(9, 3, SLOT, ITEM), snippet="…正文")["snippet"] == "…正文"
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("text", "short"),
    [("one\n two\t three", "one two three"), ("x" * 160, "x" * 160), ("x" * 161, "x" * 159 + "…"), ("", "")],
)
def test_a_snippet_is_one_line_of_bounded_length(text: str, short: str) -> None:
    assert shorten(text, SNIPPET_LENGTH) == short
