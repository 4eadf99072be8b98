"""The command menu: seven scopes, languages, and what a client shows of them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.emulator.account import BotAccount, Scope
from bot.emulator.call import Call
from bot.emulator.errors import bad_request
from bot.emulator.methods.method import Method, method
from bot.emulator.model import Chat, User

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_WIDE = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_OF_CHAT = frozenset({"chat", "chat_administrators", "chat_member"})


def _scope(call: Call) -> Scope:
    raw = call.json("scope", "can't parse BotCommandScope JSON object") or {"type": "default"}
    if not isinstance(raw, dict):
        raise bad_request("can't parse BotCommandScope: Expected an Object")
    kind = raw.get("type", "")
    if kind in _WIDE:
        return (kind, 0, 0)
    if kind not in _OF_CHAT:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    inner = Call(call.emulator, call.bot, call.method, {"chat_id": str(raw.get("chat_id", ""))}, files={})
    chat = inner.find_chat()
    user_id = int(raw.get("user_id", 0)) if kind == "chat_member" else 0
    if kind == "chat_member" and user_id not in call.emulator.world.users:
        raise bad_request("user not found")
    return (kind, chat.id, user_id)


def _language(call: Call) -> str:
    code = call.string("language_code")
    if code and not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def _command(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if name not in raw:
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    command, description = str(raw["command"]).lstrip("/"), str(raw["description"]).strip()
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def set_my_commands(call: Call) -> bool:
    raw = call.json("commands", "can't parse commands JSON object")
    if not isinstance(raw, list):
        raise bad_request("expected an Array of BotCommand")
    if len(raw) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[(_scope(call), _language(call))] = [_command(item) for item in raw]
    call.emulator.world.events.publish("state")
    return True


def get_my_commands(call: Call) -> list[dict[str, str]]:
    return call.bot.commands.get((_scope(call), _language(call)), [])


def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop((_scope(call), _language(call)), None)
    call.emulator.world.events.publish("state")
    return True


def shown_commands(bot: BotAccount, chat: Chat, user: User) -> list[dict[str, str]]:
    """What that person's client shows in that chat: the narrowest scope that has commands, own language first."""
    language = user.language_code[:2].lower()
    for scope in _scopes(chat, user):
        for code in (language, ""):
            if found := bot.commands.get((scope, code)):
                return found
    return []


def _scopes(chat: Chat, user: User) -> Iterator[Scope]:
    if chat.type == "private":
        yield ("chat", chat.id, 0)
        yield ("all_private_chats", 0, 0)
    else:
        yield ("chat_member", chat.id, user.id)
        if chat.member(user.id).is_admin:
            yield ("chat_administrators", chat.id, 0)
            yield ("chat", chat.id, 0)
            yield ("all_chat_administrators", 0, 0)
        else:
            yield ("chat", chat.id, 0)
        yield ("all_group_chats", 0, 0)
    yield ("default", 0, 0)


def methods() -> Iterable[Method]:
    yield method("setMyCommands", set_my_commands, "commands", "scope", "language_code")
    yield method("getMyCommands", get_my_commands, "scope", "language_code")
    yield method("deleteMyCommands", delete_my_commands, "scope", "language_code")
