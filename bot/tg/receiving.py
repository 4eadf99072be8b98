"""The bot's side of the connection that must not die silently: polling that survives a single unreadable update, a
heartbeat of the last good poll, and the decision when to give up. Apart from the application because it repairs what
the library does when polling goes wrong: it retries for ever, or stops without a word (facts on pitfalls 9 to 12, 15).
"""

import inspect
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from telegram import ChatMemberAdministrator, ChatMemberRestricted, Update
from telegram._utils.types import ODVInput, TimePeriod
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest

_LOG = logging.getLogger(__name__)


_WITH_RIGHTS = {"restricted": ChatMemberRestricted, "administrator": ChatMemberAdministrator}


class Verdict(StrEnum):
    """Whether receiving may go on."""

    FINE = "fine"
    STALE = "stale"  # no good poll for too long
    CONFLICT = "conflict"  # somebody else polls with this token, or a webhook is set
    REFUSED = "refused"  # the token is not accepted


EXPLANATIONS = {
    Verdict.STALE: "no answer to polling for too long; check the network and DIGESTBOT_API_BASE_URL, then start again",
    Verdict.CONFLICT: "another process polls with this token, or a webhook is set; stop the other one first",
    Verdict.REFUSED: "the token is not accepted; check DIGESTBOT_TOKEN with BotFather",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """When to give up: seconds without a good poll, and conflicts in a row."""

    stale_after: float = 90.0
    conflicts: int = 5


class Heartbeat:
    """How polling fares: the time of the last good poll and what has gone wrong since (monotonic seconds)."""

    def __init__(self, now: float) -> None:
        self.last_good = now
        self.conflicts = 0
        self.refused = False

    def good(self, now: float) -> None:
        """A poll was answered."""
        self.last_good = now
        self.conflicts = 0

    def failed(self, error: Exception) -> None:
        """A poll went wrong."""
        if isinstance(error, Conflict):
            self.conflicts += 1
        elif isinstance(error, InvalidToken):
            self.refused = True

    def age(self, now: float) -> float:
        """Seconds since the last good poll."""
        return now - self.last_good

    def verdict(self, now: float, patience: Patience = Patience()) -> Verdict:
        """Whether receiving may go on at `now`. Pure."""
        if self.refused:
            return Verdict.REFUSED
        if self.conflicts >= patience.conflicts:
            return Verdict.CONFLICT
        return Verdict.STALE if self.age(now) > patience.stale_after else Verdict.FINE


class DigestBot(ExtBot[None]):
    """The library's bot with safe polling, a call without a result object, and no token in its repr."""

    __slots__ = ("_clock", "_heartbeat", "_skip_to")

    def __init__(
        self,
        token: str,
        *,
        request: BaseRequest,
        get_updates_request: BaseRequest,
        clock: Callable[[], float],
        api_base_url: str = "https://api.telegram.org",
    ) -> None:
        root = api_base_url.rstrip("/")
        super().__init__(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=request,
            get_updates_request=get_updates_request,
        )
        self._clock = clock
        self._heartbeat = Heartbeat(clock())
        self._skip_to = 0

    @property
    def heartbeat(self) -> Heartbeat:
        """How polling fares."""
        return self._heartbeat

    def __repr__(self) -> str:
        return f"{type(self).__name__}[…]"

    async def call(self, method: str, parameters: dict[str, Any]) -> Any:
        """One Bot API call with raw parameters (None ones are left out), answered raw. Half the work of the typed
        methods, and open to what is newer than the library. Raises TelegramError."""
        _LOG.debug("%s, chat %s", method, parameters.get("chat_id"))
        return await self._post(method, parameters)

    async def get_updates(
        self,
        offset: int | None = None,
        limit: int | None = None,
        timeout: TimePeriod | None = None,  # noqa: ASYNC109 - the server's own waiting time, not ours
        allowed_updates: Sequence[str] | None = None,
        *,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        api_kwargs: dict[str, Any] | None = None,
    ) -> tuple[Update, ...]:
        """As the library's, but an update that cannot be read is skipped, not asked for again for ever."""
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else float(timeout or 0)
        given = read_timeout if isinstance(read_timeout, int | float) else self._request[0].read_timeout or 0.0
        if offset is not None and 0 <= offset < self._skip_to:
            offset = self._skip_to
        try:
            answer = await self._post(
                "getUpdates",
                {"offset": offset, "limit": limit, "timeout": int(seconds), "allowed_updates": allowed_updates},
                read_timeout=given + seconds,
                write_timeout=write_timeout,
                connect_timeout=connect_timeout,
                pool_timeout=pool_timeout,
                api_kwargs=api_kwargs,
            )
        except TelegramError as error:
            self.heartbeat.failed(error)
            raise
        self.heartbeat.good(self._clock())
        return tuple(update for raw in answer if (update := self._polled(raw)) is not None)

    def _polled(self, raw: dict[str, Any]) -> Update | None:
        update = self.read(raw)
        if update is None:
            self._skip_to = int(raw["update_id"]) + 1  # whatever it was, the next update must come
        return update

    def read(self, raw: dict[str, Any]) -> Update | None:
        """An update as the server sent it; None if the library trips over it, and then its text goes in no log."""
        try:
            update = Update.de_json(_completed(raw), self)
            self.insert_callback_data(update)
        except Exception as error:
            _LOG.warning("update %s cannot be read and is skipped: %s", raw["update_id"], type(error).__name__)
            return None
        return update


def _completed(raw: dict[str, Any]) -> dict[str, Any]:
    """The update with every right of a member named. The library insists on all the rights it knows; a server older
    than the library leaves the newest out, and then we would not learn that we were muted or blocked."""
    change = raw.get("my_chat_member") or {}
    for side in ("old_chat_member", "new_chat_member"):
        member = change.get(side) or {}
        kind = _WITH_RIGHTS.get(member.get("status", ""))
        for name, parameter in inspect.signature(kind).parameters.items() if kind else ():
            # Of a restricted member the library wants every right, whatever its signature says.
            wanted = parameter.default is inspect.Parameter.empty or (kind is ChatMemberRestricted and "can_" in name)
            if wanted and name != "user":
                member.setdefault(name, 0 if name == "until_date" else False)
    return raw
