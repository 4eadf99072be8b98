"""Words for people: message catalogues per language, plural forms, dates and numbers. Pure: no I/O but the package's
own resources.

Texts live in `locales/<language>.po`; the msgid is a stable dotted key, the msgstr the text with named placeholders.
"""

from bot.i18n.catalogue import Catalogue, Translator
from bot.i18n.languages import language_of, script_of

__all__ = ["Catalogue", "Translator", "language_of", "script_of"]
