"""The delivery ledger: editions, batches of readers, and one row a delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the ledger."""
    op.create_table(
        "edition",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("digest_id", BIG, sa.ForeignKey("digest.id", ondelete="CASCADE"), nullable=False),
        sa.Column("item_ids", sa.JSON(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("rich", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("parts", sa.String(), nullable=True),
    )
    op.create_index("ix_edition_digest_id", "edition", ["digest_id"])
    op.create_table(
        "batch",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("edition_id", BIG, sa.ForeignKey("edition.id", ondelete="CASCADE"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subscriber_ids", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_batch_due_at", "batch", ["due_at", "id"])
    op.create_index("ix_batch_edition_id", "batch", ["edition_id"])
    op.create_table(
        "delivery",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("digest_id", BIG, sa.ForeignKey("digest.id", ondelete="CASCADE"), nullable=False),
        sa.Column("edition_id", BIG, sa.ForeignKey("edition.id", ondelete="CASCADE"), nullable=False),
        sa.Column("subscriber_id", BIG, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("parts_sent", sa.Integer(), nullable=False),
        sa.Column("message_ids", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("digest_id", "subscriber_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_edition_id", "delivery", ["edition_id"])
    op.create_index(
        "ix_delivery_flying",
        "delivery",
        ["id"],
        sqlite_where=sa.text("state IN ('claimed', 'sending')"),
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_delivery_lost",
        "delivery",
        ["state", "error"],
        sqlite_where=sa.text("state IN ('failed', 'gone', 'unknown')"),
        postgresql_where=sa.text("state IN ('failed', 'gone', 'unknown')"),
    )
    op.create_index(
        "ix_delivery_planned",
        "delivery",
        ["digest_id", "id"],
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_delivery_retry",
        "delivery",
        ["due_at"],
        sqlite_where=sa.text("state = 'retry'"),
        postgresql_where=sa.text("state = 'retry'"),
    )
    op.create_index("ix_delivery_subscriber_id", "delivery", ["subscriber_id", "digest_id"])
