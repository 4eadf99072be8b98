"""An edition drawn again after a correction: in the same messages, within the limits, nothing lost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.layout import last_changed
from bot.core.model import ChatKind, Item, Language, RichText, Span, SpanKind, StoredDigest, StoredItem, Style
from bot.rendering.edition_view import Rendering, corrected_view, edition_view
from bot.rendering.message import EntityKind
from bot.rendering.serialize import dumps, loads
from tests.rendering.conftest import ITEMS, SLOT, look_of, stored_digest
from tests.rendering.rules import faults, stretch

ENGLISH = look_of(Language.EN)


def article(number, title="Entry", body="Some words about it. ", *, times=1, **fields):
    return Item(number, f"{title} {number}", body=RichText(body * times), **fields)


def first(stored, look=ENGLISH, *, shown=None):
    return edition_view(stored, [item for item in stored.items if shown is None or item.id in shown], look)


def corrected(stored, changes=None, *, removed=(), added=(), title=None):
    """The digest after a correction: `changes` maps ids to items, `added` are (id, item) pairs put in by number."""
    items = [
        replace(one, item=(changes or {}).get(one.id, one.item), removed=one.removed or one.id in removed)
        for one in stored.items
    ] + [StoredItem(key, stored.id, SLOT, item) for key, item in added]
    items.sort(key=lambda one: (one.item.number, one.id))
    standing = tuple(one.item for one in items if not one.removed)
    digest = replace(stored.digest, items=standing, title=title or stored.digest.title)
    return StoredDigest(stored.id, digest, tuple(items), stored.revision + 1)


def again(stored, before, look=ENGLISH, *, wanted=(), complete=True):
    return corrected_view(stored, before, look, wanted=frozenset(wanted), complete=complete)


def struck(message):
    return [stretch(message.text, one) for one in message.entities if one.kind is EntityKind.STRIKETHROUGH]


def test_a_reworded_item_is_shown_in_its_place_with_a_mark_in_the_header():
    stored = stored_digest()
    before = first(stored)
    after = again(corrected(stored, {102: replace(ITEMS[1], title="Open weather data for some")}), before)
    old, new = before.parts[0], after.parts[0]
    assert old.text.splitlines()[1] == "Thu 5 Mar 2026, 08:00 · 4 items"
    assert new.text.splitlines()[1] == "Thu 5 Mar 2026, 08:00 · 4 items · updated"
    assert new.text == old.text.replace("4 items", "4 items · updated").replace("for everyone", "for some")
    assert new.keyboard == old.keyboard
    assert (after.revision, [part.revision for part in after.layout]) == (2, [2])


@pytest.mark.parametrize(("language", "mark"), [(Language.ZH_HANS, "已更新"), (Language.ZH_HANT, "已更新")])
def test_the_mark_speaks_the_readers_language(language, mark):
    stored = stored_digest()
    after = again(corrected(stored, title="另一个题目"), first(stored, look_of(language)), look_of(language))
    assert after.parts[0].text.splitlines()[1].endswith(mark)


def test_a_removed_item_stays_as_a_struck_line_without_paragraph_and_is_not_counted():
    stored = stored_digest()
    (message,) = again(corrected(stored, removed={101}), first(stored)).parts
    assert struck(message) == ["1. 示例实验室发布小型语言模型“萤火”"]
    assert "三十亿参数" not in message.text
    assert "example.org/firefly" not in {one.url for one in message.entities}
    assert "3 items" in message.text


def test_an_item_put_back_is_shown_as_before():
    stored = stored_digest()
    without = corrected(stored, removed={101})
    struck_out = again(without, first(stored))
    items = tuple(replace(item, removed=False) for item in without.items)
    back = again(replace(stored, items=items, revision=3), struck_out)
    assert struck(back.parts[0]) == []
    assert back.parts[0].text.replace(" · updated", "") == first(stored).parts[0].text


def test_a_new_item_is_added_in_the_order_of_numbers_for_who_takes_everything():
    stored = stored_digest((article(1), article(3)))
    after = again(corrected(stored, added=[(150, article(2, "New"))]), first(stored))
    assert [line[:2] for line in after.parts[0].text.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3."]
    assert after.layout[0].item_ids == (101, 150, 102)
    assert "3 items" in after.parts[0].text


def test_a_new_item_counts_as_hidden_for_who_chose():
    stored = stored_digest((article(1), article(2), article(3)))
    before = first(stored, shown={101})
    after = again(corrected(stored, added=[(150, article(4, "New"))]), before, wanted={101}, complete=False)
    assert "2 hidden by your rules" in before.parts[0].text
    assert "3 hidden by your rules" in after.parts[0].text
    assert "New" not in after.parts[0].text


def test_an_item_that_was_chosen_but_taken_out_before_the_first_drawing_comes_back():
    stored = stored_digest((article(1), article(2)))
    before = first(corrected(stored, removed={102}), shown={101})
    after = again(stored, before, wanted={101, 102}, complete=False)
    assert after.layout[0].item_ids == (101, 102)


def test_a_new_item_goes_to_its_neighbours_else_to_the_last_part_else_nowhere():
    full = [article(number, times=92) for number in range(1, 5)]
    stored = stored_digest((*full, article(9, times=30)))
    before = first(stored)
    near = again(corrected(stored, added=[(150, article(8, "New", times=10))]), before)
    far = again(corrected(stored, added=[(150, article(2, "New", times=10))]), before)
    nowhere = again(corrected(stored, {105: article(9, times=190)}, added=[(150, article(2, "New", times=10))]), before)
    assert [len(part.item_ids) for part in before.layout] == [2, 2, 1]
    assert near.layout[2].item_ids == (150, 105)
    assert far.layout[2].item_ids == (150, 105)
    assert [part.item_ids for part in nowhere.layout] == [part.item_ids for part in before.layout]
    assert "5 items" in nowhere.parts[0].text
    assert "hidden" not in nowhere.parts[2].text


def test_only_parts_that_changed_get_the_new_revision():
    stored = stored_digest([article(number, times=85) for number in range(1, 6)])
    before = first(stored)
    third = again(corrected(stored, {105: article(5, "Other", times=85)}), before)
    fourth = again(replace(corrected(stored, {105: article(5, "Third", times=85)}), revision=3), third)
    assert [part.revision for part in third.layout] == [2, 1, 2]  # the first has the mark
    assert [part.revision for part in fourth.layout] == [2, 1, 3]
    assert (last_changed(third.layout), last_changed(fourth.layout)) == (2, 3)
    assert third.parts[1] == before.parts[1]


def test_what_these_readers_do_not_see_changes_nothing_for_them():
    stored = stored_digest((article(1), article(2)))
    before = first(stored, shown={101})
    after = again(corrected(stored, {102: article(2, "Other")}), before, wanted={101}, complete=False)
    headlines = look_of(Language.EN, style=Style.HEADLINES)
    brief = first(stored, headlines)
    assert after == replace(before, revision=2)
    assert again(corrected(stored, {101: article(1, body="Other words.")}), brief, headlines) == replace(
        brief, revision=2
    )


def test_a_second_look_at_the_same_correction_changes_nothing():
    stored = stored_digest()
    new = corrected(stored, removed={102})
    once = again(new, first(stored))
    assert again(new, replace(once, parts=loads(dumps(once.parts)))) == once


def test_text_that_outgrows_its_message_is_cut_the_longest_first():
    stored = stored_digest([article(1, times=90), article(2), article(3, times=90)])
    before = first(stored)
    after = again(corrected(stored, {102: article(2, times=60)}), before)
    assert len(before.parts) == len(after.parts) == 1
    assert faults(after.parts[0]) == []
    assert after.parts[0].text.count("…") == 2
    assert article(2, times=60).body.text.strip() in after.parts[0].text


def test_channels_get_no_buttons():
    look = look_of(Language.EN, kind=ChatKind.CHANNEL)
    assert first(stored_digest(), look).parts[0].keyboard == ()


def test_nothing_shown_is_no_message():
    stored = stored_digest()
    assert edition_view(stored, [], ENGLISH) == Rendering((), (), 1)
    assert again(corrected(stored, removed={101}), Rendering(()), wanted={101}) == Rendering((), (), 2)


TEXTS = st.text(st.sampled_from("ab 字。🎉\n"), max_size=40)
BODIES = st.builds(
    lambda text, times, bold: RichText(
        text * times,
        tuple(Span(SpanKind.BOLD, start, start + 1) for start in range(0, min(bold, len(text * times)), 2)),
    ),
    TEXTS,
    st.sampled_from((1, 1, 3, 40, 120)),
    st.sampled_from((0, 0, 6, 200)),
)
URLS = st.sampled_from((None, "https://example.org/a", "https://example.org/" + "b" * 60))
CONTENTS = st.tuples(st.one_of(TEXTS, st.sampled_from(("t" * 900, "长" * 300))), URLS, BODIES)


def digest_of(contents):
    items = [Item(n, title, None, url, body) for n, (title, url, body) in enumerate(contents, start=1)]
    return stored_digest(items)


@settings(deadline=None)  # on a busy machine one example may take long
@given(
    st.lists(CONTENTS, min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), CONTENTS), max_size=30),
    st.sets(st.integers(0, 29), max_size=10),
    st.lists(st.tuples(st.integers(0, 31), CONTENTS), max_size=5),
    st.sampled_from(Style),
    st.sampled_from(Language),
)
def test_every_correction_keeps_the_layout_and_the_limits(contents, changes, removed, added, style, language):
    look = look_of(language, style=style)
    stored = digest_of(contents)
    before = first(stored, look)
    new = corrected(
        stored,
        {101 + n: Item(n + 1, title, None, url, body) for n, (title, url, body) in changes if n < len(contents)},
        removed={101 + n for n in removed},
        added=[(200 + k, Item(n, title, None, url, body)) for k, (n, (title, url, body)) in enumerate(added)],
    )
    after = again(new, before, look)
    assert [faults(part) for part in after.parts] == [[] for _ in before.parts]
    assert [set(new.item_ids) >= set(old.item_ids) for old, new in zip(before.layout, after.layout, strict=True)] == [
        True
    ] * len(before.layout)
    assert after.parts[-1].keyboard == before.parts[-1].keyboard
    laid = [key for part in after.layout for key in part.item_ids]
    assert len(laid) == len(set(laid))
    assert again(new, after, look) == after
