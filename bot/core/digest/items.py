"""From the entries of an outline to items: the headline's parts, the body, and — once all headlines are known — who
wrote what. Apart from the outline, because it looks inside lines, and from naming, because it knows the whole digest.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.core.digest.cjk import joiner
from bot.core.digest.decoding import clean, normalise
from bot.core.digest.headline import HEADLINE_READ, first_sentence, lone_link, named_below, take_apart, with_plain_links
from bot.core.digest.markup import MarkupReader
from bot.core.digest.naming import Cut, Evidence, base_name, clearly_divided, cuts, divide
from bot.core.digest.outline import Entry
from bot.core.digest.problems import Problems, short
from bot.core.digest.writer import MAX_BODY_CHARACTERS
from bot.core.links import handle_of, host_of
from bot.core.model import Item, RichText

MAX_HEADLINE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before its headline is divided. `line` counts from 1 in the file; `author` only if it stood apart;
    `account` is the handle behind the link, else its site."""

    number: int | None
    line: int
    headline: str
    url: str | None
    body: RichText
    author: str | None = None
    account: str | None = None


def read_drafts(
    entries: Sequence[Entry], lines: Sequence[str], reader: MarkupReader, *, first_line: int, problems: Problems
) -> list[Draft]:
    """Reads each entry; one with nothing to show is left out with a warning. `first_line` is the file's line of
    `lines[0]`."""
    drafts: list[Draft] = []
    for entry in entries:
        draft = _read_draft(entry, lines, reader, first_line=first_line, problems=problems)
        if draft is not None:
            drafts.append(draft)
    return drafts


def _read_draft(
    entry: Entry, lines: Sequence[str], reader: MarkupReader, *, first_line: int, problems: Problems
) -> Draft | None:
    line = entry.line + first_line
    text, below = _headline_lines(entry, lines)
    parts = take_apart(text, reader, line, problems)
    raw = _body_text(lines[below : entry.end], entry.offset) if entry.body is None else entry.body
    raw = with_plain_links(raw)
    if parts.url is None:
        url, raw = lone_link(raw, reader)
        parts = replace(parts, url=url)
    if not parts.author and not entry.author and clearly_divided(cuts(parts.title[:HEADLINE_READ]))[0] is None:
        author, raw = named_below(raw)
        parts = replace(parts, author=author)
    if parts.rest:
        raw = f"{parts.rest}\n\n{raw}" if raw else parts.rest
    body, dropped = _read_body(raw, reader, line + 1, problems)
    title = _one_line(parts.title)
    if not title:
        title, body = _title_from(body, parts.url)
        problems.add("item-without-title", line, "an item has no headline")
        if not title:
            return None
    if len(title) > MAX_HEADLINE_CHARACTERS:
        problems.add(
            "headline-too-long", line, f"a headline has {len(title)} characters; {MAX_HEADLINE_CHARACTERS} are kept"
        )
        title = title[: MAX_HEADLINE_CHARACTERS - 1].rstrip() + "…"
    if parts.url is None and not parts.dropped and not dropped:
        problems.add("item-without-link", line, f"no link in the headline “{short(title)}”")
    if not body.text:
        problems.add("item-without-body", line, f"no text below “{short(title)}”")
    author = parts.author or (_one_line(entry.author)[:MAX_HEADLINE_CHARACTERS] if entry.author else None)
    return Draft(entry.number, line, title, parts.url, body, author, _account(parts.url))


def _one_line(text: str) -> str:
    return " ".join(normalise(clean(text)).split())


def _headline_lines(entry: Entry, lines: Sequence[str]) -> tuple[str, int]:
    """The headline's Markdown and the first line below it: the next line with text when the marker stands alone,
    more lines while a link's bracket is open."""
    text, below = entry.headline, entry.line + 1
    while not text and below < entry.end:
        text, below = lines[below].strip(), below + 1
    joined = 0
    while "[" in text and joined < 3 and below < entry.end and lines[below].strip() and _is_open(text):
        more = lines[below].strip()
        text, below, joined = f"{text}{joiner(text[-1], more[0])}{more}", below + 1, joined + 1
    return text, below


def _is_open(text: str) -> bool:
    if len(text) > HEADLINE_READ:
        return False
    return (text.count("[") > text.count("]") and "](" not in text) or text.endswith("](")


def _body_text(lines: Sequence[str], offset: int) -> str:
    """The body's Markdown without its indent. A line less indented than the others stays in the paragraph."""
    first = next((line for line in lines if line.strip()), "")
    depth = max(len(first) - len(first.lstrip(" \t\u3000\xa0")), offset)
    return "\n".join(_outdented(line, depth) for line in lines).strip("\n")


def _outdented(line: str, depth: int) -> str:
    if not line or line[0] not in " \t\u3000\xa0":
        return line
    if "\t" in line[: depth + 1]:
        line = line.expandtabs(4) if len(line) < MAX_BODY_CHARACTERS else line
    head = line[:depth]
    return head.lstrip(" \t\u3000\xa0") + line[depth:].lstrip("\u3000\xa0")


def _read_body(raw: str, reader: MarkupReader, line: int, problems: Problems) -> tuple[RichText, bool]:
    """The body, and whether a link of it was dropped."""
    if len(raw) > MAX_BODY_CHARACTERS:
        problems.add("body-too-long", line, f"a body has {len(raw):,} characters; {MAX_BODY_CHARACTERS:,} are kept")
        raw = raw[:MAX_BODY_CHARACTERS]
    if not raw:
        return RichText(), False
    body, dropped = reader.body(raw)
    for url in dropped[:3]:
        problems.add("link-dropped", line, f"“{short(url)}” is not an http or https link; its text was kept")
    return body, bool(dropped)


def _title_from(body: RichText, url: str | None) -> tuple[str, RichText]:
    """A stand-in for a missing headline: the beginning of the body, else the link's site."""
    if body.text:
        title, _ = first_sentence(body.text.split("\n", 1)[0])
        return _one_line(title), body
    return (host_of(url) or "" if url else ""), body


def finish(
    drafts: Sequence[Draft], known_authors: Mapping[str, Collection[str]], problems: Problems
) -> tuple[Item, ...]:
    """Divides all headlines, each with the help of the others, and settles the numbers."""
    places = [() if draft.author else cuts(draft.headline) for draft in drafts]
    evidence = _gather(drafts, places, known_authors)
    numbers = _numbers(drafts, problems)
    items: list[Item] = []
    nameless: list[Draft] = []
    for draft, number, cut in zip(drafts, numbers, places, strict=True):
        title, author = draft.headline, draft.author
        if not author:
            title, author = divide(title, evidence(draft.account), cut)
        if author is None:
            nameless.append(draft)
        items.append(Item(number, title, author, draft.url, draft.body))
    if nameless and 2 * len(nameless) < len(drafts):
        for draft in nameless:
            problems.add("item-without-author", draft.line, f"no author in the headline “{short(draft.headline)}”")
    return tuple(items)


class _Gathered:
    """What all headlines together teach: names by account and the digest's style. Called with an item's account."""

    def __init__(self, names: Mapping[str, Collection[str]], *, spaced: bool, unspaced: bool) -> None:
        # once for each account: one account may stand behind every item of a large file
        self._evidence = {
            account: Evidence(account, frozenset(map(base_name, known)), style_spaced=spaced, style_unspaced=unspaced)
            for account, known in names.items()
        }
        self._spaced, self._unspaced = spaced, unspaced

    def __call__(self, account: str | None) -> Evidence:
        known = self._evidence.get(account) if account else None
        return known or Evidence(account, style_spaced=self._spaced, style_unspaced=self._unspaced)


def _account(url: str | None) -> str | None:
    return (handle_of(url) or host_of(url)) if url else None


def _gather(
    drafts: Sequence[Draft], places: Sequence[Sequence[Cut]], known_authors: Mapping[str, Collection[str]]
) -> _Gathered:
    names: defaultdict[str, set[str]] = defaultdict(set)
    spaced = unspaced = 0
    for draft, cut in zip(drafts, places, strict=True):
        author, is_spaced = (draft.author, False) if draft.author else clearly_divided(cut)
        if account := draft.account:
            if account in known_authors:
                names[account].update(known_authors[account])
            # a site has many authors, an account one or two
            if author and "." not in account:
                names[account].add(author)
        if author and not draft.author:
            spaced, unspaced = spaced + is_spaced, unspaced + (not is_spaced)
    return _Gathered(
        names,
        spaced=spaced >= 2 and spaced > 3 * unspaced and 2 * spaced > len(drafts),
        unspaced=unspaced >= 2 and unspaced > spaced,
    )


def _numbers(drafts: Sequence[Draft], problems: Problems) -> Sequence[int]:
    """The written numbers when they rise, else positions; all `1.` is an idiom of Markdown and no fault."""
    written = [draft.number for draft in drafts]
    given = [number for number in written if number is not None]
    if len(given) == len(written) and all(a < b for a, b in pairwise(given)):
        return given
    if len(set(given)) > 1 and len(given) == len(written):
        fall = next(index for index, (a, b) in enumerate(pairwise(given)) if b <= a) + 1
        problems.add(
            "item-numbers-restart",
            drafts[fall].line,
            f"number {given[fall]} follows {given[fall - 1]}; items are numbered by position",
        )
    return range(1, len(written) + 1)
