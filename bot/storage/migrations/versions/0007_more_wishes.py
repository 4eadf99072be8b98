"""More wishes: what quiet hours do, fewest items, items a message, the preview of the first link, and repeats."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns, each with what was done so far as its value."""
    op.add_column("subscriber", sa.Column("night", sa.String(), nullable=False, server_default="hold"))
    op.add_column("subscriber", sa.Column("min_items", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("subscriber", sa.Column("per_message", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("subscriber", sa.Column("link_preview", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("subscriber", sa.Column("repeats", sa.String(), nullable=False, server_default="mark"))
    op.add_column("edition", sa.Column("per_message", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("edition", sa.Column("link_preview", sa.Boolean(), nullable=False, server_default=sa.false()))
