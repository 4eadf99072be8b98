"""When trouble is the server's, and for how long everything pauses."""

from bot.core.outage import Outage


def fail(outage: Outage, times: int, now: float) -> list[bool]:
    return [outage.failed(now) for _ in range(times)]


def test_a_few_failures_among_answers_are_nothing() -> None:
    outage = Outage()
    for _ in range(10):
        assert not any(fail(outage, 4, 0.0))
        outage.answered()
    assert outage.wait(0.0) == 0.0


def test_failures_in_a_row_pause_once_however_many_were_under_way() -> None:
    outage = Outage()
    assert fail(outage, 50, 10.0).count(True) == 1
    assert outage.wait(10.25) == 0.75


def test_pauses_grow_to_half_a_minute() -> None:
    outage = Outage()
    fail(outage, 4, 0.0)
    now, waits = 0.0, []
    for _ in range(20):
        assert outage.failed(now) is True
        waits.append(outage.wait(now))
        now += waits[-1]
    assert waits[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert waits[-1] == 30.0


def test_an_answer_ends_it() -> None:
    outage = Outage()
    fail(outage, 20, 0.0)
    outage.answered()
    assert outage.wait(0.5) == 0.0
    assert not any(fail(outage, 4, 1.0))
