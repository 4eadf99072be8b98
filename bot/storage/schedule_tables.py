"""When readers are owed what, and which digests were announced, as SQLModel tables. Apart from the readers' own table,
which is rewritten when they change their minds and not whenever the clock strikes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from bot.storage.columns import Row, to


class AgendaRow(Row, table=True):
    """How far one reader's schedule was looked after (`bot.core.agenda.Agenda`). Readers who want each digest as it
    comes have no row until something is held for them. `pending` repeats that something is."""

    __tablename__ = "agenda"
    __table_args__ = (
        Index("ix_agenda_due_at", "due_at", "subscriber_id"),
        Index(
            "ix_agenda_pending",
            "subscriber_id",
            postgresql_where=text("pending = 1"),
            sqlite_where=text("pending = 1"),
        ),
        {"sqlite_with_rowid": False},
    )
    subscriber_id: int = Field(sa_column=to("subscriber.id", primary=True))
    due_at: datetime | None = None
    looked: datetime
    wishes: str
    held: datetime | None = None
    since: datetime | None = None
    owed: str
    slots: str
    waiting: str
    pending: int = Field(sa_column_kwargs={"server_default": "0"})


class AnnouncedRow(Row, table=True):
    """A digest that readers are told of, and since when; what was stored silently has no row."""

    __tablename__ = "announced"
    digest_id: int = Field(sa_column=to("digest.id", primary=True))
    at: datetime = Field(index=True)


class RoundupDigestRow(Row, table=True):
    """The digests whose items a roundup holds."""

    __tablename__ = "roundup_digest"
    __table_args__ = ({"sqlite_with_rowid": False},)
    digest_id: int = Field(sa_column=to("digest.id", primary=True))
    edition_id: int = Field(sa_column=to("edition.id", primary=True, index=True))


def _table(row: type[Row]) -> Any:
    return Row.metadata.tables[str(row.__tablename__)]


AGENDA = _table(AgendaRow)
ANNOUNCED = _table(AnnouncedRow)
ROUNDUP_DIGEST = _table(RoundupDigestRow)
