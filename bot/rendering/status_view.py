"""The state of a chat and of the bot in a few lines. Apart because it is the one view of figures, not of texts."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.actions import ShowLatest, ShowSettings, Subscribe
from bot.core.model import SubscriberState
from bot.rendering.buttons import button, keyboard
from bot.rendering.look import Look
from bot.rendering.markup import TextBuilder
from bot.rendering.message import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Status:
    """What `/status` tells. `subscription` is None for a chat that never subscribed; instants are aware; `backlog`
    counts this chat's deliveries not yet sent, `archive` all items held; `next_here` is when this chat's own schedule
    brings something, None where every digest comes as it appears."""

    subscription: SubscriberState | None
    last_slot: datetime | None
    last_items: int
    next_expected: datetime | None
    backlog: int
    archive: int
    healthy: bool = True
    next_here: datetime | None = None


def status_view(status: Status, look: Look) -> OutgoingMessage:
    """Last digest, next expected, this chat's backlog, health."""
    t = look.translator
    state = status.subscription.value if status.subscription else "none"
    lines = [t(f"status.subscription_{state}"), *_digests(status, look)]
    lines.append(t.n("status.backlog", status.backlog) if status.backlog else t("status.no_backlog"))
    lines.append(t("status.healthy" if status.healthy else "status.unwell"))
    text = TextBuilder().bold(t("status.title")).add("\n\n" + "\n".join(lines)).block()
    subscribe = [] if status.subscription is SubscriberState.ACTIVE else [button(t("button.subscribe"), Subscribe())]
    others = [button(t("button.latest"), ShowLatest()), button(t("button.settings"), ShowSettings())]
    return OutgoingMessage(text.text, text.entities, keyboard(subscribe, others))


def _digests(status: Status, look: Look) -> list[str]:
    t = look.translator
    if status.last_slot is None:
        return [t("status.no_digest")]
    when = t.format_slot(status.last_slot, look.time_zone)
    lines = [t.n("status.last", status.last_items, when=when), t.n("status.archive", status.archive)]
    if status.next_expected is not None:
        lines.insert(1, t("status.next", when=t.format_slot(status.next_expected, look.time_zone)))
    if status.next_here is not None:
        lines.insert(0, t("status.yours", when=t.format_slot(status.next_here, look.time_zone)))
    return lines
