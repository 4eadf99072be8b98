"""An operator's own words: read from the data folder, and what is wrong with them said at the start."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ('[en]\n"item.unheard" = "x"\n', "[en] item.unheard: there is no such text"),
        ('[en]\n"item.seen" = "{oops}"\n', "[en] item.seen: {oops} is not known here"),
        ('[klingon]\n"item.seen" = "x"\n', "[klingon] should be one of zh-hans, zh-hant, en"),
        ('[en]\n"item.seen" = 4\n', "[en] item.seen"),
        ("[en\n", "is not valid TOML"),
    ],
)
def test_a_wrong_file_stops_the_program_with_its_name_and_the_text(
    archive: Run, home: Path, words: str, fault: str
) -> None:
    (home / "data" / "texts.toml").write_text(words, encoding="utf-8")
    answer = archive("latest")
    assert answer.code == 2
    assert answer.out == ""
    assert "texts.toml: " in answer.err
    assert fault in answer.err


def test_a_file_that_is_no_text_stops_it_too(archive: Run, home: Path) -> None:
    (home / "data" / "texts.toml").write_bytes(b"\xff\xfe\x00x")
    answer = archive("latest")
    assert answer.code == 2
    assert "texts.toml: cannot be read as UTF-8" in answer.err


def test_own_words_are_spoken(archive: Run, home: Path) -> None:
    own = (
        '\ufeff[en]\n"digest.title" = "*** {title}"\n\n'
        '[en."digest.when"]\none = "{when}: a single one"\nother = "{when}: {count}"\n'
    )
    (home / "data" / "texts.toml").write_text(own, encoding="utf-8")
    (message,) = archive("preview", "--language", "en", "--json").json
    assert message["text"].startswith("*** ")
    assert "📰" not in message["text"]
