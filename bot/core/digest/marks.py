"""The lines of a digest that may begin or end an item, found by their looks alone. Apart from the outline, which weighs
them against each other.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class MarkKind(StrEnum):
    """What a line looks like that may begin an item."""

    NUMBER = "number"
    HEADING = "heading"
    BULLET = "bullet"
    LINK = "link"  # a line that is one link
    RULE = "rule"  # a thematic break: ends an item, begins none


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that may begin or end an item. `offset` is the column where its content starts, `rest` that content."""

    line: int
    kind: MarkKind
    indent: int
    offset: int
    rest: str
    linked: bool
    number: int | None = None
    level: int = 0


_FENCE = re.compile(r"(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
RULE = re.compile(r"(?:-[ \t]*){3,}$|(?:\*[ \t]*){3,}$|(?:_[ \t]*){3,}$|(?:=[ \t]*){3,}$|[—－─━＊·•～~]{3,}$")
_HEADING = re.compile(r"(#{1,6})(?!#)([ \t\u3000\xa0]*)")
_NUMBER = re.compile(
    r"(?P<open>\*\*|__)?(?:"
    r"[（(\[【]\s?(?P<a>[0-9０-９]{1,9})\s?(?:[)）】]|\](?![(\[（:]))"
    r"|(?P<b>[0-9０-９]{1,9})(?:\\?[.)](?![0-9０-９])|[．、）。])(?![0-9０-９])"
    r"|(?P<c>(?:[0-9]\ufe0f?\u20e3)+|\U0001f51f)"
    r"|(?P<d>[\u2460-\u2473\u2776-\u277f])[.、]?"
    r")(?(open)(?P<close>\*\*|__)?|)(?P<gap>[ \t\u3000\xa0]*)(?P<rest>.*)$"
)
_BULLET = re.compile(r"(?:[-*+•‣◦▪●○■◆▶►➤]|[-–—](?=\s))(?P<gap>[ \t\u3000\xa0]+)(?P<rest>\S.*)$")
_TASK = re.compile(r"\A\[[ xX]\]\s+(?=\S)")
_ORDINAL = re.compile(r"\A(?:[一二三四五六七八九十]{1,3}[、．]|[（(][一二三四五六七八九十]{1,3}[）)])\s*(?=\S)")
# what may stand before a line's only link: an ordinal that is no number to us, or a few signs such as emoji
_BEFORE_LINK = re.compile(
    r"(?:(?P<ordinal>[一二三四五六七八九十]{1,3}[、．.]|[（(][一二三四五六七八九十]{1,3}[）)]|[IVX]{1,5}[.)]|[A-Za-z][.)]|"
    r"(?:[Nn]o\.\s?|[Nn]r\.\s?|№\s?|#|第)\d{1,3}(?:[条條则則篇])?[.、:：]?|\d{1,3}[/／])|[^\w\s\x00-\x7f、。，：；（）【】《》「」—－–]{1,6})"
    r"\s*(?=[*_]{0,2}\[)"
)
_SAYS_NOTHING = re.compile(
    r"[*_]{0,2}\[\s?(?:阅读|閱讀|原文|查看|来源|來源|出处|链接|鏈接|连结|详情|詳情|点击|read|more|link|source|via|original|full)",
    re.IGNORECASE,
)
_BULLET_SIGNS = frozenset("-*+•‣◦▪●○■◆▶►➤–—")
_LINKED = re.compile(r"\]\s?\((?!#)|\]\[|https?://|\[[^\[\]]{1,200}\]\s*$|<a\s", re.IGNORECASE)
_BRACKET = re.compile(r"[\[\]]")
DEFINITION = re.compile(r" {0,3}\[(?P<label>[^\]\n]{1,300})\]:[ \t]*<?(?P<url>[^\s<>]+)>?[ \t]*(?:[\"'(].*)?$")
_HEADLINE_LOOKED_AT = 2000  # characters of a line within which a link is looked for
_YEARS = range(1900, 2100)
_SOFT = frozenset("「『“‘《〈（(【[*_\"'<!")


def references(lines: Sequence[str]) -> dict[str, str]:
    """The link reference definitions (`[1]: https://…`) of a whole file; items are parsed apart and need them all."""
    found: dict[str, str] = {}
    for line in lines:
        if "]:" in line and (match := DEFINITION.match(line)):
            found.setdefault(match["label"], match["url"])
    return found


def scan(lines: Sequence[str]) -> list[Mark]:
    """All lines that may begin or end an item; lines inside fenced code never do."""
    marks: list[Mark] = []
    fence: tuple[str, int] | None = None
    opened = blind = -1
    index = 0
    while index < len(lines):
        line = lines[index]
        content = line.lstrip(" \t\u3000\xa0")
        if content:
            indent = _width(line, len(line) - len(content))
            if fence is not None and not _left_behind(content, indent, fence):
                fence = None if content.startswith(fence[0]) and not content.strip(fence[0][0] + " \t") else fence
            elif content[0] in "`~" and index > blind and (match := _FENCE.match(content)):
                fence, opened = (match["fence"], indent), index
            elif (mark := _mark(index, indent, content)) is not None:
                fence = None
                marks.append(_underlined(mark, lines, marks))
        index += 1
        if index == len(lines) and fence is not None:
            # never closed: then it hides nothing, and no later fence is believed (one rescan at most)
            fence, index, blind = None, opened + 1, len(lines)
    return marks


def _left_behind(content: str, indent: int, fence: tuple[str, int]) -> bool:
    """Whether an item begins left of a fence that was opened inside an item and never closed."""
    return indent < min(fence[1], 2) and _NUMBER.match(content[:40]) is not None


def _underlined(mark: Mark, lines: Sequence[str], marks: Sequence[Mark]) -> Mark:
    """A rule right below a short line that stands alone is the underline of a heading."""
    sign = lines[mark.line].strip()[0]
    if mark.kind is not MarkKind.RULE or sign not in "=-" or mark.line == 0 or lines[mark.line].strip().strip(sign):
        return mark
    above = mark.line - 1
    text = lines[above].strip()
    alone = above == 0 or not lines[above - 1].strip()
    if not text or len(text) > 60 or text[-1] in "。.!！?？；;：:，," or not alone or lines[above][0] in " \t":
        return mark
    if marks and marks[-1].line == above:
        return mark
    return Mark(above, MarkKind.HEADING, 0, 0, text, linked=False, level=1 if sign == "=" else 2)


def _width(line: str, count: int) -> int:
    if "\t" not in line[:count]:
        return count
    return len(line[:count].expandtabs(4))


def _mark(index: int, indent: int, content: str) -> Mark | None:
    first = content[0]
    if first == "#" and not (content[1:2].isdecimal() and _BEFORE_LINK.match(content[:40])):
        return _heading_mark(index, indent, content)
    if indent <= 3 and first in "-*_=—－─━＊·•～~" and RULE.match(content[:400]) and len(content) <= 400:
        return Mark(index, MarkKind.RULE, indent, indent, "", linked=False)
    if (mark := _number_mark(index, indent, content)) is not None:
        return mark
    if first in _BULLET_SIGNS and (match := _BULLET.match(content)):
        offset = indent + 1 + min(len(match["gap"]), 4)
        rest = _TASK.sub("", match["rest"], count=1) if match["rest"][0] == "[" else match["rest"]
        return Mark(index, MarkKind.BULLET, indent, offset, rest, linked=_is_linked(rest))
    return _link_mark(index, indent, content)


def _link_mark(index: int, indent: int, content: str) -> Mark | None:
    if len(content) > 2 * _HEADLINE_LOOKED_AT or "[" not in content[:60]:
        return None
    whole = content
    if content[0] not in "[*_":
        before = _BEFORE_LINK.match(content[:60])
        if before is None or _SAYS_NOTHING.match(content, before.end()):
            return None
        content = content[before.end() :]
        whole = content if before["ordinal"] else whole
    if not _is_one_link(content):
        return None
    return Mark(index, MarkKind.LINK, indent, indent, whole, linked=_is_linked(whole))


def _heading_mark(index: int, indent: int, content: str) -> Mark | None:
    match = _HEADING.match(content) if indent <= 3 else None
    if match is None or (len(content) > match.end() and not match[2] and match[1] == "#"):
        return None  # `#word` is a hashtag
    level, rest = len(match[1]), content[match.end() :].strip()
    bare = rest.rstrip("#")
    rest = bare.rstrip() if not bare or bare[-1] in " \t" else rest
    numbered = _number_mark(index, indent, rest) if rest else None
    number = numbered.number if numbered else None
    rest = _ORDINAL.sub("", rest, count=1) if _is_linked(rest) else rest
    rest = numbered.rest if numbered else rest
    return Mark(index, MarkKind.HEADING, indent, 0, rest, linked=_is_linked(rest), number=number, level=level)


def _number_mark(index: int, indent: int, content: str) -> Mark | None:
    match = _NUMBER.match(content) if content[0] not in "-+" else None
    if match is None:
        return None
    number, ascii_marker = _number(match)
    rest, gap = match["rest"], match["gap"]
    if ascii_marker and rest and not gap and rest[0].isascii() and rest[0] not in _SOFT and not match["close"]:
        return None  # `1.x`, `3.days`: a word, not a marker
    if number in _YEARS and not _is_linked(rest):
        return None  # `2025. It was a good year.`
    offset = indent + match.start("gap") + (min(len(gap), 4) if rest else 1)
    if match["open"] and not match["close"]:
        rest = match["open"] + rest
    return Mark(index, MarkKind.NUMBER, indent, offset, rest.strip(), linked=_is_linked(rest), number=number)


def _number(match: re.Match[str]) -> tuple[int, bool]:
    if digits := match["a"] or match["b"]:
        # the full-width marks need no blank behind them
        return int(digits), match["b"] is not None and match.string[match.end("b")] in "\\.)"
    if keycaps := match["c"]:
        return int("".join(c for c in keycaps if c.isascii()) or 10), False
    return int(unicodedata.numeric(match["d"])), False


def _is_one_link(content: str) -> bool:
    """Whether a line is a single link, perhaps bold, perhaps with a hard break after it."""
    content = content.rstrip("\\ \t").strip("*_")
    if not content.startswith("[") or content[-1] not in ")]":
        return False
    depth = 0
    for match in _BRACKET.finditer(content):
        depth += 1 if match[0] == "[" else -1
        if depth == 0:
            target = content[match.end() :]
            return _is_target(target)
    return False


def _is_target(text: str) -> bool:
    """Whether this, behind a link's text, is its address or label and nothing more."""
    if text.startswith("("):
        return text.find(")") >= text.rfind("(")
    return text.startswith("[") and "]" not in text[:-1]


def _is_linked(rest: str) -> bool:
    return _LINKED.search(rest, 0, _HEADLINE_LOOKED_AT) is not None
