"""What a reader may have meant: near names and words of the archive, and queries that do find something. Apart from
reading, because it guesses, and because its lists of words are kept between questions.

What a guess costs is bounded whatever the archive holds: the lists are short, and few queries are tried.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum

from rapidfuzz import fuzz, process

from bot.core.folding import fold, squash
from bot.core.model import Language
from bot.core.query import Part, Query, parts_of
from bot.core.tokens import index_tokens, is_unspaced
from bot.services.reading import Reading, Unknown, UnknownKind
from bot.storage import Storage

MOST = 6  # guesses a reader is shown
_TITLES = 1_000
_AUTHORS = 20_000
_CATEGORIES = 2_000
_TRIED = 8  # queries of one kind that are counted
_COUNTED = 50
_SHORTEST = 4  # letters of a word that is worth correcting, and characters of a run worth dividing
_LONGEST_RUN = 12
_NEAR_NAME = 65.0
_NEAR_WORD = 75.0
_SAME_NAME = 85.0


class HintKind(StrEnum):
    """What a hint leads to."""

    SEARCH = "search"  # `text` is a query
    TOPIC = "topic"  # a slug
    CATEGORY = "category"  # a publisher's category as written
    AUTHOR = "author"  # a shown name, or `@handle` where none is shown


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that may have been meant."""

    kind: HintKind
    text: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks: their date and zone, which a query is read by, and the language they know topics in."""

    today: date
    zone: tzinfo
    language: Language


@dataclass(frozen=True, slots=True)
class _Authors:
    """How authors are called, by whole names and handles, by the words of names, and how often such words occur;
    `last` is the newest of them."""

    last: int = 0
    whole: Mapping[str, str] = field(default_factory=dict)
    partly: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)

    def grown(self, rows: Sequence[tuple[int, str, str]]) -> "_Authors":
        """With more authors. A new value: other threads may be reading this one."""
        whole, partly, words = dict(self.whole), dict(self.partly), Counter(self.words)
        for _, name, handle in rows:
            called = name or f"@{handle}"
            for key in filter(None, (squash(name), squash(handle))):
                whole.setdefault(key, called)
            pieces = name.split()
            for piece in pieces if len(pieces) > 1 else ():
                if len(key := squash(piece)) > 2:
                    partly.setdefault(key, called)
            words.update(_spoken(name))
            words.update(_spoken(handle))
        return _Authors(rows[-1][0] if rows else self.last, whole, partly, words)


@dataclass(frozen=True, slots=True)
class _Words:
    """The lists, as they were at `stamp`: keys to compare with, and what stands for each."""

    stamp: tuple[int, int]
    authors: Mapping[str, str]
    categories: Mapping[str, str]
    words: Mapping[str, int]


class Suggestions:
    """Guesses what was meant."""

    def __init__(self, storage: Storage, reading: Reading) -> None:
        self._storage = storage
        self._reading = reading
        self._authors = _Authors()
        self._words: _Words | None = None

    def authors(self, name: str, *, limit: int = MOST) -> list[Hint]:
        """Authors whose name, handle, or a word of them looks like `name`; the likest first."""
        return [Hint(HintKind.AUTHOR, found) for found in _near(name, self._known().authors, limit, _NEAR_NAME)]

    def subjects(self, name: str, *, limit: int = MOST) -> list[Hint]:
        """Topics and publishers' categories that look like `name`."""
        topics = [Hint(HintKind.TOPIC, topic.slug) for topic in self._reading.topics.nearest(name, limit)]
        near = _near(name, self._known().categories, limit // 2, _NEAR_NAME)
        # A category that means one of these topics leads to the same place.
        apart = [found for found in near if not self._reading.topics.find(found)]
        return [*topics[: limit - len(apart)], *(Hint(HintKind.CATEGORY, found) for found in apart)]

    def instead(self, words: str, situation: Situation, *, unknown: Unknown | None = None) -> list[Hint]:
        """What to try instead of a query that found nothing: every query among them finds something. `unknown` is the
        name in it that nothing is called."""
        parts = parts_of(words)
        hints: dict[Hint, None] = {}
        if unknown is not None:
            hints.update(dict.fromkeys(self._renamed(words, parts, unknown, situation)))
        hints.update(dict.fromkeys(self._named(words)))
        queries = [*self._corrected(words, parts, situation), *self._shorter(words, parts, situation)]
        queries += self._divided(words, parts, situation)
        hints.update((Hint(HintKind.SEARCH, query), None) for query in queries)
        return list(hints)[:MOST]

    def _named(self, words: str) -> Iterator[Hint]:
        """Topic, category and authors of nearly this name."""
        topic = self._reading.topics.find(words)
        if topic is not None:
            yield Hint(HintKind.TOPIC, topic.slug)
        elif category := self._reading.find_category(words):
            yield Hint(HintKind.CATEGORY, category)
        for found in _near(words, self._known().authors, 2, _SAME_NAME):
            yield Hint(HintKind.AUTHOR, found)

    def _renamed(self, words: str, parts: Sequence[Part], unknown: Unknown, situation: Situation) -> Iterator[Hint]:
        """The same query with a known name in place of the unknown one."""
        place = next((part for part in parts if part.name == unknown.kind and part.text == unknown.name), None)
        if place is None:
            return
        for name in self._near_names(unknown, situation.language):
            written = f'{place.label}:"{name}"' if " " in name else f"{place.label}:{name}"
            query = words[: place.start] + written + words[place.end :]
            if self._count(query, situation, most=1):
                yield Hint(HintKind.SEARCH, query)

    def _near_names(self, unknown: Unknown, language: Language) -> list[str]:
        if unknown.kind is UnknownKind.AUTHOR:
            return _near(unknown.name, self._known().authors, 3, _NEAR_NAME)
        if unknown.kind is UnknownKind.CATEGORY:
            found = _near(unknown.name, self._known().categories, 3, _NEAR_NAME)
            if found:
                return found
        return [topic.names[language] for topic in self._reading.topics.nearest(unknown.name, 3)]

    def _corrected(self, words: str, parts: Sequence[Part], situation: Situation) -> list[str]:
        """The query with its misspelt words put right: those the archive does not hold, where it holds a near one."""
        query = words
        for part in reversed(parts):
            better = self._better(part, situation)
            if better:
                query = query[: part.start] + better + query[part.end :]
        return [query] if query != words and self._count(query, situation, most=1) else []

    def _better(self, part: Part, situation: Situation) -> str | None:
        tokens = index_tokens(part.text)
        word = tokens[0] if len(tokens) == 1 and not (part.name or part.negated or part.quoted) else ""
        if len(word) < _SHORTEST or is_unspaced(word[0]) or self._count(part.text, situation, most=1):
            return None
        known = self._known().words
        found = process.extract(word, known.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR_WORD, limit=4)
        return max(found, key=lambda hit: (hit[1], known[hit[0]]))[0] if found else None

    def _shorter(self, words: str, parts: Sequence[Part], situation: Situation) -> list[str]:
        """The query without one of its words, or without its quotation marks: the two that find most."""
        tries = [_without(words, part) for part in reversed(parts[:_TRIED])] if len(parts) > 1 else []
        tries += [" ".join(part.text for part in parts)] if any(part.quoted for part in parts) else []
        return self._best(tries, situation, limit=2)

    def _divided(self, words: str, parts: Sequence[Part], situation: Situation) -> list[str]:
        """A run of characters without spaces divided in two words: people write Chinese without any."""
        run = fold(words).strip()
        plain = len(parts) == 1 and not (parts[0].name or parts[0].negated) and all(map(is_unspaced, run))
        if not plain or not _SHORTEST <= len(run) <= _LONGEST_RUN:
            return []
        middle_first = sorted(range(2, len(run) - 1), key=lambda place: abs(2 * place - len(run)))
        return self._best([f"{run[:place]} {run[place:]}" for place in middle_first[:_TRIED]], situation, limit=1)

    def _best(self, tries: Iterable[str], situation: Situation, *, limit: int) -> list[str]:
        counts = {query: self._count(query, situation) for query in dict.fromkeys(tries) if query}
        ranked = sorted((query for query, count in counts.items() if count), key=lambda query: -counts[query])
        return ranked[:limit]

    def _count(self, words: str, situation: Situation, *, most: int = _COUNTED) -> int:
        query: Query = self._reading.parse(words, today=situation.today)
        return self._reading.count(query, most=most, zone=situation.zone)

    def _known(self) -> _Words:
        """The lists, made anew when there is something new in the archive."""
        with self._storage.reading() as tx:
            stamp = tx.vocabulary.stamp()
            if self._words is not None and self._words.stamp == stamp:
                return self._words
            authors = self._authors
            room = _AUTHORS - len(authors.whole)
            authors = authors.grown(tx.vocabulary.authors(max(0, room), after=authors.last))
            categories = tx.vocabulary.categories(_CATEGORIES)
            titles = tx.vocabulary.titles(_TITLES)
        words = Counter(authors.words)
        for text in (*titles, *categories):
            words.update(_spoken(text))
        called = {**authors.partly, **authors.whole}
        self._authors = authors
        self._words = _Words(stamp, called, {squash(name): name for name in categories}, words)
        return self._words


def _spoken(text: str) -> Iterator[str]:
    """The words of a text that somebody may misspell."""
    for token in index_tokens(text):
        if len(token) >= _SHORTEST and token.isalpha() and not is_unspaced(token[0]):
            yield token


def _near(name: str, known: Mapping[str, str], limit: int, cutoff: float) -> list[str]:
    """What the likest keys stand for, best first, each once."""
    key = squash(name)
    if not key or limit <= 0:
        return []
    found = process.extract(key, known.keys(), scorer=fuzz.ratio, score_cutoff=cutoff, limit=2 * limit)
    return list(dict.fromkeys(known[hit] for hit, _, _ in found))[:limit]


def _without(words: str, part: Part) -> str:
    return " ".join((words[: part.start] + " " + words[part.end :]).split())
