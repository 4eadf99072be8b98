"""The short way through ordinary bodies: paragraphs with nothing but `**` around words and plain links. It gives what
the parser gives at a tenth of the cost (a test holds the two together), and declines whenever it is not sure.
"""

import re

from bot.core.links import is_safe_url
from bot.core.model import RichText, Span, SpanKind

_LINK = re.compile(r"(?<!!)\[([^\[\]\\`*_<>&~!\n]+)\]\((https?://[^\s()<>\\\";&*`\[\]]+)\)")
_FIRST_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
# how a paragraph may begin: not with what could be a list, a heading, a quote, a table or code
_BEGINNING = re.compile(r"\*\*(?=\w)|(?=[^\s*#+=|:>~-])(?!\d{1,9}[.)])")
_MARKUP = re.compile(r"[\n\[<&`\\_~]")


def read_simply(text: str) -> RichText | None:
    """The body as RichText when the short way is sure of it; None when the parser has to look."""
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for paragraph in _BLANK_LINES.split(_FIRST_BLANK_LINES.sub("", text).rstrip()):
        if paragraph.startswith(("    ", "\t")):
            return None  # code
        paragraph = paragraph.strip()
        if _BEGINNING.match(paragraph) is None:
            return None
        if pieces:
            pieces.append("\n\n")
            length += 2
        added = _paragraph(paragraph, length, pieces, spans)
        if added is None:
            return None
        length += added
    spans.sort(key=lambda span: (span.start, -span.end, span.kind))
    return RichText("".join(pieces), tuple(spans))


def _paragraph(text: str, start: int, pieces: list[str], spans: list[Span]) -> int | None:
    """Appends one paragraph that begins at `start`; its length, or None when it is not simple."""
    at = start
    bold: int | None = None
    parts = _LINK.split(text)
    for index in range(0, len(parts), 3):
        plain = parts[index]
        if _MARKUP.search(plain):
            return None
        chunks = plain.split("**")
        for number, chunk in enumerate(chunks):
            if number:
                # a word character just inside lets the markers open and close, whatever stands outside
                inner = chunk[:1] if bold is None else chunks[number - 1][-1:]
                if not inner.isalnum():
                    return None
                if bold is not None:
                    spans.append(Span(SpanKind.BOLD, bold, at))
                bold = at if bold is None else None
            if "*" in chunk:
                return None
            pieces.append(chunk)
            at += len(chunk)
        if index + 1 < len(parts):
            label, url = parts[index + 1 : index + 3]
            if label != label.strip() or not is_safe_url(url):
                return None
            spans.append(Span(SpanKind.LINK, at, at + len(label), url))
            pieces.append(label)
            at += len(label)
    return None if bold is not None else at - start
