"""Only UTF-8 is read; line ends, invisible characters and Unicode forms are put in order."""

import unicodedata

import pytest

from bot.core.digest.decoding import clean, normalise
from bot.core.model import Verdict
from tests.core.digest.reading import HEAD, codes_of, reading_of

CHINESE = (
    HEAD
    + "1. [新的模型发布了 - 张三](https://x.com/a/status/1)\n"
    + "   这是一个关于模型的新闻，发布时间是今天。我们可以看到很大的进步。\n"
)
TRADITIONAL = "---\ntitle: 這是\n---\n" + "這個模型的發展與時間，我們可以看到很大的進步。說明一下他們的方法。" * 3
JAPANESE = "---\ntitle: これは\n---\n" + "これはテストです。モデルについてのニュースをおとどけします。" * 3
KOREAN = "---\ntitle: 한국어\n---\n" + "이것은 모델에 대한 뉴스입니다 오늘 발표되었습니다" * 3


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (CHINESE.encode("gbk"), "GBK"),
        (CHINESE.encode("gb18030"), "GBK"),
        (TRADITIONAL.encode("big5"), "Big5"),
        (JAPANESE.encode("cp932"), "Shift_JIS"),
        (JAPANESE.encode("euc_jp"), "EUC-JP"),
        (KOREAN.encode("cp949"), "EUC-KR"),
        (CHINESE.encode("utf-16"), "UTF-16"),
        (CHINESE.encode("utf-16-le"), "UTF-16"),
        (HEAD.encode("utf-16-be"), "UTF-16"),
        (CHINESE.encode("utf-32"), "UTF-32"),
        ((HEAD + "Café déjà vu").encode("latin-1"), "Latin-1"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG"),
        (b"\x7fELF" + bytes(range(256)) * 9, "a program"),
        (bytes(range(256)) * 40, "binary"),
        (b"\xff\x01\x02\x03\x04" * 40, "binary"),
        (b"\0" * 1000, "binary"),
        (CHINESE.encode("utf-32-le"), "UTF-32"),
        (b"\xff\xfe" + bytes(range(256)) * 40, "binary"),
        (b"\x00\x10\x7f\xe3" * 300, "binary"),
        (b"\x07\xc3\x28\x9d\x12\xb0\xa1" * 300, "binary"),
        (b"SQLite format 3\x00\xff" * 90, "database"),
        (CHINESE.encode() + b"\xe4\xb8\n", "UTF-8 with"),
    ],
)
def test_other_encodings_are_refused_by_name(data: bytes, name: str) -> None:
    reading = reading_of(data)

    assert reading.verdict is Verdict.REJECT
    assert codes_of(reading) == ["not-utf-8"]
    assert name in reading.problems[0].message


def test_a_broken_byte_is_refused_at_its_line() -> None:
    reading = reading_of(CHINESE.encode() + b"\n\xe4\xb8\n")

    assert [(problem.line, problem.code) for problem in reading.problems] == [(9, "not-utf-8")]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \n\n\t", b"\r\n"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert codes_of(reading_of(data)) == ["file-empty"]


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\u2028", "\x85"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_make_no_difference(ending: str, mark: bytes) -> None:
    assert reading_of(mark + CHINESE.replace("\n", ending).encode()) == reading_of(CHINESE)


def test_mixed_line_ends_make_no_difference() -> None:
    half = len(CHINESE) // 2
    mixed = CHINESE[:half].replace("\n", "\r\n") + CHINESE[half:].replace("\n", "\r")
    assert reading_of(mixed) == reading_of(CHINESE)


@pytest.mark.parametrize(
    "character", ["\u200b", "\u202e", "\x00", "\x1b", "\ufeff", "\u2066", "\x9b", "\u00ad", "\U000e0041"]
)
def test_invisible_characters_are_removed_with_a_warning(character: str) -> None:
    reading = reading_of(CHINESE.replace("模型", f"模{character}型"))

    assert [(problem.line, problem.code) for problem in reading.problems] == [(6, "invisible-characters")]
    assert reading.digest == reading_of(CHINESE).digest


@pytest.mark.parametrize("text", ["👨‍👩‍👧", "🏳️‍🌈", "♨️", "👩🏽‍💻", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "می‌خواهم", "क्‍ष", "❤️‍🔥"])
def test_emoji_sequences_and_joined_letters_stay_whole(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["a\u200db", "\u200d", "字\u200c字", "👍\u200d"])
def test_joiners_that_join_nothing_are_removed(text: str) -> None:
    assert "\u200d" not in clean(text)
    assert "\u200c" not in clean(text)


def test_titles_and_bodies_are_composed_but_addresses_are_not_touched() -> None:
    decomposed = unicodedata.normalize("NFD", "Café")
    reading = reading_of(
        HEAD + f"1. [{decomposed} - {decomposed}](https://example.org/{decomposed})\n   {decomposed}\n"
    )

    assert reading.digest is not None
    item = reading.digest.items[0]
    assert (item.title, item.author, item.body.text) == ("Café", "Café", "Café")
    assert item.url == f"https://example.org/{decomposed}"


def test_towers_of_combining_marks_are_cut() -> None:
    assert len(normalise("a" + "\u0301\u0327" * 5000)) < 40
