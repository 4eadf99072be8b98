"""The views around one item, in every language, against what was reviewed; their limits; what channels never get."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import ShowItems
from bot.core.model import ChatKind, Item, Language, RichText, Rule, RuleAction, RuleKind
from bot.core.recap import Period, RecapSpan, past_period
from bot.i18n.languages import script_of
from bot.rendering.item_menu_view import (
    CHOICES,
    Choice,
    Offers,
    item_menu_view,
    no_item_view,
    picker_view,
    similar_view,
)
from bot.rendering.message import OutgoingMessage
from bot.rendering.preview_view import Left, preview_view
from bot.rendering.privacy_view import forget_view, forgotten_view, nothing_kept_view, privacy_view, spared_view
from bot.rendering.rule_buttons import MuteOffer, RuleOffer
from bot.rendering.saved_view import kept_view, save_usage_view, saved_view
from bot.rendering.serialize import message_to_json
from bot.rendering.why_view import Said, no_push_view, why_view
from tests.rendering.conftest import SLOT, look_of, stored_digest
from tests.rendering.rules import faults
from tests.rendering.test_golden import compare

DIGEST = stored_digest()
CHOICE = [Choice(item, item.item.number) for item in DIGEST.items]
MUTES = [MuteOffer(RuleKind.AUTHOR, "@lin", "林小雨"), MuteOffer(RuleKind.TOPIC, "models", "Models", True)]
FOLLOW = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models")
MUTE = Rule(RuleAction.MUTE, RuleKind.KEYWORD, "一个长到放不进按钮的关键词一个长到放不进按钮")
DAY = Period(SLOT, SLOT)


def views(language):
    look = look_of(language, script=script_of(language), bot_username="paper_bot")
    group = replace(look, kind=ChatKind.SUPERGROUP)
    yield "picker", picker_view(CHOICE, look, origin=ShowItems(7, 33), title="示例晨报")
    many = [Choice(replace(DIGEST.items[0], id=500 + n), n) for n in range(1, 90)]
    yield "picker, second page", picker_view(many, look, origin=ShowItems(7, 0, 2), title="x")
    yield "menu", item_menu_view(DIGEST.items[0], look, Offers(saved=True, mutes=MUTES, back=ShowItems(7)))
    yield "menu, withdrawn", item_menu_view(replace(DIGEST.items[3], removed=True), look, Offers())
    yield "no item", no_item_view(look)
    offers = [RuleOffer(RuleKind.TOPIC, "models"), RuleOffer(RuleKind.AUTHOR, "x", True)]
    yield "similar", similar_view(DIGEST.items[0], DIGEST.items[1:3], look, offers=offers)
    yield "similar, none", similar_view(DIGEST.items[0], [], look)
    said = [Said(DIGEST.items[0], 1, "followed", FOLLOW), Said(DIGEST.items[1], 2, "everything")]
    hidden = [Said(DIGEST.items[2], 3, "muted", MUTE), Said(DIGEST.items[3], 0, "other")]
    hidden += [Said(DIGEST.items[3], 4, "unfollowed"), Said(DIGEST.items[3], 4, "repeated")]
    names = {"models": "模型"}
    for place, shown in (("", look), (" in a group", group)):
        yield "why" + place, why_view(said, hidden, shown, title="x", sent=True, topics=names, undo=[(MUTE, "x")])
    yield "why, not sent", why_view(said[:1], [], look, title="x", sent=False, topics=names)
    yield "why, no push", no_push_view(group, replied=True)
    yield "why, nothing", no_push_view(look, replied=False)
    yield "saved", saved_view(DIGEST.items, look, page=1, total=7)
    removed = replace(DIGEST.items[1], removed=True)
    yield "saved, dropped", saved_view([removed], look, page=2, total=6, dropped=DIGEST.items[0])
    yield "saved, none", saved_view([], group, page=1, total=0)
    for outcome in ("saved", "already", "full"):
        yield f"save {outcome}", kept_view(DIGEST.items[0], look, outcome=outcome, most=2000)
    yield "save, how", save_usage_view(group)
    yield "save, no such", save_usage_view(look, number="99")
    yield "privacy", privacy_view(look)
    yield "privacy in a group", privacy_view(group)
    yield "forget", forget_view(look, places=1)
    yield "forget in a group", forget_view(group, places=3)
    for name, view in (("done", forgotten_view), ("kept", spared_view), ("nothing", nothing_kept_view)):
        yield f"forget {name}", view(look)
    yield "preview", preview_view(DIGEST.items, look, period=DAY, left=Left(2, 1))
    past = past_period(RecapSpan.TODAY, SLOT, look.time_zone)
    yield "preview, past", preview_view(DIGEST.items[:1], look, period=past, subscribed=False)
    yield "preview, nothing", preview_view([], look, period=DAY)
    yield "preview, all hidden", preview_view([], look, period=DAY, left=Left(4))


def rendered(language):
    return {name: made if isinstance(made, tuple) else (made,) for name, made in views(language)}


@pytest.mark.parametrize("language", Language)
def test_the_views_say_what_was_reviewed(language):
    content = {name: [message_to_json(message) for message in made] for name, made in rendered(language).items()}
    compare(f"items.{language.value}", json.loads(json.dumps(content)))


@pytest.mark.parametrize("language", Language)
def test_the_views_are_valid_messages(language):
    wrong = {name: [faults(message) for message in made] for name, made in rendered(language).items()}
    assert {name: found for name, found in wrong.items() if any(found)} == {}


@pytest.mark.parametrize(
    "made",
    [
        lambda look: picker_view(CHOICE, look, origin=ShowItems(7), title="x"),
        lambda look: item_menu_view(DIGEST.items[0], look, Offers(mutes=MUTES)),
        lambda look: similar_view(DIGEST.items[0], DIGEST.items, look, offers=[RuleOffer(RuleKind.TOPIC, "models")]),
        lambda look: why_view([], [Said(DIGEST.items[0], 1, "muted", MUTE)], look, title="x", sent=True, topics={})[-1],
        lambda look: saved_view(DIGEST.items, look, page=1, total=9),
        lambda look: kept_view(DIGEST.items[0], look, outcome="saved", most=1),
        lambda look: preview_view(DIGEST.items, look, period=DAY, left=Left(1))[-1],
        privacy_view,
        no_item_view,
    ],
)
def test_channels_get_no_buttons(made):
    message: OutgoingMessage = made(look_of(kind=ChatKind.CHANNEL, bot_username="paper_bot"))
    assert message.text
    assert message.keyboard == ()


@given(st.integers(1, 200), st.integers(1, 9999))
def test_the_picker_pages_whatever_is_asked_for(items, page):
    choices = [Choice(replace(DIGEST.items[0], id=n), n) for n in range(1, items + 1)]
    message = picker_view(choices, look_of(), origin=ShowItems(1, 1, page), title="t" * 500)
    assert faults(message) == []
    numbers = [b.text for row in message.keyboard for b in row if b.text.isdigit()]
    assert 1 <= len(numbers) <= CHOICES


@given(st.text(max_size=3000), st.text(max_size=300), st.sampled_from(Language))
def test_a_menu_of_any_item_is_a_valid_message(body, title, language):
    stored = replace(
        DIGEST.items[0], item=Item(1, title, title, "https://example.org/" + "x" * 900, RichText(body * 5))
    )
    look = look_of(language, bot_username="paper_bot")
    assert faults(item_menu_view(stored, look, Offers(mutes=[MuteOffer(RuleKind.AUTHOR, "x", title)]))) == []
    assert not any(faults(one) for one in preview_view([stored] * 3, look, period=DAY))


def test_a_long_day_is_cut_and_says_by_how_much():
    many = [replace(DIGEST.items[3], id=n) for n in range(1, 101)]
    parts = preview_view(many, look_of(Language.EN), period=DAY)
    assert sum(part.text.count("只有标题") for part in parts) == 40
    assert parts[-1].text.endswith("… 60 more")


def test_what_digests_before_1970_have_no_number_for_makes_no_button():
    old = replace(DIGEST.items[0], id=-4)
    assert item_menu_view(old, look_of(), Offers(back=ShowItems(1))).keyboard == ()
    assert len(saved_view([old], look_of(), page=1, total=1).keyboard) == 0
