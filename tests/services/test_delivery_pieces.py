"""A part that the server finds too long: cut between its items, each piece sent once, whatever happens in between."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ledger import (
    IN_DOUBT,
    DeliveryState,
    MovedTo,
    Rejected,
    RejectedKind,
    RetryAt,
    SendResult,
    Sent,
    Unknown,
)
from bot.core.model import Place, RichText
from bot.core.pacing import Limits, Pacer
from bot.core.pieces import BEGINNING, by_part
from bot.errors import TransportError
from bot.rendering.edition_view import Rendering
from bot.rendering.markup import Block, TextBuilder, join
from bot.rendering.message import Button, Entity, EntityKind, OutgoingMessage
from bot.rendering.text import utf16_length
from bot.services.delivery import Calls, Figures, PacedSender, Turns
from bot.services.delivery.repair import Cutting, Mending, cut_out
from bot.storage.storage import Storage
from tests.services.delivery_kit import Call, Chats, Ground, in_virtual_time

S = DeliveryState
TOO_LONG = Rejected("message is too long", RejectedKind.TOO_LONG)
BUTTONS = ((Button("b", data="x"),),)
HEADLINE = re.compile(r"\d+\. Item \d+ says")


def item(number: int, units: int, *, quoted: bool = True) -> Block:
    """An item of about so many units, with what looks like another item in its paragraph."""
    builder = TextBuilder().add(f"{number}. ").link(f"Item {number} says", "https://example.org/", bold=True).add("\n")
    body = (f"7. 第{number}条。It is so. " * units)[: max(1, units - 20)]
    return (builder.quote(RichText(body)) if quoted else builder.add(body)).block()


def digest(sizes: Sequence[int], *, separator: str = "\n\n", quoted: bool = True) -> OutgoingMessage:
    """A message as digests are rendered."""
    items = join([item(number, size, quoted=quoted) for number, size in enumerate(sizes, 1)], separator)
    whole = join([TextBuilder().bold("A digest").add("\nwhen").block(), items, Block("2 hidden")])
    return OutgoingMessage(whole.text, whole.entities, BUTTONS, link_preview="https://example.org/")


def sent_within(message: OutgoingMessage, limit: int) -> list[OutgoingMessage]:
    """The pieces that a server takes whose messages may have so many units."""
    taken, mark = [], BEGINNING
    while True:
        mending = Mending(message, mark)
        while utf16_length(mending.piece.text.rstrip()) > limit:
            assert mending.mend(RejectedKind.TOO_LONG)
        taken.append(mending.piece)
        if mending.rest is None:
            return taken
        mark = mending.rest


def headlines(message: OutgoingMessage) -> list[str]:
    return HEADLINE.findall(message.text)


# Where a part is cut


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("separator", ["\n\n", "\n"])
@given(sizes=st.lists(st.integers(30, 700), min_size=1, max_size=12), spare=st.integers(0, 2000))
def test_whatever_fits_is_cut_between_items(separator: str, quoted: bool, sizes: list[int], spare: int) -> None:
    message = digest(sizes, separator=separator, quoted=quoted and separator == "\n\n")
    pieces = sent_within(message, max(sizes) + 40 + spare)
    assert "".join(piece.text for piece in pieces) == message.text
    assert all(HEADLINE.match(piece.text) for piece in pieces[1:])
    assert all(utf16_length(piece.text) <= max(sizes) + 42 + spare for piece in pieces)


def test_two_pieces_are_made_where_two_will_do() -> None:
    message = digest([750] * 5)
    first, second = sent_within(message, 2400)
    assert (len(headlines(first)), len(headlines(second))) == (2, 3)
    assert (first.keyboard, second.keyboard) == ((), BUTTONS)
    assert (first.link_preview, second.link_preview) == ("https://example.org/", None)


def test_formatting_follows_its_words() -> None:
    message = digest([300] * 4)
    first, second = sent_within(message, 900)
    bold = [entity for entity in second.entities if entity.kind is EntityKind.BOLD]
    assert [second.text[one.offset : one.offset + one.length] for one in bold] == ["Item 3 says", "Item 4 says"]
    assert len(first.entities) + len(second.entities) == len(message.entities)


def test_only_an_item_that_is_too_long_alone_is_cut_at_the_end_of_a_sentence() -> None:
    pieces = sent_within(digest([200, 1500, 200]), 800)
    assert [len(headlines(piece)) for piece in pieces] == [1, 1, 0, 1]
    assert pieces[1].text.endswith(("。", ". ", "."))


def test_a_text_without_items_is_cut_at_its_lines() -> None:
    message = OutgoingMessage("first line\nsecond line\nthird", (Entity(EntityKind.BOLD, 6, 12),))
    pieces = sent_within(message, 17)
    assert [piece.text for piece in pieces] == ["first line\n", "second line\n", "third"]
    assert [piece.entities for piece in pieces[:2]] == [
        (Entity(EntityKind.BOLD, 6, 5),),
        (Entity(EntityKind.BOLD, 0, 7),),
    ]


@given(text=st.text(alphabet="ab \n中🙂👩‍🚀.。", min_size=1, max_size=200).filter(str.strip), limit=st.integers(8, 60))
def test_pieces_lose_no_word_and_break_no_limit(text: str, limit: int) -> None:
    pieces = sent_within(OutgoingMessage(text), limit)
    assert "".join("".join(piece.text for piece in pieces).split()) == "".join(text.split())
    assert all(utf16_length(piece.text.rstrip()) <= limit for piece in pieces)


def test_what_cannot_be_shorter_is_given_up() -> None:
    assert not Mending(OutgoingMessage("x")).mend(RejectedKind.TOO_LONG)
    assert not Mending(OutgoingMessage("🙂")).mend(RejectedKind.TOO_LONG)


def test_a_piece_the_server_finds_empty_is_passed_over() -> None:
    mending = Mending(digest([300, 300]))
    assert mending.mend(RejectedKind.TOO_LONG)
    assert mending.mend(RejectedKind.EMPTY)
    assert headlines(mending.piece) == ["2. Item 2 says"]
    assert mending.mend(RejectedKind.EMPTY)
    assert mending.over


def test_what_displeased_the_server_stays_away_from_shorter_pieces() -> None:
    mending = Mending(digest([300, 300]))
    assert mending.mend(RejectedKind.MARKUP)
    assert mending.mend(RejectedKind.TOO_LONG)
    assert (mending.piece.entities, headlines(mending.piece)) == ((), ["1. Item 1 says"])


def test_pieces_of_a_changed_text_are_still_all_of_it() -> None:
    mending = Mending(digest([300, 300, 300, 300]))
    assert mending.mend(RejectedKind.TOO_LONG)
    assert mending.rest is not None
    changed = digest([40, 500, 30, 300, 90])
    cut = [cut_out(changed, BEGINNING, mending.rest), cut_out(changed, mending.rest, None)]
    assert "".join(piece.text for piece in cut) == changed.text
    assert [len(headlines(piece)) for piece in cut] == [2, 3]


def test_a_mark_beyond_a_text_that_became_shorter_is_its_end() -> None:
    mark = Cutting(digest([300] * 4)).mark(len(digest([300] * 4).text) - 1, 500)
    assert Mending(digest([300]), mark).over
    assert cut_out(digest([300]), mark, None).text == ""


# What is sent when


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with Storage.open(f"sqlite:///{tmp_path}/ledger.db") as storage:
        storage.upgrade()
        made = Ground(storage)
        made.render = lambda _: Rendering((LONG, SHORT))  # type: ignore[method-assign] # a long part and a short one
        yield made


LONG, SHORT = digest([300] * 8), OutgoingMessage("the second part")
PIECES = [piece.text for piece in sent_within(LONG, 900)]
ALL = [*PIECES, SHORT.text]


def with_trouble(piece: int, trouble: SendResult) -> Callable[[Call], SendResult | None]:
    """A server that takes 900 units, and meets a piece with a trouble once."""

    def script(call: Call) -> SendResult | None:
        if utf16_length(call.text.rstrip()) > 900:
            return TOO_LONG
        return trouble if call.text == PIECES[piece] and call.tries == 1 else None

    return script


def deliver_all(ground: Ground, **settings: float) -> Figures:
    async def work() -> Figures:
        return await ground.deliverer(**settings).run_once()

    return in_virtual_time(work())


def test_a_long_part_arrives_in_pieces_a_second_apart(ground: Ground) -> None:
    ground.chats.script = with_trouble(0, Sent(4))
    ground.planned([5])
    deliver_all(ground)
    assert ground.chats.texts() == {5: ALL}
    assert len(PIECES) == 4
    assert [len(part) for part in by_part(ground.delivery().message_ids)] == [4, 1]
    assert ground.delivery().parts_sent == 2
    times = [time for time, _, _ in ground.chats.received]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.99


@pytest.mark.parametrize("chat", [5, -5])
@pytest.mark.parametrize("piece", [1, 3])
@pytest.mark.parametrize(
    "trouble",
    [
        RetryAt(2, "flood", flood=True),
        RetryAt(40, "flood", flood=True),
        RetryAt(0, "Internal Server Error (500)"),
        RetryAt(0, "no connection"),
    ],
)
def test_pieces_that_arrived_are_not_sent_again(ground: Ground, trouble: SendResult, piece: int, chat: int) -> None:
    ground.chats.script = with_trouble(piece, trouble)
    ground.planned([chat])
    deliver_all(ground)
    assert ground.chats.texts() == {chat: ALL}
    assert ground.states() == {S.SENT: 1}


def test_a_piece_in_doubt_is_repeated_alone_in_a_private_chat(ground: Ground) -> None:
    ground.chats.script = with_trouble(1, Unknown("read timeout"))
    ground.planned([5])
    deliver_all(ground)
    assert ground.chats.texts() == {5: ALL}
    assert Counter(text for _, _, text in ground.chats.log)[PIECES[1]] == 2


def test_of_a_piece_in_doubt_a_group_gets_no_repeat_and_all_the_rest(ground: Ground) -> None:
    ground.chats.script = with_trouble(1, Unknown("read timeout"))
    ground.planned([-5])
    deliver_all(ground)
    assert ground.chats.texts() == {-5: [PIECES[0], *ALL[2:]]}
    assert (ground.states(), ground.delivery().message_ids.count(IN_DOUBT)) == ({S.UNKNOWN: 1}, 1)


def test_a_stop_between_pieces_leaves_the_rest_to_the_next_start(ground: Ground) -> None:
    ground.chats.script = with_trouble(0, Sent(4))
    ground.planned([5, -5])

    async def work() -> None:
        deliverer = ground.deliverer()
        running = asyncio.create_task(deliverer.run())
        await asyncio.sleep(2.5)
        deliverer.stop()
        await running

    in_virtual_time(work())
    assert 0 < len(ground.chats.received) < 2 * len(ALL)
    assert ground.states() == {S.RETRY: 2}
    deliver_all(ground)
    assert {chat: Counter(texts) for chat, texts in ground.chats.texts().items()} == {5: Counter(ALL), -5: Counter(ALL)}


@pytest.mark.parametrize("piece", [1, 2])
def test_a_crash_repeats_no_piece_that_had_arrived(ground: Ground, piece: int) -> None:
    def dying(call: Call) -> SendResult | None:
        if call.text == PIECES[piece]:
            raise ZeroDivisionError
        return with_trouble(0, Sent(4))(call)

    ground.chats.script = dying
    ground.planned([-5])
    deliver_all(ground)
    assert ground.states() == {S.SENDING: 1}
    ground.chats.script = with_trouble(0, Sent(4))
    deliver_all(ground)
    assert Counter(text for _, _, text in ground.chats.received) == Counter(ALL)


def test_a_refused_token_between_pieces_loses_and_repeats_nothing(ground: Ground) -> None:
    def refusing(call: Call) -> SendResult | None:
        if call.text == PIECES[1]:
            raise TransportError("the token is refused")
        return with_trouble(0, Sent(4))(call)

    ground.chats.script = refusing
    ground.planned([-5])
    with pytest.raises(TransportError, match="token"):
        deliver_all(ground)
    ground.chats.script = with_trouble(0, Sent(4))
    deliver_all(ground)
    assert Counter(text for _, _, text in ground.chats.received) == Counter(ALL)


def test_a_group_that_moves_between_pieces_gets_the_rest_in_its_new_place(ground: Ground) -> None:
    def moving(call: Call) -> SendResult | None:
        told = with_trouble(0, Sent(4))(call)
        return MovedTo(-1005) if told is None and call.place.chat_id == -5 and call.text == PIECES[1] else told

    ground.chats.script = moving
    ground.planned([-5])
    deliver_all(ground)
    assert ground.chats.texts() == {-5: ALL[:1], -1005: ALL[1:]}
    sent = by_part(ground.delivery().message_ids)
    assert [[piece.message_id > 0 for piece in part] for part in sent] == [[False, True, True, True], [True]]


def test_an_answer_in_pieces_is_tried_again_from_where_it_stopped() -> None:
    chats = Chats(script=with_trouble(1, RetryAt(2, "flood", flood=True)))

    async def work() -> SendResult:
        clock = asyncio.get_running_loop().time
        sender = PacedSender(Calls(chats, Turns(Pacer(Limits()), clock), clock=clock), sleep=asyncio.sleep)
        return await sender.reply(LONG, Place(5))

    assert isinstance(in_virtual_time(work()), Sent)
    assert chats.texts() == {5: PIECES}


def test_a_refusal_of_one_piece_for_good_ends_the_delivery_with_what_arrived_kept(ground: Ground) -> None:
    ground.chats.script = with_trouble(1, Rejected("never heard of"))
    ground.planned([5])
    deliver_all(ground)
    assert (ground.states(), ground.chats.texts()) == ({S.FAILED: 1}, {5: PIECES[:1]})
    assert by_part(ground.delivery().message_ids)[0][0].message_id > 0


def test_the_same_message_is_given_to_everybody_while_nothing_is_wrong(ground: Ground) -> None:
    message = replace(SHORT)
    ground.render = lambda _: Rendering((message,))  # type: ignore[method-assign] # one part
    ground.planned([1, 2])
    deliver_all(ground)
    assert [one is message for one in ground.chats.messages] == [True, True]
