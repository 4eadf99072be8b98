"""Bookmarks, reasons, likes and previews, asked of the database without a chat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.clock import utc_now
from bot.core.layout import PartLayout
from bot.core.model import (
    ChatKind,
    Language,
    Place,
    Preferences,
    Repeats,
    Rule,
    RuleAction,
    RuleKind,
    Script,
    StoredDigest,
    Style,
    Subscriber,
    SubscriberState,
)
from bot.core.pieces import Mark
from bot.core.topics import TopicSet
from bot.i18n import Catalogue
from bot.rendering.script import ScriptConverter
from bot.services.browsing import Browsing
from bot.services.editions import EditionRenderer
from bot.services.ingest import Ingest
from bot.services.previews import Previews
from bot.services.saving import SaveOutcome, Saving
from bot.services.stories import Stories
from bot.services.subscriptions import Visitor
from bot.services.why import Cause, Why
from bot.sources import RawDigest
from bot.storage import NewEdition, Storage
from tests.conftest import NEWS, Entry, digest_text, slot, subscriber_of

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOME = Visitor(Place(7), ChatKind.PRIVATE, "Ann", Language.EN)
ROBOTS = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics")
NO_ROBOTS = Rule(RuleAction.MUTE, RuleKind.TOPIC, "robotics")
Publish = Callable[..., StoredDigest]


@pytest.fixture
def publish(database: Storage, topics: TopicSet) -> Publish:
    ingest = Ingest(database, topics, time_zone=ZONE)

    def published(when: datetime, *entries: Entry) -> StoredDigest:
        raw = RawDigest("/d", f"{when:%d%H}.md", digest_text(when, entries or NEWS).encode(), utc_now())
        ingest.store([raw], announce=False, now=utc_now())
        list(Stories(database).catch_up())
        with database.reading() as tx:
            return next(one for one in tx.digests.list_latest(9) if one.digest.slot == when)

    return published


def known(storage: Storage, *rules: Rule, chat_id: int = 7) -> Subscriber:
    with storage.writing() as tx:
        reader, _ = tx.subscribers.ensure(
            Place(chat_id), kind=ChatKind.PRIVATE, title="", language=Language.EN, now=NOW
        )
        tx.subscribers.set_rules(reader.id, rules, now=NOW)
    return subscriber_of(storage, Place(chat_id))


def sent(
    storage: Storage,
    reader: Subscriber,
    stored: StoredDigest,
    *item_ids: int,
    roundup: str = "",
    edition: NewEdition | None = None,
    message_ids: str = "50",
) -> None:
    """A push of these items that has arrived, as message 50 unless said otherwise."""
    edition = edition or NewEdition(stored.id, item_ids, Style.FOLDED, Language.EN, Script.HANS, roundup=roundup)
    with storage.writing() as tx:
        tx.ledger.add_batches(tx.ledger.add_edition(edition), [reader.id], due_at=NOW)
        tx.ledger.expand(9, now=NOW)
        connection = tx._connection  # the delivery itself is tested elsewhere
        arrived = text("UPDATE delivery SET state='sent', message_ids=:message_ids, parts_sent=1")
        connection.execute(arrived, {"message_ids": message_ids})


def test_a_bookmark_is_kept_once_and_let_go_once(database: Storage, publish: Publish) -> None:
    saving, item = Saving(database), publish(slot(8)).items[1]
    outcomes = [saving.save(HOME, item.id, now=NOW) for _ in range(2)]
    assert outcomes == [SaveOutcome.SAVED, SaveOutcome.ALREADY]
    assert subscriber_of(database, HOME.place).state is SubscriberState.PAUSED
    assert saving.has(HOME.place, item.id)
    assert [saving.drop(HOME.place, item.id) for _ in range(2)] == [True, False]
    assert saving.page(HOME.place, limit=5, offset=0).total == 0


def test_what_does_not_exist_is_not_kept_and_nobody_remembered_for_it(database: Storage) -> None:
    assert Saving(database).save(HOME, 404, now=NOW) is SaveOutcome.UNKNOWN
    assert Saving(database).drop(HOME.place, 404) is False
    assert not Saving(database).has(HOME.place, 404)
    with database.reading() as tx:
        assert tx.subscribers.find(HOME.place) is None


def test_there_is_an_end_to_bookmarks(database: Storage, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.saving.MOST_SAVED", 2)  # two thousand would show no more
    saving, items = Saving(database), publish(slot(8)).items
    outcomes = [saving.save(HOME, item.id, now=NOW + timedelta(minutes=n)) for n, item in enumerate(items)]
    assert outcomes == [SaveOutcome.SAVED, SaveOutcome.SAVED, SaveOutcome.FULL]
    assert saving.save(HOME, items[0].id, now=NOW) is SaveOutcome.ALREADY
    assert [item.id for item in saving.page(HOME.place, limit=9, offset=0).items] == [items[1].id, items[0].id]


@pytest.mark.parametrize(
    ("rules", "causes"),
    [
        ((), [Cause.EVERYTHING, Cause.EVERYTHING, Cause.EVERYTHING]),
        ((ROBOTS,), [Cause.UNFOLLOWED, Cause.FOLLOWED, Cause.UNFOLLOWED]),
        ((NO_ROBOTS,), [Cause.EVERYTHING, Cause.MUTED, Cause.EVERYTHING]),
        ((ROBOTS, NO_ROBOTS), [Cause.UNFOLLOWED, Cause.MUTED, Cause.UNFOLLOWED]),
    ],
)
def test_the_reason_of_an_item_is_what_the_selection_says(
    database: Storage, publish: Publish, rules: tuple[Rule, ...], causes: list[Cause]
) -> None:
    items = publish(slot(8)).items
    why = Why(database)
    assert [why.of_item(item, rules).cause for item in items] == causes
    told = why.of_digest(None, rules)
    assert told is not None
    assert [one.reason.cause for one in sorted((*told.shown, *told.hidden), key=lambda one: one.number)] == causes


def test_a_push_is_explained_by_its_own_items_and_its_readers_rules(database: Storage, publish: Publish) -> None:
    stored = publish(slot(8))
    first, second, third = (item.id for item in stored.items)
    sent(database, known(database, ROBOTS), stored, second)
    told = Why(database).of_message(Place(7), 50)
    assert told is not None
    assert [(one.item.id, one.number, one.reason.cause) for one in told.shown] == [(second, 2, Cause.FOLLOWED)]
    assert {one.item.id: one.reason.cause for one in told.hidden} == dict.fromkeys((first, third), Cause.UNFOLLOWED)
    assert told.item(2) == stored.items[1]
    assert told.item(9) is None
    assert Why(database).of_message(Place(8), 50) is None
    assert Why(database).of_message(Place(7), 51) is None


@pytest.mark.parametrize(("message_id", "part"), [(50, 0), (51, 1), (52, 1), (53, 2)])
def test_every_piece_of_a_part_is_known_to_belong_to_it(
    database: Storage, publish: Publish, message_id: int, part: int
) -> None:
    stored = publish(slot(8))
    items = [item.id for item in stored.items]
    sent(database, known(database), stored, *items, message_ids=f"50,51,{Mark(1, 0, 900).number},52,53")
    with database.writing() as tx:
        tx.ledger.set_edition_parts(1, "[]", layout=[PartLayout(1, (item_id,)) for item_id in items])
    told = Why(database).of_message(Place(7), message_id)
    assert told is not None
    assert told.part == {items[part]}


def test_what_the_rules_let_through_and_was_not_sent_has_a_reason_of_its_own(
    database: Storage, publish: Publish
) -> None:
    stored = publish(slot(8))
    sent(database, known(database), stored, stored.items[0].id)
    told = Why(database).of_last(Place(7))
    assert told is not None
    assert {one.reason.cause for one in told.hidden} == {Cause.OTHER}


def test_what_was_left_out_as_a_repeat_says_so(database: Storage, publish: Publish) -> None:
    stored = publish(slot(8))
    first, second, third = (item.id for item in stored.items)
    edition = NewEdition(stored.id, (first,), Style.FOLDED, Language.EN, Script.HANS, seen=(second,))
    sent(database, known(database), stored, first, edition=edition)
    told = Why(database).of_last(Place(7))
    assert told is not None
    assert {one.item.id: one.reason.cause for one in told.hidden} == {second: Cause.REPEATED, third: Cause.OTHER}


def test_a_roundup_numbers_its_items_by_their_place(database: Storage, publish: Publish) -> None:
    older, newer = publish(slot(8)), publish(slot(12), Entry("只此一条", "无关的事。", "Wu"))
    sent(database, known(database), newer, older.items[2].id, newer.items[0].id, roundup="morning 2026-11-21")
    told = Why(database).of_message(Place(7), 50)
    assert told is not None
    assert [(one.item.id, one.number) for one in told.shown] == [(older.items[2].id, 1), (newer.items[0].id, 2)]
    assert {one.item.digest_id for one in told.hidden} == {older.id}


def test_an_empty_archive_explains_nothing(database: Storage) -> None:
    why = Why(database)
    assert (why.of_digest(None, ()), why.of_digest(4, ()), why.of_last(Place(7))) == (None, None, None)
    assert Previews(database).last_day(None, now=NOW, zone=ZONE) is None
    assert Browsing(database).find(4) is None


def test_other_tellings_of_a_story_come_first_among_the_like(database: Storage, publish: Publish) -> None:
    older = publish(slot(8))
    newer = publish(slot(12), NEWS[1], Entry("港口的机械臂又学会一招", "机械臂整夜叠箱子，机器人不停。", "陈一诺"))
    found = Browsing(database).similar(newer.items[0], most=2)
    assert [item.id for item in found] == [older.items[1].id, newer.items[1].id]
    assert len(Browsing(database).similar(newer.items[0], most=1)) == 1


@pytest.mark.parametrize(("repeats", "shown"), [(Repeats.MARK, 3), (Repeats.HIDE, 2)])
def test_what_was_pushed_before_is_marked_or_left_out(
    database: Storage, publish: Publish, repeats: Repeats, shown: int
) -> None:
    reader, older = known(database), publish(slot(8, day=20))
    sent(database, reader, older, older.items[0].id)
    newer = publish(slot(12), *NEWS[:1], Entry("别的事", "完全不同。"), Entry("又一件", "也不同。"))
    with database.writing() as tx:
        tx.subscribers.set_preferences(reader.id, replace(reader.preferences, repeats=repeats), now=NOW)
    preview = Previews(database).last_day(subscriber_of(database, Place(7)), now=NOW, zone=ZONE)
    assert preview is not None
    assert preview.seen == {newer.items[0].id}
    assert (len(preview.items), preview.repeated) == (shown, 3 - shown)
    assert Previews(database).seen(reader, newer) == {newer.items[0].id}


def test_the_day_ends_now_and_not_with_what_is_dated_ahead(database: Storage, publish: Publish) -> None:
    publish(slot(8), Entry("早", "一。", url="https://example.org/1"))
    publish(slot(19), Entry("刚刚", "二。", url="https://example.org/2"))
    publish(slot(23), Entry("未来", "三。", url="https://example.org/3"))
    preview = Previews(database).last_day(None, now=NOW, zone=ZONE)
    assert preview is not None
    assert [item.item.title for item in preview.items] == ["刚刚", "早"]


def test_deliveries_that_were_lost_are_no_repeats(database: Storage, publish: Publish) -> None:
    reader, older = known(database), publish(slot(8, day=20))
    sent(database, reader, older, older.items[0].id)
    with database.writing() as tx:
        tx._connection.exec_driver_sql("UPDATE delivery SET state='gone'")
    newer = publish(slot(12), *NEWS[:1])
    assert Previews(database).seen(reader, newer) == frozenset()


@pytest.mark.parametrize(
    ("rules", "repeats", "titles"),
    [
        ((), Repeats.MARK, [0, 1, 2]),
        ((), Repeats.HIDE, [1, 2]),
        ((NO_ROBOTS,), Repeats.MARK, [2]),
    ],
)
def test_the_terminals_preview_treats_repeats_as_a_push_does(
    database: Storage,
    publish: Publish,
    catalogue: Catalogue,
    converter: ScriptConverter,
    rules: tuple[Rule, ...],
    repeats: Repeats,
    titles: list[int],
) -> None:
    stored = publish(slot(8))
    renderer = EditionRenderer(database, catalogue, converter, time_zone=ZONE)
    (message,) = renderer.preview(
        stored,
        language=Language.EN,
        preferences=Preferences(repeats=repeats),
        rules=rules,
        seen=frozenset([stored.items[0].id]),
    )
    assert [number for number, entry in enumerate(NEWS) if entry.title in message.text] == titles
    assert ("seen before" in message.text) is (titles[0] == 0)
