"""The chat page in a real browser, on a scripted scene: what is drawn, what is sent, what changes."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.demo.scene import BOT, CHANNEL, EMMA, FORUM, GROUP, LIN, NOON, Scene, slowly

LONG = "A paragraph that goes on for a while, so that it needs far more than three lines of the bubble. " * 12
NewPage = Callable[..., Page]


@pytest.fixture
def page(scene: Scene, new_page: NewPage) -> Callable[..., Page]:
    """Open the page (for a user and a chat) and wait until it shows the chat."""

    def opened(user: dict[str, Any] = EMMA, chat_id: int | None = None, **options: Any) -> Page:
        shown = new_page(f"{scene.url}#u={user['id']}&c={chat_id or user['id']}", origin=scene.url, **options)
        expect(shown.get_by_test_id("chat-title")).not_to_be_empty()
        expect(shown.get_by_test_id("menu")).to_be_visible()
        return shown

    return opened


def last_text(page: Page) -> Locator:
    return page.get_by_test_id("message-text").last


def entity(kind: str, text: str, part: str, **fields: Any) -> dict[str, Any]:
    """An entity over `part` of `text`, counted as the Bot API counts."""
    units = len(text[: text.index(part)].encode("utf-16-le")) // 2
    return {"type": kind, "offset": units, "length": len(part.encode("utf-16-le")) // 2, **fields}


def is_at_end(page: Page) -> bool:
    return bool(page.evaluate("(([s]) => s.scrollHeight - s.scrollTop - s.clientHeight < 3)([scroller])"))


# ---- formatted text


def test_entities_are_drawn_from_utf16_offsets_behind_characters_beyond_the_basic_plane(
    scene: Scene, page: Callable[..., Page]
) -> None:
    text = "👩‍🚀🇨🇳 **x** 粗体 then code and 斜体\n  end"
    scene.say(
        EMMA["id"],
        text,
        quiet=True,
        entities=[entity("bold", text, "粗体"), entity("code", text, "code"), entity("italic", text, "斜体")],
    )
    shown = last_text(page())
    expect(shown.locator("strong")).to_have_text("粗体")
    expect(shown.locator("code")).to_have_text("code")
    expect(shown.locator("em")).to_have_text("斜体")
    assert shown.evaluate("node => node.textContent").startswith(text)


def test_nested_and_crossing_entities_cover_exactly_their_stretches(scene: Scene, page: Callable[..., Page]) -> None:
    text = "one two three four"
    scene.say(
        EMMA["id"],
        text,
        quiet=True,
        entities=[
            {"type": "bold", "offset": 0, "length": 13},
            {"type": "italic", "offset": 4, "length": 3},
            {"type": "underline", "offset": 8, "length": 10},
            {"type": "strikethrough", "offset": 14, "length": 400},
        ],
    )
    shown = last_text(page())
    expect(shown.locator("strong")).to_have_text("one two three")
    expect(shown.locator("strong em")).to_have_text("two")
    assert shown.locator("u").all_text_contents() == ["three", " four"]
    expect(shown.locator("s")).to_have_text("four")


def test_any_entities_leave_the_text_whole(scene: Scene, page: Callable[..., Page]) -> None:
    differences = page().evaluate(
        """async () => {
          const { renderText } = await import("/page/entities.js");
          const kinds = ["bold", "italic", "blockquote", "expandable_blockquote", "pre", "code", "spoiler", "unknown"];
          let seed = 7;
          const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
          const context = { text: { say: (key) => key }, expanded: new Set(), key: "k" };
          const differing = [];
          for (let round = 0; round < 400; round += 1) {
            const text = Array.from({ length: random(30) }, () => ["a", "\\n", "中", "👍", " "][random(5)]).join("");
            const entities = Array.from({ length: random(7) }, () => (
              { type: kinds[random(kinds.length)], offset: random(40) - 4, length: random(20) }));
            const node = document.createElement("div");
            renderText(node, text, entities, context);
            if (node.textContent !== text) differing.push([text, entities, node.textContent]);
          }
          return differing;
        }"""
    )
    assert differences == []


def test_a_long_folded_quotation_opens_and_folds_again_by_key(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], LONG, quiet=True, entities=[entity("expandable_blockquote", LONG, LONG)])
    shown = page()
    quote = shown.get_by_test_id("quote")
    folded = quote.bounding_box()
    toggle = shown.get_by_test_id("quote-toggle")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    opened = quote.bounding_box()
    toggle.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    assert folded is not None
    assert opened is not None
    assert folded["height"] < 100 < opened["height"]
    assert quote.bounding_box()["height"] == folded["height"]  # type: ignore[index]  # it is visible


def test_a_tap_on_a_folded_quotation_opens_it_and_an_edit_leaves_it_open(
    scene: Scene, page: Callable[..., Page]
) -> None:
    message = scene.say(EMMA["id"], LONG, quiet=True, entities=[entity("expandable_blockquote", LONG, LONG)])
    shown = page()
    shown.get_by_test_id("quote").click(position={"x": 60, "y": 30})
    expect(shown.get_by_test_id("quote-toggle")).to_have_attribute("aria-expanded", "true")
    scene.edit(message, reply_markup={"inline_keyboard": [[{"text": "k", "callback_data": "k"}]]})
    expect(shown.get_by_test_id("key")).to_be_visible()
    expect(shown.get_by_test_id("quote-toggle")).to_have_attribute("aria-expanded", "true")


def test_a_short_folded_quotation_needs_no_toggle(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], "short", quiet=True, entities=[entity("expandable_blockquote", "short", "short")])
    shown = page()
    expect(shown.get_by_test_id("quote")).to_have_text("short")
    expect(shown.get_by_test_id("quote-toggle")).to_be_hidden()


def test_markup_in_a_message_stays_text(scene: Scene, page: Callable[..., Page]) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><b>bold</b>"
    scene.say(
        EMMA["id"],
        attack,
        quiet=True,
        entities=[entity("bold", attack, "<b>bold</b>")],
        reply_markup={"inline_keyboard": [[{"text": attack, "callback_data": "x"}]]},
        reply_to_message={"message_id": 99, "from": BOT, "text": attack, "chat": {"id": EMMA["id"]}},
    )
    shown = page()
    expect(last_text(shown)).to_contain_text("<script>")
    assert shown.locator("#log img, #log script, #log b").count() == 0
    assert "owned" not in shown.title()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:document.title='owned'",
        " jAvaScript:1",
        "java\nscript:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "tg://x",
        "http://",
        "",
    ],
)
def test_only_web_addresses_become_links(scene: Scene, page: Callable[..., Page], address: str) -> None:
    scene.say(EMMA["id"], "look", quiet=True, entities=[entity("text_link", "look", "look", url=address)])
    shown = last_text(page())
    expect(shown).to_contain_text("look")
    assert shown.locator("a").count() == 0


@pytest.mark.parametrize(
    ("kind", "text", "fields", "href"),
    [
        (
            "text_link",
            "read",
            {"url": "https://example.org/a?b=1&c=%E4%B8%AD"},
            "https://example.org/a?b=1&c=%E4%B8%AD",
        ),
        ("url", "http://example.org/x", {}, "http://example.org/x"),
        ("url", "example.org/x", {}, "https://example.org/x"),
        ("url", "example.org:8080/x", {}, "https://example.org:8080/x"),
    ],
)
def test_a_link_opens_apart_and_tells_nothing(
    scene: Scene, page: Callable[..., Page], kind: str, text: str, fields: dict[str, str], href: str
) -> None:
    scene.say(EMMA["id"], text, quiet=True, entities=[entity(kind, text, text, **fields)])
    link = last_text(page()).locator("a")
    expect(link).to_have_attribute("href", href)
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_a_spoiler_shows_when_pressed_by_key(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], "the end", quiet=True, entities=[entity("spoiler", "the end", "end")])
    spoiler = page().locator(".spoiler")
    expect(spoiler).to_have_attribute("role", "button")
    spoiler.press("Enter")
    expect(spoiler).not_to_have_attribute("role", "button")


@pytest.mark.parametrize(
    ("form", "shown"),
    [("D", "19 November 2026"), ("t", "03:06"), ("", "then"), (None, "then"), ("?", "then")],
)
def test_an_instant_is_written_in_the_readers_way(
    scene: Scene, page: Callable[..., Page], form: str | None, shown: str
) -> None:
    entities = [entity("date_time", "then", "then", unix_time=1795028760, date_time_format=form)]
    scene.say(EMMA["id"], "then", quiet=True, entities=entities)
    expect(last_text(page()).locator("time.moment")).to_have_text(shown)


def test_a_command_in_a_message_is_sent_by_a_tap(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], "try /topics now", quiet=True, entities=[entity("bot_command", "try /topics now", "/topics")])
    shown = page()
    shown.get_by_test_id("command-link").click()
    expect(last_text(shown)).to_contain_text("/topics")
    assert scene.posted("send") == [{"user_id": EMMA["id"], "chat_id": EMMA["id"], "text": "/topics"}]


def test_a_message_of_an_unknown_kind_says_so(scene: Scene, page: Callable[..., Page]) -> None:
    del scene.say(EMMA["id"], "", quiet=True, rich_message={"html": "<h3>x</h3>"})["text"]
    expect(last_text(page())).to_contain_text("not shown here")


# ---- keyboards


def test_a_press_shows_that_it_waits_and_then_the_answer(scene: Scene, page: Callable[..., Page]) -> None:
    keys = [[{"text": "Follow", "callback_data": "v1:f", "style": "success"}], [{"text": "Off", "callback_data": "x"}]]
    scene.say(EMMA["id"], "choose", quiet=True, reply_markup={"inline_keyboard": keys})
    scene.answers["press"] = slowly(0.4, {"text": "Followed", "show_alert": False, "url": None})
    shown = page()
    key = shown.get_by_role("button", name="Follow")
    expect(key).to_have_class(re.compile(r"\bsuccess\b"))
    key.click()
    expect(key).to_have_attribute("aria-busy", "true")
    expect(shown.get_by_test_id("toast")).to_have_text("Followed")
    expect(key).not_to_have_attribute("aria-busy", "true")
    assert scene.posted("press") == [{"user_id": EMMA["id"], "chat_id": EMMA["id"], "message_id": 1, "data": "v1:f"}]


def test_an_alert_must_be_closed(scene: Scene, page: Callable[..., Page]) -> None:
    keys = [[{"text": "Why", "callback_data": "w"}]]
    scene.say(EMMA["id"], "m", quiet=True, reply_markup={"inline_keyboard": keys})
    scene.answers["press"] = lambda _body: {"text": "Because\nof a rule", "show_alert": True, "url": None}
    shown = page()
    shown.get_by_test_id("key").click()
    expect(shown.get_by_test_id("alert")).to_contain_text("of a rule")
    shown.get_by_test_id("alert-ok").click()
    expect(shown.get_by_test_id("alert")).to_be_hidden()


def test_a_failed_press_is_told_and_can_be_repeated(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], "m", quiet=True, reply_markup={"inline_keyboard": [[{"text": "k", "callback_data": "k"}]]})
    scene.answers["press"] = lambda _body: {"error_code": 400, "description": "no such message"}
    shown = page()
    key = shown.get_by_test_id("key")
    key.click()
    expect(shown.get_by_test_id("toast")).to_contain_text("no such message")
    expect(key).not_to_have_attribute("aria-busy", "true")


def test_an_edit_changes_text_and_keyboard_in_place_and_keeps_the_focus(
    scene: Scene, page: Callable[..., Page]
) -> None:
    first = scene.say(
        EMMA["id"], "before", quiet=True, reply_markup={"inline_keyboard": [[{"text": "one", "callback_data": "1"}]]}
    )
    scene.say(EMMA["id"], "below", quiet=True)
    shown = page()
    shown.get_by_test_id("key").focus()
    scene.edit(first, text="after", reply_markup={"inline_keyboard": [[{"text": "two", "callback_data": "2"}]]})
    message = shown.get_by_test_id("message").first
    expect(message.get_by_test_id("message-text")).to_contain_text("after")
    expect(message.get_by_test_id("edited")).to_have_text("edited")
    expect(message.get_by_test_id("key")).to_have_text("two")
    expect(message.get_by_test_id("key")).to_be_focused()
    expect(shown.get_by_test_id("message")).to_have_count(2)


def test_a_copy_button_copies(scene: Scene, page: Callable[..., Page]) -> None:
    keys = [[{"text": "Copy", "copy_text": {"text": "https://example.org/copied"}}]]
    scene.say(EMMA["id"], "m", quiet=True, reply_markup={"inline_keyboard": keys})
    shown = page(permissions=["clipboard-read", "clipboard-write"])
    shown.get_by_test_id("key").click()
    expect(shown.get_by_test_id("toast")).to_have_text("Copied")
    assert shown.evaluate("navigator.clipboard.readText()") == "https://example.org/copied"


def test_a_button_with_a_harmful_address_opens_nothing(scene: Scene, page: Callable[..., Page]) -> None:
    keys = [[{"text": "Go", "url": "javascript:document.title='owned'"}]]
    scene.say(EMMA["id"], "m", quiet=True, reply_markup={"inline_keyboard": keys})
    shown = page()
    shown.get_by_test_id("key").click()
    expect(shown.get_by_test_id("toast")).to_have_text("This link is not opened here")
    assert len(shown.context.pages) == 1


def test_a_deep_link_to_this_bot_starts_it_here(scene: Scene, page: Callable[..., Page]) -> None:
    keys = [[{"text": "Go", "url": f"https://t.me/{BOT['username']}?start=t_models"}]]
    scene.say(GROUP, "m", quiet=True, reply_markup={"inline_keyboard": keys})
    shown = page(chat_id=GROUP)
    shown.get_by_test_id("key").click()
    expect(last_text(shown)).to_contain_text("/start t_models")
    assert scene.posted("send") == [{"user_id": EMMA["id"], "chat_id": EMMA["id"], "text": "/start t_models"}]


# ---- what arrives


def test_typing_shows_until_the_message_comes(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    scene.tell("typing", chat_id=EMMA["id"])
    expect(shown.get_by_test_id("typing")).to_be_visible()
    expect(shown.get_by_test_id("chat-subtitle")).to_have_text("typing…")
    scene.say(EMMA["id"], "here it is")
    expect(last_text(shown)).to_contain_text("here it is")
    expect(shown.get_by_test_id("typing")).to_be_hidden()


def test_a_deleted_message_vanishes(scene: Scene, page: Callable[..., Page]) -> None:
    message = scene.say(EMMA["id"], "gone soon", quiet=True)
    shown = page()
    expect(shown.get_by_test_id("message")).to_have_count(1)
    scene.delete(message)
    expect(shown.get_by_test_id("message")).to_have_count(0)
    expect(shown.get_by_test_id("start")).to_be_visible()


def test_messages_of_two_days_are_divided(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], "old", quiet=True, date=NOON - 86_400 * 400)
    scene.say(EMMA["id"], "same day", quiet=True, date=NOON - 86_400 * 400 + 60)
    scene.say(EMMA["id"], "later", quiet=True, date=NOON)
    days = page().get_by_test_id("day")
    expect(days).to_have_count(2)
    expect(days.first).to_have_text("14 October 2025")


def test_the_log_follows_at_the_end_and_else_tells_of_new_messages(scene: Scene, page: Callable[..., Page]) -> None:
    for number in range(40):
        scene.say(EMMA["id"], f"message {number}", quiet=True)
    shown = page()
    scene.say(EMMA["id"], "followed")
    expect(last_text(shown)).to_contain_text("followed")
    assert is_at_end(shown)
    shown.get_by_test_id("scroller").evaluate("node => node.scrollTo(0, 0)")
    expect(shown.get_by_test_id("new-messages")).to_be_visible()
    scene.say(EMMA["id"], "not followed")
    expect(shown.get_by_test_id("new-messages")).to_have_text("New messages (1)")
    assert not is_at_end(shown)
    shown.get_by_test_id("new-messages").click()
    expect(shown.get_by_test_id("new-messages")).to_be_hidden()


def test_other_chats_count_what_was_not_read(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(GROUP, "read before", quiet=True)
    shown = page()
    group = shown.locator(f"[data-testid=chat][data-chat-id='{GROUP}']")
    expect(group).to_contain_text("read before")
    scene.say(GROUP, "one", sender=LIN)
    scene.say(GROUP, "two", sender=LIN)
    expect(group.get_by_test_id("unread")).to_have_text("2")
    group.click()
    expect(last_text(shown)).to_contain_text("two")
    expect(shown.get_by_test_id("unread")).to_have_count(0)


def test_topics_of_a_forum_are_places_of_their_own(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(FORUM, "in general", quiet=True)
    scene.say(FORUM, "in models", quiet=True, message_thread_id=5, is_topic_message=True)
    shown = page(chat_id=FORUM)
    expect(shown.get_by_test_id("message-text")).to_have_count(1)
    shown.locator("[data-testid=chat][data-thread-id='5']").click()
    expect(last_text(shown)).to_contain_text("in models")
    shown.get_by_test_id("input").fill("here")
    shown.get_by_test_id("input").press("Enter")
    expect(last_text(shown)).to_contain_text("here")
    assert scene.posted("send") == [{"user_id": EMMA["id"], "chat_id": FORUM, "text": "here", "thread_id": 5}]


def test_the_page_reconnects_and_misses_nothing(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    kept = scene.say(EMMA["id"], "before the break")
    expect(last_text(shown)).to_contain_text("before the break")
    scene.cut_streams()
    expect(shown.get_by_test_id("connection")).to_be_visible()
    scene.say(EMMA["id"], "during the break")
    scene.edit(kept, text="changed during the break")
    scene.streams_open = True
    expect(last_text(shown)).to_contain_text("during the break")
    expect(shown.get_by_test_id("message").first).to_contain_text("changed during the break")
    expect(shown.get_by_test_id("connection")).to_be_hidden()
    expect(shown.get_by_test_id("message")).to_have_count(2)


def test_after_a_break_other_chats_count_what_came_meanwhile(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(GROUP, "read before", quiet=True)
    shown = page()
    group = shown.locator(f"[data-testid=chat][data-chat-id='{GROUP}']")
    expect(group).to_contain_text("read before")
    scene.cut_streams()
    expect(shown.get_by_test_id("connection")).to_be_visible()
    scene.say(GROUP, "missed", sender=LIN)
    scene.streams_open = True
    expect(group.get_by_test_id("unread")).to_have_text("1")


def test_a_demo_that_was_started_again_is_followed_anew(scene: Scene, page: Callable[..., Page]) -> None:
    for number in range(5):
        scene.say(EMMA["id"], f"old {number}")
    shown = page()
    expect(shown.get_by_test_id("message")).to_have_count(5)
    scene.cut_streams()
    expect(shown.get_by_test_id("connection")).to_be_visible()
    scene.forget()
    scene.streams_open = True
    expect(shown.get_by_test_id("start")).to_be_visible()
    scene.say(EMMA["id"], "new")
    expect(shown.get_by_test_id("message")).to_have_count(1)


def test_a_thousand_messages_are_shown_from_the_newest_and_can_all_be_reached(
    scene: Scene, page: Callable[..., Page]
) -> None:
    for number in range(1000):
        scene.say(EMMA["id"], f"message {number}", quiet=True)
    shown = page()
    expect(last_text(shown)).to_contain_text("message 999")
    assert shown.get_by_test_id("message").count() < 200
    shown.wait_for_function(
        "() => { scroller.scrollTo(0, 0); return document.querySelectorAll('[data-testid=message]').length === 1000; }"
    )
    expect(shown.get_by_test_id("message-text").first).to_contain_text("message 0")


# ---- writing


def test_start_greets_an_empty_chat(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    shown.get_by_test_id("start").click()
    expect(last_text(shown)).to_contain_text("/start")
    expect(shown.get_by_test_id("empty")).to_be_hidden()


def test_enter_sends_and_shift_enter_breaks_the_line(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    field = shown.get_by_test_id("input")
    field.press_sequentially("first")
    field.press("Shift+Enter")
    field.press_sequentially("second")
    field.press("Enter")
    expect(field).to_have_value("")
    expect(last_text(shown)).to_contain_text("second")
    assert [body["text"] for body in scene.posted("send")] == ["first\nsecond"]


def test_enter_while_an_input_method_composes_sends_nothing(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    field = shown.get_by_test_id("input")
    field.fill("ni hao")
    compose = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, isComposing: true})"
    field.evaluate(f"node => node.dispatchEvent({compose})")
    expect(field).to_have_value("ni hao")
    field.press("Enter")
    expect(last_text(shown)).to_contain_text("ni hao")
    assert len(scene.posted("send")) == 1


def test_what_could_not_be_sent_stays_in_the_field(scene: Scene, page: Callable[..., Page]) -> None:
    scene.answers["send"] = lambda _body: {"error_code": 403, "description": "not allowed"}
    shown = page()
    shown.get_by_test_id("input").fill("precious")
    shown.get_by_test_id("send").click()
    expect(shown.get_by_test_id("toast")).to_contain_text("not allowed")
    expect(shown.get_by_test_id("input")).to_have_value("precious")


def test_commands_are_offered_filtered_and_chosen_by_key(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    field = shown.get_by_test_id("input")
    field.press_sequentially("/")
    options = shown.get_by_test_id("command-option")
    expect(options).to_have_count(4)
    field.press_sequentially("top")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "option-1")
    field.press("Enter")
    expect(last_text(shown)).to_contain_text("/topic")
    assert [body["text"] for body in scene.posted("send")] == ["/topic"]


@pytest.mark.parametrize("typed", ["/topic", "/topics", "/keyword", "/topic models"])
def test_a_command_written_in_full_is_sent_as_written(scene: Scene, page: Callable[..., Page], typed: str) -> None:
    shown = page()
    shown.get_by_test_id("input").press_sequentially(typed)
    shown.get_by_test_id("input").press("Enter")
    expect(shown.get_by_test_id("message")).to_have_count(1)
    assert [body["text"] for body in scene.posted("send")] == [typed]


def test_the_menu_in_a_group_addresses_the_bot(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page(chat_id=GROUP)
    shown.get_by_test_id("menu").click()
    shown.get_by_test_id("command-option").nth(3).click()
    expect(last_text(shown)).to_contain_text("/search@scene_bot")


def test_a_reply_names_its_message(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], "a digest", quiet=True)
    shown = page()
    shown.get_by_test_id("message").hover()
    shown.get_by_test_id("reply").click()
    expect(shown.get_by_test_id("reply-bar")).to_contain_text("a digest")
    shown.get_by_test_id("input").fill("/why")
    shown.get_by_test_id("send").click()
    expect(shown.get_by_test_id("reply-bar")).to_be_hidden()
    assert scene.posted("send")[0]["reply_to"] == 1


def test_inline_results_are_shown_and_the_chosen_one_is_sent(scene: Scene, page: Callable[..., Page]) -> None:
    results = [{"id": "r1", "title": "First"}, {"id": "r2", "title": "Second", "description": "more"}]
    scene.answers["inline"] = lambda _body: {"results": results}
    shown = page(chat_id=GROUP)
    shown.get_by_test_id("input").press_sequentially("@scene_bot open models")
    expect(shown.get_by_test_id("inline-option")).to_have_count(2)
    shown.get_by_test_id("inline-option").nth(1).click()
    expect(last_text(shown)).to_contain_text("chosen r2")
    expect(shown.get_by_test_id("input")).to_have_value("")
    assert scene.posted("inline")[-1] == {"user_id": EMMA["id"], "query": "open models"}


def test_a_reader_of_a_channel_cannot_write(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(CHANNEL, "post", sender=None, quiet=True, sender_chat={"id": CHANNEL, "title": "Daily"})
    shown = page()
    shown.locator(f"[data-testid=chat][data-chat-id='{CHANNEL}']").click()
    expect(shown.get_by_test_id("composer-bar")).to_contain_text("Only administrators")
    expect(shown.get_by_test_id("input")).to_be_hidden()


def test_blocking_the_bot_closes_the_field_until_it_is_undone(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    shown.get_by_test_id("more").click()
    shown.get_by_test_id("block").click()
    expect(shown.get_by_test_id("input")).to_be_hidden()
    shown.get_by_test_id("unblock").click()
    expect(shown.get_by_test_id("input")).to_be_visible()
    assert scene.posted("block") == scene.posted("unblock") == [{"user_id": EMMA["id"], "chat_id": EMMA["id"]}]


# ---- the demo around it


def test_publishing_counts_down_and_ends_with_a_reason(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    button = shown.get_by_test_id("publish")
    expect(shown.get_by_test_id("publish-remaining")).to_have_text("2 left")
    button.click()
    expect(shown.get_by_test_id("toast").first).to_have_text("Published: Evening digest")
    expect(shown.get_by_test_id("publish-remaining")).to_have_text("1 left")
    button.click()
    expect(shown.get_by_test_id("publish-remaining")).to_have_text("All published")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(shown.get_by_test_id("toast").last).to_contain_text("Every sample digest")
    assert len(scene.posted("publish")) == 2


def test_without_anything_to_publish_there_is_no_button(scene: Scene, page: Callable[..., Page]) -> None:
    scene.state["publish"] = {"remaining": None}
    expect(page().get_by_test_id("publish")).to_be_hidden()


@pytest.mark.parametrize(
    ("index", "language", "label"),
    [(0, "en", "Publish the next digest"), (1, "zh-Hans", "发布下一期摘要"), (2, "zh-Hant", "發布下一期摘要")],
)
def test_the_page_speaks_the_chosen_visitors_language(
    scene: Scene, page: Callable[..., Page], index: int, language: str, label: str
) -> None:
    shown = page()
    shown.get_by_test_id("user").nth(index).click()
    expect(shown.locator("html")).to_have_attribute("lang", language)
    expect(shown.get_by_test_id("publish")).to_contain_text(label)


def test_who_and_where_survive_a_reload(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    shown.get_by_test_id("user").nth(1).click()
    shown.locator("[data-testid=chat][data-thread-id='6']").click()
    expect(shown.get_by_test_id("chat-title")).to_have_text("Policy")
    shown.reload()
    expect(shown.get_by_test_id("chat-title")).to_have_text("Policy")
    expect(shown.locator("html")).to_have_attribute("lang", "zh-Hans")


@pytest.mark.parametrize("width", [320, 360, 390, 760, 1200])
def test_nothing_is_wider_than_the_window(scene: Scene, page: Callable[..., Page], width: int) -> None:
    code = "x" * 300
    wide = f"{code}\n{'w' * 400}\n长{'长' * 200}"
    keys = [[{"text": f"button number {number}", "callback_data": str(number)} for number in range(8)]]
    scene.say(
        EMMA["id"], wide, quiet=True, entities=[entity("pre", wide, code)], reply_markup={"inline_keyboard": keys}
    )
    scene.say(EMMA["id"], "reply", quiet=True, sender=EMMA, reply_to_message=scene.messages[EMMA["id"]][0])
    shown = page(viewport={"width": width, "height": 720})
    expect(shown.get_by_test_id("message")).to_have_count(2)
    widths = shown.evaluate("[document.documentElement.scrollWidth, scroller.scrollWidth - scroller.clientWidth]")
    assert widths == [width, 0]
    rights = shown.evaluate(
        "[...document.querySelectorAll('.bubble, .key')].map((n) => n.getBoundingClientRect().right)"
    )
    assert max(rights) <= width


def test_on_a_phone_the_chats_are_a_drawer(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page(viewport={"width": 360, "height": 720}, has_touch=True, is_mobile=True)
    expect(shown.get_by_test_id("sidebar")).to_be_hidden()
    shown.get_by_test_id("open-chats").tap()
    expect(shown.get_by_test_id("sidebar")).to_be_visible()
    shown.locator(f"[data-testid=chat][data-chat-id='{GROUP}']").tap()
    expect(shown.get_by_test_id("chat-title")).to_have_text("Readers")
    expect(shown.get_by_test_id("sidebar")).to_be_hidden()


def test_new_messages_are_announced_to_screen_readers(scene: Scene, page: Callable[..., Page]) -> None:
    shown = page()
    scene.say(EMMA["id"], "spoken")
    expect(shown.locator("#announcer")).to_have_text("Digest: spoken")


def test_every_button_has_a_name(scene: Scene, page: Callable[..., Page]) -> None:
    scene.say(EMMA["id"], LONG, quiet=True, entities=[entity("expandable_blockquote", LONG, LONG)])
    nameless = page().evaluate(
        """() => [...document.querySelectorAll("button")]
          .filter((node) => node.checkVisibility() && !(node.getAttribute("aria-label") ?? node.textContent).trim())
          .map((node) => node.outerHTML)"""
    )
    assert json.dumps(nameless) == "[]"
