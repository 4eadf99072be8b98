"""The whole demo, end to end: `digestbot demo` in a process of its own, and a visitor in a real browser.

Needs the command `demo` with the emulator, the bot and the sample digests behind it. All visitors here share one
demo, so each test takes another person or place, or says what it relies on.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

NewPage = Callable[..., Page]
ANSWER_MS = 10_000
PUSH_MS = 20_000


@pytest.fixture
def visitor(demo_url: str, new_page: NewPage) -> Callable[..., Page]:
    """Open the page as the visitor of that language (the tag shown under the name)."""

    def opened(language: str, **options: object) -> Page:
        page = new_page(demo_url, **options)
        expect(page.get_by_test_id("chat-title")).not_to_be_empty()
        page.get_by_test_id("user").filter(has_text=language).dispatch_event("click")
        expect(page.get_by_test_id("user").filter(has_text=language)).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_test_id("menu")).to_be_attached()
        return page

    return opened


def answers(page: Page) -> Locator:
    return page.locator("[data-testid=message][data-own=false]")


def ask(page: Page, text: str) -> Locator:
    """Write to the bot; the newest message of the bot after its answer came."""
    before = answers(page).count()
    page.get_by_test_id("input").fill(text)
    page.get_by_test_id("input").press("Enter")
    expect(answers(page).nth(before)).to_be_visible(timeout=ANSWER_MS)
    return answers(page).last


def subscribe(page: Page) -> None:
    """Start the bot and press the button that subscribes."""
    page.get_by_test_id("start").click()
    key = answers(page).last.get_by_test_id("key").first
    expect(key).to_be_visible(timeout=ANSWER_MS)
    key.click()
    noted = page.get_by_test_id("toast").or_(page.get_by_test_id("edited")).first
    expect(noted).to_be_visible(timeout=ANSWER_MS)


def a_word_of(message: Locator) -> str:
    """Something a search must find: the beginning of the first linked title."""
    title = message.locator("a").first.inner_text()
    found = re.search(r"[一-鿿]{2}|[A-Za-z]{4,}", title)
    assert found is not None, title
    return found.group()


def test_a_visitor_subscribes_reads_and_gets_the_next_digest_pushed(visitor: Callable[..., Page]) -> None:
    page = visitor("English")
    subscribe(page)
    digest = ask(page, "/latest")
    expect(digest.get_by_test_id("quote").first).to_be_visible()
    expect(digest.locator("a").first).to_have_attribute("href", re.compile("^https?://"))
    before = answers(page).count()
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("toast").last).to_be_visible(timeout=PUSH_MS)
    expect(answers(page).nth(before)).to_be_visible(timeout=PUSH_MS)
    expect(answers(page).last.get_by_test_id("quote").first).to_be_visible()


def test_topics_are_buttons_that_change_in_place(visitor: Callable[..., Page]) -> None:
    page = visitor("简体中文")
    topics = ask(page, "/topics")
    keys = topics.get_by_test_id("key")
    expect(keys.first).to_be_visible()
    before = keys.all_text_contents()
    keys.first.click()
    expect(topics.get_by_test_id("edited")).to_be_visible(timeout=ANSWER_MS)
    assert keys.all_text_contents() != before


def test_a_word_of_the_newest_digest_is_found(visitor: Callable[..., Page]) -> None:
    page = visitor("繁體中文")
    word = a_word_of(ask(page, "/latest"))
    found = ask(page, f"/search {word}")
    expect(found.locator("a").first).to_be_visible()


def test_the_command_menu_answers_in_the_visitors_language(visitor: Callable[..., Page]) -> None:
    page = visitor("繁體中文")
    page.get_by_test_id("menu").click()
    option = page.get_by_test_id("command-option").filter(has_text="/topics")
    expect(option).to_contain_text(re.compile(r"[一-鿿]"))


def test_on_a_phone_nothing_is_wider_than_the_window(visitor: Callable[..., Page]) -> None:
    page = visitor("简体中文", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    ask(page, "/latest")
    assert page.evaluate("[document.documentElement.scrollWidth, scroller.scrollWidth]") == [360, 360]
