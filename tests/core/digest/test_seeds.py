"""The two real digests come out exactly; the expectation is taken from them by an independent, simpler reading."""

import re
from hashlib import sha256

import pytest

from bot.core.model import SpanKind, Verdict
from tests.core.digest.reading import reading_of, seed

FIRST, SECOND = "2025-08-28-00.md", "2025-11-26-08.md"
_ITEM = re.compile(r"^(\d+)\.\s+\[(.+?) ?- ?([^-\]]+)\]\((\S+)\)\n+ +(.+)$", re.MULTILINE)


def _expected(text: str) -> list[tuple[int, str, str, str, str]]:
    found = _ITEM.findall(text)
    return [(int(n), title, author, url, body.replace("**", "")) for n, title, author, url, body in found]


@pytest.mark.parametrize(("name", "count"), [(FIRST, 8), (SECOND, 14)])
def test_every_item_comes_out_exactly(name: str, count: int) -> None:
    data = seed(name)
    reading = reading_of(data)

    assert reading.verdict is Verdict.ACCEPT
    assert reading.problems == ()
    assert reading.digest is not None
    read = [(item.number, item.title, item.author, item.url, item.body.text) for item in reading.digest.items]
    assert len(read) == count
    assert read == _expected(data.decode())


@pytest.mark.parametrize(("name", "count"), [(FIRST, 25), (SECOND, 17)])
def test_every_bold_span_survives_at_its_place(name: str, count: int) -> None:
    data = seed(name)
    digest = reading_of(data).digest

    assert digest is not None
    bold = [
        item.body.text[span.start : span.end]
        for item in digest.items
        for span in item.body.spans
        if span.kind is SpanKind.BOLD
    ]
    assert len(bold) == count
    assert bold == re.findall(r"\*\*(.+?)\*\*", data.decode())


def test_authors_of_both_seeds() -> None:
    digests = [reading_of(seed(name)).digest for name in (FIRST, SECOND)]

    authors = [item.author for digest in digests if digest for item in digest.items]
    assert authors == [
        "Demis Hassabis 等", "merve 等", "Emad", "merve", "宝玉", "Emad", "clem 🤗", "Karen Hao",
        "merve", "Peter H. Diamandis, MD", "Peter H. Diamandis, MD", "向阳乔木", "宝玉", "Peter H. Diamandis, MD",
        "Gary Marcus", "clem 🤗", "clem 🤗", "Emad", "Gary Marcus", "Gary Marcus", "Peter H. Diamandis, MD", "向阳乔木",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "slot", "date", "categories"),
    [
        (FIRST, "2025-08-28T00:00:00+08:00", "2025-08-28T00:00:14+08:00", 4),
        (SECOND, "2025-11-26T08:00:00+08:00", "2025-11-26T08:00:07+08:00", 5),
    ],
)
def test_front_matter_of_the_seeds(name: str, slot: str, date: str, categories: int) -> None:
    digest = reading_of(seed(name)).digest

    assert digest is not None
    assert (digest.slot.isoformat(), digest.date.isoformat()) == (slot, date)
    assert digest.window_hours == 4
    assert len(digest.categories) == categories


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_no_character_of_a_body_is_changed(name: str) -> None:
    data = seed(name)
    digest = reading_of(data).digest

    assert digest is not None
    read = "".join(item.body.text for item in digest.items)
    written = "".join(line[4:] for line in data.decode().splitlines() if line.startswith("    ")).replace("**", "")
    assert sha256(read.encode()).hexdigest() == sha256(written.encode()).hexdigest()
