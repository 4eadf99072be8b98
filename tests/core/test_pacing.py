"""The pacer's promises, hour by hour in an instant: a simulation under a clock that only moves when told."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.pacing import ChatPaces, Gate, Limits, Pacer, Priority, Ticket

Start = tuple[float, Ticket]


def push(chat_id: int, *, group: bool = False) -> Ticket:
    return Ticket(chat_id, group, Priority.PUSH)


def reply(chat_id: int) -> Ticket:
    return Ticket(chat_id, False, Priority.REPLY)


def drain(pacer: Pacer, now: float = 0.0, *, until: float = float("inf"), late: float = 0.0) -> list[Start]:
    """Let everything that waits start, each `late` seconds after it could; answers come at once."""
    starts: list[Start] = []
    while (time := pacer.next_time(now)) is not None and time <= until:
        now = time + late
        while (ticket := pacer.pop(now)) is not None:
            starts.append((now, ticket))
    return starts


def most_in_a_second(times: Iterable[float], window: float = 1.0) -> int:
    ordered = sorted(times)
    return max(bisect_left(ordered, start + window) - index for index, start in enumerate(ordered))


@pytest.mark.parametrize(("rate", "chats"), [(25, 1000), (1, 20), (30, 300), (1000, 5000)])
@pytest.mark.parametrize("late", [0.0, 0.0004, 0.003])
def test_a_broadcast_takes_the_least_time_the_rate_allows_and_never_bunches(rate: int, chats: int, late: float) -> None:
    pacer = Pacer(Limits(rate=rate))
    for chat in range(chats):
        pacer.offer(push(chat), 0.0)
    times = [time for time, _ in drain(pacer, late=late)]
    assert len(times) == chats
    assert most_in_a_second(times) <= rate
    assert times[-1] <= chats / rate * (1.004 + pacer.limits.stretch)


def test_starts_are_spread_evenly() -> None:
    pacer = Pacer(Limits(rate=25))
    for chat in range(100):
        pacer.offer(push(chat), 0.0)
    times = [time for time, _ in drain(pacer)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) > 0.0399
    assert max(gaps) < 0.0421


def test_calls_that_travel_ten_milliseconds_unevenly_still_keep_the_rate_at_the_server() -> None:
    pacer = Pacer(Limits(rate=25))
    for chat in range(500):
        pacer.offer(push(chat), 0.0)
    arrivals = [time + 0.010 * (index % 2) for index, (time, _) in enumerate(drain(pacer))]
    assert most_in_a_second(arrivals) <= 25


def test_a_pause_is_caught_up_with_but_never_over_the_rate() -> None:
    pacer = Pacer(Limits(rate=100))
    for chat in range(1000):
        pacer.offer(push(chat), 0.0)
    before = drain(pacer, until=2.0)
    times = [time for time, _ in before + drain(pacer, 2.15)]
    assert most_in_a_second(times) <= 100
    assert times[-1] <= 10 * 1.016 + 0.15


def test_quiet_time_is_not_saved_up() -> None:
    pacer = Pacer(Limits(rate=25))
    for chat in range(25):
        pacer.offer(push(chat), 1000.0)
    times = [time for time, _ in drain(pacer, 1000.0)]
    assert times[0] == 1000.0
    assert times[-1] > 1000.9


def test_a_private_chat_gets_one_a_second_while_others_go_on() -> None:
    pacer = Pacer(Limits(rate=25))
    for ticket in [push(1), push(1), push(1), *(push(chat) for chat in range(2, 60))]:
        pacer.offer(ticket, 0.0)
    starts = drain(pacer)
    mine = [time for time, ticket in starts if ticket.chat_id == 1]
    assert most_in_a_second(mine) == 1
    assert mine[-1] < 2.2
    assert len(starts) == 61


def test_the_gap_counts_from_the_answer() -> None:
    pacer = Pacer()
    pacer.offer(push(1), 0.0)
    assert pacer.pop(0.0) is not None
    pacer.chats.finished(1, 7.5)
    pacer.offer(push(1), 7.6)
    assert pacer.next_time(7.6) == 8.5


def test_a_group_gets_twenty_a_minute_over_all_its_topics() -> None:
    pacer = Pacer()
    for _ in range(100):
        pacer.offer(push(-5, group=True), 0.0)
    times = [time for time, _ in drain(pacer)]
    assert most_in_a_second(times, 60.0) == 20
    assert most_in_a_second(times) == 1
    assert times[-1] < 5 * 60.6


def test_a_full_group_holds_up_nobody() -> None:
    pacer = Pacer()
    for ticket in [*(push(-5, group=True) for _ in range(40)), *(push(chat) for chat in range(100))]:
        pacer.offer(ticket, 0.0)
    others = [time for time, ticket in drain(pacer) if ticket.chat_id >= 0]
    assert others[-1] < 100 / 25 + 1.0


def test_a_reply_never_waits_behind_a_broadcast() -> None:
    pacer = Pacer(Limits(rate=25))
    for chat in range(1000):
        pacer.offer(push(chat), 0.0)
    drain(pacer, until=10.0)
    pacer.offer(reply(5000), 10.0)
    time, ticket = drain(pacer, 10.0, until=10.1)[0]
    assert ticket.chat_id == 5000
    assert time <= 10.0 + 0.0405


def test_replies_and_pushes_share_one_rate() -> None:
    pacer = Pacer(Limits(rate=25))
    for chat in range(200):
        pacer.offer(push(chat), 0.0)
        pacer.offer(reply(1000 + chat), 0.0)
    starts = drain(pacer)
    assert most_in_a_second(time for time, _ in starts) <= 25
    assert [ticket.priority for _, ticket in starts] == [Priority.REPLY] * 200 + [Priority.PUSH] * 200


def test_a_reply_passes_a_push_that_waits_for_the_same_chat() -> None:
    pacer = Pacer()
    for ticket in (push(1), push(1), reply(1)):
        pacer.offer(ticket, 0.0)
    assert [ticket.priority for _, ticket in drain(pacer)] == [Priority.REPLY, Priority.PUSH, Priority.PUSH]


def test_a_flood_wait_parks_one_chat_only() -> None:
    pacer = Pacer()
    assert pacer.flooded(1, 30.0, 0.0) is False
    for chat in (1, 2, 3):
        pacer.offer(push(chat), 0.0)
    starts = {ticket.chat_id: time for time, ticket in drain(pacer)}
    assert starts[1] == 30.0
    assert max(starts[2], starts[3]) < 0.2


def test_several_chats_flooded_at_once_slow_pushes_but_not_replies_and_the_pace_recovers() -> None:
    pacer = Pacer(Limits(rate=25))
    assert [pacer.flooded(chat, 5.0, 100.0 + chat / 10) for chat in (1, 2, 3)] == [False, False, True]
    assert pacer.gate.pace(100.3) == 0.5
    for chat in range(1000):
        pacer.offer(push(10_000 + chat), 100.3)
    pacer.offer(reply(7), 100.3)
    starts = drain(pacer, 100.3)
    assert starts[0] == (100.3, starts[0][1])
    assert starts[0][1].priority is Priority.REPLY
    pushes = Counter(int(time) for time, ticket in starts if ticket.priority is Priority.PUSH)
    assert pushes[100] == 0
    assert 12 <= pushes[102] <= 14
    assert 18 <= pushes[115] <= 21
    assert pushes[130] >= 24


def test_one_chat_flooded_often_slows_nobody() -> None:
    pacer = Pacer()
    assert not any(pacer.flooded(1, 5.0, time / 100) for time in range(50))
    assert pacer.gate.pace(0.5) == 1.0


@pytest.mark.parametrize("rate", [25, 60, 1000])
def test_floods_here_and_there_are_about_their_chats_at_any_rate(rate: int) -> None:
    gate = Gate(Limits(rate=rate))
    slowed = []
    for chat in range(20 * rate):
        now = chat / rate
        gate.started(Priority.PUSH, now, now)
        slowed.append(chat % 20 == chat // 20 % 3 and gate.flooded(chat, now))
    assert not any(slowed)
    assert gate.pace(20.0) == 1.0


@pytest.mark.parametrize("rate", [25, 60, 1000])
def test_when_half_of_everything_is_flooded_it_is_about_us(rate: int) -> None:
    gate = Gate(Limits(rate=rate))
    slowed = 0
    for chat in range(rate):
        now = chat / rate
        gate.started(Priority.PUSH, now, now)
        slowed += chat % 2 and gate.flooded(chat, now)
    assert slowed
    assert gate.pace(1.0) <= 0.5


def test_floods_that_go_on_slow_pushes_down_to_a_floor() -> None:
    pacer = Pacer()
    for second in range(100):
        for chat in range(3):
            pacer.flooded(chat, 1.0, float(second))
    assert 0.04 < pacer.gate.pace(99.0) < 0.1


def test_waits_over_an_hour_are_shown() -> None:
    pacer = Pacer()
    pacer.flooded(1, 3600.0, 0.0)
    pacer.flooded(2, 90_000.0, 0.0)
    assert pacer.parked_long(0.0) == ((2, 90_000.0),)


def test_a_later_end_of_a_wait_wins() -> None:
    paces = ChatPaces(Limits())
    paces.park(1, 50.0)
    paces.park(1, 20.0)
    assert paces.ready_at(1, False) == 50.0


def test_a_chat_that_moved_keeps_its_pace() -> None:
    paces = ChatPaces(Limits())
    paces.park(1, 50.0)
    paces.moved(1, 2)
    paces.moved(99, 3)
    assert (paces.ready_at(1, True), paces.ready_at(2, True), len(paces)) == (float("-inf"), 50.0, 1)


def test_a_withdrawn_ticket_never_starts() -> None:
    pacer = Pacer()
    cold, warm, other = push(1), push(2), push(3)
    pacer.flooded(1, 5.0, 0.0)
    for ticket in (cold, warm, other):
        pacer.offer(ticket, 0.0)
    cold.withdrawn = warm.withdrawn = True
    assert [ticket for _, ticket in drain(pacer)] == [other]
    assert pacer.next_time(9.0) is None


def test_quiet_chats_are_forgotten_and_parked_ones_are_not() -> None:
    pacer = Pacer(Limits(rate=1000))
    pacer.flooded(-1, 1e6, 0.0)
    for chat in range(20_000):
        pacer.offer(push(chat), float(chat) / 1000)
        drain(pacer, float(chat) / 1000)
    assert len(pacer.chats) < 3000
    assert pacer.chats.ready_at(-1, False) == 1e6


def test_groups_are_remembered_for_their_window_and_then_forgotten() -> None:
    pacer = Pacer()
    for chat in range(3000):
        pacer.offer(push(-chat - 1, group=True), float(chat))
        drain(pacer, float(chat))
    assert 60 <= len(pacer.chats) < 80


def test_pushes_can_be_held_and_replies_go_on() -> None:
    pacer = Pacer()
    pacer.gate.hold(30.0)
    for ticket in (push(1), push(2), reply(3)):
        pacer.offer(ticket, 0.0)
    starts = drain(pacer)
    assert [ticket.chat_id for _, ticket in starts] == [3, 1, 2]
    assert [time for time, _ in starts] == [0.0, 30.0, pytest.approx(30.04, abs=0.001)]


def test_an_idle_gate_lets_the_first_through_at_once() -> None:
    assert Gate(Limits()).next_start(Priority.PUSH, 12.0) == 12.0


tickets = st.tuples(
    st.floats(0, 20, allow_nan=False), st.integers(-4, 6), st.sampled_from(Priority), st.floats(0, 0.2, allow_nan=False)
)


@settings(max_examples=60, deadline=None)
@given(offers=st.lists(tickets, max_size=120), rate=st.integers(1, 40))
def test_whatever_is_offered_starts_within_every_limit(
    offers: list[tuple[float, int, Priority, float]], rate: int
) -> None:
    pacer = Pacer(Limits(rate=rate))
    starts: list[Start] = []
    now = 0.0
    for at, chat, priority, late in sorted(offers):
        starts += drain(pacer, now, until=at, late=late)
        now = max([at, *(time for time, _ in starts[-1:])])
        pacer.offer(Ticket(chat, chat < 0, priority), now)
    starts += drain(pacer, now)
    assert len(starts) == len(offers)
    assert most_in_a_second([time for time, _ in starts] or [0.0]) <= rate
    by_chat: defaultdict[int, list[float]] = defaultdict(list)
    for time, ticket in starts:
        by_chat[ticket.chat_id].append(time)
    assert all(most_in_a_second(times) == 1 for times in by_chat.values())
    assert all(most_in_a_second(times, 60.0) <= 20 for chat, times in by_chat.items() if chat < 0)


@pytest.mark.parametrize(("rate", "jitter"), [(25.0, 0.016), (1000.0, 0.02)])
def test_calls_that_travel_unevenly_never_bunch_beyond_the_rate(rate: float, jitter: float) -> None:
    pacer, rng = Pacer(Limits(rate=rate)), Random(4)
    for chat in range(1, round(4 * rate) + 1):
        pacer.offer(push(chat), 0.0)
    arrivals = sorted(time + rng.uniform(0, jitter) for time, _ in drain(pacer))
    assert most_in_a_second(arrivals) <= rate
    assert arrivals[-1] <= 4.0 * (1.001 + jitter) + jitter


def test_corrections_let_pushes_go_first_and_share_their_rate() -> None:
    pacer = Pacer(Limits(rate=10.0, margin=0.0))
    for chat in range(1, 21):
        pacer.offer(Ticket(100 + chat, False, Priority.CORRECTION), 0.0)
    for chat in range(1, 21):
        pacer.offer(push(chat), 0.0)
    starts = drain(pacer)
    assert [ticket.priority for _, ticket in starts] == [Priority.PUSH] * 20 + [Priority.CORRECTION] * 20
    assert most_in_a_second(time for time, _ in starts) <= 10
    assert starts[-1][0] < 4.0


def test_a_paid_rate_does_not_hold_for_corrections() -> None:
    pacer = Pacer(Limits(rate=1000.0, margin=0.0))
    for chat in range(1, 101):
        pacer.offer(Ticket(chat, False, Priority.CORRECTION), 0.0)
    times = [time for time, _ in drain(pacer)]
    assert most_in_a_second(times) <= 25 + 1
    assert 3.9 < times[-1] < 4.1
