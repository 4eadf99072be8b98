"""Who receives pushes, and what is kept when they come and go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import ChatKind, Language, Place, Script, SubscriberState
from bot.core.topics import TopicSet
from bot.services.ingest import Ingest
from bot.services.subscriptions import Subscriptions, Visitor
from bot.sources import RawDigest
from bot.storage import Storage
from tests.conftest import digest_text, slot, subscriber_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOME = Visitor(Place(7), ChatKind.PRIVATE, "Ann", Language.ZH_HANT)


@pytest.fixture
def subscriptions(database: Storage) -> Subscriptions:
    return Subscriptions(database)


def test_subscribing_is_idempotent_and_adds_topics(subscriptions: Subscriptions) -> None:
    first = subscriptions.subscribe(HOME, topics=["models"], now=NOW)
    again = subscriptions.subscribe(HOME, topics=["robotics", "models"], now=NOW + timedelta(days=1))
    assert (first.state, first.preferences.script, first.since) == (SubscriberState.ACTIVE, Script.HANT, NOW)
    assert (again.id, again.since, [rule.value for rule in again.rules]) == (first.id, NOW, ["models", "robotics"])


def test_leaving_keeps_everything_and_is_idempotent(subscriptions: Subscriptions) -> None:
    subscriptions.subscribe(HOME, topics=["models"], now=NOW)
    assert [subscriptions.unsubscribe(HOME.place, now=NOW) for _ in range(2)] == [True, False]
    assert subscriptions.unsubscribe(Place(8), now=NOW) is False
    back = subscriptions.subscribe(HOME, now=NOW)
    assert (back.state, back.rules[0].value) == (SubscriberState.ACTIVE, "models")


def test_who_leaves_is_not_sent_what_was_planned_a_moment_ago(
    subscriptions: Subscriptions, database: Storage, topics: TopicSet
) -> None:
    subscriptions.subscribe(HOME, now=NOW)
    raw = RawDigest("folder", "a.md", digest_text(slot(8)).encode(), NOW)
    Ingest(database, topics, time_zone=ZoneInfo("Asia/Shanghai")).store([raw], announce=True, now=NOW)
    with database.writing() as tx:
        assert tx.ledger.expand(10, now=NOW) == 1
    subscriptions.unsubscribe(HOME.place, now=NOW)
    with database.writing() as tx:
        assert tx.ledger.claim(now=NOW, lease_until=NOW + timedelta(hours=1), limit=10) == []


def test_looking_around_does_not_subscribe(subscriptions: Subscriptions, database: Storage) -> None:
    subscriptions.follow_topic(HOME, "models", on=True, now=NOW)
    subscriptions.change(HOME, lambda wishes: replace(wishes, silent=True), now=NOW)
    subscriptions.set_language(HOME, Language.EN, now=NOW)
    known = subscriber_of(database, HOME.place)
    assert (known.state, known.language, known.preferences.silent) == (SubscriberState.PAUSED, Language.EN, True)
    subscriptions.follow_topic(HOME, "models", on=False, now=NOW)
    assert subscriber_of(database, HOME.place).rules == ()


def test_content_follows_the_language_into_its_script_unless_that_was_chosen_apart(
    subscriptions: Subscriptions, database: Storage
) -> None:
    subscriptions.set_language(HOME, Language.EN, now=NOW)
    assert subscriber_of(database, HOME.place).preferences.script is Script.HANS
    subscriptions.change(HOME, lambda wishes: replace(wishes, script=Script.HANT), now=NOW)
    subscriptions.set_language(HOME, Language.ZH_HANS, now=NOW)
    assert subscriber_of(database, HOME.place).preferences.script is Script.HANT


def test_a_change_starts_from_what_is_kept_at_that_moment(subscriptions: Subscriptions) -> None:
    first = subscriptions.change(HOME, lambda wishes: replace(wishes, min_items=3), now=NOW)
    second = subscriptions.change(HOME, lambda wishes: replace(wishes, silent=True), now=NOW)
    assert (first.min_items, second.min_items, second.silent) == (3, 3, True)
    assert subscriptions.change(HOME, lambda wishes: wishes, now=NOW) == second


def test_a_forum_topics_name_outlives_presses_that_do_not_tell_it(
    subscriptions: Subscriptions, database: Storage
) -> None:
    named = Visitor(Place(-100, 5), ChatKind.SUPERGROUP, "Readers › Robots", Language.EN)
    subscriptions.subscribe(named, now=NOW)
    subscriptions.follow_topic(replace(named, title="Readers"), "models", on=True, now=NOW)
    assert subscriber_of(database, named.place).title == "Readers › Robots"


def test_known_are_chats_with_pushes_even_if_the_bot_is_silenced(subscriptions: Subscriptions) -> None:
    group = Visitor(Place(-100), ChatKind.SUPERGROUP, "F", Language.EN)
    subscriptions.follow_topic(group, "models", on=True, now=NOW)
    assert not subscriptions.known(-100)
    subscriptions.subscribe(group, now=NOW)
    subscriptions.lost(-100, reason="restricted", now=NOW)
    assert subscriptions.known(-100)


def test_lost_and_returned_concern_all_places_of_a_chat(subscriptions: Subscriptions, database: Storage) -> None:
    places = [Place(-100, None), Place(-100, 5), Place(-100, 6)]
    for place in places:
        subscriptions.subscribe(Visitor(place, ChatKind.SUPERGROUP, "F", Language.EN), now=NOW)
    subscriptions.unsubscribe(places[2], now=NOW)
    assert subscriptions.lost(-100, reason="kicked", now=NOW) == 2
    assert subscriptions.returned(-100, now=NOW) == 2
    assert subscriptions.moved(-100, -200, now=NOW) == 3
    states = [subscriber_of(database, Place(-200, place.thread_id)).state for place in places]
    assert states == [SubscriberState.ACTIVE, SubscriberState.ACTIVE, SubscriberState.PAUSED]
