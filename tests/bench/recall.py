"""Whether search finds all that a plain substring search finds and nothing else, on both engines: thousands of queries
of every kind, cut out of the archive's own text. Exits with 1 if one answer differs.

    python -m tests.bench recall
    python -m tests.bench.recall [--items 100000] [--engines sqlite,postgresql] [--queries 150] [--database URL …]
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from opencc import OpenCC

from bot.core.links import handle_of
from bot.core.model import Digest, Item, RichText
from bot.core.query import Query, parse_query
from bot.core.tokens import unspaced_class
from bot.storage import Storage
from tests.bench.bulk import write
from tests.bench.corpus import ITEMS, Corpus
from tests.bench.oracle import Oracle
from tests.bench.search import archives
from tests.bench.table import Table

TODAY = date(2026, 10, 1)
_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_ALL = 10**9
_PAGE = 10
_TRIES = 5000  # texts looked at before an archive is held to lack something
_ODD = (
    "OpenAI 发布 GPT-5.1，比 GPT5 与 gpt 5 更快",
    "ＧＰＴ－５ 全角 ＡＩ 芯片",
    "Llama-3.1-405B 與 Qwen2.5-72B-Instruct 對比",
    "繁體中文：開源模型發佈於臺灣，軟體工程師稱讚",
    "中En混排AI芯片H100与B200卡",
    "Claude 4.5 Sonnet/Opus；o3-mini",
    "🚀模型🎉发布🤖",
    "👩\u200d💻开发者工具👍\U0001f3fd",
    "𠀀𠀁擴展B區𪚥字",
    "한국어 모델이 공개되었습니다",
    "네이버의 하이퍼클로바X",
    "日本語のモデルを公開しました",
    "カタカナ・データセンター",
    "ﾊﾝｶｸｶﾅ と ひらがな",
    "snake_case_name 与 __init__",
    "C++ 与 C# 和 .NET、F#",
    "https://example.com/a_b-c?d=1&e=模型",
    "OpenAI's models, don't and users' data",
    "naïve café Zürich",
    "cafe\u0301 ë",
    "Привет мир, Яндекс",
    "α-β 測試 Σίσυφος",
    "①②③ ½ ㈱ ㎏ ℃",
    "AI\u3000全角空格\u3000模型",
    "soft\u00adhyphen zero\u200bwidth 零\u200b宽",
    "人々は〇〇を使う",
    "二〇二六年十一月",
    "3.5% 增长、1,234,567 美元",
    "v2.0.1-rc.1 build#42",
    "“引号里的话”「括號」",
    "萨姆·奥特曼与马斯克",
    "RAG（检索增强生成）",
    "A/B 测试 1:1",
)


@dataclass
class SpicedCorpus:
    """The usual corpus, with every third item telling something in another script or spelling."""

    items: int

    def digests(self) -> Iterator[Digest]:
        """From the oldest to the newest."""
        draw = random.Random(5)
        for digest in Corpus().digests(max(1, self.items // ITEMS)):
            yield replace(digest, items=tuple(_spiced(item, draw) for item in digest.items))


def _spiced(item: Item, draw: random.Random) -> Item:
    if draw.random() > 0.34:
        return item
    odd = draw.choice(_ODD)
    if draw.random() < 0.3:
        return replace(item, title=f"{odd}{draw.choice(('', ' ', '：'))}{item.title}")
    text = item.body.text
    place = draw.randrange(len(text))
    return replace(item, body=RichText(f"{text[:place]}{draw.choice(('', ' ', '，'))}{odd}{text[place:]}"))


def fields_of(item: Item) -> list[str]:
    """What is searched of an item."""
    handle = handle_of(item.url) if item.url else None
    return [text for text in (item.title, item.author, handle, item.body.text) if text]


class LackingError(Exception):
    """The archive holds nothing of this kind."""


@dataclass(frozen=True)
class Asked:
    """A query as typed, the terms that must be found, and those that must not."""

    typed: str
    must: tuple[str, ...]
    must_not: tuple[str, ...] = ()


class Questions:
    """Draws queries out of texts, the same each time."""

    def __init__(self, texts: Sequence[str], seed: int = 9) -> None:
        self._texts = texts
        self._draw = random.Random(seed)
        self._traditional = OpenCC("s2t").convert
        run = unspaced_class()
        self._runs = re.compile(f"[{run}]+")
        self._words = re.compile(rf"[^\W\d_{run}]+")
        self._names = re.compile(rf"[^\W\d_{run}]+[-. ]?[0-9]+")
        self._other = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3\U00020000-\U000323af]{2,}")
        self._pieces = re.compile(rf"[{run}]+|[^\W\d_{run}]+|[0-9]+")

    def by_kind(self, count: int) -> Mapping[str, list[Asked]]:
        """So many queries of each kind, without the kinds that the texts have nothing of."""
        kinds: dict[str, Callable[[], Asked]] = {
            "1 character": lambda: _one(self._piece(1, 1)),
            "2 characters": lambda: _one(self._piece(2, 2)),
            "3 or 4 characters": lambda: _one(self._piece(3, 4)),
            "5 to 12 characters": lambda: _one(self._piece(5, 12)),
            "Latin word": lambda: _one(self._drawn(self._words)),
            "Latin, other case": lambda: _one(self._drawn(self._words).swapcase()),
            "name and number": self._name,
            "number": lambda: _one(self._drawn(re.compile(r"[0-9]+"))),
            "mixed": lambda: _one(self._stretch(mixed=True)),
            "phrase": lambda: _one(self._stretch(mixed=False)),
            "Traditional": lambda: _one(self._traditional(self._piece(2, 5))),
            "full width": lambda: _one(_wide(self._drawn(self._words))),
            "kana, Hangul, extension B": lambda: _one(self._cut(self._drawn(self._other), 1, 4)),
            "two words": self._two,
            "three words": lambda: _every(*(self._piece(1, 3) for _ in range(3))),
            "one without another": self._without,
            "absent": lambda: _one(self._piece(2, 3) + "qqzzx"),
        }
        drawn: dict[str, list[Asked]] = {}
        for name, make in kinds.items():
            with suppress(LackingError):
                drawn[name] = [make() for _ in range(count)]
        return drawn

    def _tries(self) -> Iterator[str]:
        """Texts at random, so many that what none of them has is rare indeed."""
        for _ in range(_TRIES):
            yield self._draw.choice(self._texts)

    def _drawn(self, pattern: re.Pattern[str], least: int = 1) -> str:
        for text in self._tries():
            found = [piece for piece in pattern.findall(text) if len(piece) >= least]
            if found:
                return str(self._draw.choice(found))
        raise LackingError

    def _cut(self, run: str, low: int, high: int) -> str:
        size = min(len(run), self._draw.randint(low, high))
        start = self._draw.randrange(len(run) - size + 1)
        return run[start : start + size]

    def _piece(self, low: int, high: int) -> str:
        return self._cut(self._drawn(self._runs, low), low, high)

    def _name(self) -> Asked:
        name = self._drawn(self._names)
        word, number = re.findall(r"[^\W\d_]+|[0-9]+", name)
        return _one(self._draw.choice((name, f"{word}{number}", f"{word}-{number}", f"{word} {number}", name.upper())))

    def _stretch(self, *, mixed: bool) -> str:
        """Two to four neighbouring pieces with what stands between them; of more than one script if `mixed`."""
        for text in self._tries():
            found = list(self._pieces.finditer(text))
            size = self._draw.randint(2, 4)
            if len(found) < size:
                continue
            first = self._draw.randrange(len(found) - size + 1)
            chosen = found[first : first + size]
            stretch = text[chosen[0].start() : chosen[-1].end()]
            kinds = {bool(self._runs.match(piece[0])) for piece in chosen}
            if len(stretch) < 60 and (len(kinds) > 1) is mixed and not set(stretch) & set('"“”„‟＂「」『』\n'):
                return stretch
        raise LackingError

    def _two(self) -> Asked:
        return _every(self._piece(2, 3), self._draw.choice((self._piece(1, 2), self._drawn(self._words))))

    def _without(self) -> Asked:
        wanted, unwanted = self._piece(1, 2), self._draw.choice((self._piece(1, 2), self._drawn(self._words)))
        return Asked(f'"{wanted}" -"{unwanted}"', (wanted,), (unwanted,))


def _one(word: str) -> Asked:
    return _every(word)


def _every(*words: str) -> Asked:
    return Asked(" ".join(f'"{word}"' for word in words), words)


def _wide(word: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in word)


def expected(oracle: Oracle, asked: Asked) -> list[int]:
    """What a plain search finds, newest first."""
    found = set.intersection(*map(oracle.find, asked.must)).difference(*map(oracle.find, asked.must_not))
    return sorted(found, reverse=True)


def judge(stores: Sequence[Storage], oracle: Oracle, questions: Mapping[str, list[Asked]]) -> int:
    """Print recall and precision of each kind; how many answers differed."""
    heads = [f"{store.engine_name} {what}" for store in stores for what in ("recall", "precision")]
    table, wrong = Table("found against a plain search, per cent", " " * 26, "queries", "hits", *heads), 0
    for name, kind in questions.items():
        tallies = [[0, 0] for _ in stores]
        hits = 0
        for asked in kind:
            wanted = expected(oracle, asked)
            hits += len(wanted)
            query = parse_query(asked.typed, today=TODAY)
            for store, tally in zip(stores, tallies, strict=True):
                found, page = _found(store, query)
                same = (found, page) == (wanted, wanted[:_PAGE])
                wrong += not same
                tally[0] += len(set(wanted) - set(found))
                tally[1] += len(set(found) - set(wanted))
                if not same:
                    print(f"differs on {store.engine_name}: {asked} {len(found)} {len(wanted)}", file=sys.stderr)
        shares = [
            share
            for missed, extra in tallies
            for share in (_share(hits - missed, missed), _share(hits - missed, extra))
        ]
        table.row(name, len(kind), hits, *(f"{share:.3f}" for share in shares))
    return wrong


def _share(right: int, wrong: int) -> float:
    return 100 * right / (right + wrong) if right + wrong else 100.0


def _found(storage: Storage, query: Query) -> tuple[list[int], list[int]]:
    """All that is found, and the first page, which is found another way."""
    with storage.reading() as tx:
        return tx.search.ids(query, limit=_ALL), tx.search.ids(query, limit=_PAGE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--database", action="append", default=[])
    parser.add_argument("--queries", type=int, default=150)
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        stores = stack.enter_context(archives(given.engines.split(","), given.database))
        for storage in stores:
            storage.upgrade()
            with storage.reading() as tx:
                empty = tx.items.count() == 0
            if empty:
                write(storage, SpicedCorpus(given.items).digests(), now=_NOW)
        with stores[0].reading() as tx:
            items = [(stored.id, fields_of(stored.item)) for batch in tx.items.stream() for stored in batch]
        texts = [text for _, fields in items for text in fields]
        began = time.perf_counter()
        asked = Questions(texts).by_kind(given.queries)
        wrong = judge(stores, Oracle(items), asked)
    total = sum(map(len, asked.values()))
    print(f"\n{total:,} queries of {len(items):,} items in {time.perf_counter() - began:.0f} s: {wrong} answers differ")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
