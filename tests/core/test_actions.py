"""The action codec: what goes out comes back, what was not ours becomes None."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import (
    CALLBACK_LIMIT,
    AddRule,
    Close,
    DropRule,
    Noop,
    QueryRef,
    RemoveRule,
    Search,
    SetLanguage,
    SetScript,
    SetStyle,
    SettingsSection,
    ShowAuthor,
    ShowAuthors,
    ShowCategory,
    ShowDigest,
    ShowHelp,
    ShowLatest,
    ShowRecap,
    ShowRules,
    ShowSettings,
    ShowStatus,
    ShowTopic,
    ShowTopics,
    Subscribe,
    ToggleTopic,
    Unsubscribe,
    decode,
    encode,
    fits_button,
    page_of,
)
from bot.core.model import Language, RuleAction, RuleKind, Script, Style
from bot.core.recap import RecapSpan

PAGES = st.integers(1, 9999)
IDS = st.integers(1, 2**63 - 1)
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)
TEXTS = st.one_of(st.text(min_size=1, max_size=50).filter(fits_button), st.builds(QueryRef, IDS))
ACTIONS = st.one_of(
    st.sampled_from([Subscribe(), Unsubscribe(), ShowHelp(), ShowStatus(), Close(), Noop()]),
    st.builds(ShowLatest, st.integers(1, 20), st.booleans()),
    st.builds(ShowDigest, IDS, st.booleans()),
    st.builds(ShowRecap, st.sampled_from(RecapSpan), st.booleans()),
    st.builds(ShowTopics, PAGES),
    st.builds(ShowTopic, SLUGS, PAGES),
    st.builds(ToggleTopic, SLUGS, st.booleans(), PAGES),
    st.builds(ShowCategory, TEXTS, PAGES),
    st.builds(ShowAuthor, TEXTS, PAGES),
    st.builds(Search, TEXTS, PAGES),
    st.builds(AddRule, st.sampled_from(RuleAction), st.sampled_from(RuleKind), TEXTS),
    st.builds(DropRule, st.sampled_from(RuleAction), st.sampled_from(RuleKind), TEXTS),
    st.builds(ShowRules, PAGES),
    st.builds(ShowAuthors, PAGES),
    st.builds(RemoveRule, st.sampled_from(RuleAction), st.sampled_from(RuleKind), TEXTS),
    st.builds(ShowSettings, st.sampled_from(SettingsSection)),
    st.builds(SetLanguage, st.sampled_from(Language)),
    st.builds(SetStyle, st.sampled_from(Style)),
    st.builds(SetScript, st.sampled_from(Script)),
)


@given(ACTIONS)
def test_an_action_comes_back_as_it_went_out_within_64_bytes(action):
    wire = encode(action)
    assert decode(wire) == action
    assert 1 <= len(wire.encode()) <= CALLBACK_LIMIT


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80)))
def test_any_data_is_safe_and_only_our_own_form_is_understood(data):
    action = decode(data)
    assert action is None or encode(action).encode() == (data.encode() if isinstance(data, str) else data)


@given(ACTIONS, st.integers(0, 63), st.characters(exclude_categories=["Cs"]))
def test_a_tampered_press_is_refused_or_means_exactly_what_it_says(action, position, char):
    wire = encode(action)
    tampered = wire[:position] + char + wire[position + 1 :]
    understood = decode(tampered)
    assert understood is None or encode(understood) == tampered


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "1",
        "1:",
        "2:sub",
        "1:sub:",
        "1:sub:1",
        "1:nothing",
        "1:lat:0:0",
        "1:lat:21:0",
        "1:lat:1:2",
        "1:lat:01:0",
        "1:lat:1",
        "1:lat:-1:0",
        "1:dig:9223372036854775808:0",
        "1:tops:10000",
        "1:tops:١",
        "1:top:Models:1",
        "1:top::1",
        "1:srch:1:=",
        "1:srch:1:models",
        "1:srch:1:#0",
        "1:srch:1:#x",
        "1:srch:1:=a\nb",
        "1:srch:1:=" + "a" * 51,
        "1:lang:fr",
        "1:add:*:k:=x",
        "1:add:+:z:=x",
        "1:sub" + " " * 60,
        "\ud800",
        b"\xff\xfe",
    ],
)
def test_malformed_foreign_and_outdated_data_mean_nothing(data):
    assert decode(data) is None


def test_a_query_may_hold_colons():
    assert decode(encode(Search('author:merve "a b"', 2))) == Search('author:merve "a b"', 2)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("模型", True),
        ("模" * 16, True),
        ("模" * 17, False),
        ("a" * 50, True),
        ("a" * 51, False),
        ("", False),
        ("a\tb", False),
        ("\ud83d", False),
        ("\u2028", False),
    ],
)
def test_a_text_fits_by_its_bytes_and_without_control_characters(text, fits):
    assert fits_button(text) is fits


@pytest.mark.parametrize(
    "action",
    [
        Search("a" * 51),
        Search("x", 0),
        Search("x", 10000),
        ShowTopic("Not A Slug"),
        ShowLatest(0),
        ShowLatest(21),
        ShowDigest(0),
        Search(QueryRef(2**63)),
        SetLanguage("fr"),
    ],
)
def test_an_action_out_of_bounds_cannot_be_encoded(action):
    with pytest.raises(ValueError, match=r"."):
        encode(action)


@pytest.mark.parametrize("action", [Search("x"), ShowTopic("models"), ShowCategory(QueryRef(4)), ShowAuthor("merve")])
def test_a_list_turns_to_another_page(action):
    assert page_of(action, 7).page == 7
    assert page_of(page_of(action, 7), 1) == action
