"""How fast digests are read, as ratios: beside a plain front matter load of the same bytes, and per size over three
orders of magnitude (reading must be linear).

    python -m tests.bench.reading
"""

import resource
import statistics
import time
from collections.abc import Callable, Sequence

import frontmatter

from bot.core.digest import read_digest
from tests.bench.mutate import ZONE, seeds

HEAD = "---\ntitle: big\ndate: 2026-03-01T08:00:00+08:00\n---\n\n"
ITEM = (
    "{n}.  [一个新的模型发布，第{n}条 - 张三](https://x.com/zhangsan/status/{n})\n"
    "    该模型在**排版精度**和**两千像素下的一致性**方面表现出色，部分超越了前一代，但多模态推理仍有提升空间。"
    "它还支持使用掩码进行图像的**点提示修补**，见[说明](https://example.org/{n})。\n\n"
)
SIZES = (20, 200, 2_000, 20_000)


def digest_of(items: int) -> bytes:
    """A digest with so many ordinary items."""
    return (HEAD + "".join(ITEM.format(n=n) for n in range(1, items + 1))).encode()


def seconds(action: Callable[[], object], repeats: int) -> float:
    """The median processor time of one call."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        action()
        times.append(time.process_time() - started)
    return statistics.median(times)


def scaling() -> list[tuple[int, int, float]]:
    """For each size: items, bytes, and seconds."""
    rows = []
    for items in SIZES:
        data = digest_of(items)
        taken = seconds(lambda data=data: read_digest(data, time_zone=ZONE), max(3, 4000 // items))  # type: ignore[misc]  # bound at once
        rows.append((items, len(data), taken))
    return rows


def beside_plain_load() -> tuple[float, float]:
    """Digests a second over the valid digests: ours, and python-frontmatter with its safe loader alone."""
    digests = seeds()
    texts = [data.decode() for data in digests if not data.startswith(b"+++")]
    ours = seconds(lambda: [read_digest(data, time_zone=ZONE) for data in digests], 60) / len(digests)
    plain = seconds(lambda: [frontmatter.loads(text) for text in texts], 60) / len(texts)
    return 1 / ours, 1 / plain


def main(_: Sequence[str] | None = None) -> None:
    """Prints the figures."""
    ours, plain = beside_plain_load()
    print(f"reading: {ours:,.0f} digests/s; python-frontmatter alone {plain:,.0f}/s; ratio {plain / ours:.1f} to 1")
    rows = scaling()
    base = rows[0][2] / rows[0][1]
    for items, size, taken in rows:
        print(f"  {items:6,} items {size:9,} bytes {taken * 1000:9.1f} ms  per byte {taken / size / base:5.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
