"""A roundup is numbered through, says where it comes from and leads to what it has no room for."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actions import ShowRecap, ShowTopics, decode
from bot.core.model import ChatKind, Item, Language, RichText, StoredItem, Style
from bot.core.recap import RecapSpan
from bot.core.roundup import Heading, Occasion
from bot.rendering.roundup_view import Roundup, roundup_view
from tests.rendering.conftest import ITEMS, SLOT, look_of
from tests.rendering.rules import faults

DAY = date(2026, 3, 5)


def made(items=ITEMS, *, occasion=Occasion.MORNING, digests=2, hidden=0, more=0):
    stored = tuple(
        StoredItem(100 + n, n % digests, SLOT + timedelta(hours=n % digests), item) for n, item in enumerate(items)
    )
    return Roundup(Heading(occasion, DAY), stored, hidden=hidden, more=more, revision=3)


def actions(message):
    return [decode(button.data) for row in message.keyboard for button in row]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("occasion", list(Occasion))
def test_every_heading_is_there_in_every_language(language, occasion):
    (message,) = roundup_view(made(occasion=occasion), look_of(language)).parts
    heading, count = message.text.split("\n")[:2]
    assert not faults(message)
    assert "2026" in heading
    assert ("4" in count, "2" in count) == (True, True)


def test_items_are_numbered_anew_in_the_order_given():
    items = (ITEMS[3], ITEMS[1])
    (message,) = roundup_view(made(items), look_of(Language.EN, style=Style.HEADLINES)).parts
    lines = message.text.split("\n")
    assert [line for line in lines if line[:2] in {"1.", "2."}] == [
        "1. 只有标题 · Bo",
        "2. Open weather data for everyone · Ada 🤖",
    ]


@pytest.mark.parametrize(
    ("count", "digests", "said"),
    [(1, 1, "1 item from one digest"), (3, 1, "3 items from one digest"), (4, 2, "4 items from 2 digests")],
)
def test_it_says_how_much_from_where(count, digests, said):
    (message,) = roundup_view(made(ITEMS[:count], digests=digests), look_of(Language.EN)).parts
    assert said in message.text.split("\n")


@pytest.mark.parametrize(("occasion", "span"), [(Occasion.EVENING, RecapSpan.DAY), (Occasion.WEEK, RecapSpan.WEEK)])
def test_buttons_lead_to_the_rest_and_to_what_is_hidden(occasion, span):
    (message,) = roundup_view(made(occasion=occasion, hidden=2, more=7), look_of(Language.EN)).parts
    assert actions(message)[:2] == [ShowRecap(span), ShowRecap(span, everything=True)]
    assert message.keyboard[0][0].text == "7 more"
    assert message.text.endswith("2 hidden by your rules")


def test_without_more_and_hidden_only_the_doors_remain():
    (message,) = roundup_view(made(), look_of()).parts
    assert len(message.keyboard) == 1
    assert ShowTopics() in actions(message)


def test_channels_have_no_buttons():
    (message,) = roundup_view(made(hidden=2, more=7), look_of(kind=ChatKind.CHANNEL)).parts
    assert message.keyboard == ()


def test_nothing_to_tell_is_no_message():
    assert roundup_view(made(()), look_of()).parts == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=1500), min_size=1, max_size=30), st.integers(0, 5), st.sampled_from(Style))
def test_every_part_is_valid_and_every_item_stands_in_one(texts, per_message, style):
    items = [Item(1, text[:300], None, None, RichText(text)) for text in texts]
    drawn = roundup_view(made(items), look_of(style=style, per_message=per_message))
    assert [fault for part in drawn.parts for fault in faults(part)] == []
    assert [key for part in drawn.layout for key in part.item_ids] == [100 + n for n in range(len(items))]
    assert {part.revision for part in drawn.layout} == {3}
    assert len(drawn.layout) == len(drawn.parts)
