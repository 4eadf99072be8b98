"""Digests whose stories are still to be found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the list of digests that were stored without looking for their stories."""
    op.create_table(
        "untold",
        sa.Column("digest_id", BIG, sa.ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True),
    )
