"""Reads a hundred thousand broken variants of valid digests and shows that each is answered with a verdict.

    python -m tests.bench.mutate [COUNT] [--seed N]

Prints how many of each verdict came out and which input took longest. Ends with an exception at the first input that is
not answered, after writing that input's bytes as a Python literal.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.core.digest import PROBLEM_CODES, read_digest
from bot.core.links import canonical_url, handle_of, host_of, status_id_of
from bot.core.model import Digest, Reading, Severity, Verdict

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
ZONE = ZoneInfo("Asia/Shanghai")

OWN = (
    """---
title: "2026.03.01.08 过去4小时要闻"
date: 2026-03-01T08:00:00+08:00
categories: ["模型", "芯片"]
---

1.  [新的图像模型 - 张三](https://x.com/zhangsan/status/101)

    这个模型在**文字排版**上进步明显，**“小字”**也清楚。见[说明](https://example.org/a_(b))。

2.  [GPT-5 的价格-Jean-Luc Picard 等](https://x.com/picard/status/102?s=20)
    价格降了**70%**的一半。

    - 第一点
    - 第二点 `code`

## 分组

3. 没有链接的一条
   正文
""",
    """+++
title = "Last 24 hours"
date = 2026-03-01T08:00:00Z
categories = ["Models"]
draft = false
+++

Intro.

### [A model - Jane Doe](https://example.org/1)

Text with <b>html</b>, ![image](https://example.org/i.png) and [ref][1].

```python
print("1. not an item")
```

### 2. [Second - Example News](https://example.org/2 "t")

| a | b |
|---|---|
| 1 | 2 |

> quoted

[1]: https://example.org/ref
""",
    """---
title: bullets
date: 2026-03-01
categories: a, b，c
---
- [One - A](https://example.org/1): same line
- **[Two](https://example.org/2)** - B
  text

---

footer
""",
)

FRAGMENTS = (
    "---", "+++", "...", "\n", "\r\n", "\r", "\t", "#", "##", "###", "1.", "1)", "１．", "2、", "-", "*", "**", "***",
    "_", "__", "~~", "`", "```", "~~~", "[", "]", "(", ")", "](", "[]", "![", "]:", "[1]:", "<", ">", "</", "<!--",
    "-->", "<script>", "</script>", "<br>", "&amp;", "&#0;", "&#x202e;", "|", "|-|", ":", "：", "－", "–", "—", "——",
    "\u200b", "\u200d", "\u202e", "\ufeff", "\x00", "\x1b", "́", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "🏳️",
    "\ud7ff", "**“", "”**", "等", "、", "。", "“", "”", "title:", "date:", "categories:", "draft:", "true", "&a", "*a",
    "!!python/object:x", "{{", "}}", "2026-13-45", "https://", "javascript:", "http://[::1", "https://x.com/",
    "%00", "%ff", "\\", "\u2028", "\x85", "\u3000", "==", "====", "9999999999", "①", "1️⃣", "（1）", "\n\n", "    ",
    " - ", "“”",
)  # fmt: skip


def seeds() -> list[bytes]:
    """The valid digests that are broken: ours, and the two real ones where they are at hand."""
    real = [path.read_bytes() for path in sorted(SEEDS.glob("*.md"))]
    return [text.encode() for text in OWN] + real


def mutate(data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """One to four random wounds."""
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(_WOUNDS)(data, others, rng)
    # most wounds would end as broken UTF-8 and be refused before anything interesting happens
    return data if rng.random() < 0.1 else data.decode("utf-8", "ignore").encode()


def _flip(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if out:
            out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _insert(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    fragment = rng.choice(FRAGMENTS).encode("utf-8", "surrogatepass") * rng.choice((1, 1, 1, 2, 3, 40))
    return data[:at] + fragment + data[at:]


def _delete(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 2, 10, 100, 1000)) :]


def _double(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    piece = data[at : at + rng.choice((3, 30, 300))]
    return data[:at] + piece * rng.choice((2, 3, 20)) + data[at:]


def _splice(data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    other = rng.choice(others)
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _lines(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _indent(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    blank = rng.choice((b"", b" ", b"   ", b"    ", b"\t", "\u3000".encode(), b"> "))
    return b"\n".join(blank + line.lstrip() if rng.random() < 0.3 else line for line in data.split(b"\n"))


def _recode(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    if rng.random() < 0.9:
        return data.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b" \n")))
    return data.decode("utf-8", "ignore").encode(
        rng.choice(("gb18030", "utf-16", "big5", "cp932", "utf-32")), "replace"
    )


_WOUNDS: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    _flip, _insert, _insert, _insert, _delete, _delete, _double, _splice, _lines, _indent, _recode,
)  # fmt: skip


def check(reading: Reading) -> None:
    """Asserts what holds for every reading, whatever was read."""
    accepted = reading.verdict in (Verdict.ACCEPT, Verdict.ACCEPT_WITH_WARNING)
    assert (reading.digest is not None) == accepted
    assert all(problem.line >= 1 and problem.message and problem.code in PROBLEM_CODES for problem in reading.problems)
    has_error = any(problem.severity is Severity.ERROR for problem in reading.problems)
    assert has_error == (reading.verdict is Verdict.REJECT)
    if reading.digest is not None:
        _check_digest(reading.digest)


def _check_digest(digest: Digest) -> None:
    assert digest.slot.utcoffset() is not None
    assert digest.items
    assert digest.title
    numbers = [item.number for item in digest.items]
    assert len(set(numbers)) == len(numbers)
    for item in digest.items:
        assert item.title == item.title.strip() != ""
        assert item.author is None or item.author.strip()
        assert item.url is None or item.url.lower().startswith(("http://", "https://"))
        assert "\x00" not in item.body.text
        assert "\u202e" not in item.title + item.body.text
        for span in item.body.spans:
            assert 0 <= span.start < span.end <= len(item.body.text)
        for url in (item.url or "", *(span.url or "" for span in item.body.spans)):
            canonical = canonical_url(url)
            assert canonical_url(canonical) == canonical, url
            handle_of(url), host_of(url), status_id_of(url)


def run(count: int, seed: int) -> tuple[Counter[str], float, bytes]:
    """Reads `count` mutations; the verdicts, the longest time in seconds and the input that took it."""
    rng = random.Random(seed)
    valid = seeds()
    verdicts: Counter[str] = Counter()
    slowest, slowest_input = 0.0, b""
    for number in range(count):
        data = mutate(rng.choice(valid), valid, rng)
        started = time.process_time()
        try:
            reading = read_digest(data, time_zone=ZONE)
            took = time.process_time() - started
            check(reading)
        except BaseException:
            print(f"mutation {number} of seed {seed} was not answered: {data!r}", file=sys.stderr)
            raise
        verdicts[reading.verdict.value] += 1
        if took > slowest:
            slowest, slowest_input = took, data
    return verdicts, slowest, slowest_input


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    verdicts, slowest, slowest_input = run(options.count, options.seed)
    print(f"{options.count:,} mutations of {len(seeds())} valid digests, seed {options.seed}: every one answered")
    for verdict, number in verdicts.most_common():
        print(f"  {verdict:22} {number:9,}")
    print(f"  slowest: {slowest * 1000:.1f} ms for {len(slowest_input):,} bytes beginning {slowest_input[:60]!r}")


if __name__ == "__main__":
    main()
