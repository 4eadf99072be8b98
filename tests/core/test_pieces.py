"""Marks among the ids of messages: where a part that is sent in pieces goes on, and which message is which piece."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.layout import PartLayout, parts_to_edit
from bot.core.ledger import IN_DOUBT, Delivery, DeliveryState, PartInDoubt, PartsSent, Release, RetryPolicy, advance
from bot.core.model import ChatKind, Place
from bot.core.pieces import BEGINNING, NO_MESSAGE, Mark, SentPiece, by_part, extended, mark_of, sent_up_to

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HERE, THERE = Mark(1, 0, 900), Mark(2, 40, 900)
WAITING = Delivery(
    5, 1, 2, 3, Place(-44), ChatKind.SUPERGROUP, NOW, state=DeliveryState.SENDING, message_ids=(7, HERE.number)
)


@given(item=st.integers(0, 2000), offset=st.integers(0, 4096), room=st.integers(1, 4096))
def test_a_mark_comes_back_from_its_number_which_is_nobodys_id(item: int, offset: int, room: int) -> None:
    mark = Mark(item, offset, room)
    assert mark_of(mark.number) == mark
    assert mark.number < IN_DOUBT


@pytest.mark.parametrize("number", [1, 4_000_000_000, NO_MESSAGE, IN_DOUBT])
def test_an_id_is_no_mark(number: int) -> None:
    assert mark_of(number) is None


@pytest.mark.parametrize(
    ("message_ids", "parts"),
    [
        ((), ()),
        ((7, 8), ((SentPiece(7),), (SentPiece(8),))),
        ((7, HERE.number), ((SentPiece(7, end=HERE),),)),
        (
            (6, 7, HERE.number, IN_DOUBT, THERE.number, 9, 10),
            (
                (SentPiece(6),),
                (SentPiece(7, end=HERE), SentPiece(IN_DOUBT, HERE, THERE), SentPiece(9, THERE)),
                (SentPiece(10),),
            ),
        ),
    ],
)
def test_messages_are_told_apart_by_part(message_ids: tuple[int, ...], parts: tuple[object, ...]) -> None:
    assert by_part(message_ids) == parts


@pytest.mark.parametrize(
    ("message_ids", "mark"), [((), BEGINNING), ((7,), BEGINNING), ((7, HERE.number), HERE), ((-1,), BEGINNING)]
)
def test_the_next_message_begins_where_the_last_piece_ended(message_ids: tuple[int, ...], mark: Mark) -> None:
    assert sent_up_to(message_ids) == mark


def test_a_part_whose_rest_is_nothing_is_closed() -> None:
    assert extended((7, HERE.number), (), None) == (7, HERE.number, NO_MESSAGE)
    assert extended((7,), (), None) == (7,)


def test_a_piece_is_kept_and_its_part_is_not_done() -> None:
    change = advance(WAITING, PartsSent((8,), last=True, rest=THERE), NOW, RetryPolicy())
    assert (change.state, change.parts_sent) == (DeliveryState.SENDING, 0)
    assert change.message_ids == (7, HERE.number, 8, THERE.number)


def test_the_oldest_revision_of_the_pieces_counts() -> None:
    before = replace(WAITING, revision=2)
    assert advance(before, PartsSent((8,), last=True, revision=3), NOW, RetryPolicy()).revision == 2


def test_of_a_piece_in_doubt_a_group_gets_the_rest() -> None:
    change = advance(WAITING, PartInDoubt("reset", last=True, rest=THERE), NOW, RetryPolicy())
    assert (change.state, change.message_ids[-2:]) == (DeliveryState.SENDING, (IN_DOUBT, THERE.number))


def test_what_was_begun_with_a_piece_never_counts_as_untouched() -> None:
    claimed = replace(WAITING, state=DeliveryState.CLAIMED)
    assert advance(claimed, Release(), NOW, RetryPolicy()).state is DeliveryState.RETRY


@pytest.mark.parametrize(
    ("message_ids", "parts_sent", "edits"),
    [
        ((6, 7, HERE.number, 8), 2, ((1, SentPiece(7, end=HERE)), (1, SentPiece(8, HERE)))),
        ((6, 7, HERE.number), 1, ((1, SentPiece(7, end=HERE)),)),
        ((6, 7, HERE.number, IN_DOUBT), 2, ((1, SentPiece(7, end=HERE)),)),
        ((6, 7, 8), 2, ()),  # pieces that were sent before marks were kept
        ((8,), 2, ()),
    ],
)
def test_a_correction_edits_every_piece(
    message_ids: tuple[int, ...], parts_sent: int, edits: tuple[object, ...]
) -> None:
    layout = (PartLayout(1, (1,)), PartLayout(2, (2, 3)))
    sent = replace(WAITING, message_ids=message_ids, parts_sent=parts_sent, revision=1)
    assert parts_to_edit(layout, sent) == edits
