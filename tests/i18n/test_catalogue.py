"""Catalogues: parity of the languages, filling, plural forms, dates and numbers, an operator's own texts."""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from bot.core.model import Language
from bot.errors import DigestbotError
from bot.i18n import Catalogue
from bot.i18n.catalogue import MissingTextError, placeholders, read_texts, split_template
from bot.rendering.text import columns

BOT = Path(__file__).parents[2] / "bot"
TEXTS = {language: read_texts(language) for language in Language}
OTHERS = [Language.ZH_HANT, Language.EN]
# Named in themselves in every language.
OWN_NAMES = ("language.", "script.")


def forms(text):
    return (text,) if isinstance(text, str) else text


def _tidy(form):
    return bool(form) and form.strip() == form


def named(text):
    return frozenset().union(*(placeholders(form) for form in forms(text)))


def chinese(language):
    return {key: "".join(forms(text)) for key, text in TEXTS[language].items() if not key.startswith(OWN_NAMES)}


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys_in_the_same_order(language):
    assert list(TEXTS[language]) == list(TEXTS[Language.ZH_HANS])


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("key", TEXTS[Language.ZH_HANS])
def test_a_text_has_the_same_placeholders_and_plurals_everywhere(language, key):
    text, original = TEXTS[language][key], TEXTS[Language.ZH_HANS][key]
    assert named(text) == named(original)
    assert isinstance(text, str) is isinstance(original, str)


@pytest.mark.parametrize("language", Language)
def test_every_form_says_something_and_counts_where_it_must(language):
    plural = {key: text for key, text in TEXTS[language].items() if not isinstance(text, str)}
    assert {len(text) for text in plural.values()} == {2 if language is Language.EN else 1}
    assert all("count" in placeholders(form) for text in plural.values() for form in text)
    assert [
        key for key, text in TEXTS[language].items() if key != "list.separator" and not all(map(_tidy, forms(text)))
    ] == []


@pytest.mark.parametrize("language", Language)
def test_braces_stand_only_around_placeholders(language):
    bare = {key: re.sub(r"\{[a-z_]+\}", "", "".join(forms(text))) for key, text in TEXTS[language].items()}
    assert [key for key, text in bare.items() if "{" in text or "}" in text] == []


# Traditional in its own right although a table would turn it (or the other way round).
SAME_IN_BOTH = set("后里只台面干系准了群")


@pytest.mark.parametrize(
    ("language", "table"), [(Language.ZH_HANS, "t2s"), (Language.ZH_HANT, "s2t")], ids=["simplified", "traditional"]
)
def test_no_character_of_the_other_script_strays_in(language, table):
    converter = OpenCC(table)
    strays = {
        key: [char for char in text if converter.convert(char) != char and char not in SAME_IN_BOTH]
        for key, text in chinese(language).items()
    }
    assert {key: found for key, found in strays.items() if found} == {}


@pytest.mark.parametrize("language", Language)
def test_button_labels_are_at_most_24_columns_wide(language):
    prefixes = ("button.", "language.", "script.", "style.")
    wide = {k: t for k, t in TEXTS[language].items() if k.startswith(prefixes) and columns("✓ " + t) > 26}
    assert wide == {}
    assert {k: t for k, t in TEXTS[language].items() if k.startswith("button.") and columns(t) > 24} == {}


@pytest.mark.parametrize("language", Language)
def test_command_descriptions_and_toasts_keep_telegrams_lengths(language):
    assert [k for k, t in TEXTS[language].items() if k.startswith("command.") and not 1 <= len(t) <= 256] == []
    assert [k for k, t in TEXTS[language].items() if k.startswith("toast.") and len(t) > 200] == []


def literal_keys():
    """Every dotted string in the code of `bot` whose first part is one of the catalogue's."""
    families = {key.partition(".")[0] for key in TEXTS[Language.EN]}
    nodes = [
        node.value
        for path in (*BOT.glob("rendering/*.py"), *BOT.glob("i18n/*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {
        text for text in nodes if re.fullmatch(r"[a-z]+\.[a-z_]*[a-z]", text) and text.partition(".")[0] in families
    }


def test_every_key_the_code_names_exists():
    assert literal_keys() - TEXTS[Language.EN].keys() == set()


def test_a_missing_key_raises_and_is_never_shown(catalogue):
    t = catalogue.translator(Language.EN)
    with pytest.raises(MissingTextError):
        t("no.such.key")
    with pytest.raises(MissingTextError):
        t("digest.when")
    with pytest.raises(MissingTextError):
        t.n("digest.none", 1)
    with pytest.raises(KeyError):
        t("digest.title")


@pytest.mark.parametrize(("count", "said"), [(0, "0 items"), (1, "1 item"), (2, "2 items"), (1234, "1,234 items")])
def test_english_counts_one_and_many(catalogue, count, said):
    assert catalogue.translator(Language.EN).n("digest.when", count, when="now") == f"now · {said}"


def test_chinese_has_one_form(catalogue):
    t = catalogue.translator(Language.ZH_HANS)
    assert [t.n("digest.when", count, when="今天") for count in (1, 5)] == ["今天 · 1 条", "今天 · 5 条"]


@given(st.text(max_size=30))
def test_a_value_is_never_read_as_a_template(value):
    assert CATALOGUE.translator(Language.EN)("digest.title", title=value) == f"📰 {value}"


CATALOGUE = Catalogue.load()


def test_a_template_is_cut_at_its_placeholders():
    assert split_template("a {b} c{d}") == [("a ", "b"), (" c", "d"), ("", None)]


@pytest.mark.parametrize(
    ("language", "slot", "day", "short"),
    [
        (Language.ZH_HANS, "2025年11月26日 周三 08:00", "2025年11月26日", "11月26日"),
        (Language.ZH_HANT, "2025年11月26日 週三 08:00", "2025年11月26日", "11月26日"),
        (Language.EN, "Wed 26 Nov 2025, 08:00", "26 Nov 2025", "26 Nov"),
    ],
)
def test_instants_are_written_in_the_readers_zone_and_language(catalogue, language, slot, day, short):
    t, when, zone = catalogue.translator(language), datetime(2025, 11, 26, tzinfo=UTC), ZoneInfo("Asia/Shanghai")
    assert t.format_slot(when, zone) == slot
    assert t.format_date(when, zone) == day
    assert t.format_date(date(2025, 11, 26)) == day
    assert t.format_day(when, zone) == short
    assert t.format_time(when, zone) == "08:00"


def test_the_day_changes_with_the_zone(catalogue):
    t, when = catalogue.translator(Language.EN), datetime(2025, 11, 26, 1, tzinfo=UTC)
    assert t.format_date(when, ZoneInfo("America/New_York")) == "25 Nov 2025"


def test_an_operator_replaces_texts_of_every_shape():
    catalogue = Catalogue.load(
        """
        [en]
        "start.name" = "Morning Paper"
        digest.none = "Patience."
        [en."digest.hidden"]
        one = "{count} gone"
        other = "{count} are gone"
        [zh-hans]
        "digest.hidden" = "藏了 {count} 条"
        [en.status]
        backlog = "queue: {count}"
        """
    )
    english, chinese_ = catalogue.translator(Language.EN), catalogue.translator(Language.ZH_HANS)
    assert (english("start.name"), english("digest.none")) == ("Morning Paper", "Patience.")
    assert (english.n("digest.hidden", 1), english.n("digest.hidden", 2)) == ("1 gone", "2 are gone")
    assert (chinese_.n("digest.hidden", 3), english.n("status.backlog", 1)) == ("藏了 3 条", "queue: 1")


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("[en", "not valid TOML"),
        ("[fr]\nx = 'y'", r"\[fr\] should be one of zh-hans, zh-hant, en"),
        ("en = 'x'", r"\[en\] should be one of"),
        ("[en]\n'no.such' = 'x'", r"\[en\] no.such: there is no such text"),
        ("[en]\n'digest.title' = '{titel}'", r"digest.title: \{titel\} is not known here; known are title"),
        ("[en]\n'digest.none' = '{x}'", "known are none"),
        ("[en]\n'digest.none' = ' '", "not empty"),
        ("[en]\n'digest.none' = 3", "must be a string"),
        ("[en.'digest.hidden']\none = 'x'", "a table with one and other"),
        ("[en.'digest.hidden']\none = 'x'\nother = 'y'\nfew = 'z'", "a table with one and other"),
        ("[en]\n'digest.hidden' = 3", "a table with one and other"),
    ],
)
def test_a_wrong_text_of_the_operator_is_named(toml, fault):
    with pytest.raises(DigestbotError, match=fault):
        Catalogue.load(toml)
