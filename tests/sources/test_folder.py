"""A watched folder: what is a digest, what is left alone, and what happens while files come, change and go."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.digest import MAX_FILE_BYTES
from bot.errors import SettingsError, SourceError
from bot.sources import FolderSource, RawDigest, digest_files, open_source
from bot.sources.folder import is_digest_name
from tests.sources.waiting import until

NOW = datetime(2030, 1, 1, tzinfo=UTC)  # long after any file of a test was written
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # every file looks as if it were being written this moment
SOON = timedelta(milliseconds=60)


def source_of(folder: Path, *, now: datetime = NOW, sleep: Callable[[float], None] = lambda _: None) -> FolderSource:
    return FolderSource(folder, clock=lambda: now, quiet=SOON, rescan=SOON * 5, sleep=sleep)


def names(raws: object) -> list[str]:
    return [raw.path for raw in raws]  # type: ignore[attr-defined] # any iterable of RawDigest


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "A.MD", "2025-11-26 08.md", "摘要.md"])
def test_markdown_files_are_digests(name: str) -> None:
    assert is_digest_name(name)


@pytest.mark.parametrize("name", [".a.md", "~a.md", "#a.md", "a.md~", "a.txt", "a.md.swp", "md", "a.md.tmp"])
def test_hidden_and_temporary_files_are_not(name: str) -> None:
    assert not is_digest_name(name)


def test_a_folder_is_read_to_the_bottom_in_order_of_path(tmp_path: Path) -> None:
    for name in ("b.md", "a.markdown", "2025/11/c.md", ".git/d.md", "2025/.cache/e.md", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    found = list(source_of(tmp_path).scan())
    assert names(found) == ["2025/11/c.md", "a.markdown", "b.md"]
    assert [raw.data for raw in found] == [b"2025/11/c.md", b"a.markdown", b"b.md"]
    assert {raw.source for raw in found} == {str(tmp_path)}
    assert found[0].name == str(tmp_path / "2025/11/c.md")


def test_a_file_tells_when_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    os.utime(tmp_path / "a.md", (1_700_000_000, 1_700_000_000))
    (raw,) = source_of(tmp_path).scan()
    assert raw.modified == datetime.fromtimestamp(1_700_000_000, UTC)


def test_a_huge_file_costs_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 4)
    (raw,) = source_of(tmp_path).scan()
    assert len(raw.data) == MAX_FILE_BYTES + 1


def test_links_within_the_folder_are_followed_and_links_out_of_it_are_not(tmp_path: Path) -> None:
    folder, outside = tmp_path / "digests", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "a.md").write_text("inside")
    (outside / "secret.md").write_text("outside")
    (folder / "b.md").symlink_to(folder / "a.md")
    (folder / "c.md").symlink_to(outside / "secret.md")
    (folder / "d").symlink_to(outside, target_is_directory=True)
    assert names(source_of(folder).scan()) == ["a.md", "b.md"]


def test_a_folder_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert names(source_of(tmp_path / "link").scan()) == ["a.md"]


@pytest.mark.parametrize("target", ["nowhere.md", "loop.md"])
def test_a_link_that_leads_nowhere_is_named_in_health_and_stops_no_other(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "loop.md").symlink_to(tmp_path / target)
    source = source_of(tmp_path)
    assert names(source.scan()) == ["a.md"]
    assert (source.health().fault or "").startswith("loop.md: ")
    (tmp_path / "loop.md").unlink()
    assert names(source.fresh()) == []
    assert source.health().fault is None
    assert source.health().read_at == NOW


def test_a_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert names(source_of(tmp_path).scan()) == []


def test_a_file_that_vanishes_between_listing_and_reading_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "b.md").write_text("x")
    (tmp_path / "c.md").write_text("x")
    source = source_of(tmp_path)
    reading = source.scan()
    assert next(reading).path == "a.md"
    (tmp_path / "b.md").unlink()
    assert names(reading) == ["c.md"]
    assert source.health().fault == "b.md: No such file or directory"


def test_a_name_that_is_no_text_is_shown_as_well_as_may_be(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.md")).write_text("x")
    (raw,) = source_of(tmp_path).scan()
    assert raw.path == "\ufffd.md"


def test_a_missing_folder_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such folder; make it, or set DIGESTBOT_DIGESTS"):
        list(source_of(tmp_path / "none").scan())


def test_only_what_changed_since_the_last_look_is_fresh(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(name)
    source = source_of(tmp_path)
    list(source.scan())
    assert names(source.fresh()) == []
    (tmp_path / "b.md").write_text("longer than before")
    (tmp_path / "c.md").write_text("new")
    assert names(source.fresh()) == ["b.md", "c.md"]
    assert names(source.scan()) == ["a.md", "b.md", "c.md"]


def test_a_file_put_in_the_place_of_another_is_fresh_even_with_the_same_size_and_time(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    os.utime(tmp_path / "a.md", (1, 1))
    source = source_of(tmp_path)
    list(source.scan())
    (tmp_path / ".a.md").write_text("two")
    os.utime(tmp_path / ".a.md", (1, 1))
    (tmp_path / ".a.md").rename(tmp_path / "a.md")
    assert [raw.data for raw in source.fresh()] == [b"two"]


def test_a_scan_waits_for_files_that_are_being_written(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("half")
    waits: list[float] = []
    assert [raw.data for raw in source_of(tmp_path, now=LONG_AGO, sleep=waits.append).scan()] == [b"half"]
    assert waits == [SOON.total_seconds()]


def test_a_scan_leaves_a_file_that_is_still_growing_to_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("half")
    source = source_of(tmp_path, now=LONG_AGO, sleep=lambda _: path.write_text("half and more") and None)
    assert list(source.scan()) == []
    assert [raw.data for raw in source.fresh()] == [b"half and more"]


# Watching: over the real file system, waiting for what must come, never for how long it takes.


async def first_of(changes: AsyncIterator[tuple[RawDigest, ...]]) -> dict[str, bytes]:
    async with asyncio.timeout(20):
        return {raw.path: raw.data for raw in await anext(changes)}


async def begun(source: FolderSource) -> AsyncIterator[tuple[RawDigest, ...]]:
    await asyncio.to_thread(lambda: list(source.scan()))
    return source.changes()


@pytest.mark.parametrize("name", ["new.md", "folder/new.markdown"])
async def test_a_new_file_is_noticed(tmp_path: Path, name: str) -> None:
    (tmp_path / "old.md").write_text("old")
    changes = await begun(source_of(tmp_path))
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("new")
    assert await first_of(changes) == {name: b"new"}


async def test_a_file_renamed_into_its_place_is_noticed(tmp_path: Path) -> None:
    changes = await begun(source_of(tmp_path))
    (tmp_path / ".new.md").write_text("whole")
    (tmp_path / ".new.md").rename(tmp_path / "new.md")
    assert await first_of(changes) == {"new.md": b"whole"}


async def test_a_file_is_read_only_when_it_has_come_to_rest(tmp_path: Path) -> None:
    path = tmp_path / "new.md"
    changes = await begun(FolderSource(tmp_path, clock=lambda: LONG_AGO, quiet=timedelta(seconds=0.4), rescan=SOON))
    first = asyncio.create_task(first_of(changes))
    with path.open("a") as file:
        for _ in range(10):
            file.write("part ")
            file.flush()
            await asyncio.sleep(0.1)
    assert await first == {"new.md": b"part " * 10}


async def test_a_folder_that_goes_away_shows_in_health_and_is_watched_again_when_it_returns(tmp_path: Path) -> None:
    folder = tmp_path / "digests"
    folder.mkdir()
    (folder / "old.md").write_text("old")
    source = source_of(folder)
    first = asyncio.create_task(first_of(await begun(source)))
    await asyncio.sleep(0.1)
    folder.rename(tmp_path / "away")
    await until(lambda: source.health().fault is not None)
    assert "no such folder" in (source.health().fault or "")
    (tmp_path / "away").rename(folder)
    (folder / "new.md").write_text("new")
    assert await first == {"new.md": b"new"}
    assert source.health().fault is None


async def test_where_the_system_watches_no_more_folders_it_looks_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool | None] = []

    async def no_more(*_: object, force_polling: bool | None, **__: object) -> AsyncIterator[set[object]]:
        asked.append(force_polling)
        if not force_polling:
            raise OSError("OS file watch limit reached")
        (tmp_path / "new.md").write_text("new")
        yield set()

    # The limit is the kernel's; there is no other way to reach it in a test.
    monkeypatch.setattr("bot.sources.folder.watchfiles.awatch", no_more)
    assert await first_of(source_of(tmp_path).changes()) == {"new.md": b"new"}
    assert asked == [None, True]


# What a path on the command line means.


def test_a_file_named_outright_is_read_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "digest.txt").write_text("x")
    (file,) = digest_files(tmp_path / "digest.txt")
    raw = file.read()
    assert raw is not None
    assert (raw.path, raw.data, raw.name) == ("digest.txt", b"x", str(tmp_path / "digest.txt"))


def test_a_link_named_outright_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("x")
    (tmp_path / "b.md").symlink_to(tmp_path / "real" / "a.md")
    (file,) = digest_files(tmp_path / "b.md")
    raw = file.read()
    assert raw is not None
    assert (raw.source, raw.path, raw.name) == (str(tmp_path / "real"), "a.md", str(tmp_path / "b.md"))


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing: no such file or folder"):
        digest_files(tmp_path / "nothing")


# Which kind of source a setting means.


def opened(setting: str, tmp_path: Path) -> str:
    return open_source(setting, clones=tmp_path, every=timedelta(minutes=5), clock=lambda: NOW).name


def test_a_path_is_a_folder(tmp_path: Path) -> None:
    assert opened(str(tmp_path), tmp_path) == str(tmp_path)


@pytest.mark.parametrize("setting", ["https://example.org/news.git", "s3://bucket/news", "ssh://git@example.org/news"])
def test_other_addresses_are_refused_with_the_form_that_works(tmp_path: Path, setting: str) -> None:
    with pytest.raises(SettingsError, match=r"DIGESTBOT_DIGESTS: \w+:// is not understood; .*git\+https://"):
        opened(setting, tmp_path)
