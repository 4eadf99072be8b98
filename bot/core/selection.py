"""Which items of a digest a subscriber gets, and why: the one definition of what rules mean. The planner's postings
must equal it; `/preview`, `/why` and the footer's count are read from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.core.authors import author_keys, author_name_key, handle_key
from bot.core.folding import squash
from bot.core.matching import candidate_keys, compile_keyword, keyword_key, matches
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.rules import RuleError, RuleProblem, host_key, normalise_rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item as rules see it. `categories` are its digest's; `handle` without `@`; `tokens` is the token text of
    title, body, author and handle (`bot.core.matching.token_text`)."""

    id: int
    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    author: str | None = None
    handle: str | None = None
    host: str | None = None
    tokens: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What rules make of items. `reasons` tells by item id which rule decided: the first follow rule that brought it,
    the first mute rule that hid it, or None where no rule spoke (all shown without follow rules, else hidden)."""

    shown: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    reasons: dict[int, Rule | None] = field(default_factory=dict)


Test = Callable[[Candidate], bool]


def select(items: Sequence[Candidate], rules: Sequence[Rule]) -> Selection:
    """The items a subscriber with `rules` is shown, in the order given. Without a follow rule everything is; follow
    rules add up; a mute wins over all."""
    follows = [(rule, compile_rule(rule)) for rule in rules if rule.action is RuleAction.FOLLOW]
    mutes = [(rule, compile_rule(rule)) for rule in rules if rule.action is RuleAction.MUTE]
    shown: list[int] = []
    hidden: list[int] = []
    reasons: dict[int, Rule | None] = {}
    for item in items:
        muted = _first(mutes, item)
        followed = _first(follows, item)
        wanted = muted is None and (followed is not None or not follows)
        (shown if wanted else hidden).append(item.id)
        reasons[item.id] = muted or followed
    return Selection(tuple(shown), tuple(hidden), reasons)


def _first(rules: Sequence[tuple[Rule, Test]], item: Candidate) -> Rule | None:
    return next((rule for rule, test in rules if test(item)), None)


def compile_rule(rule: Rule) -> Test:
    """A quick test whether `rule` speaks of an item. A value that can mean nothing never does."""
    match rule.kind:
        case RuleKind.TOPIC:
            return lambda item: rule.value in item.topics
        case RuleKind.CATEGORY:
            key = squash(rule.value)
            return lambda item: bool(key) and any(squash(category) == key for category in item.categories)
        case RuleKind.KEYWORD:
            keyword = compile_keyword(rule.value)
            return lambda item: bool(keyword.must) and matches(item.tokens, keyword)
        case RuleKind.AUTHOR:
            return _author_test(rule.value)
        case RuleKind.HOST:
            host = host_key(rule.value)
            return lambda item: bool(host) and under_host(item.host, host)


def rule_matches(rule: Rule, item: Candidate) -> bool:
    """Whether `rule` speaks of `item`, whatever it then does with it."""
    return compile_rule(rule)(item)


def _author_test(value: str) -> Test:
    handle = handle_key(value)
    if value.strip().startswith(("@", "＠")):
        return lambda item: bool(handle) and handle_key(item.handle) == handle
    name = author_name_key(value)
    return lambda item: bool(name) and name in author_keys(item.author)


def under_host(host: str | None, parent: str) -> bool:
    """Whether `host` is `parent` or one of its subdomains."""
    known = host_key(host or "")
    return known == parent or known.endswith("." + parent)


def rule_key(rule: Rule) -> tuple[RuleKind, str]:
    """What makes two rules on the same thing the same, however they are written; what postings are filed under."""
    match rule.kind:
        case RuleKind.TOPIC:
            return rule.kind, rule.value
        case RuleKind.CATEGORY:
            return rule.kind, squash(rule.value)
        case RuleKind.KEYWORD:
            keyword = compile_keyword(rule.value)
            words = [" ".join(term.tokens) + "*" * term.prefix for term in keyword.must]
            words += ["-" + " ".join(term.tokens) + "*" * term.prefix for term in keyword.must_not]
            return rule.kind, "|".join(sorted(words))
        case RuleKind.AUTHOR if rule.value.strip().startswith(("@", "＠")):
            return rule.kind, "@" + handle_key(rule.value)
        case RuleKind.AUTHOR:
            return rule.kind, author_name_key(rule.value)
        case RuleKind.HOST:
            return rule.kind, host_key(rule.value)


__all__ = [
    "Candidate", "RuleError", "RuleProblem", "Selection", "Test", "candidate_keys", "compile_keyword", "compile_rule",
    "keyword_key", "matches", "normalise_rule", "rule_key", "rule_matches", "select", "under_host",
]  # fmt: skip
