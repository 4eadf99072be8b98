"""Who reads: subscribers with their preferences, rules and bookmarks, and the delivery ledger, as SQLModel tables.

A rule points to a term shared by everybody who wrote the same wish, so that a digest is matched once per term and
the readers of a term are found by one walk over an index.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, UniqueConstraint, false, text
from sqlmodel import Field

from bot.storage.columns import BIG, Row, big, key, to


class SubscriberRow(Row, table=True):
    """A chat or a forum topic of it (`thread_id` 0: none). `each` and `follows` repeat what the schedule and the rules
    say, so that planning reads one table; `returned` is when a pause ended last."""

    __tablename__ = "subscriber"
    __table_args__ = (
        UniqueConstraint("chat_id", "thread_id"),
        Index(
            "ix_subscriber_schedule",
            "schedule",
            "time_zone",
            postgresql_where=text("each = 0"),
            sqlite_where=text("each = 0"),
        ),
        # Never give a forgotten reader's id to somebody else: packed batches may still name it.
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=key(counted=True))
    chat_id: int = Field(sa_column=big())
    thread_id: int = Field(sa_column=big())
    kind: str
    title: str
    language: str
    state: str
    state_reason: str
    since: datetime
    updated: datetime
    style: str
    script: str
    schedule: str
    each: int
    time_zone: str | None = None
    quiet: str | None = None
    rich: int
    silent: int
    follows: int
    night: str = Field(sa_column_kwargs={"server_default": "hold"})
    min_items: int = Field(sa_column_kwargs={"server_default": "1"})
    per_message: int = Field(sa_column_kwargs={"server_default": "0"})
    link_preview: int = Field(sa_column_kwargs={"server_default": "0"})
    repeats: str = Field(sa_column_kwargs={"server_default": "mark"})
    returned: datetime | None = None


class TermRow(Row, table=True):
    """What rules speak of. `value` is normalised; a keyword's `lookup` is the one index token it is found by."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("kind", "value"),)
    id: int | None = Field(default=None, sa_column=key(counted=True))
    kind: str
    value: str
    lookup: str | None = Field(default=None, index=True)


class RuleRow(Row, table=True):
    """One wish of a subscriber; `value` as written, `position` its place in the reader's list."""

    __tablename__ = "rule"
    __table_args__ = (Index("ix_rule_term_id", "term_id", "action", "subscriber_id"), {"sqlite_with_rowid": False})
    subscriber_id: int = Field(sa_column=to("subscriber.id", primary=True))
    term_id: int = Field(sa_column=to("term.id", primary=True))
    action: str = Field(primary_key=True)
    value: str
    position: int
    created: datetime


class SavedRow(Row, table=True):
    """A bookmark."""

    __tablename__ = "saved"
    __table_args__ = ({"sqlite_with_rowid": False},)
    subscriber_id: int = Field(sa_column=to("subscriber.id", primary=True))
    item_id: int = Field(sa_column=to("item.id", primary=True, index=True))
    at: datetime


class ManagerRow(Row, table=True):
    """Somebody who brought the bot into a chat or set it up there; which does not mean that they still may."""

    __tablename__ = "manager"
    __table_args__ = ({"sqlite_with_rowid": False},)
    user_id: int = Field(sa_column=big(primary=True))
    chat_id: int = Field(sa_column=big(primary=True, index=True))
    kind: str
    title: str


class EditionRow(Row, table=True):
    """What one group of subscribers with the same choice receives of one digest; `parts` and their `layout` once
    rendered. `changed` is the revision at which a part changed last, `correcting` that messages may be out of date,
    `complete` that its readers take everything. `roundup`: the heading of a roundup in its stored form, empty for a
    digest's push; `more` counts what a roundup has no room for."""

    __tablename__ = "edition"
    __table_args__ = (
        Index(
            "ix_edition_correcting",
            "digest_id",
            postgresql_where=text("correcting"),
            sqlite_where=text("correcting = 1"),
        ),
    )
    id: int | None = Field(default=None, sa_column=key(counted=True))
    digest_id: int = Field(sa_column=to("digest.id", index=True))
    item_ids: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    style: str
    language: str
    script: str
    rich: bool
    hidden: int
    revision: int
    parts: str | None = None
    layout: list[Any] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    seen: list[Any] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    changed: int = Field(sa_column_kwargs={"server_default": "0"})
    correcting: bool = Field(sa_column_kwargs={"server_default": false()})
    complete: bool = Field(sa_column_kwargs={"server_default": false()})
    per_message: int = Field(sa_column_kwargs={"server_default": "0"})
    link_preview: bool = Field(sa_column_kwargs={"server_default": false()})
    roundup: str = Field(sa_column_kwargs={"server_default": ""})
    more: int = Field(sa_column_kwargs={"server_default": "0"})


class BatchRow(Row, table=True):
    """Up to 500 subscribers of an edition, packed as little-endian 64-bit ids, until they become deliveries."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_due_at", "due_at", "id"),)
    id: int | None = Field(default=None, sa_column=key(counted=True))
    edition_id: int = Field(sa_column=to("edition.id", index=True))
    due_at: datetime
    subscriber_ids: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class DeliveryRow(Row, table=True):
    """One edition for one subscriber. `occasion` 0: the push of the digest, of which there is one; else the id of a
    roundup, which stands in nobody's way. The partial indexes hold only what is not over, however long the ledger
    grows."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("digest_id", "subscriber_id", "occasion"),
        Index("ix_delivery_subscriber_id", "subscriber_id", "digest_id"),
        _partial("ix_delivery_planned", "due_at", "id", where="state = 'planned'"),
        _partial("ix_delivery_retry", "due_at", where="state = 'retry'"),
        _partial("ix_delivery_flying", "id", where="state IN ('claimed', 'sending')"),
        _partial("ix_delivery_lost", "state", "error", where="state IN ('failed', 'gone', 'unknown')"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=key(counted=True))
    digest_id: int = Field(sa_column=to("digest.id"))
    edition_id: int = Field(sa_column=to("edition.id", index=True))
    subscriber_id: int = Field(sa_column=to("subscriber.id"))
    state: str
    parts_sent: int
    message_ids: str
    attempts: int
    due_at: datetime
    lease_until: datetime | None = None
    error: str | None = None
    updated: datetime
    revision: int = Field(sa_column_kwargs={"server_default": "0"})
    occasion: int = Field(sa_column=Column(BIG, nullable=False, server_default="0"))


class CorrectionRow(Row, table=True):
    """The edit of a delivery's messages that could not be made at once, and when it is tried again."""

    __tablename__ = "correction"
    delivery_id: int = Field(sa_column=to("delivery.id", primary=True))
    due_at: datetime
    attempts: int


def _table(row: type[Row]) -> Any:
    return Row.metadata.tables[str(row.__tablename__)]


SUBSCRIBER = _table(SubscriberRow)
TERM = _table(TermRow)
RULE = _table(RuleRow)
SAVED = _table(SavedRow)
MANAGER = _table(ManagerRow)
EDITION = _table(EditionRow)
BATCH = _table(BatchRow)
DELIVERY = _table(DeliveryRow)
CORRECTION = _table(CorrectionRow)
