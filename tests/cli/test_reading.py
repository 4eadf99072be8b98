"""The archive in the terminal."""

from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Run


def titles(answer: Answer) -> list[str]:
    return [item["title"] for item in answer.json]


def test_latest_is_the_newest_digest(archive: Run) -> None:
    assert archive("latest", "--json").json == [
        {
            "digest": "2025-11-26T20:00:00+08:00",
            "number": 1,
            "title": "智能体学会了等待",
            "author": "宝玉",
            "url": "https://x.com/dotey/status/2",
            "topics": ["agents"],
            "snippet": "新的智能体框架把长任务挂起，等人确认之后再继续。",
        },
        archive("latest", "--json", "--limit", "1", "--offset", "1").json[0],
    ]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--limit", "3"), ["智能体学会了等待", "大模型的账单", "开放模型的新一轮评测"]),
        (("--offset", "3"), ["Chip prices fall again"]),
        (("--since", "2025-11-26T12:00"), ["智能体学会了等待", "大模型的账单"]),
        (("--since", "2025-11-26T12:00Z"), ["智能体学会了等待", "大模型的账单"]),
        (("--since", "2025-11-26", "--limit", "1"), ["智能体学会了等待"]),
        (("--since", "2025年11月27日"), []),
        (("--since", "0001-01-01", "--limit", "1"), ["智能体学会了等待"]),
        (("--since", "9999-12-31"), []),
    ],
)
def test_latest_can_go_back(archive: Run, options: tuple[str, ...], found: list[str]) -> None:
    assert titles(archive("latest", "--json", *options)) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["模型"], ["大模型的账单", "开放模型的新一轮评测"]),
        (["模型", "-账单"], ["开放模型的新一轮评测"]),
        (["-账单", "模型", "--json"], ["开放模型的新一轮评测"]),
        (["-hype", "模型"], ["大模型的账单", "开放模型的新一轮评测"]),
        (["--", "模型", "-账单"], ["开放模型的新一轮评测"]),
        (['模型 -"推理费用"'], ["开放模型的新一轮评测"]),
        (["模型", "author:merve"], ["开放模型的新一轮评测"]),
        (["topic:智能体"], ["智能体学会了等待"]),
        (["topic:nothing", "模型"], []),
        (["模型", "--since", "2025-11-27"], []),
        (["模型", "since:2025-11-27"], []),
        (["模型", "since:2025-11-27", "--since", "2025-11-26"], ["大模型的账单", "开放模型的新一轮评测"]),
        (["模型", "--limit", "1", "--offset", "1"], ["开放模型的新一轮评测"]),
        (["CHIP"], ["Chip prices fall again"]),
        (["没有这个词"], []),
    ],
)
def test_search_finds_what_holds_every_word(archive: Run, words: list[str], found: list[str]) -> None:
    answer = archive("search", "--json", *words)
    assert (answer.code, titles(answer)) == (0, found)


def test_a_snippet_is_cut_around_what_was_searched(archive: Run, home: Path) -> None:
    (home / "long.md").write_text(
        "---\ndate: 2025-11-27T08:00:00+08:00\ntitle: Long\n---\n\n1. [One - A](https://example.org)\n\n   "
        + "先说些别的事情。" * 60
        + "灯塔在这里。\n",
        encoding="utf-8",
    )
    archive("ingest", "long.md")
    (item,) = archive("search", "灯塔", "--json").json
    assert "灯塔" in item["snippet"]
    assert len(item["snippet"]) <= 160


@pytest.mark.parametrize("words", ["!!!", "-模型", '""'])
def test_nothing_to_search_for_is_wrong_use(archive: Run, words: str) -> None:
    answer = archive("search", words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("digestbot: there is no word to search for")


@pytest.mark.parametrize("name", ["agents", "智能体", "智慧體", "AGENTS"])
def test_a_topic_has_a_name_in_every_language(archive: Run, name: str) -> None:
    assert titles(archive("topic", name, "--json")) == ["智能体学会了等待"]


def test_a_publishers_category_is_found_too(archive: Run, home: Path) -> None:
    (home / "own.md").write_text(
        "---\ndate: 2025-11-27T08:00:00+08:00\ntitle: Own\ncategories: [Zookeeping Notes]\n---\n\n"
        "1. [One - A](https://example.org)\n\n   Text.\n",
        encoding="utf-8",
    )
    archive("ingest", "own.md")
    assert titles(archive("topic", "zookeeping", "notes", "--json")) == ["One"]


def test_a_name_that_only_means_items_as_a_category_leads_to_the_category(archive: Run) -> None:
    assert titles(archive("topic", "industry", "--json")) == []
    assert "智能体学会了等待" in titles(archive("topic", "行业动态", "--json"))


def test_an_unknown_topic_is_refused_with_near_ones(archive: Run) -> None:
    answer = archive("topic", "roboticz")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("digestbot: no topic or category is called roboticz; near ones: robotics")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("merve", ["开放模型的新一轮评测"]),
        ("@dotey", ["智能体学会了等待"]),
        ("Ann Lee", ["大模型的账单", "Chip prices fall again"]),
    ],
)
def test_an_author_is_found_by_name_and_handle(archive: Run, name: str, found: list[str]) -> None:
    assert titles(archive("author", *name.split(), "--json")) == found


@pytest.mark.parametrize("command", [("latest", "--offset", "90"), ("search", "没有"), ("author", "nobody")])
def test_nothing_found_is_said_beside_the_data(archive: Run, command: tuple[str, ...]) -> None:
    answer = archive(*command)
    assert (answer.code, answer.out, answer.err) == (0, "", "nothing found\n")


def test_for_people_an_item_is_a_few_lines(archive: Run) -> None:
    assert archive("author", "merve").out.splitlines() == [
        "2025-11-26 08:00 #1  开放模型的新一轮评测 - merve",
        "    评测比较了六个开放权重的模型，结论并不意外。",
        "    https://x.com/mervenoyann/status/1",
    ]


@pytest.mark.parametrize("since", ["2025-99-99", "soon", "", "2025-11-26T25:00"])
def test_a_date_that_is_none_is_wrong_use(archive: Run, since: str) -> None:
    answer = archive("latest", "--since", since)
    assert answer.code == 2
    assert "write it as 2025-11-26 or 2025-11-26T08:00" in answer.err


def test_words_that_are_no_text_are_searched_as_well_as_may_be(archive: Run) -> None:
    assert archive("author", "\udcff").code == 0
    assert archive("search", "模型\udcff").code == 0


# What a subscriber would get.


def test_a_preview_shows_each_part_with_its_size_and_buttons(archive: Run) -> None:
    answer = archive("preview")
    assert answer.code == 0
    assert answer.out.startswith("── part 1 of 1 · ")
    assert "智能体学会了等待 · 宝玉" in answer.out
    assert "[ " in answer.out


def test_a_preview_in_json_is_what_is_sent(archive: Run) -> None:
    (message,) = archive("preview", "--json").json
    assert "智能体学会了等待" in message["text"]
    assert {"bold", "expandable_blockquote", "text_link"} <= {entity["type"] for entity in message["entities"]}


@pytest.mark.parametrize(
    ("slot", "shown"),
    [
        ("2025-11-26T08:00", "评测"),
        ("2025-11-26 08:00", "评测"),
        ("2025-11-26T00:00Z", "评测"),
        ("2025-11-26", "等待"),
        ("11-26", "等待"),
    ],
)
def test_a_preview_of_another_digest(archive: Run, slot: str, shown: str) -> None:
    assert shown in archive("preview", slot).out


def test_a_preview_by_wish(archive: Run) -> None:
    answer = archive("preview", "--style", "headlines", "--script", "hant", "--language", "en", "--json")
    (message,) = answer.json
    assert "智慧體學會了等待" in message["text"]
    assert "挂起" not in message["text"]
    assert "Topics" in str(message["keyboard"])


def test_a_preview_as_a_subscriber_gets_it(archive: Run, home: Path) -> None:
    (home / "r.jsonl").write_text(
        '{"chat_id": 5, "language": "en", "preferences": {"style": "headlines"},'
        ' "rules": [{"action": "mute", "kind": "author", "value": "Ann Lee"}]}\n'
    )
    archive("subscribers", "import", "r.jsonl")
    (message,) = archive("preview", "--chat", "5", "--json").json
    assert "智能体学会了等待" in message["text"]
    assert "账单" not in message["text"]
    assert "账单" in archive("preview").out


def test_the_operators_language_is_the_default_of_a_preview(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_LANGUAGE", "zh-hant")
    assert "智慧體學會了等待" in archive("preview").out


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("2025-11-25",), "there is no digest of 2025-11-25"),
        (("2025-11-26T09:00",), "there is no digest of 2025-11-26T09:00"),
        (("--chat", "77"), "chat 77 is not known"),
    ],
)
def test_a_preview_of_what_is_not_there(archive: Run, words: tuple[str, ...], fault: str) -> None:
    answer = archive("preview", *words)
    assert answer.code == 2
    assert fault in answer.err


def test_a_preview_of_an_empty_archive_says_what_to_do(digestbot: Run) -> None:
    answer = digestbot("preview")
    assert (answer.code, answer.err) == (
        2,
        "digestbot: there is no digest yet; `digestbot ingest FOLDER` stores some\n",
    )
