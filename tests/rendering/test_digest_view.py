"""Digests as messages: whatever publishers write, every part is valid, and no item is lost."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actions import ShowDigest, decode
from bot.core.digest import read_digest
from bot.core.model import ChatKind, Item, Language, RichText, Script, Span, SpanKind, StoredItem, Style
from bot.rendering.digest_view import bare_title, latest_view, push_view
from bot.rendering.message import EntityKind
from bot.rendering.text import clean_line
from tests.rendering.conftest import ITEMS, SLOT, emphasised, look_of, stored_digest
from tests.rendering.rules import faults, stretch

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
URLS = st.sampled_from([None, "https://example.org/a", "http://例子.中国/?q=1", "javascript:x", "https://a b"])
PROSE = st.text(st.sampled_from("模型。，ab 🎉𠮷\n*_<>&\u200b\u202e\x00\ud83d"), max_size=40)
LONG = st.builds(lambda text, times: text * times, PROSE, st.sampled_from([1, 3, 60, 400]))
SPANS = st.builds(Span, st.sampled_from(SpanKind), st.integers(0, 300), st.integers(0, 900), URLS)


@st.composite
def bodies(draw):
    """Paragraphs short and very long, with few spans or very many."""
    text, spans = draw(LONG), draw(st.lists(SPANS, max_size=6))
    many = draw(st.sampled_from([0, 0, 30, 130]))
    return RichText(text, (*spans, *(Span(SpanKind.BOLD, 4 * n, 4 * n + 2) for n in range(many))))


TITLES = st.text(st.sampled_from("模型发布 ab🎉-“”\n\x07"), max_size=60)
AUTHORS = st.none() | st.text(max_size=20)
DIGESTS = st.lists(st.builds(Item, st.integers(1, 99), TITLES, AUTHORS, URLS, bodies()), min_size=1, max_size=12).map(
    lambda items: stored_digest(items, title="2026.03.05.08 🎉 x")
)


def bold_text(message):
    return [stretch(message.text, e) for e in message.entities if e.kind is EntityKind.BOLD]


def heads(stored):
    return [f"{item.item.number}. {clean_line(item.item.title) or '（无标题）'}" for item in stored.items]


@settings(max_examples=120, deadline=None)
@given(DIGESTS, st.sampled_from(Style), st.integers(0, 3))
def test_any_digest_becomes_valid_parts_and_no_item_is_lost(stored, style, hidden):
    parts = push_view(stored, stored.items, look_of(style=style, converter=None), hidden=hidden)
    assert [faults(part) for part in parts] == [[] for _ in parts]
    text = "\n".join(part.text for part in parts)
    assert [head for head in heads(stored) if head not in text] == []
    assert [part for part in parts[:-1] if part.keyboard] == []
    assert all(f"({number}/{len(parts)})" in part.text for number, part in enumerate(parts, 1)) or len(parts) == 1


@settings(max_examples=40, deadline=None)
@given(DIGESTS, st.sampled_from(Style))
def test_any_digest_is_valid_in_traditional_too(stored, style):
    parts = push_view(stored, stored.items, look_of(Language.ZH_HANT, style=style, script=Script.HANT))
    assert [faults(part) for part in parts] == [[] for _ in parts]


@pytest.mark.parametrize("style", Style)
def test_parts_are_cut_between_items_only_and_as_few_as_can_be(style):
    items = [Item(n, f"标题{n}", "Bo", "https://example.org", RichText("字" * 900)) for n in range(1, 15)]
    stored = stored_digest(items)
    parts = push_view(stored, stored.items, look_of(style=style))
    assert len(parts) == {Style.HEADLINES: 1}.get(style, 4)
    numbers = [line.split(".")[0] for part in parts for line in part.text.splitlines() if "标题" in line]
    assert numbers == [str(n) for n in range(1, 15)]
    assert sum(part.text.count("字") for part in parts) == {Style.HEADLINES: 0}.get(style, 14 * 900)


def test_entities_alone_can_fill_a_part():
    body = emphasised("**a** b " * 20)
    stored = stored_digest([Item(n, f"t{n}", None, "https://example.org", body) for n in range(1, 11)])
    parts = push_view(stored, stored.items, look_of())
    assert len(parts) == 3
    assert sum(len(part.entities) for part in parts) == len(parts) + 10 * 23
    assert max(len(part.entities) for part in parts) <= 95


def test_an_overlong_item_keeps_its_title_and_links_to_the_rest():
    stored = stored_digest([Item(1, "标题", "Bo", "https://example.org/x", RichText("一句话。" * 3000)), *ITEMS[1:]])
    first = push_view(stored, stored.items, look_of())[0]
    assert first.text.endswith("一句话。… 阅读原文")
    links = [stretch(first.text, e) for e in first.entities if e.kind is EntityKind.TEXT_LINK]
    assert links == ["标题", "阅读原文"]
    assert len(first.text) > 3800


def test_an_endless_item_costs_no_more_than_what_is_shown():
    spans = tuple(Span(SpanKind.LINK, 3 * n, 3 * n + 2, f"https://example.org/{n}") for n in range(300_000))
    stored = stored_digest([Item(1, "T", None, "https://example.org", RichText("词b " * 300_000, spans))])
    parts = push_view(stored, stored.items, look_of(Language.ZH_HANT, script=Script.HANT))
    assert [faults(part) for part in parts] == [[]]
    assert len(parts[0].entities) == 95


def test_a_footer_that_no_longer_fits_takes_the_last_item_along():
    items = [Item(n, f"T{n}", None, None, RichText("字" * 1968)) for n in (1, 2)]
    stored, look = stored_digest(items), look_of(style=Style.FULL)
    alone, with_footer = (push_view(stored, stored.items, look, hidden=hidden) for hidden in (0, 3))
    assert len(alone) == 1
    assert ["2. T2" in part.text and "隐藏" in part.text for part in with_footer] == [False, True]


def test_an_overlong_item_without_a_link_just_ends():
    stored = stored_digest([Item(1, "T", None, None, RichText("word " * 3000))])
    text = push_view(stored, stored.items, look_of())[0].text
    assert text.endswith("word…")


def test_an_item_with_too_many_entities_loses_bold_before_anything_else():
    spans = (Span(SpanKind.ITALIC, 0, 900), *(Span(SpanKind.BOLD, 3 * n, 3 * n + 2) for n in range(300)))
    stored = stored_digest([Item(1, "T", None, "https://example.org", RichText("ab " * 300, spans))])
    (message,) = push_view(stored, stored.items, look_of())
    kinds = [entity.kind for entity in message.entities]
    assert len(kinds) == 95
    assert {EntityKind.TEXT_LINK, EntityKind.EXPANDABLE_BLOCKQUOTE, EntityKind.ITALIC} <= set(kinds)


def test_each_style_shows_what_it_promises():
    stored = stored_digest(ITEMS[:1])
    folded, full, headlines = (
        push_view(stored, stored.items, look_of(style=style))[0]
        for style in (Style.FOLDED, Style.FULL, Style.HEADLINES)
    )
    quoted = [stretch(folded.text, e) for e in folded.entities if e.kind is EntityKind.EXPANDABLE_BLOCKQUOTE]
    assert quoted == [ITEMS[0].body.text]
    assert folded.text == full.text
    assert EntityKind.EXPANDABLE_BLOCKQUOTE not in {e.kind for e in full.entities}
    assert bold_text(folded) == bold_text(full) == ["📰 示例晨报", ITEMS[0].title, "三十亿参数", "训练数据"]
    assert ITEMS[0].body.text not in headlines.text


def test_the_slot_is_told_in_the_readers_zone(digest):
    (message,) = push_view(digest, digest.items, look_of(Language.EN, time_zone=ZoneInfo("America/New_York")))
    assert "Wed 4 Mar 2026, 19:00 · 4 items" in message.text


def test_a_push_of_nothing_is_no_message(digest, look):
    assert push_view(digest, (), look, hidden=3) == ()


def test_the_hidden_items_can_be_asked_for(digest, look):
    (message,) = latest_view(digest, digest.items[:2], look, hidden=2)
    assert "已按你的规则隐藏 2 条" in message.text
    assert decode(message.keyboard[0][0].data) == ShowDigest(digest.id, everything=True)


def test_a_channel_gets_no_buttons(digest):
    (message,) = push_view(digest, digest.items, look_of(kind=ChatKind.CHANNEL), hidden=1)
    assert message.keyboard == ()


def test_silent_holds_for_every_part(look):
    stored = stored_digest([Item(n, "T", None, None, RichText("字" * 2500)) for n in (1, 2)])
    assert [part.silent for part in push_view(stored, stored.items, look, silent=True)] == [True, True]


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("2025.11.26.08 过去4小时发生了什么？", "过去4小时发生了什么？"),
        ("2025-11-26 08:00 晨报", "晨报"),
        ("2025年11月26日8时 晨报", "晨报"),
        ("2025/11/26 - 晨报", "晨报"),
        ("2025.11.26 24小时要闻", "24小时要闻"),
        ("2025.11.26 3 things", "3 things"),
        ("【2025-11-26】晨报", "晨报"),
        ("2025.11.26 08点：晨报", "晨报"),
        ("2025.11.26.08", "2025.11.26.08"),
        ("晨报 2025.11.26", "晨报 2025.11.26"),
        ("2025 in review", "2025 in review"),
        ("", ""),
    ],
)
def test_a_title_is_shown_without_its_slot(title, bare):
    assert bare_title(title) == bare


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared seeds are not here")
@pytest.mark.parametrize("name", ["2025-08-28-00.md", "2025-11-26-08.md"])
@pytest.mark.parametrize("style", [Style.FOLDED, Style.FULL])
def test_real_digests_are_shown_word_for_word(name, style):
    digest = read_digest((SEEDS / name).read_bytes(), time_zone=ZoneInfo("Asia/Shanghai")).digest
    items = tuple(StoredItem(n, 1, SLOT, item) for n, item in enumerate(digest.items, 1))
    stored = replace(stored_digest(), digest=digest, items=items)
    parts = push_view(stored, items, look_of(style=style))
    text = "\n".join(part.text for part in parts)
    assert [item.title for item in digest.items if item.title not in text or item.body.text not in text] == []
    body_bold = [item.body.text[s.start : s.end] for item in digest.items for s in item.body.spans]
    assert [bold for bold in body_bold if bold not in [b for part in parts for b in bold_text(part)]] == []
    assert [faults(part) for part in parts] == [[] for _ in parts]
