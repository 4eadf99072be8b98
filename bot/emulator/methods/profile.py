"""The bot about itself: getMe, names and descriptions, menu button, logOut, close."""

from collections.abc import Callable, Iterable
from typing import Any

from bot.emulator.call import Call
from bot.emulator.errors import bad_request
from bot.emulator.methods.method import Method, method

_LIMITS = {"name": 64, "description": 512, "short_description": 120}


def get_me(call: Call) -> dict[str, Any]:
    return call.bot.me()


def log_out(call: Call) -> bool:
    call.bot.closed = True
    return True


def close(call: Call) -> bool:
    """The server keeps running here; only the waiting poller is let go."""
    call.bot.inbox.interrupt()
    return True


def _language(call: Call) -> str:
    code = call.string("language_code")
    if code and (len(code) != 2 or not code.isalpha()):
        raise bad_request("invalid language code specified")
    return code


def _setter(name: str) -> Callable[[Call], bool]:
    def set_text(call: Call) -> bool:
        text = call.string(name)
        if len(text) > _LIMITS[name]:
            raise bad_request(f"bot {name.replace('_', ' ')} is too long")
        call.bot.texts[(name, _language(call))] = text
        return True

    return set_text


def _getter(name: str) -> Callable[[Call], dict[str, str]]:
    def get_text(call: Call) -> dict[str, str]:
        texts = call.bot.texts
        fallback = call.bot.user.first_name if name == "name" else ""
        return {name: texts.get((name, _language(call))) or texts.get((name, "")) or fallback}

    return get_text


def set_chat_menu_button(call: Call) -> bool:
    button = call.json("menu_button", "can't parse menu button JSON object") or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: Unsupported type specified")
    call.bot.menu_buttons[_private_chat_id(call)] = button
    return True


def get_chat_menu_button(call: Call) -> dict[str, Any]:
    buttons = call.bot.menu_buttons
    return buttons.get(_private_chat_id(call)) or buttons.get(0) or {"type": "commands"}


def _private_chat_id(call: Call) -> int:
    if not call.string("chat_id"):
        return 0
    chat = call.find_chat()
    if chat.type != "private":
        raise bad_request("chat not found")
    return chat.id


def set_default_administrator_rights(call: Call) -> bool:
    call.json("rights", "can't parse administrator rights JSON object")
    return True


def methods() -> Iterable[Method]:
    yield method("getMe", get_me)
    yield method("logOut", log_out)
    yield method("close", close)
    for name, title in (("name", "Name"), ("description", "Description"), ("short_description", "ShortDescription")):
        yield method(f"setMy{title}", _setter(name), name, "language_code")
        yield method(f"getMy{title}", _getter(name), "language_code")
    yield method("setChatMenuButton", set_chat_menu_button, "chat_id", "menu_button")
    yield method("getChatMenuButton", get_chat_menu_button, "chat_id")
    yield method("setMyDefaultAdministratorRights", set_default_administrator_rights, "rights", "for_channels")
