"""Readers get what they are owed when they want it: once, without repeats, never at night, never nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import Night, Place, Repeats, Rule, RuleAction, RuleKind, SubscriberState
from bot.core.topics import TopicSet
from bot.i18n import Catalogue
from bot.rendering.script import ScriptConverter
from bot.services.editions import EditionRenderer
from bot.services.pool import Pool
from bot.services.roundups import Made
from bot.services.scheduling import Scheduler
from bot.storage import Storage
from tests.conftest import Entry, slot
from tests.postgres import PostgresServer, postgres_server
from tests.services.schedule_kit import ZONE, Town, news
from tests.services.test_stories import AGAIN, LARK

__all__ = ["postgres_server"]

NIGHT = "22:00-07:00"
FOLLOW = Rule(RuleAction.FOLLOW, RuleKind.KEYWORD, "模型")


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path, topics: TopicSet) -> Iterator[Town]:
    """A town on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "town.db"
        path.write_bytes(empty_database.read_bytes())
        with Storage.open(f"sqlite:///{path}") as storage:
            yield Town(storage, topics)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    with Storage.open(url) as storage:
        storage.upgrade()
        yield Town(storage, topics)
    server.drop(url)


@pytest.fixture
def village(database: Storage, topics: TopicSet) -> Town:
    """A town on SQLite, for what the engine has no say in."""
    return Town(database, topics)


def test_a_day_comes_in_one_message_without_what_came_before(town: Town) -> None:
    reader = town.join(1, schedule=("daily 08:00", "daily 20:00"))
    town.at(2)
    town.publish(news(1), news(2))
    town.at(6)
    town.publish(news(3))
    town.at(8)
    town.at(12)
    town.publish(news(4))
    town.at(20, day=22)
    assert town.times(reader) == ["21 08:00", "21 20:00"]
    assert set(town.titles(reader)[0]) == {news(number).title for number in (1, 2, 3)}
    assert town.titles(reader)[1] == (news(4).title,)


@pytest.mark.parametrize("zone", ["America/New_York", "Antarctica/Troll", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_a_month_with_a_change_of_clocks_loses_doubles_and_disturbs_nothing(village: Town, zone: str) -> None:
    village.now = datetime(2026, 3, 8, tzinfo=UTC)
    wishes = (("daily 02:30", "daily 19:15"), ("each",), ("each", "daily 01:00"), ("weekly SUN 02:15",))
    readers = [village.join(key, schedule=wish, time_zone=zone, quiet="22:30-05:45") for key, wish in enumerate(wishes)]
    published = []
    for number in range(28 * 3):
        village.publish(news(number))
        published.append(news(number).title)
        village.advance(village.now + timedelta(hours=8))
    village.advance(village.now + timedelta(days=7))
    for reader in readers:
        assert sorted(title for titles in village.titles(reader) for title in titles) == sorted(published)
        clocks = [got.at.astimezone(ZoneInfo(zone)).time() for got in village.got[reader]]
        assert all(time(5, 45) <= clock < time(22, 30) for clock in clocks)
    assert len(village.got[readers[0]]) in {56, 57}
    assert len(village.got[readers[3]]) in {4, 5}


def test_who_is_new_gets_the_last_day_and_not_what_was_stored_silently(village: Town) -> None:
    village.at(4)
    village.publish(news(1))
    village.at(5)
    village.publish(news(2), announce=False)
    village.at(7)
    reader = village.join(1, schedule=("daily 08:00",))
    village.at(9)
    assert village.titles(reader) == [(news(1).title,)]


def test_nothing_new_is_no_message(village: Town) -> None:
    silent, choosy = village.join(1, schedule=("daily 08:00",)), village.join(2, FOLLOW, schedule=("daily 20:00",))
    village.at(9)
    village.publish(news(1))
    village.at(21)
    assert (village.times(silent), village.times(choosy)) == ([], [])
    village.at(9, day=22)
    assert village.times(silent) == ["22 08:00"]


def test_the_night_is_quiet_and_the_morning_brings_it_once(town: Town) -> None:
    reader, other = town.join(1, quiet=NIGHT), town.join(2)
    town.at(23)
    town.publish(LARK, news(1))
    town.at(3, day=22)
    town.publish(replace(AGAIN), news(2))
    town.at(12, day=22)
    town.publish(news(3))
    assert town.times(reader) == ["22 07:00", "22 12:00"]
    assert town.titles(reader)[0][0] == AGAIN.title  # told twice: first, and once
    assert set(town.titles(reader)[0]) == {AGAIN.title, news(1).title, news(2).title}
    assert town.times(other) == ["21 23:00", "22 03:00", "22 12:00"]
    assert town.got[reader][0].edition.roundup == "held 2026-11-22"


def test_a_schedule_within_the_night_moves_to_its_end(village: Town) -> None:
    reader = village.join(1, schedule=("daily 23:30", "daily 02:00"), quiet=NIGHT)
    village.at(12)
    village.publish(news(1))
    village.at(12, day=22)
    assert village.times(reader) == ["22 07:00"]


def test_a_night_may_be_silent_instead(village: Town) -> None:
    reader = village.join(1, quiet=NIGHT, night=Night.SILENT)
    village.at(23)
    village.publish(news(1))
    village.at(8, day=22)
    village.publish(news(2))
    assert [(got.when, got.silent) for got in village.got[reader]] == [("21 23:00", True), ("22 08:00", False)]


def test_a_late_broadcast_waits_for_the_morning_and_joins_the_rest(town: Town) -> None:
    reader = town.join(1, quiet=NIGHT)
    town.at(21, 59)
    town.publish(news(1), idle=True)
    town.now = slot(22) + timedelta(minutes=5)  # the deliverer was busy
    town.deliver()
    town.at(23)
    town.publish(news(2))
    town.at(9, day=22)
    assert town.times(reader) == ["22 07:00"]
    assert set(town.titles(reader)[0]) == {news(1).title, news(2).title}


def test_a_roundup_that_is_late_waits_as_it_is(village: Town) -> None:
    reader = village.join(1, schedule=("daily 21:59",), quiet=NIGHT)
    village.at(20)
    village.publish(news(1))
    village.now = slot(21) + timedelta(minutes=59)
    village.scheduler.plan_due()
    village.now = slot(22) + timedelta(minutes=1)
    village.deliver()
    assert village.times(reader) == []
    village.now = slot(7, 22)
    village.deliver()
    assert village.times(reader) == ["22 07:00"]


def test_too_little_waits_until_it_is_enough(town: Town) -> None:
    reader = town.join(1, min_items=3)
    for number in (1, 2, 3, 4):
        town.at(number)
        town.publish(news(number))
    town.at(6)
    town.publish(news(6), news(7), news(8))
    town.at(7)
    town.publish(news(9), news(10), news(11))
    assert town.times(reader) == ["21 03:00", "21 06:00", "21 07:00"]
    assert set(town.titles(reader)[0]) == {news(number).title for number in (1, 2, 3)}
    assert set(town.titles(reader)[1]) == {news(number).title for number in (4, 6, 7, 8)}
    assert town.got[reader][2].edition.roundup == ""


def test_too_little_for_a_day_waits_for_the_next(village: Town) -> None:
    reader = village.join(1, schedule=("daily 08:00",), min_items=3)
    for day in (21, 22, 23, 24, 25, 26, 27, 28, 29, 30):
        village.at(6, day=day)
        village.publish(news(day))
    village.at(9, day=30)
    assert village.times(reader) == ["23 08:00", "26 08:00", "29 08:00"]
    assert set(village.titles(reader)[2]) == {news(day).title for day in (27, 28, 29)}


def test_less_asked_for_brings_what_waits(village: Town) -> None:
    reader = village.join(1, min_items=5)
    village.at(1)
    village.publish(news(1), news(2))
    village.change(reader, min_items=2)
    village.work()
    assert village.times(reader) == ["21 01:00"]


def test_no_quiet_any_more_brings_what_was_held(village: Town) -> None:
    reader = village.join(1, quiet=NIGHT)
    village.at(23)
    village.publish(news(1))
    village.at(23, 30)
    village.change(reader)
    village.work()
    assert village.times(reader) == ["21 23:30"]


def test_each_digest_and_a_weekly_roundup_do_not_repeat_each_other(village: Town) -> None:
    reader = village.join(1, schedule=("each", "weekly SUN 08:00"), quiet="01:00-03:00")
    village.at(2)
    village.publish(news(1))
    village.at(12)
    village.publish(news(2))
    village.at(9, day=22)
    assert village.times(reader) == ["21 03:00", "21 12:00"]


def test_what_the_rules_hide_stays_hidden_and_is_counted(village: Town) -> None:
    mute = Rule(RuleAction.MUTE, RuleKind.KEYWORD, "1号消息")
    reader = village.join(1, mute, schedule=("daily 08:00",))
    village.at(4)
    village.publish(Entry("1号消息", "藏起来。"), news(22))
    village.at(8)
    assert village.titles(reader) == [(news(22).title,)]
    assert village.got[reader][0].edition.hidden == 1


def test_what_one_follows_comes_first_and_by_itself(village: Town) -> None:
    follower, other = village.join(1, FOLLOW, schedule=("daily 08:00",)), village.join(2, schedule=("daily 08:00",))
    village.at(4)
    village.publish(Entry("甲的消息", "没有。"), Entry("乙的新模型", "权重。"))
    village.at(8)
    assert village.titles(follower) == [("乙的新模型",)]
    assert village.got[follower][0].edition.hidden == 1
    assert len(village.titles(other)[0]) == 2


def test_more_than_anybody_reads_is_cut_and_counted(village: Town) -> None:
    reader = village.join(1, schedule=("daily 08:00",))
    for hour in (1, 2, 3):
        village.at(hour)
        village.publish(*(news(number + 100 * hour) for number in range(15)))
    village.at(8)
    (got,) = village.got[reader]
    assert (len(got.titles), got.edition.more) == (30, 15)
    village.at(9, day=22)
    assert len(village.got[reader]) == 1  # what had no room does not come again


def test_who_pauses_gets_nothing_and_no_flood_on_return(town: Town) -> None:
    reader = town.join(1, schedule=("each", "daily 08:00"), quiet=NIGHT)
    town.at(23)
    town.publish(news(1))
    with town.storage.writing() as tx:
        tx.subscribers.set_state(reader, SubscriberState.PAUSED, reason="unsubscribed", now=town.now)
    town.at(12, day=22)
    town.publish(news(2))
    town.at(13, day=22)
    with town.storage.writing() as tx:
        tx.subscribers.set_state(reader, SubscriberState.ACTIVE, now=town.now)
    town.work()
    town.at(23, day=22)
    town.publish(news(3))
    town.at(9, day=23)
    assert town.titles(reader) == [(news(3).title,)]


def test_who_was_blocked_is_owed_only_what_came_since(village: Town) -> None:
    reader = village.join(1, schedule=("daily 08:00",))
    village.at(1)
    with village.storage.writing() as tx:
        tx.subscribers.block_chat(1, reason="blocked", now=village.now)
    village.at(2)
    village.publish(news(1))
    village.at(7)
    with village.storage.writing() as tx:
        tx.subscribers.unblock_chat(1, now=village.now)
    village.at(7, 30)
    village.publish(news(2))
    village.at(9)
    assert village.titles(reader) == [(news(2).title,)]


def test_downtime_is_caught_up_with_once(town: Town) -> None:
    reader = town.join(1, schedule=("daily 08:00", "daily 20:00"))
    town.work()
    for day in (21, 22, 23):
        town.now = slot(6, day)
        town.publish(news(day), idle=True)
    town.now = slot(15, 23)
    town.work()
    town.work()
    assert town.times(reader) == ["23 15:00"]
    assert len(town.titles(reader)[0]) == 3


def test_a_crash_while_planning_neither_loses_nor_doubles(village: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = village.join(1, schedule=("daily 08:00",))
    village.at(6)
    village.publish(news(1))
    village.now = slot(8)
    with monkeypatch.context() as patch:
        patch.setattr("bot.storage.agendas.Agendas.put", lambda *_: 1 / 0)  # editions are written, agendas are not
        with pytest.raises(ZeroDivisionError):
            village.scheduler.plan_due()
    village.now = slot(8) + timedelta(minutes=3)
    village.work()
    assert village.times(reader) == ["21 08:03"]


def test_two_schedulers_plan_everybody_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = [town.join(number, schedule=("daily 08:00",)) for number in range(1, 8)]
    town.at(6)
    town.publish(news(1))
    town.now = slot(8)
    monkeypatch.setattr("bot.services.scheduling._PIECE", 2)
    second = Scheduler(town.storage, zone=ZONE, now=lambda: town.now)
    assert town.scheduler.plan_due() + second.plan_due() == 7
    town.deliver()
    assert [town.times(reader) for reader in readers] == [["21 08:00"]] * 7


def test_readers_who_chose_alike_share_an_edition(village: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.scheduling._PIECE", 2)
    readers = [village.join(number, schedule=("daily 08:00",), quiet=NIGHT) for number in range(1, 8)]
    village.at(6)
    village.publish(news(1))
    village.at(8)
    assert len({village.got[reader][0].edition.id for reader in readers}) == 1


def test_what_a_run_remembers_is_bounded_and_nobody_notices(village: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.scheduling._PIECE", 2)
    monkeypatch.setattr("bot.services.roundups._MOST_EDITIONS", 1)
    monkeypatch.setattr("bot.services.roundups._MOST_POOLS", 1)
    rules = [(Rule(RuleAction.MUTE, RuleKind.KEYWORD, news(22).title),), ()] * 4
    readers = [village.join(number, *own, schedule=("daily 08:00",)) for number, own in enumerate(rules, 1)]
    village.at(6)
    village.publish(news(22), news(2))
    village.at(8)
    assert [len(village.titles(reader)[0]) for reader in readers] == [1, 2] * 4
    made = Made(until=0, pools={(number,): Pool.__new__(Pool) for number in range(3)})
    made.shrink()
    assert list(made.pools) == [(2,)]


def test_a_story_of_a_roundup_is_not_told_again_by_a_digest(village: Town) -> None:
    sleeper, hider = village.join(1, quiet=NIGHT), village.join(2, quiet=NIGHT, repeats=Repeats.HIDE)
    village.at(23)
    village.publish(LARK, news(1))
    village.at(12, day=22)
    village.publish(AGAIN, news(2))
    assert [len(got.edition.seen) for got in village.got[sleeper]] == [0, 1]
    assert village.titles(hider)[1] == (news(2).title,)
    assert village.got[hider][1].edition.hidden == 0


def test_a_story_told_long_ago_is_not_told_by_a_roundup(village: Town) -> None:
    reader = village.join(1, schedule=("each", "daily 08:00"), quiet="04:00-06:00")
    village.at(1)
    village.publish(LARK)
    village.at(5, day=22)
    village.publish(replace(AGAIN, url=LARK.url), news(1))
    village.at(9, day=22)
    assert village.titles(reader) == [(LARK.title,), (news(1).title,)]


@pytest.mark.parametrize("chat", [1, 99])
def test_forgetting_and_moving_take_roundups_along(town: Town, chat: int) -> None:
    reader = town.join(1, schedule=("daily 08:00", "daily 09:00"), quiet="10:00-11:00")
    town.at(7)
    town.publish(news(1), news(2))
    town.at(8)
    with town.storage.writing() as tx:
        tx.subscribers.migrate_chat(1, 99, now=town.now)
        assert tx.subscribers.find(Place(99)) is not None
        tx.subscribers.forget(Place(chat))
        tx.subscribers.forget(Place(99))
        assert tx.agendas.find(reader) is None
        assert tx.ledger.counts_by_state() == {}


def test_a_roundup_is_drawn_and_stays_as_it_was_sent(
    village: Town, catalogue: Catalogue, converter: ScriptConverter
) -> None:
    reader = village.join(1, schedule=("daily 08:00",))
    village.at(4)
    village.publish(news(1))
    village.at(5)
    village.publish(news(2), news(3))
    village.at(8)
    edition = village.got[reader][0].edition
    drawn = EditionRenderer(village.storage, catalogue, converter, time_zone=ZONE).render(edition)
    (message,) = drawn.parts
    assert message.text.startswith("🌅 Your morning digest · 21 Nov 2026\n3 items from 2 digests\n\n1. ")
    assert drawn.layout[0].item_ids == edition.item_ids


def test_the_work_follows_the_readers_who_are_due(village: Town) -> None:
    for number in range(1, 40):
        village.join(number, schedule=(f"daily {8 + number % 2:02}:00",))
    village.work()
    with village.storage.writing() as tx:
        assert len(tx.agendas.take_due(now=slot(8), limit=100)) == 19
        assert tx.agendas.next_due() == slot(8)
