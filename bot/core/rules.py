"""What readers type after `/follow` and `/mute`, made a rule. Apart from the selection, which only reads rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bot.core.folding import fold
from bot.core.matching import compile_keyword
from bot.core.model import Rule, RuleAction, RuleKind
from bot.core.tokens import is_unspaced

MAX_RULE = 100
"""Characters of a rule's value; longer ones are slips of the clipboard."""

_KINDS = {
    "topic": RuleKind.TOPIC, "主题": RuleKind.TOPIC, "话题": RuleKind.TOPIC,
    "category": RuleKind.CATEGORY, "分类": RuleKind.CATEGORY, "类别": RuleKind.CATEGORY, "栏目": RuleKind.CATEGORY,
    "keyword": RuleKind.KEYWORD, "word": RuleKind.KEYWORD, "关键词": RuleKind.KEYWORD, "关键字": RuleKind.KEYWORD,
    "author": RuleKind.AUTHOR, "by": RuleKind.AUTHOR, "作者": RuleKind.AUTHOR,
    "host": RuleKind.HOST, "site": RuleKind.HOST, "domain": RuleKind.HOST, "网站": RuleKind.HOST,
    "站点": RuleKind.HOST, "域名": RuleKind.HOST, "来源": RuleKind.HOST,
}  # fmt: skip
_FILE_ENDINGS = frozenset(["js", "ts", "py", "rb", "rs", "go", "cs", "md", "sh", "vb", "pl", "kt"])
"""Two-letter endings that are likelier a program's name (`node.js`) than a country's domain."""

_DOMAINS = frozenset(
    ("com", "org", "net", "edu", "gov", "mil", "info", "dev", "app", "xyz", "blog", "news", "tech", "site", "online")
)


class RuleProblem(StrEnum):
    """Why a text is no rule."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    TOO_SHORT = "too-short"  # a keyword without one CJK character or two letters
    UNKNOWN_TOPIC = "unknown-topic"  # said to be a topic, and is none
    NOT_A_HOST = "not-a-host"


@dataclass(frozen=True, slots=True)
class RuleError:
    """A text that cannot become a rule, and the part of it that is at fault."""

    problem: RuleProblem
    value: str


@cache
def _labelled() -> re.Pattern[str]:
    return re.compile(r"\s*([^\W\d_]{1,8})\s*[:：]\s*(?!//)(.*)", re.DOTALL)


@cache
def _hostname() -> re.Pattern[str]:
    return re.compile(
        r"(?:[a-z]{2,10}://)?(?:[^/@\s]*@)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+([^\W\d_]{2,24}))(?:[:/?#].*)?"
    )


@cache
def _profile() -> re.Pattern[str]:
    return re.compile(
        r"(?:https?://)?(?:www\.|mobile\.)?(?:x|twitter)\.com/@?([a-z0-9_]{1,15})/?(?:[?#].*)?", re.IGNORECASE
    )


def host_key(value: str) -> str:
    """The host of a domain or address as a key: lower case, without scheme, `www.`, port or path; empty if none."""
    match = _hostname().fullmatch(fold(value).strip().removeprefix("*.").removesuffix("."))
    return match[1].removeprefix("www.") if match else ""


def normalise_rule(text: str, *, action: RuleAction, find_topic: Callable[[str], str | None]) -> Rule | RuleError:
    """The rule that `text` names: `kind:value` says it outright; `@x` or a profile's address is an author, a bare
    domain a host, a topic's name (in any language, by `find_topic`, which gives its slug) a topic, and everything else
    a keyword. Quotation marks make a keyword of what would be a topic."""
    text = " ".join(text.split())
    if not text:
        return RuleError(RuleProblem.EMPTY, text)
    if len(text) > MAX_RULE:
        return RuleError(RuleProblem.TOO_LONG, text)
    label = _labelled().fullmatch(text)
    kind = _KINDS.get(fold(label[1])) if label else None
    value = label[2] if label and kind else text
    if kind is None:
        kind, value = _guessed(text, find_topic)
    return _checked(action, kind, value, find_topic)


def rule_of(rule: Rule, *, find_topic: Callable[[str], str | None]) -> Rule | RuleError:
    """A rule that came back from a button, checked as if it had been typed: buttons can be forged."""
    value = " ".join(rule.value.split())
    if len(value) > MAX_RULE:
        return RuleError(RuleProblem.TOO_LONG, value)
    return _checked(rule.action, rule.kind, value, find_topic)


def _guessed(text: str, find_topic: Callable[[str], str | None]) -> tuple[RuleKind, str]:
    if profile := _profile().fullmatch(text):
        return RuleKind.AUTHOR, "@" + profile[1]
    if text[0] in "@＠" and len(text) > 1:
        return RuleKind.AUTHOR, text
    if find_topic(text) is not None:
        return RuleKind.TOPIC, text
    host = host_key(text)
    ending = host.rpartition(".")[2]
    if ending in _DOMAINS or (len(ending) == 2 and ending not in _FILE_ENDINGS) or (host and "://" in text):
        return RuleKind.HOST, text
    return RuleKind.KEYWORD, text


def _checked(
    action: RuleAction, kind: RuleKind, value: str, find_topic: Callable[[str], str | None]
) -> Rule | RuleError:
    bare = value.strip().strip('"“”「」『』').strip() if kind is not RuleKind.KEYWORD else value.strip()
    if not bare or not any(map(str.isalnum, bare)):
        return RuleError(RuleProblem.EMPTY, bare)
    if kind is RuleKind.TOPIC:
        slug = find_topic(bare)
        return Rule(action, kind, slug) if slug else RuleError(RuleProblem.UNKNOWN_TOPIC, bare)
    if kind is RuleKind.HOST:
        host = host_key(bare)
        return Rule(action, kind, host) if host else RuleError(RuleProblem.NOT_A_HOST, bare)
    if kind is RuleKind.KEYWORD and not long_enough(bare):
        return RuleError(RuleProblem.TOO_SHORT, bare)
    return Rule(action, kind, _handle_or_name(bare) if kind is RuleKind.AUTHOR else bare)


def _handle_or_name(value: str) -> str:
    """`@name` where it can be a handle; a name that is none (`@宝玉`) is meant as the shown name."""
    if value[0] not in "@＠":
        return value
    name = value[1:].strip()
    return "@" + name if name.isascii() and name.replace("_", "a").isalnum() else name


def long_enough(keyword: str) -> bool:
    """Whether a keyword is worth looking for: it holds a CJK character, or two letters (a digit may be one of them:
    `o3`), outside of what it excludes."""
    tokens = [token for term in compile_keyword(keyword).must for token in term.tokens]
    if any(is_unspaced(token[0]) for token in tokens):
        return True
    return sum(map(len, tokens)) >= 2 and any(not token.isdecimal() for token in tokens)
