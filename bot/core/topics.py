"""Our own stable subjects: which ones an item has, why, and which one a reader means. The words themselves are data
(`data/topics.toml`); here is only what is done with them.

An item's topics follow from a sum per topic: every word found adds its strength (more in the title, less each further
time, all words together not without bound), the publisher's categories add a little, and so do the small pieces of
text that labelled items taught to weigh; the best topic needs enough, up to two more need a share of the best.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, starmap
from math import sqrt
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

import re2
from rapidfuzz import fuzz

from bot.core.folding import fold, squash
from bot.core.lexicon import Lexicon, entry_key, folded_units, neighbours
from bot.core.model import Language
from bot.core.topic_file import NOTHING, Learned, Scoring, TopicFile, read_topic_file

MAX_TOPICS = 3
"""Topics of one item at most (contract, section 1)."""

_TIMES = 3
"""How often the same word counts: the third time still adds a little, the fourth nothing."""

_MANY = 30
"""From how many known pieces on a text is long enough for what they say together."""

_TOLD = 5
"""How many of the pieces an explanation names for each topic."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject readers can follow: its lasting slug, its names, and the publishers' categories that mean it."""

    slug: str
    names: Mapping[Language, str]
    categories: tuple[str, ...] = ()

    def name(self, language: Language) -> str:
        """The name readers of `language` see."""
        return self.names[language]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a topic: the word, pattern or category, where it stood (`title`, `body`, `category`), how often,
    and what that added to the score."""

    text: str
    where: str
    times: int
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What speaks for a topic in an item: the score, whether the item has it, and the reasons, weightiest first."""

    slug: str
    score: float
    chosen: bool
    evidence: tuple[Evidence, ...]


_Reason = tuple[str, str, int, float]
"""Evidence before anybody asks to see it: an item has dozens, and most are only labelled."""

_WEIGHT = itemgetter(3)


@dataclass(frozen=True, slots=True)
class _Pattern:
    slug: str
    weight: float
    source: str


def load_topics(text: str) -> "TopicSet":
    """The topics that the TOML in `text` defines. Raises DigestbotError naming the line or entry at fault."""
    return TopicSet(read_topic_file(text))


class TopicSet:
    """All topics of an installation, ready to classify items and to find what readers name."""

    topics: tuple[Topic, ...]

    def __init__(self, content: TopicFile) -> None:
        self.topics = tuple(Topic(entry.slug, entry.names, entry.categories) for entry in content.topics)
        self._content = content
        self._scoring: Scoring = content.scoring
        self._by_slug = {topic.slug: topic for topic in self.topics}
        self._worth = _worth(content)
        self._spelling = {key: word for entry in content.topics for key, word in entry.keys.items()}
        self._lexicon = Lexicon.of([*map(entry_key, content.ignore), *self._worth])
        self._patterns = tuple(
            _Pattern(entry.slug, weight, source) for entry in content.topics for source, weight in entry.patterns
        )
        self._pattern_set = _pattern_set([pattern.source for pattern in self._patterns])
        self._bonus = {entry.slug: entry.bonus for entry in content.topics if entry.bonus}
        self._pieces = _Pieces.of(content.learned)
        self._names = dict(_names(self.topics))
        self._categories: dict[str, tuple[str, ...]] = _category_slugs(self.topics)

    def __reduce__(self) -> tuple[object, ...]:
        # Another process makes its own from the same words: the automaton of the patterns cannot travel.
        return TopicSet, (self._content,)

    def get(self, slug: str) -> Topic | None:
        """The topic of exactly this slug, if there is one."""
        return self._by_slug.get(slug)

    def find(self, name: str) -> Topic | None:
        """The topic that `name` means: its slug, its name in any language, or a publisher's category for it; case,
        script, blanks and punctuation do not matter. A leading or trailing "AI" is dropped if nothing else fits."""
        key = squash(name)
        slug = self._names.get(key) or self._names.get(key.removeprefix("ai").removesuffix("ai"))
        return self._by_slug[slug] if slug else None

    def nearest(self, name: str, limit: int = 3) -> tuple[Topic, ...]:
        """The topics whose names or categories look most like `name`, best first."""
        key = squash(name)
        best: Counter[str] = Counter()
        for known, slug in self._names.items():
            best[slug] = max(best[slug], round(100 * _likeness(key, known)))
        order = {topic.slug: place for place, topic in enumerate(self.topics)}
        ranked = sorted(self.topics, key=lambda topic: (-best[topic.slug], order[topic.slug]))
        return tuple(ranked[: max(0, limit)])

    def classify(self, title: str, body: str, categories: Sequence[str] = ()) -> tuple[str, ...]:
        """The slugs of an item's topics, best first, at most three; none when nothing speaks for any."""
        texts = _read(title, body)
        scores = self._pieces.scores([text.pieces for text in texts])
        for slug, weight in self._sums(texts, categories).items():
            scores[slug] = scores.get(slug, 0.0) + weight
        return self._chosen(scores)

    def explain(self, title: str, body: str, categories: Sequence[str] = ()) -> tuple[Explanation, ...]:
        """Every topic that anything speaks for or against, with the reasons; the best first."""
        texts = _read(title, body)
        reasons = self._reasons(texts, categories)
        scores = _totals(reasons, self._pieces.scores([text.pieces for text in texts]))
        chosen = self._chosen(scores)
        for slug, found in self._pieces.reasons(texts).items():
            reasons.setdefault(slug, []).extend(found)
        return tuple(
            Explanation(
                slug,
                round(scores[slug], 2),
                slug in chosen,
                tuple(sorted(starmap(Evidence, reasons[slug]), key=lambda reason: -abs(reason.weight))),
            )
            for slug in sorted(reasons, key=lambda slug: (-scores[slug], slug))
        )

    def _chosen(self, scores: Mapping[str, float]) -> tuple[str, ...]:
        rules = self._scoring
        ranked = sorted(scores, key=lambda slug: (-scores[slug], slug))[:MAX_TOPICS]
        if not ranked or scores[ranked[0]] < rules.enough:
            return ()
        best = min(scores[ranked[0]], rules.full)
        further = zip(ranked[1:], (rules.second, rules.third), strict=False)
        return (ranked[0], *(slug for slug, share in further if scores[slug] >= max(rules.least, share * best)))

    def _reasons(self, texts: Sequence["_Text"], categories: Sequence[str]) -> dict[str, list[_Reason]]:
        """All words, patterns and categories that speak for each topic."""
        plain: defaultdict[str, list[_Reason]] = defaultdict(list)
        little: defaultdict[str, list[_Reason]] = defaultdict(list)
        for text in texts:
            for word, times, share in self._found(text):
                for slug, weight, is_little in self._worth[word]:
                    reason = (self._spelling[word], text.where, times, weight * share)
                    (little if is_little else plain)[slug].append(reason)
            for pattern in self._matching(text.folded):
                plain[pattern.slug].append((pattern.source, text.where, 1, pattern.weight * self._factor(text)))
        for slug, found in little.items():
            plain[slug] += _bounded(found, self._scoring.little)
        for slug in plain.keys() & self._bonus.keys():
            plain[slug].append(("bonus", "topic", 1, self._bonus[slug]))
        for slug, category, weight in self._prior(categories):
            plain[slug].append((category, "category", 1, weight))
        return {slug: _bounded(found, self._scoring.most) for slug, found in plain.items()}

    def _sums(self, texts: Sequence["_Text"], categories: Sequence[str]) -> dict[str, float]:
        """What all reasons of each topic add up to: the same as `_reasons`, without anything to show."""
        plain: defaultdict[str, float] = defaultdict(float)
        little: defaultdict[str, float] = defaultdict(float)
        for text in texts:
            for word, _, share in self._found(text):
                for slug, weight, is_little in self._worth[word]:
                    (little if is_little else plain)[slug] += weight * share
            for pattern in self._matching(text.folded):
                plain[pattern.slug] += pattern.weight * self._factor(text)
        for slug, weight in little.items():
            plain[slug] += min(weight, self._scoring.little)
        for slug in plain.keys() & self._bonus.keys():
            plain[slug] += self._bonus[slug]
        for slug, _, weight in self._prior(categories):
            plain[slug] += weight
        return {slug: min(weight, self._scoring.most) for slug, weight in plain.items()}

    def _found(self, text: "_Text") -> Iterator[tuple[str, int, float]]:
        """Each known word of a text, how often it occurs, and by how much that multiplies its weight."""
        factor = self._factor(text)
        counts: dict[str, int] = {}
        for word in self._lexicon.scan(text.row, text.pairs):
            if word in self._worth:
                counts[word] = counts.get(word, 0) + 1
        for word, times in counts.items():
            yield word, times, factor if times == 1 else factor * (1 + self._scoring.again * (min(times, _TIMES) - 1))

    def _factor(self, text: "_Text") -> float:
        return self._scoring.title if text.where == "title" else 1.0

    def _matching(self, folded: str) -> Iterator[_Pattern]:
        if self._pattern_set is not None and folded:
            yield from (self._patterns[place] for place in self._pattern_set.Match(folded) or ())

    def _prior(self, categories: Sequence[str]) -> Iterator[tuple[str, str, float]]:
        meant = {category: slugs for category in categories if (slugs := self._meant_by(category))}
        share = self._scoring.category / max(1, len(meant))
        for category, slugs in meant.items():
            for slug in slugs:
                yield slug, category, share / len(slugs)

    def _meant_by(self, category: str) -> tuple[str, ...]:
        key = squash(category)
        return self._categories.get(key) or self._categories.get(key.removeprefix("ai"), ())


class _Text(NamedTuple):
    """A part of an item: where it stands, the folded text, its units, and each unit with the next one."""

    where: str
    folded: str
    row: list[str]
    pairs: list[str]

    @classmethod
    def of(cls, where: str, text: str) -> "_Text":
        folded = fold(text)
        row = folded_units(folded)
        return cls(where, folded, row, neighbours(row))

    @property
    def pieces(self) -> set[str]:
        """What may have been learned of: units and pairs."""
        return {*self.row, *self.pairs}


def _read(title: str, body: str) -> tuple[_Text, ...]:
    return _Text.of("title", title), _Text.of("body", body)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What labelled items taught: how much each single unit, or pair of neighbours, speaks for every topic. They all
    count together, as their mean scaled by the root of their number, and in a text of few known pieces hardly.

    All weights of a piece are lanes of one long integer, so that one addition adds them for every topic at once."""

    slugs: tuple[str, ...]
    start: tuple[float, ...]
    step: float
    lanes: Mapping[str, int]
    layout: Struct

    @classmethod
    def of(cls, learned: Learned) -> "_Pieces":
        start = tuple(learned.start.get(slug, 0.0) for slug in learned.order)
        # A lane is as wide as a character is in this encoding.
        lanes = {piece: int.from_bytes(code.encode("utf-32-le"), "little") for piece, code in learned.pieces.items()}
        return cls(learned.order, start, learned.step, lanes, Struct(f"<{len(start)}I"))

    def scores(self, pieces: Sequence[set[str]]) -> dict[str, float]:
        """What the pieces of title and body add to each topic's score; nothing where no piece is known."""
        title, body = (found & self.lanes.keys() for found in pieces)
        found = len(title | body)
        if not found:
            return {}
        sure, share = _sure(found), self.step / sqrt(found)
        sums = self._unpacked(sum(map(self.lanes.__getitem__, chain(title, body))))
        nothing = ord(NOTHING) * (len(title) + len(body))
        return {
            slug: sure * (start + share * (total - nothing))
            for slug, start, total in zip(self.slugs, self.start, sums, strict=True)
        }

    def reasons(self, texts: Sequence["_Text"]) -> dict[str, list[_Reason]]:
        """The same as `scores`, told by piece: the weightiest of each topic, and the rest in one."""
        places = [(piece, text.where) for text in texts for piece in sorted(text.pieces & self.lanes.keys())]
        found = len({piece for piece, _ in places})
        if not found:
            return {}
        sure, share = _sure(found), self.step / sqrt(found)
        rows = [self._unpacked(self.lanes[piece]) for piece, _ in places]
        told: dict[str, list[_Reason]] = {}
        for index, (slug, start) in enumerate(zip(self.slugs, self.start, strict=True)):
            every = [
                (piece, where, 1, sure * share * (row[index] - ord(NOTHING)))
                for (piece, where), row in zip(places, rows, strict=True)
            ]
            every.sort(key=lambda reason: -abs(reason[3]))
            rest = sure * start + sum(map(_WEIGHT, every[_TOLD:]))
            told[slug] = [*(reason for reason in every[:_TOLD] if reason[3]), ("…", "learned", 1, rest)]
        return told

    def _unpacked(self, lanes: int) -> tuple[int, ...]:
        return self.layout.unpack(lanes.to_bytes(self.layout.size, "little"))


def _sure(found: int) -> float:
    return min(1.0, found / _MANY)


def _totals(reasons: Mapping[str, Sequence[_Reason]], learned: Mapping[str, float]) -> dict[str, float]:
    totals = dict(learned)
    for slug, found in reasons.items():
        totals[slug] = totals.get(slug, 0.0) + sum(map(_WEIGHT, found))
    return totals


def _bounded(found: list[_Reason], most: float) -> list[_Reason]:
    """The same evidence, made lighter in proportion where it adds up to more than `most`: a long text holds many
    everyday words, and they prove nothing."""
    total = sum(map(_WEIGHT, found))
    if total <= most:
        return found
    return [(word, where, times, weight * most / total) for word, where, times, weight in found]


def _worth(content: TopicFile) -> dict[str, tuple[tuple[str, float, bool], ...]]:
    """What each word (by its key) says: the topics it speaks for (or against), how much, and whether it is one of the
    words that may only add a little together."""
    weights = {name: getattr(content.scoring, name) for name in ("strong", "normal", "weak", "against")}
    worth: dict[str, list[tuple[str, float, bool]]] = {}
    for topic in content.topics:
        for key, word in topic.keys.items():
            strength = topic.words[word]
            worth.setdefault(key, []).append((topic.slug, weights[strength], strength in ("normal", "weak")))
    return {word: tuple(topics) for word, topics in worth.items()}


def _pattern_set(sources: Sequence[str]) -> re2.Set | None:
    """All patterns as one automaton: linear in the text, whatever operators write."""
    if not sources:
        return None
    options = re2.Options()
    options.log_errors = False
    union = re2.Set.SearchSet(options)
    for source in sources:
        union.Add(source)
    union.Compile()
    return union


def _names(topics: Iterable[Topic]) -> Iterator[tuple[str, str]]:
    """Keys with the slug each means; of equal keys a later one wins, so the surest names come last."""
    topics = tuple(topics)
    for topic in reversed(topics):
        for category in reversed(topic.categories):
            yield squash(category), topic.slug
    for topic in reversed(topics):
        for name in (*topic.names.values(), topic.slug):
            yield squash(name), topic.slug


def _category_slugs(topics: Iterable[Topic]) -> dict[str, tuple[str, ...]]:
    slugs: dict[str, list[str]] = {}
    for topic in topics:
        for key in {squash(name) for name in (topic.slug, *topic.names.values(), *topic.categories)}:
            slugs.setdefault(key, []).append(topic.slug)
    return {key: tuple(found) for key, found in slugs.items()}


def _likeness(one: str, other: str) -> float:
    # A part of a longer name is likely meant, but a whole name that is nearly equal is likelier.
    return max(fuzz.ratio(one, other), 0.8 * fuzz.partial_ratio(one, other)) if one else 0.0
