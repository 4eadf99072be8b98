"""`parse_mode` MarkdownV2 and the legacy Markdown, as Telegram reads them."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.emulator.text.html import MarkupError
from bot.emulator.text.links import LinkError, emoji_identifier, link_or_none, mentioned_user
from bot.emulator.text.spans import Span, sort_spans, units

_SPACE = " \t\r\n\0\v"
_RESERVED = re.compile(r"[\\_*\[\]()~`>#+\-=|{}.!\n]")
_RESERVED_IN_CODE = re.compile(r"[\\`]")
_LANGUAGE = re.compile(r"[^ \t\r\n\0\v`]+(?=[ \t\r\n\v])")
_ONE_BREAK = re.compile(r"\r\n|\n\r|\n|\r|")
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_CLOSERS = {
    "bold": "*",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "custom_emoji": "]",
}
_OPENERS = (
    ("__", "underline"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("||", "spoiler"),
    ("[", "text_link"),
    ("```", "pre"),
    ("`", "code"),
    ("![", "custom_emoji"),
)


@dataclass(slots=True)
class _Open:
    kind: str
    at: int
    offset: int
    piece: int
    extra: dict[str, Any] = field(default_factory=dict)


class _Writer:
    """What both dialects share: the text that is out, its length, and the stretches found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.offset = 0
        self.spans: list[Span] = []

    def emit(self, text: str) -> None:
        if text:
            self.out.append(text)
            self.offset += units(text)

    def byte(self, position: int) -> int:
        return len(self.text[:position].encode("utf-8", "surrogatepass"))

    def language(self) -> str:
        """The word after three backticks, when something follows it; then one line break is skipped."""
        match = _LANGUAGE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        skipped = _ONE_BREAK.match(self.text, self.at)
        self.at = skipped.end() if skipped else self.at
        return match[0] if match else ""

    def link(self, url: str, offset: int) -> None:
        user = mentioned_user(url)
        link = link_or_none(url)
        if user is not None:
            self.add("text_mention", offset, {"user_id": user})
        elif link is not None:
            self.add("text_link", offset, {"url": link})

    def add(self, kind: str, offset: int, extra: dict[str, Any] | None = None) -> None:
        if self.offset > offset:
            self.spans.append(Span(kind, offset, self.offset - offset, extra or {}))

    def result(self) -> tuple[str, list[Span]]:
        sort_spans(self.spans)
        return "".join(self.out), self.spans


class _MarkdownV2(_Writer):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.open: list[_Open] = []
        self.quoting = False
        self.line_start = True  # a quotation may begin here; empty entities and `\r` do not end that

    def parse(self) -> tuple[str, list[Span]]:
        while self.at < len(self.text):
            in_code = bool(self.open) and self.open[-1].kind in ("code", "pre")
            stop = (_RESERVED_IN_CODE if in_code else _RESERVED).search(self.text, self.at)
            end = stop.start() if stop else len(self.text)
            self._plain(self.text[self.at : end])
            self.at = end
            if stop is None:
                break
            self._mark(stop[0])
        if self.quoting:
            self._end_quote()
        if self.open:
            raise self._unclosed()
        return self.result()

    def _plain(self, text: str) -> None:
        self.emit(text)
        if text.strip("\r"):
            self.line_start = False

    def _mark(self, char: str) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if char == "\\":
            escaped = "\0" < following <= "~"
            self._plain(following if escaped else "\\")
            self.at += 2 if escaped else 1
        elif char == "\n" and self.quoting and following != ">":
            self.emit("\n")
            self._end_quote(before_break=True)
            self.at += 1
            self.line_start = True
        elif self.open and (closer := self._closer()):
            self.at += len(closer)
            self._close()
        else:
            self._begin(char)

    def _closer(self) -> str:
        kind = self.open[-1].kind
        if kind == "italic":
            single = self.text.startswith("_", self.at) and not self.text.startswith("__", self.at)
            return "_" if single else ""
        closer = _CLOSERS.get(kind, "")
        return closer if closer and self.text.startswith(closer, self.at) else ""

    def _begin(self, char: str) -> None:
        if char == "\n":
            self.emit("\n")
            self.at += 1
            self.line_start = True
            if self.quoting:  # the next character is the `>` that continues the quotation
                self.at += 1
            return
        if char == ">" and self.line_start and not self.quoting:
            self.open.append(_Open("blockquote", self.at, self.offset, len(self.out)))
            self.quoting = True
            self.at += 1
            return
        for opener, kind in _OPENERS:
            if self.text.startswith(opener, self.at):
                self.open.append(_Open(kind, self.at, self.offset, len(self.out)))
                self.at += len(opener)
                if kind == "pre" and (language := self.language()):
                    self.open[-1].extra = {"language": language}
                return
        raise MarkupError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _close(self) -> None:
        opened = self.open.pop()
        if opened.kind == "text_link":
            url = self._url("a URL") if self.text.startswith("(", self.at) else "".join(self.out[opened.piece :])
            self.link(url, opened.offset)
        elif opened.kind == "custom_emoji":
            if not self.text.startswith("(", self.at):
                raise MarkupError("Custom emoji entity must contain a tg://emoji URL")
            try:
                identifier = emoji_identifier(self._url("a custom emoji URL"))
            except LinkError as error:
                raise MarkupError(str(error)) from error
            self.add("custom_emoji", opened.offset, {"custom_emoji_id": identifier})
        else:
            self.add(opened.kind, opened.offset, opened.extra)

    def _url(self, name: str) -> str:
        self.at += 1
        begin = self.at
        url: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "\\" and "\0" < self.text[self.at + 1 : self.at + 2] <= "~":
                self.at += 1
            url.append(self.text[self.at])
            self.at += 1
        if self.at >= len(self.text):
            raise MarkupError(f"Can't find end of {name} at byte offset {self.byte(begin)}")
        self.at += 1
        return "".join(url)

    def _end_quote(self, *, before_break: bool = False) -> None:
        kind = "blockquote"
        tail = self.open[-1]
        if tail.kind == "spoiler" and not "".join(self.out[tail.piece :]).strip("\r\n"):
            self.open.pop()  # `||` at the very end of a quotation folds it
            kind = "expandable_blockquote"
        if self.open[-1].kind != "blockquote":
            if before_break:
                raise self._unclosed()
            return
        self.quoting = False
        self.add(kind, self.open.pop().offset)

    def _unclosed(self) -> MarkupError:
        last = self.open[-1]
        name = "PreCode" if last.kind == "pre" and last.extra else _NAMES[last.kind]
        return MarkupError(f"Can't find end of {name} entity at byte offset {self.byte(last.at)}")


class _Markdown(_Writer):
    def parse(self) -> tuple[str, list[Span]]:
        size = len(self.text)
        while self.at < size:
            char = self.text[self.at]
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ("_", "*", "`", "["):
                self.emit(self.text[self.at + 1])
                self.at += 2
            elif char in "_*`[":
                self._entity(char)
            else:
                self.emit(char)
                self.at += 1
        return self.result()

    def _entity(self, char: str) -> None:
        begin = self.at
        self.at += 1
        closer = {"[": "]"}.get(char, char)
        extra: dict[str, Any] = {}
        if self.text.startswith("```", begin):
            self.at += 2
            closer = "```"
            language = self.language()
            extra = {"language": language} if language else {}
        end = self.text.find(closer, self.at)
        if end < 0:
            raise MarkupError(f"Can't find end of the entity starting at byte offset {self.byte(begin)}")
        offset = self.offset
        inside = self.text[self.at : end]
        self.emit(inside)
        self.at = end + len(closer)
        if char == "[":
            self.link(self._url(inside), offset)
        else:
            kind = {"_": "italic", "*": "bold"}.get(char, "pre" if closer == "```" else "code")
            self.add(kind, offset, extra)

    def _url(self, inside: str) -> str:
        if not inside or not self.text.startswith("(", self.at):
            return inside
        end = self.text.find(")", self.at)
        end = len(self.text) if end < 0 else end
        url = self.text[self.at + 1 : end]
        self.at = end + 1
        return url


def parse_markdown_v2(text: str) -> tuple[str, list[Span]]:
    """The plain text and its stretches; raises MarkupError."""
    return _MarkdownV2(text).parse()


def parse_markdown(text: str) -> tuple[str, list[Span]]:
    """The legacy dialect: no nesting, four escapes; raises MarkupError."""
    return _Markdown(text).parse()
