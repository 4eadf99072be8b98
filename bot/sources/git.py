"""A git repository of digest files, pulled with the `git` command line: `git+https://host/repo#branch:subfolder`.

The clone is shallow and lives below the data folder; a failing pull is tried again with back-off, shown in health,
and what was read before stays.
"""

import asyncio
import hashlib
import logging
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from bot.errors import SettingsError, SourceError
from bot.sources.folder import FolderSource
from bot.sources.source import RawDigest, SourceHealth

_LOG = logging.getLogger(__name__)
_TIMEOUT_S = 120
_LONGEST_WAIT = timedelta(hours=1)
_FORM = re.compile(r"git\+(?P<url>(?:https|file)://[^#\s]+)(?:#(?P<branch>[\w./%@+-]*)(?::(?P<folder>[^\s]*))?)?")
_LOGIN = re.compile(r"//[^/\s']*@")
_QUERY = re.compile(r"(://[^\s'?#]*)\?[^\s'#]*")  # some servers take a token there
# A repository decides nothing here: no helper programs, no hooks, no links out of the clone, no stalled transfers.
_SAFETY = (
    *("-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=50"),
    *("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=30"),
)
_FROM_OUTSIDE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")  # set where git runs a hook
_LOCKS = ("index.lock", "shallow.lock", "HEAD.lock", "FETCH_HEAD.lock")


@dataclass(frozen=True, slots=True)
class GitAddress:
    """What a `git+…` setting names; `branch` empty means the repository's own default. Branch and folder are without
    the percent escapes by which a setting can hold blanks."""

    url: str
    branch: str
    folder: str

    @classmethod
    def parse(cls, text: str) -> "GitAddress":
        """Raises SettingsError with an example when the form is wrong or the subfolder leads out of the clone."""
        match = _FORM.fullmatch(text)
        folder = unquote(match["folder"] or "") if match else ""
        branch = unquote(match["branch"] or "") if match else ""
        outside = ".." in Path(folder).parts or Path(folder).is_absolute() or "\0" in folder
        if not match or outside or branch.startswith("-") or not branch.isprintable():
            raise SettingsError(
                "DIGESTBOT_DIGESTS",
                f"{_without_secrets(text)} is not a git source; example: git+https://example.org/news.git#main:content",
            )
        return cls(match["url"], branch, folder)

    @property
    def public(self) -> str:
        """The address without a password, for logs and health."""
        return _without_secrets(self.url)


def _without_secrets(text: str) -> str:
    """Text whose addresses show neither who logs in nor what a query holds."""
    return _QUERY.sub(r"\1?…", _LOGIN.sub("//", text))


class GitSource:
    """Digest files of one branch and subfolder. `pause` sleeps (injected); `every` is the time between pulls."""

    def __init__(
        self,
        address: GitAddress,
        clone: Path,
        *,
        every: timedelta,
        clock: Callable[[], datetime],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._address = address
        self._clone = clone
        self._every = every
        self._clock = clock
        self._pause = pause
        # Nobody else writes into the clone, so no file of it is ever half written when it is read.
        self._files = FolderSource(clone / address.folder, clock=clock, quiet=timedelta(0))
        self._program = shutil.which("git")
        self._ending = False
        self._running: subprocess.Popen[bytes] | None = None
        self._health = SourceHealth(self.name)

    @staticmethod
    def clone_name(address: GitAddress) -> str:
        """A folder name that stands for one repository and branch."""
        return hashlib.sha256(f"{address.url}#{address.branch}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The address without secrets, as in the setting."""
        return f"git+{self._address.public}#{self._address.branch}:{self._address.folder}"

    def health(self) -> SourceHealth:
        """The last pull's fault, if it failed, else that of a file."""
        return replace(self._health, fault=self._health.fault or self._files.health().fault)

    def holds(self, path: str) -> bool:
        """Whether the clone holds a file of this path."""
        return self._files.holds(path)

    def scan(self) -> Iterator[RawDigest]:
        """Pull, then every digest file. A failed pull raises SourceError only when there is no older clone to read."""
        try:
            self._pull()
        except SourceError:
            read_before = (self._clone / ".git" / "index").is_file() and self._folder.is_dir()
            if not read_before:
                raise
        for raw in self._files.scan():
            yield self._renamed(raw)

    async def changes(self) -> AsyncIterator[tuple[RawDigest, ...]]:
        """Pull again and again; what differs from the last look comes out."""
        failures = 0
        self._ending = False
        try:
            while True:
                await self._pause(self._wait(failures).total_seconds())
                try:
                    await asyncio.to_thread(self._pull)
                    group = await asyncio.to_thread(lambda: tuple(map(self._renamed, self._files.fresh())))
                except SourceError:
                    failures += 1
                    continue
                failures = 0
                if group:
                    yield group
        finally:
            self._ending = True
            if self._running is not None:  # the program ends: do not hold it up for a slow server
                self._running.kill()

    @property
    def _folder(self) -> Path:
        return self._clone / self._address.folder

    def _wait(self, failures: int) -> timedelta:
        """The usual time between pulls, doubled for each failure in a row up to an hour (or the usual, if longer)."""
        doubled: timedelta = self._every * 2 ** min(failures, 10)
        return min(doubled, max(_LONGEST_WAIT, self._every))

    def _renamed(self, raw: RawDigest) -> RawDigest:
        return replace(raw, source=self.name, shown=f"{self.name}/{raw.path}")

    def _pull(self) -> None:
        """Bring the clone up to date. Raises SourceError, which health shows too."""
        try:
            self._fetch()
            if not self._folder.is_dir():
                raise SourceError(f"{self._address.public}: there is no folder {self._address.folder} in it")
        except SourceError as error:
            if self._health.fault is None and not self._ending:  # once: a server can be away for days
                _LOG.warning("%s; what was read before stays, and it is tried again", error)
            self._health = replace(self._health, fault=str(error))
            raise
        if self._health.fault is not None:
            _LOG.info("%s: pulled again", self.name)
        self._health = SourceHealth(self.name, None, self._clock())

    def _fetch(self) -> None:
        if self._program is None:
            raise SourceError("git is not installed; install it, or use a folder as the source")
        if not (self._clone / ".git").is_dir():
            try:
                self._clone.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise SourceError(f"{self._clone}: cannot be made: {error.strerror}") from error
            self._git(self._program, "init", "--quiet")
        for lock in _LOCKS:  # left by a git that was killed; nobody else works in this clone
            with suppress(OSError):
                (self._clone / ".git" / lock).unlink()
        ref = self._address.branch or "HEAD"
        self._git(self._program, "fetch", "--quiet", "--depth=1", "--no-tags", "--", self._address.url, ref)
        self._git(self._program, "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")

    def _git(self, program: str, *words: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in _FROM_OUTSIDE}
        settled = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "https:file"}
        try:
            with subprocess.Popen(  # noqa: S603 - fixed words and a checked address, no shell
                [program, *_SAFETY, *words],
                cwd=self._clone,
                env={**kept, **settled, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            ) as running:
                self._running = running
                said = _said(running)
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = getattr(error, "strerror", None) or f"no answer within {_TIMEOUT_S} seconds"
            raise SourceError(f"{self._address.public}: git {words[0]} did not finish: {reason}") from error
        finally:
            self._running = None
        if running.returncode != 0:
            raise SourceError(f"{self._address.public}: git {words[0]} failed: {_fault(said)}")


def _said(running: "subprocess.Popen[bytes]") -> str:
    try:
        return running.communicate(timeout=_TIMEOUT_S)[1].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        running.kill()
        raise


def _fault(said: str) -> str:
    """The line of git's complaint that names the fault; what follows it is advice. Without any password."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = next((line for line in lines if line.startswith(("fatal:", "error:"))), None)
    return _without_secrets(fatal or (lines[-1] if lines else "no reason given"))
