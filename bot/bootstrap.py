"""The composition root of everything but the running bot: settings in, storage, topics, words and services out. What
every command needs is made here; the running bot is wired in `app`.
"""

from dataclasses import dataclass
from pathlib import Path

from bot.core.topics import TopicSet, load_topics
from bot.errors import DigestbotError
from bot.i18n import Catalogue
from bot.rendering.script import ScriptConverter
from bot.services.editions import EditionRenderer
from bot.services.ingest import Ingest
from bot.services.reading import Reading
from bot.services.subscriptions import Subscriptions
from bot.settings import Settings
from bot.storage import Storage


@dataclass(frozen=True, slots=True)
class Core:
    """What every command may need, built from the settings."""

    settings: Settings
    storage: Storage
    topics: TopicSet
    catalogue: Catalogue
    converter: ScriptConverter
    reading: Reading
    subscriptions: Subscriptions
    ingest: Ingest
    editions: EditionRenderer

    def close(self) -> None:
        """Give the database back."""
        self.storage.close()


def build_core(settings: Settings) -> Core:
    """Open and, if need be, upgrade the database; load topics and words. Raises DigestbotError."""
    topics = load_topic_set(settings)
    storage = Storage.open(settings.database)
    try:
        storage.upgrade()
    except BaseException:
        storage.close()
        raise
    catalogue, converter = Catalogue.load(), ScriptConverter()
    return Core(
        settings=settings,
        storage=storage,
        topics=topics,
        catalogue=catalogue,
        converter=converter,
        reading=Reading(storage, topics),
        subscriptions=Subscriptions(storage),
        ingest=Ingest(storage, topics, time_zone=settings.zone),
        editions=EditionRenderer(storage, catalogue, converter, time_zone=settings.zone),
    )


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


def bundled(name: str) -> Path:
    """A file of `data/` as it comes with the program: beside the package in a checkout, inside it once installed."""
    here = Path(__file__).parent
    inside = here / "_data"
    return (inside if inside.is_dir() else here.parent / "data") / name
