"""Everything that can be wrong with a digest file: the stable codes, how bad each is, and the collector that reading
fills. Apart from reading itself, because the README's reference and the linter are held to this table by tests.
"""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from bot.core.model import ParseProblem, Severity
from bot.errors import DigestbotError

MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_FRONT_MATTER_BYTES = 64 * 1024
MAX_LINES = 400_000
MAX_ITEMS = 25_000
PROBLEMS_SHOWN_PER_CODE = 20

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

PROBLEM_CODES: Mapping[str, tuple[Severity, str]] = MappingProxyType(
    {
        # the file
        "file-too-large": (_ERROR, "The file is larger than 8 MiB."),
        "too-many-lines": (_ERROR, "The file has more lines than any digest."),
        "not-utf-8": (_ERROR, "The text is not UTF-8; the message says what it looks like."),
        "file-empty": (_ERROR, "There is nothing in the file."),
        "invisible-characters": (_WARNING, "Control, bidirectional or zero-width characters were removed."),
        # the front matter
        "front-matter-missing": (_ERROR, "The file does not begin with front matter between --- or +++ lines."),
        "front-matter-unclosed": (_ERROR, "The front matter is opened but never closed."),
        "front-matter-too-large": (_ERROR, "The front matter is larger than 64 KiB."),
        "front-matter-invalid": (
            _ERROR,
            "The front matter is not valid YAML or TOML, or not a list of keys and values.",
        ),
        "front-matter-duplicate-key": (_ERROR, "A key stands twice in the front matter."),
        "front-matter-tag": (_ERROR, "The front matter uses a YAML tag that is not plain data."),
        "front-matter-bomb": (_ERROR, "The front matter nests or repeats itself beyond all use."),
        "date-missing": (_ERROR, "The front matter has no date, and the title carries no slot to stand in for it."),
        "date-invalid": (_ERROR, "The date is not a date, or lies outside the years 1990 to 2100."),
        "date-from-title": (_WARNING, "There is no date; the slot in the title was taken instead."),
        "date-disagrees-with-title": (_WARNING, "The title carries another slot than the date; the date wins."),
        "title-missing": (_WARNING, "There is no title; the first heading or the date stands in for it."),
        "title-too-long": (_WARNING, "The title is longer than 300 characters and was cut."),
        "categories-odd": (_WARNING, "Categories that are not plain short text were left out, or there were too many."),
        "window-invalid": (_WARNING, "The window_hours are not a whole number from 1 to 744 and were ignored."),
        "draft-unclear": (_WARNING, "The draft mark is neither true nor false and was taken for false."),
        "draft": (_WARNING, "The digest is marked as a draft and is skipped until it is not one."),
        # the items
        "no-items": (_ERROR, "No items were found where they were expected."),
        "too-many-items": (_ERROR, "The file has more items than any digest (25,000)."),
        "item-without-title": (
            _WARNING,
            "An item has no headline; its body or link stands in for it, or it was left out.",
        ),
        "item-without-link": (_WARNING, "An item's headline links to nothing."),
        "item-without-body": (_WARNING, "An item has a headline but no text."),
        "item-without-author": (_WARNING, "An item names no author although most items of this digest do."),
        "item-numbers-restart": (_WARNING, "The numbers restart or go backwards; items were numbered by position."),
        "headline-too-long": (_WARNING, "A headline is longer than 500 characters and was cut."),
        "headline-link-mended": (_WARNING, "A headline's link is not valid Markdown but could be understood."),
        "link-dropped": (_WARNING, "A link that is not http or https was dropped; its text was kept."),
        "body-too-long": (_WARNING, "A body is longer than 32,768 characters and was cut."),
        "markup-too-dense": (_WARNING, "There is so much markup that the rest was read as plain text."),
        "text-outside-items": (_WARNING, "Text before, between or after the items belongs to none and is not shown."),
    }
)


class Problems:
    """Collects problems while one file is read; alive for that reading only."""

    def __init__(self) -> None:
        self._found: list[ParseProblem] = []
        self._counts: Counter[str] = Counter()
        self._first_hidden: dict[str, int] = {}

    def add(self, code: str, line: int, message: str) -> None:
        """Notes a problem; after `PROBLEMS_SHOWN_PER_CODE` of one code the others are only counted."""
        self._counts[code] += 1
        if self._counts[code] <= PROBLEMS_SHOWN_PER_CODE:
            self._found.append(ParseProblem(max(line, 1), PROBLEM_CODES[code][0], code, message))
        else:
            self._first_hidden.setdefault(code, line)

    @property
    def fatal(self) -> bool:
        """Whether anything noted so far refuses the file."""
        return any(problem.severity is Severity.ERROR for problem in self._found)

    def all(self) -> tuple[ParseProblem, ...]:
        """The problems by line, and one line for those of a code beyond the first twenty."""
        rest = [
            ParseProblem(
                max(line, 1),
                PROBLEM_CODES[code][0],
                code,
                f"and {self._counts[code] - PROBLEMS_SHOWN_PER_CODE} more of this kind from here on",
            )
            for code, line in self._first_hidden.items()
        ]
        return tuple(sorted([*self._found, *rest], key=lambda problem: problem.line))


def short(text: str) -> str:
    """The beginning of a text, for a message."""
    return text if len(text) <= 40 else text[:39] + "…"


class RefusedError(DigestbotError):
    """Ends reading early: the problem is already noted. Never leaves this package."""
