"""Who receives what: the plan equals the one-reader definition of rules for any readers, rules and digests."""

import random
from collections.abc import Mapping, MutableSequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import (
    ChatKind,
    Digest,
    Item,
    Language,
    Night,
    Place,
    Preferences,
    Repeats,
    RichText,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    StoredDigest,
    Style,
    SubscriberState,
)
from bot.core.schedule import quiet_end, quiet_of, zone_of
from bot.core.selection import select
from bot.services.plan import PlanReport, candidate_of, plan
from bot.storage import Edition, Storage, SubscriberLine, Transaction
from tests.conftest import slot

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)  # late in the morning in Shanghai, late in the evening in New York
ZONE = ZoneInfo("Asia/Shanghai")

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
        return tx.digests.put(made, content_hash="h", source="s", now=NOW).digest


def some_preferences(dice: random.Random) -> Preferences:
    return Preferences(
        style=dice.choice(list(Style)),
        script=dice.choice(list(Script)),
        schedule=dice.choice([("each",), ("each",), ("daily 08:00",), ("each", "weekly MON 09:00")]),
        time_zone=dice.choice([None, "Asia/Shanghai", "America/New_York", "Antarctica/Troll"]),
        quiet=dice.choice([None, None, "22:00-07:00", "09:00-21:00", "08:00-08:00"]),
        night=dice.choice(list(Night)),
        rich=dice.choice([True, False]),
        min_items=dice.choice([1, 1, 1, 2, 5]),
        per_message=dice.choice([0, 0, 3]),
        link_preview=dice.choice([True, False]),
        repeats=dice.choice(list(Repeats)),
    )


def add_readers(storage: Storage, dice: random.Random, count: int) -> None:
    """Readers with all kinds of rules, tastes, schedules and states."""
    lines = [
        SubscriberLine(
            Place(chat_id),
            kind=ChatKind.PRIVATE,
            language=dice.choice(list(Language)),
            state=dice.choice([SubscriberState.ACTIVE] * 5 + [SubscriberState.PAUSED]),
            preferences=asdict(some_preferences(dice)),
            rules=some_rules(dice),
        )
        for chat_id in range(1, count + 1)
    ]
    with storage.writing() as tx:
        tx.importer.upsert_many(lines, now=NOW)


def planned(storage: Storage, digest: StoredDigest) -> tuple[PlanReport, dict[int, tuple[object, ...]], set[int]]:
    """What the plan gives each reader, and who has to wait."""
    with storage.writing() as tx:
        report = plan(tx, digest, now=NOW, zone=ZONE)
        editions = {edition.id: edition for edition in tx.ledger.list_editions(digest.id)}
        found = {owner: what(editions[edition_id]) for edition_id, owners in tx.roundups.batched() for owner in owners}
        return report, found, set(tx.agendas.pending())


def what(edition: Edition) -> tuple[object, ...]:
    """Items, those left out or marked as told before, the number of hidden ones, whether it is the whole digest because
    no rule chose, and how it looks."""
    return (
        *(edition.item_ids, edition.seen, edition.hidden, edition.complete),
        *(edition.style, edition.language, edition.script, edition.rich, edition.per_message, edition.link_preview),
    )


def expected(
    storage: Storage, digest: StoredDigest, seen: Mapping[int, int] = {}
) -> tuple[dict[int, tuple[object, ...]], set[int]]:
    """The same by asking for each reader alone; `seen` are bits of the digest's items, by reader."""
    standing = [item for item in digest.items if not item.removed]
    candidates = [candidate_of(item, digest.digest.categories) for item in standing]
    found: dict[int, tuple[object, ...]] = {}
    held: set[int] = set()
    with storage.reading() as tx:
        readers = list(tx.subscribers.stream(state=SubscriberState.ACTIVE))
    for reader in readers:
        wants = reader.preferences
        chosen = select(candidates, reader.rules).shown
        told = {item.id for place, item in enumerate(standing) if seen.get(reader.id, 0) >> place & 1} & {*chosen}
        whole = len(chosen) == len(standing) and all(rule.action is RuleAction.MUTE for rule in reader.rules)
        marked = whole and wants.repeats is Repeats.MARK
        shown = chosen if marked else tuple(key for key in chosen if key not in told)
        if not shown or "each" not in wants.schedule:
            continue
        quiet = quiet_of(wants.quiet) if wants.night is Night.HOLD else None
        asleep = quiet_end(quiet, zone_of(wants.time_zone, ZONE), at=NOW) is not None
        if asleep or len({*shown} - told) < wants.min_items > 1:
            held.add(reader.id)
            continue
        again = tuple(item.id for item in standing if item.id in told)
        complete = whole and (marked or not told)
        hidden = len(standing) - len(chosen)
        look = (wants.style, reader.language, wants.script, wants.rich, wants.per_message, wants.link_preview)
        found[reader.id] = (shown, again, hidden, complete, *look)
    return found, held


@pytest.mark.parametrize("items", [1, 3, 12, 63, 64, 130])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_plan_equals_the_selection_for_every_reader(database: Storage, seed: int, items: int) -> None:
    dice = random.Random(f"{seed} {items}")
    add_readers(database, dice, 150)
    digest = stored_digest(database, some_digest(dice, items))
    report, found, held = planned(database, digest)
    assert (found, held) == expected(database, digest)
    assert (report.subscribers, report.held) == (len(found), len(held))
    assert report.editions == len(set(found.values()))


def test_the_plan_equals_the_loop_for_ten_thousand_readers(database: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(6)
    add_readers(database, dice, 10_000)
    digest = stored_digest(database, some_digest(dice, 12))
    told = {reader: dice.getrandbits(12) & dice.getrandbits(12) for reader in range(1, 10_001, 2)}

    def seen_before(_tx: Transaction, _stored: StoredDigest, seen: MutableSequence[int]) -> bool:
        for reader, bits in told.items():
            seen[reader] = bits
        return True

    # Stories are found elsewhere; here everybody was told something else before.
    monkeypatch.setattr("bot.services.plan.seen_before", seen_before)
    report, found, held = planned(database, digest)
    assert (found, held) == expected(database, digest, told)
    assert min(report.subscribers, report.held) > 500


@pytest.mark.parametrize("readers", [499, 500, 501, 1001])
def test_full_batches_lose_nobody(database: Storage, readers: int) -> None:
    with database.writing() as tx:
        tx.importer.upsert_many([SubscriberLine(Place(chat_id)) for chat_id in range(1, readers + 1)], now=NOW)
    digest = stored_digest(database, some_digest(random.Random(1), 3))
    report, found, _ = planned(database, digest)
    assert (report.editions, report.subscribers, len(found)) == (1, readers, readers)


def test_removed_items_are_not_planned(database: Storage) -> None:
    made = some_digest(random.Random(2), 5)
    stored_digest(database, made)
    shorter = replace(made, items=made.items[:2])
    add_readers(database, random.Random(3), 30)
    with database.writing() as tx:
        digest = tx.digests.put(shorter, content_hash="h2", source="s", now=NOW).digest
    _, found, held = planned(database, digest)
    assert (found, held) == expected(database, digest)
    assert max(len(row[0]) for row in found.values()) == 2  # type: ignore[arg-type] # item ids come first


def test_who_has_something_waiting_is_not_sent_the_next_alone(database: Storage) -> None:
    with database.writing() as tx:
        tx.importer.upsert_many([SubscriberLine(Place(1)), SubscriberLine(Place(2))], now=NOW)
        tx.agendas.hold([1], since=NOW - timedelta(hours=1), due_at=NOW)
    digest = stored_digest(database, some_digest(random.Random(1), 3))
    report, found, held = planned(database, digest)
    assert (report.held, set(found), held) == (1, {2}, {1})
