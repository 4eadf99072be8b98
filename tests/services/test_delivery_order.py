"""The order of one chat's digests: whatever goes wrong with one, those announced after it wait behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.ledger import Delivery, DeliveryState, RetryAt, SendResult
from bot.core.model import ChatKind, Place
from bot.rendering.edition_view import Rendering
from bot.rendering.message import OutgoingMessage
from bot.services.delivery.order import Order
from bot.storage.records import Edition, Resting
from bot.storage.storage import Storage
from tests.services.delivery_kit import START, Call, Ground, in_virtual_time


class Several(Ground):
    """A ground with several digests of three parts each; a part says which it is of which."""

    def render(self, edition: Edition) -> Rendering:
        return Rendering(tuple(OutgoingMessage(f"{edition.id}/{part}") for part in (1, 2, 3)))

    def announce(self, chats: list[int | Place], digests: int) -> None:
        ids = self.subscribe(chats)
        for hour in range(digests):
            self.plan(ids, hour=hour, due_at=START + timedelta(milliseconds=hour))

    def run(self, **settings: float) -> None:
        async def work() -> None:
            await self.deliverer(**settings).run_once()  # type: ignore[arg-type] # handed on

        in_virtual_time(work())


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Several]:
    with Storage.open(f"sqlite:///{tmp_path}/ledger.db") as storage:
        storage.upgrade()
        yield Several(storage)


def told(digests: int) -> list[str]:
    return [f"{digest}/{part}" for digest in range(1, digests + 1) for part in (1, 2, 3)]


def delivery(key: int, reader: int) -> Delivery:
    return Delivery(key, 1, 1, reader, Place(reader), ChatKind.PRIVATE, START)


def first_time(text: str, result: SendResult) -> Callable[[Call], SendResult | None]:
    return lambda call: result if (call.text, call.tries) == (text, 1) else None


@pytest.mark.parametrize("at", ["1/1", "1/2", "1/3", "2/2"])
@pytest.mark.parametrize("result", [RetryAt(20, "flood", flood=True), RetryAt(0, "502"), RetryAt(1, "reset")])
def test_a_digest_that_waits_is_not_overtaken(ground: Several, at: str, result: SendResult) -> None:
    ground.chats.script = first_time(at, result)
    ground.announce([1, 2], 3)
    ground.run()
    assert ground.chats.texts() == {1: told(3), 2: told(3)}


def test_a_group_at_its_limit_reads_digest_after_digest(ground: Several) -> None:
    ground.announce([-7], 8)
    ground.run(patience=120.0)
    assert ground.chats.texts()[-7] == told(8)


def test_every_topic_of_a_forum_reads_digest_after_digest(ground: Several) -> None:
    by_topic: defaultdict[int | None, list[str]] = defaultdict(list)
    ground.chats.script = lambda call: by_topic[call.place.thread_id].append(call.text)
    ground.announce([Place(-7, topic) for topic in range(2, 7)], 5)
    ground.run(patience=120.0)
    assert by_topic == dict.fromkeys(range(2, 7), told(5))


def test_the_order_outlives_a_restart(ground: Several) -> None:
    ground.chats.script = first_time("1/2", RetryAt(300, "flood", flood=True))
    ground.announce([1], 2)
    ground.run(patience=1.0)
    assert ground.chats.texts() == {1: ["1/1"]}
    assert ground.states() == {DeliveryState.RETRY: 2}
    ground.run(patience=400.0)
    assert ground.chats.texts() == {1: told(2)}


def test_who_waits_holds_up_nobody_else(ground: Several) -> None:
    ground.chats.script = lambda call: (
        RetryAt(50, "flood", flood=True) if (call.place.chat_id, call.text, call.tries) == (1, "1/1", 1) else None
    )
    ground.announce([1, 2, 3], 2)
    ground.run()
    assert max(time for time, chat, _ in ground.chats.received if chat != 1) < 8
    assert ground.chats.texts() == dict.fromkeys((1, 2, 3), told(2))


def test_what_was_cancelled_while_it_waited_holds_up_others_for_no_more_than_a_minute() -> None:
    order, at = Order(), START + timedelta(seconds=5)
    order.begin([Resting(1, 7, at)])
    later = delivery(2, 7)
    assert order.turn(later, START) == at + timedelta(milliseconds=20)
    assert order.turn(later, at) == at + timedelta(seconds=0.5)
    assert order.turn(later, at + timedelta(seconds=60)) is None
    assert order.turn(delivery(2, 8), START) is None
    order.taken(delivery(1, 7))
    assert order.turn(later, START) is None


def test_readers_kept_in_mind_are_bounded() -> None:
    order = Order(most=2)
    order.begin([Resting(reader, reader, START + timedelta(seconds=5)) for reader in (1, 2, 3)])
    turns = [order.turn(delivery(9, reader), START) for reader in (1, 2, 3)]
    assert [turn is None for turn in turns] == [True, False, False]
