"""Which language a reader is served."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Language, Script
from bot.i18n import language_of
from bot.i18n.languages import script_of

HANS, HANT, EN = Language.ZH_HANS, Language.ZH_HANT, Language.EN


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("zh", HANS),
        ("zh-hans", HANS),
        ("zh-Hans-CN", HANS),
        ("zh-CN", HANS),
        ("zh-SG", HANS),
        ("zh-hant", HANT),
        ("zh-Hant-HK", HANT),
        ("zh-TW", HANT),
        ("zh_TW", HANT),
        ("ZH-hk", HANT),
        ("zh-MO", HANT),
        ("zh-hans-HK", HANS),
        ("zh-hans-raw", HANS),
        ("yue", HANT),
        ("yue-Hans", HANS),
        ("nan", HANT),
        ("cmn-Hant-TW", HANT),
        ("en", EN),
        ("en-US", EN),
        ("de", EN),
        ("ja", EN),
        ("pt-br", EN),
        (" en ", EN),
    ],
)
def test_telegrams_codes_find_their_language(code, language):
    assert language_of(code, HANS if language is not HANS else EN) is language


@pytest.mark.parametrize("code", [None, "", "  ", "-", "x", "12", "中文", "!!"])
@pytest.mark.parametrize("default", Language)
def test_none_or_nonsense_gets_the_default(code, default):
    assert language_of(code, default) is default


@given(st.text())
def test_any_code_is_safe(code):
    assert language_of(code, EN) in Language


@pytest.mark.parametrize(("language", "script"), [(HANS, Script.HANS), (HANT, Script.HANT), (EN, Script.HANS)])
def test_a_language_brings_its_script(language, script):
    assert script_of(language) is script
