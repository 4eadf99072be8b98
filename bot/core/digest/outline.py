"""Where the items of a digest begin and end, found by one pass over its lines before any Markdown is parsed. Apart from
the parsing, because publishers number, bullet and head their items in many ways, and because this keeps reading linear.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.digest.marks import DEFINITION, RULE, Mark, MarkKind, scan
from bot.core.digest.tables import Row, table_rows

_LINK_FIRST = re.compile(r"[*_ ]*(?:\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]\s?(?:[(\[]|$)|<?https?://)")
_BOLD_LED = re.compile(r"(?:[^\w\s\x00-\x7f]{1,6}\s*)?(?:\*\*|__)")
_BOLD_LINE = re.compile(r"(?P<mark>\*\*|__)(?=\S)[^*_\n]{2,160}(?P=mark)[ \t\\]*")
_WORDS_OF_A_BULLET = 12  # characters; shorter bullets are lists of names


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as lines: the headline as written and the lines below it, `[line + 1, end)`, counted from 0. A row of
    a table brings its author and its body along."""

    line: int
    number: int | None
    headline: str
    offset: int
    end: int
    author: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """The entries in order, the first heading above them, and the lines of text that belong to no entry."""

    entries: tuple[Entry, ...]
    heading: str | None
    stray: tuple[int, ...]


def outline(lines: Sequence[str]) -> Outline:
    """Finds the entries of a digest's lines in whatever form it uses; none when it uses none we know."""
    marks = scan(lines)
    heading = next((mark.rest for mark in marks if mark.kind is MarkKind.HEADING and mark.rest), None)
    chosen = _choose(marks, lines)
    rows = _rows(lines) if sum(mark.linked for mark in chosen) < 3 else []
    if len(rows) >= max(2, sum(mark.linked for mark in chosen) + 1):
        return _of_rows(rows, heading, lines)
    if not chosen:
        return Outline((), heading, ())
    starts = {mark.line for mark in chosen}
    headings = {mark.line for mark in marks if mark.kind is MarkKind.HEADING}
    ends = _ends(marks, chosen)
    entries: list[Entry] = []
    stray: list[int] = []
    before = 0
    indented = _bodies_are_indented(chosen, lines)
    for index, mark in enumerate(chosen):
        stray += _text_lines(lines, before, mark.line)
        limit = chosen[index + 1].line if index + 1 < len(chosen) else len(lines)
        end = min(ends.get(mark.line, limit), limit)
        if indented and index + 1 == len(chosen):
            end = _before_outro(lines, mark, end)
        entries.append(Entry(mark.line, mark.number, mark.rest, mark.offset, end))
        before = end
    stray += _text_lines(lines, before, len(lines))
    stray = [line for line in stray if line not in headings]
    if heading is not None and any(mark.rest == heading and mark.line in starts for mark in chosen):
        heading = None
    return Outline(tuple(entries), heading, tuple(stray))


def _rows(lines: Sequence[str]) -> list[Row]:
    if not any("|" in line and "-" in line for line in lines):
        return []
    return table_rows(lines)


def _of_rows(rows: Sequence[Row], heading: str | None, lines: Sequence[str]) -> Outline:
    entries = tuple(Entry(row.line, None, row.headline, 0, row.line + 1, row.author, row.body) for row in rows)
    stray = [line for line in _text_lines(lines, 0, len(lines)) if "|" not in lines[line] and lines[line][:1] != "#"]
    return Outline(entries, heading, tuple(stray))


def _choose(marks: Sequence[Mark], lines: Sequence[str]) -> list[Mark]:
    """The marks that begin items, in the form this digest uses."""
    headings = [mark for mark in marks if mark.kind is MarkKind.HEADING]
    numbers = [mark for mark in marks if mark.kind is MarkKind.NUMBER]
    bullets = _one_kind([mark for mark in marks if mark.kind is MarkKind.BULLET], lines)
    links = [mark for mark in marks if mark.kind is MarkKind.LINK and mark.linked and mark.indent <= 3]
    linked_numbers = [mark for mark in numbers if mark.linked]
    titled = _titled_headings(headings)
    top_bullets = _top_level([mark for mark in bullets if mark.linked and _begins_with_link(mark.rest)])
    prose = bool(titled) and _mostly_followed_by_prose(titled, marks, lines)
    if titled and (prose or not (linked_numbers or (not titled[0].linked and len(top_bullets) >= len(titled)))):
        return _with_untitled(titled, headings, marks, lines)
    found = numbered_items(numbers)
    if titled := _sections(headings, top_bullets or links, marks, lines):
        return titled
    if linked_numbers and 3 * len(found) >= max(len(top_bullets), len(links)):
        return found
    if len(found) >= 2 and found[0].line < min((mark.line for mark in (*top_bullets, *links)), default=len(lines)):
        return found
    if top_bullets or links:
        return links if len(links) > len(top_bullets) else _with_unlinked(top_bullets, bullets, marks)
    return found or _plain_forms(headings, bullets, marks, lines)


def _one_kind(bullets: Sequence[Mark], lines: Sequence[str]) -> list[Mark]:
    """Bullets without the dashes that only mark who said a quotation."""
    real = [mark for mark in bullets if lines[mark.line].lstrip()[:1] not in "–—"]
    return real or list(bullets)


def _sections(
    headings: Sequence[Mark], found: Sequence[Mark], marks: Sequence[Mark], lines: Sequence[str]
) -> list[Mark]:
    """The headings over prose when the only links are a few in one place, such as where to subscribe."""
    if not found or len(found) > 4 or (len(found) > 1 and _parted(headings, found[0].line, found[-1].line)):
        return []
    sections = [mark for mark, prose in _followed_by_prose(headings, marks, lines) if prose]
    enough = 2 if len(found) == 1 else 2 * len(found)
    return _plain_forms(headings, (), marks, lines) if len(sections) >= max(2, enough) else []


def _parted(some: Sequence[Mark], first: int, last: int) -> bool:
    return any(first < mark.line < last for mark in some)


def _plain_forms(
    headings: Sequence[Mark], bullets: Sequence[Mark], marks: Sequence[Mark], lines: Sequence[str]
) -> list[Mark]:
    """Bold-led bullets, then bullets with a link anywhere or an address below, then headings over prose, then bullets
    of some length: headlines without a link."""
    bold = _top_level([mark for mark in bullets if _BOLD_LED.match(mark.rest)])
    if len(bold) >= 2:
        return bold
    somewhere = _top_level([mark for mark in bullets if mark.linked or _address_below(mark, lines)])
    # where the links are bullets below bullets, the upper ones are the items
    above = _top_level(bullets)
    if somewhere and above and somewhere[0].indent > above[0].indent + 1 and 2 * len(above) <= 3 * len(somewhere):
        somewhere = above
    if len(somewhere) >= 2:
        return somewhere
    with_text = [mark for mark, prose in _followed_by_prose(headings, marks, lines) if prose]
    levels = Counter(mark.level for mark in with_text)
    level = max(levels, key=lambda level: (levels[level], level), default=0)
    chosen = [mark for mark in with_text if mark.level == level]
    plain = _top_level([mark for mark in bullets if len(mark.rest) >= _WORDS_OF_A_BULLET])
    return chosen if len(chosen) >= 2 else plain if len(plain) >= 3 else _bold_lines(lines)


def _bold_lines(lines: Sequence[str]) -> list[Mark]:
    """Lines that are bold from end to end, alone above their text: headlines of word processors."""
    if any(line.startswith(("```", "~~~")) for line in lines):
        return []
    found = [
        Mark(index, MarkKind.HEADING, 0, 0, line.strip(), linked=False, level=6)
        for index, line in enumerate(lines)
        if line.startswith(("**", "__"))
        and _BOLD_LINE.fullmatch(line[:400])
        and not (index and lines[index - 1].strip())
    ]
    over_text = [mark for mark, prose in _followed_by_prose(found, found, lines) if prose]
    return over_text if len(over_text) >= 2 else []


def _address_below(mark: Mark, lines: Sequence[str]) -> bool:
    below = lines[mark.line + 1] if mark.line + 1 < len(lines) else ""
    return bool(below.strip()) and _tells_nothing(below)


def _titled_headings(headings: Sequence[Mark]) -> list[Mark]:
    """Headings that are items: linked ones, else numbered ones, all of one level."""
    titled = [mark for mark in headings if mark.linked] or [mark for mark in headings if mark.number is not None]
    if not titled:
        return []
    levels = Counter(mark.level for mark in titled)
    level = max(levels, key=lambda level: (levels[level], level))
    return [mark for mark in headings if mark.level == level and (mark.linked or mark.number is not None)]


def _with_untitled(
    titled: Sequence[Mark], headings: Sequence[Mark], marks: Sequence[Mark], lines: Sequence[str]
) -> list[Mark]:
    """Headings over prose between those that are items are items without a link."""
    if not titled[0].linked:
        return list(titled)
    first, last, level = _first_of_group(titled, headings), titled[-1].line, titled[0].level
    between = [mark for mark in headings if mark.level == level and (first < mark.line < last or " - " in mark.rest)]
    ends = [mark for mark in marks if mark.kind in (MarkKind.HEADING, MarkKind.RULE)]
    prose = {mark.line for mark, prose in _followed_by_prose(between, ends, lines) if prose}
    lines_of_items = {mark.line for mark in titled} | prose
    return [mark for mark in headings if mark.line in lines_of_items]


def _first_of_group(titled: Sequence[Mark], headings: Sequence[Mark]) -> int:
    """The line of the heading under which the first titled heading stands; that heading's own line when the items are
    of the upper levels, where an introduction is headed like an item, or numbered."""
    first = titled[0]
    if first.level < 3 or any(mark.number is not None for mark in titled):
        return first.line
    above = [mark.line for mark in headings if mark.line < first.line and mark.level < first.level]
    return above[-1] if above else first.line


def _followed_by_prose(some: Sequence[Mark], marks: Sequence[Mark], lines: Sequence[str]) -> list[tuple[Mark, bool]]:
    """For each mark, whether the next line that is not blank is text rather than another mark."""
    marked = {mark.line for mark in marks}
    result: list[tuple[Mark, bool]] = []
    for mark in some:
        line = mark.line + 1
        while line < len(lines) and line < mark.line + 6 and not lines[line].strip():
            line += 1
        result.append((mark, line < len(lines) and bool(lines[line].strip()) and line not in marked))
    return result


def _mostly_followed_by_prose(some: Sequence[Mark], marks: Sequence[Mark], lines: Sequence[str]) -> bool:
    verdicts = _followed_by_prose(some, marks, lines)
    return 2 * sum(prose for _, prose in verdicts) >= len(verdicts)


def _begins_with_link(rest: str) -> bool:
    return _LINK_FIRST.match(rest[:1000]) is not None


def _top_level(marks: Sequence[Mark]) -> list[Mark]:
    base = min((mark.indent for mark in marks), default=0)
    return [mark for mark in marks if mark.indent <= base + 1] if base <= 3 else []


def _with_unlinked(linked: Sequence[Mark], bullets: Sequence[Mark], marks: Sequence[Mark]) -> list[Mark]:
    """Bullets without a link in the lists that have one, and between them, are items too."""
    base, first = min(mark.indent for mark in linked), linked[0].line
    bold = [mark.line for mark in bullets if mark.linked and mark.rest.startswith("**") and mark.indent <= base + 1]
    first = min([first, *bold])
    breaks = [mark.line for mark in marks if mark.kind in (MarkKind.HEADING, MarkKind.RULE) and mark.line < first]
    since = max(breaks, default=first)
    return [mark for mark in bullets if mark.indent <= base + 1 and mark.line >= since]


def numbered_items(numbers: Sequence[Mark]) -> list[Mark]:
    """The numbered lines that begin items; a numbered list inside a body is told by its indent, or by starting again
    without links while the items have some."""
    linked = [mark for mark in numbers if mark.linked]
    base = min((mark.indent for mark in linked or numbers), default=0)
    same = len(linked) >= 2 and len({mark.number for mark in linked}) == 1
    items: list[Mark] = []
    run = -1  # the last number of a list inside a body, while one is open
    for mark in numbers:
        if not items:
            if mark.indent <= base + (3 if mark.linked else 0):
                items.append(mark)
            continue
        if _is_item(mark, items[-1], base=base, style_linked=bool(linked), same=same, run=run):
            items.append(mark)
            run = -1
        elif not mark.linked and mark.indent <= base:
            run = mark.number or 0
    return items


def _is_item(mark: Mark, previous: Mark, *, base: int, style_linked: bool, same: bool, run: int) -> bool:
    number, last = mark.number or 0, previous.number or 0
    if mark.indent >= previous.offset:
        return False
    if mark.indent > base and not (mark.linked and number == last + 1):
        return mark.indent <= base + 1 and mark.linked
    if mark.linked or not style_linked or (same and number == last):
        return True
    return number > last and not (run >= 0 and number == run + 1)


def _ends(marks: Sequence[Mark], chosen: Sequence[Mark]) -> dict[int, int]:
    """For each item's line, the line of the first heading or rule after it that ends it before the next item."""
    starts = {mark.line for mark in chosen}
    last, level = chosen[-1].line, chosen[0].level or 7
    ends: dict[int, int] = {}
    current: Mark | None = None
    for mark in marks:
        if mark.line in starts:
            current = mark
        elif current is None or (current.level and mark.kind is MarkKind.RULE and current.line != last):
            continue  # under a heading, all text up to the next one belongs to it
        elif _breaks(mark, current, level):
            ends.setdefault(current.line, mark.line)
    return ends


def _breaks(mark: Mark, item: Mark, level: int) -> bool:
    inside = item.kind in (MarkKind.NUMBER, MarkKind.BULLET) and mark.indent >= min(item.offset, 2) > 0
    if inside:
        return False
    return mark.kind is MarkKind.RULE or (mark.kind is MarkKind.HEADING and mark.level <= level)


def _bodies_are_indented(chosen: Sequence[Mark], lines: Sequence[str]) -> bool:
    """Whether most first lines of bodies are indented: then text at the margin is not a body."""
    if chosen[0].kind not in (MarkKind.NUMBER, MarkKind.BULLET):
        return False
    indented = plain = 0
    for mark in chosen:
        line = mark.line + 1
        while line < len(lines) and line < mark.line + 4 and _tells_nothing(lines[line]):
            line += 1
        if line < len(lines) and line < mark.line + 4:
            deep = lines[line].startswith(("  ", "\t", "\u3000", " "))
            indented, plain = indented + deep, plain + (not deep)
    return indented > plain


def _tells_nothing(line: str) -> bool:
    """Whether a line says nothing about where bodies begin: it is blank, or an address on its own."""
    text = line.strip()
    return not text or (text.startswith(("http://", "https://", "<http")) and " " not in text)


def _before_outro(lines: Sequence[str], mark: Mark, end: int) -> int:
    """Where the last item ends: before text at the margin that follows a blank line and an indented body."""
    seen_body = blank = False
    for line in range(mark.line + 1, end):
        text = lines[line]
        if not text.strip():
            blank = True
        elif text[0] in " \t\u3000":
            seen_body, blank = True, False
        elif blank and seen_body:
            return line
        else:
            seen_body, blank = True, False
    return end


def _text_lines(lines: Sequence[str], start: int, end: int) -> list[int]:
    """The lines of prose in a stretch that belongs to no item: no headings, rules, definitions or lone markup."""
    return [
        line
        for line in range(start, end)
        if (text := lines[line].strip())
        and not RULE.match(text[:400])
        and not DEFINITION.match(lines[line])
        and not (text.startswith("<!--") and text.endswith("-->"))
    ]
