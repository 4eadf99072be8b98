"""A folder of digest files, watched: the everyday source. Recursive; `.md` and `.markdown`; hidden and temporary files
are passed over, and symbolic links that lead out of the folder are not followed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import watchfiles

from bot.core.digest import MAX_FILE_BYTES
from bot.errors import SourceError
from bot.sources.source import RawDigest, SourceHealth

SUFFIXES = (".md", ".markdown")
QUIET = timedelta(seconds=1)  # a file is read once nobody has written to it for this long: half a file is not read
RESCAN = timedelta(seconds=5)  # also look without being told: network folders tell nothing, and starts have blind spots
_GATHER_MS = 300  # changes that come this close together are looked at together
_STEP_MS = 100

State = tuple[int, int, int]
"""Time of writing (ns), size and inode of a file: what tells one version of it from another."""


def is_digest_name(name: str) -> bool:
    """Whether a file of this name is a digest: hidden files and editors' temporary ones are not."""
    return name.lower().endswith(SUFFIXES) and not name.startswith((".", "~", "#"))


@dataclass(frozen=True, slots=True)
class DigestFile:
    """A file below a folder; `shown` is how people name it."""

    root: Path
    path: Path
    shown: str

    def read(self) -> RawDigest | None:
        """Its bytes, or None if it is no plain file or a link out of the folder. Raises OSError."""
        # os.path, because Path.resolve tells of a loop of links by another error in each version of Python.
        real = Path(os.path.realpath(self.path, strict=True))
        if real.is_dir():
            os.scandir(real).close()  # a folder is listed as a file only to say why it cannot be looked into
        if not real.is_relative_to(os.path.realpath(self.root)) or not real.is_file():
            return None
        with real.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
            modified = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        name = readable(self.path.relative_to(self.root).as_posix())
        return RawDigest(readable(str(self.root.absolute())), name, data, modified, self.shown)


def readable(name: str) -> str:
    """A file's name as text that can be printed and stored: bytes that are no UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def digest_files(path: Path) -> list[DigestFile]:
    """What a path on the command line means: the file itself, whatever its name, or the digest files below a folder.
    A folder below that cannot be read is among them, so that it is reported. Raises SourceError when nothing has that
    name."""
    if path.is_dir():
        closed: list[Path] = []
        found = list(_walk(path, lambda error: closed.append(Path(error.filename))))
        return [DigestFile(path, file, readable(str(file))) for file in sorted(found + closed)]
    if not os.path.lexists(path):
        raise SourceError(f"{readable(str(path))}: no such file or folder")
    # A link that is named outright is meant: its target's folder is the root, so that it is followed.
    real = Path(os.path.realpath(path))
    return [DigestFile(real.parent, real, readable(str(path)))]


def _walk(root: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, onerror=on_error):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in names if is_digest_name(name))


class FolderSource:
    """Digest files below one folder. `clock` gives the present instant; a file younger than `quiet` is looked at twice,
    so long apart, before it is read (`sleep` waits, in the thread that scans)."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime],
        quiet: timedelta = QUIET,
        rescan: timedelta = RESCAN,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._root = folder
        self._clock = clock
        self._quiet = quiet
        self._rescan = rescan
        self._sleep = sleep
        self._poll: bool | None = None  # None: let the library decide
        self._health = SourceHealth(self.name)
        self._seen: dict[Path, State] = {}
        self._restless: dict[Path, State] = {}
        self._vanished = False

    @property
    def name(self) -> str:
        """The folder's absolute path."""
        return readable(str(self._root.absolute()))

    def holds(self, path: str) -> bool:
        """Whether there is (still) a file of this path."""
        return os.path.lexists(self._root / path)

    def health(self) -> SourceHealth:
        """The last fault, if the folder or a file of it could not be read."""
        return self._health

    def scan(self) -> Iterator[RawDigest]:
        """Every digest file below the folder, by path; those being written at this moment come last, or are left to
        `changes`. Raises SourceError if the folder is missing or unreadable."""
        self._seen, self._restless = {}, {}
        yield from self.fresh()
        if self._restless:
            self._sleep(self._quiet.total_seconds())
            yield from self.fresh()

    async def changes(self) -> AsyncIterator[tuple[RawDigest, ...]]:
        """Files new or written since the last look, once nobody writes to them any more; an empty group says that only
        files went away."""
        while True:
            try:
                async for _ in self._ticks():
                    async for group in self._settled():
                        yield group
            except (SourceError, FileNotFoundError) as error:  # away for a while: shown in health, looked for again
                fault = str(error) if isinstance(error, SourceError) else _gone(self._root)
                self._health = replace(self._health, fault=fault)
            except OSError:  # the system watches no more folders: look now and then instead
                self._poll = True
            await asyncio.sleep(self._quiet.total_seconds())

    def fresh(self) -> Iterator[RawDigest]:
        """Files that differ from what was read last and are at rest, by path; remembers them as read."""
        faults: list[str] = []
        states = self._states(faults)
        changed = {path: state for path, state in states.items() if self._seen.get(path) != state}
        resting = {path for path, state in changed.items() if self._rests(path, state)}
        self._restless = {path: state for path, state in changed.items() if path not in resting}
        for path in sorted(resting):
            try:
                raw = DigestFile(self._root, path, readable(str(path))).read()
            except OSError as error:
                faults.append(f"{readable(path.name)}: {error.strerror}")
                del states[path]  # so that it is tried again
                continue
            if raw is not None:
                yield raw
        self._vanished = any(path not in states for path in self._seen)
        self._seen = {path: state for path, state in states.items() if path not in self._restless}
        self._health = replace(self._health, fault=faults[0] if faults else None, read_at=self._clock())

    def _rests(self, path: Path, state: State) -> bool:
        if not self._quiet:
            return True
        written = datetime.fromtimestamp(state[0] / 1e9, UTC)
        return self._restless.get(path) == state or self._clock() - written >= self._quiet

    async def _ticks(self) -> AsyncIterator[object]:
        """Whenever something may have changed, and now and then anyway. Raises OSError when there is no folder."""
        yield None
        async for changes in watchfiles.awatch(
            self._root,
            watch_filter=lambda _change, path: is_digest_name(Path(path).name),
            debounce=_GATHER_MS,
            step=_STEP_MS,
            rust_timeout=round(self._rescan.total_seconds() * 1000),
            yield_on_timeout=True,
            force_polling=self._poll,
            ignore_permission_denied=True,
        ):
            yield changes

    async def _settled(self) -> AsyncIterator[tuple[RawDigest, ...]]:
        """Look until no file is being written any more."""
        while True:
            group = await asyncio.to_thread(lambda: tuple(self.fresh()))
            if group or self._vanished:
                yield group
            if not self._restless:
                return
            await asyncio.sleep(self._quiet.total_seconds())

    def _states(self, faults: list[str]) -> dict[Path, State]:
        """The state of every digest file below the folder; `faults` gets the folders below that cannot be read."""
        if not self._root.is_dir():
            raise SourceError(_gone(self._root))
        if not os.access(self._root, os.R_OK | os.X_OK):
            raise SourceError(f"{self.name}: the folder cannot be read; give this user the right to")
        states: dict[Path, State] = {}
        for path in _walk(self._root, lambda error: faults.append(f"{error.filename}: {error.strerror}")):
            try:
                state = path.stat()
            except OSError as error:
                with suppress(OSError):  # gone since it was listed, or a link that leads nowhere
                    path.lstat()
                    faults.append(f"{readable(path.name)}: {error.strerror}")
            else:
                states[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
        return states


def _gone(folder: Path) -> str:
    return f"{readable(str(folder))}: no such folder; make it, or set DIGESTBOT_DIGESTS to where digests are"
