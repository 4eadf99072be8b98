"""The desk at which every question is answered: the services, the words, and what the operator set. One value handed
to each handler, so that handlers stay plain functions.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.model import Language, Preferences, Rule, RuleAction, RuleKind, Subscriber, SubscriberState
from bot.core.schedule import zone_of
from bot.i18n import Catalogue, Translator, language_of, script_of
from bot.rendering.look import Look
from bot.rendering.script import ScriptConverter
from bot.services.browsing import Browsing
from bot.services.control import Control
from bot.services.meaning import Meaning
from bot.services.phrases import Phrases
from bot.services.places import Places
from bot.services.previews import Previews
from bot.services.privacy import Privacy
from bot.services.reading import Reading
from bot.services.recaps import Recaps
from bot.services.saving import Saving
from bot.services.status import StatusService
from bot.services.subscriptions import Subscriptions, Visitor
from bot.services.suggestions import Suggestions
from bot.services.why import Why
from bot.tg.ask import Ask


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: the subscriber of this place if there is one, and how messages must look to them."""

    subscriber: Subscriber | None
    language: Language
    preferences: Preferences
    rules: tuple[Rule, ...]
    look: Look

    @property
    def followed_topics(self) -> tuple[Rule, ...]:
        """The rules that follow a topic."""
        return tuple(r for r in self.rules if (r.action, r.kind) == (RuleAction.FOLLOW, RuleKind.TOPIC))

    @property
    def subscribed(self) -> bool:
        """Whether pushes go to this place."""
        return self.subscriber is not None and self.subscriber.state is SubscriberState.ACTIVE


@dataclass(frozen=True, slots=True)
class Desk:
    """Services and settings that handlers use. `admins` are user ids; names are what getMe said; `meaning`
    is None unless it is switched on."""

    reading: Reading
    recaps: Recaps
    subscriptions: Subscriptions
    phrases: Phrases
    places: Places
    suggestions: Suggestions
    browsing: Browsing
    saving: Saving
    why: Why
    previews: Previews
    privacy: Privacy
    status: StatusService
    control: Control
    catalogue: Catalogue
    converter: ScriptConverter
    language: Language
    time_zone: ZoneInfo
    admins: frozenset[int] = frozenset()
    bot_name: str = ""
    bot_username: str = ""
    meaning: Meaning | None = None

    def visitor(self, ask: Ask) -> Visitor:
        """The place of the question, as the first change that it makes will store it."""
        return Visitor(ask.place, ask.kind, ask.chat_title, language_of(ask.language_code, self.language))

    def reader(self, ask: Ask) -> Reader:
        """Who asks, by the place's own settings, else by Telegram's guess, else by the operator's default. Who manages
        a place from elsewhere is spoken to in their own language."""
        subscriber = self.subscriptions.find(ask.place)
        viewer = self.subscriptions.find(ask.viewer) if ask.viewer else None
        if subscriber is None:
            reader = self.stranger(ask)
            return replace(reader, look=self.look(ask, viewer.language, reader.preferences)) if viewer else reader
        spoken = viewer.language if viewer else language_of(ask.language_code, self.language)
        look = self.look(ask, spoken if ask.viewer else subscriber.language, subscriber.preferences)
        return Reader(subscriber, subscriber.language, subscriber.preferences, subscriber.rules, look)

    def translator(self, language_code: str | None) -> Translator:
        """The words for somebody of whom only Telegram's guess at the language is known."""
        return self.catalogue.translator(language_of(language_code, self.language))

    def stranger(self, ask: Ask) -> Reader:
        """Who asks, without a look into the database."""
        language = language_of(ask.language_code, self.language)
        preferences = Preferences(script=script_of(language))
        return Reader(None, language, preferences, (), self.look(ask, language, preferences))

    def look(self, ask: Ask, language: Language, preferences: Preferences) -> Look:
        """How messages look with this language and these preferences in the chat of the question."""
        return Look(
            translator=self.catalogue.translator(language),
            time_zone=zone_of(preferences.time_zone, self.time_zone),
            style=preferences.style,
            script=preferences.script,
            converter=self.converter,
            per_message=preferences.per_message,
            link_preview=preferences.link_preview,
            rich_messages=preferences.rich,
            kind=ask.kind,
            bot_username=self.bot_username,
        )

    def today(self, ask: Ask, reader: Reader) -> datetime:
        """The reader's local time of the question."""
        return ask.now.astimezone(reader.look.time_zone)
