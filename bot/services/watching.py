"""Sources kept in view: the backlog at the start, then whatever is new or changed, for as long as the bot runs."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.core.model import Severity
from bot.errors import DigestbotError, SourceError
from bot.services.ingest import FileReport, Ingest
from bot.sources import RawDigest, Source, SourceHealth
from bot.storage import Storage

_LOG = logging.getLogger(__name__)
_FLOOD = 24  # files that come at once are an archive being copied in, not news: only the newest are pushed
_AGAIN = timedelta(minutes=1)  # until a source that failed is looked at again


class Watcher:
    """Feeds ingest from the sources. `announced` is called after a plan was written, so that delivery wakes at once."""

    def __init__(
        self,
        sources: Sequence[Source],
        ingest: Ingest,
        *,
        catch_up: int,
        now: Callable[[], datetime],
        announced: Callable[[], None],
    ) -> None:
        self._sources = sources
        self._ingest = ingest
        self._catch_up = catch_up
        self._now = now
        self._announced = announced
        self._stopped = False

    def stop(self) -> None:
        """Take no further file: what runs in a thread cannot be cancelled, it must ask."""
        self._stopped = True

    def health(self) -> list[SourceHealth]:
        """How each source is doing."""
        return [source.health() for source in self._sources]

    async def run(self) -> None:
        """Watch all sources until cancelled."""
        async with asyncio.TaskGroup() as group:
            for source in self._sources:
                group.create_task(self._watch(source))

    async def _watch(self, source: Source) -> None:
        caught_up = False
        while True:
            try:
                await asyncio.to_thread(self._take_backlog if not caught_up else self._take_rest, source)
                caught_up = True
                await asyncio.to_thread(self._tidy, source)
                async for raws in source.changes():
                    await asyncio.to_thread(self._take_news, raws)
                    await asyncio.to_thread(self._tidy, source)
            except SourceError as error:
                if source.health().fault != str(error):  # else the source itself has said it, once
                    _LOG.error("%s", error)
            except DigestbotError as error:
                _LOG.error("%s", error)
            except Exception:
                _LOG.exception("source %s failed and is looked at again in a minute", source.name)
            await asyncio.sleep(_AGAIN.total_seconds())

    def _take_backlog(self, source: Source) -> None:
        """What came while the bot was down: the newest few are pushed, the rest is stored silently."""
        fresh = self._ingest.unseen(source.name, source.scan())
        self._log(self._ingest.store_backlog(fresh, announce_newest=self._catch_up, now=self._now))

    def _take_rest(self, source: Source) -> None:
        """What came while the source or the database failed us, but the bot was up: news, if late."""
        self._take_news(tuple(self._ingest.unseen(source.name, source.scan())))

    def _take_news(self, raws: Sequence[RawDigest]) -> None:
        """What came just now is pushed, unless it comes in such numbers that it cannot be news."""
        if len(raws) > _FLOOD:
            self._log(self._ingest.store_backlog(raws, announce_newest=self._catch_up, now=self._now))
        else:
            self._log(self._ingest.store(raws, announce=True, now=self._now()))

    def _tidy(self, source: Source) -> None:
        """What can wait until the news is on its way."""
        self._ingest.forget_gone(source.name, source.holds)
        for _ in self._ingest.tell_stories():
            if self._stopped:
                return

    def _log(self, reports: Iterator[FileReport] | Sequence[FileReport]) -> None:
        for report in reports:
            if self._stopped:
                return
            for problem in report.problems:
                level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
                _LOG.log(level, "%s:%s: %s (%s)", report.file, problem.line, problem.message, problem.code)
            if report.stored in {"new", "updated"}:
                _LOG.info("%s is stored (%s), planned for %s readers", report.file, report.stored, report.announced)
            if report.announced:
                self._announced()


def check_sources(sources: Sequence[Source], storage: Storage) -> None:
    """Refuse to start where nothing could ever be delivered: a folder is missing, or nothing is there and nothing was
    ever stored. Raises SourceError that says what to do."""
    empty = [source.name for source in sources if next(iter(source.scan()), None) is None]
    if len(empty) < len(sources):
        return
    with storage.reading() as tx:
        stored = tx.digests.count()
    if not stored:
        raise SourceError(
            f"{empty[0]}: no digest here yet; put a digest file (.md) in it, or set DIGESTBOT_DIGESTS to where they are"
        )
