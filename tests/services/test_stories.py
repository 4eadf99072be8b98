"""From digests to stories, and from stories to what a reader is shown."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import ChatKind, Language, Place, Rule, RuleAction, RuleKind
from bot.core.topics import TopicSet
from bot.services.ingest import FileReport, Ingest
from bot.services.stories import Stories
from bot.sources import RawDigest
from bot.storage import Edition, Storage
from tests.conftest import NEWS, Entry, digest_text, slot

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Store = Callable[..., list[FileReport]]

LARK = Entry(
    "青岚实验室开源 Lark 3",
    "青岚实验室放出语言模型 Lark 3 的权重，参数七十亿，采用 Apache 2.0 许可，可在一张16GB显卡上运行。",
    "青岚",
    "https://example.org/post/lark-3",
)
AGAIN = Entry(
    "Lark 3 来了：一张显卡就能跑的七十亿模型",
    "青岚的新模型 Lark 3 今天开放权重，七十亿参数，Apache 2.0 许可，16GB显卡就能运行，社区正在做量化。",
    "Mara Quill",
    "https://x.com/maraquill/status/31",
)
NEXT = Entry(
    "青岚发布 Lark 4",
    "青岚实验室发布语言模型 Lark 4，参数提高到一百二十亿，权重将于下月放出。",
    "青岚",
    "https://example.org/post/lark-4",
)
OTHER = Entry(
    "港口的机械臂学会叠箱子", "夜里的码头只剩机械臂，工人改做调度。", "陈一诺", "https://robots.example.org/dock/2026"
)
POINTER = Entry("值得一读", "旧文重温。", "Ola", "https://example.org/post/lark-3?utm_source=feed")


@pytest.fixture
def store(database: Storage, topics: TopicSet) -> Store:
    ingest = Ingest(database, topics, time_zone=ZoneInfo("Asia/Shanghai"))

    def stored(*entries: Entry, hour: int = 8, day: int = 21, announce: bool = False) -> list[FileReport]:
        text = digest_text(slot(hour, day), entries)
        raw = RawDigest("/digests", f"{day}-{hour}.md", text.encode(), NOON, "x.md")
        reports = ingest.store([raw], announce=announce, now=NOON)
        assert all(ingest.tell_stories())  # what was stored silently is told afterwards
        return reports

    return stored


def stories(storage: Storage) -> list[list[str]]:
    """The places of the items of each story: hour and number."""
    return [[f"{item.slot:%d.%H}#{item.number}" for item in story.items] for story in Stories(storage).list_since(None)]


def test_a_retold_item_joins_its_story(database: Storage, store: Store) -> None:
    store(OTHER, LARK)
    store(AGAIN, NEWS[0], hour=12)
    assert stories(database) == [["21.08#2", "21.12#1"]]


def test_one_digest_may_tell_a_story_twice(database: Storage, store: Store) -> None:
    store(LARK, OTHER, AGAIN)
    assert stories(database) == [["21.08#1", "21.08#3"]]


def test_another_version_is_another_story(database: Storage, store: Store) -> None:
    store(LARK)
    store(NEXT, hour=12)
    assert stories(database) == []


def test_files_may_arrive_in_any_order(database: Storage, store: Store) -> None:
    store(AGAIN, hour=12)
    store(LARK, hour=8)
    assert stories(database) == [["21.08#1", "21.12#1"]]


@pytest.mark.parametrize(("day", "found"), [(24, [["21.08#1", "24.08#1"]]), (25, [])])
def test_texts_are_compared_for_three_days(database: Storage, store: Store, day: int, found: list[list[str]]) -> None:
    store(LARK)
    store(AGAIN, day=day)
    assert stories(database) == found


def test_a_post_is_the_same_story_however_old(database: Storage, store: Store) -> None:
    store(LARK, day=1)
    store(POINTER, day=21)
    store(POINTER, day=28)
    assert stories(database) == [["01.08#1", "21.08#1", "28.08#1"]]


def test_a_link_that_one_digest_gives_twice_joins_nothing_later(database: Storage, store: Store) -> None:
    store(LARK, Entry("另一件事", "与上文无关的内容。", "Bo", LARK.url), day=1)
    store(POINTER)
    assert stories(database) == []


def test_an_item_that_belongs_to_two_stories_makes_them_one(database: Storage, store: Store) -> None:
    bridge = Entry(AGAIN.title, AGAIN.body, "Ola", "https://example.org/post/the-dock-story-of-the-year")
    store(Entry(OTHER.title, OTHER.body, "Ana", bridge.url))
    store(Entry("码头的事", "码头仍是老样子。", "Bo", bridge.url), LARK, hour=12)
    assert stories(database) == [["21.08#1", "21.12#1"]]
    store(bridge, hour=16)
    assert stories(database) == [["21.08#1", "21.12#1", "21.12#2", "21.16#1"]]


def test_a_correction_moves_an_item_to_the_story_it_now_tells(database: Storage, store: Store) -> None:
    store(LARK)
    store(AGAIN, hour=12)
    store(Entry(OTHER.title, OTHER.body, AGAIN.author, AGAIN.url), hour=12)
    assert stories(database) == []
    store(AGAIN, NEWS[0], hour=12)
    assert stories(database) == [["21.08#1", "21.12#1"]]


def test_the_item_a_story_began_with_keeps_it(database: Storage, store: Store) -> None:
    store(LARK)
    store(AGAIN, hour=12)
    store(Entry(LARK.title, LARK.body + "文档随后补上。", LARK.author, LARK.url), hour=8)
    assert stories(database) == [["21.08#1", "21.12#1"]]


def test_an_item_taken_out_matches_nothing_new(database: Storage, store: Store) -> None:
    store(LARK, OTHER)
    store(OTHER)
    store(AGAIN, hour=12)
    assert stories(database) == []


def test_what_was_undone_leaves_no_trace(database: Storage, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("bot.services.ingest.plan", fail)  # there is no other way to break a transaction at its end
        with pytest.raises(RuntimeError):
            store(LARK, announce=True)
    store(AGAIN, hour=12)
    assert stories(database) == []


def test_what_another_process_stored_is_known(database: Storage, store: Store, topics: TopicSet) -> None:
    store(OTHER)
    other = Ingest(database, topics, time_zone=ZoneInfo("Asia/Shanghai"))
    raw = RawDigest("/digests", "b.md", digest_text(slot(10), [LARK]).encode(), NOON, "b.md")
    other.store([raw], announce=False, now=NOON)
    store(AGAIN, hour=12)
    assert stories(database) == [["21.10#1", "21.12#1"]]


def test_all_stories_can_be_found_anew(database: Storage, store: Store) -> None:
    store(LARK, OTHER)
    store(AGAIN, hour=12)
    before = stories(database)
    with database.writing() as tx:
        tx.stories.clear()
    assert stories(database) == []
    assert list(Stories(database).rebuild()) == [2]
    assert stories(database) == before
    assert list(Stories(database).rebuild()) == [2]
    assert stories(database) == before


FOLLOW = Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "models")
MUTE = Rule(RuleAction.MUTE, RuleKind.TOPIC, "robotics")


def join(storage: Storage, chat_id: int, *rules: Rule) -> int:
    with storage.writing() as tx:
        subscriber, _ = tx.subscribers.ensure(
            Place(chat_id), kind=ChatKind.PRIVATE, title="r", language=Language.EN, now=NOON
        )
        for rule in rules:
            tx.rules.add(subscriber.id, rule, now=NOON)
        return subscriber.id


def edition_for(storage: Storage, reader: int, hour: int) -> Edition | None:
    """What a reader is to receive of the digest of an hour."""
    with storage.reading() as tx:
        found = tx.digests.find(slot(hour))
        assert found is not None
        editions = tx.ledger.list_editions(found.id)
        return next(
            (one for one in editions if any(reader in piece for _, piece in tx.stories.readers([one.id]))), None
        )


def numbers(storage: Storage, hour: int, ids: tuple[int, ...]) -> list[int]:
    with storage.reading() as tx:
        return [item.item.number for item in tx.items.get_many(ids)]


def test_who_takes_everything_is_told_what_they_saw(database: Storage, store: Store) -> None:
    early = join(database, 1)
    store(LARK, announce=True)
    late = join(database, 2)
    store(OTHER, AGAIN, hour=12, announce=True)
    marked, whole = edition_for(database, early, 12), edition_for(database, late, 12)
    assert marked is not None
    assert whole is not None
    assert numbers(database, 12, marked.item_ids) == [1, 2]
    assert numbers(database, 12, marked.seen) == [2]
    assert marked.complete
    assert (numbers(database, 12, whole.item_ids), whole.seen) == ([1, 2], ())


def test_who_chose_is_not_sent_a_story_again(database: Storage, store: Store) -> None:
    follower, muter = join(database, 1, FOLLOW), join(database, 2, MUTE)
    store(LARK, announce=True)
    store(NEWS[0], AGAIN, OTHER, hour=12, announce=True)
    followed, muted = edition_for(database, follower, 12), edition_for(database, muter, 12)
    assert followed is not None
    assert muted is not None
    assert (numbers(database, 12, followed.item_ids), followed.hidden) == ([1], 1)
    assert numbers(database, 12, followed.seen) == [2]  # left out, but not by a rule
    assert (numbers(database, 12, muted.item_ids), numbers(database, 12, muted.seen)) == ([1], [2])


def test_nothing_new_is_no_push_for_who_chose(database: Storage, store: Store) -> None:
    follower = join(database, 1, FOLLOW)
    store(LARK, announce=True)
    store(AGAIN, hour=12, announce=True)
    assert edition_for(database, follower, 12) is None


def test_what_was_never_pushed_was_never_seen(database: Storage, store: Store) -> None:
    reader = join(database, 1)
    store(LARK)
    store(AGAIN, hour=12, announce=True)
    edition = edition_for(database, reader, 12)
    assert edition is not None
    assert edition.seen == ()


def test_who_was_not_sent_the_item_has_not_seen_its_story(database: Storage, store: Store) -> None:
    robots = join(database, 1, Rule(RuleAction.FOLLOW, RuleKind.TOPIC, "robotics"))
    store(OTHER, LARK, announce=True)
    with database.writing() as tx:
        tx.rules.add(robots, FOLLOW, now=NOON)
    store(AGAIN, hour=12, announce=True)
    edition = edition_for(database, robots, 12)
    assert edition is not None
    assert numbers(database, 12, edition.item_ids) == [1]


def test_three_days_of_digests_are_held_and_no_more(database: Storage, store: Store) -> None:
    keeper = Stories(database)
    store(OTHER, LARK)
    store(NEWS[0], hour=12)
    assert list(keeper.rebuild()) == [2]
    assert len(keeper._index) == 3  # that memory is bounded cannot be seen from outside
    store(OTHER, day=26)
    list(keeper.rebuild())
    assert len(keeper._index) == 1


def test_a_backlog_is_stored_first_and_told_afterwards(database: Storage, topics: TopicSet) -> None:
    ingest = Ingest(database, topics, time_zone=ZoneInfo("Asia/Shanghai"))
    texts = {hour: digest_text(slot(hour), [LARK]).encode() for hour in (8, 12)}
    raws = [RawDigest("/digests", f"{hour}.md", text, NOON, "x.md") for hour, text in texts.items()]
    ingest.store(raws, announce=False, now=NOON)
    assert stories(database) == []
    assert list(ingest.tell_stories()) == [2]
    assert stories(database) == [["21.08#1", "21.12#1"]]
    assert list(ingest.tell_stories()) == []
