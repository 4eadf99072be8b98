"""Digests put together from parts: every way to number an item with every way to link it and to set its text, and in
turn every separator, author, title and front matter. What must be read is known from how the digest was made."""

from dataclasses import dataclass
from itertools import product

import pytest

from bot.core.model import Digest
from tests.core.digest.reading import reading_of

NUMBERINGS = {
    "dot": "{n}. {headline}\n{body}",
    "dot and blanks": "{n}.  {headline}\n{body}",
    "parenthesis": "{n}) {headline}\n{body}",
    "always one": "1. {headline}\n{body}",
    "full-width dot": "{wide}．{headline}\n{body}",
    "ideographic comma": "{n}、{headline}\n{body}",
    "brackets": "（{n}）{headline}\n{body}",
    "circle": "{circle} {headline}\n{body}",
    "heading": "### {headline}\n{body}",
    "numbered heading": "## {n}. {headline}\n{body}",
    "hyphen": "- {headline}\n{body}",
    "asterisk": "* {headline}\n{body}",
}
LINKINGS = {
    "all linked": "[{title}{by}]({url})",
    "bold": "**[{title}{by}]({url})**",
    "hint": '[{title}{by}]({url} "hint")',
    "hard break": "[{title}{by}]({url})\\",
    "author outside": "[{title}]({url}){by}",
    "link outside": "{title}{by} [原文]({url})",
    "reference": "[{title}{by}][{ref}]",
    "address": "{title}{by} {url}",
    "address below": "{title}{by}\n   {url}",
}
BODIES = {
    "indented": "   {text}\n",
    "blank line": "\n    {text}\n",
    "lazy": "{text}\n",
    "blank line and lazy": "\n{text}\n",
    "two paragraphs": "\n   {text}\n\n   又一段。\n",
}
SEPARATORS = [" - ", "-", " – ", " — ", "—", " － ", "－", "  -  "]
AUTHORS = [
    "merle", "林深", "Anna B. Keller, MD", "Ivo Tanner et al.", "小岸 等", "南风🤗", "@deepnorth", "AI前线观察",
    "Jo 🌱 Park", "北野（Kita No）", "Kim Ha-neul", "陈一、王二", "8bit Garden", "o_rin",
]  # fmt: skip
TITLES = [
    "OmniVox-V 4.5 发布：端到端推理更快", "企业支出在2017-2021年间翻倍", "[开源] 新的 state-of-the-art 检索库上线",
    "“A - B”两组测试的结果公布", "如何看待 Tern-5-Coder 的新价格", "成本下降30%：小模型的一年",
    "【观点】长期主义的代价（上）",
]  # fmt: skip
TEXTS = ["第一段有**重点**和[链接](https://news.example/a)。", "Plain words, 其中 `code` 也在。", "短。"]
PLAIN = ["第一段有重点和链接。", "Plain words, 其中 code 也在。", "短。"]
FRONTS = [
    '---\ntitle: "2025.11.26.08 过去4小时"\ndate: 2025-11-26T08:00:07+08:00\ncategories: ["甲", "乙"]\n---\n\n',
    "---\ntitle: 过去4小时\ndate: 2025-11-26 08:00:07 +0800\ncategories:\n  - 甲\n  - 乙\n---\n",
    "---\r\ndate: '2025-11-26T00:00:07Z'\r\ntitle: 'past 4 hours'\r\ncategories: 甲, 乙\r\nlayout: post\r\n---\r\n\r\n",
    '+++\ntitle = "近4小时"\ndate = 2025-11-26T08:00:07+08:00\ncategories = ["甲", "乙"]\n+++\n\n',
    "---\ntitle: 过去4小时\npubDate: 2025-11-26 08:00:07\ntags: [甲, 乙]\n---\n\n---\n\n",
    "\ufeff---\ntitle: 过去四小时\ndate: 2025年11月26日 08:00:07\ncategories: [甲, 乙, 甲]\n---\n# 过去四小时\n\n",
]
GAPS = ["", "\n"]


@dataclass(frozen=True)
class Made:
    """A digest's text and what it says: title, author, address and text of each item."""

    text: str
    items: list[tuple[str, str, str, str]]


def _made(seed: int, numbering: str, linking: str, body: str) -> Made:
    separator, front = SEPARATORS[seed % len(SEPARATORS)], FRONTS[seed % len(FRONTS)]
    items, blocks, references = [], [], []
    for n in range(1, 5):
        title, author = TITLES[(seed + n) % len(TITLES)], AUTHORS[(seed * 3 + n) % len(AUTHORS)]
        url, at = f"https://x.com/user{n}/status/{seed}{n}", (seed + n) % len(TEXTS)
        headline = LINKINGS[linking].format(title=title, by=separator + author, url=url, ref=f"r{n}")
        text = BODIES[body].format(text=TEXTS[at])
        blocks.append(
            NUMBERINGS[numbering].format(n=n, wide="０１２３４"[n], circle="⓪①②③④"[n], headline=headline, body=text)
        )
        references.append(f"[r{n}]: {url}\n")
        items.append((title, author, url, PLAIN[at] + ("\n\n又一段。" if body == "two paragraphs" else "")))
    tail = "\n" + "".join(references) if linking == "reference" else ""
    return Made(front + GAPS[seed // 2 % 2].join(blocks) + tail, items)


CASES = [
    (seed, numbering, linking, body)
    for seed, (numbering, linking, body) in enumerate(product(NUMBERINGS, LINKINGS, BODIES))
]


def _digest(made: Made) -> Digest:
    reading = reading_of(made.text)
    assert reading.digest is not None, reading.problems
    return reading.digest


@pytest.mark.parametrize(("seed", "numbering", "linking", "body"), CASES)
def test_a_digest_of_any_make_is_read_as_it_was_meant(seed: int, numbering: str, linking: str, body: str) -> None:
    made = _made(seed, numbering, linking, body)

    digest = _digest(made)

    assert [(item.title, item.author, item.url, item.body.text) for item in digest.items] == made.items
    assert [item.number for item in digest.items] == [1, 2, 3, 4]
    assert (digest.slot.isoformat()[:16], digest.window_hours, digest.categories) in (
        ("2025-11-26T08:00", 4, ("甲", "乙")),
        ("2025-11-26T00:00", 4, ("甲", "乙")),
    )
