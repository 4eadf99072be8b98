"""Texts too long for buttons; when a file was written."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table of phrases and the time of writing of source files."""
    op.create_table(
        "phrase",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.UniqueConstraint("text"),
    )
    op.add_column("source_file", sa.Column("modified", sa.DateTime(timezone=True), nullable=True))
