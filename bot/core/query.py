"""The search query as a value, and how readers' words become one. Any string is safe: nothing here raises."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from bot.core.days import last_day, parse_day
from bot.core.folding import fold
from bot.core.tokens import query_tokens

MAX_QUERY = 256
"""Characters of a query that are read; nobody types more by hand."""

MAX_TERMS = 16
"""Words and phrases of a query that are used, excluded ones included."""

_FIELDS = {
    "author": "author", "by": "author", "from": "author", "作者": "author",
    "topic": "topic", "主题": "topic", "话题": "topic",
    "category": "category", "分类": "category", "类别": "category", "栏目": "category",
    "since": "since", "after": "since", "自": "since", "从": "since",
    "until": "until", "before": "until", "至": "until", "到": "until",
    "sort": "sort", "排序": "sort",
}  # fmt: skip
_SORTS = {
    "rank": True, "best": True, "relevance": True, "相关": True, "相关度": True,
    "new": False, "newest": False, "date": False, "time": False, "最新": False, "时间": False,
}  # fmt: skip
_PLAIN_QUOTES = '"“”„‟＂'
_QUOTES = dict.fromkeys(_PLAIN_QUOTES, _PLAIN_QUOTES) | {"「": "」", "『": "』", "﹁": "﹂", "﹃": "﹄"}
"""An opening quotation mark, and what may close it; typographic and full-width ones behave as the plain one."""

_MINUS = "-－−"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase that must occur (or must not): `tokens` are adjacent index tokens, never empty; `prefix` says
    that the last one stands for every token that starts with it (a lone CJK character)."""

    text: str
    tokens: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search: all of `must` and none of `must_not` occur; the other fields narrow by author, topic slug,
    publisher's category and local date (inclusive). `ranked` asks for best first instead of newest first."""

    must: tuple[Term, ...] = ()
    must_not: tuple[Term, ...] = ()
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    ranked: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing usable is left: no word to look for and nothing that narrows."""
        return not (self.must or self.authors or self.topics or self.categories or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a query. `name` is its field, if it has one; `label` is that field as it was typed; `start` and
    `end` say where in the query it stands."""

    text: str
    name: str | None = None
    label: str = ""
    negated: bool = False
    quoted: bool = False
    start: int = 0
    end: int = 0

    @property
    def words(self) -> str:
        """The part read as plain words."""
        return f"{self.label} {self.text}".strip()


@dataclass(slots=True)
class _Draft:
    """A query being put together; dictionaries keep the order and drop what is said twice."""

    must: dict[tuple[str, ...], Term] = field(default_factory=dict)
    must_not: dict[tuple[str, ...], Term] = field(default_factory=dict)
    named: dict[str, dict[str, None]] = field(default_factory=lambda: {"author": {}, "topic": {}, "category": {}})
    days: dict[str, date] = field(default_factory=dict)
    ranked: bool = False

    def add_word(self, text: str, *, negated: bool) -> None:
        term = term_of(text)
        if term is None or len(self.must) + len(self.must_not) >= MAX_TERMS:
            return
        (self.must_not if negated else self.must).setdefault((*term.tokens, str(term.prefix)), term)

    def add_field(self, name: str, value: str, *, today: date) -> bool:
        """Whether `value` means something to the field `name`; if not, nothing was added."""
        if name == "sort":
            self.ranked = _SORTS.get(fold(value), self.ranked)
            return fold(value) in _SORTS
        if name in self.named:
            self.named[name][value] = None
            return True
        day = parse_day(value, today=today) if name == "since" else last_day(value, today=today)
        if day is not None:
            self.days[name] = day
        return day is not None

    def add(self, part: Part, *, today: date) -> None:
        if part.name == "author" and part.negated:
            self.add_word(part.text, negated=True)  # names are indexed with the text
        elif part.name is None or part.negated:
            self.add_word(part.words, negated=part.negated)
        elif part.text and not self.add_field(part.name, part.text, today=today):
            self.add_word(part.words, negated=False)


def term_of(text: str) -> Term | None:
    """The term that `text` stands for, or None when no letter or digit is in it."""
    tokens, prefix = query_tokens(text)
    return Term(text, tuple(tokens), prefix) if tokens else None


def parse_query(text: str, *, today: date) -> Query:
    """What a reader asked for. Blanks separate words that must all occur; quotation marks of any kind hold a phrase;
    a leading minus excludes; `author:`, `topic:`, `category:`, `since:`, `until:` and `sort:rank` narrow and order
    (Chinese names and full-width colons too). A field that is unknown, or has a value that says nothing to it, is
    read as plain words. `today` is the reader's own date; dates without a year lie in the past. Names of authors,
    topics and categories are as typed: who knows them resolves them."""
    draft = _Draft()
    for part in parts_of(text):
        draft.add(part, today=today)
    return Query(
        must=tuple(draft.must.values()),
        must_not=tuple(draft.must_not.values()),
        authors=tuple(draft.named["author"])[:MAX_TERMS],
        topics=tuple(draft.named["topic"])[:MAX_TERMS],
        categories=tuple(draft.named["category"])[:MAX_TERMS],
        since=draft.days.get("since"),
        until=draft.days.get("until"),
        ranked=draft.ranked,
    )


def parse_keyword(text: str) -> Query:
    """What a keyword rule asks for: words, phrases and exclusions as in a search, but no fields (a colon is plain)."""
    draft = _Draft()
    for part in _parts(text[:MAX_QUERY].replace("\0", " ")):
        draft.add_word(part.words, negated=part.negated)
    return Query(must=tuple(draft.must.values()), must_not=tuple(draft.must_not.values()))


def parts_of(text: str) -> tuple[Part, ...]:
    """The pieces a query is read as, for whoever wants to offer it with one of them changed or left out."""
    return tuple(_joined(_parts(text[:MAX_QUERY].replace("\0", " "))))


def keyword_of(text: str, *, today: date) -> str | None:
    """The query as the value of a keyword rule that finds the same items; None where no keyword can say it, because
    the query has fields or an order."""
    words = " ".join(text.split())
    query = parse_query(words, today=today)
    return words if query.must and query == parse_keyword(words) else None


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts, but `author: merve` as `author:merve`: phone keyboards put a blank after a colon."""
    waiting: Part | None = None
    for part in parts:
        if waiting and part.name is None and not part.negated:
            part = replace(part, name=waiting.name, label=waiting.label, negated=waiting.negated, start=waiting.start)
        waiting = part if part.name and not part.text and not part.quoted else None
        if waiting is None:
            yield part


@cache
def _field_name() -> re.Pattern[str]:
    return re.compile(r"([^\W\d_]{1,8})[:：]")


@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"[^\s{''.join(_QUOTES)}]+")


def _parts(text: str) -> Iterator[Part]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        start = place
        negated = text[place] in _MINUS and not text[place + 1 : place + 2].isspace()
        place += negated
        label = _field_name().match(text, place)
        name = _FIELDS.get(fold(label[1])) if label else None
        if label and name:
            place = label.end()
        value, quoted, place = _value(text, place)
        yield Part(value, name, label[1] if label and name else "", negated, quoted, start, min(place, len(text)))


def _value(text: str, place: int) -> tuple[str, bool, int]:
    """The word or phrase that starts at `place`, whether it stood in quotation marks, and where it ends."""
    closing = _QUOTES.get(text[place : place + 1])
    if closing is None:
        word = _word().match(text, place)
        return (word[0], False, word.end()) if word else ("", False, place)
    # A phrase that is never closed reaches to the end: somebody is still typing.
    end = next((k for k in range(place + 1, len(text)) if text[k] in closing), len(text))
    return text[place + 1 : end].strip(), True, end + 1
