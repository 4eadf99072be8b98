"""Which function answers which command and which button. Each handler module gives its own table; `dispatch` joins
them and asks for rights before it calls what changes something.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.actions import Action
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk

Command = Callable[[Desk, Ask], Answer]
Press = Callable[[Desk, Ask, Any], Answer]


@dataclass(frozen=True, slots=True)
class Routes:
    """Functions by command name and by the class of a button's action; `changing` names those of both that need an
    administrator in groups."""

    commands: Mapping[str, Command] = field(default_factory=dict)
    buttons: Mapping[type[Action], Press] = field(default_factory=dict)
    changing: frozenset[str | type[Action]] = frozenset()


def joined(tables: Iterable[Routes]) -> Routes:
    """One table of all. A command or button with two functions is a mistake of ours."""
    commands: dict[str, Command] = {}
    buttons: dict[type[Action], Press] = {}
    changing: frozenset[str | type[Action]] = frozenset()
    for table in tables:
        twice = (commands.keys() & table.commands.keys()) | (buttons.keys() & table.buttons.keys())
        if twice:
            raise ValueError(f"answered twice: {sorted(map(str, twice))}")
        commands.update(table.commands)
        buttons.update(table.buttons)
        changing |= table.changing
    return Routes(commands, buttons, changing)
