"""What rules select, and the properties that every other way of selecting must share."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.authors import author_keys, author_name_key
from bot.core.matching import token_text
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.selection import Candidate, rule_key, rule_matches, select, under_host

FOLLOW, MUTE = RuleAction.FOLLOW, RuleAction.MUTE


def rule(kind: RuleKind, value: str, action: RuleAction = FOLLOW) -> Rule:
    return Rule(action, kind, value)


ITEMS = (
    Candidate(1, ("models",), ("AI Models",), "merve 等", "mervenoyann", "x.com", token_text("模型发布 GPT-5")),
    Candidate(2, ("safety", "policy"), ("AI Ethics",), "Gary Marcus", "GaryMarcus", "x.com", token_text("AI 風險")),
    Candidate(3, (), (), None, None, "blog.example.org", token_text("open source news")),
)
VALUES = {
    RuleKind.TOPIC: ["models", "safety", "funding"],
    RuleKind.CATEGORY: ["ai models", "AI-Ethics", "x"],
    RuleKind.KEYWORD: ["模型", "gpt5", '"open source"', "风险 -ai", "-x"],
    RuleKind.AUTHOR: ["@garymarcus", "Merve", "nobody", "@"],
    RuleKind.HOST: ["x.com", "example.org", "com"],
}
RULES = st.sampled_from(
    [rule(kind, value, action) for kind, values in VALUES.items() for value in values for action in RuleAction]
)
RULE_LISTS = st.lists(RULES, max_size=6)


@pytest.mark.parametrize(
    ("kind", "value", "ids"),
    [
        (RuleKind.TOPIC, "models", (1,)),
        (RuleKind.CATEGORY, "ai-ethics", (2,)),
        (RuleKind.CATEGORY, "ＡＩ　Models", (1,)),
        (RuleKind.CATEGORY, "!", ()),
        (RuleKind.KEYWORD, "gpt5", (1,)),
        (RuleKind.KEYWORD, "发布 模型", (1,)),
        (RuleKind.KEYWORD, "风险", (2,)),
        (RuleKind.KEYWORD, '"source open"', ()),
        (RuleKind.KEYWORD, "-模型", ()),
        (RuleKind.AUTHOR, "@GARYMARCUS", (2,)),
        (RuleKind.AUTHOR, "gary marcus", (2,)),
        (RuleKind.AUTHOR, "Gary", ()),
        (RuleKind.AUTHOR, "merve", (1,)),
        (RuleKind.AUTHOR, "@", ()),
        (RuleKind.HOST, "example.org", (3,)),
        (RuleKind.HOST, "x.com", (1, 2)),
        (RuleKind.HOST, "ample.org", ()),
        (RuleKind.HOST, "", ()),
    ],
)
def test_each_kind_of_rule_speaks_of_its_items(kind: RuleKind, value: str, ids: tuple[int, ...]) -> None:
    assert select(ITEMS, [rule(kind, value)]).shown == ids


def test_without_a_follow_rule_everything_is_shown_but_what_is_muted() -> None:
    mute = rule(RuleKind.AUTHOR, "@garymarcus", MUTE)
    chosen = select(ITEMS, [mute])
    assert (chosen.shown, chosen.hidden) == ((1, 3), (2,))
    assert chosen.reasons == {1: None, 2: mute, 3: None}


def test_reasons_name_the_rule_that_decided() -> None:
    follow, other = rule(RuleKind.TOPIC, "safety"), rule(RuleKind.KEYWORD, "模型")
    mute = rule(RuleKind.CATEGORY, "AI Ethics", MUTE)
    chosen = select(ITEMS, [follow, other, mute])
    assert chosen.reasons == {1: other, 2: mute, 3: None}
    assert (chosen.shown, chosen.hidden) == ((1,), (2, 3))


@settings(deadline=None)
@given(RULE_LISTS)
def test_a_mute_never_lets_an_item_through(rules: list[Rule]) -> None:
    shown = select(ITEMS, rules).shown
    mutes = [each for each in rules if each.action is MUTE]
    assert not [item for item in ITEMS if item.id in shown and any(rule_matches(mute, item) for mute in mutes)]


@settings(deadline=None)
@given(RULE_LISTS, RULES)
def test_another_follow_rule_never_removes_an_item(rules: list[Rule], more: Rule) -> None:
    following = [*rules, rule(RuleKind.TOPIC, "models")]
    added = [*following, Rule(FOLLOW, more.kind, more.value)]
    assert set(select(ITEMS, following).shown) <= set(select(ITEMS, added).shown)


@settings(deadline=None)
@given(RULE_LISTS, st.permutations(ITEMS))
def test_order_is_kept_and_nothing_is_lost(rules: list[Rule], items: list[Candidate]) -> None:
    chosen = select(items, rules)
    ids = [item.id for item in items]
    assert list(chosen.shown) == [each for each in ids if each in chosen.shown]
    assert sorted((*chosen.shown, *chosen.hidden)) == sorted(ids)


@settings(deadline=None)
@given(RULE_LISTS, RULE_LISTS)
def test_the_order_of_rules_does_not_change_what_is_shown(rules: list[Rule], more: list[Rule]) -> None:
    assert select(ITEMS, rules + more).shown == select(ITEMS, more + rules).shown


@settings(deadline=None)
@given(RULES, RULES)
def test_rules_of_one_key_speak_of_the_same_items(one: Rule, other: Rule) -> None:
    same = rule_key(one) == rule_key(other)
    assert not same or [rule_matches(one, item) for item in ITEMS] == [rule_matches(other, item) for item in ITEMS]


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (RuleKind.KEYWORD, "GPT-5 模型", "模型 gpt5"),
        (RuleKind.KEYWORD, "開源 -a", "-A 开源"),
        (RuleKind.AUTHOR, "@Dotey", "＠dotey"),
        (RuleKind.AUTHOR, "Merve 等", "merve"),
        (RuleKind.CATEGORY, "AI Ethics", "ai-ethics"),
        (RuleKind.HOST, "https://www.X.com/a", "x.com"),
        (RuleKind.TOPIC, "models", "models"),
    ],
)
def test_spellings_of_one_wish_share_a_key(kind: RuleKind, one: str, other: str) -> None:
    assert rule_key(rule(kind, one)) == rule_key(rule(kind, other, MUTE))


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Demis Hassabis 等", {"demishassabis"}),
        ("A. Smith et al.", {"asmith"}),
        ("宝玉、歸藏 等人", {"宝玉归藏", "宝玉", "归藏"}),
        ("Peter H. Diamandis, MD", {"peterhdiamandismd", "peterhdiamandis", "md"}),
        ("clem 🤗", {"clem"}),
        ("🤗", {"🤗"}),
        ("", set()),
        (None, set()),
    ],
)
def test_an_author_field_names_one_or_more(author: str | None, names: set[str]) -> None:
    assert author_keys(author) == names


def test_a_name_of_symbols_is_still_a_name() -> None:
    assert author_name_key("🤗") == "🤗"


@pytest.mark.parametrize(
    ("host", "parent", "under"),
    [("a.b.example.org", "example.org", True), ("notexample.org", "example.org", False), (None, "x.com", False)],
)
def test_subdomains_belong_to_their_host(host: str | None, parent: str, under: bool) -> None:
    assert under_host(host, parent) is under
