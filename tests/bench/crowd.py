"""Subscribers by the hundred thousand with mixed wishes, written straight into the tables, and a digest for them; the
ground of benchmarks. Who wants what: 40 of 100 everything, 40 one to five topics, 15 one to ten keywords (of some
11,000, the common ones far more often), 5 authors; one in ten mutes something besides.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate, islice, pairwise
from typing import Any

from sqlalchemy import Connection, Table

from bot.core.model import Rule, RuleAction, RuleKind
from bot.sources import RawDigest
from bot.storage import Storage
from bot.storage.rules import term_ids, term_key
from bot.storage.subscriber_tables import RULE, SUBSCRIBER
from tests.conftest import Entry, digest_text, slot

ITEMS = 14
KEYWORDS = 11_000
TOPICS = (
    *("models", "multimodal", "agents", "coding", "apps", "research", "open-source", "compute", "robotics", "industry"),
    *("funding", "policy", "safety", "society"),
)
_HAN = (
    "模型智能算力芯片开源数据推理训练代码机器视频语音图像研究论文"
    "安全政策投资融资公司产品用户平台工具应用学习网络系统科学医疗教育能源"
)
_NOW = datetime(2026, 11, 20, tzinfo=UTC)
_PIECE = 20_000
Wish = tuple[int, str, str]
"""Term id, action, value."""


@dataclass
class Crowd:
    """Draws readers; the same for the same seed."""

    terms: dict[tuple[str, str], int]
    words: Sequence[str]
    authors: Sequence[str]
    rng: random.Random = field(default_factory=lambda: random.Random(5))

    def __post_init__(self) -> None:
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.words))))

    def wishes(self) -> list[Wish]:
        """The rules of one reader."""
        draw, rng = self.rng.random(), self.rng
        if draw < 0.40:
            chosen = []
        elif draw < 0.80:
            chosen = [Rule(RuleAction.FOLLOW, RuleKind.TOPIC, name) for name in rng.sample(TOPICS, rng.randint(1, 5))]
        elif draw < 0.95:
            words = set(rng.choices(self.words, cum_weights=self._weights, k=rng.randint(1, 10)))
            chosen = [Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, word) for word in sorted(words)]
        else:
            chosen = [Rule(RuleAction.FOLLOW, RuleKind.AUTHOR, rng.choice(self.authors))]
        if rng.random() < 0.10:
            chosen.append(Rule(RuleAction.MUTE, RuleKind.TOPIC, rng.choice(TOPICS)))
        return [(self.terms[term_key(rule)], rule.action.value, rule.value) for rule in chosen]


def populate(storage: Storage, count: int, *, keywords: int = KEYWORDS) -> None:
    """Write so many readers with their rules."""
    words, authors = vocabulary(keywords), [f"Author {number}" for number in range(400)]
    rules = [Rule(RuleAction.FOLLOW, RuleKind.TOPIC, name) for name in TOPICS]
    rules += [Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, word) for word in words]
    rules += [Rule(RuleAction.FOLLOW, RuleKind.AUTHOR, name) for name in authors]
    with storage.writing() as tx:
        connection = tx._connection  # bulk writing is no business of the bot's own storage
        crowd = Crowd(term_ids(connection, rules), words, authors)
        numbers = iter(range(1, count + 1))
        while piece := list(islice(numbers, _PIECE)):
            wishes = {number: crowd.wishes() for number in piece}
            _write(connection, SUBSCRIBER, (_reader(crowd.rng, number, wishes[number]) for number in piece))
            _write(connection, RULE, _rules(wishes))
    storage.optimise()


def vocabulary(size: int) -> list[str]:
    """Words of two to four characters, those a digest holds first; no two mean the same."""
    rng = random.Random(3)
    found = dict.fromkeys(a + b for a, b in pairwise(_HAN))
    while len(found) < size:
        found["".join(rng.choices(_HAN, k=rng.choice((2, 2, 3, 4))))] = None
    return list(found)


def _reader(rng: random.Random, number: int, wishes: Iterable[Wish]) -> dict[str, Any]:
    language = rng.choices(("zh-hans", "zh-hant", "en"), (70, 15, 15))[0]
    return {
        "id": number,
        "chat_id": 10_000_000 + number,
        "thread_id": 0,
        "kind": "private",
        "title": f"Reader {number}",
        "language": language,
        "state": "active" if rng.random() < 0.95 else "blocked",
        "state_reason": "",
        "since": _NOW,
        "updated": _NOW,
        "style": rng.choices(("folded", "headlines", "full"), (80, 12, 8))[0],
        "script": "hant" if language == "zh-hant" else "hans",
        "schedule": "each",
        "each": 1,
        "time_zone": None,
        "quiet": None,
        "rich": 0,
        "silent": 0,
        "follows": int(any(action == "follow" for _, action, _ in wishes)),
        "night": "hold",
        "min_items": 1,
        "per_message": 0,
        "link_preview": 0,
        "repeats": "mark",
        "returned": None,
    }


def _rules(wishes: dict[int, list[Wish]]) -> Iterator[dict[str, Any]]:
    for number, wanted in wishes.items():
        for position, (term_id, action, value) in enumerate(wanted):
            yield {
                "subscriber_id": number,
                "term_id": term_id,
                "action": action,
                "value": value,
                "position": position,
                "created": _NOW,
            }


def _write(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    names = [column.name for column in table.c]
    tuples = [tuple(row[name] for name in names) for row in _bound(connection, table, rows)]
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", tuples)  # noqa: S608 - our names
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in tuples:
            copy.write_row(row)


def _bound(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows with their values as the driver wants them."""
    dialect = connection.dialect
    turned = {}
    for column in table.c:
        if (turn := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None:
            turned[column.name] = turn
    for row in rows:
        yield {name: turned[name](value) if name in turned else value for name, value in row.items()}


def digest(number: int = 1) -> RawDigest:
    """A digest of fourteen items in words that readers wait for, by authors they know."""
    rng = random.Random(100 + number)
    entries = [
        Entry(
            "".join(rng.choices(_HAN, k=14)),
            "".join(rng.choices(_HAN, k=rng.randint(160, 240))) + "。",
            author=f"Author {rng.randrange(40)}",
            url=f"https://example.org/{number}/{item}",
        )
        for item in range(ITEMS)
    ]
    text = digest_text(slot(number % 24, day=20), entries)
    return RawDigest("bench", f"{number}.md", text.encode(), _NOW, f"{number}.md")
