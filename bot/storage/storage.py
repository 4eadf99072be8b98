"""The database as the rest of the program sees it: open it, bring it up to date, read and write in transactions.

Everything is synchronous; the asynchronous side crosses over with `asyncio.to_thread`. A `Storage` may be shared by any
number of threads, a `Transaction` belongs to the thread that opened it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Self

from sqlalchemy import URL, Connection, Engine

from bot.storage import schema
from bot.storage.agendas import Agendas
from bot.storage.copying import Copying
from bot.storage.corrections import Corrections
from bot.storage.digests import Digests
from bot.storage.engine import WRITES, make_engine, parse_url, translated
from bot.storage.importing import Importer
from bot.storage.items import Items
from bot.storage.leases import Leases
from bot.storage.ledger import Ledger
from bot.storage.managers import Managers
from bot.storage.meanings import Meanings
from bot.storage.meta import Meta
from bot.storage.phrases import Phrases
from bot.storage.planning import Planning
from bot.storage.received import Received
from bot.storage.roundups import Roundups
from bot.storage.rules import Rules
from bot.storage.saved import Saved
from bot.storage.search import Search
from bot.storage.sources import Sources
from bot.storage.stories import Stories
from bot.storage.subscribers import Subscribers
from bot.storage.vocabulary import Vocabulary


class Transaction:
    """One unit of work on one connection, seen as a set of repositories. Ends when its `with` block does: committed, or
    undone if the block raises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def digests(self) -> Digests:
        """Digests as a whole: storing, correcting, finding by slot."""
        return Digests(self._connection, search=self.search)

    @cached_property
    def items(self) -> Items:
        """Items by id, topic, category, author and time; counts over them."""
        return Items(self._connection)

    @cached_property
    def phrases(self) -> Phrases:
        """Texts too long for buttons."""
        return Phrases(self._connection)

    @cached_property
    def stories(self) -> Stories:
        """Items that tell the same thing."""
        return Stories(self._connection)

    @cached_property
    def meanings(self) -> Meanings:
        """Items as vectors."""
        return Meanings(self._connection)

    @cached_property
    def search(self) -> Search:
        """The full-text index."""
        return Search(self._connection)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The archive's names and words."""
        return Vocabulary(self._connection)

    @cached_property
    def subscribers(self) -> Subscribers:
        """Readers, their state and preferences."""
        return Subscribers(self._connection, rules=self.rules)

    @cached_property
    def rules(self) -> Rules:
        """What readers follow and mute."""
        return Rules(self._connection)

    @cached_property
    def importer(self) -> Importer:
        """Readers in bulk."""
        return Importer(self._connection)

    @cached_property
    def saved(self) -> Saved:
        """Bookmarks."""
        return Saved(self._connection)

    @cached_property
    def managers(self) -> Managers:
        """Who manages which chat."""
        return Managers(self._connection)

    @cached_property
    def received(self) -> Received:
        """What readers were sent, by items."""
        return Received(self._connection)

    @cached_property
    def planning(self) -> Planning:
        """What the planner reads: terms, postings, and the stream of readers."""
        return Planning(self._connection)

    @cached_property
    def agendas(self) -> Agendas:
        """What readers are owed, and when."""
        return Agendas(self._connection)

    @cached_property
    def roundups(self) -> Roundups:
        """What roundups are made of."""
        return Roundups(self._connection)

    @cached_property
    def ledger(self) -> Ledger:
        """Editions and deliveries."""
        return Ledger(self._connection, subscribers=self.subscribers)

    @cached_property
    def corrections(self) -> Corrections:
        """Messages already sent that a correction of their digest has made out of date."""
        return Corrections(self._connection)

    @cached_property
    def sources(self) -> Sources:
        """The files digests came from, and the quarantine."""
        return Sources(self._connection)

    @cached_property
    def leases(self) -> Leases:
        """Who may do what only one process may do."""
        return Leases(self._connection)

    @cached_property
    def copying(self) -> Copying:
        """Whole tables, for a move to another database."""
        return Copying(self._connection)

    @cached_property
    def meta(self) -> Meta:
        """Small facts about the database."""
        return Meta(self._connection)


class Storage:
    """An open database. Use `Storage.open`; close it, or use it as a context manager."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url = url
        self._engine = engine
        self._writing_engine = engine.execution_options(**{WRITES: True})
        # SQLite lets one connection write at a time; waiting here is 10 times quicker than in its busy handler.
        self._writer = threading.Lock()

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database at `sqlite:///path` or `postgresql://…` and try whether it can be written.

        Raises StorageError, in one line without any password, if the address is wrong, if it cannot be opened, reached
        or written, if another program holds it locked, or if a newer program laid it out."""
        parsed = parse_url(url)
        storage = cls(parsed, make_engine(parsed))
        try:
            storage._probe()
        except BaseException:
            storage.close()
            raise
        return storage

    @property
    def address(self) -> str:
        """Which database this is, fit for a log line: a password is replaced by stars."""
        return self._url.set(drivername=self.engine_name).render_as_string(hide_password=True)

    @property
    def engine_name(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._url.get_backend_name()

    @property
    def up_to_date(self) -> bool:
        """Whether the layout is the newest this program knows."""
        with self._connected(writing=False) as connection:
            return schema.current_revision(connection) == schema.REVISIONS[-1]

    def upgrade(self) -> bool:
        """Bring the layout to the newest version; whether there was anything to do. Two processes may try at once."""
        if self.up_to_date:
            return False
        with self._connected(writing=True) as connection:
            changed = schema.upgrade(connection)
            transaction = Transaction(connection)
            if changed and transaction.items.count() == 0:
                transaction.search.mark_current()
            return changed

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction for reading: on SQLite a snapshot that no writer disturbs and that holds up none."""
        with self._connected(writing=False) as connection:
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction for writing, committed at the end of the block. Must not be nested: there is one writer at a
        time on SQLite, and a second one in the same thread would wait for itself. Never send inside it."""
        with self._connected(writing=True) as connection:
            yield Transaction(connection)

    def optimise(self) -> None:
        """Let the engine take stock after a large load, so that its plans fit."""
        with self._connected(writing=True) as connection:
            connection.exec_driver_sql("PRAGMA optimize" if self.engine_name == "sqlite" else "ANALYZE")

    def reindex(self, progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
        """Build the search index anew, and what keyword rules are found by, telling `progress` (done, total) as it
        goes; how many items were indexed.

        In many small transactions, so that others write meanwhile; an interrupted one goes on where it stopped. Until
        the end, searches see old entries beside new ones."""
        with self.writing() as tx:
            tx.subscribers.renew_lookups()
            total, done = tx.items.count(), 0
        while True:
            with self.writing() as tx:
                batch = tx.search.reindex_some()
            if not batch:
                return done
            done += batch
            progress(done, total)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _probe(self) -> None:
        with self._connected(writing=True) as connection:
            schema.current_revision(connection)
            if self.engine_name == "sqlite":
                # Undone at once. SQLite lets a transaction for writing begin on a file it may only read.
                connection.exec_driver_sql("PRAGMA user_version = 0")
                connection.rollback()

    @contextmanager
    def _connected(self, *, writing: bool) -> Iterator[Connection]:
        if writing and self.engine_name == "sqlite":
            with self._writer, translated(self._url), self._writing_engine.begin() as connection:
                yield connection
        else:
            with translated(self._url), self._engine.begin() as connection:
                yield connection
