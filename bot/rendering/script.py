"""Simplified and Traditional: content as its reader wants it written. Apart from `i18n`, whose texts are written twice
by hand, because digests are converted by dictionary (OpenCC) and their formatting must survive that.
"""

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.core.model import RichText, Script, Span, SpanKind

if TYPE_CHECKING:
    from opencc import OpenCC

# Towards Taiwan's characters and words (software, network, mouse …). The other way only characters change: a text
# that is Simplified already must come out untouched.
_CONFIGURATIONS: Final = {Script.HANT: "s2twp", Script.HANS: "t2s"}
# Words that OpenCC's table turns into a programmer's term although news mean them plainly (a model's parameters are no
# function arguments, a record that is broken is not reloaded).
_PLAIN: Final = {
    "参数": "參數",
    "发布": "發布",
    "声明": "聲明",
    "进程": "進程",
    "循环": "循環",
    "局部": "局部",
    "全局": "全域",
    "权限": "權限",
    "扩展": "擴展",
    "刷新": "刷新",
    "对象": "對象",
    "实例": "實例",
}
_PLAIN_WORDS: Final = re.compile("(" + "|".join(_PLAIN) + ")")
_HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA: Final = re.compile("[\u3040-\u30ff]")  # Japanese keeps its own characters
_LITERAL: Final = frozenset({SpanKind.CODE, SpanKind.PRE})
_KEPT: Final = 2048  # converted strings remembered: titles and paragraphs of the last digests


class ScriptConverter:
    """Converts plain and rich text. Costly to make ready (dictionaries are loaded at the first use), so one object is
    shared; it remembers what it converted last."""

    def __init__(self) -> None:
        self._converters: dict[Script, OpenCC] = {}
        self._seen: dict[tuple[Script, str], str] = {}

    def text(self, text: str, script: Script) -> str:
        """A plain text in a script; the length may change. Japanese and texts without Han characters stay."""
        if not _HAN.search(text) or _KANA.search(text):
            return text
        key = (script, text)
        if key not in self._seen:
            while len(self._seen) >= _KEPT:
                # Two threads may reach the same oldest entry; the second finds it gone.
                self._seen.pop(next(iter(self._seen)), None)
            self._seen[key] = self._convert(text, script)
        return self._seen[key]

    def rich(self, rich: RichText, script: Script) -> RichText:
        """A rich text in a script. It is converted piece by piece between the borders of its spans, because a
        conversion may change the length of what it converts; code stays as it is."""
        if not _HAN.search(rich.text) or _KANA.search(rich.text):
            return rich
        size = len(rich.text)
        borders = sorted(
            {0, size, *(min(max(0, edge), size) for span in rich.spans for edge in (span.start, span.end))}
        )
        literal = bytearray(size)
        for span in rich.spans:
            if span.kind in _LITERAL:
                literal[max(0, span.start) : span.end] = b"\1" * len(literal[max(0, span.start) : span.end])
        moved = {0: 0}
        pieces: list[str] = []
        for start, end in pairwise(borders):
            piece = rich.text[start:end]
            pieces.append(piece if literal[start] else self.text(piece, script))
            moved[end] = moved[start] + len(pieces[-1])
        spans = tuple(
            Span(span.kind, moved[min(max(0, span.start), size)], moved[min(max(0, span.end), size)], span.url)
            for span in rich.spans
        )
        return RichText("".join(pieces), spans)

    def _convert(self, text: str, script: Script) -> str:
        if script not in self._converters:
            # Loaded with the first conversion: many installations never need it, and it is 3 MB.
            from opencc import OpenCC

            self._converters[script] = OpenCC(_CONFIGURATIONS[script])
        convert = self._converters[script].convert
        if script is Script.HANS:
            return str(convert(text))
        return "".join(_PLAIN.get(piece) or str(convert(piece)) for piece in _PLAIN_WORDS.split(text) if piece)
