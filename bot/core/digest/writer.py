"""Writes markdown-it's tokens down as RichText. Apart from the reader, which decides what is parsed at what cost."""

import html
import re
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from bot.core.digest.cjk import joiner
from bot.core.digest.decoding import clean
from bot.core.links import is_safe_url
from bot.core.model import RichText, Span, SpanKind

MAX_BODY_CHARACTERS = 32_768
_KINDS = {"strong": SpanKind.BOLD, "em": SpanKind.ITALIC, "s": SpanKind.STRIKE}
_HIDING = re.compile(r"<(script|style|template|iframe|object|svg|noscript)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--|<[!?][^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b", re.IGNORECASE)
ParseAgain = Callable[[str], list[Token]]


def flat(token: Token) -> str:
    if token.type in ("text", "text_special", "code_inline"):
        return token.content
    if token.type == "image":
        return "".join(flat(child) for child in token.children or [])
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return ""


def strip_html(text: str) -> str:
    """Text without tags, comments, scripts and styles, in one pass; entities are left for the caller."""
    out: list[str] = []
    at, lower = 0, text.lower()
    while match := _TAG.search(text, at):
        out.append(text[at : match.start()])
        at = match.end()
        if match[0] == "<!--":
            end = text.find("-->", at)
            at = len(text) if end < 0 else end + 3
        elif hiding := _HIDING.match(match[0]):
            end = lower.find(f"</{hiding[1].lower()}", at)
            at = len(text) if end < 0 else end
        elif _BREAK.match(match[0]):
            out.append("\n")
    out.append(text[at:])
    return "".join(out)


class Writer:
    """Writes tokens down as text and spans."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._last = ""
        self._spans: list[Span] = []
        self._open: list[tuple[SpanKind, int, str | None]] = []
        self._lists: list[int | None] = []  # the next number of each ordered list, None for bullets
        self._gap = ""  # what separates the next text from the last
        self._prefix = ""  # the list marker due before the next text
        self._soft = False
        self._hidden: str | None = None
        self.dropped: list[str] = []

    def rich(self) -> RichText:
        """What was written: trimmed, clean, and no longer than MAX_BODY_CHARACTERS."""
        return _trimmed("".join(self._pieces), self._spans)

    def text(self, text: str) -> None:
        """Plain text, with what was due before it."""
        if not text or self._hidden:
            return
        text = clean(text)
        if not text.strip() and (self._gap or not self._pieces):
            return
        if self._gap or self._prefix:
            text = self._due() + text.lstrip()
        elif self._soft:
            text = text.lstrip(" \t")
            text = joiner(self._last, text[:1]) + text
        elif self._last == " ":
            text = text.lstrip(" ")  # something between two blanks was dropped
        self._soft = False
        self._write(text)

    def _due(self) -> str:
        due = (self._gap if self._pieces else "") + self._prefix
        self._gap = self._prefix = ""
        # spans opened before their text must not cover what separates it
        if due:
            self._write(due)
            self._open = [(kind, max(start, self._length), url) for kind, start, url in self._open]
        return ""

    def _write(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)
            self._last = text[-1]

    def _start(self, kind: SpanKind, url: str | None = None) -> None:
        self._open.append((kind, self._length, url))

    def _end(self, kind: SpanKind) -> None:
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] is kind:
                _, start, url = self._open.pop(index)
                if start < self._length:
                    self._spans.append(Span(kind, start, self._length, url))
                return

    def blocks(self, tokens: Sequence[Token], parse_again: "ParseAgain | None") -> None:
        """Block tokens as markdown-it gives them."""
        for token in tokens:
            if token.type == "inline":
                self._inlines(token.children or [])
            elif token.type in ("fence", "code_block"):
                self._code_block(token.content)
            elif token.type == "html_block":
                self._html_block(token.content, parse_again)
            else:
                self._structure(token)

    def _structure(self, token: Token) -> None:
        name = token.type
        if name in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(None if name[0] == "b" else _start_number(token))
        elif name in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
            self._separate("\n" if self._lists else "\n\n")
        elif name == "list_item_open":
            self._list_item()
        elif name in ("paragraph_close", "heading_close", "table_close"):
            if name == "heading_close":
                self._end(SpanKind.BOLD)
            self._separate("\n" if self._lists else "\n\n")
        elif name == "heading_open":
            self._settle()
            self._start(SpanKind.BOLD)
        elif name == "tr_close":
            self._separate("\n")
        elif name in ("td_close", "th_close"):
            self._separate(" | ")

    def _list_item(self) -> None:
        number = self._lists[-1]
        self._separate("\n" if self._pieces and (len(self._lists) > 1 or self._gap != "\n\n") else self._gap)
        marker = "• " if number is None else f"{number}. "
        self._prefix = "  " * (len(self._lists) - 1) + marker
        if number is not None:
            self._lists[-1] = number + 1

    def _separate(self, gap: str) -> None:
        self._soft = False
        if self._pieces:
            self._gap = gap

    def _settle(self) -> None:
        """Writes what is due now, so that a span can start after it."""
        self._due()

    def _code_block(self, content: str) -> None:
        content = clean(content).rstrip()
        if content and not self._hidden:
            self._settle()
            self._start(SpanKind.PRE)
            self._write(content)
            self._end(SpanKind.PRE)
            self._separate("\n\n")

    def _html_block(self, content: str, parse_again: "ParseAgain | None") -> None:
        content = strip_html(content).strip()
        if not content or self._hidden:
            return
        if parse_again is None:
            self.text(html.unescape(content))
        else:
            self.blocks(parse_again(content), None)
        self._separate("\n\n")

    def _inlines(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type in ("text", "text_special"):
                self.text(token.content)
            elif token.type == "code_inline":
                self._code(token.content)
            elif token.type == "image":
                self.text(flat(token))
            elif token.type == "softbreak":
                self._soft = True
            elif token.type == "hardbreak":
                self._break()
            elif token.type == "html_inline":
                self._html_inline(token.content)
            else:
                self._mark(token)
        for kind in {kind for kind, _, _ in self._open} - {SpanKind.BOLD}:
            self._end(kind)

    def _break(self) -> None:
        if self._pieces and not self._gap and not self._hidden:
            if not self._open and not (self._spans and self._spans[-1].end == self._length):
                # no span reaches this far, so the blanks before the break can go
                kept = self._pieces[-1].rstrip(" ")
                self._length -= len(self._pieces[-1]) - len(kept)
                self._pieces[-1] = kept
            self._gap = "\n"

    def _code(self, content: str) -> None:
        content = clean(content)
        if content.strip() and not self._hidden:
            self._settle_inline()
            self._start(SpanKind.CODE)
            self._write(content)
            self._end(SpanKind.CODE)

    def _settle_inline(self) -> None:
        """Like _settle, and a soft line break that is due becomes a space."""
        self._due()
        if self._soft and self._pieces:
            self._soft = False
            self._write(joiner(self._last, "a"))

    def _mark(self, token: Token) -> None:
        if token.type == "link_open":
            href = str(token.attrGet("href") or "")
            if is_safe_url(href):
                self._start(SpanKind.LINK, href)
            else:
                self.dropped.append(href)
                self._start(SpanKind.LINK, None)
        elif token.type == "link_close":
            self._end(SpanKind.LINK)
        else:
            kind = _KINDS.get(token.tag)
            if kind and token.nesting > 0:
                self._start(kind)
            elif kind:
                self._end(kind)

    def _html_inline(self, content: str) -> None:
        if self._hidden:
            if content.lower().startswith(f"</{self._hidden}"):
                self._hidden = None
        elif (hiding := _HIDING.match(content)) and not content.endswith("/>"):
            self._hidden = hiding[1].lower()
        elif content.lower().startswith(("<br", "</p", "</div", "</li")):
            self._break()


def _start_number(token: Token) -> int:
    start = token.attrGet("start")
    return int(start) if isinstance(start, (int, str)) and str(start).isdecimal() else 1


def _trimmed(text: str, spans: Sequence[Span]) -> RichText:
    """Text without blanks at its ends, spans that cover no blanks at theirs, sorted, each kind once over a stretch."""
    start = len(text) - len(text.lstrip())
    kept_text = text[start : start + MAX_BODY_CHARACTERS].rstrip()
    kept: list[Span] = []
    for span in spans:
        if span.kind is SpanKind.LINK and span.url is None:
            continue
        first, last = max(span.start - start, 0), min(span.end - start, len(kept_text))
        while first < last and kept_text[first].isspace():
            first += 1
        while last > first and kept_text[last - 1].isspace():
            last -= 1
        if first < last:
            kept.append(Span(span.kind, first, last, span.url))
    kept.sort(key=lambda span: (span.start, -span.end, span.kind))
    return RichText(kept_text, tuple(_without_repeats(kept)))


def _without_repeats(spans: Sequence[Span]) -> list[Span]:
    """Leaves out a span inside another of its kind (bold in bold)."""
    reach: dict[SpanKind, int] = {}
    kept: list[Span] = []
    for span in spans:
        if span.end > reach.get(span.kind, -1):
            reach[span.kind] = span.end
            kept.append(span)
    return kept
