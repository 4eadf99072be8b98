"""The files digests came from: what was seen of each, so that unchanged ones are passed over and refused ones stay on a
list until they are mended.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select

from bot.core.model import ParseProblem, Severity, Verdict
from bot.storage.records import SourceFile
from bot.storage.statements import chunks, clean, insert
from bot.storage.tables import SOURCE_FILE

# Made once, as every file of a backlog asks these two.
_FIND = select(SOURCE_FILE).where(
    SOURCE_FILE.c.source == bindparam("in_source"), SOURCE_FILE.c.path == bindparam("at_path")
)
_BY_SLOT = (
    select(SOURCE_FILE)
    .where(SOURCE_FILE.c.slot == bindparam("at"))
    .order_by(SOURCE_FILE.c.seen_at.desc(), SOURCE_FILE.c.path)
)


class Sources:
    """Files of sources, by source key and path."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def _upsert(self) -> Any:
        statement = insert(self._connection, SOURCE_FILE)
        changed = {name: statement.excluded[name] for name in _CHANGING}
        return statement.on_conflict_do_update(index_elements=["source", "path"], set_=changed)

    def record(self, file: SourceFile) -> None:
        """Remember this look at a file in place of the last one."""
        self.record_all([file])

    def record_all(self, files: Sequence[SourceFile]) -> None:
        """Remember these looks at files in place of the last ones."""
        if files:
            self._connection.execute(self._upsert, [_columns(file) for file in files])

    def find(self, source: str, path: str) -> SourceFile | None:
        """The last look at one file."""
        row = self._connection.execute(_FIND, {"in_source": clean(source), "at_path": clean(path)}).first()
        return _file(row) if row else None

    def find_many(self, source: str, paths: Collection[str]) -> dict[str, SourceFile]:
        """The last looks at several files of a source, by path; files never seen are missing."""
        found: dict[str, SourceFile] = {}
        for chunk in chunks(sorted({clean(path) for path in paths})):
            query = select(SOURCE_FILE).where(SOURCE_FILE.c.source == clean(source), SOURCE_FILE.c.path.in_(chunk))
            found.update((row.path, _file(row)) for row in self._connection.execute(query))
        return {path: found[clean(path)] for path in paths if clean(path) in found}

    def hashes(self, source: str) -> dict[str, str]:
        """Path -> content hash of every file seen of a source: one read instead of one for each file of a backlog."""
        rows = self._connection.execute(
            select(SOURCE_FILE.c.path, SOURCE_FILE.c.content_hash).where(SOURCE_FILE.c.source == clean(source))
        )
        return {row.path: row.content_hash for row in rows}

    def list_by_slot(self, slot: datetime) -> list[SourceFile]:
        """Every file whose last look gave a digest of this slot, the latest seen first."""
        return [_file(row) for row in self._connection.execute(_BY_SLOT, {"at": slot})]

    def claimed(self, slots: Collection[datetime]) -> set[datetime]:
        """Which of these slots the last look at some file gave."""
        found: set[datetime] = set()
        for chunk in chunks(sorted(slots)):
            query = select(SOURCE_FILE.c.slot).where(SOURCE_FILE.c.slot.in_(chunk)).distinct()
            found.update(self._connection.execute(query).scalars())
        return found & set(slots)

    def list_quarantine(self, *, limit: int = 100) -> list[SourceFile]:
        """The files that are refused as they stand, the latest seen first."""
        rows = self._connection.execute(
            select(SOURCE_FILE)
            .where(SOURCE_FILE.c.verdict == Verdict.REJECT.value)
            .order_by(SOURCE_FILE.c.seen_at.desc(), SOURCE_FILE.c.path)
            .limit(limit)
        )
        return [_file(row) for row in rows]

    def count_quarantine(self) -> int:
        """How many files are refused as they stand."""
        query = select(func.count()).where(SOURCE_FILE.c.verdict == Verdict.REJECT.value)
        return self._connection.execute(query).scalar_one()

    def remove(self, source: str, path: str) -> None:
        """Forget a file that is no longer there; its digest stays readable."""
        self._connection.execute(
            delete(SOURCE_FILE).where(SOURCE_FILE.c.source == clean(source), SOURCE_FILE.c.path == clean(path))
        )


_CHANGING = ("content_hash", "verdict", "problems", "slot", "seen_at", "modified")


def _columns(file: SourceFile) -> dict[str, Any]:
    return {
        "source": clean(file.source),
        "path": clean(file.path),
        "content_hash": file.content_hash,
        "verdict": file.verdict.value,
        "problems": [[p.line, p.severity.value, p.code, clean(p.message)] for p in file.problems],
        "slot": file.slot,
        "seen_at": file.seen_at,
        "modified": file.modified,
    }


def _file(row: Row[Any]) -> SourceFile:
    return SourceFile(
        source=row.source,
        path=row.path,
        content_hash=row.content_hash,
        verdict=Verdict(row.verdict),
        problems=tuple(
            ParseProblem(line, Severity(severity), code, message) for line, severity, code, message in row.problems
        ),
        slot=row.slot,
        seen_at=row.seen_at,
        modified=row.modified,
    )
