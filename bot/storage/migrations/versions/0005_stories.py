"""Which items tell one story, and which of an edition's items its readers have seen before."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table of stories and the list of items seen before."""
    op.create_table(
        "story",
        sa.Column("item_id", BIG, sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("story_id", BIG, nullable=False),
    )
    op.create_index("ix_story_story_id", "story", ["story_id", "item_id"])
    op.add_column("edition", sa.Column("seen", sa.JSON(), nullable=False, server_default="[]"))
