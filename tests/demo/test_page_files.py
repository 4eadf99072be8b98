"""The files of the chat page, looked at without a browser: nothing foreign, nothing unsafe, no word missing."""

import json
import re

import pytest

from tests.demo.scene import PAGE

STRINGS = json.loads((PAGE / "strings.json").read_text("utf-8"))
SCRIPTS = sorted(PAGE.glob("*.js"))
CODE = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
PLACEHOLDER = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_language_has_the_same_words_and_placeholders(language: str) -> None:
    expected = {key: set(PLACEHOLDER.findall(text)) for key, text in STRINGS["en"].items()}
    assert {key: set(PLACEHOLDER.findall(text)) for key, text in STRINGS[language].items()} == expected


def test_every_word_is_used_and_every_used_word_exists() -> None:
    mentioned = set(re.findall(r'"([a-z_]+)"', CODE))
    said = set(re.findall(r'say\("([a-z_]+)"', CODE))
    assert said <= set(STRINGS["en"])
    assert set(STRINGS["en"]) <= mentioned


def test_traditional_words_hold_no_simplified_characters() -> None:
    words = "".join(STRINGS["zh-hant"].values())
    assert not set("这个们来时发为订阅选择显关闭输显题续链错选览码图单项满确认编辑传讯试动") & set(words)


@pytest.mark.parametrize("path", sorted(PAGE.iterdir()), ids=lambda path: path.name)
def test_no_file_asks_another_server_for_anything(path: object) -> None:
    text = (PAGE / str(getattr(path, "name", path))).read_text("utf-8")
    addresses = set(re.findall(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}""", text))
    assert addresses <= {"http://www.w3.org"}  # the name of SVG, never fetched


@pytest.mark.parametrize(
    "unsafe", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
)
def test_no_markup_or_code_is_made_from_strings(unsafe: str) -> None:
    assert unsafe not in CODE


def test_the_policy_allows_the_pages_own_files_only() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r'\s(?:style|on\w+)="', page) == []


def test_every_import_names_an_existing_file() -> None:
    imported = set(re.findall(r'from "/page/([\w.]+)"', CODE))
    assert imported <= {path.name for path in SCRIPTS}
