"""What items mean, as vectors: for whoever installed the extra that compares them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; it stays empty where the extra is not used."""
    op.create_table(
        "meaning",
        sa.Column("item_id", BIG, sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("encoder", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
    )
