"""The delivery ledger's rules as pure decisions: which state follows which, when to try again and when to give up.
Apart from storage (which keeps the rows) and from the deliverer (which acts), so that every transition can be tested
without a database, a clock or a network.

                      +------------------------- release, flood, not sent ---------------------------+
                      v                                                                              |
    planned --claim--> claimed --begin--> sending --last part: all sent---------> sent               |
       ^    retry --claim--^  |              | ^ |  --last part: some in doubt--> unknown            |
       |      ^               |              | +-+ a part of several: sent, or in doubt for good     |
       |      |               |              +--- not sent, flood, moved ------> retry --------------+
       |      |               |              +--- in doubt, to be repeated -----> retry
       |      |               |              +--- chat is lost -----------------> gone
       |      |               |              +--- refused for good -------------> failed
       |      +-- recover, release ----------+   (a crash or a stop while sending)
       +--------- recover, release (a crash or a stop before sending)

A part is in doubt when its answer was lost: it may have arrived or not. Where policy says not to risk a repeat, it is
counted, IN_DOUBT stands for its message, and the parts after it are sent all the same. So it is with pieces of a part.

The promise rests on one order: `sending` is committed before the Bot API call, the outcome after it. So whatever a
crash leaves in `claimed` was certainly not sent since its last recorded part, and whatever it leaves in `sending` is at
most one message that may arrive twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.core.model import ChatKind, Place, SubscriberState
from bot.core.pieces import Mark, extended
from bot.errors import DigestbotError

IN_DOUBT = -1
"""In place of the id of a message of which nobody knows whether it arrived."""

NO_RIGHTS = "no_rights"
"""Why a chat is out of reach that the bot is in: it may not write there."""

_UNKNOWN = "unknown: "


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PLANNED = "planned"  # due, nobody works on it, nothing of it was tried
    CLAIMED = "claimed"  # one deliverer holds it under a lease; no call is open
    SENDING = "sending"  # a Bot API call may be open: recorded before the call
    SENT = "sent"  # every part arrived
    RETRY = "retry"  # due again at `due_at`
    UNKNOWN = "unknown"  # over; of one part at least nobody knows whether it arrived
    GONE = "gone"  # the chat cannot be reached any more
    FAILED = "failed"  # refused for good, reason kept

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the delivery."""
        return self in {DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.GONE, DeliveryState.FAILED}


class RetryUnknown(StrEnum):
    """Where a send whose outcome is unknown is tried again, at the risk of a repeat."""

    PRIVATE = "private"  # in private chats only: one reader sees a repeat, or nobody misses the digest
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient the ledger is; all waits in seconds. Attempts count only tries that may have reached the chat:
    what certainly was not sent (no connection, a flood wait) is tried until it is."""

    retry_unknown: RetryUnknown = RetryUnknown.PRIVATE
    attempts: int = 6
    first_wait: float = 2.0
    factor: float = 2.0
    longest_wait: float = 300.0

    def wait(self, failures: int, *, seed: int = 0) -> float:
        """Seconds to wait after that many failures in a row (from 1): growing, capped, and spread by up to a quarter
        with `seed` (a delivery's id), so that a thousand failed at once do not all come back at once."""
        grown = self.first_wait * self.factor ** min(max(failures, 1) - 1, 32)
        return min(grown, self.longest_wait) * (1 + (seed * 2654435761 % 1024) / 4096)

    def retries_unknown(self, kind: ChatKind) -> bool:
        """Whether an unknown outcome is tried again in a chat of this kind."""
        if self.retry_unknown is RetryUnknown.PRIVATE:
            return kind is ChatKind.PRIVATE
        return self.retry_unknown is RetryUnknown.ALL


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition for one subscriber: a row of the ledger. `parts_sent` counts the parts that are done with, arrived
    or in doubt; `message_ids` has an entry for every message so far, in order (one below 1 cannot be edited; marks say
    what is a piece: `bot.core.pieces`); `attempts` counts failures since the last of them; `reason` is the last trouble
    or None; `revision` is the oldest that any of the messages shows of the digest (0: nothing was sent yet)."""

    id: int
    digest_id: int
    edition_id: int
    subscriber_id: int
    place: Place
    kind: ChatKind
    due_at: datetime
    silent: bool = False
    state: DeliveryState = DeliveryState.PLANNED
    attempts: int = 0
    parts_sent: int = 0
    message_ids: tuple[int, ...] = ()
    reason: str | None = None
    revision: int = 0


# What one Bot API call came to. Only what certainly was not sent is ever repeated blindly.


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""

    message_id: int


@dataclass(frozen=True, slots=True)
class RetryAt:
    """It certainly was not sent; try again after `seconds` (0: as policy says). `flood`: the server asked for it."""

    seconds: float
    reason: str
    flood: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The place cannot be written to until something changes there. `reason` is stable, for machines."""

    reason: str


@dataclass(frozen=True, slots=True)
class MovedTo:
    """The group became a supergroup with this id; nothing was sent."""

    chat_id: int


class RejectedKind(StrEnum):
    """What the server did not like about a message."""

    MARKUP = "markup"
    TOO_LONG = "too_long"
    KEYBOARD = "keyboard"
    EMPTY = "empty"
    MISSING = "missing"  # the message to edit does not exist any more
    UNCHANGED = "unchanged"  # the message to edit already reads so
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message itself was refused; nothing was sent."""

    reason: str
    kind: RejectedKind = RejectedKind.OTHER


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have arrived: the answer was lost or says nothing."""

    reason: str


SendResult = Sent | RetryAt | Gone | MovedTo | Rejected | Unknown


# What else happens to a delivery.


@dataclass(frozen=True, slots=True)
class Claim:
    """A deliverer takes it."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The next Bot API call is about to be made."""


@dataclass(frozen=True, slots=True)
class PartsSent:
    """One part arrived, as these messages; `last`: no part remains; `revision` of the digest it shows; `rest`: it was
    a piece, and the part goes on there."""

    message_ids: tuple[int, ...]
    last: bool
    revision: int = 0
    rest: Mark | None = None


@dataclass(frozen=True, slots=True)
class PartInDoubt:
    """The answer to one part was lost; the other fields as in PartsSent."""

    reason: str
    last: bool
    revision: int = 0
    rest: Mark | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Given back without a call: the deliverer stops, or the chat must wait `seconds`."""

    seconds: float = 0.0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Recover:
    """Its deliverer died."""


Outcome = RetryAt | Gone | MovedTo | Rejected | Unknown
Refusal = RetryAt | Gone | MovedTo | Rejected
Event = Claim | Begin | PartsSent | PartInDoubt | Release | Recover | Refusal


@dataclass(frozen=True, slots=True)
class Change:
    """What a row becomes, whole; `before` is the state the decision was made from (a storage may check it).
    `subscriber_state` and `moved_to`, when set, change the subscriber in the same transaction."""

    delivery_id: int
    before: DeliveryState
    state: DeliveryState
    due_at: datetime
    attempts: int
    parts_sent: int
    message_ids: tuple[int, ...]
    reason: str | None
    subscriber_id: int
    subscriber_state: SubscriberState | None = None
    moved_to: int | None = None
    revision: int = 0


class IllegalTransitionError(DigestbotError):
    """An event that cannot happen in the delivery's state: a fault of the program."""

    def __init__(self, delivery: Delivery, event: Event) -> None:
        super().__init__(f"delivery {delivery.id} is {delivery.state} and cannot take {type(event).__name__}")
        self.delivery_id = delivery.id
        self.state = delivery.state


_TAKES: dict[DeliveryState, tuple[type, ...]] = {
    DeliveryState.PLANNED: (Claim,),
    DeliveryState.RETRY: (Claim,),
    DeliveryState.CLAIMED: (Begin, Release, Recover, Rejected),
    DeliveryState.SENDING: (Begin, PartsSent, PartInDoubt, Release, Recover, RetryAt, Gone, MovedTo, Rejected),
}


def advance(delivery: Delivery, event: Event, now: datetime, policy: RetryPolicy) -> Change:
    """The change an event makes to a delivery at `now`. Pure.

    Raises IllegalTransitionError for an event its state cannot take (every final state takes none)."""
    if not isinstance(event, _TAKES.get(delivery.state, ())):
        raise IllegalTransitionError(delivery, event)
    match event:
        case Claim():
            return _change(delivery, DeliveryState.CLAIMED)
        case Begin():
            return _change(delivery, DeliveryState.SENDING)
        case PartsSent():
            return _done(delivery, event, event.message_ids, reason=delivery.reason)
        case PartInDoubt():
            return _in_doubt(delivery, event, now, policy)
        case Release() | Recover():
            return _given_back(delivery, event, now)
        case RetryAt() | Gone() | MovedTo() | Rejected():
            return _not_sent(delivery, event, now, policy)
        case _:
            assert_never(event)


def _not_sent(delivery: Delivery, outcome: Refusal, now: datetime, policy: RetryPolicy) -> Change:
    match outcome:
        case RetryAt():
            return _retry(delivery, outcome, now, policy)
        case Gone(reason):
            return replace(
                _change(delivery, DeliveryState.GONE), reason=reason, subscriber_state=SubscriberState.BLOCKED
            )
        case MovedTo():
            return _moved(delivery, outcome, now, policy)
        case Rejected(reason, kind):
            return replace(_change(delivery, DeliveryState.FAILED), reason=f"{kind}: {reason}")
        case _:
            assert_never(outcome)


def _retry(delivery: Delivery, outcome: RetryAt, now: datetime, policy: RetryPolicy) -> Change:
    # A flood wait says itself how long; it is no failure of ours and does not make later waits longer.
    attempts = delivery.attempts if outcome.flood else delivery.attempts + 1
    wait = outcome.seconds or policy.wait(attempts, seed=delivery.id)
    due_at = now + timedelta(seconds=wait)
    return replace(_change(delivery, DeliveryState.RETRY), due_at=due_at, attempts=attempts, reason=outcome.reason)


def _moved(delivery: Delivery, outcome: MovedTo, now: datetime, policy: RetryPolicy) -> Change:
    # Counted, so that two chats that point at each other end as failed and not as a busy loop.
    attempts = delivery.attempts + 1
    if attempts >= policy.attempts:
        return replace(_change(delivery, DeliveryState.FAILED), attempts=attempts, reason="moved too often")
    moved_to = outcome.chat_id
    return replace(
        _change(delivery, DeliveryState.RETRY), due_at=now, attempts=attempts, reason="moved", moved_to=moved_to
    )


def _in_doubt(delivery: Delivery, event: PartInDoubt, now: datetime, policy: RetryPolicy) -> Change:
    attempts = delivery.attempts + 1
    reason = f"{_UNKNOWN}{event.reason}"
    if attempts >= policy.attempts or not policy.retries_unknown(delivery.kind):
        return _done(delivery, event, (IN_DOUBT,), reason=reason)
    due_at = now + timedelta(seconds=policy.wait(attempts, seed=delivery.id))
    return replace(_change(delivery, DeliveryState.RETRY), due_at=due_at, attempts=attempts, reason=reason)


def _done(
    delivery: Delivery, event: PartsSent | PartInDoubt, message_ids: tuple[int, ...], *, reason: str | None
) -> Change:
    """One part, or a piece of it, is done with, and the delivery too if nothing follows."""
    message_ids = extended(delivery.message_ids, message_ids, event.rest)
    state = DeliveryState.SENDING
    if event.last and event.rest is None:
        state = DeliveryState.UNKNOWN if IN_DOUBT in message_ids else DeliveryState.SENT
    if state is DeliveryState.UNKNOWN and not (reason or "").startswith(_UNKNOWN):
        reason = f"{_UNKNOWN}an earlier part"  # later troubles have taken the place of the first
    return replace(
        _change(delivery, state),
        attempts=0,
        parts_sent=delivery.parts_sent + (event.rest is None),
        message_ids=message_ids,
        reason=reason,
        revision=min(delivery.revision, event.revision) if delivery.message_ids else event.revision,
    )


def _given_back(delivery: Delivery, event: Release | Recover, now: datetime) -> Change:
    # Untouched deliveries become `planned` again, so that a backlog can be told from what was interrupted; they keep
    # their time, and with it their place in the order.
    seconds = event.seconds if isinstance(event, Release) else 0.0
    reason = _reason_of(event, delivery)
    begun = delivery.parts_sent or delivery.message_ids or delivery.attempts
    if seconds or delivery.state is DeliveryState.SENDING or begun:
        return replace(_change(delivery, DeliveryState.RETRY), due_at=now + timedelta(seconds=seconds), reason=reason)
    return replace(_change(delivery, DeliveryState.PLANNED), reason=reason)


def _reason_of(event: Release | Recover, delivery: Delivery) -> str | None:
    if isinstance(event, Release):
        return event.reason or delivery.reason
    return "interrupted" if delivery.state is DeliveryState.SENDING else delivery.reason


def _change(delivery: Delivery, state: DeliveryState) -> Change:
    """The delivery in another state and otherwise as it is."""
    return Change(
        delivery_id=delivery.id,
        before=delivery.state,
        state=state,
        due_at=delivery.due_at,
        attempts=delivery.attempts,
        parts_sent=delivery.parts_sent,
        message_ids=delivery.message_ids,
        reason=delivery.reason,
        subscriber_id=delivery.subscriber_id,
        revision=delivery.revision,
    )


def applied(delivery: Delivery, change: Change) -> Delivery:
    """The delivery after a change."""
    return replace(
        delivery,
        place=delivery.place if change.moved_to is None else Place(change.moved_to, delivery.place.thread_id),
        kind=delivery.kind if change.moved_to is None else ChatKind.SUPERGROUP,
        due_at=change.due_at,
        state=change.state,
        attempts=change.attempts,
        parts_sent=change.parts_sent,
        message_ids=change.message_ids,
        reason=change.reason,
        revision=change.revision,
    )
