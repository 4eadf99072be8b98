"""`reply_markup`: keyboards checked field by field, refused in Telegram's words."""

import json
from typing import Any

from bot.emulator.errors import ApiError, bad_request
from bot.emulator.text.links import LinkError, checked_link, mentioned_user

MAX_BUTTONS = 100
MAX_DATA_BYTES = 64
MAX_COPY = 256
MAX_MARKUP_BYTES = 10_000  # Telegram counts its own binary form; no keyboard of people comes near

_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_SWITCHES = ("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat")
_STYLES = frozenset({"danger", "success", "primary"})
_KEYBOARD_FLAGS = ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective")
_PERSONAL = {
    "request_contact": "phone number",
    "request_location": "location",
    "request_chat": "chats",
    "request_users": "users",
}
_BUTTON_FIELDS = frozenset(_ACTIONS) | {"text", "style", "icon_custom_emoji_id"}


class Keyboards:
    """Reads `reply_markup`; remembers recent ones, because broadcasts repeat them."""

    def __init__(self, remember: int = 256) -> None:
        self._remember = remember
        self._known: dict[tuple[str, str, bool], Any] = {}

    def read(self, raw: Any, chat_type: str, *, only_inline: bool = False) -> dict[str, Any] | None:
        """The checked markup, or None for none (an inline keyboard without buttons is none)."""
        if raw is None or raw == "":
            return None
        key = (raw if isinstance(raw, str) else json.dumps(raw), chat_type, only_inline)
        if key not in self._known:
            markup = _read(raw, chat_type, only_inline=only_inline)
            if len(self._known) >= self._remember:
                del self._known[next(iter(self._known))]
            self._known[key] = markup
        found: dict[str, Any] | None = self._known[key]
        return found


def _read(raw: Any, chat_type: str, *, only_inline: bool) -> dict[str, Any] | None:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError as error:
            raise bad_request("can't parse reply keyboard markup JSON object") from error
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in raw:
        return _inline_keyboard(raw["inline_keyboard"], chat_type)
    if only_inline and raw:
        raise bad_request("inline keyboard expected")
    if "keyboard" in raw:
        return _reply_keyboard(raw, chat_type)
    for name in ("remove_keyboard", "force_reply"):
        if name in raw:
            return _flags(raw, (name, "selective")) if raw[name] is not False else None
    return None


def _flags(raw: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    for name in names:
        if name in raw and not isinstance(raw[name], bool):
            raise bad_request(f'field "{name}" must be of type Boolean')
    return raw


def _rows(value: Any, name: str) -> list[list[Any]]:
    if not isinstance(value, list):
        raise bad_request(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in value):
        raise bad_request(f'field "{name}" must be an Array of Arrays')
    return value


def _inline_keyboard(value: Any, chat_type: str) -> dict[str, Any] | None:
    rows: list[list[dict[str, Any]]] = []
    for row in _rows(value, "inline_keyboard"):
        buttons = [_inline_button(button, chat_type) for button in row]
        shown = [button for button in buttons if button is not None]
        if shown:
            rows.append(shown)
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    if len(json.dumps(rows, ensure_ascii=False).encode()) > MAX_MARKUP_BYTES:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _inline_button(button: Any, chat_type: str) -> dict[str, Any] | None:
    if not isinstance(button, dict):
        raise _unparsable("inline keyboard button", "expected an Object")
    text = _button_text(button, "inline keyboard button")
    actions = [name for name in _ACTIONS if button.get(name) is not None and button.get(name) != ""]
    switch = [name for name in _SWITCHES if button.get(name) == ""]  # an empty query is a query
    actions += switch
    if not actions:
        raise _unparsable("inline keyboard button", "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("BUTTON_TYPE_INVALID")
    if button.get("style") is not None and button["style"] not in _STYLES:
        raise _unparsable("inline keyboard button", "invalid button style specified")
    if not text:
        return None  # Telegram leaves such buttons out
    action = actions[0]
    clean = {name: value for name, value in button.items() if name in _BUTTON_FIELDS and value is not None}
    clean = {name: value for name, value in clean.items() if name not in _ACTIONS or name == action}
    clean[action] = _action_value(action, button[action], chat_type)
    return clean


def _action_value(action: str, value: Any, chat_type: str) -> Any:
    if action == "callback_data":
        return _callback_data(value)
    if action == "url":
        return _button_url(str(value), "inline keyboard button URL")
    if action == "copy_text":
        return _copy_text(value)
    if action in _SWITCHES:
        if chat_type == "channel":
            name = "switch_inline_query_current_chat" if action.endswith("current_chat") else "switch_inline_query"
            raise bad_request(
                f"can't use {name} button in a channel chat, because users will not be able to use the button without "
                "knowing bot's username"
            )
        return value
    if action == "web_app":
        return _web_app(value, chat_type)
    if action == "login_url":
        return value
    raise bad_request("BUTTON_TYPE_INVALID")  # games and payments belong to other kinds of messages


def _callback_data(value: Any) -> str:
    if not isinstance(value, str):
        raise _unparsable("inline keyboard button", 'Field "callback_data" must be of type String')
    if len(value.encode("utf-8", "surrogatepass")) > MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return value


def _copy_text(value: Any) -> dict[str, str]:
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise _unparsable("inline keyboard button", 'Can\'t find field "text"')
    if not 1 <= len(text) <= MAX_COPY:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {"text": text}


def _button_url(url: str, name: str) -> str:
    if mentioned_user(url) is not None:
        return url
    try:
        return checked_link(url)
    except LinkError as error:
        raise bad_request(f"{name} '{url}' is invalid: {error}") from error


def _web_app(value: Any, chat_type: str) -> dict[str, str]:
    url = value.get("url", "") if isinstance(value, dict) else ""
    if not url.lower().startswith("https://"):
        raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if chat_type != "private":
        raise bad_request("BUTTON_TYPE_INVALID")
    return {"url": _button_url(url, "inline keyboard button Web App URL")}


def _reply_keyboard(raw: dict[str, Any], chat_type: str) -> dict[str, Any] | None:
    rows: list[list[dict[str, Any]]] = []
    for row in _rows(raw["keyboard"], "keyboard"):
        buttons = [{"text": button} if isinstance(button, str) else button for button in row]
        for button in buttons:
            if not isinstance(button, dict):
                raise _unparsable("keyboard button", "expected an Object")
            _button_text(button, "keyboard button")
            _check_private(button, chat_type)
        shown = [button for button in buttons if button["text"]]
        if shown:
            rows.append(shown)
    if not rows:
        return None
    return {**_flags(raw, _KEYBOARD_FLAGS), "keyboard": rows}


def _check_private(button: dict[str, Any], chat_type: str) -> None:
    for name, what in _PERSONAL.items():
        if button.get(name) and chat_type != "private":
            raise bad_request(f"{what} can be requested in private chats only")


def _button_text(button: dict[str, Any], name: str) -> str:
    if "text" not in button:
        raise _unparsable(name, 'Can\'t find field "text"')
    text = button["text"]
    if not isinstance(text, str):
        raise _unparsable(name, 'Field "text" must be of type String')
    return text.strip()


def _unparsable(name: str, reason: str) -> ApiError:
    return bad_request(f"can't parse {name}: {reason}")
