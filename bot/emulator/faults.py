"""What can go wrong on purpose: scripted faults for one call, and random ones by rate from a seeded source."""

import random
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bot.emulator.errors import ApiError, bad_request, forbidden, too_many_requests

# Kinds that decide before the call takes effect, and kinds that let it happen and spoil the answer.
BEFORE = frozenset({"flood", "server_error", "bad_gateway", "reset_before", "error", "migrate"})
AFTER = frozenset({"reset_after", "delay"})

_REFUSALS = {
    "blocked": forbidden("bot was blocked by the user"),
    "deactivated": forbidden("user is deactivated"),
    "kicked": forbidden("bot was kicked from the supergroup chat"),
    "not_member": forbidden("bot is not a member of the channel chat"),
    "chat_not_found": bad_request("chat not found"),
    "no_rights": bad_request("not enough rights to send text messages to the chat"),
    "thread_not_found": bad_request("message thread not found"),
    "topic_closed": bad_request("TOPIC_CLOSED"),
    "unauthorized": ApiError(401, "Unauthorized"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `kind`: `flood` (429, `seconds`), `server_error` (500), `bad_gateway` (502 with an HTML page),
    `reset_before` / `reset_after` (the connection breaks before / after the call took effect), `delay` (it took effect,
    the answer comes `seconds` later), `error` (any refusal), `migrate` (the group becomes a supergroup first)."""

    kind: str
    seconds: float = 1.0
    code: int = 400
    description: str = ""
    parameters: dict[str, Any] | None = None

    @classmethod
    def named(cls, name: "str | Fault") -> "Fault":
        """`flood:5`, `delay:30`, `server_error`, `blocked`, …; or `403 Forbidden: …`. Raises ValueError."""
        if isinstance(name, Fault):
            return name
        kind, _, argument = name.partition(":")
        if kind in BEFORE - {"error"} or kind in AFTER:
            return cls(kind, seconds=float(argument or 1))
        if kind in _REFUSALS:
            refusal = _REFUSALS[kind]
            return cls("error", code=refusal.code, description=refusal.description)
        code, _, description = name.partition(" ")
        if code.isdecimal() and description:
            return cls("error", code=int(code), description=description)
        raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(BEFORE | AFTER | set(_REFUSALS)))}")

    def error(self) -> ApiError:
        """The refusal, for kinds that answer with one."""
        if self.kind == "flood":
            return too_many_requests(max(1, int(self.seconds)))
        if self.kind == "server_error":
            return ApiError(500, "Internal Server Error: restart")
        return ApiError(self.code, self.description, self.parameters)


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Shares (0 to 1) of calls that fail by chance; `methods` are the beginnings of method names they hit."""

    flood: float = 0.0
    server_error: float = 0.0
    bad_gateway: float = 0.0
    reset_before: float = 0.0
    reset_after: float = 0.0
    delay: float = 0.0
    blocked: float = 0.0
    flood_seconds: float = 1.0
    delay_seconds: float = 60.0
    methods: tuple[str, ...] = ("send", "edit")

    def updated(self, changes: dict[str, Any]) -> "FaultRates":
        """With some rates changed; raises ValueError for names it does not know."""
        unknown = set(changes) - {item.name for item in fields(self)}
        if unknown:
            raise ValueError(f"unknown fault rates: {', '.join(sorted(unknown))}")
        if "methods" in changes:
            changes = {**changes, "methods": tuple(changes["methods"])}
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_CHANCES = ("flood", "server_error", "bad_gateway", "reset_before", "reset_after", "delay", "blocked")


@dataclass(slots=True)
class _Scripted:
    fault: Fault
    method: str | None
    chat_id: int | None
    left: int


@dataclass(slots=True)
class Faults:
    """Chooses the fault of a call, if any; scripted ones first, in the order they were asked for."""

    rng: random.Random
    rates: FaultRates = FaultRates()
    _scripted: list[_Scripted] = field(default_factory=list)

    def script(self, fault: Fault, method: str | None, chat_id: int | None, times: int) -> None:
        self._scripted.append(_Scripted(fault, method.lower() if method else None, chat_id, times))

    def clear(self) -> None:
        """Forget scripted faults and rates."""
        self._scripted.clear()
        self.rates = FaultRates()

    def choose(self, method: str, chat_id: int | None) -> Fault | None:
        for scripted in self._scripted:
            if scripted.method not in (None, method) or scripted.chat_id not in (None, chat_id):
                continue
            scripted.left -= 1
            if scripted.left <= 0:
                self._scripted.remove(scripted)
            return scripted.fault
        return self._by_chance(method)

    def _by_chance(self, method: str) -> Fault | None:
        rates = self.rates
        if not method.startswith(rates.methods):
            return None
        roll = self.rng.random()
        for name in _CHANCES:
            roll -= getattr(rates, name)
            if roll < 0:
                seconds = rates.delay_seconds if name == "delay" else rates.flood_seconds
                return replace(Fault.named(name), seconds=seconds)
        return None
