"""Ledger rows into values: how a delivery and an edition lie in their tables, and the conditions that let the engines
use the partial indexes. Apart so that writing and reading the ledger share one understanding.
"""

from typing import Any

from sqlalchemy import Row, Select, bindparam, literal, select

from bot.core.layout import PartLayout
from bot.core.ledger import Delivery, DeliveryState
from bot.core.model import ChatKind, Language, Script, Style
from bot.storage import packing
from bot.storage.records import Edition
from bot.storage.subscriber_tables import DELIVERY, SUBSCRIBER
from bot.storage.subscribers import place_of

SELECT_DELIVERY: Select[Any] = select(
    DELIVERY,
    *(SUBSCRIBER.c[name] for name in ("chat_id", "thread_id", "kind", "silent", "quiet", "night", "time_zone")),
).join(SUBSCRIBER, SUBSCRIBER.c.id == DELIVERY.c.subscriber_id)


PENDING = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.RETRY)
"""The states of deliveries that are not over."""

LOST = (DeliveryState.FAILED, DeliveryState.GONE, DeliveryState.UNKNOWN)
"""The states of deliveries that did not arrive, or not for certain."""

NEVER_ARRIVED = (DeliveryState.FAILED.value, DeliveryState.GONE.value)
"""The states, as their column holds them, of deliveries that certainly did not arrive."""


def state_is(state: DeliveryState) -> Any:
    """Whether a delivery is in a state; spelt out and not bound, so that a planner sees which partial index fits."""
    return DELIVERY.c.state == literal(state.value, literal_execute=True)


def state_values(*states: DeliveryState) -> list[str]:
    """The states as their columns hold them."""
    return [state.value for state in states]


_FLYING = DELIVERY.c.state.in_(
    bindparam(None, state_values(DeliveryState.CLAIMED, DeliveryState.SENDING), expanding=True, literal_execute=True)
)
PENDING_INDEXES: tuple[Any, ...] = (state_is(DeliveryState.PLANNED), state_is(DeliveryState.RETRY), _FLYING)
"""Conditions that together say "not over", each met by a partial index of its own."""


def edition_of(row: Row[Any]) -> Edition:
    """An edition from its row."""
    return Edition(
        id=row.id,
        digest_id=row.digest_id,
        item_ids=tuple(row.item_ids),
        style=Style(row.style),
        language=Language(row.language),
        script=Script(row.script),
        hidden=row.hidden,
        revision=row.revision,
        parts=row.parts,
        rich=row.rich,
        complete=row.complete,
        layout=tuple(PartLayout(revision, tuple(ids)) for revision, ids in row.layout),
        seen=tuple(row.seen),
        per_message=row.per_message,
        link_preview=row.link_preview,
        roundup=row.roundup,
        more=row.more,
    )


def delivery_of(row: Row[Any], *, state: DeliveryState | None = None) -> Delivery:
    """A delivery from a row of SELECT_DELIVERY, in `state` if it was changed since."""
    return Delivery(
        id=row.id,
        digest_id=row.digest_id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        place=place_of(row.chat_id, row.thread_id),
        kind=ChatKind(row.kind),
        due_at=row.due_at,
        silent=bool(row.silent),
        state=DeliveryState(row.state) if state is None else state,
        attempts=row.attempts,
        parts_sent=row.parts_sent,
        message_ids=packing.split(row.message_ids),
        reason=row.error,
        revision=row.revision,
    )
