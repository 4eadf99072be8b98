"""What a method is: a name, what it does, the parameters it knows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.emulator.call import Call


@dataclass(frozen=True, slots=True)
class Method:
    """`run` answers at once or with something to await; other parameters than `known` are reported as violations."""

    name: str
    run: Callable[[Call], Any | Awaitable[Any]]
    known: frozenset[str]


def method(name: str, run: Callable[[Call], Any], *known: str, also: frozenset[str] = frozenset()) -> Method:
    """A row of the table."""
    return Method(name, run, frozenset(known) | also)
