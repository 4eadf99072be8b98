"""What is kept of a text when its wording is not."""

import pytest

from bot.core.gist import gist_of


@pytest.mark.parametrize(
    ("one", "two", "term"),
    [
        ("英伟达公布财报", "NVIDIA's results", "w:nvidia"),
        ("輝達公布財報", "Nvidia", "w:nvidia"),
        ("谷歌与苹果签约", "Google signs Apple", "w:google"),
        ("马斯克回应", "Elon Musk responds", "w:musk"),
        ("月之暗面洽谈融资", "Moonshot AI in talks", "w:moonshot"),
        ("深度求索上新", "DeepSeek ships", "w:deepseek"),
        ("《纽约时报》起诉", "The New York Times sues", "w:nytimes"),
        ("抱抱脸托管", "Hugging Face hosts", "w:huggingface"),
        ("营收570亿美元", "revenue of $57 billion", "n:57000000000"),
        ("估值48亿美元", "valued at $4.8B", "n:4800000000"),
        ("突破两百万", "past 2 million", "n:2000000"),
        ("突破200万", "over 2,000,000", "n:2000000"),
        ("上涨７３％", "up 73%", "n:73%"),
        ("罚款1.2亿欧元", "fined 120 million euros", "n:120000000"),
        ("GPT5 发布", "GPT-5 is out", "v:gpt 5"),
        ("Opus 4.5 登场", "Claude Opus 4.5", "v:opus 4.5"),
        ("裁员六百人", "600 people, layoffs", "k:layoffs"),
        ("融資一億元", "raised money", "k:funding"),
    ],
)
def test_names_amounts_and_events_are_one_in_both_languages(one: str, two: str, term: str) -> None:
    assert term in gist_of(one, "").terms
    assert term in gist_of("", two).terms


@pytest.mark.parametrize(
    ("text", "term"),
    [("2026年1月5日", "n:2026"), ("3.5.1", "n:3.5"), ("the of and", "w:the"), ("其中的一个", "c:中的")],
)
def test_dates_and_small_words_say_nothing(text: str, term: str) -> None:
    assert term not in gist_of(text, text).terms


def test_who_tells_it_is_not_what_is_told() -> None:
    assert "w:quill" not in gist_of("Quill 认为规模化到头了", "", "Mara Quill").terms
    assert "w:nvidia" in gist_of("英伟达公布财报", "", "NVIDIA").terms


@pytest.mark.parametrize(
    ("numeral", "value"), [("十二", "12"), ("四十四", "44"), ("三千五百万", "35000000"), ("一亿二千万", "120000000")]
)
def test_numbers_in_characters_are_numbers(numeral: str, value: str) -> None:
    assert f"n:{value}" in gist_of(f"共有{numeral}次", "").terms


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert "w:late" not in gist_of("", "字" * 2000 + " Late").terms
