"""`check`: what is wrong with files, and nothing stored."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import MORNING, Run, digest_text


def test_good_files_are_accepted_and_nothing_is_stored(digestbot: Run, digests: Path, home: Path) -> None:
    answer = digestbot("check", digests)
    assert answer.code == 0
    assert answer.out.splitlines() == [
        f"{digests}/evening.md: accept, 2 items",
        f"{digests}/morning.md: accept, 2 items",
    ]
    assert answer.err == "2 files: 2 accept\n"
    assert not (home / "data").exists()


def test_json_has_the_form_of_the_contract(digestbot: Run, digests: Path) -> None:
    _, morning = digestbot("check", digests, "--json").json
    assert morning == {
        "file": f"{digests}/morning.md",
        "verdict": "accept",
        "problems": [],
        "digest": {
            "slot": "2025-11-26T08:00:00+08:00",
            "title": "Digest",
            "date": "2025-11-26T08:00:00+08:00",
            "window_hours": None,
            "categories": ["AI Models", "行业动态"],
            "items": [
                {
                    "number": 1,
                    "title": "开放模型的新一轮评测",
                    "author": "merve",
                    "url": "https://x.com/mervenoyann/status/1",
                    "body": "评测比较了六个开放权重的模型，结论并不意外。",
                    "topics": morning["digest"]["items"][0]["topics"],
                },
                {
                    "number": 2,
                    "title": "Chip prices fall again",
                    "author": "Ann Lee",
                    "url": "https://example.org/chips",
                    "body": "Prices of accelerators fell for the third month.",
                    "topics": morning["digest"]["items"][1]["topics"],
                },
            ],
        },
    }
    assert "models" in morning["digest"]["items"][0]["topics"]


def test_the_form_json_is_the_same_as_the_flag(digestbot: Run, digests: Path) -> None:
    assert digestbot("check", digests, "--format", "json").out == digestbot("check", digests, "--json").out


def test_a_broken_file_among_good_ones_is_reported_with_line_and_reason(digestbot: Run, digests: Path) -> None:
    (digests / "broken.md").write_text("---\ntitle: x\ntitle: y\n---\n", encoding="utf-8")
    answer = digestbot("check", digests)
    assert answer.code == 1
    assert f"{digests}/broken.md: reject" in answer.out
    assert f"{digests}/broken.md:3: error: " in answer.out
    assert "[front-matter-duplicate-key]" in answer.out
    assert answer.out.count(": accept, ") == 2
    assert answer.err == "3 files: 2 accept, 1 reject\n"


def test_a_file_that_cannot_be_read_is_reported_like_any_other(digestbot: Run, digests: Path) -> None:
    (digests / "gone.md").symlink_to(digests / "nowhere.md")
    answer = digestbot("check", digests, "--json")
    assert answer.code == 1
    assert [report["verdict"] for report in answer.json] == ["accept", "reject", "accept"]
    assert answer.json[1]["problems"] == [
        {
            "line": 1,
            "severity": "error",
            "code": "unreadable",
            "message": "the file cannot be read: No such file or directory",
        }
    ]


def test_a_link_out_of_the_folder_is_not_followed(digestbot: Run, digests: Path, home: Path) -> None:
    (home / "outside.md").write_text(MORNING, encoding="utf-8")
    (digests / "link.md").symlink_to(home / "outside.md")
    answer = digestbot("check", digests)
    assert answer.code == 1
    assert "no plain file inside the folder" in answer.out


def test_a_warning_is_told_and_refuses_nothing(digestbot: Run, home: Path) -> None:
    (home / "a.md").write_text(digest_text("标题 - 作者 | javascript:x | 正文。"), encoding="utf-8")
    answer = digestbot("check", "a.md")
    assert answer.code == 0
    assert "a.md: accept-with-warning, 1 items" in answer.out
    assert ": warning: " in answer.out


def test_annotations_for_github(digestbot: Run, home: Path) -> None:
    (home / "a,b.md").write_text("---\ntitle: 100%\ntitle: y\n---\n", encoding="utf-8")
    answer = digestbot("check", "a,b.md", "--format", "github")
    assert answer.code == 1
    assert answer.out.startswith("::error file=a%2Cb.md,line=3,title=front-matter-duplicate-key::")
    assert answer.err == ""


@pytest.mark.parametrize("path", ["nothing", "nothing.md"])
def test_a_path_that_is_not_there_is_wrong_use(digestbot: Run, path: str) -> None:
    answer = digestbot("check", path)
    assert (answer.code, answer.out, answer.err) == (2, "", f"digestbot: {path}: no such file or folder\n")


def test_an_empty_folder_is_wrong_use(digestbot: Run, home: Path) -> None:
    (home / "empty").mkdir()
    answer = digestbot("check", "empty")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("digestbot: empty: no digest files (.md, .markdown) there")
    assert answer.err.count("\n") == 1


def test_a_single_file_may_have_any_name(digestbot: Run, home: Path) -> None:
    (home / "digest.txt").write_text(MORNING, encoding="utf-8")
    assert digestbot("check", "digest.txt").out == "digest.txt: accept, 2 items\n"


def test_a_name_that_is_no_text_is_shown_as_well_as_may_be(digestbot: Run, digests: Path) -> None:
    Path(os.fsdecode(bytes(digests) + b"/\xff.md")).write_text(MORNING, encoding="utf-8")
    answer = digestbot("check", digests, "--json")
    assert answer.code == 0
    assert answer.json[-1]["file"] == f"{digests}/\ufffd.md"


def test_a_date_without_a_zone_is_read_in_the_operators(
    digestbot: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "a.md").write_text(MORNING.replace("+08:00\n", "\n"), encoding="utf-8")
    assert digestbot("check", "a.md", "--json").json[0]["digest"]["slot"] == "2025-11-26T08:00:00+08:00"
    monkeypatch.setenv("DIGESTBOT_TIMEZONE", "Europe/Berlin")
    assert digestbot("check", "a.md", "--json").json[0]["digest"]["slot"] == "2025-11-26T08:00:00+01:00"


def test_topics_come_from_the_operators_file_if_there_is_one(digestbot: Run, digests: Path, home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "topics.toml").write_text("[[topics]\n", encoding="utf-8")
    answer = digestbot("check", digests)
    assert answer.code == 2
    assert answer.err.startswith("digestbot: data/topics.toml: ")
    assert answer.err.count("\n") == 1


def test_the_samples_that_come_with_the_program_are_spotless(digestbot: Run) -> None:
    answer = digestbot("check", Path(__file__).parents[2] / "data" / "digests", "--json")
    assert len(answer.json) >= 8
    assert [(report["verdict"], report["problems"]) for report in answer.json] == [("accept", [])] * len(answer.json)
