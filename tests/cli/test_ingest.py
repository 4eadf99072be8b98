"""`ingest`: read, store, announce if asked; twice is the same as once."""

from pathlib import Path

import pytest

from tests.cli.conftest import MORNING, Run, digest_text

READER = '{"chat_id": 1}\n'


def test_the_second_time_nothing_is_new(digestbot: Run, digests: Path) -> None:
    first = digestbot("ingest", digests, "--json").json
    second = digestbot("ingest", digests, "--json").json
    assert [(report["verdict"], report["stored"]) for report in first] == [("accept", "new")] * 2
    assert [(report["verdict"], report["stored"]) for report in second] == [("skip", "unchanged")] * 2
    assert [report["digest"] for report in second] == [None, None]


def test_a_broken_file_stops_no_other_and_is_listed_until_it_is_mended(digestbot: Run, digests: Path) -> None:
    (digests / "broken.md").write_text("---\n", encoding="utf-8")
    answer = digestbot("ingest", digests)
    assert answer.code == 1
    assert answer.err == "3 files: 2 new, 1 reject\n"
    (stats,) = digestbot("stats", "--json").json
    assert stats["digests"] == 2
    assert stats["quarantine"][0]["file"] == f"{digests}/broken.md"
    assert "broken.md:1: " in digestbot("stats").out
    (digests / "broken.md").write_text(
        digest_text("标题 - 作者 | https://example.org | 正文。", date="2025-11-27T08:00:00Z")
    )
    assert digestbot("ingest", digests).code == 0
    assert digestbot("stats", "--json").json[0]["quarantine"] == []


def test_a_corrected_file_is_an_update(digestbot: Run, digests: Path) -> None:
    digestbot("ingest", digests)
    (digests / "morning.md").write_text(MORNING.replace("六个", "七个"), encoding="utf-8")
    answer = digestbot("ingest", digests, "--json")
    assert [report["stored"] for report in answer.json] == ["unchanged", "updated"]
    assert "七个" in digestbot("search", "评测").out


@pytest.mark.parametrize(("flags", "backlog"), [((), 0), (("--announce",), 2)])
def test_readers_get_what_is_announced_and_nothing_else(
    digestbot: Run, digests: Path, home: Path, flags: tuple[str, ...], backlog: int
) -> None:
    (home / "readers.jsonl").write_text(READER, encoding="utf-8")
    digestbot("subscribers", "import", "readers.jsonl")
    digestbot("ingest", digests, *flags)
    (stats,) = digestbot("stats", "--json").json
    assert (stats["backlog"], stats["oldest_pending"] is not None) == (backlog, backlog > 0)


def test_a_file_that_cannot_be_read_stops_no_other(digestbot: Run, digests: Path) -> None:
    (digests / "gone.md").symlink_to(digests / "nowhere.md")
    answer = digestbot("ingest", digests)
    assert (answer.code, answer.err) == (1, "3 files: 2 new, 1 reject\n")


def test_an_empty_folder_makes_no_database(digestbot: Run, home: Path) -> None:
    (home / "empty").mkdir()
    assert digestbot("ingest", "empty").code == 2
    assert not (home / "data").exists()
