"""Reading a digest: bytes in, a Reading out, and never an exception. Pure and linear in the size of the input; the
steps live in the modules beside this one: decoding, front_matter, metadata, outline, tables, markup, items, naming.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.core.digest.decoding import decode
from bot.core.digest.front_matter import FrontMatter, read_front_matter
from bot.core.digest.items import finish, read_drafts
from bot.core.digest.marks import references
from bot.core.digest.markup import MarkupReader
from bot.core.digest.metadata import Metadata, is_draft, read_metadata, window_of
from bot.core.digest.outline import Outline, outline
from bot.core.digest.problems import (
    MAX_FILE_BYTES,
    MAX_FRONT_MATTER_BYTES,
    MAX_ITEMS,
    PROBLEM_CODES,
    Problems,
    RefusedError,
)
from bot.core.model import Digest, Item, Reading, Verdict

__all__ = ["MAX_FILE_BYTES", "MAX_FRONT_MATTER_BYTES", "MAX_ITEMS", "PROBLEM_CODES", "read_digest", "window_of"]

_NOBODY: Mapping[str, Collection[str]] = MappingProxyType({})


def read_digest(data: bytes, *, time_zone: ZoneInfo, known_authors: Mapping[str, Collection[str]] = _NOBODY) -> Reading:
    """Reads one digest file.

    `time_zone` is for dates that name none. `known_authors` maps lower-case account handles to names seen before;
    they decide where a headline with several hyphens is divided. Any bytes are safe: what cannot be read is a verdict.
    """
    problems = Problems()
    try:
        digest, draft = _read(data, time_zone, known_authors, problems)
    except RefusedError:
        return Reading(Verdict.REJECT, problems.all(), None)
    if problems.fatal:
        return Reading(Verdict.REJECT, problems.all(), None)
    if draft:
        return Reading(Verdict.SKIP, problems.all(), None)
    found = problems.all()
    return Reading(Verdict.ACCEPT_WITH_WARNING if found else Verdict.ACCEPT, found, digest)


def _read(
    data: bytes, time_zone: ZoneInfo, known_authors: Mapping[str, Collection[str]], problems: Problems
) -> tuple[Digest | None, bool]:
    """The digest (None when refused or a draft), and whether it is a draft."""
    front = read_front_matter(decode(data, problems), problems)
    if is_draft(front, problems):
        problems.add("draft", front.line_of("draft"), "marked as a draft; it is published once that mark is gone")
        return None, True
    metadata = read_metadata(front, time_zone, problems)
    if metadata is None:
        return None, False
    lines = _unquoted(front.body.split("\n"))
    plan = outline(lines)
    if len(plan.entries) > MAX_ITEMS:
        problems.add(
            "too-many-items", front.body_line, f"{len(plan.entries):,} items; a digest has at most {MAX_ITEMS:,}"
        )
        raise RefusedError
    items = _read_items(plan, lines, front, known_authors=known_authors, problems=problems)
    if not items:
        line = front.body_line + next((number for number, text in enumerate(lines) if text.strip()), 0)
        problems.add(
            "no-items", line, "no items here; write each as `1. [title - author](https://…)` with its text below"
        )
        return None, False
    return _digest(metadata, front, plan, items=items, problems=problems), False


def _unquoted(lines: list[str]) -> list[str]:
    """A digest that stands in a block quote as a whole, without its marks."""
    if all(line.startswith(">") or not line.strip() for line in lines):
        return [line[1:].removeprefix(" ") for line in lines]
    return lines


def _read_items(
    plan: Outline,
    lines: list[str],
    front: FrontMatter,
    *,
    known_authors: Mapping[str, Collection[str]],
    problems: Problems,
) -> tuple[Item, ...]:
    reader = MarkupReader(references(lines))
    drafts = read_drafts(plan.entries, lines, reader, first_line=front.body_line, problems=problems)
    if reader.exhausted:
        problems.add(
            "markup-too-dense", front.body_line, "too much markup; the last part of the file was read as plain text"
        )
    if plan.stray and drafts:
        message = f"{len(plan.stray)} lines from here on belong to no item and are not shown"
        problems.add("text-outside-items", plan.stray[0] + front.body_line, message)
    return finish(drafts, known_authors, problems)


def _digest(
    metadata: Metadata, front: FrontMatter, plan: Outline, *, items: tuple[Item, ...], problems: Problems
) -> Digest:
    title = metadata.title
    if not title:
        title = (plan.heading or "").strip("# ")[:300] or _named_after(metadata.date)
        problems.add("title-missing", front.line_of("title"), f"there is no title; “{title}” is shown instead")
    return Digest(
        slot=metadata.date.replace(second=0, microsecond=0),
        title=title,
        date=metadata.date,
        window_hours=metadata.window_hours,
        categories=metadata.categories,
        items=items,
    )


def _named_after(date: datetime) -> str:
    return date.strftime("%Y.%m.%d.%H")
