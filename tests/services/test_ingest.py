"""From files to stored items and planned deliveries: what each kind of file becomes."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.services.ingest
from bot.clock import utc_now
from bot.core.model import ChatKind, Language, Place, StoredDigest, Verdict
from bot.core.query import parse_query
from bot.core.topics import TopicSet
from bot.services.figures import figures_of
from bot.services.ingest import OLDER_REVISION, SLOT_TAKEN, FileReport, Ingest, check_file, unreadable
from bot.services.looking import BATCH
from bot.sources import RawDigest
from bot.storage import Storage
from tests.conftest import NEWS, Entry, digest_text, slot

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Store = Callable[..., list[FileReport]]


def raw(text: str, path: str = "a.md", *, minutes: int = 0) -> RawDigest:
    return RawDigest("/digests", path, text.encode(), NOON + timedelta(minutes=minutes), f"/digests/{path}")


def digest(*titles: str, hour: int = 8, front: str = "") -> str:
    return digest_text(slot(hour), [Entry(title, f"{title}的内容。") for title in titles], front=front)


@pytest.fixture
def ingest(database: Storage, topics: TopicSet) -> Ingest:
    return Ingest(database, topics, time_zone=ZONE)


@pytest.fixture
def store(ingest: Ingest) -> Store:
    def stored(*raws: RawDigest, announce: bool = False) -> list[FileReport]:
        return ingest.store(raws, announce=announce, now=utc_now())

    return stored


@pytest.fixture
def reader(database: Storage) -> None:
    """Somebody who wants everything."""
    with database.writing() as tx:
        tx.subscribers.ensure(Place(1), kind=ChatKind.PRIVATE, title="r", language=Language.EN, now=utc_now())


def at(storage: Storage, hour: int = 8) -> StoredDigest:
    with storage.reading() as tx:
        found = tx.digests.find(slot(hour))
    assert found is not None
    return found


def titles(storage: Storage, hour: int = 8) -> list[str]:
    return [item.title for item in at(storage, hour).digest.items]


def announced(storage: Storage) -> int:
    with storage.reading() as tx:
        return tx.ledger.count_batches()


def codes(report: FileReport) -> list[str]:
    return [problem.code for problem in report.problems]


@pytest.mark.parametrize("spaced", [False, True])
def test_a_new_file_is_stored_with_topics(database: Storage, store: Store, spaced: bool) -> None:
    (report,) = store(raw(digest_text(slot(8), NEWS, spaced=spaced)))
    assert (report.verdict, report.stored) == (Verdict.ACCEPT, "new")
    assert [item.topics for item in at(database).digest.items] == [("models",), ("robotics",), ("open-source",)]


def test_the_same_bytes_are_unchanged_and_skipped(store: Store) -> None:
    store(raw(digest("one")))
    (report,) = store(raw(digest("one")), announce=True)
    assert (report.verdict, report.stored, report.digest, report.announced) == (Verdict.SKIP, "unchanged", None, 0)


def test_the_same_bytes_under_another_name_are_unchanged(store: Store) -> None:
    store(raw(digest("one")))
    (report,) = store(raw(digest("one"), "copy.md"))
    assert (report.verdict, report.stored, report.problems) == (Verdict.SKIP, "unchanged", ())


def test_a_corrected_file_keeps_the_ids_of_its_items(database: Storage, store: Store) -> None:
    store(raw(digest("first thing", "second thing", "third thing")))
    before = {item.item.title: item.id for item in at(database).items}
    (report,) = store(raw(digest("first thing", "second thing, corrected", "fourth thing")), announce=True)
    after = {item.item.title: item.id for item in at(database).items if not item.removed}
    assert (report.stored, report.announced) == ("updated", 0)
    assert after["first thing"] == before["first thing"]
    assert after["second thing, corrected"] == before["second thing"]
    assert at(database).revision == 2


def test_of_two_files_for_a_slot_the_later_wins_and_names_the_other(database: Storage, store: Store) -> None:
    store(raw(digest("old")))
    (report,) = store(raw(digest("new"), "b.md", minutes=5))
    assert (report.verdict, report.stored, codes(report)) == (Verdict.ACCEPT_WITH_WARNING, "updated", [SLOT_TAKEN])
    assert "a.md" in report.problems[-1].message
    assert titles(database) == ["new"]


def test_an_older_file_for_a_taken_slot_is_named_and_left_out(database: Storage, store: Store) -> None:
    store(raw(digest("new"), "b.md", minutes=5))
    (report,) = store(raw(digest("old")), announce=True)
    assert (report.verdict, report.stored, codes(report)) == (
        Verdict.ACCEPT_WITH_WARNING,
        "unchanged",
        [OLDER_REVISION],
    )
    assert titles(database) == ["new"]


def test_the_loser_wins_once_it_is_written_again_later(database: Storage, store: Store) -> None:
    store(raw(digest("new"), "b.md", minutes=5))
    store(raw(digest("old")))
    store(raw(digest("old, mended"), minutes=9))
    assert titles(database) == ["old, mended"]


def test_a_draft_is_skipped_until_it_is_none(database: Storage, store: Store) -> None:
    (draft,) = store(raw(digest("one", front="draft: true\n")), announce=True)
    assert (draft.verdict, draft.stored) == (Verdict.SKIP, None)
    assert [store(raw(digest("one", front="draft: false\n")))[0].stored, titles(database)] == ["new", ["one"]]


def test_a_published_digest_that_becomes_a_draft_stays_readable(database: Storage, store: Store) -> None:
    store(raw(digest("one")))
    store(raw(digest("one", front="draft: true\n")))
    assert titles(database) == ["one"]


def test_a_refused_file_is_told_each_time_and_listed_until_it_is_mended(database: Storage, store: Store) -> None:
    reports = [store(raw("no front matter"), raw(digest("one"), "b.md"))[0] for _ in range(2)]
    quarantine = [file.path for file in figures_of(database, now=utc_now()).quarantine]
    assert [report.verdict for report in reports] == [Verdict.REJECT] * 2
    assert all(report.refused and report.problems for report in reports)
    assert (quarantine, titles(database)) == (["a.md"], ["one"])
    store(raw(digest("mended", hour=12)))
    assert figures_of(database, now=utc_now()).quarantine == ()


@pytest.mark.usefixtures("reader")
def test_storing_and_planning_are_one_transaction(
    database: Storage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the power went off")

    with monkeypatch.context() as patched:
        patched.setattr(bot.services.ingest, "plan", crash)
        with pytest.raises(RuntimeError):
            store(raw(digest("one")), announce=True)
    with database.reading() as tx:
        assert (tx.digests.count(), tx.sources.find("/digests", "a.md"), tx.ledger.count_batches()) == (0, None, 0)
    assert store(raw(digest("one")), announce=True)[0].announced == 1


@pytest.mark.usefixtures("reader")
def test_only_what_is_announced_is_planned(database: Storage, store: Store) -> None:
    store(raw(digest("one")))
    assert announced(database) == 0
    assert store(raw(digest("two", hour=12), "b.md"), announce=True)[0].announced == 1
    assert announced(database) == 1


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(("newest", "expected"), [(0, []), (1, [20]), (2, [20, 16]), (9, [20, 16, 12, 8])])
@pytest.mark.parametrize("order", [(8, 12, 16, 20), (20, 8, 16, 12)])
def test_a_backlog_announces_the_newest_and_last_of_all(
    ingest: Ingest, order: Sequence[int], newest: int, expected: list[int]
) -> None:
    raws = [raw(digest(f"at {hour}", hour=hour), f"{hour}.md") for hour in order]
    bad = raw("broken", "bad.md")
    reports = list(ingest.store_backlog([bad, *raws], announce_newest=newest, now=utc_now))
    hours = [report.digest.slot.hour if report.digest else None for report in reports]
    told = [hour for hour, report in zip(hours, reports, strict=True) if report.announced]
    assert len(reports) == 5
    assert told == expected
    assert hours[5 - len(expected) :] == expected


@pytest.mark.usefixtures("reader")
def test_of_rivals_for_the_newest_slot_the_later_is_announced(database: Storage, ingest: Ingest) -> None:
    raws = [raw(digest("old", hour=8), "a.md"), raw(digest("new", "more"), "b.md", minutes=5)]
    reports = list(ingest.store_backlog(raws, announce_newest=1, now=utc_now))
    assert [(report.announced, report.stored) for report in reports] == [(1, "new"), (0, "unchanged")]
    assert titles(database) == ["new", "more"]


@pytest.mark.usefixtures("reader")
def test_known_slots_take_no_place_among_the_newest(ingest: Ingest, store: Store) -> None:
    store(raw(digest("known", hour=20), "20.md"))
    raws = [raw(digest("known, corrected", hour=20), "20.md", minutes=1), raw(digest("late", hour=12), "12.md")]
    reports = list(ingest.store_backlog(raws, announce_newest=1, now=utc_now))
    assert [(report.stored, report.announced) for report in reports] == [("updated", 0), ("new", 1)]


def test_a_backlog_that_is_interrupted_goes_on_where_it_was(database: Storage, ingest: Ingest) -> None:
    raws = [raw(digest(f"{n}", hour=n % 24), f"{n:03}.md", minutes=n) for n in range(BATCH + 70)]
    backlog = ingest.store_backlog(raws, announce_newest=0, now=utc_now)
    next(backlog)
    backlog.close()
    left = list(ingest.unseen("/digests", raws))
    assert len(left) == 70
    list(ingest.store_backlog(left, announce_newest=0, now=utc_now))
    assert list(ingest.unseen("/digests", raws)) == []


FILES = st.lists(
    st.builds(
        lambda path, hour, title, minutes, form: raw(form(digest(title, "又一条", hour=hour)), path, minutes=minutes),
        path=st.sampled_from(["a.md", "b.md", "c.md", "d.md", "e.md"]),
        hour=st.sampled_from([4, 8, 12, 16]),
        title=st.sampled_from(["开源模型", "机器人", "Old news"]),
        minutes=st.integers(0, 3),
        form=st.sampled_from(
            [str, str, str, str.strip, lambda _text: "broken", lambda text: f"---\ndraft: true{text[3:]}"]
        ),
    ),
    max_size=8,
)


def contents(storage: Storage) -> object:
    """All that files leave behind, but for the stories, which are found later where nothing is announced."""
    with storage.reading() as tx:
        digests = tx.digests.list_latest(100)
        heads = [tx.digests.head(digest.id) for digest in digests]
        files = [tx.sources.find("/digests", f"{letter}.md") for letter in "abcde"]
        hits = [
            tx.search.find(parse_query(word, today=NOON.date()), limit=100)
            for word in ("模型", "又一条", "Old", "Lin Wei")
        ]
        return (
            digests,
            heads,
            files,
            hits,
            tx.items.topic_counts(),
            tx.items.known_authors(),
        )


@given(first=FILES, second=FILES)
@settings(max_examples=25, deadline=None)
def test_files_stored_together_leave_what_files_stored_one_by_one_leave(
    empty_database: Path, topics: TopicSet, first: list[RawDigest], second: list[RawDigest]
) -> None:
    with TemporaryDirectory() as folder, ExitStack() as opened:
        paths = [shutil.copy(empty_database, Path(folder, name)) for name in ("together.db", "one-by-one.db")]
        together, single = (opened.enter_context(Storage.open(f"sqlite:///{path}")) for path in paths)
        # What is announced is planned digest by digest, so it takes the other way; nobody is there to read it.
        one_by_one = Ingest(single, topics, time_zone=ZONE)
        at_once = Ingest(together, topics, time_zone=ZONE)
        expected = [one_by_one.store(raws, announce=True, now=NOON) for raws in (first, second)]
        assert [at_once.store(raws, announce=False, now=NOON) for raws in (first, second)] == expected
        assert contents(together) == contents(single)


def test_names_seen_before_decide_where_a_headline_ends(database: Storage, store: Store) -> None:
    known = [Entry("A thing", "b", "Ann-Lee Ray", "https://x.com/annlee/status/1")]
    store(raw(digest_text(slot(8), known)))
    doubtful = digest_text(slot(12), [Entry("T", "b", "x", "https://x.com/annlee/status/2")])
    store(raw(doubtful.replace("[T - x]", "[About well-known things-Ann-Lee Ray]"), "b.md"))
    assert at(database, 12).digest.items[0].author == "Ann-Lee Ray"


def test_reports_print_as_the_contract_says(topics: TopicSet, store: Store) -> None:
    checked = check_file(raw(digest("one")), topics, time_zone=ZONE).to_json(with_stored=False)
    (ingested,) = store(raw(digest("one")))
    assert set(checked) == {"file", "verdict", "problems", "digest"}
    assert ingested.to_json(with_stored=True)["stored"] == "new"
    assert unreadable("x.md", "gone").to_json(with_stored=True)["verdict"] == "reject"
