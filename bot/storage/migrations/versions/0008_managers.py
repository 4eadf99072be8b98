"""Who brought the bot into which chat, so that it can be managed from their private one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the list of managed chats."""
    op.create_table(
        "manager",
        sa.Column("user_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("chat_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_manager_chat_id", "manager", ["chat_id"])
