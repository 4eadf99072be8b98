"""The ground of a crash run: readers of every kind, in the emulator and in the database, and digests whose every item
carries a mark of its own, so that what was lost shows without asking our own ledger.
"""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.model import ChatKind, Language, Place, Script, Style
from bot.emulator import Emulator
from bot.storage import Storage, SubscriberLine
from tests.conftest import Entry, digest_text, slot

MARK = re.compile(r"d\d+i\d+")
_HAN = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称"


@dataclass(frozen=True)
class Sizes:
    """How many there are of each kind of place; `topics` to each forum."""

    private: int = 220
    groups: int = 24
    channels: int = 20
    forums: int = 6
    topics: int = 2


def populate(emulator: Emulator, sizes: Sizes) -> dict[Place, ChatKind]:
    """Make the people and chats; every place that will subscribe."""
    places = {}
    for number in range(sizes.private):
        person = emulator.add_user(f"Reader {number}", id=10_000 + number, started=True)
        places[Place(person.id)] = ChatKind.PRIVATE
    owner = emulator.add_user("Owner", id=9_999, started=True)
    for number in range(sizes.groups):
        if number % 3:
            places[Place(emulator.add_supergroup(f"Group {number}", owner).id)] = ChatKind.SUPERGROUP
        else:
            places[Place(emulator.add_group(f"Group {number}", owner).id)] = ChatKind.GROUP
    for number in range(sizes.channels):
        places[Place(emulator.add_channel(f"Channel {number}", owner).id)] = ChatKind.CHANNEL
    for number in range(sizes.forums):
        forum = emulator.add_supergroup(f"Forum {number}", owner, forum=True)
        for topic in range(sizes.topics):
            places[Place(forum.id, emulator.add_topic(forum, f"Topic {topic}").id)] = ChatKind.SUPERGROUP
    return places


def subscribe(storage: Storage, places: dict[Place, ChatKind]) -> None:
    """Store the subscribers, with every style, script and language among them."""
    with storage.writing() as tx:
        tx.importer.upsert_many(list(_lines(places)), now=datetime(2026, 11, 20, tzinfo=UTC))


def _lines(places: dict[Place, ChatKind]) -> Iterator[SubscriberLine]:
    styles, languages, scripts = list(Style), list(Language), list(Script)
    for number, (place, kind) in enumerate(places.items()):
        yield SubscriberLine(
            place=place,
            kind=kind,
            language=languages[number // 3 % 3],
            preferences={
                "style": styles[number % 3].value,
                "script": scripts[number // 9 % 2].value,
                "silent": number % 5 == 0,
            },
        )


@dataclass(frozen=True)
class Edition:
    """A digest file: its name, its text, and the marks of its items."""

    name: str
    text: str
    marks: frozenset[str]


def digests(rng: random.Random) -> Iterator[Edition]:
    """Digest after digest, four hours apart; every third is short enough for one message."""
    for number in range(1, 10_000):
        items = 4 if number % 3 == 0 else rng.randint(9, 14)
        marks = [f"d{number}i{item}" for item in range(1, items + 1)]
        entries = [
            Entry(
                f"{_words(rng, 10)} {mark}",
                f"{_words(rng, rng.randint(350, 600))}。",
                url=f"https://example.org/{mark}",
            )
            for mark in marks
        ]
        when = slot(0, day=1) + timedelta(hours=4 * number)
        yield Edition(f"{when:%Y-%m-%d-%H}.md", digest_text(when, entries), frozenset(marks))


def _words(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(_HAN, k=length))


def marks_in(texts: Iterable[str]) -> set[str]:
    """The marks that stand in these texts."""
    return {mark for text in texts for mark in MARK.findall(text)}
