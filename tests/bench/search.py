"""How long a search takes on an archive of a hundred thousand items (or a million), newest ten, by kind of query: for
the ids, and for the whole answer as readers get it, with its items and the count beside them; beside `LIKE` on the same
rows. Then whether both engines find the same. Every query is asked several times and its best time counts: the figures
are about queries, not about neighbours.

    python -m tests.bench.search [--items 100000] [--engines sqlite,postgresql] [--database URL …] [--queries 200]

`--database` names an archive to use; an empty one is filled first, so that a large one need not be made twice. Beyond a
hundred thousand items an archive is that many, copied ever further back in time.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.bootstrap import bundled
from bot.core.query import Query, parse_query
from bot.core.topics import load_topics
from bot.services.reading import Reading
from bot.storage import Storage, Transaction
from tests.bench.bulk import repeat, write
from tests.bench.corpus import ITEMS, Corpus
from tests.bench.table import Table
from tests.postgres import running_postgres

LIMIT = 10
TODAY = date(2026, 10, 1)
_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_ORIGINAL = 100_000
_TIMES = 9
_ZONE = ZoneInfo("Asia/Shanghai")
_FREQUENT = ("模型", "发布", "开源", "数据", "智能", "推理", "公司", "用户")


def fill(storage: Storage, items: int) -> None:
    """Store an archive of about so many items."""
    storage.upgrade()
    write(storage, Corpus().digests(max(1, min(items, _ORIGINAL) // ITEMS)), now=_NOW)
    if items > _ORIGINAL:
        repeat(storage, items // _ORIGINAL - 1)


def queries(count: int) -> Mapping[str, list[str]]:
    """Queries by kind, from what nearly every item has to what one has, the same each time."""
    corpus, draw = Corpus(), random.Random(3)
    chinese = [word for word in corpus.words if not word.isascii()]
    latin = [word for word in corpus.words if word.isascii()]

    def of(words: Sequence[str], low: int = 1, high: int = 9) -> Iterator[str]:
        fitting = [word for word in words if low <= len(word) <= high]
        while True:  # each order of magnitude of rarity as often as the next
            yield fitting[int(len(fitting) ** draw.random()) - 1]

    two, long, plain = of(chinese, 2, 2), of(chinese, 3, 4), of(latin)
    sentences = [sentence[3:11] for sentence in corpus.sentences if len(sentence) > 14]
    kinds = {
        "2 characters": lambda: next(two),
        "frequent 2 characters": lambda: draw.choice(_FREQUENT),
        "3 or 4 characters": lambda: next(long),
        "Latin": lambda: next(plain),
        "Chinese and Chinese": lambda: f"{draw.choice(_FREQUENT)} {next(two)}",
        "Latin and Chinese": lambda: f"{next(plain)} {next(two)}",
        "phrase": lambda: f'"{draw.choice(sentences)}"',
        "absent": lambda: f"{next(two)}qqx{draw.randrange(10**6)}",
        "without a word": lambda: f"{draw.choice(_FREQUENT)} -{next(two)}",
        "with author:": lambda: f"{draw.choice(_FREQUENT)} author:@account{draw.randrange(2000)}",
        "with topic:": lambda: f"{next(two)} topic:{draw.choice(('models', 'policy', 'none-such'))}",
        "with category:": lambda: f'{next(long)} category:"AI Ethics"',
        "with since:": lambda: f"{next(two)} since:30d",
        "with until:": lambda: f"{draw.choice(_FREQUENT)} until:2026-01-01",
        "rare, with topic:": lambda: f"{chinese[-draw.randrange(1, 2000)]} topic:models",
        "author: alone": lambda: f"author:@account{draw.randrange(2000)}",
        "topic: alone": lambda: f"topic:{draw.choice(('models', 'policy', 'none-such'))}",
        "1 character": lambda: draw.choice(next(two)),
    }
    return {kind: [make() for _ in range(count)] for kind, make in kinds.items()}


def newest(tx: Transaction, query: Query) -> list[int]:
    """The ids of the newest items a query finds, without loading them."""
    return tx.search.ids(query, limit=LIMIT)


def milliseconds(storage: Storage, reading: Reading, query: Query) -> tuple[float, float]:
    """The best times of one query: finding the ids, and the whole answer in a transaction of its own."""
    ids, whole = [], []
    for _ in range(_TIMES):
        with storage.reading() as tx:
            began = time.perf_counter()
            newest(tx, query)
            ids.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        reading.search(query, limit=LIMIT, zone=_ZONE)
        whole.append(1000 * (time.perf_counter() - began))
    return min(ids), min(whole)


def by_like(storage: Storage, words: Sequence[str]) -> float:
    """The median milliseconds of a search without an index."""
    statement = text(
        "SELECT id FROM item WHERE title LIKE :word OR body LIKE :word OR author LIKE :word ORDER BY id DESC LIMIT 10"
    )
    times = []
    for word in words:
        with storage.reading() as tx:
            began = time.perf_counter()
            tx._connection.execute(statement, {"word": f"%{word}%"}).all()
            times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def share(times: Sequence[float], part: float) -> float:
    """The value below which this part of the times lies."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]


def measure(storage: Storage, count: int) -> None:
    """Print the figures of one archive."""
    with storage.reading() as tx:
        held = tx.items.count()
    reading = Reading(storage, load_topics(bundled("topics.toml").read_text(encoding="utf-8")))
    heads = ("ids p50", "ids p99", "answer p50", "answer p99", "max ms", "LIKE p50", "ratio")
    table = Table(f"{storage.engine_name}, {held:,} items: newest {LIMIT}, milliseconds", " " * 22, *heads)
    for kind, texts in queries(count).items():
        asked = [parse_query(typed, today=TODAY) for typed in texts]
        ids, whole = zip(*(milliseconds(storage, reading, query) for query in asked), strict=True)
        figures = [share(ids, 0.5), share(ids, 0.99), share(whole, 0.5), share(whole, 0.99), max(whole)]
        plain = [typed for typed in texts[:5] if kind in ("2 characters", "3 or 4 characters", "Latin", "absent")]
        like = by_like(storage, plain) if plain else 0.0
        beside = (f"{like:.1f}", f"{like / figures[2]:.0f}") if plain else ("", "")
        table.row(kind, *(f"{figure:.2f}" for figure in figures), *beside)


def compare(one: Storage, other: Storage, count: int) -> tuple[int, int]:
    """How many queries were asked of both archives, and how many found different items."""
    asked = different = 0
    for texts in queries(count).values():
        for typed in texts:
            query = parse_query(typed, today=TODAY)
            with one.reading() as left, other.reading() as right:
                asked += 1
                different += newest(left, query) != newest(right, query)
    return asked, different


@contextmanager
def archives(engines: Sequence[str], databases: Sequence[str]) -> Iterator[list[Storage]]:
    """The databases named, else a fresh one of each engine."""
    with ExitStack() as stack:
        urls = list(databases)
        if not urls and "sqlite" in engines:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            urls.append(f"sqlite:///{Path(folder, 'bench.db')}")
        if not databases and "postgresql" in engines:
            urls.append(stack.enter_context(running_postgres()).create())
        yield [stack.enter_context(Storage.open(url)) for url in urls]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--database", action="append", default=[])
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args(arguments)
    with archives(given.engines.split(","), given.database) as stores:
        for storage in stores:
            storage.upgrade()
            with storage.reading() as tx:
                empty = tx.items.count() == 0
            if empty:
                began = time.perf_counter()
                fill(storage, given.items)
                print(
                    f"{storage.engine_name}: {given.items:,} items in {time.perf_counter() - began:.0f} s", flush=True
                )
            measure(storage, given.queries)
        if len(stores) > 1:
            asked, different = compare(stores[0], stores[1], given.queries)
            print(f"\nboth engines: {asked:,} queries, {different} with different ids")


if __name__ == "__main__":
    main()
