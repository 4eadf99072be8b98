"""A git repository as a source: pulled over and over, and never trusted with more than its files."""

import asyncio
import logging
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import SettingsError, SourceError
from bot.sources import GitSource, RawDigest, open_source
from bot.sources.git import GitAddress
from tests.sources.waiting import until

NOW = datetime(2030, 1, 1, tzinfo=UTC)
WHO = ("-c", "user.name=Publisher", "-c", "user.email=publisher@example.org", "-c", "commit.gpgsign=false")


class Repository:
    """A publisher's repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> None:
        subprocess.run(["git", *WHO, *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self, **files: str) -> None:
        """Write files, named with `__` for `/` and without `.md`, and commit them."""
        for name, text in files.items():
            path = self.folder / (name.replace("__", "/") + ".md")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=digests")

    def address(self, rest: str = "") -> str:
        return f"git+file://{self.folder}{rest}"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "news")
    made.commit(a="one", content__b="two")
    return made


class Source:
    """A source over a repository; each wait for the next pull is noted and ends when the test says so."""

    def __init__(self, clone: Path, address: str, minutes: float = 5) -> None:
        self.waits: list[float] = []
        self.go = asyncio.Semaphore(0)
        self.git = GitSource(
            GitAddress.parse(address), clone, every=timedelta(minutes=minutes), clock=lambda: NOW, pause=self._pause
        )

    async def _pause(self, seconds: float) -> None:
        self.waits.append(seconds / 60)
        await self.go.acquire()

    async def waited(self, times: int) -> None:
        await until(lambda: len(self.waits) >= times)


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    return lambda address, **wish: Source(tmp_path / "clones" / "news", address, **wish)


def texts(raws: object) -> dict[str, bytes]:
    return {raw.path: raw.data for raw in raws}  # type: ignore[attr-defined] # any iterable of RawDigest


async def next_of(changes: AsyncIterator[tuple[RawDigest, ...]]) -> dict[str, bytes]:
    async with asyncio.timeout(20):
        return texts(await anext(changes))


def test_all_digests_of_the_default_branch_are_read(repository: Repository, source: Callable[..., Source]) -> None:
    git = source(repository.address()).git
    raws = list(git.scan())
    assert texts(raws) == {"a.md": b"one", "content/b.md": b"two"}
    assert {raw.source for raw in raws} == {git.name}
    assert raws[0].name == f"{git.name}/a.md"
    assert (git.health().fault, git.health().read_at) == (None, NOW)


def test_a_branch_and_a_subfolder_narrow_it(repository: Repository, source: Callable[..., Source]) -> None:
    repository.git("checkout", "--quiet", "-b", "daily/news")
    repository.commit(content__c="three")
    repository.git("checkout", "--quiet", "main")
    found = texts(source(repository.address("#daily/news:content")).git.scan())
    assert found == {"b.md": b"two", "c.md": b"three"}


@pytest.mark.parametrize("folder", ["sub%20folder", "sub%20f%6Flder/"])
def test_a_subfolder_with_blanks_is_written_with_percent_escapes(
    repository: Repository, source: Callable[..., Source], folder: str
) -> None:
    repository.commit(**{"sub folder__c": "three"})
    assert texts(source(repository.address(f"#main:{folder}")).git.scan()) == {"c.md": b"three"}


def test_the_default_branch_need_not_be_the_main_one(repository: Repository, source: Callable[..., Source]) -> None:
    repository.git("checkout", "--quiet", "-b", "other")
    repository.commit(c="three")
    assert "c.md" in texts(source(repository.address("#:")).git.scan())


async def test_a_pull_brings_what_was_committed_since(repository: Repository, source: Callable[..., Source]) -> None:
    watched = source(repository.address())
    list(watched.git.scan())
    changes = watched.git.changes()
    repository.commit(c="three", a="one, corrected")
    watched.go.release()
    assert await next_of(changes) == {"a.md": b"one, corrected", "c.md": b"three"}
    assert watched.waits == [5]


async def test_a_rewritten_history_is_followed(repository: Repository, source: Callable[..., Source]) -> None:
    watched = source(repository.address())
    list(watched.git.scan())
    repository.git("commit", "--quiet", "--amend", "--message=again", "--allow-empty")
    repository.commit(c="three")
    watched.go.release()
    assert await next_of(watched.git.changes()) == {"c.md": b"three"}


async def test_a_failing_pull_is_tried_again_ever_more_slowly_and_shows_in_health(
    repository: Repository, source: Callable[..., Source]
) -> None:
    watched = source(repository.address(), minutes=15)
    list(watched.git.scan())
    repository.folder.rename(repository.folder.with_name("away"))
    changed = asyncio.create_task(next_of(watched.git.changes()))
    await watched.waited(1)
    for times in (2, 3, 4):
        watched.go.release()
        await watched.waited(times)
    assert watched.waits == [15, 30, 60, 60]
    assert "git fetch failed: fatal:" in (watched.git.health().fault or "")
    repository.folder.with_name("away").rename(repository.folder)
    repository.commit(c="three")
    watched.go.release()
    assert await changed == {"c.md": b"three"}
    assert watched.git.health().fault is None


async def test_a_failing_pull_is_logged_when_it_begins_and_when_it_is_over(
    repository: Repository, source: Callable[..., Source], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watched = source(repository.address())
    list(watched.git.scan())
    repository.folder.rename(repository.folder.with_name("away"))
    changed = asyncio.create_task(next_of(watched.git.changes()))
    await watched.waited(1)
    for times in (2, 3):
        watched.go.release()
        await watched.waited(times)
    repository.folder.with_name("away").rename(repository.folder)
    repository.commit(c="three")
    watched.go.release()
    await changed
    said = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "bot.sources.git"]
    assert [level for level, _ in said] == ["WARNING", "INFO"]
    assert "git fetch failed: fatal:" in said[0][1]
    assert said[1][1] == f"{watched.git.name}: pulled again"


async def test_after_a_good_pull_the_usual_time_passes(repository: Repository, source: Callable[..., Source]) -> None:
    watched = source(repository.address(), minutes=1)
    repository.folder.rename(repository.folder.with_name("away"))
    task = asyncio.create_task(next_of(watched.git.changes()))
    await watched.waited(1)
    watched.go.release()
    await watched.waited(2)
    repository.folder.with_name("away").rename(repository.folder)
    watched.go.release()
    assert "a.md" in await task
    assert watched.waits == [1, 2]


def test_what_was_read_before_stays_when_a_pull_fails(repository: Repository, source: Callable[..., Source]) -> None:
    list(source(repository.address()).git.scan())
    repository.folder.rename(repository.folder.with_name("away"))
    again = source(repository.address()).git
    assert texts(again.scan()) == {"a.md": b"one", "content/b.md": b"two"}
    assert "git fetch failed" in (again.health().fault or "")


def test_a_pull_goes_on_after_a_git_that_was_killed(
    repository: Repository, source: Callable[..., Source], tmp_path: Path
) -> None:
    list(source(repository.address()).git.scan())
    (tmp_path / "clones" / "news" / ".git" / "index.lock").touch()
    (tmp_path / "clones" / "news" / ".git" / "shallow.lock").touch()
    repository.commit(c="three")
    assert "c.md" in texts(source(repository.address()).git.scan())


@pytest.mark.parametrize(
    ("rest", "fault"),
    [("#nowhere", "git fetch failed: fatal:"), ("#main:nowhere", "there is no folder nowhere in it")],
)
def test_a_branch_or_folder_that_is_not_there_is_said(
    repository: Repository, source: Callable[..., Source], rest: str, fault: str
) -> None:
    git = source(repository.address(rest)).git
    with pytest.raises(SourceError, match=fault):
        list(git.scan())
    assert fault in (git.health().fault or "")


def test_links_in_a_repository_lead_nowhere(
    repository: Repository, source: Callable[..., Source], tmp_path: Path
) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (repository.folder / "link.md").symlink_to(tmp_path / "secret.md")
    repository.commit()
    assert texts(source(repository.address()).git.scan())["link.md"] == str(tmp_path / "secret.md").encode()


def test_hooks_of_the_operators_templates_do_not_run(
    repository: Repository, source: Callable[..., Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "template" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "template"))
    list(source(repository.address()).git.scan())
    assert not (tmp_path / "ran").exists()


def test_another_repository_named_in_the_environment_is_left_alone(
    repository: Repository, source: Callable[..., Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert "a.md" in texts(source(repository.address()).git.scan())
    assert not (tmp_path / "elsewhere").exists()


def test_without_git_it_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    git = GitSource(GitAddress.parse(repository.address()), tmp_path / "c", every=timedelta(1), clock=lambda: NOW)
    with pytest.raises(SourceError, match="git is not installed"):
        list(git.scan())


def fake_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program named git first on the path."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("address", ["reader:hush@example.org/news.git", "r:x@hush@example.org/news.git?key=hush"])
def test_a_password_is_in_no_name_no_health_no_log_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    said = f"fatal: unable to access 'https://{address}/': refused"
    fake_git(tmp_path / "bin", f'echo "{said}" >&2; exit 128', monkeypatch)
    git = Source(tmp_path / "c", f"git+https://{address}#main").git
    with pytest.raises(
        SourceError, match=r"https://example\.org/news\.git.*: git init failed: fatal: unable"
    ) as caught:
        list(git.scan())
    assert "refused" in caplog.text
    assert "hush" not in f"{caught.value} {git.name} {git.health()} {caplog.text}"


async def test_a_slow_server_does_not_hold_up_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path / "bin", f"touch {tmp_path / 'begun'}; exec sleep 600", monkeypatch)
    watched = Source(tmp_path / "c", "git+https://example.org/news.git")
    task = asyncio.create_task(next_of(watched.git.changes()))
    watched.go.release()
    await until((tmp_path / "begun").exists)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: watched.git.health().fault is not None)
    assert "git init failed" in (watched.git.health().fault or "")


def test_a_git_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path / "bin", "exec sleep 600", monkeypatch)
    monkeypatch.setattr("bot.sources.git._TIMEOUT_S", 0.1)  # nobody waits two minutes in a test
    with pytest.raises(SourceError, match="git init did not finish: no answer within"):
        list(Source(tmp_path / "c", "git+https://example.org/news.git").git.scan())


def test_a_clone_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be made"):
        list(Source(tmp_path / "file" / "clone", "git+https://example.org/news.git").git.scan())


@pytest.mark.parametrize(
    "setting",
    [
        "git+ext::sh -c touch% /tmp/x",
        "git+http://example.org/news.git",
        "git+ssh://git@example.org/news.git",
        "git+--upload-pack=touch",
        "git+https://example.org/news.git#--upload-pack=x",
        "git+https://example.org/news.git#-x",
        "git+https://example.org/news.git#main:../..",
        "git+https://example.org/news.git#main:/etc",
        "git+https://example.org/news.git#main:%2Fetc",
        "git+https://example.org/news.git#main:a/%2e%2e/%2e%2e",
        "git+https://example.org/news.git#%2d-upload-pack",
        "git+https://example.org/news.git#main:a%00b",
        "git+https://example.org/news.git#a b",
        "git+",
    ],
)
def test_what_could_be_more_than_an_address_is_refused(setting: str) -> None:
    with pytest.raises(SettingsError, match=r"DIGESTBOT_DIGESTS: .* is not a git source; example: git\+https://"):
        GitAddress.parse(setting)


def test_a_refused_address_keeps_its_password_to_itself() -> None:
    with pytest.raises(SettingsError) as caught:
        GitAddress.parse("git+http://reader:hush@example.org/news.git")
    assert "hush" not in str(caught.value)


def test_a_setting_opens_a_clone_of_its_own_for_each_repository_and_branch(tmp_path: Path) -> None:
    settings = ["git+https://example.org/a", "git+https://example.org/a#x", "git+https://example.org/b"]
    addresses = [GitAddress.parse(setting) for setting in settings]
    assert len({GitSource.clone_name(address) for address in addresses}) == 3
    opened = open_source(settings[1], clones=tmp_path, every=timedelta(minutes=1), clock=lambda: NOW)
    assert opened.name == "git+https://example.org/a#x:"
