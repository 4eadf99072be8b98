"""Long polling and webhooks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.emulator import Chat, Emulator, Person
from tests.emulator.conftest import Answer, Api, Clock


async def texts(api: Api, **params: Any) -> list[str]:
    updates = (await api("getUpdates", **params)).result
    return [update["message"]["text"] for update in updates]


def say(reader: Person, *words: str) -> None:
    for word in words:
        reader.send(word)


async def test_updates_stay_until_they_are_confirmed(api: Api, reader: Person) -> None:
    say(reader, "a", "b", "c")
    first = (await api("getUpdates", limit=2)).result
    assert [update["message"]["text"] for update in first] == ["a", "b"]
    assert await texts(api) == ["a", "b", "c"]
    assert await texts(api, offset=first[-1]["update_id"] + 1) == ["c"]
    assert await texts(api) == ["c"]


async def test_a_negative_offset_forgets_all_but_the_newest(api: Api, reader: Person) -> None:
    say(reader, "a", "b", "c")
    assert await texts(api, offset=-1) == ["c"]
    assert await texts(api) == ["c"]


async def test_a_long_poll_ends_with_the_first_update(api: Api, reader: Person) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    reader.send("now")
    answer = await poll
    assert answer.result[0]["message"]["text"] == "now"


async def test_a_long_poll_without_updates_comes_back_empty(emulator: Emulator) -> None:
    assert await emulator.bot.inbox.poll(0, 100, 0.01) == []


async def test_the_older_of_two_pollers_is_terminated(api: Api, reader: Person) -> None:
    older = asyncio.create_task(api("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(api("getUpdates", timeout=30))
    refused = await older
    assert refused.status == 409
    assert refused.error.startswith("Conflict: terminated by other getUpdates request; make sure")
    reader.send("x")
    assert len((await newer).result) == 1


async def test_updates_are_kept_for_a_day(api: Api, reader: Person, clock: Clock) -> None:
    reader.send("old")
    clock.advance(86_401)
    reader.send("new")
    assert await texts(api) == ["new"]


async def test_only_wanted_kinds_arrive_and_the_choice_is_remembered(api: Api, reader: Person) -> None:
    await api("getUpdates", allowed_updates=["callback_query"])
    reader.send("unseen")
    assert (await api("getUpdates")).result == []
    await api("getUpdates", allowed_updates=[])
    reader.send("seen")
    assert await texts(api) == ["seen"]


@pytest.mark.parametrize("wrong", ["{", "{}", "[1]"])
async def test_wrong_kinds_are_refused(api: Api, wrong: str) -> None:
    assert "can't parse allowed_updates" in (await api("getUpdates", allowed_updates=wrong)).error


async def test_membership_of_others_must_be_asked_for(
    api: Api, emulator: Emulator, group: Chat, reader: Person
) -> None:
    other = emulator.add_user()
    emulator.promote(group)
    emulator.join(group, other)
    kinds = [set(update) - {"update_id"} for update in (await api("getUpdates")).result]
    assert kinds == [{"my_chat_member"}, {"message"}]
    await api("getUpdates", offset=-1, allowed_updates=["chat_member"])
    emulator.kick(group, other, by=reader)
    [update] = (await api("getUpdates", offset=-1)).result
    assert update["chat_member"]["new_chat_member"]["status"] == "kicked"


# -- webhooks ----------------------------------------------------------------------------------------------------------


class Hook:
    """A bot's web server; answers with the scripted statuses, then 200."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.statuses: list[int] = []
        self.retry_after: dict[str, str] = {}
        self.url = ""

    async def take(self, request: web.BaseRequest) -> web.Response:
        body = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        self.seen.append((body["message"]["text"], secret))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.retry_after if status != 200 else {})


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    runner = web.ServerRunner(web.Server(made.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not predicate():  # noqa: ASYNC110 - a webhook rings no bell a test could hear
            await asyncio.sleep(0.005)


async def delivered(emulator: Emulator) -> None:
    await until(lambda: not emulator.bot.inbox.waiting())


async def test_a_webhook_gets_updates_with_its_secret_in_order(
    api: Api, emulator: Emulator, reader: Person, hook: Hook
) -> None:
    reader.send("before")
    assert (await api("setWebhook", url=hook.url, secret_token="s-1")).result is True
    reader.send("after")
    await delivered(emulator)
    assert hook.seen == [("before", "s-1"), ("after", "s-1")]


async def test_half_a_pair_of_surrogates_keeps_nothing_from_coming(
    api: Api, emulator: Emulator, reader: Person, hook: Hook
) -> None:
    await api("setWebhook", url=hook.url)
    say(reader, "\ud83d", "after")
    await delivered(emulator)
    assert [text for text, _ in hook.seen] == ["\ud83d", "after"]


async def test_a_failed_delivery_is_repeated_and_its_chat_waits(
    api: Api, emulator: Emulator, reader: Person, hook: Hook
) -> None:
    hook.statuses = [500, 429]
    hook.retry_after = {"Retry-After": "0"}
    await api("setWebhook", url=hook.url)
    reader.send("a")
    reader.send("b")
    await delivered(emulator)
    assert [text for text, _ in hook.seen] == ["a", "a", "a", "b"]
    info = (await api("getWebhookInfo")).result
    assert info["last_error_message"].startswith("Wrong response from the webhook: 429")


async def test_an_unreachable_webhook_is_reported(api: Api, emulator: Emulator, reader: Person) -> None:
    await api("setWebhook", url="http://127.0.0.1:9/hook", allowed_updates=["message"], max_connections=500)
    reader.send("a")
    await until(lambda: emulator.bot.webhook.last_error)
    info = (await api("getWebhookInfo")).result
    assert (info["pending_update_count"], info["max_connections"], info["allowed_updates"]) == (1, 100, ["message"])


async def test_polling_and_a_webhook_exclude_each_other(api: Api, hook: Hook) -> None:
    poll: asyncio.Task[Answer] = asyncio.create_task(api("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    await api("setWebhook", url=hook.url)
    assert (await poll).status == 409
    assert (await api("getUpdates")).error.startswith("Conflict: can't use getUpdates method while webhook is active")
    await api("deleteWebhook")
    assert (await api("getUpdates")).result == []


async def test_pending_updates_can_be_dropped(api: Api, reader: Person, hook: Hook) -> None:
    reader.send("a")
    await api("deleteWebhook", drop_pending_updates=True)
    assert (await api("getUpdates")).result == []
    reader.send("b")
    await api("setWebhook", url=hook.url, drop_pending_updates=True)
    await api("setWebhook", url="")
    assert (await api("getUpdates")).result == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"url": "http://a.org/x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://a.org:99/x"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "https://a.org/x", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_wrong_webhooks_are_refused(api: Api, params: dict[str, str], reason: str) -> None:
    assert (await api("setWebhook", **params)).error == f"Bad Request: {reason}"
