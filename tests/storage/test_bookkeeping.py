"""Source files with the quarantine, leases, and small facts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import ParseProblem, Severity, Verdict
from bot.storage import Lease, SourceFile, Storage
from tests.storage.conftest import NOW
from tests.storage.digests import at

FILE = SourceFile("folder", "a/x.md", "hash", Verdict.ACCEPT, (), at(), NOW)
BROKEN = SourceFile(
    "folder",
    "bad.md",
    "hash2",
    Verdict.REJECT,
    (ParseProblem(3, Severity.ERROR, "no-date", "没有日期"), ParseProblem(9, Severity.WARNING, "odd", "odd")),
    None,
    NOW,
)
LEASE = Lease("deliver", "me", "host", 100, NOW, NOW + timedelta(seconds=30))
LATER = NOW + timedelta(seconds=10)


def test_a_file_is_remembered_as_it_was_last_seen(storage: Storage) -> None:
    with storage.writing() as tx:
        tx.sources.record(FILE)
        tx.sources.record(BROKEN)
        tx.sources.record(replace(FILE, content_hash="new", seen_at=LATER))
    with storage.reading() as tx:
        assert tx.sources.find("folder", "a/x.md") == replace(FILE, content_hash="new", seen_at=LATER)
        assert tx.sources.find("folder", "bad.md") == BROKEN
        assert tx.sources.find("other", "bad.md") is None
        assert tx.sources.hashes("folder") == {"a/x.md": "new", "bad.md": "hash2"}


def test_refused_files_wait_in_quarantine_until_mended(storage: Storage) -> None:
    with storage.writing() as tx:
        tx.sources.record(FILE)
        tx.sources.record(BROKEN)
        assert tx.sources.list_quarantine() == [BROKEN]
        assert tx.sources.count_quarantine() == 1
        tx.sources.record(replace(BROKEN, verdict=Verdict.ACCEPT_WITH_WARNING))
        assert tx.sources.list_quarantine() == []
        assert tx.sources.count_quarantine() == 0


def test_files_of_one_slot_are_known(storage: Storage) -> None:
    twin = replace(FILE, path="b.md", seen_at=LATER)
    with storage.writing() as tx:
        for file in (FILE, twin, BROKEN):
            tx.sources.record(file)
        assert tx.sources.list_by_slot(at()) == [twin, FILE]
        tx.sources.remove("folder", "b.md")
        assert tx.sources.list_by_slot(at()) == [FILE]


def test_many_files_are_remembered_and_found_at_once(storage: Storage) -> None:
    with storage.writing() as tx:
        tx.sources.record_all([FILE, BROKEN, replace(FILE, source="other")])
        tx.sources.record_all([])
        assert tx.sources.find_many("folder", ["a/x.md", "bad.md", "new.md"]) == {"a/x.md": FILE, "bad.md": BROKEN}
        assert tx.sources.claimed([at(), at(12)]) == {at()}


def test_a_lease_belongs_to_one_until_released(storage: Storage) -> None:
    other = replace(LEASE, owner="other", pid=200)
    with storage.writing() as tx:
        assert tx.leases.acquire(LEASE, now=NOW, alive=lambda _pid: True) is None
        assert tx.leases.acquire(other, now=LATER, alive=lambda _pid: True) == LEASE
        assert tx.leases.find("deliver") == LEASE
        assert not tx.leases.release("deliver", "other")
        assert tx.leases.release("deliver", "me")
        assert tx.leases.find("deliver") is None
        assert tx.leases.acquire(other, now=LATER, alive=lambda _pid: True) is None


@pytest.mark.parametrize(
    ("change", "seconds", "alive", "taken"),
    [
        ({"pid": 200}, 10, True, False),
        ({"pid": 200}, 10, False, True),  # the holder is dead on this very host
        ({"pid": 200, "host": "elsewhere"}, 10, False, False),  # its pid means nothing here
        ({"pid": 200, "host": "elsewhere"}, 30, True, True),  # expired
        ({}, 10, True, True),  # our own pid under another owner: it was used again
        ({"owner": "me", "pid": 200}, 10, True, True),
    ],
)
def test_who_may_replace_a_holder(
    storage: Storage, change: dict[str, object], seconds: int, alive: bool, taken: bool
) -> None:
    now = NOW + timedelta(seconds=seconds)
    wanted = replace(LEASE, **{"owner": "other", "acquired": now, **change})  # type: ignore[arg-type] # handed on
    with storage.writing() as tx:
        tx.leases.acquire(LEASE, now=NOW, alive=lambda _pid: True)
        holder = tx.leases.acquire(wanted, now=now, alive=lambda _pid: alive)
        assert (holder is None) is taken
        assert tx.leases.find("deliver") == (wanted if taken else LEASE)


def test_a_lease_is_renewed_by_its_owner_only(storage: Storage) -> None:
    with storage.writing() as tx:
        tx.leases.acquire(LEASE, now=NOW, alive=lambda _pid: True)
        assert tx.leases.renew("deliver", "me", now=LATER, seconds=60)
        assert not tx.leases.renew("deliver", "other", now=LATER, seconds=60)
        held = tx.leases.find("deliver")
        assert held is not None
        assert held.expires == LATER + timedelta(seconds=60)


def test_facts_are_set_changed_and_removed(storage: Storage) -> None:
    with storage.writing() as tx:
        assert tx.meta.find("a") is None
        tx.meta.put("a", "1")
        tx.meta.put("a", "2")
        assert tx.meta.find("a") == "2"
        tx.meta.remove("a")
        tx.meta.remove("a")
        assert tx.meta.find("a") is None
