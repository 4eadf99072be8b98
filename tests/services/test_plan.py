"""Who receives what: the plan equals the one-reader definition of rules for any readers, rules and digests."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import utc_now
from bot.core.model import (
    ChatKind,
    Digest,
    Item,
    Language,
    Place,
    Preferences,
    RichText,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    StoredDigest,
    Style,
    SubscriberState,
)
from bot.core.selection import select
from bot.services.plan import PlanReport, candidate_of, plan
from bot.storage import Storage
from tests.conftest import slot

WORDS = [
    "权重",
    "机器人",
    "開源",
    "token",
    "tokens",
    "data-center",
    "Agents",
    "护栏",
    "芯片",
    "open source",
    "3.5",
    "GPT-5",
]
NAMES = ["Mara Quill", "mara quill 等", "陈一诺", "Ola Brandt, Lin Wei", "clem 🤗", "@maraquill", "＠OlaB", "et al."]
HOSTS = ["example.org", "news.example.org", "WWW.Example.org", "x.com", "deep.news.example.org", "example.com", "org"]
TOPICS = ["models", "robotics", "open-source", "safety"]
CATEGORIES = ["AI Models", "ai models", "模型进展", "Industry Trends", "行业 动态", "  "]
KEYWORDS = [
    *WORDS,
    '"open source"',
    "权重 -机器人",
    "-护栏",
    "agent*",
    "权 重",
    '"机器人" 芯片',
    "",
    "!!!",
    "data center -gpt",
]
VALUES = {
    RuleKind.TOPIC: [*TOPICS, "unheard"],
    RuleKind.CATEGORY: CATEGORIES,
    RuleKind.KEYWORD: KEYWORDS,
    RuleKind.AUTHOR: [*NAMES, "Brandt", "@nobody", "lin wei", "@"],
    RuleKind.HOST: [*HOSTS, "twitter.com", "https://example.org/a", ""],
}


def some_rules(dice: random.Random) -> tuple[Rule, ...]:
    kinds = [dice.choice(list(RuleKind)) for _ in range(dice.choice([0, 0, 1, 2, 3, 6]))]
    rules = (Rule(dice.choice(list(RuleAction)), kind, dice.choice(VALUES[kind])) for kind in kinds)
    return tuple({(rule.kind, rule.value): rule for rule in rules}.values())


def some_item(dice: random.Random, number: int) -> Item:
    host = dice.choice([*HOSTS, None])
    return Item(
        number=number,
        title=" ".join(dice.sample(WORDS, 2)),
        author=dice.choice([*NAMES, None]),
        url=host and f"https://{host}/{dice.choice(['maraquill', 'OlaB'])}/status/{number}",
        body=RichText("，".join(dice.sample(WORDS, dice.randrange(4)))),
        topics=tuple(dice.sample(TOPICS, dice.randrange(4))),
    )


def some_digest(dice: random.Random, items: int) -> Digest:
    when = slot(8) + timedelta(minutes=dice.randrange(500_000))
    categories = tuple(dict.fromkeys(name for name in dice.sample(CATEGORIES[:5], dice.randrange(4))))
    return Digest(when, "t", when, 4, categories, tuple(some_item(dice, n) for n in range(1, items + 1)))


def stored_digest(storage: Storage, made: Digest) -> StoredDigest:
    with storage.writing() as tx:
        return tx.digests.put(made, content_hash="h", source="s", now=utc_now()).digest


def add_readers(storage: Storage, dice: random.Random, count: int) -> None:
    """Readers with all kinds of rules, tastes, schedules and states."""
    with storage.writing() as tx:
        first = tx.subscribers.counts().active + tx.subscribers.counts().paused + 1
        for chat_id in range(first, first + count):
            preferences = Preferences(
                style=dice.choice(list(Style)),
                script=dice.choice(list(Script)),
                schedule=dice.choice([("each",), ("each",), ("daily 08:00",), ("each", "weekly MON 09:00")]),
            )
            reader, _ = tx.subscribers.ensure(
                Place(chat_id),
                kind=ChatKind.PRIVATE,
                title="r",
                language=dice.choice(list(Language)),
                now=utc_now(),
                state=dice.choice([SubscriberState.ACTIVE] * 5 + [SubscriberState.PAUSED]),
                preferences=preferences,
            )
            tx.subscribers.set_rules(reader.id, some_rules(dice), now=utc_now())


def planned(storage: Storage, digest: StoredDigest) -> tuple[PlanReport, dict[int, tuple[object, ...]]]:
    """What the plan gives each reader: items, style, language, script, the number of hidden ones, and whether
    it is the whole digest because no rule chose."""
    with storage.writing() as tx:
        report = plan(tx, digest, now=utc_now())
        while tx.ledger.expand(100, now=utc_now()):
            pass
        editions = {edition.id: edition for edition in tx.ledger.list_editions(digest.id)}
        deliveries = tx.ledger.claim(now=utc_now(), lease_until=utc_now() + timedelta(minutes=1), limit=10_000)
    found: dict[int, tuple[object, ...]] = {}
    for delivery in deliveries:
        edition = editions[delivery.edition_id]
        found[delivery.subscriber_id] = (
            edition.item_ids,
            edition.style,
            edition.language,
            edition.script,
            edition.hidden,
            edition.complete,
        )
    return report, found


def expected(storage: Storage, digest: StoredDigest) -> dict[int, tuple[object, ...]]:
    """The same by asking for each reader alone."""
    standing = [item for item in digest.items if not item.removed]
    candidates = [candidate_of(item, digest.digest.categories) for item in standing]
    found: dict[int, tuple[object, ...]] = {}
    with storage.reading() as tx:
        readers = list(tx.subscribers.stream(state=SubscriberState.ACTIVE))
    for reader in readers:
        shown = select(candidates, reader.rules).shown
        wants = reader.preferences
        if shown and "each" in wants.schedule:
            hidden = len(standing) - len(shown)
            complete = hidden == 0 and all(rule.action is RuleAction.MUTE for rule in reader.rules)
            found[reader.id] = (shown, wants.style, reader.language, wants.script, hidden, complete)
    return found


@pytest.mark.parametrize("items", [1, 3, 12, 63, 64, 130])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_equals_the_selection_for_every_reader(database: Storage, seed: int, items: int) -> None:
    dice = random.Random(f"{seed} {items}")
    add_readers(database, dice, 150)
    digest = stored_digest(database, some_digest(dice, items))
    report, found = planned(database, digest)
    assert found == expected(database, digest)
    assert report.subscribers == len(found)
    assert report.editions == len(set(found.values()))


@pytest.mark.parametrize("readers", [499, 500, 501, 1001])
def test_full_batches_lose_nobody(database: Storage, readers: int) -> None:
    with database.writing() as tx:
        for chat_id in range(1, readers + 1):
            tx.subscribers.ensure(Place(chat_id), kind=ChatKind.PRIVATE, title="r", language=Language.EN, now=utc_now())
    digest = stored_digest(database, some_digest(random.Random(1), 3))
    report, found = planned(database, digest)
    assert (report.editions, report.subscribers, len(found)) == (1, readers, readers)


def test_removed_items_are_not_planned(database: Storage) -> None:
    made = some_digest(random.Random(2), 5)
    stored_digest(database, made)
    shorter = replace(made, items=made.items[:2])
    add_readers(database, random.Random(3), 30)
    with database.writing() as tx:
        digest = tx.digests.put(shorter, content_hash="h2", source="s", now=utc_now()).digest
    _, found = planned(database, digest)
    assert found == expected(database, digest)
    assert max(len(row[0]) for row in found.values()) == 2  # type: ignore[arg-type] # item ids come first
