"""Buttons under items: every one survives the wire, and the longest fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import (
    Action,
    AskForget,
    DropSaved,
    ExplainItem,
    ExplainPush,
    ExportData,
    Forget,
    KeepData,
    KeepSaved,
    SaveItem,
    ShowItem,
    ShowItems,
    ShowPreview,
    ShowPrivacy,
    ShowSaved,
    ShowSimilar,
    decode,
    encode,
)
from bot.core.actions.items import ItemAction
from bot.core.actions.privacy import PrivacyAction

IDS, ORIGINS, PAGES = st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(1, 9999)
LONG = 2**63 - 1
ACTIONS = st.one_of(
    st.builds(ShowItems, ORIGINS, st.integers(0, 2**31), PAGES),
    st.builds(ShowItem, IDS, st.integers(0, 2**40), st.integers(0, 2**31)),
    st.builds(SaveItem, IDS, st.booleans()),
    st.builds(ShowSimilar, IDS),
    st.builds(ExplainItem, IDS),
    st.builds(ExplainPush, ORIGINS, ORIGINS),
    st.builds(ShowSaved, PAGES),
    st.builds(DropSaved, IDS, PAGES),
    st.builds(KeepSaved, IDS, PAGES),
    st.builds(ShowPreview, st.booleans()),
    st.sampled_from([ShowPrivacy(), ExportData(), AskForget(), Forget(), KeepData()]),
)


@given(ACTIONS)
def test_what_goes_into_a_button_comes_out(action: Action) -> None:
    data = encode(action)
    assert decode(data) == action
    assert len(data.encode()) <= 64


@pytest.mark.parametrize(
    "action",
    [ShowItem(LONG, 10**12, 10**10), ShowItems(10**12, 10**10, 9999), DropSaved(LONG, 9999), SaveItem(LONG, True)],
)
def test_the_largest_ids_there_are_fit(action: Action) -> None:
    assert len(encode(action).encode()) <= 64


@pytest.mark.parametrize("action", [ShowItem(0), ShowItem(1, -1), ShowItems(2**63), SaveItem(-5, True), ShowSaved(0)])
def test_what_is_out_of_bounds_makes_no_button(action: Action) -> None:
    with pytest.raises(ValueError, match=r"-?\d+"):
        encode(action)


@pytest.mark.parametrize(
    "data",
    [
        "1:item",
        "1:item:1",
        "1:item:1:0:0:0",
        "1:save:1",
        "1:save:1:x",
        "1:svd:0",
        "1:priv:1",
        "1:prev:",
        "1:whyi:०",
        "1:itms:::",
    ],
)
def test_what_is_malformed_means_nothing(data: str) -> None:
    assert decode(data) is None


def test_every_action_is_tried_here() -> None:
    tried = {ShowPrivacy, ExportData, AskForget, Forget, KeepData, ShowItems, ShowItem, SaveItem, ShowSimilar}
    tried |= {ExplainItem, ExplainPush, ShowSaved, DropSaved, KeepSaved, ShowPreview}
    assert {*ItemAction.__args__, *PrivacyAction.__args__} == tried
