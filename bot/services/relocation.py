"""Everything from one database into another, of the same engine or the other one. In a single transaction on the new
side: whatever goes wrong, even a kill, leaves it as empty as it was, and the move is simply begun again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.errors import StorageError
from bot.storage import Storage, Transaction


@dataclass(frozen=True, slots=True)
class Relocated:
    """How many rows of each table the new database holds, and how many items its search index."""

    tables: Mapping[str, int]
    indexed: int

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(self.tables.values())


def relocate(
    source: Storage, target: Storage, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Relocated:
    """Copy all that `source` holds at this instant into `target`, which must be empty, and count it there.

    The layouts of both are brought up to date. `progress` is told (done, total) rows; an item counts twice, for it is
    indexed anew. Raises StorageError, and then nothing was copied."""
    if source.address == target.address:
        raise StorageError(f"{target.address} is the database that is to be copied; name another one")
    source.upgrade()
    target.upgrade()
    with source.reading() as old, target.writing() as new:
        old.copying.freeze()
        new.copying.reserve()
        _refuse_occupied(new, target.address)
        wanted = old.copying.counts()
        total = sum(wanted.values()) + old.items.count()
        done = _copy_rows(old, new, wanted, lambda rows: progress(rows, total))
        new.copying.number_after(old.copying.numbering())
        indexed = new.search.reindex(lambda items, _: progress(done + items, total))
        _compare(wanted, new.copying.counts())
    target.optimise()
    return Relocated(wanted, indexed)


def _copy_rows(old: Transaction, new: Transaction, names: Iterable[str], tell: Callable[[int], None]) -> int:
    done = 0
    for name in names:
        for rows in old.copying.read(name):
            new.copying.write(name, rows)
            done += len(rows)
            tell(done)
    return done


def _refuse_occupied(new: Transaction, address: str) -> None:
    found = [f"{name} {count}" for name, count in new.copying.counts().items() if count]
    if found:
        raise StorageError(
            f"{address} is not empty ({', '.join(found)} rows); name a new database, or empty that one yourself"
        )


def _compare(wanted: Mapping[str, int], found: Mapping[str, int]) -> None:
    differing = [
        f"{name} has {found[name]} rows instead of {count}" for name, count in wanted.items() if found[name] != count
    ]
    if differing:
        raise StorageError(f"the copy is not complete and was undone: {', '.join(differing)}; try again")
