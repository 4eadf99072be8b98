"""The HTML of rich messages, checked as far as is known of it: tags that exist, closed in order, within the limits."""

from html.parser import HTMLParser
from typing import Final

MAX_CHARACTERS: Final = 32_768
MAX_BLOCKS: Final = 500
MAX_DEPTH: Final = 16
_BLOCKS: Final = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "footer", "ul", "ol", "li", "blockquote", "details", "table", "tr"}
)
_INLINE: Final = frozenset(
    {
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "code",
        "summary",
        "td",
        "th",
        "tg-spoiler",
        "span",
    }
)
_VOID: Final = frozenset({"br", "hr"})


class RichError(Exception):
    """What is wrong with it, in a server's words."""


def check_rich_html(html: str) -> str:
    """The text that readers see. Raises RichError."""
    if len(html) > MAX_CHARACTERS:
        raise RichError("rich message is too long")
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise RichError(
            f"can't parse rich message: can't find end tag corresponding to start tag \"{reader.open[-1]}\""
        )
    if not reader.text.strip():
        raise RichError("rich message must be non-empty")
    return reader.text.strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self._blocks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag; a `summary` stands only in `details`."""
        if tag in _VOID:
            return
        if tag not in _BLOCKS | _INLINE or (tag == "summary" and self.open[-1:] != ["details"]):
            raise RichError(f'can\'t parse rich message: unsupported start tag "{tag}"')
        if tag == "a" and not dict(attrs).get("href"):
            raise RichError("can't parse rich message: a link has no address")
        self.open.append(tag)
        self._blocks += tag in _BLOCKS
        if self._blocks > MAX_BLOCKS or len(self.open) > MAX_DEPTH:
            raise RichError("rich message has too many blocks")
        if tag in _BLOCKS:
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last, and no other."""
        if tag not in _VOID and (not self.open or self.open.pop() != tag):
            raise RichError(f'can\'t parse rich message: unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data
