"""How much one person may ask: a window that slides, one notice, nobody else concerned."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits import BUDGET, COMMAND, INLINE, PRESS, Admission, RateLimiter

ALLOWED, NOTICE, DROPPED = Admission


def burst(limiter: RateLimiter, size: int, *, who: int = 1, cost: int = COMMAND, now: float = 0.0) -> list[Admission]:
    return [limiter.ask(who, cost=cost, now=now) for _ in range(size)]


def test_thirty_commands_a_minute_then_one_notice_then_silence() -> None:
    assert burst(RateLimiter(), 300) == [ALLOWED] * 30 + [NOTICE] + [DROPPED] * 269


def test_one_persons_burst_is_nobody_elses() -> None:
    limiter = RateLimiter()
    burst(limiter, 300)
    assert limiter.ask(2, cost=COMMAND, now=0.0) is ALLOWED


def test_a_press_costs_half_and_a_letter_a_quarter() -> None:
    assert burst(RateLimiter(), 61, cost=PRESS).count(ALLOWED) == 60
    assert burst(RateLimiter(), 121, cost=INLINE).count(ALLOWED) == 120


def test_what_was_refused_costs_nothing_so_that_the_window_frees() -> None:
    limiter = RateLimiter()
    burst(limiter, 30)
    assert [limiter.ask(1, cost=COMMAND, now=float(at)) for at in range(1, 60)] == [NOTICE] + [DROPPED] * 58
    assert limiter.ask(1, cost=COMMAND, now=60.0) is ALLOWED


def test_the_window_slides_and_a_new_burst_is_told_again() -> None:
    limiter = RateLimiter()
    burst(limiter, 15, now=0.0)
    burst(limiter, 15, now=30.0)
    assert limiter.ask(1, cost=COMMAND, now=59.0) is NOTICE
    assert burst(limiter, 16, now=61.0) == [ALLOWED] * 15 + [DROPPED]
    assert burst(limiter, 60, now=200.0).count(NOTICE) == 1


def test_a_clock_set_back_locks_nobody_out() -> None:
    limiter = RateLimiter()
    burst(limiter, 40, now=10_000.0)
    assert limiter.ask(1, cost=COMMAND, now=5.0) is ALLOWED


def test_memory_is_bounded_and_the_quietest_are_forgotten() -> None:
    limiter = RateLimiter(people=10)
    admissions = [limiter.ask(who, cost=COMMAND, now=float(who)) for who in range(1000)]
    assert admissions == [ALLOWED] * 1000
    assert len(limiter) == 10


@given(st.lists(st.tuples(st.floats(0, 10, allow_nan=False), st.sampled_from([COMMAND, PRESS, INLINE]))))
def test_no_window_ever_lets_more_through_than_the_budget(steps: list[tuple[float, int]]) -> None:
    limiter, now = RateLimiter(), 0.0
    granted: list[tuple[float, int]] = []
    for wait, cost in steps * 5:
        now += wait
        granted += [(now, cost)] * (limiter.ask(7, cost=cost, now=now) is ALLOWED)
    used = [sum(cost for at, cost in granted if start < at <= start + 59.9) for start, _ in [(-1.0, 0), *granted]]
    assert max(used) <= BUDGET
