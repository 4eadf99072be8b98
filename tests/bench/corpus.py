"""An archive as large as wanted, the same for the same seed: sentences of the sample digests mixed anew, with made-up
words from the most to the least frequent (so that searches of every rarity find something), names, links and numbers.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.core.digest import read_digest
from bot.core.model import Digest, Item, RichText

ZONE = ZoneInfo("Asia/Shanghai")
SAMPLES = Path(__file__).parents[2] / "data" / "digests"
ITEMS = 12
"""Items of a digest on average."""

_EVERY = timedelta(hours=4)
_BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
_SENTENCE = re.compile(r"[^。！？]+[。！？]")
_RARE_WORDS = 20_000
_HANDLES = 2_000
_TOPICS = ("models", "agents", "coding", "apps", "research", "open-source", "compute", "industry", "policy", "safety")
_CATEGORIES = ("AI Models", "AI Applications", "Industry Trends", "AI Ethics", "Research & Development", "行业动态")
_NAMES = ("Ada", "林", "Chen", "王小", "Rivera", "Tanaka", "陈立", "Novak", "Singh", "赵")
_WORD_LENGTHS = (2, 2, 2, 3, 4)


@dataclass
class Corpus:
    """Draws digests; `words` are the made-up ones, the most frequent first."""

    seed: int = 7
    words: Sequence[str] = field(init=False)
    sentences: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        samples = [_sample(path) for path in sorted(SAMPLES.glob("*.md"))]
        items = [item for sample in samples for item in sample.items]
        self._titles = [item.title for item in items]
        self.sentences = [found for item in items for found in _SENTENCE.findall(item.body.text)]
        han = sorted({character for item in items for character in item.body.text if "\u4e00" <= character <= "\u9fff"})
        self.words = tuple(dict.fromkeys(map(self._word, range(_RARE_WORDS), [han] * _RARE_WORDS)))
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))

    def digests(self, count: int) -> Iterator[Digest]:
        """So many digests, one every four hours, the oldest first, as values with their topics."""
        for number in range(count):
            slot = _BEGIN - _EVERY * (count - number)
            yield Digest(
                slot=slot,
                title=f"{slot:%Y.%m.%d.%H} 过去4小时全球AI发生了什么？",
                date=slot + timedelta(seconds=7),
                window_hours=4,
                categories=tuple(self._draw.sample(_CATEGORIES, 3)),
                items=tuple(map(self._item, range(1, self._draw.randint(ITEMS - 3, ITEMS + 3) + 1))),
            )

    def files(self, count: int) -> Iterator[tuple[str, bytes]]:
        """The same as files of the publisher's form: name and bytes."""
        for digest in self.digests(count):
            categories = ", ".join(f'"{name}"' for name in digest.categories)
            head = f'---\ntitle: "{digest.title}"\ndate: {digest.date.isoformat()}\ncategories: [{categories}]\n---\n\n'
            body = "\n".join(
                f"{item.number}.  [{item.title} - {item.author}]({item.url})\n    **{item.body.text[:6]}**"
                f"{item.body.text[6:]}\n"
                for item in digest.items
            )
            yield f"{digest.slot:%Y-%m-%d-%H}.md", f"{head}{body}".encode()

    def _item(self, number: int) -> Item:
        draw = self._draw
        words = draw.choices(self.words, cum_weights=self._weights, k=6)
        account = draw.randrange(_HANDLES)
        sentences = draw.choices(self.sentences, k=3)
        return Item(
            number=number,
            title=f"{draw.choice(self._titles)}：{words[0]}",
            author=f"{_NAMES[account % len(_NAMES)]} {account}号",
            url=f"https://x.com/account{account}/status/{draw.randrange(10**18, 10**19)}",
            body=RichText(
                f"{words[1]}{sentences[0]}{words[2]} {words[3]}，{''.join(sentences[1:])}{words[4]}{words[5]}。"
            ),
            topics=tuple(draw.sample(_TOPICS, draw.randint(0, 3))),
        )

    def _word(self, number: int, han: Sequence[str]) -> str:
        if number % 7 == 3:
            return "".join(self._draw.choices("abcdefghijklmnoprstuvw", k=self._draw.randint(4, 9)))
        return "".join(self._draw.choices(han, k=self._draw.choice(_WORD_LENGTHS)))


def _sample(path: Path) -> Digest:
    digest = read_digest(path.read_bytes(), time_zone=ZONE).digest
    if digest is None:
        raise ValueError(f"the sample {path.name} cannot be read")
    return digest
