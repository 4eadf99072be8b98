"""Updates that are posted: each handled once, whatever is in it; and what Telegram says of the webhook."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Update
from telegram.request import BaseRequest, RequestData

from bot.core.limits import Admission, RateLimiter
from bot.tg.application import ALLOWED_UPDATES
from bot.tg.limiting import cost_of
from bot.tg.receiving import DigestBot
from bot.tg.webhook import Intake, Report, Webhook, reason_to_set
from tests.tg.conftest import TOKEN

NOON = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
HOOK = Webhook("https://bot.example.org/in", "hush")
WELL = {"url": HOOK.url, "allowed_updates": list(ALLOWED_UPDATES), "pending_update_count": 0}


class Line(BaseRequest):
    """A server that only says who we are."""

    read_timeout = 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(self, url: str, method: str, request_data: RequestData | None = None, **_: Any) -> Any:
        me = {"id": 1, "is_bot": True, "first_name": "D", "username": "digest_bot"}
        return 200, json.dumps({"ok": True, "result": me}).encode()


class Listener:
    """Stands for the dispatch: remembers whose message it was, in order; may take its time, or fail."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.pause = asyncio.Event()
        self.pause.set()
        self.limiter = RateLimiter(budget=10**9)

    def admission(self, update: Update) -> Admission:
        asked = cost_of(update, bot="digest_bot")
        return self.limiter.ask(asked[0], cost=asked[1], now=0.0) if asked else Admission.ALLOWED

    async def on_message(self, update: Update, _: object) -> None:
        self.heard.append(update.update_id)
        await self.pause.wait()
        if update.effective_message and update.effective_message.text == "/fail":
            raise RuntimeError("a handler failed")

    on_too_much = on_membership = on_migration = on_button = on_inline = on_message


def made(listener: Listener) -> Intake:
    line = Line()
    bot = DigestBot(TOKEN, request=line, get_updates_request=line, clock=lambda: 0.0)
    return Intake(bot, listener)  # type: ignore[arg-type] # answers the calls that a dispatch answers


def message(number: int, text: str = "/help", chat: int = 5) -> dict[str, Any]:
    person = {"id": chat, "first_name": "Ann", "is_bot": False}
    place = {"id": chat, "type": "private"}
    return {"update_id": number, "message": {"message_id": 1, "date": 0, "chat": place, "from": person, "text": text}}


async def test_nothing_is_taken_before_the_start_and_after_the_end() -> None:
    intake = made(listener := Listener())
    assert await intake.take(message(1)) is False
    await intake.start()
    assert await intake.take(message(1)) is True
    await intake.stop()
    assert await intake.take(message(2)) is False
    assert listener.heard == [1]


async def test_one_that_fails_is_over_and_the_next_is_heard() -> None:
    intake = made(listener := Listener())
    await intake.start()
    assert [await intake.take(message(number, "/fail")) for number in (1, 2)] == [True, True]
    assert await intake.take({"update_id": 3, "message": 17}) is True
    assert await intake.take(message(1)) is True
    assert listener.heard == [1, 2]
    await intake.stop()


async def test_a_chat_waits_for_its_turn_and_other_chats_do_not() -> None:
    intake = made(listener := Listener())
    await intake.start()
    listener.pause.clear()
    waiting = [asyncio.create_task(intake.take(message(number, chat=number % 2))) for number in (1, 3, 2, 5)]
    await asyncio.sleep(0.01)
    assert listener.heard == [1, 2]
    listener.pause.set()
    assert await asyncio.gather(*waiting) == [True] * 4
    assert listener.heard == [1, 2, 3, 5]
    await intake.stop()


async def test_one_that_is_cut_off_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tg.webhook.GRACE_SECONDS", 0.01)
    intake = made(listener := Listener())
    await intake.start()
    listener.pause.clear()
    waiting = [asyncio.create_task(intake.take(message(1))) for _ in range(2)]
    await asyncio.sleep(0.01)
    await intake.stop()
    assert await asyncio.gather(*waiting) == [False, False]


async def test_only_so_many_numbers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tg.webhook._REMEMBERED", 2)
    intake = made(listener := Listener())
    await intake.start()
    assert [await intake.take(message(number)) for number in (1, 2, 3, 3, 2, 1)] == [True] * 6
    assert listener.heard == [1, 2, 3, 1]
    await intake.stop()


_NAMES = st.sampled_from(
    [
        "chat",
        "from",
        "id",
        "text",
        "type",
        "date",
        "message",
        "message_id",
        "entities",
        "data",
        "query",
        "caption",
        "first_name",
        "old_chat_member",
        "new_chat_member",
        "status",
        "user",
        "sender_chat",
        "reply_to_message",
    ]
)
_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["private", "group", "/help", "\x00"])
)
_ANYTHING = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6), max_leaves=20
)
_CHAT = st.fixed_dictionaries({"id": _ANYTHING, "type": _ANYTHING}) | _ANYTHING
_NEARLY = st.fixed_dictionaries(
    {"message_id": _ANYTHING, "date": st.integers(0, 10**9), "chat": _CHAT},
    optional={"from": _ANYTHING, "text": _ANYTHING, "entities": _ANYTHING, "reply_to_message": _ANYTHING},
)
_KINDS = st.sampled_from([*ALLOWED_UPDATES, "edited_message", "poll", "something_new"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(_KINDS, _NEARLY | _ANYTHING, max_size=2), max_size=5))
def test_no_update_however_made_up_keeps_the_next_from_being_heard(bodies: list[dict[str, Any]]) -> None:
    async def post() -> list[int]:
        intake = made(listener := Listener())
        await intake.start()
        numbered = [{**body, "update_id": number} for number, body in enumerate(bodies)]
        assert all([await intake.take(body) for body in numbered])
        assert await intake.take(message(1000, chat=77))
        await intake.stop()
        return listener.heard

    assert asyncio.run(post())[-1] == 1000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"allowed_updates": list(reversed(ALLOWED_UPDATES))}, None),
        ({"url": ""}, "it was removed"),
        ({"url": "https://bot.example.org/elsewhere"}, "it pointed elsewhere"),
        ({"allowed_updates": ["message"]}, "it asked for other updates"),
    ],
)
def test_when_the_webhook_is_set_anew(change: dict[str, Any], reason: str | None) -> None:
    assert reason_to_set(WELL | change, HOOK) == reason


@pytest.mark.parametrize(
    ("pending", "error", "at", "failing"),
    [
        (0, None, None, None),
        (3, None, None, None),
        (3, "502 Bad Gateway", NOON.timestamp() + 60, "502 Bad Gateway"),
        (3, "502 Bad Gateway", int(NOON.timestamp()), "502 Bad Gateway"),
        (0, "502 Bad Gateway", NOON.timestamp() + 60, None),
        (3, "502 Bad Gateway", NOON.timestamp() - 60, None),
    ],
    ids=["well", "on their way", "failing", "this second", "all came through", "came through since"],
)
def test_what_keeps_updates_from_coming(pending: int, error: str | None, at: float | None, failing: str | None) -> None:
    info = {"pending_update_count": pending, "last_error_message": error, "last_error_date": at}
    assert Report.read(info).failing(NOON) == failing


def test_the_secret_does_not_show() -> None:
    assert "hush" not in repr(HOOK)
    assert (HOOK.path, HOOK.host) == ("/in", "bot.example.org")
