"""A recap is valid whatever publishers and operators wrote, and numbers its stories through all parts."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Item, StoredItem
from bot.core.recap import CAPS, Caps, RecapSpan, make_recap, period_of
from bot.rendering.recap_view import recap_view
from tests.rendering.conftest import SLOT, look_of
from tests.rendering.rules import faults

TOPICS = tuple(f"topic-{n}" for n in range(20))
NAMES = st.dictionaries(st.sampled_from(TOPICS), st.text(max_size=300))
ITEMS = st.lists(
    st.builds(
        Item,
        st.integers(1, 99),
        st.text(max_size=20) | st.text(min_size=290, max_size=400, alphabet="字😀 \n"),
        st.none() | st.text(max_size=150),
        st.none() | st.just("https://example.org/a") | st.text(max_size=20),
        topics=st.lists(st.sampled_from(TOPICS), max_size=1).map(tuple),
    ),
    max_size=60,
)
LIMITS = st.sampled_from([*CAPS.values(), Caps(0, 0), Caps(3, 1)])


def view(items, names, caps, hidden=0):
    stored = [StoredItem(n, 7, SLOT, item) for n, item in enumerate(items, start=1)]
    look = look_of()
    recap = make_recap(stored, {2: 1, 1: 1}, topics=TOPICS, caps=caps)
    period = period_of(RecapSpan.WEEK, SLOT, look.time_zone)
    return recap_view(recap, look, span=RecapSpan.WEEK, period=period, names=names, hidden=hidden)


@settings(max_examples=60, deadline=None)
@given(ITEMS, NAMES, LIMITS, st.integers(0, 3))
def test_every_part_is_a_valid_message(items, names, caps, hidden):
    assert [fault for message in view(items, names, caps, hidden) for fault in faults(message)] == []


def test_numbers_run_on_and_buttons_stand_under_the_last_part():
    items = [Item(1, f"{n} " + "长" * 200, topics=(TOPICS[n % 3],)) for n in range(50)]
    parts = view(items, {}, Caps(40, 40), hidden=1)
    numbers = [int(number) for part in parts for number in re.findall(r"^(\d+)\. ", part.text, re.MULTILINE)]
    assert numbers == list(range(1, 41))
    assert [bool(part.keyboard) for part in parts] == [False, False, True]
    assert not any(part.text != part.text.strip() or "\n\n\n" in part.text for part in parts)
