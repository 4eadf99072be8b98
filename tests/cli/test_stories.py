"""Stories in the terminal."""

from pathlib import Path

import pytest

from tests.cli.conftest import HEAD, Run

LINK = "https://example.org/post/lark-3"


@pytest.fixture
def retold(digestbot: Run, home: Path) -> Run:
    """The command line over an archive in which one story is told twice."""
    folder = home / "files"
    folder.mkdir()
    for hour, title in (("08", "青岚开源 Lark 3"), ("12", "A model for one card")):
        head = HEAD.format(title=f"2025.11.26.{hour}", date=f"2025-11-26T{hour}:00:03+08:00")
        other = f"1. [另一件事{hour} - Bo](https://example.org/post/other-{hour})\n    各不相同的内容。\n\n"
        text = f"{head}\n{other}2. [{title} - Ana]({LINK})\n    正文。\n"
        (folder / f"{hour}.md").write_text(text, encoding="utf-8")
    assert digestbot("ingest", "files").code == 0
    return digestbot


PLACES = [
    {"digest": "2025-11-26T08:00:00+08:00", "number": 2},
    {"digest": "2025-11-26T12:00:00+08:00", "number": 2},
]


def test_stories_are_listed_one_a_line(retold: Run) -> None:
    (story,) = retold("stories", "--json").json
    assert set(story) == {"story", "items"}
    assert story["items"] == PLACES
    assert isinstance(story["story"], int)
    shown = retold("stories")
    assert shown.code == 0
    assert "2025-11-26 08:00 #2, 2025-11-26 12:00 #2" in shown.out


@pytest.mark.parametrize(
    ("since", "found"),
    [("2025-11-26", 1), ("2025-11-26T12:00", 1), ("2025-11-27", 0), ("0001-01-01", 1), ("2025年11月26日", 1)],
)
def test_since_asks_when_a_story_was_last_told(retold: Run, since: str, found: int) -> None:
    assert len(retold("stories", "--json", "--since", since).json) == found


def test_a_wrong_date_is_wrong_use(retold: Run) -> None:
    answer = retold("stories", "--since", "someday")
    assert answer.code == 2
    assert "someday" in answer.err


def test_an_archive_without_repeats_has_no_stories(digestbot: Run) -> None:
    answer = digestbot("stories", "--json")
    assert (answer.code, answer.out) == (0, "")


def test_rebuilding_finds_the_same_stories(retold: Run) -> None:
    assert retold("stories", "--rebuild", "--json").json == retold("stories", "--json").json
