"""Pages of results, the list of topics, buttons and small answers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actions import (
    AddRule,
    Noop,
    QueryRef,
    RemoveRule,
    Search,
    SetLanguage,
    SettingsSection,
    ShowTopic,
    ShowTopics,
    ToggleTopic,
    decode,
)
from bot.core.model import ChatKind, Item, Language, Preferences, RichText, RuleAction, RuleKind, Span, SpanKind, Style
from bot.rendering.buttons import button, label
from bot.rendering.chat_view import ErrorKind, error_view, plain_text_view, start_view, unknown_command_view
from bot.rendering.commands import ALIASES, COMMANDS, CommandScope, command_list
from bot.rendering.items_view import Hit, Page, Suggestion, highlighted, items_view, nothing_found_view
from bot.rendering.message import EntityKind
from bot.rendering.rule_buttons import RuleOffer, rule_button
from bot.rendering.settings_view import SettingsState, settings_view
from bot.rendering.text import columns
from bot.rendering.topics_view import TopicRow, topics_view
from tests.rendering.conftest import ITEMS, SLOT, look_of, stored_digest
from tests.rendering.rules import faults, stretch

ANY = st.text(st.characters() | st.sampled_from("模🎉\n"), max_size=60)
LONG = st.builds(lambda text, times: text * times, ANY, st.sampled_from([1, 100]))
BODY = st.builds(
    RichText,
    LONG,
    st.lists(st.builds(Span, st.sampled_from(SpanKind), st.integers(0, 300), st.integers(0, 300))).map(tuple),
)
ITEM = st.builds(Item, st.integers(1, 99), LONG, st.none() | LONG, st.none() | ANY, BODY)


def actions(message):
    return [decode(one.data) for row in message.keyboard for one in row]


def page(number, total, **changes):
    return Page(tuple(map(Hit, stored_digest().items)), number, total, **changes)


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEM, max_size=5), BODY, LONG, st.sampled_from(Language))
def test_any_results_make_one_valid_message(items, snippet, name, language):
    hits = tuple(Hit(stored, snippet) for stored in stored_digest(items).items)
    message = items_view(Search(QueryRef(1), 9999), Page(hits, 9999, 10**9), look_of(language), name=name)
    assert faults(message) == []


def test_matching_words_are_bold_in_the_snippet(look):
    hit = Hit(stored_digest().items[0], highlighted("用模型做", [(1, 3)]))
    message = items_view(Search("模型"), Page((hit,), 1, 1), look, name="模型")
    bold = [stretch(message.text, e) for e in message.entities if e.kind is EntityKind.BOLD]
    assert bold == ["模型", ITEMS[0].title, "模型"]


def test_where_matches_are_marked_bold_means_matched(look):
    title, author = highlighted(ITEMS[0].title, [(0, 2)]), highlighted("林小雨", [(1, 3)])
    hit = Hit(stored_digest().items[0], title=title, author=author)
    message = items_view(Search("x"), Page((hit,), 1, 1), look, name="x")
    bold = [stretch(message.text, e) for e in message.entities if e.kind is EntityKind.BOLD]
    linked = [stretch(message.text, e) for e in message.entities if e.kind is EntityKind.TEXT_LINK]
    assert bold == ["x", ITEMS[0].title[:2], "小雨"]
    assert linked == [ITEMS[0].title]


@settings(max_examples=40, deadline=None)
@given(ITEM, st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=9), st.sampled_from(Language))
def test_any_marks_in_title_and_author_make_a_valid_message(item, stretches, language):
    stored = stored_digest((item,)).items[0]
    hit = Hit(stored, title=highlighted(item.title, stretches), author=highlighted(item.author or "", stretches))
    assert faults(items_view(Search("x"), Page((hit,), 1, 1), look_of(language), name="x")) == []


@pytest.mark.parametrize("kind", RuleKind)
def test_a_rule_button_follows_and_then_takes_it_back(look, kind):
    offer = rule_button(RuleOffer(kind, "v"), look)
    taken = rule_button(RuleOffer(kind, "v", followed=True), look)
    assert (decode(offer.data), offer.colour) == (AddRule(RuleAction.FOLLOW, kind, "v"), "success")
    assert (decode(taken.data), taken.colour) == (RemoveRule(RuleAction.FOLLOW, kind, "v"), None)


def test_following_on_a_later_page_stays_there(look):
    message = items_view(ShowTopic("models", 3), page(3, 14), look, name="模型", followed=False)
    assert ToggleTopic("models", True, 3) in actions(message)


@pytest.mark.parametrize(
    ("shown", "buttons"),
    [
        (page(1, 5), []),
        (page(1, 6), [Noop(), Search("x", 2)]),
        (page(2, 11), [Search("x", 1), Noop(), Search("x", 3)]),
        (page(3, 11), [Search("x", 2), Noop()]),
        (page(1, 5, exact=False, more=True), [Noop(), Search("x", 2)]),
        (page(9999, 10**6), [Search("x", 9998), Noop()]),
    ],
)
def test_pages_lead_to_their_neighbours(look, shown, buttons):
    assert actions(items_view(Search("x", shown.number), shown, look, name="x")) == buttons


@pytest.mark.parametrize("followed", [True, False])
def test_a_topic_can_be_followed_from_its_page(look, followed):
    message = items_view(ShowTopic("models"), page(1, 1), look, name="模型", followed=followed)
    assert actions(message) == [ToggleTopic("models", not followed)]


def test_a_topic_button_names_the_wanted_state_and_carries_mark_and_colour(look):
    message = topics_view([TopicRow("a", "甲", 3, True), TopicRow("b", "乙", 0, False)], look)
    first, second = message.keyboard[0]
    assert (first.text, first.colour, decode(first.data)) == ("✓ 甲 3", "success", ToggleTopic("a", False))
    assert (second.text, second.colour, decode(second.data)) == ("乙 0", None, ToggleTopic("b", True))


@pytest.mark.parametrize(("asked", "given_"), [(-1, 1), (0, 1), (2, 2), (3, 3), (99, 3)])
def test_a_page_of_topics_that_is_none_shows_the_nearest(look, asked, given_):
    topics = [TopicRow(f"t{n}", "名", 1, False) for n in range(40)]
    message = topics_view(topics, look, page=asked)
    neighbours = {ShowTopics(n) for n in (given_ - 1, given_ + 1) if 1 <= n <= 3}
    assert {action for action in actions(message) if isinstance(action, ShowTopics)} == neighbours


def test_no_topics_at_all_is_still_an_answer(look):
    assert faults(topics_view([], look)) == []


@given(ANY, ANY)
def test_labels_are_never_empty_nor_too_wide(text, after):
    made = button(label(text, before="✓ ", after=f" {after[:3]}"), Noop()).text
    assert made.strip()
    assert columns(made) <= 24
    assert button(text, Noop()).text.strip()


@settings(max_examples=40, deadline=None)
@given(LONG, st.sampled_from(Language))
def test_whatever_a_reader_typed_is_answered_validly(text, language):
    look = look_of(language, kind=ChatKind.GROUP, bot_username="b")
    near = [Suggestion(text, Search("x"))]
    messages = [
        unknown_command_view(look, command=text, nearest=None),
        unknown_command_view(look, command=text, nearest="latest"),
        plain_text_view(look, text=text, search=Search(QueryRef(1))),
        nothing_found_view(Search("x"), look, name=text, suggestions=near),
        start_view(look, subscribed=False, bot_name=text),
        error_view(look, kind=ErrorKind.INTERNAL, reference=text),
    ]
    assert [faults(message) for message in messages] == [[]] * 6


def test_the_language_in_force_is_marked(look):
    state = SettingsState(Language.EN, Preferences(style=Style.FULL), None, SLOT)
    message = settings_view(look, section=SettingsSection.LANGUAGE, state=state)
    marked = [one for row in message.keyboard for one in row if one.text.startswith("✓ ")]
    assert [(one.text, decode(one.data)) for one in marked] == [("✓ English", SetLanguage(Language.EN))]


def test_menus_offer_what_each_kind_of_reader_may_use(look):
    offered = {scope: {name for name, _ in command_list(look.translator, scope)} for scope in CommandScope}
    assert offered[CommandScope.GROUP] == {
        *("latest", "today", "week", "digest", "topics", "topic", "search", "author", "authors"),
        *("rules", "status", "help"),
        *("preview", "why", "saved", "privacy"),
    }
    assert offered[CommandScope.GROUP_ADMINS] == offered[CommandScope.GROUP] | {
        "subscribe",
        "unsubscribe",
        "follow",
        "mute",
        "settings",
        "map",
        "save",
        "export",
        "forget",
    }
    assert offered[CommandScope.PRIVATE] == offered[CommandScope.GROUP_ADMINS] - {"map"} | {"start", "channels"}
    assert not offered[CommandScope.PRIVATE] & ALIASES.keys()
    assert set(ALIASES.values()) <= {command.name for command in COMMANDS}


def test_without_a_converter_content_stays_as_it_is():
    look = replace(look_of(), converter=None)
    assert (look.plain("軟體"), look.rich(RichText("軟體"))) == ("軟體", RichText("軟體"))
