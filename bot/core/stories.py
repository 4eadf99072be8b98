"""Do two items tell the same story? Decided by links that name one page, and by the weight of what two texts share.

`StoryIndex` holds the items of a few days by their terms, so that a new item is compared only with the few it shares
rare terms with. Everything here is a function of the items alone, not of the day's other news: the same two items are
always judged alike, whatever order they came in.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from rapidfuzz import fuzz

from bot.core.gist import SAMPLE, Gist, gist_of, vocabulary
from bot.core.links import canonical_url, status_id_of
from bot.core.model import StoredItem
from bot.core.pages import Page, page_of

K = TypeVar("K", int, str)

WINDOW = timedelta(days=3)
"""How far apart the slots of two items may be that tell one story by their texts."""

CERTAIN = 0.5
"""From which likelihood on two texts are taken for one story."""

COPY = 92.0
"""From how many of 100 points of plain likeness two texts are one, edited."""

_A_SENTENCE = 12  # characters from which on an equal paragraph is no accident
_A_HEADLINE = 6  # characters of an equal headline
_REWORDED = 50.0  # points of plain likeness of two paragraphs under one headline

_CANDIDATES = 12  # items a new one is compared with in full
_LEAST = 6.0  # the weight two texts must share: a word or two prove nothing, even if they are all there is
_ASKED = 5  # members of a story that a new one is held against
_FITTING = 0.4  # their likelihood on average
_CROWDED = 80  # a term that more items hold than this finds no candidates
_RARE = 2.0  # the least weight of a term that finds candidates

_KIND_WEIGHT = {"w": 1.0, "v": 1.2, "n": 1.2, "k": 0.6, "c": 0.4}
_UNCOUNTED = {"c": 1.5, "k": 0.8}  # how many items of the sample hold a term that was not counted; 0.6 for other kinds
_ROUND = {1: 4.0, 2: 1.5}  # the same for amounts, by their significant digits: many things take 3 hours or cost 20
_NAMES = frozenset("wvn")


@dataclass(frozen=True, slots=True)
class Told:
    """An item as stories see it, ready to be compared. `minutes`: its slot since 1970; `link` is None for links that
    name no page."""

    id: int
    digest_id: int
    minutes: int
    link: str | None
    page: Page
    gist: Gist
    weight: float
    squares: float
    names: frozenset[str]
    title_names: frozenset[str]
    concepts: frozenset[str]
    amounts: frozenset[str]
    spaced: float


def told(stored: StoredItem) -> Told:
    """What stories need of an item; the dearest step, to be done once for each."""
    item = stored.item
    gist = gist_of(item.title, item.body.text, item.author)
    return Told(
        id=stored.id,
        digest_id=stored.digest_id,
        minutes=int(stored.slot.timestamp()) // 60,
        link=link_of(item.url),
        page=page_of(item.url),
        gist=gist,
        weight=_sum(gist.terms),
        squares=_squares(gist.terms),
        names=_of_kind(gist.terms, _NAMES),
        title_names=_of_kind(gist.title, _NAMES),
        concepts=_of_kind(gist.terms, frozenset("k")),
        amounts=_of_kind(gist.terms, frozenset("n")),
        spaced=1 - len(_of_kind(gist.terms, frozenset("c"))) / max(1, len(gist.terms)),
    )


def link_of(url: str | None) -> str | None:
    """The link as an identity: posts by their number whoever's name the address carries, other pages by canonical
    address, None for what names no page."""
    if not url or page_of(url) is Page.NONE:
        return None
    status = status_id_of(url)
    return f"https://x.com/i/status/{status}" if status else canonical_url(url)


@lru_cache(maxsize=1 << 16)
def _weigh(term: str) -> float:
    """How much it means that two items share a term: the rarer, the more; names more than words."""
    kind = term[0]
    seen = vocabulary().common.get(term, _UNCOUNTED.get(kind, 0.6))
    if kind == "n":
        seen = _ROUND.get(_significant(term), seen)
    return _KIND_WEIGHT[kind] * math.log((SAMPLE + 1) / seen)


def _significant(amount: str) -> int:
    digits = "".join(filter(str.isdigit, amount.partition("e")[0]))
    return len(digits.strip("0"))


def _sum(terms: Iterable[str]) -> float:
    return sum(map(_weigh, terms))


def _squares(terms: Iterable[str]) -> float:
    return sum(_weigh(term) ** 2 for term in terms)


def _of_kind(terms: Iterable[str], kinds: Collection[str]) -> frozenset[str]:
    return frozenset(term for term in terms if term[0] in kinds)


def likelihood(one: Told, two: Told) -> float:
    """How likely two texts tell one story, from 0 to 1: 0 where something rules it out. Symmetric."""
    a, b = one.gist, two.gist
    if ruled_out(a, b):
        return 0.0
    if repeated(a, b):
        return 1.0
    if _sum(a.terms & b.terms) < _LEAST:
        return 0.0
    signs = _signs(one, two)
    guess = 1 / (1 + math.exp(-(_BIAS + sum(_WEIGHTS[name] * value for name, value in signs.items()))))
    copied = guess < CERTAIN and not signs["other_subject"] and fuzz.ratio(a.text, b.text, score_cutoff=COPY)
    return 1.0 if copied else guess


# Fitted by logistic regression to every other group of the labelled pairs in tests/core/story_pairs.jsonl (nothing was
# fitted to the groups between) and to look-alikes among the items that topics are tested with; rounded. All signs lie
# between 0 and 1. The bias is 0.6 below the fit: to join what is two costs a reader a story, to miss one a repeat.
_BIAS = -5.95
_WEIGHTS = {
    "alike": 2.64,  # cosine of all terms
    "contained": 3.05,  # the shared weight, by the shorter text
    "named": 0.31,  # the weight of shared names and amounts
    "title_told": 0.83,  # how much of a title stands in the other text: the better of both ways
    "titles_told": 2.61,  # the worse of both ways
    "other_subject": -1.77,  # either title names what the other text does not
    "events": 1.92,  # concepts shared
    "together": 2.03,  # names shared and concepts or amounts as well: who, and what
    "same_voice": -1.23,  # one person writes or is quoted in both: most have more than one thing to say
    "amounts": 0.36,  # amounts shared
    "other_amounts": -0.37,  # amounts in both, none shared
    "translated": 1.62,  # one is written with spaces, the other without
    "wording": 1.11,  # weight of shared Chinese wording
    "title_names": -0.82,  # names in both titles: the firm everybody writes about today proves less than it seems
}


def _signs(one: Told, two: Told) -> dict[str, float]:
    a, b = one.gist, two.gist
    shared = a.terms & b.terms
    named = one.names & two.names
    events = _sum(one.concepts & two.concepts)
    amounts = one.amounts & two.amounts
    ways = (_told_in(a.title, b.terms), _told_in(b.title, a.terms))
    strange = min(_sum(one.title_names - b.terms), _sum(two.title_names - a.terms))
    weight = _sum(shared)
    name_weight = _sum(named)
    return {
        "alike": _squares(shared) / math.sqrt(one.squares * two.squares + 1e-9),
        "contained": weight / max(8.0, min(one.weight, two.weight)),
        "named": min(1.0, name_weight / 25),
        "title_told": max(ways),
        "titles_told": min(ways),
        "other_subject": min(1.0, strange / 8),
        "events": events / max(2.0, min(_sum(one.concepts), _sum(two.concepts))),
        "together": min(1.0, name_weight * (events + _sum(amounts)) / 150),
        "same_voice": float(bool((a.writers | a.speakers) & (b.writers | b.speakers))),
        "amounts": min(2, len(amounts)) / 2,
        "other_amounts": float(bool(one.amounts and two.amounts and not amounts)),
        "translated": float(abs(one.spaced - two.spaced) > 0.35),
        "wording": min(1.0, _sum(_of_kind(shared, frozenset("c"))) / 20),
        "title_names": min(1.0, _sum(one.title_names & two.title_names) / 8),
    }


def _told_in(title: frozenset[str], terms: frozenset[str]) -> float:
    return _sum(title & terms) / max(5.0, _sum(title))


def repeated(one: Gist, two: Gist) -> bool:
    """Whether two items say the same thing in the same words: one paragraph, or one headline by one author over
    paragraphs that are alike or of which one is missing. Words that are few or common count as well here."""
    if one.body and one.body == two.body:
        return len(one.body) >= _A_SENTENCE
    if one.head != two.head or len(one.head) < _A_HEADLINE or not one.writers & two.writers:
        return False
    return not (one.body and two.body) or fuzz.token_set_ratio(one.body, two.body) >= _REWORDED


def ruled_out(one: Gist, two: Gist) -> bool:
    """Whether two texts cannot tell one story, however alike: a name with another version in the title than anywhere
    in the other text (GPT-5, GPT-5.1), or texts or titles that differ in nothing but their numbers."""
    if _other_version(one.title_versions, two.versions) or _other_version(two.title_versions, one.versions):
        return True
    if one.masked == two.masked:
        return one.text != two.text
    return bool(one.digits or two.digits) and one.masked_title == two.masked_title and one.digits != two.digits


def _other_version(titled: Mapping[str, frozenset[str]], all_of_them: Mapping[str, frozenset[str]]) -> bool:
    return any(name in all_of_them and not versions & all_of_them[name] for name, versions in titled.items())


class StoryIndex:
    """The items of the window and the stories they belong to. A story's id is the id of the item it began with; an
    item that is alone is its own story."""

    def __init__(self) -> None:
        self._items: dict[int, Told] = {}
        self._story: dict[int, int] = {}
        self._members: defaultdict[int, set[int]] = defaultdict(set)
        self._postings: defaultdict[str, set[int]] = defaultdict(set)
        self._links: defaultdict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item_id: int) -> bool:
        return item_id in self._items

    @property
    def ids(self) -> Collection[int]:
        """The ids of the items held."""
        return self._items.keys()

    def story_of(self, item_id: int) -> int:
        """The story of an item that is held."""
        return self._story[item_id]

    def add(self, item: Told, story: int | None = None) -> None:
        """Hold an item, with the story it belongs to (None: its own)."""
        self.discard(item.id)
        story = item.id if story is None else story
        self._items[item.id] = item
        self._story[item.id] = story
        self._members[story].add(item.id)
        for term in _finders(item.gist):
            self._postings[term].add(item.id)
        if item.link:
            self._links[item.link].add(item.id)

    def move(self, item_id: int, story: int) -> None:
        """Note that an item that is held belongs to another story."""
        _take(self._members, self._story[item_id], item_id)
        self._story[item_id] = story
        self._members[story].add(item_id)

    def discard(self, item_id: int) -> None:
        """Forget an item, if it is held."""
        item = self._items.pop(item_id, None)
        if item is None:
            return
        _take(self._members, self._story.pop(item_id), item_id)
        for term in _finders(item.gist):
            _take(self._postings, term, item_id)
        if item.link:
            _take(self._links, item.link, item_id)

    def match(self, item: Told) -> tuple[int, ...]:
        """The stories that an item continues, by its link or by its text, the likeliest first: none if it tells a new
        one, several if it shows that what was taken for two stories is one."""
        found = [*self._by_link(item), *self._by_text(item)]
        return tuple(dict.fromkeys(self._story[key] for key in found))

    def _by_link(self, item: Told) -> list[int]:
        same = [self._items[key] for key in self._links.get(item.link or "", ()) if key != item.id]
        # A link that one digest gives to several items does not tell them apart: then their texts must agree.
        shared = len({item.digest_id, *(other.digest_id for other in same)}) <= len(same)
        agreeing = (
            other.id
            for other in same
            if _near(item, other) and (likelihood(item, other) >= CERTAIN if shared else same_page(item, other))
        )
        return sorted(agreeing)

    def _by_text(self, item: Told) -> list[int]:
        scored = [(likelihood(item, other), other.id) for other in self._candidates(item)]
        likely = sorted((-score, key) for score, key in scored if score >= CERTAIN)
        return [key for _, key in likely if self._fits(item, self._story[key])]

    def _fits(self, item: Told, story: int) -> bool:
        """Whether an item that is like one member of a story is like the story: one link in a chain is not enough."""
        members = sorted(self._members[story])[:_ASKED]
        if any(ruled_out(item.gist, self._items[key].gist) for key in members):
            return False
        return sum(likelihood(item, self._items[key]) for key in members) >= _FITTING * len(members)

    def _candidates(self, item: Told) -> list[Told]:
        weights: defaultdict[int, float] = defaultdict(float)
        for term in _finders(item.gist):
            holders = self._postings.get(term, ())
            if len(holders) <= _CROWDED:
                weight = _LEAST if term[0] == "=" else _weigh(term)
                for key in holders:
                    weights[key] += weight
        heavy = (key for key, weight in weights.items() if weight >= _LEAST / 2)
        best = sorted(heavy, key=lambda key: (-weights[key], key))
        near = (self._items[key] for key in best if key != item.id and _near(item, self._items[key]))
        return list(islice(near, _CANDIDATES))


def same_page(one: Told, two: Told) -> bool:
    """Whether two items that have a link in common tell one story by it: a page that lives on (a repository, a
    product) tells another one when it is about another version."""
    return one.page is Page.POST or not ruled_out(one.gist, two.gist)


def _near(one: Told, two: Told) -> bool:
    return abs(one.minutes - two.minutes) <= WINDOW.total_seconds() / 60


def _finders(gist: Gist) -> list[str]:
    """The terms that lead to items a new one is compared with; the headline and the paragraph as a whole are two."""
    rare = [term for term in gist.terms if _weigh(term) >= _RARE or term[0] in "vn"]
    return [*rare, *(f"={text}" for text in (gist.head, gist.body) if text)]


def _take(sets: defaultdict[K, set[int]], key: K, item_id: int) -> None:
    held = sets[key]
    held.discard(item_id)
    if not held:
        del sets[key]
