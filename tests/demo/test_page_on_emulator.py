"""The chat page on the real emulator, with a bot scripted over the raw Bot API: the two speak the same language."""

import asyncio
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.emulator import Emulator, demo_world

NewPage = Callable[..., Page]


class EmulatorThread:
    """A running emulator with the demo's people, and a bot made of single calls."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._offset = 0

    def __enter__(self) -> "EmulatorThread":
        self._thread.start()
        self.emulator = self.run(self._start())
        # What making the world told the bot (its topics) is of no interest here.
        self._offset = max((update["update_id"] for update in self.call("getUpdates")), default=-1) + 1
        return self

    def __exit__(self, *_exc: object) -> None:
        self.run(self.emulator.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _start(self) -> Emulator:
        async def publish() -> tuple[str | None, int]:
            return "Evening digest", 1

        emulator = Emulator(on_publish=publish, publish_remaining=2)
        self.world = demo_world(emulator)
        await emulator.start()
        return emulator

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=10)

    @property
    def url(self) -> str:
        return f"{self.emulator.url}/"

    def call(self, method: str, **parameters: Any) -> Any:
        """One Bot API call; its result."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.emulator.url}/bot{self.emulator.token}/{method}",
            data=json.dumps(parameters).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=15) as response:  # noqa: S310 - our own address
            return json.load(response)["result"]

    def next_update(self, kind: str) -> dict[str, Any]:
        """The next update of that kind."""
        while True:
            update = self.call("getUpdates", offset=self._offset, limit=1, timeout=10)[0]
            self._offset = update["update_id"] + 1
            if kind in update:
                return dict(update[kind])


@pytest.fixture
def on_air() -> Iterator[EmulatorThread]:
    with EmulatorThread() as running:
        yield running


@pytest.fixture
def page(on_air: EmulatorThread, new_page: NewPage) -> Page:
    """The page as Alice sees it, in her chat with the bot."""
    alice = on_air.world.alice.id
    shown = new_page(f"{on_air.url}#u={alice}&c={alice}", origin=on_air.url)
    expect(shown.get_by_test_id("start")).to_be_visible()
    return shown


def test_a_visitor_starts_the_bot_and_sees_its_formatted_answer(on_air: EmulatorThread, page: Page) -> None:
    page.get_by_test_id("start").click()
    started = on_air.next_update("message")
    chat_id = started["chat"]["id"]
    on_air.call("sendChatAction", chat_id=chat_id, action="typing")
    expect(page.get_by_test_id("typing")).to_be_visible()
    html = (
        '<b>今日</b> <a href="https://example.org/">story</a>\n<blockquote expandable>'
        + "long words " * 90
        + "</blockquote>"
    )
    on_air.call("sendMessage", chat_id=chat_id, text=html, parse_mode="HTML")
    answer = page.get_by_test_id("message-text").last
    expect(answer.locator("strong")).to_have_text("今日")
    expect(answer.locator("a")).to_have_attribute("href", "https://example.org/")
    expect(answer.get_by_test_id("quote-toggle")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_test_id("typing")).to_be_hidden()
    assert started["text"] == "/start"


def test_a_press_reaches_the_bot_and_its_edit_and_answer_come_back(on_air: EmulatorThread, page: Page) -> None:
    page.get_by_test_id("start").click()
    chat_id = on_air.next_update("message")["chat"]["id"]
    keys = {"inline_keyboard": [[{"text": "Subscribe", "callback_data": "v1:sub", "style": "primary"}]]}
    sent = on_air.call("sendMessage", chat_id=chat_id, text="Welcome", reply_markup=keys)
    page.get_by_test_id("key").click()
    query = on_air.next_update("callback_query")
    on_air.call("editMessageText", chat_id=chat_id, message_id=sent["message_id"], text="Subscribed")
    on_air.call("answerCallbackQuery", callback_query_id=query["id"], text="Done")
    expect(page.get_by_test_id("toast")).to_have_text("Done")
    expect(page.get_by_test_id("message-text").last).to_contain_text("Subscribed")
    expect(page.get_by_test_id("key")).to_have_count(0)
    expect(page.get_by_test_id("edited")).to_be_visible()
    assert query["data"] == "v1:sub"


def test_the_bots_commands_are_offered_in_the_visitors_language(on_air: EmulatorThread, page: Page) -> None:
    on_air.call("setMyCommands", commands=[{"command": "latest", "description": "The newest digest"}])
    on_air.call("setMyCommands", commands=[{"command": "latest", "description": "最新一期"}], language_code="zh")
    page.reload()
    page.get_by_test_id("input").press_sequentially("/")
    expect(page.get_by_test_id("command-option")).to_contain_text("The newest digest")
    page.get_by_test_id("user").first.click()
    page.get_by_test_id("input").press_sequentially("/")
    expect(page.get_by_test_id("command-option")).to_contain_text("最新一期")


def test_a_topic_of_the_forum_is_written_to_and_answered_in(on_air: EmulatorThread, page: Page) -> None:
    page.locator("[data-testid=chat][data-thread-id]").last.click()
    expect(page.get_by_test_id("chat-title")).to_have_text("Open source")
    page.get_by_test_id("input").fill("/latest")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message-text").last).to_contain_text("/latest")
    told = on_air.next_update("message")
    on_air.call("sendMessage", chat_id=told["chat"]["id"], message_thread_id=told["message_thread_id"], text="here")
    expect(page.get_by_test_id("message-text").last).to_contain_text("here")
    expect(page.get_by_test_id("unread")).to_have_count(0)


def test_a_bot_that_was_blocked_cannot_write_until_it_is_unblocked(on_air: EmulatorThread, page: Page) -> None:
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("message")).to_have_count(1)
    page.get_by_test_id("more").click()
    page.get_by_test_id("block").click()
    expect(page.get_by_test_id("composer-bar")).to_be_visible()
    page.get_by_test_id("unblock").click()
    expect(page.get_by_test_id("input")).to_be_visible()


def test_inline_results_of_the_bot_are_sent_by_a_tap(on_air: EmulatorThread, page: Page) -> None:
    on_air.emulator.bot.inline = True
    page.get_by_test_id("input").press_sequentially(f"@{on_air.emulator.bot.user.username} open")
    query = on_air.next_update("inline_query")
    result = {"type": "article", "id": "7", "title": "Found", "input_message_content": {"message_text": "An item"}}
    on_air.call("answerInlineQuery", inline_query_id=query["id"], results=[result])
    page.get_by_test_id("inline-option").click()
    expect(page.get_by_test_id("message-text").last).to_contain_text("An item")


def test_publishing_shows_what_was_published_and_what_is_left(page: Page) -> None:
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("toast")).to_have_text("Published: Evening digest")
    expect(page.get_by_test_id("publish-remaining")).to_have_text("1 left")
