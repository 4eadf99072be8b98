"""Polling that cannot die silently."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError

from bot.tg.receiving import EXPLANATIONS, DigestBot, Heartbeat, Patience, Verdict
from tests.tg.conftest import TOKEN, Wire, answer, refusal


def update(number: int, text: str = "/latest", **fields: Any) -> dict[str, Any]:
    message = {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}, "text": text, **fields}
    return {"update_id": number, "message": message}


async def test_an_update_that_cannot_be_read_is_skipped_and_its_text_stays_out_of_the_log(
    wire: Wire, bot: DigestBot, caplog: pytest.LogCaptureFixture
) -> None:
    wire.answers.append(answer([update(1), update(2, "secret words", entities=17), update(3)]))
    updates = await bot.get_updates(offset=0, timeout=10)
    assert [found.update_id for found in updates] == [1, 3]
    assert "update 2 cannot be read" in caplog.text
    assert "secret words" not in caplog.text


async def test_a_bad_update_at_the_end_is_not_asked_for_again(wire: Wire, bot: DigestBot) -> None:
    wire.answers.append(answer([update(1), update(2, entities=17)]))
    wire.answers.append(answer([]))
    wire.answers.append(answer([]))
    await bot.get_updates(offset=0)
    await bot.get_updates(offset=2)
    await bot.get_updates(offset=5)
    assert [parameters["offset"] for _, parameters in wire.calls] == ["0", "3", "5"]


async def test_the_parameters_of_a_poll(wire: Wire, bot: DigestBot) -> None:
    wire.answers.append(answer([]))
    await bot.get_updates(limit=50, timeout=timedelta(seconds=30), allowed_updates=["message"], read_timeout=3)
    assert wire.calls[0] == ("getUpdates", {"timeout": "30", "limit": "50", "allowed_updates": '["message"]'})


async def test_a_good_poll_is_noted_and_a_bad_one_is_not(wire: Wire, bot: DigestBot) -> None:
    start = bot.heartbeat.last_good
    wire.answers.append(refusal(409, "Conflict: terminated by other getUpdates request"))
    with pytest.raises(Conflict):
        await bot.get_updates()
    assert (bot.heartbeat.last_good, bot.heartbeat.conflicts) == (start, 1)
    wire.answers.append(answer([]))
    await bot.get_updates()
    assert bot.heartbeat.last_good > start
    assert bot.heartbeat.conflicts == 0


def failed(*errors: Exception) -> Heartbeat:
    heartbeat = Heartbeat(100.0)
    for error in errors:
        heartbeat.failed(error)
    return heartbeat


@pytest.mark.parametrize(
    ("heartbeat", "now", "verdict"),
    [
        (failed(), 190.0, Verdict.FINE),
        (failed(), 190.1, Verdict.STALE),
        (failed(NetworkError("x"), BadRequest("y")), 101.0, Verdict.FINE),
        (failed(*[Conflict("c")] * 4), 101.0, Verdict.FINE),
        (failed(*[Conflict("c")] * 5), 101.0, Verdict.CONFLICT),
        (failed(InvalidToken()), 101.0, Verdict.REFUSED),
    ],
)
def test_when_receiving_gives_up(heartbeat: Heartbeat, now: float, verdict: Verdict) -> None:
    assert heartbeat.verdict(now) is verdict


def test_patience_can_be_set() -> None:
    assert failed(Conflict("c")).verdict(101.0, Patience(conflicts=1)) is Verdict.CONFLICT
    assert failed().verdict(101.0, Patience(stale_after=0.5)) is Verdict.STALE


def test_every_end_is_explained() -> None:
    assert set(EXPLANATIONS) == set(Verdict) - {Verdict.FINE}


async def test_the_token_is_in_no_repr_and_no_log_at_any_level(
    wire: Wire, bot: DigestBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.answers.append(refusal(500, "Internal Server Error"))
    with pytest.raises(NetworkError):
        await bot.call("sendMessage", {"chat_id": 5, "text": "x"})
    wire.answers.append(answer([]))
    await bot.get_updates()
    assert TOKEN not in caplog.text + repr(bot) + f"{bot}"
