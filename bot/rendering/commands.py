"""The commands as people see them: names, what each is for, in which kind of chat the menu offers it. Apart from the
handlers, because the menus (setMyCommands), `/help` and the guess at a mistyped command all read this one table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.i18n import Translator


class CommandScope(StrEnum):
    """For whom a menu is (Bot API, BotCommandScope). A menu is no access control."""

    PRIVATE = "private"  # all_private_chats
    GROUP = "group"  # all_group_chats
    GROUP_ADMINS = "group_admins"  # all_chat_administrators


class CommandGroup(StrEnum):
    """Under which heading of `/help` a command stands."""

    READ = "read"
    SUBSCRIBE = "subscribe"
    MORE = "more"


_ALL: Final = frozenset(CommandScope)
_DECIDERS: Final = frozenset({CommandScope.PRIVATE, CommandScope.GROUP_ADMINS})
_PRIVATE: Final = frozenset({CommandScope.PRIVATE})
_ADMINS: Final = frozenset({CommandScope.GROUP_ADMINS})


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the menus; its description is the text `command.<name>`, its arguments `argument.<name>`."""

    name: str
    group: CommandGroup
    scopes: frozenset[CommandScope] = _ALL
    argument: bool = False


# In the order of the menus. `/category` and `/keyword` are other names of `/topic` and `/search`, and not offered.
COMMANDS: Final = (
    Command("latest", CommandGroup.READ, argument=True),
    Command("today", CommandGroup.READ),
    Command("week", CommandGroup.READ),
    Command("digest", CommandGroup.READ, argument=True),
    Command("topics", CommandGroup.READ),
    Command("topic", CommandGroup.READ, argument=True),
    Command("search", CommandGroup.READ, argument=True),
    Command("author", CommandGroup.READ, argument=True),
    Command("authors", CommandGroup.READ),
    Command("subscribe", CommandGroup.SUBSCRIBE, _DECIDERS),
    Command("unsubscribe", CommandGroup.SUBSCRIBE, _DECIDERS),
    Command("follow", CommandGroup.SUBSCRIBE, _DECIDERS, argument=True),
    Command("mute", CommandGroup.SUBSCRIBE, _DECIDERS, argument=True),
    Command("rules", CommandGroup.SUBSCRIBE),
    Command("preview", CommandGroup.SUBSCRIBE),
    Command("why", CommandGroup.SUBSCRIBE),
    Command("save", CommandGroup.MORE, _DECIDERS, argument=True),
    Command("saved", CommandGroup.MORE),
    Command("settings", CommandGroup.SUBSCRIBE, _DECIDERS),
    Command("channels", CommandGroup.SUBSCRIBE, _PRIVATE),
    Command("map", CommandGroup.SUBSCRIBE, _ADMINS),
    Command("status", CommandGroup.MORE),
    Command("help", CommandGroup.MORE),
    Command("start", CommandGroup.MORE, _PRIVATE),
    Command("privacy", CommandGroup.MORE),
    Command("export", CommandGroup.MORE, _DECIDERS),
    Command("forget", CommandGroup.MORE, _DECIDERS),
)
ALIASES: Final = {"category": "topic", "keyword": "search"}


def command_list(translator: Translator, scope: CommandScope) -> tuple[tuple[str, str], ...]:
    """Names and descriptions for setMyCommands, in order."""
    return tuple((c.name, translator(f"command.{c.name}")) for c in COMMANDS if scope in c.scopes)


def commands_of(group: CommandGroup, *, shared: bool) -> Sequence[Command]:
    """The commands under one heading of `/help`, in a chat that several people share or in a private one."""
    scope = CommandScope.GROUP_ADMINS if shared else CommandScope.PRIVATE
    return [command for command in COMMANDS if command.group is group and scope in command.scopes]
