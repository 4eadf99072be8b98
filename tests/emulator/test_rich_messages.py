"""Rich messages: what the stand-in for the server takes and refuses."""

from typing import Any

import pytest

from bot.emulator import Emulator, Person
from bot.emulator.text.rich import RichError, check_rich_html
from tests.emulator.conftest import Api

GOOD = (
    '<h4>1. <a href="https://example.org/?a=1&amp;b=2"><b>A &lt; B</b></a></h4>'
    "<details><summary>Read</summary><p>x</p></details>"
)


def test_the_text_is_what_readers_see() -> None:
    assert check_rich_html(GOOD).split() == ["1.", "A", "<", "B", "Read", "x"]


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p>x", 'end tag corresponding to start tag "p"'),
        ("<p><b>x</p></b>", 'unexpected end tag "p"'),
        ("<script>x</script>", 'unsupported start tag "script"'),
        ("<summary>x</summary>", 'unsupported start tag "summary"'),
        ("<a>x</a>", "a link has no address"),
        ("<p> </p>", "must be non-empty"),
        ("<p>x</p>" * 501, "too many blocks"),
        ("<blockquote>" * 17, "too many blocks"),
        ("x" * 32_769, "too long"),
        ("</p>", 'unexpected end tag "p"'),
    ],
)
def test_what_is_wrong_is_named(html: str, fault: str) -> None:
    with pytest.raises(RichError, match=fault):
        check_rich_html(html)


@pytest.mark.parametrize(
    ("rich", "fault"),
    [
        ({"html": "<p>x"}, "can't parse rich message"),
        ({"html": "<p>x</p>", "markdown": "x"}, "exactly one of"),
        ({"is_rtl": True}, "exactly one of"),
        ({"markdown": "x" * 32_769}, "too long"),
    ],
)
async def test_sends_and_edits_are_checked(
    api: Api, emulator: Emulator, reader: Person, rich: dict[str, Any], fault: str
) -> None:
    emulator.rich_messages = True
    sent = await api("sendMessage", chat_id=reader.id, text="x")
    assert fault in (await api("sendRichMessage", chat_id=reader.id, rich_message=rich)).error
    key = sent.result["message_id"]
    assert fault in (await api("editMessageText", chat_id=reader.id, message_id=key, rich_message=rich)).error


async def test_a_rich_message_becomes_classic_when_edited_so(api: Api, emulator: Emulator, reader: Person) -> None:
    emulator.rich_messages = True
    sent = await api("sendRichMessage", chat_id=reader.id, rich_message={"html": GOOD})
    assert sent.result["rich_message"] == {"html": GOOD}
    edited = await api("editMessageText", chat_id=reader.id, message_id=sent.result["message_id"], text="plain")
    assert edited.result["text"] == "plain"
    assert "rich_message" not in edited.result
