"""What is read: digests, their items, authors, categories and topics, and the files they came from, as SQLModel
tables. Rows never leave this package; `records` and `bot.core.model` hold what does.

Ids tell the time: a digest's id is its slot in minutes since 1970, an item's id starts with its digest's id and
counts down within it. Walking ids downwards therefore gives the newest digest first and its items in reading order,
whatever order the files arrived in, and a span of dates is a span of ids.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, Table, UniqueConstraint
from sqlmodel import Field

from bot.storage.columns import BIG, Row, big, key, to


class DigestRow(Row, table=True):
    """One Markdown document. Instants are stored in UTC; offsets, in minutes east of it, say how to show them."""

    __tablename__ = "digest"
    id: int = Field(sa_column=key())
    slot: datetime = Field(unique=True)
    slot_offset: int
    date: datetime
    date_offset: int
    title: str
    window_hours: int | None = None
    revision: int
    content_hash: str
    source: str
    changes: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    created: datetime
    updated: datetime


class CategoryRow(Row, table=True):
    """A publisher's category as written, and folded for finding."""

    __tablename__ = "category"
    id: int | None = Field(default=None, sa_column=key(counted=True))
    name: str = Field(unique=True)
    folded: str = Field(index=True)


class DigestCategoryRow(Row, table=True):
    """Which categories a digest carries, in its own order."""

    __tablename__ = "digest_category"
    digest_id: int = Field(sa_column=to("digest.id", primary=True))
    position: int = Field(primary_key=True)
    category_id: int = Field(sa_column=to("category.id", index=True))


class AuthorRow(Row, table=True):
    """One shown name with one handle; either may be empty. The folded forms are what readers' words are found in."""

    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("name", "handle"),)
    id: int | None = Field(default=None, sa_column=key(counted=True))
    name: str
    folded: str
    handle: str = Field(index=True)
    folded_handle: str


class ItemRow(Row, table=True):
    """One numbered entry. `position` is its place in the document; `removed` says a correction took it out."""

    __tablename__ = "item"
    __table_args__ = (
        Index("ix_item_author_id", "author_id", "id"),
        Index("ix_item_digest_id", "digest_id", "position"),
    )
    id: int = Field(sa_column=key())
    digest_id: int = Field(sa_column=to("digest.id"))
    position: int
    number: int
    title: str
    author: str | None = None
    author_id: int | None = Field(default=None, sa_column=Column(BIG, ForeignKey("author.id"), nullable=True))
    url: str | None = None
    canonical_url: str | None = Field(default=None, index=True)
    host: str | None = None
    body: str
    spans: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    fingerprint: str
    removed: bool


class ItemTopicRow(Row, table=True):
    """The topics of an item; `rank` 0 is the best."""

    __tablename__ = "item_topic"
    __table_args__ = (Index("ix_item_topic_topic", "topic", "item_id"),)
    item_id: int = Field(sa_column=to("item.id", primary=True))
    topic: str = Field(primary_key=True)
    rank: int


class StoryRow(Row, table=True):
    """The story an item tells together with others; its id is that of the item it began with."""

    __tablename__ = "story"
    __table_args__ = (Index("ix_story_story_id", "story_id", "item_id"),)
    item_id: int = Field(sa_column=to("item.id", primary=True))
    story_id: int = Field(sa_column=big())


class SourceFileRow(Row, table=True):
    """The last look at each file of a source: what the quarantine list and the check for changed bytes read."""

    __tablename__ = "source_file"
    source: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    content_hash: str
    verdict: str = Field(index=True)
    problems: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    slot: datetime | None = Field(default=None, index=True)
    seen_at: datetime
    modified: datetime | None = None


class PhraseRow(Row, table=True):
    """What readers searched for, where it is too long for a button: the button carries the id."""

    __tablename__ = "phrase"
    id: int | None = Field(default=None, sa_column=key(counted=True))
    text: str = Field(unique=True)


class UntoldRow(Row, table=True):
    """A digest that was stored without looking for the stories of its items: a backlog must not wait for that."""

    __tablename__ = "untold"
    digest_id: int = Field(sa_column=to("digest.id", primary=True))


class MeaningRow(Row, table=True):
    """What an item's text means to an encoder, as numbers of 16 bits each; `fingerprint` is that of the text."""

    __tablename__ = "meaning"
    item_id: int = Field(sa_column=to("item.id", primary=True))
    encoder: str
    fingerprint: str
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MetaRow(Row, table=True):
    """Small facts about the database itself, such as the tokeniser its index was made by."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class LeaseRow(Row, table=True):
    """Who may do what only one process may do, and until when."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    owner: str
    host: str
    pid: int
    acquired: datetime
    expires: datetime


def _table(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


DIGEST = _table(DigestRow)
CATEGORY = _table(CategoryRow)
DIGEST_CATEGORY = _table(DigestCategoryRow)
AUTHOR = _table(AuthorRow)
ITEM = _table(ItemRow)
ITEM_TOPIC = _table(ItemTopicRow)
STORY = _table(StoryRow)
SOURCE_FILE = _table(SourceFileRow)
PHRASE = _table(PhraseRow)
UNTOLD = _table(UntoldRow)
MEANING = _table(MeaningRow)
META = _table(MetaRow)
LEASE = _table(LeaseRow)
