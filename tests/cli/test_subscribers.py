"""Subscribers in and out, as JSON Lines."""

import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

FULL: dict[str, Any] = {
    "chat_id": -1001234567890,
    "thread_id": 7,
    "kind": "supergroup",
    "title": "读者群 📰",
    "language": "zh-hant",
    "state": "paused",
    "since": "2025-11-22T08:00:00.000123Z",
    "preferences": {
        "style": "headlines",
        "script": "hant",
        "schedule": ["daily 08:00", "weekly MON 20:30"],
        "time_zone": "Asia/Taipei",
        "quiet": "22:00-07:00",
        "rich": True,
        "silent": True,
        "night": "silent",
        "min_items": 3,
        "per_message": 5,
        "link_preview": True,
        "repeats": "hide",
    },
    "rules": [
        {"action": "follow", "kind": "topic", "value": "models"},
        {"action": "mute", "kind": "author", "value": "@GaryMarcus"},
        {"action": "follow", "kind": "keyword", "value": "具身智能"},
        {"action": "mute", "kind": "host", "value": "example.org"},
        {"action": "follow", "kind": "category", "value": "AI Models"},
    ],
    "saved": ["2025-11-26T20:00:00+08:00#2", "2025-11-26T08:00:00+08:00#1"],
}


def take(digestbot: Run, *lines: object, name: str = "in.jsonl") -> Any:
    """Import these lines; objects are written as JSON."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    Path(name).write_text(text + "\n", encoding="utf-8")
    return digestbot("subscribers", "import", name)


def exported(digestbot: Run) -> list[Any]:
    return digestbot("subscribers", "export", "-").json


def test_what_is_exported_comes_in_again_unchanged(archive: Run, home: Path) -> None:
    assert take(archive, FULL, {"chat_id": 5}).err == "added 2, updated 0, refused 0\n"
    assert exported(archive)[0] == FULL
    assert archive("subscribers", "export", "one.jsonl").err == "exported 2\n"
    assert archive("subscribers", "import", "one.jsonl").err == "added 0, updated 2, refused 0\n"
    archive("subscribers", "export", "two.jsonl")
    assert (home / "one.jsonl").read_bytes() == (home / "two.jsonl").read_bytes()


def test_everything_moves_to_another_database(archive: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take(archive, FULL, {"chat_id": 5})
    archive("subscribers", "export", "one.jsonl")
    monkeypatch.setenv("DIGESTBOT_DATABASE_URL", f"sqlite:///{home}/other.db")
    answer = archive("subscribers", "import", "one.jsonl")
    assert answer.code == 0
    assert answer.err.splitlines()[1:] == ["2 bookmarks are of items that this archive does not hold"]
    assert exported(archive)[0] == {**FULL, "saved": []}


def test_only_the_chat_must_be_given(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_LANGUAGE", "en")
    assert take(archive, {"chat_id": 5}).code == 0
    (reader,) = exported(archive)
    assert (reader["kind"], reader["language"], reader["state"], reader["thread_id"]) == (
        "private",
        "en",
        "active",
        None,
    )
    assert reader["preferences"]["schedule"] == ["each"]
    assert (reader["rules"], reader["saved"]) == ([], [])


def test_what_a_line_leaves_out_or_leaves_open_stays(archive: Run) -> None:
    take(archive, FULL)
    place = {"chat_id": FULL["chat_id"], "thread_id": 7}
    open_fields = {"kind": None, "title": None, "since": None, "rules": None, "saved": None}
    take(archive, {**place, **open_fields, "preferences": {"quiet": None, "style": None}})
    (reader,) = exported(archive)
    assert reader == {**FULL, "preferences": {**FULL["preferences"], "quiet": None}}


def test_the_general_topic_of_a_forum_is_the_group_itself(archive: Run) -> None:
    take(archive, {"chat_id": -1001, "thread_id": 1})
    assert exported(archive)[0]["thread_id"] is None


def test_a_rule_may_name_a_topic_in_any_language_and_keeps_one_that_is_gone(archive: Run) -> None:
    rules = [{"action": "follow", "kind": "topic", "value": value} for value in ("智能体", "no-such-topic")]
    take(archive, {"chat_id": 5, "rules": rules})
    assert [rule["value"] for rule in exported(archive)[0]["rules"]] == ["agents", "no-such-topic"]


BAD: list[tuple[object, str]] = [
    ("not json", "the line is not JSON"),
    ("[" * 100_000, "the line is not JSON"),
    ("9" * 5_000, "the line is not JSON"),
    ("[1]", "the line is not an object"),
    ({}, "chat_id is missing"),
    ({"chat_id": None}, "chat_id is missing"),
    ({"chat_id": "5"}, "chat_id is not the number of a chat"),
    ({"chat_id": True}, "chat_id is not the number of a chat"),
    ({"chat_id": 0}, "chat_id is not the number of a chat"),
    ({"chat_id": 1 << 63}, "chat_id is not the number of a chat"),
    ({"chat_id": 5, "thread_id": -1}, "thread_id is not the number of a forum topic"),
    ({"chat_id": 5, "chatid": 6, "nick": ""}, "unknown field: chatid, nick"),
    ({"chat_id": 5, "kind": "robot"}, "kind is not one of private, group, supergroup, channel"),
    ({"chat_id": 5, "title": 5}, "title is not a text"),
    ({"chat_id": 5, "language": "fr"}, "language is not one of zh-hans, zh-hant, en"),
    ({"chat_id": 5, "state": ["active"]}, "state is not one of active, paused, blocked"),
    ({"chat_id": 5, "since": "2025-11-22"}, "since is not a time with its zone, such as 2026-11-22T08:00:00Z"),
    ({"chat_id": 5, "since": "soon"}, "since is not a time with its zone, such as 2026-11-22T08:00:00Z"),
    ({"chat_id": 5, "preferences": []}, "preferences is not an object"),
    ({"chat_id": 5, "preferences": {"colour": 1}}, "unknown field in preferences: colour"),
    ({"chat_id": 5, "preferences": {"style": "big"}}, "style is not one of full, folded, headlines"),
    ({"chat_id": 5, "preferences": {"script": 1}}, "script is not one of hans, hant"),
    ({"chat_id": 5, "preferences": {"schedule": "each"}}, "schedule is not a list"),
    (
        {"chat_id": 5, "preferences": {"schedule": ["each", "daily 24:00"]}},
        "schedule holds 'daily 24:00'; write each, daily HH:MM or weekly MON HH:MM",
    ),
    (
        {"chat_id": 5, "preferences": {"time_zone": "Mars/Base"}},
        "time_zone is no time zone; use an IANA name such as Asia/Shanghai",
    ),
    ({"chat_id": 5, "preferences": {"quiet": "22-7"}}, "quiet is not of the form HH:MM-HH:MM"),
    ({"chat_id": 5, "preferences": {"rich": 1}}, "rich is neither true nor false"),
    ({"chat_id": 5, "rules": {}}, "rules is not a list"),
    ({"chat_id": 5, "rules": ["models"]}, "a rule is not an object"),
    ({"chat_id": 5, "rules": [{"action": "follow"}]}, "a rule has no kind, value"),
    (
        {"chat_id": 5, "rules": [{"action": "like", "kind": "topic", "value": "x"}]},
        "a rule's action is not one of follow, mute",
    ),
    (
        {"chat_id": 5, "rules": [{"action": "mute", "kind": "word", "value": "x"}]},
        "a rule's kind is not one of topic, category, keyword, author, host",
    ),
    (
        {"chat_id": 5, "rules": [{"action": "mute", "kind": "host", "value": " "}]},
        "a rule's value is empty or longer than 200 characters",
    ),
    (
        {"chat_id": 5, "rules": [{"action": "mute", "kind": "host", "value": "x", "why": 1}]},
        "unknown field in a rule: why",
    ),
    (
        {"chat_id": 5, "saved": ["2025-11-26#x"]},
        "saved holds '2025-11-26#x'; write SLOT#NUMBER, such as 2025-11-26T08:00:00+08:00#4",
    ),
    (
        {"chat_id": 5, "saved": ["2025-11-26#1"]},
        "the time of a saved item is not a time with its zone, such as 2026-11-22T08:00:00Z",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "fault"), BAD, ids=[fault[:40] for _, fault in BAD])
def test_a_bad_line_is_named_and_the_others_are_taken(archive: Run, line: object, fault: str) -> None:
    answer = take(archive, {"chat_id": 1}, line, {"chat_id": 2})
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [f"in.jsonl:2: {fault}", "added 2, updated 0, refused 1"]
    assert [reader["chat_id"] for reader in exported(archive)] == [1, 2]


def test_lines_that_are_no_text_or_endless_are_named(archive: Run, home: Path) -> None:
    huge = b'{"chat_id": 2, "title": "' + b"x" * (1 << 20) + b'"}'
    (home / "in.jsonl").write_bytes(b'{"chat_id": 1, "title": "\xff"}\n' + huge + b'\n{"chat_id": 3}')
    answer = archive("subscribers", "import", "in.jsonl")
    assert answer.err.splitlines() == [
        "in.jsonl:1: the line is not UTF-8 text",
        "in.jsonl:2: the line is longer than 1048576 bytes",
        "added 1, updated 0, refused 2",
    ]


def test_a_mark_at_the_beginning_empty_lines_and_windows_line_ends_do_no_harm(archive: Run, home: Path) -> None:
    (home / "in.jsonl").write_bytes(b'\xef\xbb\xbf{"chat_id": 1}\r\n\r\n   \n{"chat_id": 2}\r\n')
    assert archive("subscribers", "import", "in.jsonl").err == "added 2, updated 0, refused 0\n"


def test_standard_input_and_output_are_named_by_a_dash(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"chat_id": 9}\nx\n')))
    answer = archive("subscribers", "import", "-")
    assert answer.err.splitlines() == ["-:2: the line is not JSON", "added 1, updated 0, refused 1"]
    assert [reader["chat_id"] for reader in exported(archive)] == [9]


def test_an_export_is_for_its_owners_eyes(archive: Run, home: Path) -> None:
    archive("subscribers", "export", "out.jsonl")
    assert stat.S_IMODE((home / "out.jsonl").stat().st_mode) == 0o600


def test_a_failed_export_leaves_the_older_one(archive: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "out.jsonl").write_text("older\n")
    take(archive, {"chat_id": 1})
    monkeypatch.setattr("bot.cli.subscribers.json.dumps", _disk_full)  # a full disk cannot be had in a test
    answer = archive("subscribers", "export", "out.jsonl")
    assert (answer.code, answer.err) == (1, "digestbot: No space left on device\n")
    assert (home / "out.jsonl").read_text() == "older\n"
    assert sorted(path.name for path in home.glob("*out*")) == ["out.jsonl"]


def _disk_full(*_: object, **__: object) -> str:
    raise OSError(28, os.strerror(28))


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("import", "nothing.jsonl"), "does not exist"),
        (("export", "no/such/folder.jsonl"), "no/such/folder.jsonl: cannot be written: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_had_is_wrong_use(archive: Run, words: tuple[str, ...], fault: str) -> None:
    answer = archive("subscribers", *words)
    assert answer.code == 2
    assert fault in answer.err


def test_an_export_to_a_device_goes_there(archive: Run) -> None:
    assert archive("subscribers", "export", os.devnull).err == "exported 0\n"
    assert Path(os.devnull).is_char_device()


def test_the_list_is_for_people_and_can_be_narrowed(archive: Run) -> None:
    take(archive, FULL, {"chat_id": 5, "title": "Ann", "language": "en"})
    assert [" ".join(line.split()) for line in archive("subscribers", "list").out.splitlines()] == [
        "-1001234567890/7 supergroup paused zh-hant daily 08:00, weekly MON 20:30 5 rules 读者群 📰",
        "5 private active en each 0 rules Ann",
    ]
    assert [reader["chat_id"] for reader in archive("subscribers", "list", "--state", "active", "--json").json] == [5]


def test_thousands_of_lines_go_in_batches(archive: Run) -> None:
    answer = take(archive, *({"chat_id": number} for number in range(1, 12_002)))
    assert answer.err == "added 12001, updated 0, refused 0\n"
    assert archive("stats", "--json").json[0]["subscribers"]["active"] == 12_001
