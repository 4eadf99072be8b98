"""Which items are like another, for somebody who wants more of the kind: they share rare words, topics, an author.
Pure and small: the pool is what the archive holds on the same topics and by the same author.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import Final

from bot.core.authors import author_keys
from bot.core.model import Item, StoredItem
from bot.core.tokens import index_tokens

_TITLE: Final = 2.0  # a word in both titles says more than one in the paragraphs
_TOPIC: Final = 1.0
_AUTHOR: Final = 2.0
_LEAST: Final = 3.0  # below, likeness is chance
_BODY: Final = 600  # characters looked at


def similar_items(item: StoredItem, pool: Iterable[StoredItem], *, most: int) -> list[StoredItem]:
    """The items of the pool most like `item`, the likest first, newer ones before older ones that are as like. Never
    itself, never one twice, none that was taken out."""
    others = {other.id: other for other in pool if other.id != item.id and not other.removed}
    words = {key: _words(other.item) for key, other in others.items()}
    common = Counter(word for found in words.values() for word in found)
    mine, titled = _words(item.item), set(index_tokens(item.item.title))
    scores = {
        key: _likeness(item.item, other.item, mine & words[key], titled, common, len(others))
        for key, other in others.items()
    }
    ranked = sorted((key for key, score in scores.items() if score >= _LEAST), key=lambda key: (-scores[key], -key))
    return [others[key] for key in ranked[:most]]


def _likeness(one: Item, other: Item, shared: set[str], titled: set[str], common: Counter[str], size: int) -> float:
    both = titled & set(index_tokens(other.title))
    rare = sum((_TITLE if word in both else 1.0) * log((1 + size) / common[word]) for word in shared)
    topics = len(set(one.topics) & set(other.topics))
    authors = bool(author_keys(one.author) & author_keys(other.author))
    # Long paragraphs share more words by chance.
    return rare / (1 + log(1 + len(shared))) + _TOPIC * topics + _AUTHOR * authors


def _words(item: Item) -> set[str]:
    return {word for word in _tokens((item.title, item.body.text[:_BODY])) if len(word) > 1 and not word.isdecimal()}


def _tokens(texts: Sequence[str]) -> Iterable[str]:
    return (token for text in texts for token in index_tokens(text))
