"""Digests, items, their search index, and the readers with their wishes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the archive, the readers and the index."""
    op.create_table(
        "author",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("folded_handle", sa.String(), nullable=False),
        sa.UniqueConstraint("name", "handle"),
    )
    op.create_index("ix_author_handle", "author", ["handle"])
    op.create_table(
        "category",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_category_folded", "category", ["folded"])
    op.create_table(
        "digest",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot_offset", sa.Integer(), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_offset", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("window_hours", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("slot"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("acquired", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
    )
    op.create_table(
        "source_file",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("path", sa.String(), primary_key=True),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_source_file_slot", "source_file", ["slot"])
    op.create_index("ix_source_file_verdict", "source_file", ["verdict"])
    op.create_table(
        "subscriber",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("thread_id", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("each", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("quiet", sa.String(), nullable=True),
        sa.Column("rich", sa.Integer(), nullable=False),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.Column("follows", sa.Integer(), nullable=False),
        sa.UniqueConstraint("chat_id", "thread_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_subscriber_schedule",
        "subscriber",
        ["schedule", "time_zone"],
        sqlite_where=sa.text("each = 0"),
        postgresql_where=sa.text("each = 0"),
    )
    op.create_table(
        "term",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("lookup", sa.String(), nullable=True),
        sa.UniqueConstraint("kind", "value"),
    )
    op.create_index("ix_term_lookup", "term", ["lookup"])
    op.create_table(
        "digest_category",
        sa.Column(
            "digest_id", BIG, sa.ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("category_id", BIG, sa.ForeignKey("category.id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index("ix_digest_category_category_id", "digest_category", ["category_id"])
    op.create_table(
        "item",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("digest_id", BIG, sa.ForeignKey("digest.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("author_id", BIG, sa.ForeignKey("author.id"), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("canonical_url", sa.String(), nullable=True),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_item_author_id", "item", ["author_id", "id"])
    op.create_index("ix_item_canonical_url", "item", ["canonical_url"])
    op.create_index("ix_item_digest_id", "item", ["digest_id", "position"])
    op.create_table(
        "rule",
        sa.Column(
            "subscriber_id",
            BIG,
            sa.ForeignKey("subscriber.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("term_id", BIG, sa.ForeignKey("term.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("action", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rule_term_id", "rule", ["term_id", "action", "subscriber_id"])
    op.create_table(
        "item_topic",
        sa.Column("item_id", BIG, sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("topic", sa.String(), primary_key=True),
        sa.Column("rank", sa.Integer(), nullable=False),
    )
    op.create_index("ix_item_topic_topic", "item_topic", ["topic", "item_id"])
    op.create_table(
        "saved",
        sa.Column(
            "subscriber_id",
            BIG,
            sa.ForeignKey("subscriber.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("item_id", BIG, sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_saved_item_id", "saved", ["item_id"])
    if op.get_bind().dialect.name == "sqlite":
        # Rows stay readable and deletable: a contentless index would need the old tokens to forget an item.
        op.execute("CREATE VIRTUAL TABLE item_fts USING fts5(title, body, tokenize='ascii', prefix='1')")
        return
    op.execute(
        "CREATE TABLE item_fts (id bigint PRIMARY KEY REFERENCES item (id) ON DELETE CASCADE, t tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX item_fts_t ON item_fts USING gin (t)")
    # How rare a word is decides the plan; at the default of 100 the planner walks the whole table for frequent words.
    op.execute("ALTER TABLE item_fts ALTER t SET STATISTICS 1000")
