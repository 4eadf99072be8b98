"""`reply_markup`: what is taken, what is left out, what is refused and how."""

import json
from typing import Any

import pytest

from bot.emulator.errors import ApiError
from bot.emulator.keyboards import Keyboards


def inline(*buttons: dict[str, Any]) -> str:
    return json.dumps({"inline_keyboard": [list(buttons)]})


@pytest.mark.parametrize(
    "button",
    [
        {"text": "a", "callback_data": "x" * 64},
        {"text": "a", "callback_data": "数" * 21},
        {"text": "a", "url": "https://a.org/"},
        {"text": "a", "url": "tg://user?id=5"},
        {"text": "a", "copy_text": {"text": "x" * 256}},
        {"text": "a", "switch_inline_query": ""},
        {"text": "a", "switch_inline_query_current_chat": "q"},
        {"text": "a", "callback_data": "x", "style": "success"},
        {"text": "a", "web_app": {"url": "https://a.org/"}},
        {"text": "a", "login_url": {"url": "https://a.org/"}},
    ],
)
def test_good_buttons_are_kept(button: dict[str, Any]) -> None:
    assert Keyboards().read(inline(button), "private") == {"inline_keyboard": [[button]]}


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": "数" * 22}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "a"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": 1, "callback_data": "x"}, 'Field "text" must be of type String'),
        ({"text": "a", "callback_data": 1}, 'Field "callback_data" must be of type String'),
        ({"text": "a", "callback_data": "x", "url": "https://a.org"}, "BUTTON_TYPE_INVALID"),
        ({"text": "a", "url": "nowhere"}, "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ({"text": "a", "url": "ftp://a.org"}, "inline keyboard button URL 'ftp://a.org' is invalid: Unsupported URL"),
        ({"text": "a", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "a", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "a", "copy_text": {}}, 'Can\'t find field "text"'),
        ({"text": "a", "callback_data": "x", "style": "blue"}, "invalid button style specified"),
        ({"text": "a", "web_app": {"url": "http://a.org"}}, "Only HTTPS links are allowed"),
        ({"text": "a", "pay": True}, "BUTTON_TYPE_INVALID"),
    ],
)
def test_bad_buttons_are_refused(button: dict[str, Any], reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        Keyboards().read(inline(button), "private")
    assert reason in caught.value.description


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        ('{"inline_keyboard": 1}', 'field "inline_keyboard" must be of type Array'),
        ('{"inline_keyboard": [1]}', 'field "inline_keyboard" must be an Array of Arrays'),
        ('{"inline_keyboard": [[1]]}', "can't parse inline keyboard button: expected an Object"),
        ('{"keyboard": "x"}', 'field "keyboard" must be of type Array'),
        ('{"keyboard": [[1]]}', "can't parse keyboard button: expected an Object"),
        ('{"keyboard": [["a"]], "selective": "yes"}', 'field "selective" must be of type Boolean'),
        ('{"remove_keyboard": "yes"}', 'field "remove_keyboard" must be of type Boolean'),
        ('{"force_reply": 1}', 'field "force_reply" must be of type Boolean'),
    ],
)
def test_malformed_markup_is_refused(raw: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        Keyboards().read(raw, "private")
    assert reason in caught.value.description


@pytest.mark.parametrize(
    ("raw", "markup"),
    [
        (None, None),
        ("", None),
        ("null", None),
        ("{}", None),
        ('{"inline_keyboard": []}', None),
        (inline({"text": " ", "callback_data": "x"}), None),
        ('{"keyboard": [[""]]}', None),
        ('{"keyboard": [["a"]]}', {"keyboard": [[{"text": "a"}]]}),
        ('{"remove_keyboard": true}', {"remove_keyboard": True}),
        ('{"force_reply": true}', {"force_reply": True}),
        ('{"remove_keyboard": false}', None),
    ],
)
def test_other_markup(raw: str | None, markup: Any) -> None:
    assert Keyboards().read(raw, "private") == markup


def test_one_hundred_buttons_fit_and_one_more_does_not() -> None:
    rows = [[{"text": "a", "callback_data": "x"}] for _ in range(100)]
    assert Keyboards().read({"inline_keyboard": rows}, "private") is not None
    with pytest.raises(ApiError, match="reply markup is too long"):
        Keyboards().read({"inline_keyboard": [*rows, rows[0]]}, "private")


def test_a_keyboard_with_too_much_in_it_is_refused() -> None:
    rows = [[{"text": "长" * 60, "callback_data": "x" * 64}] for _ in range(60)]
    with pytest.raises(ApiError, match="reply markup is too long"):
        Keyboards().read({"inline_keyboard": rows}, "private")


def test_inline_queries_cannot_be_offered_in_channels() -> None:
    with pytest.raises(ApiError, match="can't use switch_inline_query_current_chat button in a channel chat"):
        Keyboards().read(inline({"text": "a", "switch_inline_query_current_chat": ""}), "channel")


def test_web_apps_are_for_private_chats() -> None:
    with pytest.raises(ApiError, match="BUTTON_TYPE_INVALID"):
        Keyboards().read(inline({"text": "a", "web_app": {"url": "https://a.org"}}), "group")


def test_edits_take_inline_keyboards_only() -> None:
    with pytest.raises(ApiError, match="inline keyboard expected"):
        Keyboards().read('{"force_reply": true}', "private", only_inline=True)


def test_few_keyboards_are_remembered() -> None:
    keyboards = Keyboards(remember=1)
    first = keyboards.read(inline({"text": "a", "callback_data": "x"}), "private")
    assert keyboards.read(inline({"text": "a", "callback_data": "x"}), "private") is first
    keyboards.read(inline({"text": "b", "callback_data": "x"}), "private")
    assert keyboards.read(inline({"text": "a", "callback_data": "x"}), "private") is not first


@pytest.mark.parametrize("wanted", ["request_location", "request_contact", "request_chat", "request_users"])
def test_what_is_personal_is_asked_for_in_private_only(wanted: str) -> None:
    keyboard = json.dumps({"keyboard": [[{"text": "x", wanted: True}]]})
    assert Keyboards().read(keyboard, "private") is not None
    with pytest.raises(ApiError, match="private chats only"):
        Keyboards().read(keyboard, "supergroup")
