"""Wishes of how: items in one message, the first item's link previewed, and both together with corrections."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import ChatKind, Item, Language, RichText, StoredDigest, Style
from bot.rendering.digest_view import latest_view, push_view
from bot.rendering.edition_view import corrected_view, edition_view
from bot.rendering.serialize import dumps, loads
from tests.rendering.conftest import look_of, stored_digest

MANY = tuple(Item(n, f"标题{n}", "Bo", f"https://example.org/{n}", RichText("正文。" * 20)) for n in range(1, 15))


@pytest.mark.parametrize(("per_message", "parts"), [(0, 1), (1, 14), (5, 3), (7, 2), (14, 1), (50, 1)])
def test_so_many_items_stand_in_one_message(per_message: int, parts: int) -> None:
    digest = stored_digest(MANY)
    made = push_view(digest, digest.items, look_of(Language.EN, per_message=per_message))
    assert len(made) == parts
    counts = [
        sum(f"标题{n}\n" in message.text or f"标题{n} ·" in message.text for n in range(1, 15)) for message in made
    ]
    assert sum(counts) == 14
    assert max(counts) <= (per_message or 14)
    assert [bool(message.keyboard) for message in made] == [False] * (parts - 1) + [True]


@given(st.integers(0, 20), st.integers(1, 30))
def test_no_part_holds_more_than_wanted_and_none_is_empty(per_message: int, items: int) -> None:
    digest = stored_digest(tuple(Item(n, f"t{n}") for n in range(1, items + 1)))
    rendering = edition_view(digest, digest.items, look_of(per_message=per_message, style=Style.HEADLINES))
    sizes = [len(part.item_ids) for part in rendering.layout]
    assert sum(sizes) == items
    assert min(sizes) >= 1
    assert max(sizes) <= (per_message or items)


def test_the_first_link_is_previewed_above_the_first_part_only() -> None:
    items = (Item(1, "no link"), *MANY[1:])
    digest = stored_digest(items)
    made = push_view(digest, digest.items, look_of(link_preview=True, per_message=7))
    assert [message.link_preview for message in made] == ["https://example.org/2", None]


@pytest.mark.parametrize("url", [None, "ftp://example.org", "not a link"])
def test_without_a_usable_link_nothing_is_previewed(url: str | None) -> None:
    digest = stored_digest([Item(1, "x", url=url)])
    assert [message.link_preview for message in push_view(digest, digest.items, look_of(link_preview=True))] == [None]


def test_previews_are_off_unless_wished_for(digest: StoredDigest, look) -> None:
    assert [message.link_preview for message in push_view(digest, digest.items, look)] == [None]


def test_a_correction_keeps_the_wishes_and_an_unchanged_digest_its_messages() -> None:
    digest = stored_digest(MANY)
    look = look_of(link_preview=True, per_message=5)
    before = edition_view(digest, digest.items, look)
    same = corrected_view(replace(digest, revision=2), before, look, wanted={i.id for i in digest.items}, complete=True)
    assert same.parts == before.parts
    first = replace(digest.items[0], item=replace(digest.items[0].item, title="改了", url="https://example.org/new"))
    fixed = StoredDigest(digest.id, digest.digest, (first, *digest.items[1:]), 2)
    after = corrected_view(fixed, before, look, wanted={i.id for i in digest.items}, complete=True)
    assert [len(part.item_ids) for part in after.layout] == [5, 5, 4]
    assert after.parts[0].link_preview == "https://example.org/new"
    assert "改了" in after.parts[0].text


def test_wishes_survive_storing() -> None:
    digest = stored_digest(MANY)
    for look in (look_of(link_preview=True), look_of(rich_messages=True)):
        made = push_view(digest, digest.items, look)
        assert loads(dumps(made)) == made


def test_messages_stored_before_previews_had_an_address_still_load() -> None:
    assert loads('[{"text":"x","silent":true}]')[0].link_preview is None


def test_an_answer_and_a_channel_are_as_wished_too() -> None:
    digest = stored_digest(MANY)
    look = look_of(link_preview=True, per_message=7, kind=ChatKind.CHANNEL)
    made = latest_view(digest, digest.items, look)
    assert [message.link_preview for message in made] == ["https://example.org/1", None]
    assert not any(message.keyboard for message in made)
