"""Files at and over the limits are answered, and what is too much of one thing is cut with a word about it."""

import pytest

from bot.core.digest import MAX_FILE_BYTES, MAX_ITEMS
from bot.core.digest.problems import MAX_LINES
from bot.core.model import Verdict
from tests.core.digest.reading import HEAD, codes_of, reading_of

ITEM = "1. [新的模型 - 张三](https://x.com/a/status/1)\n   正文在**这里**。\n"
MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (HEAD.encode() + b"a" * MAX_FILE_BYTES, "file-too-large"),
        (HEAD.encode() + b"a\n" * (MAX_LINES + 1), "too-many-lines"),
        (HEAD.encode() + b"1. a\n" * (MAX_ITEMS + 1), "too-many-items"),
        (b"a" * 5 * MEGABYTE, "front-matter-missing"),
        (HEAD.encode() + b"a" * 5 * MEGABYTE, "no-items"),
    ],
    ids=["bytes", "lines", "items", "one line", "one line of body"],
)
def test_what_is_too_large_is_refused(data: bytes, code: str) -> None:
    assert codes_of(reading_of(data)) == [code]


def test_twenty_thousand_items_are_read() -> None:
    reading = reading_of(
        HEAD + "".join(f"{n}. [模型{n} - 张三](https://x.com/a/status/{n})\n   文{n}\n" for n in range(20_000))
    )

    assert reading.verdict is Verdict.ACCEPT
    assert reading.digest is not None
    assert len(reading.digest.items) == 20_000
    assert (reading.digest.items[-1].title, reading.digest.items[-1].body.text) == ("模型19999", "文19999")


@pytest.mark.parametrize("joint", [" ", "\n   ", "\n\n   "])
def test_a_body_of_megabytes_is_cut(joint: str) -> None:
    reading = reading_of(HEAD + ITEM + joint.join(["   字在这里写得更长一些"] * 30_000))

    assert codes_of(reading) == ["body-too-long"]
    assert reading.digest is not None
    assert 15_000 < len(reading.digest.items[0].body.text) <= 32_768


NASTY = [
    "[", "](", "![a](", "*", "**a", "_a ", "`", "<", "<a ", "<!--", "&#1;", "\\", "~~a", "> ", "- ", "1. ",
    "#", "|", " ", "\u3000", "-", " - ", "a-", "（", "[a][", "[a]: b\n", "\n- ", "\n> ", "\n1. [", "```\n",
    "<div>\n\n", "\n|a|\n|-|\n", "é\u0301", "\u200b", "《", "等", "——", "：", " http://", ", MD",
]  # fmt: skip


@pytest.mark.parametrize("piece", NASTY)
@pytest.mark.parametrize(
    "layout", ["{x}", "1. {x}", "1. [a - b](https://x.com/a)\n   {x}", "1. [{x}](https://x.com/a)\n   b", "# {x}"]
)
def test_pathological_markup_is_answered(piece: str, layout: str) -> None:
    reading = reading_of(HEAD + layout.format(x=piece * (7_000 // len(piece))))

    assert reading.verdict in set(Verdict)
    assert (reading.digest is None) == (reading.verdict is Verdict.REJECT)


def test_a_file_of_nothing_but_markup_is_read_as_text_from_some_point_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # the budget of a real file is seconds of parsing
    monkeypatch.setattr("bot.core.digest.markup.MARKUP_BUDGET", 160_000)

    reading = reading_of(HEAD + (ITEM + "   " + "*a* [b " * 400 + "\n") * 20)

    assert "markup-too-dense" in codes_of(reading)
    assert reading.digest is not None
    assert len(reading.digest.items) == 20
    assert reading.digest.items[-1].body.text.count("*a*") == 400


def test_a_file_of_nothing_but_bold_words_is_read_as_text_from_some_point_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.core.digest.markup.BOLD_BUDGET", 1000)  # a real file would be megabytes

    reading = reading_of(HEAD + (ITEM + "   " + "**a** " * 100 + "\n") * 10)

    assert "markup-too-dense" in codes_of(reading)
    assert reading.digest is not None
    assert "**" not in reading.digest.items[0].body.text
    assert reading.digest.items[-1].body.text.count("**a**") == 100


def test_one_account_behind_every_item_under_as_many_names_stays_linear() -> None:
    items = "".join(f"{n}. [标题 - 张三{n}](https://x.com/a/status/{n})\n   文\n" for n in range(1, 3001))

    reading = reading_of(HEAD + items)

    assert reading.digest is not None
    assert reading.digest.items[-1].author == "张三3000"
