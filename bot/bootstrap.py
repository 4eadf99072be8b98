"""The composition root of everything but the running bot: settings in, storage, topics, words and services out. What
every command needs is made here; the running bot is wired in `app`.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.core.topics import TopicSet, load_topics
from bot.errors import DigestbotError, SettingsError
from bot.i18n import Catalogue
from bot.rendering.script import ScriptConverter
from bot.services.editions import EditionRenderer
from bot.services.ingest import Ingest
from bot.services.looking import AHEAD_FROM
from bot.services.meaning import Meaning
from bot.services.reading import Reading
from bot.services.sentences import is_installed, load_sentences
from bot.services.subscriptions import Subscriptions
from bot.settings import Settings, variable_of
from bot.storage import Storage


@dataclass(frozen=True, slots=True)
class Core:
    """What every command may need, built from the settings. `meaning` is None unless it is switched on."""

    settings: Settings
    storage: Storage
    topics: TopicSet
    catalogue: Catalogue
    converter: ScriptConverter
    reading: Reading
    subscriptions: Subscriptions
    ingest: Ingest
    editions: EditionRenderer
    meaning: Meaning | None = None

    def close(self) -> None:
        """Give the database back."""
        self.storage.close()


def build_core(settings: Settings) -> Core:
    """Open and, if need be, upgrade the database; load topics and words. Raises DigestbotError."""
    topics, catalogue = load_topic_set(settings), load_catalogue(settings)
    if settings.semantic and not is_installed():
        raise SettingsError(
            variable_of("semantic"),
            "needs a package that is not installed: pip install 'digestbot[semantic]', or set it to false",
        )
    storage = Storage.open(settings.database)
    try:
        storage.upgrade()
    except BaseException:
        storage.close()
        raise
    converter = ScriptConverter()
    return Core(
        settings=settings,
        storage=storage,
        topics=topics,
        catalogue=catalogue,
        converter=converter,
        reading=Reading(storage, topics),
        subscriptions=Subscriptions(storage),
        ingest=Ingest(storage, topics, time_zone=settings.zone, ahead_from=AHEAD_FROM if _cores() > 1 else None),
        editions=EditionRenderer(storage, catalogue, converter, time_zone=settings.zone),
        meaning=Meaning(storage, load_sentences) if settings.semantic else None,
    )


def _cores() -> int:
    """The processor cores this process may use; where the system does not tell, all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_topic_set(settings: Settings) -> TopicSet:
    """The operator's topics.toml, or the one that comes with the program. Raises DigestbotError naming its fault."""
    own = settings.data_dir / "topics.toml"
    path = own if own.is_file() else bundled("topics.toml")
    try:
        return load_topics(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DigestbotError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    except DigestbotError as error:
        raise DigestbotError(f"{path}: {error}") from error


def load_catalogue(settings: Settings) -> Catalogue:
    """The bot's words, with those of the operator's texts.toml laid over them. Raises SettingsError naming the file and
    the text that is at fault."""
    own = settings.data_dir / "texts.toml"
    if not own.is_file():
        return Catalogue.load()
    try:
        return Catalogue.load(own.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(own), f"cannot be read as UTF-8 text: {error}") from error
    except DigestbotError as error:
        raise SettingsError(str(own), f"{error}") from error


def bundled(name: str) -> Path:
    """A file of `data/` as it comes with the program: beside the package in a checkout, inside it once installed."""
    here = Path(__file__).parent
    inside = here / "_data"
    return (inside if inside.is_dir() else here.parent / "data") / name
