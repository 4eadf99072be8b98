"""Readers in bulk: an upsert that loses nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.model import (
    ChatKind,
    Language,
    Place,
    Preferences,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    Style,
    Subscriber,
    SubscriberState,
)
from bot.storage import ImportCounts, PutResult, SavedMark, Storage, SubscriberLine
from tests.storage.conftest import NOW
from tests.storage.digests import at, item

LATER = NOW + timedelta(days=1)
RULES = (
    Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models"),
    Rule(RuleAction.MUTE, RuleKind.AUTHOR, "@GaryMarcus"),
    Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, "具身智能"),
)


def take(storage: Storage, *lines: SubscriberLine) -> ImportCounts:
    with storage.writing() as tx:
        return tx.importer.upsert_many(lines, now=LATER)


def only(storage: Storage) -> Subscriber:
    with storage.reading() as tx:
        (reader,) = tx.subscribers.stream()
        return reader


@pytest.mark.parametrize(
    ("chat_id", "kind"),
    [(5, ChatKind.PRIVATE), (-5, ChatKind.GROUP), (-1001234567890, ChatKind.SUPERGROUP)],
)
def test_a_line_with_nothing_but_its_place_gets_defaults(storage: Storage, chat_id: int, kind: ChatKind) -> None:
    assert take(storage, SubscriberLine(Place(chat_id))) == ImportCounts(added=1)
    reader = only(storage)
    assert (reader.kind, reader.title, reader.language) == (kind, "", Language.ZH_HANS)
    assert (reader.state, reader.since, reader.preferences) == (SubscriberState.ACTIVE, LATER, Preferences())
    assert reader.rules == ()


def test_everything_a_line_says_is_stored(storage: Storage, put: Callable[..., PutResult]) -> None:
    put(item(1), item(4), slot=at())
    line = SubscriberLine(
        Place(-1005, 9),
        kind=ChatKind.CHANNEL,
        title="频道\0",
        language=Language.EN,
        state=SubscriberState.PAUSED,
        since=NOW,
        preferences={
            "style": Style.FULL, "script": Script.HANT, "schedule": ("daily 08:00",), "time_zone": "Asia/Tokyo",
            "quiet": "22:00-07:00", "rich": True, "silent": True,
        },
        rules=RULES,
        saved=(SavedMark(at(), 4), SavedMark(at(), 1), SavedMark(at(), 9)),
    )  # fmt: skip
    assert take(storage, line) == ImportCounts(added=1, unknown_saved=1)
    reader = only(storage)
    assert (reader.kind, reader.title, reader.language, reader.since) == (ChatKind.CHANNEL, "频道", Language.EN, NOW)
    assert reader.preferences == Preferences(
        Style.FULL, Script.HANT, ("daily 08:00",), "Asia/Tokyo", "22:00-07:00", rich=True, silent=True
    )
    assert reader.rules == RULES
    with storage.reading() as tx:
        assert [mark.number for mark in tx.saved.marks_of_many([reader.id])[reader.id]] == [4, 1]


def test_what_a_line_leaves_out_stays(storage: Storage, put: Callable[..., PutResult]) -> None:
    put(item(1))
    take(
        storage,
        SubscriberLine(
            Place(5), title="t", since=NOW, preferences={"rich": True}, rules=RULES, saved=(SavedMark(at(), 1),)
        ),
    )
    before = only(storage)
    assert take(storage, SubscriberLine(Place(5), preferences={"silent": True})) == ImportCounts(updated=1)
    after = only(storage)
    assert (after.id, after.title, after.since, after.rules) == (before.id, "t", NOW, RULES)
    assert after.preferences == Preferences(rich=True, silent=True)
    with storage.reading() as tx:
        assert tx.saved.count(after.id) == 1


def test_given_rules_and_bookmarks_replace_the_stored(storage: Storage, put: Callable[..., PutResult]) -> None:
    put(item(1))
    take(storage, SubscriberLine(Place(5), rules=RULES, saved=(SavedMark(at(), 1),)))
    take(storage, SubscriberLine(Place(5), rules=RULES[1:2], saved=()))
    reader = only(storage)
    assert reader.rules == RULES[1:2]
    with storage.reading() as tx:
        assert tx.saved.count(reader.id) == 0
        assert [row[4] for row in tx.planning.stream_subscribers()] == [0]


def test_the_same_import_twice_changes_nothing(storage: Storage) -> None:
    line = SubscriberLine(Place(5), title="t", since=NOW, rules=RULES)
    take(storage, line)
    before = only(storage)
    assert take(storage, line) == ImportCounts(updated=1)
    assert only(storage) == before


def test_of_two_lines_for_one_place_the_later_goes_over_the_earlier(storage: Storage) -> None:
    counts = take(storage, SubscriberLine(Place(5), title="a", rules=RULES), SubscriberLine(Place(5), title="b"))
    assert counts == ImportCounts(added=1)
    reader = only(storage)
    assert (reader.title, reader.rules) == ("b", RULES)


def test_thousands_of_lines_in_one_batch(storage: Storage) -> None:
    lines = [SubscriberLine(Place(number), rules=RULES[: number % 4]) for number in range(1, 2_001)]
    assert take(storage, *lines) == ImportCounts(added=2_000)
    with storage.reading() as tx:
        assert sum(len(reader.rules) for reader in tx.subscribers.stream()) == sum(n % 4 for n in range(1, 2_001))
        assert len(tx.planning.terms(RuleKind.TOPIC, ["models"])) == 1


def test_no_lines_are_no_work(storage: Storage) -> None:
    assert take(storage) == ImportCounts()
