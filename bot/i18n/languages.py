"""Which of our languages a reader of Telegram is served. Apart because it is negotiation, not translation."""

from typing import Final

from bot.core.model import Language, Script

# Sub-tags that mean Traditional characters; a script sub-tag beats a region (BCP 47 puts it first).
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})
_SIMPLIFIED: Final = frozenset({"hans", "cn", "sg", "my"})
_CHINESE: Final = frozenset({"zh", "cmn", "wuu", "hak", "nan", "gan", "hsn", "yue", "lzh"})
# Spoken and written chiefly where Traditional characters are used.
_TRADITIONAL_TONGUES: Final = frozenset({"yue", "hak", "nan", "lzh"})


def language_of(language_code: str | None, default: Language) -> Language:
    """The interface language for Telegram's IETF `language_code` (`zh-hans`, `zh_TW`, `en-US`, `de`): Chinese by
    script, then region, then tongue; any other known language gets English; none or nonsense gets `default`."""
    tags = [tag for tag in (language_code or "").strip().lower().replace("_", "-").split("-") if tag]
    if not tags or not tags[0].isascii() or not tags[0].isalpha() or not 2 <= len(tags[0]) <= 8:
        return default
    if tags[0] not in _CHINESE:
        return Language.EN
    for tag in tags[1:]:
        if tag in _TRADITIONAL:
            return Language.ZH_HANT
        if tag in _SIMPLIFIED:
            return Language.ZH_HANS
    return Language.ZH_HANT if tags[0] in _TRADITIONAL_TONGUES else Language.ZH_HANS


def script_of(language: Language) -> Script:
    """The script of Chinese content that goes with a language until the reader says otherwise."""
    return Script.HANT if language is Language.ZH_HANT else Script.HANS
