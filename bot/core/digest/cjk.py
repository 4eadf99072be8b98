"""What makes Chinese and Japanese text different to Markdown and to a typesetter: which characters need no spaces, and
emphasis next to them. CommonMark's flanking rule leaves `**70%**的` with visible asterisks; ours does not.
"""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

# ideographs, kana, CJK punctuation and full-width forms; Hangul is left out, Korean is written with spaces
_WIDE = (
    "\u2e80-\u303e\u3041-\u312f\u31a0-\u31ff\u3200-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f\uffe0-\uffe6"
    "\U00016fe0-\U00018cff\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_CJK = re.compile(f"[{_WIDE}]")
# marks shared with Latin text that Chinese text sets without spaces around them
_CJK_OR_QUOTE = re.compile(f"[{_WIDE}“”‘’…—·]")
# the characters our inline rules react to; markdown-it's own list has a dozen more, for plugins, and stops at each
_TERMINATORS = re.compile(r"[\n!&*<\[\]\\_`~]")


def is_cjk(character: str) -> bool:
    """Whether a character belongs to Chinese or Japanese writing, punctuation included."""
    return _CJK.match(character) is not None


def joiner(before: str, after: str) -> str:
    """What a line break inside a paragraph becomes between these two characters: a space, or nothing."""
    if not before or not after or before.isspace() or after.isspace():
        return ""
    wide_before, wide_after = _CJK_OR_QUOTE.match(before), _CJK_OR_QUOTE.match(after)
    if wide_before and wide_after:
        return ""
    # full-width punctuation carries its own space
    if (wide_before and not before.isalnum() and is_cjk(before)) or (
        wide_after and not after.isalnum() and is_cjk(after)
    ):
        return ""
    return " "


class _State(StateInline):
    """markdown-it's inline state with the flanking rule of CJK text."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803  # the overridden name
        """Whether the run of markers at `start` can open and can close: CommonMark's rule, except that a CJK neighbour
        allows what a space or punctuation would allow, and CJK punctuation counts as a letter."""
        end, marker = start, self.src[start]
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        space_before, space_after = _is_space(before), _is_space(after)
        mark_before, mark_after = _is_mark(before), _is_mark(after)
        opens = not space_after and (not mark_after or space_before or mark_before or is_cjk(before))
        closes = not space_before and (not mark_before or space_after or mark_after or is_cjk(after))
        if canSplitWord:
            return Scanned(opens, closes, end - start)
        can_open = opens and (not closes or mark_before or is_cjk(before))
        can_close = closes and (not opens or mark_after or is_cjk(after))
        return Scanned(can_open, can_close, end - start)


class _Inline(ParserInline):
    """markdown-it's inline parser over the state above."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """As in markdown-it; there is no other seam to put a state in."""
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _is_space(character: str) -> bool:
    return isWhiteSpace(ord(character))


def _is_mark(character: str) -> bool:
    return (isMdAsciiPunct(ord(character)) or isPunctChar(character)) and not is_cjk(character)


def _unchanged(url: str) -> str:
    return url


def _any_link(_: str) -> bool:
    return True


@cache  # it holds rules and nothing of what it reads; to build one takes longer than to read a small digest
def markdown() -> MarkdownIt:
    """The parser for digests: CommonMark with tables and strikethrough, CJK-aware, links as written (judged later)."""
    parser = MarkdownIt("commonmark")
    parser.inline = _Inline()
    parser.inline.terminator_re = _TERMINATORS
    parser.configure("commonmark", {"html": True, "maxNesting": 20}).enable(["table", "strikethrough"])
    # instance attributes are markdown-it's documented way to replace these
    parser.normalizeLink = _unchanged  # type: ignore[method-assign]
    parser.normalizeLinkText = _unchanged  # type: ignore[method-assign, assignment]
    parser.validateLink = _any_link  # type: ignore[method-assign, assignment]
    return parser
