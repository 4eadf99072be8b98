"""What an item is about, boiled down to terms that survive rewording and translation: names under one spelling, models
with their versions, amounts as numbers, common nouns and events of either language as one concept, and for the rest
the character pairs of Chinese and the words of other scripts. Apart from `stories`, which weighs and compares gists.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from bot.core.authors import author_keys
from bot.core.folding import fold
from bot.core.tokens import unspaced_class

SAMPLE = 190
"""Items that the counts of common terms were taken over."""

_LONGEST_SPEAKER = 24

LONGEST = 1500
"""Characters of a title or body that are read: what an item tells is told by then, and time per item stays bounded."""


@dataclass(frozen=True, slots=True)
class Gist:
    """The terms of one item. A term starts with its kind: `w:` a name or word, `v:` a name with its version, `n:` an
    amount, `k:` a concept, `c:` a pair of characters. `title` are those of the title, `terms` all of them, and
    `versions` tells for each name the version numbers it is written with. `head`, `body` and `text` are title,
    paragraph and both, folded; `masked` is `text` without its numbers, and `digits` those of the title; `writers` and
    `speakers` are the keys of the author's names and of who speaks in the title."""

    title: frozenset[str]
    terms: frozenset[str]
    versions: dict[str, frozenset[str]]
    title_versions: dict[str, frozenset[str]]
    head: str
    body: str
    text: str
    masked: str
    masked_title: str
    digits: tuple[str, ...]
    writers: frozenset[str]
    speakers: frozenset[str]


def gist_of(title: str, body: str, author: str | None = None) -> Gist:
    """Boil an item down."""
    head, rest = fold(title[:LONGEST]), fold(body[:LONGEST])
    in_title, in_body = _Reader(), _Reader()
    in_title.read(head)
    in_body.read(rest)
    text = f"{head}\n{rest}"
    # Who tells it is not what is told: retellings name their author, and so do his posts about other things.
    teller = _teller(author)
    return Gist(
        title=frozenset(in_title.terms - teller),
        terms=frozenset((in_title.terms | in_body.terms) - teller),
        versions=_merged(in_title.versions, in_body.versions),
        title_versions=_merged(in_title.versions, {}),
        head=head,
        body=rest,
        text=text,
        masked=_digits().sub("#", text),
        masked_title=_digits().sub("#", head),
        digits=tuple(_digits().findall(head)),
        writers=author_keys(author),
        speakers=_speakers(title),
    )


def _speakers(title: str) -> frozenset[str]:
    """Who speaks in a headline such as `Mara Quill：…`, as keys of names."""
    before, colon, _ = title.replace("：", ":").partition(":")
    return author_keys(before) if colon and len(before) <= _LONGEST_SPEAKER else frozenset()


def _teller(author: str | None) -> set[str]:
    """The terms of an author's name, unless it is a firm or person that the vocabulary knows as a subject."""
    reader = _Reader()
    reader.read(fold(author or ""))
    known = vocabulary().names
    return {term for term in reader.terms if term not in known and term not in vocabulary().common}


def _merged(one: dict[str, set[str]], two: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(one.get(name, set()) | two.get(name, set())) for name in one.keys() | two.keys()}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Other spellings -> term, for runs of characters (by their first two) and for words of other scripts (one to
    three, joined by a blank); the words that say nothing; and how often a common term
    stands in so many (`SAMPLE`) items."""

    runs: dict[str, tuple[tuple[str, str], ...]]
    words: dict[str, str]
    names: frozenset[str]
    empty: frozenset[str]
    common: dict[str, int]


_KINDS = {"[names]": "w:", "[works]": "w:", "[concepts]": "k:"}
_NAMED = 4  # how many items of SAMPLE hold a firm, person or place that everybody knows, if it is not counted


@cache
def vocabulary() -> Vocabulary:
    """The names and concepts of `story_words.txt`."""
    runs: dict[str, list[tuple[str, str]]] = {}
    words: dict[str, str] = {}
    empty: set[str] = set()
    common: dict[str, int] = {}
    section = kind = ""
    for line in (files("bot.core") / "story_words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section, kind = line, _KINDS.get(line, "")
        elif section == "[empty]" and not line.startswith("#"):
            empty.update(line.split())
        elif section == "[common]" and line:
            count, *terms = line.split()
            common.update(dict.fromkeys(terms, int(count)))
        name, separator, others = line.partition(" = ")
        if section == "[names]" and separator:
            common[f"w:{name}"] = _NAMED
        if not separator or line.startswith("#"):
            continue
        for spelling in (*others.split(","), *([name] if kind == "w:" else [])):
            written = fold(spelling.strip())
            if _han().match(written):
                runs.setdefault(written[:2], []).append((written, kind + name))
            else:
                words[" ".join(_latin().findall(written))] = kind + name
    longest_first = {key: tuple(sorted(found, key=lambda pair: -len(pair[0]))) for key, found in runs.items()}
    names = {term for found in runs.values() for _, term in found} | set(words.values())
    return Vocabulary(longest_first, words, frozenset(names), frozenset(empty), common)


@cache
def _han() -> re.Pattern[str]:
    return re.compile(f"[《{unspaced_class()}]")


@cache
def _latin() -> re.Pattern[str]:
    return re.compile(rf"[^\W\d_{unspaced_class()}]+|\d+")


@cache
def _digits() -> re.Pattern[str]:
    return re.compile(r"\d+(?:\.\d+)*")


@cache
def _pieces() -> re.Pattern[str]:
    """An amount with its unit, a word, or a run of characters; in that order of preference."""
    scale = (
        r"(?:万亿|千万|百万|十亿|千亿|百亿|亿|万|千|兆(?!瓦)|trillion|billion|million|thousand|bn|tn|[kmbt](?![a-z]))"
    )
    unit = rf"(?:{'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?![a-z])"
    cjk = unspaced_class()
    return re.compile(
        rf"(?P<sign>[$€£¥])?(?P<number>(?<![\w.])\d[\d,]*(?:\.\d+)*|\d[\d,]*(?:\.\d+)*)[\s-]?(?P<scale>{scale})?余?多?个?[\s-]?(?P<unit>{unit})?"
        rf"|(?P<word>[^\W\d_{cjk}]+(?:'[a-z]{{1,2}}(?![a-z]))?)"
        rf"|(?P<run>[《{cjk}]+)"
    )


_SCALES = {
    "万亿": 1e12, "千亿": 1e11, "百亿": 1e10, "十亿": 1e9, "亿": 1e8, "千万": 1e7, "百万": 1e6, "万": 1e4, "千": 1e3,
    "兆": 1e12, "trillion": 1e12, "tn": 1e12, "t": 1e12, "billion": 1e9, "bn": 1e9, "b": 1e9, "million": 1e6, "m": 1e6,
    "thousand": 1e3, "k": 1e3,
}  # fmt: skip
# Units as they are compared. Money is compared without its currency: the sum is what two tellings have in common.
_UNITS = {
    **dict.fromkeys(("美元", "美金", "人民币", "欧元", "英镑", "日元", "韩元", "元", "usd", "dollar", "dollars"), ""),
    **dict.fromkeys(("euro", "euros", "pounds", "yuan", "rmb"), ""),
    **dict.fromkeys(("%", "％", "percent", "个百分点", "per cent"), "%"),
    **dict.fromkeys(("gw", "吉瓦", "gigawatt", "gigawatts"), "gw"),
    **dict.fromkeys(("mw", "兆瓦", "megawatt", "megawatts"), "mw"),
    **dict.fromkeys(("小时", "hour", "hours"), "h"),
    **dict.fromkeys(("分钟", "minute", "minutes", "minute's"), "min"),
    **dict.fromkeys(("毫秒", "ms", "milliseconds"), "ms"),
    **dict.fromkeys(("公斤", "kg", "千克"), "kg"),
    **dict.fromkeys(("厘米", "cm"), "cm"),
    **dict.fromkeys(("纳米", "奈米", "nm", "nanometer"), "nm"),
    **dict.fromkeys(("倍", "times"), "x"),
    "gb": "gb", "tb": "tb",
}  # fmt: skip

# Characters that join words rather than make them: a pair with one of them says nothing.
_JOINTS = frozenset(
    "的了是在和与将称等并其为也及或被把让从到对向以之于就都而但这那有又再很更最已所由可能会要着过中上下内外个种次位名款项则还比一"
)


_SERIES = frozenset({"gpt", "o"})
_ENDINGS = (("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ies", "y"), ("ied", "y"))
_SHORTEST_STEM = 3


class _Reader:
    """Collects the terms of one text. `versions` are numbers written right after a name."""

    def __init__(self) -> None:
        self.terms: set[str] = set()
        self.versions: dict[str, set[str]] = {}
        self._last: tuple[str, int] | None = None
        self._words: list[tuple[str, int]] = []

    def read(self, text: str) -> None:
        """Take in a folded text."""
        known = vocabulary()
        for match in _pieces().finditer(text):
            if match["run"]:
                self._run(match["run"], known)
                self._words.clear()
            elif match["word"]:
                self._word(match["word"].removesuffix("'s"), match.start(), match.end(), known)
            else:
                self._number(match, text)

    def _word(self, word: str, start: int, end: int, known: Vocabulary) -> None:
        if self._words and start - self._words[-1][1] > 1:
            self._words.clear()
        self._words = [*self._words[-2:], (word, end)]
        written = [part for part, _ in self._words]
        term = None
        for size in (3, 2):
            if len(written) >= size and (term := known.words.get(" ".join(written[-size:]))):
                self.terms.difference_update(f"w:{part}" for part in written[-size:-1])
                break
        term = term or known.words.get(word) or _concept(word, known) or f"w:{word}"
        bare = term.removeprefix("w:")
        silent = bare in known.empty
        if not silent and (len(bare) > 1 or not bare.isascii()):
            self.terms.add(term)
        # A model's name may be one letter or a word that is else too common to count (`K2`, `o3`, `GPT-5`).
        self._last = (bare, end) if term.startswith("w:") and (not silent or bare in _SERIES) else None

    def _run(self, run: str, known: Vocabulary) -> None:
        place, plain = 0, 0
        while place < len(run):
            hit = next(
                (pair for pair in known.runs.get(run[place : place + 2], ()) if run.startswith(pair[0], place)), None
            )
            if hit is None:
                place += 1
                continue
            written, term = hit
            self._pairs(run[plain:place])
            self.terms.add(term)
            place += len(written)
            plain = place
            self._last = None
        self._pairs(run[plain:])
        self._last = None
        for match in _numerals().finditer(run):
            self._spelled(match)

    def _spelled(self, match: re.Match[str]) -> None:
        if match["tenths"]:
            self._amount(_DIGITS[match["tenths"]] * 10 + _DIGITS[match["points"] or "零"], "%")
            return
        value, unit = _spelled(match["numeral"]), _UNITS.get(match["unit"] or "", "")
        if unit or value > 10:
            self._amount(value, unit)

    def _pairs(self, run: str) -> None:
        self.terms.update(f"c:{one}{two}" for one, two in pairwise(run) if one not in _JOINTS and two not in _JOINTS)

    def _number(self, match: re.Match[str], text: str) -> None:
        number, scale = match["number"].replace(",", ""), match["scale"]
        sign, unit = match["sign"], _UNITS.get(match["unit"] or "", "")
        money = bool(sign) or (not unit and bool(match["unit"]))
        last, self._last = self._last, None
        if last is not None and not sign and text[last[1] : match.start()] in ("", "-", " ", ".", "_"):
            plain = not unit and not money and (scale is None or scale in "kmbt")
            if plain and not (text[last[1] : match.start()] == " " and _year(number)):
                self._version(last[0], number + (scale or ""))
                return
        amount = _amount(number, scale)
        if amount is None or (not unit and not money and not scale and (amount < 11 or _year(number))):
            return
        self._amount(amount, unit)

    def _amount(self, amount: float, unit: str) -> None:
        self.terms.add(f"n:{amount:.12g}{unit}")

    def _version(self, name: str, version: str) -> None:
        self.versions.setdefault(name, set()).add(version)
        self.terms.add(f"v:{name} {version}")


def _concept(word: str, known: Vocabulary) -> str | None:
    """The concept that a word is a form of (`chips`, `suing`, `launched`), if it is one."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            term = known.words.get(word.removesuffix(ending) + instead)
            if term is not None and term.startswith("k:"):
                return term
    return None


def _year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _amount(number: str, scale: str | None) -> float | None:
    """The value of a number, or None where it is none (a date, a version of three parts)."""
    if number.count(".") > 1 or len(number) > 15:
        return None
    return float(number) * _SCALES.get(scale or "", 1.0)


@cache
def _numerals() -> re.Pattern[str]:
    """An amount in characters (`三千五百亿`, `十吉瓦`), and tenths as they are said: `八成`, `三成三`."""
    unit = "|".join(sorted((unit for unit in _UNITS if not unit.isascii()), key=len, reverse=True))
    return re.compile(
        "(?P<tenths>[一二两三四五六七八九])成(?P<points>[一二三四五六七八九])?(?![功本为立员长])"
        rf"|(?P<numeral>[一二两三四五六七八九十百千][零一二三四五六七八九十百千万亿]*)个?(?P<unit>{unit})?"
    )


_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_STEPS = {"十": 10, "百": 100, "千": 1000}


def _spelled(numeral: str) -> float:
    """The value of a number written in characters, such as 两百万 or 四十四."""
    total = part = digit = 0
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _STEPS:
            part += (digit or 1) * _STEPS[character]
            digit = 0
        elif character == "万":
            total += (part + digit or 1) * 10_000
            part = digit = 0
        else:
            total = (total + part + digit or 1) * 100_000_000
            part = digit = 0
    return float(total + part + digit)
