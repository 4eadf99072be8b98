"""Corrections of what was sent: what an edition's messages hold and since when, and what each delivery shows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the marks that corrections go by, and the table of edits that wait."""
    op.add_column("edition", sa.Column("layout", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("edition", sa.Column("changed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("edition", sa.Column("correcting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("edition", sa.Column("complete", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_edition_correcting",
        "edition",
        ["digest_id"],
        sqlite_where=sa.text("correcting = 1"),
        postgresql_where=sa.text("correcting"),
    )
    op.add_column("delivery", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "correction",
        sa.Column("delivery_id", BIG, sa.ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
