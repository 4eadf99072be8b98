"""A short piece of a text around the words that were searched, with the places of those words in it."""

from collections.abc import Iterable, Sequence

from bot.core.query import Term
from bot.core.tokens import Placed, joins, placed_tokens

ELLIPSIS = "…"
_SENTENCE_ENDS = frozenset("。！？!?；;\n")
_JOINER = "\u200d"

Stretch = tuple[int, int]


def hits(text: str, terms: Iterable[Term]) -> list[Stretch]:
    """Where `terms` occur in `text` (code points, end exclusive), in order, overlapping ones merged."""
    placed = placed_tokens(text)
    where: dict[str, list[int]] = {}
    for place, token in enumerate(placed):
        where.setdefault(token.token, []).append(place)
    found = sorted({stretch for term in terms for stretch in _term_hits(placed, where, term)})
    merged: list[Stretch] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _term_hits(placed: Sequence[Placed], where: dict[str, list[int]], term: Term) -> Iterable[Stretch]:
    size = len(term.tokens)
    if term.prefix and size == 1:
        starts = [k for token, places in where.items() if token.startswith(term.tokens[0]) for k in places]
    else:
        starts = where.get(term.tokens[0], [])
    for first in starts:
        got = [token.token for token in placed[first : first + size]]
        if len(got) < size or got[:-1] != list(term.tokens[:-1]):
            continue
        if got[-1] == term.tokens[-1]:
            yield placed[first].start, placed[first + size - 1].end
        elif term.prefix and got[-1].startswith(term.tokens[-1]):
            # Only the first character of a bigram was asked for; the next token begins with the second one.
            yield placed[first].start, placed[first + size].start


def snippet(text: str, terms: Sequence[Term], width: int) -> tuple[str, tuple[Stretch, ...]]:
    """At most `width` characters of `text` around the first hit (or from its start), cut at sentences where that
    costs little and never inside a Latin word or a composed character, with an ellipsis where something is left out;
    and the stretches of the hits in what is returned. Line breaks become blanks."""
    flat = "".join(" " if character.isspace() else character for character in text)
    found = hits(flat, terms)
    if len(flat) <= width:
        return flat, tuple(found)
    start, end = _window(text, flat, found[0] if found else (0, 0), max(width, 3))
    lead = ELLIPSIS if start else ""
    tail = ELLIPSIS if end < len(flat) else ""
    shift = len(lead) - start
    spans = ((max(a, start) + shift, min(b, end) + shift) for a, b in found if a < end and b > start)
    return lead + flat[start:end] + tail, tuple(spans)


def _window(text: str, flat: str, hit: Stretch, width: int) -> Stretch:
    room = width - 2 * len(ELLIPSIS)
    start = _opening(text, hit, room)
    end = min(len(flat), start + room)
    if end == len(flat):  # near the end: show more of what comes before instead
        start = max(0, min(start, _border_after(flat, end - room)))
    else:
        end = _closing(text, flat, max(hit[1], start + 1), end)
    while start < hit[0] and flat[start] == " ":
        start += 1
    return start, end


def _opening(text: str, hit: Stretch, room: int) -> int:
    """Where to begin: at the start of the hit's sentence if that leaves room for what follows, else shortly before."""
    begin = hit[0]
    while begin > 0 and not _ends_sentence(text, begin - 1):
        begin -= 1
    if hit[1] - begin <= room * 2 // 3:
        return begin
    return min(hit[0], _border_after(text, max(begin, hit[0] - room // 3)))


def _closing(text: str, flat: str, least: int, most: int) -> int:
    """Where to end: after the last sentence that ends in the second half of what fits, else at the last border."""
    for end in range(most, max(least, (least + most) // 2), -1):
        if _ends_sentence(text, end - 1):
            return end
    for end in range(most, least, -1):
        if _is_border(flat, end):
            return end
    return most


def _ends_sentence(text: str, place: int) -> bool:
    if text[place] in _SENTENCE_ENDS:
        return True
    return text[place] == "." and text[place + 1 : place + 2].isspace()


def _border_after(text: str, place: int) -> int:
    place = max(0, place)
    return next((k for k in range(place, min(len(text), place + 24)) if _is_border(text, k)), place)


def _is_border(text: str, place: int) -> bool:
    """Whether a text may be cut before the character at `place`."""
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    inside_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
    return not (inside_word or joins(after) or before == _JOINER)
