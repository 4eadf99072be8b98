"""Every state against every event: what follows, what is refused, how long is waited."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ledger import (
    IN_DOUBT,
    Begin,
    Change,
    Claim,
    Delivery,
    DeliveryState,
    Event,
    Gone,
    IllegalTransitionError,
    MovedTo,
    PartInDoubt,
    PartsSent,
    Recover,
    Rejected,
    RejectedKind,
    Release,
    RetryAt,
    RetryPolicy,
    RetryUnknown,
    advance,
    applied,
)
from bot.core.model import ChatKind, Place, SubscriberState

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
POLICY = RetryPolicy()
EVENTS: tuple[Event, ...] = (
    Claim(),
    Begin(),
    PartsSent((7,), last=True),
    PartsSent((7,), last=False),
    Release(),
    Recover(),
    RetryAt(3, "flood", flood=True),
    RetryAt(0, "no connection"),
    Gone("blocked"),
    MovedTo(-1005),
    Rejected("empty", RejectedKind.EMPTY),
    PartInDoubt("read timeout", last=True),
    PartInDoubt("read timeout", last=False),
)
S = DeliveryState
FOLLOWS: dict[tuple[DeliveryState, type], set[DeliveryState]] = {
    (S.PLANNED, Claim): {S.CLAIMED},
    (S.RETRY, Claim): {S.CLAIMED},
    (S.CLAIMED, Begin): {S.SENDING},
    (S.CLAIMED, Release): {S.PLANNED},
    (S.CLAIMED, Recover): {S.PLANNED},
    (S.CLAIMED, Rejected): {S.FAILED},
    (S.SENDING, Begin): {S.SENDING},
    (S.SENDING, PartsSent): {S.SENT, S.SENDING},
    (S.SENDING, Release): {S.RETRY},
    (S.SENDING, Recover): {S.RETRY},
    (S.SENDING, RetryAt): {S.RETRY},
    (S.SENDING, Gone): {S.GONE},
    (S.SENDING, MovedTo): {S.RETRY},
    (S.SENDING, Rejected): {S.FAILED},
    (S.SENDING, PartInDoubt): {S.RETRY},
}
LEGAL = [(state, event) for state in S for event in EVENTS if (state, type(event)) in FOLLOWS]
ILLEGAL = [(state, event) for state in S for event in EVENTS if (state, type(event)) not in FOLLOWS]


def delivery(state: DeliveryState = S.SENDING, **fields: object) -> Delivery:
    values = {"id": 5, "digest_id": 1, "edition_id": 2, "subscriber_id": 3, "place": Place(-44, 9), "due_at": NOW}
    return Delivery(**{"kind": ChatKind.PRIVATE, "state": state, **values, **fields})  # type: ignore[arg-type]


def after(event: Event, policy: RetryPolicy = POLICY, **fields: object) -> Change:
    return advance(delivery(**fields), event, NOW, policy)


@pytest.mark.parametrize(("state", "event"), LEGAL)
def test_every_legal_event_leads_to_its_state(state: DeliveryState, event: Event) -> None:
    change = advance(delivery(state), event, NOW, POLICY)
    assert change.state in FOLLOWS[state, type(event)]
    assert (change.before, change.delivery_id, change.subscriber_id) == (state, 5, 3)


@pytest.mark.parametrize(("state", "event"), ILLEGAL)
def test_every_other_event_is_refused(state: DeliveryState, event: Event) -> None:
    with pytest.raises(IllegalTransitionError) as refused:
        advance(delivery(state), event, NOW, POLICY)
    assert (refused.value.delivery_id, refused.value.state) == (5, state)


@pytest.mark.parametrize("state", S)
def test_final_states_are_those_nothing_follows(state: DeliveryState) -> None:
    assert state.final is (state not in {pair[0] for pair in FOLLOWS})


def test_a_part_of_several_keeps_the_delivery_in_flight_with_its_message_kept() -> None:
    change = after(PartsSent((7, 8), last=False), parts_sent=1, message_ids=(3,), attempts=4, reason="unknown: reset")
    assert (change.state, change.parts_sent, change.message_ids) == (S.SENDING, 2, (3, 7, 8))
    assert (change.attempts, change.reason) == (0, "unknown: reset")


def test_the_last_part_ends_it() -> None:
    assert after(PartsSent((7,), last=True)).state is S.SENT


def test_a_flood_wait_is_kept_and_is_no_failure() -> None:
    change = after(RetryAt(30, "flood", flood=True), attempts=2)
    assert (change.due_at, change.attempts) == (NOW + timedelta(seconds=30), 2)


def test_what_was_not_sent_is_tried_for_ever_with_growing_waits() -> None:
    first, later = after(RetryAt(0, "refused")), after(RetryAt(0, "refused"), attempts=500)
    assert (first.state, later.state, later.attempts) == (S.RETRY, S.RETRY, 501)
    assert NOW < first.due_at < later.due_at <= NOW + timedelta(seconds=POLICY.longest_wait * 1.25)


def test_a_lost_chat_blocks_its_subscriber() -> None:
    change = after(Gone("blocked"))
    assert (change.state, change.subscriber_state, change.reason) == (S.GONE, SubscriberState.BLOCKED, "blocked")


def test_a_moved_chat_is_due_again_at_once_under_its_new_id() -> None:
    before = delivery(kind=ChatKind.GROUP, parts_sent=1, message_ids=(4,))
    moved = applied(before, advance(before, MovedTo(-1005), NOW, POLICY))
    assert (moved.place, moved.kind, moved.due_at) == (Place(-1005, 9), ChatKind.SUPERGROUP, NOW)
    assert (moved.state, moved.parts_sent, moved.message_ids) == (S.RETRY, 1, (4,))


def test_chats_that_point_at_each_other_end_as_failed() -> None:
    assert after(MovedTo(-1005), attempts=POLICY.attempts - 1).state is S.FAILED


def test_a_refused_message_fails_with_its_reason() -> None:
    change = after(Rejected("message is too long", RejectedKind.TOO_LONG))
    assert (change.state, change.reason) == (S.FAILED, "too_long: message is too long")


@pytest.mark.parametrize(
    ("setting", "kind", "state"),
    [
        (RetryUnknown.PRIVATE, ChatKind.PRIVATE, S.RETRY),
        (RetryUnknown.PRIVATE, ChatKind.GROUP, S.UNKNOWN),
        (RetryUnknown.PRIVATE, ChatKind.SUPERGROUP, S.UNKNOWN),
        (RetryUnknown.PRIVATE, ChatKind.CHANNEL, S.UNKNOWN),
        (RetryUnknown.ALL, ChatKind.CHANNEL, S.RETRY),
        (RetryUnknown.ALL, ChatKind.PRIVATE, S.RETRY),
        (RetryUnknown.NONE, ChatKind.PRIVATE, S.UNKNOWN),
        (RetryUnknown.NONE, ChatKind.GROUP, S.UNKNOWN),
    ],
)
def test_an_unknown_outcome_is_repeated_where_the_policy_says(
    setting: RetryUnknown, kind: ChatKind, state: DeliveryState
) -> None:
    change = after(PartInDoubt("read timeout", last=True), RetryPolicy(retry_unknown=setting), kind=kind)
    assert (change.state, change.reason) == (state, "unknown: read timeout")


def test_unknown_outcomes_are_repeated_a_limited_number_of_times() -> None:
    change = after(PartInDoubt("reset", last=True), attempts=POLICY.attempts - 1)
    assert (change.state, change.parts_sent, change.message_ids) == (S.UNKNOWN, 1, (IN_DOUBT,))


def test_a_part_in_doubt_is_counted_and_the_next_goes_on() -> None:
    before = delivery(kind=ChatKind.CHANNEL, parts_sent=1, message_ids=(7,), attempts=2, revision=3)
    doubted = applied(before, advance(before, PartInDoubt("reset", last=False, revision=2), NOW, POLICY))
    assert (doubted.state, doubted.parts_sent, doubted.message_ids) == (S.SENDING, 2, (7, IN_DOUBT))
    assert (doubted.attempts, doubted.reason, doubted.revision) == (0, "unknown: reset", 2)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(None, "unknown: an earlier part"), ("flood", "unknown: an earlier part"), ("unknown: reset", "unknown: reset")],
)
def test_a_delivery_with_a_part_in_doubt_never_counts_as_sent(trouble: str | None, reason: str) -> None:
    change = after(PartsSent((9,), last=True), parts_sent=1, message_ids=(IN_DOUBT,), reason=trouble)
    assert (change.state, change.message_ids, change.reason) == (S.UNKNOWN, (IN_DOUBT, 9), reason)


def test_a_release_in_flight_is_due_after_its_wait() -> None:
    change = after(Release(12.5, "chat is full"))
    assert (change.state, change.due_at, change.reason) == (S.RETRY, NOW + timedelta(seconds=12.5), "chat is full")


def test_a_claimed_delivery_of_which_something_was_tried_goes_back_as_retry() -> None:
    assert after(Recover(), state=S.CLAIMED, parts_sent=1).state is S.RETRY
    assert after(Release(), state=S.CLAIMED, attempts=1, reason="flood").reason == "flood"


def test_an_untouched_delivery_that_must_wait_goes_back_as_retry_too() -> None:
    change = after(Release(3.0, "the chat is full"), state=S.CLAIMED)
    assert (change.state, change.due_at) == (S.RETRY, NOW + timedelta(seconds=3))


def test_what_goes_back_untouched_keeps_its_place_in_the_order() -> None:
    early = NOW - timedelta(hours=1)
    for_now, for_good = after(Release(), state=S.CLAIMED, due_at=early), after(Recover(), due_at=early)
    assert (for_now.state, for_now.due_at) == (S.PLANNED, early)
    assert (for_good.state, for_good.due_at) == (S.RETRY, NOW)


def test_a_crash_while_sending_is_told_apart_and_due_at_once() -> None:
    change = after(Recover(), parts_sent=1, message_ids=(3,))
    assert (change.reason, change.due_at, change.parts_sent, change.message_ids) == ("interrupted", NOW, 1, (3,))


@given(failures=st.integers(min_value=-3, max_value=10_000), seed=st.integers(min_value=0, max_value=2**62))
def test_waits_grow_are_capped_and_spread(failures: int, seed: int) -> None:
    wait, next_wait = POLICY.wait(failures, seed=seed), POLICY.wait(failures + 1, seed=seed)
    assert POLICY.first_wait <= wait <= next_wait <= POLICY.longest_wait * 1.25


def test_a_thousand_failures_at_once_do_not_come_back_at_once() -> None:
    waits = {round(POLICY.wait(1, seed=seed), 3) for seed in range(1000)}
    assert len(waits) > 300


@given(data=st.data())
def test_whatever_happens_no_part_is_forgotten_and_the_end_is_the_end(data: st.DataObject) -> None:
    now, row = NOW, delivery(S.PLANNED)
    for _ in range(data.draw(st.integers(1, 30))):
        options = [event for event in EVENTS if (row.state, type(event)) in FOLLOWS]
        after_event = applied(row, advance(row, data.draw(st.sampled_from(options)), now, POLICY)) if options else row
        assert after_event.parts_sent >= row.parts_sent
        assert after_event.message_ids[: len(row.message_ids)] == row.message_ids
        row, now = after_event, now + timedelta(seconds=1)
    assert row.state in S
