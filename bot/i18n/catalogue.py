"""The catalogues and the Translator that speaks from one of them. Apart from the texts themselves, which are
`locales/*.po`, and from what is said, which is `rendering`.

The files are parsed at start with Babel, so that none has to be compiled; an operator's TOML may replace any text.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import resources
from io import BytesIO
from itertools import zip_longest
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.core.model import Language
from bot.errors import DigestbotError

_LOCALES: Final = {Language.ZH_HANS: "zh_Hans_CN", Language.ZH_HANT: "zh_Hant_TW", Language.EN: "en"}
# Plural categories in the order of the msgstr[n] of each language's Plural-Forms header.
_FORMS: Final = {Language.ZH_HANS: ("other",), Language.ZH_HANT: ("other",), Language.EN: ("one", "other")}
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")

Text = str | tuple[str, ...]
Texts = Mapping[str, Text]


class MissingTextError(KeyError):
    """A key that the catalogue does not have: a mistake in our code, which the tests of the views find."""


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a text."""
    return frozenset(_PLACEHOLDER.findall(text))


def split_template(template: str) -> list[tuple[str, str | None]]:
    """A text cut at its placeholders: pairs of what stands before one and its name, None after the last."""
    pieces = _PLACEHOLDER.split(template)
    return list(zip_longest(pieces[::2], pieces[1::2]))


@dataclass(frozen=True, slots=True)
class Translator:
    """Speaks one language: `t("key", name=value)` and `t.n("key", count)`, dates and numbers as its readers write
    them. Values are inserted as they are: no value is ever read as a template."""

    language: Language
    texts: Texts = field(repr=False)
    locale: Locale = field(repr=False)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its placeholders filled. Raises MissingTextError for an unknown key, KeyError for a
        placeholder without a value."""
        return _fill(self.template(key), values)

    def n(self, key: str, count: int, **values: object) -> str:
        """The text of a key in the plural form for `count`, which also fills `{count}`, written as a number of the
        locale."""
        return _fill(self.template(key, count), {"count": self.format_number(count), **values})

    def template(self, key: str, count: int | None = None) -> str:
        """The unfilled text of a key, for builders that insert formatted values."""
        text = self.texts.get(key)
        if text is None or isinstance(text, str) is not (count is None):
            raise MissingTextError(f"{self.language.value} has no such text: {key}")
        if isinstance(text, str):
            return text
        form = self.locale.plural_form(abs(count or 0))
        forms = _FORMS[self.language]
        return text[forms.index(form) if form in forms else -1]

    def format_slot(self, slot: datetime, time_zone: ZoneInfo) -> str:
        """A digest's instant as date, weekday and time in the reader's zone."""
        return self._when(slot, time_zone, "format.slot")

    def format_date(self, when: datetime | date, time_zone: ZoneInfo | None = None) -> str:
        """The day; of an instant, the day it is in `time_zone`."""
        if isinstance(when, datetime):
            return self._when(when, time_zone, "format.date")
        return format_date(when, self.template("format.date"), locale=self.locale)

    def format_day(self, when: datetime, time_zone: ZoneInfo) -> str:
        """The day without its year, for lists."""
        return self._when(when, time_zone, "format.day")

    def format_time(self, when: datetime, time_zone: ZoneInfo) -> str:
        """Hour and minute in the reader's zone."""
        return self._when(when, time_zone, "format.time")

    def format_number(self, number: float) -> str:
        """A number with the separators of the language."""
        return format_decimal(number, locale=self.locale)

    def _when(self, when: datetime, time_zone: ZoneInfo | None, pattern: str) -> str:
        # Converted here: what Babel makes of an aware time depends on the zone database it finds.
        local = when.astimezone(time_zone) if time_zone else when
        return format_datetime(local.replace(tzinfo=None), self.template(pattern), locale=self.locale)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The Translators of all languages."""

    translators: Mapping[Language, Translator]

    @classmethod
    def load(cls, overrides: str | None = None) -> "Catalogue":
        """Read the package's catalogues and lay an operator's TOML text over them: a table per language, a key per
        text; for a text with plural forms a string or a table of `one` and `other`. Raises DigestbotError naming the
        language and the key when it is no TOML, names an unknown key or uses a placeholder the original lacks."""
        wishes = _parse_overrides(overrides) if overrides else {}
        return cls(
            {
                language: Translator(
                    language, _overridden(language, read_texts(language), wishes.get(language, {})), Locale.parse(name)
                )
                for language, name in _LOCALES.items()
            }
        )

    def translator(self, language: Language) -> Translator:
        """The Translator of one language."""
        return self.translators[language]


def read_texts(language: Language) -> dict[str, Text]:
    """The texts of one language from its `.po` file: a string, or a tuple of plural forms."""
    source = resources.files("bot.i18n").joinpath("locales", f"{language.value}.po").read_bytes()
    catalogue = read_po(BytesIO(source), locale=_LOCALES[language])
    texts: dict[str, Text] = {}
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key:
            texts[key] = message.string if isinstance(message.string, str) else tuple(message.string or ())
    return texts


def _fill(template: str, values: Mapping[str, object]) -> str:
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)


def _parse_overrides(source: str) -> dict[Language, Mapping[str, Any]]:
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise DigestbotError(f"the file of your own texts is not valid TOML: {error}") from error
    known = {language.value: language for language in Language}
    for name, table in tables.items():
        if name not in known or not isinstance(table, dict):
            raise DigestbotError(f"the file of your own texts: [{name}] should be one of {', '.join(known)}")
    return {known[name]: table for name, table in tables.items()}


def _overridden(language: Language, texts: dict[str, Text], wishes: Mapping[str, Any]) -> dict[str, Text]:
    for key, wish in _flattened(wishes, texts):
        where = f"the file of your own texts: [{language.value}] {key}"
        if key not in texts:
            raise DigestbotError(f"{where}: there is no such text")
        texts[key] = _checked(where, texts[key], wish, _FORMS[language])
    return texts


def _flattened(table: Mapping[str, Any], texts: Texts, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Keys and values; nested tables count as dotted keys, but below a text with plural forms they are its forms."""
    for name, value in table.items():
        key = prefix + name
        if isinstance(value, dict) and not isinstance(texts.get(key), tuple):
            yield from _flattened(value, texts, key + ".")
        else:
            yield key, value


def _checked(where: str, original: Text, wish: Any, forms: tuple[str, ...]) -> Text:
    wanted = dict.fromkeys(forms, wish) if isinstance(wish, str) else wish
    if isinstance(original, str):
        wanted, forms = {"": wish}, ("",)
    if not isinstance(wanted, dict) or not set(forms) <= wanted.keys() <= {*forms, "one", "other"}:
        raise DigestbotError(f"{where}: give a text, or a table with {' and '.join(forms)}")
    chosen = tuple(wanted[form] for form in forms)
    if not all(isinstance(text, str) and text.strip() for text in chosen):
        raise DigestbotError(f"{where}: a text must be a string and not empty")
    allowed = placeholders(original if isinstance(original, str) else " ".join(original))
    for name in sorted(placeholders(" ".join(chosen)) - allowed):
        raise DigestbotError(f"{where}: {{{name}}} is not known here; known are {', '.join(sorted(allowed)) or 'none'}")
    return chosen[0] if isinstance(original, str) else chosen
