"""Commands by scope and language, the bot's texts, its menu button, chats and members."""

from typing import Any

import pytest

from bot.emulator import Chat, Emulator, Person
from bot.emulator.methods.commands import shown_commands
from tests.emulator.conftest import Api


def menu(*names: str) -> list[dict[str, str]]:
    return [{"command": name, "description": name} for name in names]


async def set_menus(api: Api, menus: list[tuple[Any, str, str]]) -> None:
    for scope, code, name in menus:
        await api("setMyCommands", commands=menu(name), scope=scope, language_code=code)


async def test_the_narrowest_scope_wins_and_the_language_before_none(
    api: Api, emulator: Emulator, reader: Person, group: Chat
) -> None:
    def shown(chat: Chat, person: Person = reader) -> list[str]:
        return [command["command"] for command in shown_commands(emulator.bot, chat, person.user)]

    plain = emulator.add_user("Ann", language_code="en")
    assert shown(group) == []
    menus: list[tuple[Any, str, str]] = [
        (None, "", "default"),
        ({"type": "all_private_chats"}, "", "private"),
        ({"type": "all_private_chats"}, "zh", "private_zh"),
        ({"type": "all_group_chats"}, "", "groups"),
        ({"type": "all_chat_administrators"}, "", "admins"),
    ]
    await set_menus(api, menus)
    assert (shown(reader.chat()), shown(plain.chat(), plain)) == (["private_zh"], ["private"])
    assert (shown(group), shown(group, plain)) == (["admins"], ["groups"])
    kinds = ("chat", "chat_administrators", "chat_member")
    await set_menus(api, [({"type": kind, "chat_id": group.id, "user_id": reader.id}, "", kind) for kind in kinds])
    assert (shown(group), shown(group, plain)) == (["chat_member"], ["chat"])


async def test_commands_can_be_read_and_deleted(api: Api) -> None:
    await api("setMyCommands", commands=menu("a"), language_code="en")
    assert (await api("getMyCommands", language_code="en")).result == menu("a")
    await api("deleteMyCommands", language_code="en")
    assert (await api("getMyCommands", language_code="en")).result == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"commands": menu("Upper")}, "BOT_COMMAND_INVALID"),
        ({"commands": menu("x" * 33)}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "a", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "a"}]}, "can't parse BotCommand: Can't find field \"description\""),
        ({"commands": [1]}, "can't parse BotCommand: expected an Object"),
        ({"commands": menu(*(f"c{number}" for number in range(101)))}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": "["}, "can't parse commands JSON object"),
        ({}, "expected an Array of BotCommand"),
        ({"commands": [], "language_code": "chinese"}, "invalid language code specified"),
        ({"commands": [], "scope": "["}, "can't parse BotCommandScope JSON object"),
        ({"commands": [], "scope": [1]}, "can't parse BotCommandScope: Expected an Object"),
        ({"commands": [], "scope": {"type": "moon"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
    ],
)
async def test_wrong_commands_are_refused(api: Api, params: dict[str, Any], reason: str) -> None:
    assert (await api("setMyCommands", **params)).error == f"Bad Request: {reason}"


async def test_a_scope_of_an_unknown_member_is_refused(api: Api, group: Chat) -> None:
    scope = {"type": "chat_member", "chat_id": group.id, "user_id": 5}
    assert (await api("setMyCommands", commands=[], scope=scope)).error == "Bad Request: user not found"


@pytest.mark.parametrize(
    ("name", "limit", "default"), [("Name", 64, "Digest"), ("Description", 512, ""), ("ShortDescription", 120, "")]
)
async def test_the_bots_texts(api: Api, name: str, limit: int, default: str) -> None:
    field = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}[name]
    assert (await api(f"getMy{name}")).result == {field: default}
    await api(f"setMy{name}", **{field: "x", "language_code": "zh"})
    assert (await api(f"getMy{name}", language_code="zh")).result == {field: "x"}
    assert (await api(f"getMy{name}", language_code="en")).result == {field: default}
    assert "is too long" in (await api(f"setMy{name}", **{field: "x" * (limit + 1)})).error
    assert "invalid language code" in (await api(f"setMy{name}", **{field: "x", "language_code": "1"})).error


async def test_the_menu_button(api: Api, reader: Person, group: Chat) -> None:
    assert (await api("getChatMenuButton")).result == {"type": "commands"}
    await api("setChatMenuButton", menu_button={"type": "default"})
    await api("setChatMenuButton", chat_id=reader.id, menu_button={"type": "commands"})
    assert (await api("getChatMenuButton")).result == {"type": "default"}
    assert (await api("getChatMenuButton", chat_id=reader.id)).result == {"type": "commands"}
    assert "Unsupported type" in (await api("setChatMenuButton", menu_button={"type": "x"})).error
    assert (await api("setChatMenuButton", chat_id=group.id)).error == "Bad Request: chat not found"


async def test_logging_out_and_closing(api: Api) -> None:
    assert (await api("close")).result is True
    assert (await api("setMyDefaultAdministratorRights", rights={})).result is True
    assert (await api("logOut")).result is True
    assert (await api("getMe")).error == "Bad Request: Logged out"


# -- chats -------------------------------------------------------------------------------------------------------------


async def test_chats_tell_about_themselves(api: Api, emulator: Emulator, forum: Chat, reader: Person) -> None:
    found = (await api("getChat", chat_id=forum.id)).result
    assert (found["title"], found["is_forum"], found["permissions"]) == ("Forum", True, {"can_send_messages": True})
    assert (await api("getChat", chat_id=reader.id)).result["first_name"] == "Mei"
    assert (await api("getChatMemberCount", chat_id=forum.id)).result == 2
    assert (await api("getChatMemberCount", chat_id=reader.id)).result == 2
    emulator.kick(forum)
    assert (await api("getChat", chat_id=forum.id)).status == 403


async def test_members(api: Api, emulator: Emulator, forum: Chat, reader: Person) -> None:
    async def status(user_id: int, chat_id: int = forum.id) -> str:
        return str((await api("getChatMember", chat_id=chat_id, user_id=user_id)).result["status"])

    stranger = emulator.add_user()
    assert await status(reader.id) == "creator"
    assert await status(emulator.bot.id) == "member"
    assert await status(stranger.id) == "left"
    assert await status(reader.id, reader.id) == "member"
    emulator.restrict(forum, stranger)
    found = (await api("getChatMember", chat_id=forum.id, user_id=stranger.id)).result
    assert (found["status"], found["can_send_messages"]) == ("restricted", False)
    assert (await api("getChatMember", chat_id=forum.id, user_id=5)).error == "Bad Request: PARTICIPANT_ID_INVALID"
    assert (await api("getChatMember", chat_id=forum.id)).error == "Bad Request: invalid user_id specified"
    assert (await api("getChatMember", chat_id=reader.id, user_id=5)).error == "Bad Request: user not found"


async def test_administrators(api: Api, emulator: Emulator, forum: Chat, reader: Person) -> None:
    emulator.promote(forum, can_pin_messages=False)
    found = (await api("getChatAdministrators", chat_id=forum.id)).result
    assert [member["status"] for member in found] == ["creator", "administrator"]
    assert found[1]["can_pin_messages"] is False
    assert "no administrators" in (await api("getChatAdministrators", chat_id=reader.id)).error


async def test_leaving(api: Api, forum: Chat, reader: Person) -> None:
    assert (await api("leaveChat", chat_id=forum.id)).result is True
    assert (await api("sendMessage", chat_id=forum.id, text="x")).status == 403
    assert (await api("leaveChat", chat_id=reader.id)).status == 400


async def test_pinning(api: Api, emulator: Emulator, forum: Chat) -> None:
    sent = (await api("sendMessage", chat_id=forum.id, text="x")).result
    params = {"chat_id": forum.id, "message_id": sent["message_id"]}
    assert "not enough rights" in (await api("pinChatMessage", **params)).error
    emulator.promote(forum)
    assert (await api("pinChatMessage", **params)).result is True
    assert (await api("getChat", chat_id=forum.id)).result["pinned_message"]["text"] == "x"
    assert (await api("unpinChatMessage", **params)).result is True
    assert (
        await api("pinChatMessage", chat_id=forum.id, message_id=99)
    ).error == "Bad Request: message to pin not found"


async def test_topics_are_managed_by_administrators_of_forums(
    api: Api, emulator: Emulator, forum: Chat, group: Chat
) -> None:
    assert "not enough rights" in (await api("createForumTopic", chat_id=forum.id, name="N")).error
    assert "not a forum" in (await api("createForumTopic", chat_id=group.id, name="N")).error
    emulator.promote(forum)
    topic = (await api("createForumTopic", chat_id=forum.id, name="N")).result
    params = {"chat_id": forum.id, "message_thread_id": topic["message_thread_id"]}
    assert (await api("closeForumTopic", **params)).result is True
    assert (await api("reopenForumTopic", **params)).result is True
    assert (await api("deleteForumTopic", **params)).result is True
    assert (await api("deleteForumTopic", **params)).error == "Bad Request: message thread not found"
    assert (await api("createForumTopic", chat_id=forum.id, name="x" * 129)).status == 400
