"""Delivery under a clock that only moves when everything waits: a loop in virtual time, a chat world that keeps a
journal, and a ledger on real SQLite. An hour of sending takes a second.
"""

import asyncio
import selectors
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.core.ledger import Delivery, DeliveryState, SendResult, Sent
from bot.core.model import ChatKind, Digest, Item, Language, Place, RichText, Script, Style
from bot.core.pacing import Limits, Pacer
from bot.rendering.edition_view import Rendering
from bot.rendering.message import OutgoingMessage
from bot.services.delivery import Calls, Deliverer, DeliverySettings, DeliveryStore, Turns
from bot.storage.records import Edition, NewEdition
from bot.storage.storage import Storage

T = TypeVar("T")
START = datetime(2026, 11, 22, 8, tzinfo=UTC)
SLOT = datetime(2026, 11, 22, 8, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer instead of waiting, and whose threads run at once and in place."""

    def __init__(self) -> None:
        super().__init__(_Jumping(self))
        self.virtual = 0.0

    def time(self) -> float:
        return self.virtual

    def run_in_executor(self, _executor: Any, function: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        future = self.create_future()
        try:
            future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class _Jumping(selectors.DefaultSelector):  # type: ignore[valid-type, misc] # the platform's own
    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise AssertionError("everything waits for nothing")
        self._loop.virtual += max(0.0, timeout)
        return super().select(0)


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine run in virtual time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


@dataclass(frozen=True)
class Call:
    """What the far side is asked; `tries` counts this text to this chat from 1."""

    text: str
    place: Place
    tries: int


def take(_: Call) -> None:
    """Every message is taken."""


@dataclass
class Chats:
    """The far side: takes messages after `latency` seconds, or does as `script` says (None: takes
    it). `log` holds (time, chat, text) of every call, `received` of what arrived."""

    script: Callable[[Call], SendResult | None] = take
    latency: float = 0.05
    log: list[tuple[float, int, str]] = field(default_factory=list)
    received: list[tuple[float, int, str]] = field(default_factory=list)
    messages: list[OutgoingMessage] = field(default_factory=list)
    tries: Counter[tuple[int, str]] = field(default_factory=Counter)
    paid: bool = False
    open: int = 0
    most_open: int = 0

    async def send(
        self, message: OutgoingMessage, place: Place, *, paid: bool = False, reply_to: int | None = None
    ) -> SendResult:
        return await self._take(message, place, paid=paid)

    async def edit(self, message: OutgoingMessage, place: Place, message_id: int) -> SendResult:
        return await self._take(message, place, paid=False)

    async def _take(self, message: OutgoingMessage, place: Place, *, paid: bool) -> SendResult:
        now = asyncio.get_running_loop().time()
        self.log.append((now, place.chat_id, message.text))
        self.messages.append(message)
        self.paid = self.paid or paid
        self.tries[place.chat_id, message.text] += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self.latency)
            told = self.script(Call(message.text, place, self.tries[place.chat_id, message.text]))
        finally:
            self.open -= 1
        if told is None or isinstance(told, Sent):
            self.received.append((now, place.chat_id, message.text))
        return Sent(len(self.log)) if told is None else told

    def texts(self) -> dict[int, list[str]]:
        """What each chat received, in order."""
        by_chat: defaultdict[int, list[str]] = defaultdict(list)
        for _, chat, text in sorted(self.received):
            by_chat[chat].append(text)
        return dict(by_chat)


@dataclass
class Ground:
    """A database with one digest, and what to deliver it with."""

    storage: Storage
    chats: Chats = field(default_factory=Chats)
    parts: Sequence[str] = ("part 1",)
    rendered: int = 0
    store: type[DeliveryStore] = DeliveryStore

    def render(self, edition: Edition) -> Rendering:
        self.rendered += 1
        return Rendering(tuple(OutgoingMessage(text) for text in self.parts))

    def now(self) -> datetime:
        loop = asyncio.get_running_loop()
        return START + timedelta(seconds=loop.time())

    def deliverer(self, *, limits: Limits | None = None, **settings: Any) -> Deliverer:
        clock = asyncio.get_running_loop().time
        chosen = DeliverySettings(**settings)
        turns = Turns(Pacer(limits or Limits(rate=chosen.rate)), clock)
        store = self.store(self.storage, render=self.render, now=self.now)
        return Deliverer(store, Calls(self.chats, turns, clock=clock), settings=chosen, now=self.now)

    def subscribe(self, chats: Iterable[int | Place], *, kind: ChatKind | None = None) -> list[int]:
        places = [chat if isinstance(chat, Place) else Place(chat) for chat in chats]
        with self.storage.writing() as tx:
            return [
                tx.subscribers.ensure(
                    place,
                    kind=kind or (ChatKind.PRIVATE if place.chat_id > 0 else ChatKind.SUPERGROUP),
                    title="",
                    language=Language.EN,
                    now=START,
                )[0].id
                for place in places
            ]

    def plan(self, subscriber_ids: Sequence[int], *, hour: int = 8, due_at: datetime = START) -> int:
        """One edition of one digest for these; the digest's id."""
        slot = SLOT.replace(hour=hour)
        digest = Digest(slot, "t", slot, 4, (), (Item(1, "one", body=RichText("b")),))
        with self.storage.writing() as tx:
            stored = tx.digests.put(digest, content_hash=f"{slot}", source="test", now=START).digest
            new = NewEdition(stored.id, (stored.items[0].id,), Style.FOLDED, Language.EN, Script.HANS)
            tx.ledger.add_batches(tx.ledger.add_edition(new), subscriber_ids, due_at=due_at)
        return stored.id

    def planned(self, chats: Iterable[int | Place], **options: Any) -> list[int]:
        ids = self.subscribe(chats)
        self.plan(ids, **options)
        return ids

    def states(self) -> dict[DeliveryState, int]:
        with self.storage.reading() as tx:
            return tx.ledger.counts_by_state()

    def delivery(self, number: int = 1) -> Delivery:
        with self.storage.reading() as tx:
            return tx.ledger.get(number)
