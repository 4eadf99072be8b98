"""Reading a digest with all that is known: topics for its items, names learned from the files before it. Apart from
ingest because the reading process (`reading_ahead`) loads it, and that process needs no storage.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.core.digest import read_digest
from bot.core.links import handle_of
from bot.core.model import Digest, Reading
from bot.core.topics import TopicSet
from bot.services.bulk import uncollected


def read_labelled(
    data: bytes, topics: TopicSet, *, time_zone: ZoneInfo, authors: Mapping[str, Collection[str]] = {}
) -> Reading:
    """Read a file and give each item its topics. `authors` are the names known by handle."""
    return _labelled(read_digest(data, time_zone=time_zone, known_authors=authors), topics)


def _labelled(reading: Reading, topics: TopicSet) -> Reading:
    digest = reading.digest
    if digest is None:
        return reading
    labelled = tuple(
        replace(item, topics=topics.classify(item.title, item.body.text, digest.categories)) for item in digest.items
    )
    return replace(reading, digest=replace(digest, items=labelled))


class LabelledReader:
    """Reads one file after the other and learns from each who writes under which handle, for the headlines of the next.
    It can be sent to another process, which goes on where this one is."""

    def __init__(self, topics: TopicSet, *, time_zone: ZoneInfo, authors: Mapping[str, Collection[str]]) -> None:
        self._topics = topics
        self._time_zone = time_zone
        self._authors = {handle: set(names) for handle, names in authors.items()}

    def __reduce__(self) -> tuple[object, ...]:
        # Another thread may learn meanwhile: lists and tuples are made in one step, which a walk over a dict is not.
        authors = {handle: tuple(names) for handle, names in list(self._authors.items())}
        return _resumed, (self._topics, self._time_zone, authors)

    def read(self, files: Iterable[bytes]) -> list[Reading]:
        """Read and label files, and learn from each for the next."""
        with uncollected():
            return [_labelled(reading, self._topics) for reading in self._read(files)]

    def read_mostly(self, files: Sequence[bytes]) -> list[Reading]:
        """The same, but for the labels of some: the process that stores has less to do, and adds them by `go_on`."""
        with uncollected():
            readings = list(self._read(files))
            last = _labelled_first(readings)
            return [*(_labelled(reading, self._topics) for reading in readings[:last]), *readings[last:]]

    def go_on(self, readings: Sequence[Reading]) -> list[Reading]:
        """Finish what another reader has `read_mostly`, and learn from it."""
        with uncollected():
            for reading in readings:
                self._learn(reading.digest)
            last = _labelled_first(readings)
            return [*readings[:last], *(_labelled(reading, self._topics) for reading in readings[last:])]

    def _read(self, files: Iterable[bytes]) -> Iterator[Reading]:
        for data in files:
            reading = read_digest(data, time_zone=self._time_zone, known_authors=self._authors)
            self._learn(reading.digest)
            yield reading

    def _learn(self, digest: Digest | None) -> None:
        """Remember who writes under which handle."""
        for item in digest.items if digest else ():
            handle = handle_of(item.url) if item.url else None
            if handle and item.author:
                self._authors.setdefault(handle, set()).add(item.author)


def _labelled_first(readings: Sequence[Reading]) -> int:
    """How many of a batch the reading process labels. With these shares both processes are busy all the time."""
    return len(readings) * 7 // 10


def _resumed(topics: TopicSet, time_zone: ZoneInfo, authors: Mapping[str, Collection[str]]) -> LabelledReader:
    return LabelledReader(topics, time_zone=time_zone, authors=authors)
