"""From Markdown to RichText: plain text and spans, with no markup, no HTML and no link but http and https left. One
`MarkupReader` serves one file; it holds the parser, the file's link references and the budget of markup.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from bot.core.digest.cjk import markdown
from bot.core.digest.decoding import normalise
from bot.core.digest.simple import read_simply
from bot.core.digest.writer import Writer, flat, strip_html
from bot.core.links import is_safe_url
from bot.core.model import RichText

# how much markup of one file is parsed, in microseconds as measured. Parsing is linear, but a large file of nothing but
# markup would take a minute. Bodies of plain paragraphs with bold words and links cost nothing of it (see simple); two
# thousand items of nested lists, tables and HTML cost half
MARKUP_BUDGET = 700_000
_COST_OF_A_PARSE = 60
# how many marks of bold text the short way reads: ten on each side in every item of a file of twenty thousand
BOLD_BUDGET = 400_000
_COSTS = {"[": 10, "![": 20, "*": 4, "_": 4, "~": 4, "<": 5, "&": 3, "!": 2, "]": 2, "`": 2, "\\": 2, "\n": 8}
_COST_OF_OPEN_BRACKET = 20  # one that nothing closes is looked at again from every bracket before it
_NESTING = re.compile(r"(?:[-+*>]|\d[.)])(?=[ \t])")
_COST_OF_NESTING = 15


@dataclass(frozen=True, slots=True)
class Headline:
    """The first line of an item, flattened: what stands before, inside and after its first link."""

    before: str
    label: str
    after: str
    url: str | None
    strong: str = ""
    dropped: str | None = None


class MarkupReader:
    """Reads the headlines and bodies of one file. `references` maps labels to addresses as written."""

    def __init__(self, references: Mapping[str, str]) -> None:
        self._parser = markdown()
        self._env = {
            "references": {
                normalizeReference(label): {"title": "", "href": url, "map": [0, 0]}
                for label, url in references.items()
            }
        }
        self._budget = MARKUP_BUDGET
        self._bold = BOLD_BUDGET

    @property
    def exhausted(self) -> bool:
        """Whether the file had so much markup that the rest is read as plain text."""
        return self._budget < 0

    def _affords(self, text: str) -> bool:
        if self._budget < 0:
            return False
        self._budget -= _COST_OF_A_PARSE + sum(text.count(mark) * cost for mark, cost in _COSTS.items())
        self._budget -= max(0, text.count("[") - text.count("]")) * _COST_OF_OPEN_BRACKET
        self._budget -= len(_NESTING.findall(text)) * _COST_OF_NESTING
        return self._budget >= 0

    def inline(self, text: str) -> list[Token]:
        """The inline tokens of one line of Markdown; one text token when the budget is spent."""
        if not self._affords(text):
            token = Token("text", "", 0)
            token.content = text
            return [token]
        return self._parser.parseInline(text, self._env)[0].children or []

    def headline(self, text: str) -> Headline:
        """Takes a headline apart around its first link."""
        return _headline(self.inline(text))

    def body(self, text: str) -> tuple[RichText, list[str]]:
        """A body as RichText, and the addresses of the links that were dropped. Never longer than
        MAX_BODY_CHARACTERS."""
        text = normalise(text)
        self._bold -= text.count("**")
        if self._bold < 0:
            self._budget = -1
        elif (simple := read_simply(text)) is not None:
            return simple, []
        writer = Writer()
        if self._affords(text):
            writer.blocks(self._parser.parse(text, self._env), self._parse_again)
        else:
            writer.text(strip_html(text))
        return writer.rich(), writer.dropped

    def _parse_again(self, text: str) -> list[Token]:
        """Markdown inside a block of HTML, once its tags are gone."""
        return self._parser.parse(text, self._env) if self._affords(text) else []


def _headline(tokens: Sequence[Token]) -> Headline:
    """Splits the flattened line at its first http link; later links are text."""
    parts = {"before": "", "label": "", "after": ""}
    where, url, dropped, strong, depth = "before", None, None, "", 0
    leading = True
    for token in tokens:
        if token.type == "link_open" and url is None:
            href = str(token.attrGet("href") or "").strip().replace(" ", "%20")
            if is_safe_url(href):
                where, url = "label", href
            else:
                dropped = dropped or href
        elif token.type == "link_close" and where == "label":
            where = "after"
        elif token.type == "strong_open":
            depth += 1
        elif token.type == "strong_close":
            depth -= 1
            leading = False
        # what an image inside the link says is only of use when nothing else is said
        content = "" if token.type == "image" and where == "label" else flat(token)
        parts[where] += content
        if depth and leading and where == "before":
            strong += content
        elif content.strip() and not strong:
            leading = False
    if not any(part.strip() for part in parts.values()):
        parts["label"] = "".join(flat(token) for token in tokens if token.type == "image")
    return Headline(parts["before"], parts["label"], parts["after"], url, strong, dropped)
