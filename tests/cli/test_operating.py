"""What an operator asks and does."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

READERS = '{"chat_id": 1}\n{"chat_id": 2, "state": "paused"}\n{"chat_id": 3, "state": "blocked"}\n'


def test_stats_of_an_empty_archive(digestbot: Run) -> None:
    assert digestbot("stats", "--json").json == [
        {
            "digests": 0,
            "items": 0,
            "subscribers": {"active": 0, "paused": 0, "blocked": 0},
            "last_digest": None,
            "deliveries": {},
            "backlog": 0,
            "oldest_pending": None,
            "failures": {},
            "quarantine": [],
        }
    ]


def test_stats_tell_what_there_is(archive: Run, home: Path) -> None:
    (home / "r.jsonl").write_text(READERS)
    archive("subscribers", "import", "r.jsonl")
    (stats,) = archive("stats", "--json").json
    assert (stats["digests"], stats["items"]) == (2, 4)
    assert stats["subscribers"] == {"active": 1, "paused": 1, "blocked": 1}
    assert stats["last_digest"] == {"slot": "2025-11-26T20:00:00+08:00", "title": "Evening"}
    lines = archive("stats").out.splitlines()
    assert lines[:3] == [
        "digests      2 with 4 items",
        "last digest  2025-11-26 20:00 +0800 Evening",
        "subscribers  1 active, 1 paused, 1 blocked",
    ]


def test_topics_are_explained(digestbot: Run) -> None:
    answer = digestbot("topics", "test", "智能体", "学会了等待", "--json")
    best = answer.json[0]
    assert (best["topic"], best["chosen"]) == ("agents", True)
    assert any(reason["word"] == "智能体" for reason in best["evidence"])
    assert digestbot("topics", "test", "智能体").out.startswith("* agents ")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("机器人 -- 芯片", {"机器人": "title", "芯片": "body"}),
        ("机器人。芯片", {"机器人": "title", "芯片": "body"}),
        ("机器人\n芯片。", {"机器人": "title", "芯片": "body"}),
        ("Anthropic 2.0 dance. 芯片", {"芯片": "body"}),
        ("机器人和芯片", {"机器人": "title", "芯片": "title"}),
    ],
)
def test_a_topics_test_reads_title_and_body(digestbot: Run, text: str, places: dict[str, str]) -> None:
    answer = digestbot("topics", "test", text, "--json")
    found = {reason["word"]: reason["where"] for topic in answer.json for reason in topic["evidence"]}
    assert {word: found.get(word) for word in places} == places


def test_a_changed_topics_file_labels_the_archive_anew(archive: Run, home: Path) -> None:
    assert archive("topics", "retag").err == "0 items have other topics now\n"
    shipped = (Path(__file__).parents[2] / "data" / "topics.toml").read_text(encoding="utf-8")
    changed = shipped.replace('strong = [\n    "机器人",', 'strong = [\n    "等待", "挂起", "机器人",')
    (home / "data" / "topics.toml").write_text(changed, encoding="utf-8")
    assert archive("topic", "robotics", "--json").json == []
    answer = archive("topics", "retag")
    assert (answer.code, answer.out, answer.err) == (0, "", "1 items have other topics now\n")
    assert [item["title"] for item in archive("topic", "robotics", "--json").json] == ["智能体学会了等待"]
    (home / "data" / "topics.toml").unlink()
    archive("topics", "retag")
    assert archive("topic", "robotics", "--json").json == []


def test_a_rebuilt_index_finds_the_same(archive: Run) -> None:
    before = archive("search", "模型", "--json").out
    assert archive("db", "reindex").err == "4 items are indexed\n"
    assert archive("search", "模型", "--json").out == before


def test_a_database_is_made_where_there_is_none(digestbot: Run, home: Path) -> None:
    assert digestbot("db", "upgrade").code == 0
    assert (home / "data" / "digestbot.db").exists()


@pytest.mark.parametrize("command", [("deliver", "--once"), ("run",)])
def test_a_server_that_cannot_be_reached_is_one_clear_line(
    archive: Run, digests: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DIGESTBOT_TOKEN", "123456:" + "a" * 35)
    monkeypatch.setenv("DIGESTBOT_API_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DIGESTBOT_DIGESTS", str(digests))
    monkeypatch.setenv("DIGESTBOT_LOG_LEVEL", "ERROR")
    answer = archive(*command)
    assert answer.code == 2
    assert "http://127.0.0.1:1" in answer.err
    assert "Traceback" not in answer.err
