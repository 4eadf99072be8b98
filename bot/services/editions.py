"""From an edition to its messages: what the deliverer calls once for each distinct choice, and what `preview` shows."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.core.model import Language, Preferences, Repeats, Rule, RuleAction, StoredDigest, StoredItem
from bot.core.roundup import Heading
from bot.i18n import Catalogue
from bot.rendering.digest_view import push_view
from bot.rendering.edition_view import Rendering, corrected_view, edition_view
from bot.rendering.look import Look
from bot.rendering.message import OutgoingMessage
from bot.rendering.roundup_view import Roundup, roundup_view
from bot.rendering.script import ScriptConverter
from bot.rendering.serialize import loads
from bot.services.reading import choose
from bot.storage import Edition, Storage


class EditionRenderer:
    """Draws editions. Times are shown in the operator's zone: an edition is one for all who chose alike."""

    def __init__(
        self, storage: Storage, catalogue: Catalogue, converter: ScriptConverter, *, time_zone: ZoneInfo
    ) -> None:
        self._storage = storage
        self._catalogue = catalogue
        self._converter = converter
        self._time_zone = time_zone

    def render(self, edition: Edition) -> Rendering:
        """The messages of a planned edition as its digest is now. Where some were made of an older revision, the new
        ones take their places one by one; else an item that was taken out since is left out."""
        if edition.roundup:
            return self._render_roundup(edition)
        with self._storage.reading() as tx:
            stored = tx.digests.get(edition.digest_id)
        wanted = frozenset(edition.item_ids)
        look = self._look(edition.language, _preferences(edition))
        look = replace(look, seen=frozenset(edition.seen))
        if edition.parts is None:
            standing = (item for item in stored.items if not item.removed)
            return edition_view(stored, [item for item in standing if edition.complete or item.id in wanted], look)
        before = Rendering(loads(edition.parts), edition.layout, edition.revision)
        return corrected_view(stored, before, look, wanted=wanted, complete=edition.complete)

    def _render_roundup(self, edition: Edition) -> Rendering:
        """The messages of a roundup. Once sent they stay: a correction edits the digests' own messages."""
        with self._storage.reading() as tx:
            revision = tx.corrections.revision_of(edition.digest_id)
            items = {item.id: item for item in tx.items.get_many(edition.item_ids) if not item.removed}
        if edition.parts is not None:
            return Rendering(loads(edition.parts), edition.layout, revision)
        standing = tuple(items[item_id] for item_id in edition.item_ids if item_id in items)
        heading = Heading.parse(edition.roundup)
        roundup = Roundup(heading, standing, hidden=edition.hidden, more=edition.more, revision=revision)
        return roundup_view(roundup, self._look(edition.language, _preferences(edition)))

    def preview(
        self,
        stored: StoredDigest,
        *,
        language: Language,
        preferences: Preferences,
        rules: Sequence[Rule],
        seen: frozenset[int] = frozenset(),
    ) -> tuple[OutgoingMessage, ...]:
        """The messages that a subscriber with these preferences and rules would get of a digest, when `seen` are the
        items whose story they were sent before: marked where the whole digest is shown, left out elsewhere."""
        shown: list[StoredItem]
        shown, selection = choose(stored, rules)
        followed = any(rule.action is RuleAction.FOLLOW for rule in rules)
        if selection.hidden or followed or preferences.repeats is Repeats.HIDE:
            shown = [item for item in shown if item.id not in seen]
        look = replace(self._look(language, preferences), seen=seen)
        messages = push_view(stored, shown, look, hidden=len(selection.hidden))
        return tuple(replace(message, silent=preferences.silent) for message in messages)

    def _look(self, language: Language, preferences: Preferences) -> Look:
        return Look(
            translator=self._catalogue.translator(language),
            time_zone=self._time_zone,
            style=preferences.style,
            script=preferences.script,
            converter=self._converter,
            per_message=preferences.per_message,
            link_preview=preferences.link_preview,
            rich_messages=preferences.rich,
        )


def _preferences(edition: Edition) -> Preferences:
    """How the readers of an edition want messages to look; when they want them is not its concern."""
    return Preferences(
        style=edition.style,
        script=edition.script,
        rich=edition.rich,
        per_message=edition.per_message,
        link_preview=edition.link_preview,
    )
