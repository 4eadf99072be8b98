"""`parse_mode` HTML, tag by tag as Telegram reads it (positions in error texts are byte offsets of the raw text)."""

import re
from dataclasses import dataclass
from typing import Any

from bot.emulator.text.links import link_or_none, mentioned_user
from bot.emulator.text.spans import Span, sort_spans, units

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = frozenset(_KINDS) | {"a", "pre", "code", "blockquote", "tg-emoji", "tg-time"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#[xX](?P<hex>[0-9A-Fa-f]+)|#(?P<dec>[0-9]+)|(?P<name>[A-Za-z]+));?")
_STOP = re.compile(r"[<&]")
_SPACE = " \t\r\n\0\v"
_BARE_VALUE = re.compile(r"[A-Za-z0-9.-]*")
_ATTRIBUTE_END = frozenset(_SPACE + "=>/\"'")


class MarkupError(ValueError):
    """The markup is wrong; the text is Telegram's, without its `can't parse entities: `."""


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    piece: int  # how many pieces of text were out when it began


class _Html:
    def __init__(self, text: str) -> None:
        self.text = text + "\0"  # the sentinel ends every scan, as in Telegram's own parser
        self.end = len(text)
        self.at = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.spans: list[Span] = []

    def parse(self) -> tuple[str, list[Span]]:
        while self.at < self.end:
            stop = _STOP.search(self.text, self.at, self.end)
            if stop is None:
                self._emit(self.text[self.at : self.end])
                break
            self._emit(self.text[self.at : stop.start()])
            self.at = stop.start()
            if stop[0] == "&":
                char, self.at = self._reference(self.at)
                self._emit(char)
            elif self.text[self.at + 1] == "/":
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for span in self.spans:
            if span.kind == "code":
                span.extra = {}
        sort_spans(self.spans)
        return "".join(self.out), self.spans

    def _emit(self, text: str) -> None:
        if text:
            self.out.append(text)
            self.offset += units(text)

    def _byte(self, position: int) -> int:
        return len(self.text[:position].encode("utf-8", "surrogatepass"))

    def _reference(self, at: int) -> tuple[str, int]:
        """The character a reference means and the position after it; an unknown one is shown as it is written."""
        match = _REFERENCE.match(self.text, at, self.end)
        if match is None:
            return "&", at + 1
        if match["name"]:
            char = _NAMED.get(match["name"])
        else:
            code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
            char = chr(code) if 0 < code < 0x10FFFF else None
        if char is None:
            return "&", at + 1
        if "\ud800" <= char <= "\udfff":
            raise MarkupError(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate "
                "code units"
            )
        return char, match.end()

    def _skip_space(self) -> None:
        while self.at < self.end and self.text[self.at] in _SPACE:
            self.at += 1

    def _word(self) -> str:
        """Up to white space or `>`."""
        begin = self.at
        while self.text[self.at] not in _SPACE and self.text[self.at] != ">":
            self.at += 1
        return self.text[begin : self.at]

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._word().lower()
        if self.at >= self.end:
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in _TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        attributes: dict[str, str] = {}
        while True:
            self._skip_space()
            if self.text[self.at] == ">":
                break
            name, value = self._attribute(tag, begin)
            attributes[name] = value
        self.at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self.open.append(_Open(tag, attributes, self.offset, len(self.out)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        start = self.at
        while self.text[self.at] not in _ATTRIBUTE_END:
            self.at += 1
        name = self.text[start : self.at]
        if not name:
            if self.at >= self.end:
                raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}')
        self._skip_space()
        if self.text[self.at] != "=":
            return name, ""
        self.at += 1
        self._skip_space()
        if self.at >= self.end:
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
        value = self._quoted() if self.text[self.at] in "'\"" else self._bare()
        if self.at >= self.end:
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        return name, value

    def _bare(self) -> str:
        match = _BARE_VALUE.match(self.text, self.at)
        assert match is not None  # noqa: S101 - the pattern takes the empty text
        if self.text[match.end()] not in _SPACE + ">":
            raise MarkupError(f"Unexpected end of name token at byte offset {self._byte(self.at)}")
        self.at = match.end()
        return match[0].lower()

    def _quoted(self) -> str:
        quote = self.text[self.at]
        self.at += 1
        value: list[str] = []
        while self.at < self.end and self.text[self.at] != quote:
            if self.text[self.at] == "&":
                char, self.at = self._reference(self.at)
            else:
                char = self.text[self.at]
                self.at += 1
            value.append(char)
        if self.at < self.end:
            self.at += 1
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {self._byte(begin)}")
        self.at += 2
        found = self._word()
        self._skip_space()
        if self.text[self.at] != ">" or self.at >= self.end:
            raise MarkupError(f"Unclosed end tag at byte offset {self._byte(begin)}")
        self.at += 1
        opened = self.open.pop()
        if found and found.lower() != opened.tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {self._byte(begin)}, expected "</{opened.tag}>", found "</{found}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self.offset - opened.offset
        if opened.tag in _KINDS:
            self._add(_KINDS[opened.tag], opened, length)
        elif opened.tag == "blockquote":
            self._add("expandable_blockquote" if "expandable" in opened.attributes else "blockquote", opened, length)
        elif opened.tag == "a":
            self._close_link(opened, length)
        elif opened.tag == "tg-emoji":
            identifier = opened.attributes.get("emoji-id", "")
            if not identifier.isdecimal() or not int(identifier):
                raise MarkupError("Invalid custom emoji identifier specified")
            self._add("custom_emoji", opened, length, {"custom_emoji_id": identifier})
        elif opened.tag == "tg-time":
            self._close_time(opened, length)
        else:
            self._close_verbatim(opened, length)

    def _close_link(self, opened: _Open, length: int) -> None:
        url = opened.attributes.get("href") or "".join(self.out[opened.piece :])
        user = mentioned_user(url)
        link = link_or_none(url)
        if user is not None:
            self._add("text_mention", opened, length, {"user_id": user})
        elif link is not None:
            self._add("text_link", opened, length, {"url": link})

    def _close_time(self, opened: _Open, length: int) -> None:
        unix = opened.attributes.get("unix", "")
        if not unix.isdecimal():
            raise MarkupError("Invalid date specified")
        extra: dict[str, Any] = {"unix_time": int(unix)}
        if opened.attributes.get("format"):
            extra["date_time_format"] = opened.attributes["format"]
        self._add("date_time", opened, length, extra)

    def _close_verbatim(self, opened: _Open, length: int) -> None:
        """`pre` around `code` with a language (or the other way round) over the same text is one block."""
        css = opened.attributes.get("class", "")
        language = css.removeprefix("language-") if opened.tag == "code" and css.startswith("language-") else ""
        last = self.spans[-1] if self.spans else None
        if last is not None and (last.offset, last.length) == (opened.offset, length):
            if opened.tag == "pre" and last.kind == "code" and last.extra:
                last.kind = "pre"
                return
            if opened.tag == "code" and last.kind == "pre" and not last.extra and language:
                last.extra = {"language": language}
                return
        self._add(opened.tag, opened, length, {"language": language} if language else None)

    def _add(self, kind: str, opened: _Open, length: int, extra: dict[str, Any] | None = None) -> None:
        self.spans.append(Span(kind, opened.offset, length, extra or {}))


def parse_html(text: str) -> tuple[str, list[Span]]:
    """The plain text and its stretches; raises MarkupError."""
    return _Html(text).parse()
