"""What every source of digests offers, whatever lies behind it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RawDigest:
    """One file as a source found it: `path` is unique within `source`; `modified` (aware) orders two files that
    claim the same slot. `data` is cut at one byte over the reader's limit, so that a huge file costs no memory;
    `shown` is how to name the file to people."""

    source: str
    path: str
    data: bytes
    modified: datetime
    shown: str = ""

    @property
    def name(self) -> str:
        """The file as people should see it named."""
        return self.shown or self.path


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is doing: the last fault in words (None when well) and when it last read without one."""

    name: str
    fault: str | None = None
    read_at: datetime | None = None


class Source(Protocol):
    """A place that holds digest files."""

    @property
    def name(self) -> str:
        """Its lasting name in the database: moving or renaming a source makes a new one."""

    def scan(self) -> Iterator[RawDigest]:
        """Every digest file that is there now, oldest path first. Raises SourceError if the place cannot be read."""

    def changes(self) -> AsyncIterator[tuple[RawDigest, ...]]:
        """Files that are new or changed since the last look, in groups that came together (an empty one: files went
        away); runs until cancelled."""

    def holds(self, path: str) -> bool:
        """Whether there is (still) a file of this path: what is gone needs no mending."""

    def health(self) -> SourceHealth:
        """How it is doing."""
