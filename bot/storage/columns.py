"""Column types both engines agree on, and the registry of our tables. Apart from the tables so that these, the
statements and the migrations can share them without a circle.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData
from sqlmodel import SQLModel

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere; on SQLite only a plain INTEGER key is the row id and counts up by itself."""


class Row(SQLModel):
    """What every table derives from: our own registry of tables, so that nothing else in the process can join it."""

    metadata = MetaData()


def key(*, counted: bool = False) -> Any:
    """A 64-bit primary key; `counted` lets the database number the rows."""
    return Column(BIG, primary_key=True, autoincrement=counted)


def big(*, primary: bool = False, index: bool = False) -> Any:
    """A 64-bit number that is always there."""
    return Column(BIG, primary_key=primary, autoincrement=False, nullable=False, index=index)


def to(target: str, *, primary: bool = False, index: bool = False) -> Any:
    """A 64-bit reference to `table.column`, deleted with what it points to."""
    return Column(
        BIG,
        ForeignKey(target, ondelete="CASCADE"),
        primary_key=primary,
        autoincrement=False,
        nullable=False,
        index=index,
    )
