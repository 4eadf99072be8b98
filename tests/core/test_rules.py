"""What readers type after /follow and /mute."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.rules import RuleError, RuleProblem, host_key, normalise_rule
from bot.core.rules import rule_of as rule_of_button

TOPICS = {"models": "models", "模型": "models", "安全": "safety", "ai ethics": "safety"}


def rule_of(text: str) -> Rule | RuleError:
    return normalise_rule(text, action=RuleAction.FOLLOW, find_topic=lambda name: TOPICS.get(name.casefold()))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("模型", RuleKind.TOPIC, "models"),
        (" AI  Ethics ", RuleKind.TOPIC, "safety"),
        ("topic:安全", RuleKind.TOPIC, "safety"),
        ("主題：安全", RuleKind.TOPIC, "safety"),
        ('"模型"', RuleKind.KEYWORD, '"模型"'),
        ("keyword:模型", RuleKind.KEYWORD, "模型"),
        ("关键词：开源 模型", RuleKind.KEYWORD, "开源 模型"),
        ("DeepSeek", RuleKind.KEYWORD, "DeepSeek"),
        ("o3", RuleKind.KEYWORD, "o3"),
        ("芯", RuleKind.KEYWORD, "芯"),
        ("@GaryMarcus", RuleKind.AUTHOR, "@GaryMarcus"),
        ("@宝玉", RuleKind.AUTHOR, "宝玉"),
        ("author:Gary Marcus", RuleKind.AUTHOR, "Gary Marcus"),
        ("作者：“宝玉”", RuleKind.AUTHOR, "宝玉"),
        ("https://x.com/karpathy", RuleKind.AUTHOR, "@karpathy"),
        ("x.com", RuleKind.HOST, "x.com"),
        ("host:www.Example.org", RuleKind.HOST, "example.org"),
        ("https://blog.google/path", RuleKind.HOST, "blog.google"),
        ("域名：openai.com", RuleKind.HOST, "openai.com"),
        ("node.js", RuleKind.KEYWORD, "node.js"),
        ("GPT-4.1", RuleKind.KEYWORD, "GPT-4.1"),
        ("category:AI Ethics", RuleKind.CATEGORY, "AI Ethics"),
        ("分類：行業動態", RuleKind.CATEGORY, "行業動態"),
        ("foo:bar", RuleKind.KEYWORD, "foo:bar"),
    ],
)
def test_a_text_names_a_rule(text: str, kind: RuleKind, value: str) -> None:
    assert rule_of(text) == Rule(RuleAction.FOLLOW, kind, value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", RuleProblem.EMPTY),
        ("  ", RuleProblem.EMPTY),
        ("@", RuleProblem.EMPTY),
        ("author:", RuleProblem.EMPTY),
        ("!!", RuleProblem.EMPTY),
        ("a", RuleProblem.TOO_SHORT),
        ("12", RuleProblem.TOO_SHORT),
        ("-模型", RuleProblem.TOO_SHORT),
        ("topic:nope", RuleProblem.UNKNOWN_TOPIC),
        ("host:nope", RuleProblem.NOT_A_HOST),
        ("模" * 101, RuleProblem.TOO_LONG),
    ],
)
def test_a_text_that_is_no_rule_says_why(text: str, problem: RuleProblem) -> None:
    answer = rule_of(text)
    assert isinstance(answer, RuleError)
    assert answer.problem is problem


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("HTTPS://user@www.Example.ORG:443/a?b", "example.org"),
        ("*.example.org", "example.org"),
        ("example.org.", "example.org"),
        ("例子.中国", "例子.中国"),
        ("not a host", ""),
        ("-a.com", ""),
    ],
)
def test_hosts_are_compared_by_their_bare_name(value: str, host: str) -> None:
    assert host_key(value) == host


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_gives_a_rule_or_an_error(text: str) -> None:
    assert isinstance(rule_of(text), Rule | RuleError)


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        (RuleKind.KEYWORD, " 机器人   护栏 ", "机器人 护栏"),
        (RuleKind.KEYWORD, "topic:models", "topic:models"),
        (RuleKind.CATEGORY, "AI Ethics", "AI Ethics"),
        (RuleKind.AUTHOR, "@merve", "@merve"),
        (RuleKind.KEYWORD, "x", RuleProblem.TOO_SHORT),
        (RuleKind.KEYWORD, "长" * 101, RuleProblem.TOO_LONG),
        (RuleKind.TOPIC, "unheard", RuleProblem.UNKNOWN_TOPIC),
        (RuleKind.HOST, "nowhere", RuleProblem.NOT_A_HOST),
        (RuleKind.AUTHOR, "@", RuleProblem.EMPTY),
    ],
)
def test_a_rule_from_a_button_is_checked_as_if_typed(kind, value, result):
    made = rule_of_button(Rule(RuleAction.FOLLOW, kind, value), find_topic=lambda _name: None)
    assert (made.problem if isinstance(made, RuleError) else made.value) == result
