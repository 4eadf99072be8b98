"""Schedules: what each reader is owed and when, which digests were announced, and roundups in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
_PLANNED = "state = 'planned'"


def upgrade() -> None:
    """Make the tables; whoever has a schedule is looked at from now on, and what was pushed counts as announced."""
    op.add_column("subscriber", sa.Column("returned", AT, nullable=True))
    op.add_column("edition", sa.Column("roundup", sa.String(), nullable=False, server_default=""))
    op.add_column("edition", sa.Column("more", sa.Integer(), nullable=False, server_default="0"))
    _add_occasion()
    op.create_table(
        "agenda",
        _to("subscriber_id", "subscriber.id"),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("looked", AT, nullable=False),
        sa.Column("wishes", sa.String(), nullable=False),
        sa.Column("held", AT, nullable=True),
        sa.Column("since", AT, nullable=True),
        sa.Column("owed", sa.String(), nullable=False),
        sa.Column("slots", sa.String(), nullable=False),
        sa.Column("waiting", sa.String(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_agenda_due_at", "agenda", ["due_at", "subscriber_id"])
    pending = sa.text("pending = 1")
    op.create_index("ix_agenda_pending", "agenda", ["subscriber_id"], sqlite_where=pending, postgresql_where=pending)
    op.create_table("announced", _to("digest_id", "digest.id"), sa.Column("at", AT, nullable=False))
    op.create_index("ix_announced_at", "announced", ["at"])
    op.create_table(
        "roundup_digest",
        _to("digest_id", "digest.id"),
        _to("edition_id", "edition.id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_roundup_digest_edition_id", "roundup_digest", ["edition_id"])
    op.execute(
        "INSERT INTO announced (digest_id, at) "
        "SELECT id, created FROM digest WHERE id IN (SELECT digest_id FROM edition)"
    )
    op.execute(
        "INSERT INTO agenda (subscriber_id, due_at, looked, wishes, owed, slots, waiting, pending) "
        "SELECT id, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '', '', '', '', 0 FROM subscriber WHERE schedule <> 'each'"
    )


def _to(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, BIG, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True, autoincrement=False)


def _add_occasion() -> None:
    """Of a digest and several roundups that end with it, a reader may have several deliveries; and those planned are
    now taken in order of their time."""
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_delivery()
        return
    op.add_column("delivery", sa.Column("occasion", BIG, nullable=False, server_default="0"))
    op.drop_constraint("delivery_digest_id_subscriber_id_key", "delivery", type_="unique")
    op.create_unique_constraint(None, "delivery", ["digest_id", "subscriber_id", "occasion"])
    op.drop_index("ix_delivery_planned", "delivery")
    op.create_index("ix_delivery_planned", "delivery", ["due_at", "id"], postgresql_where=sa.text(_PLANNED))


_OLD = (
    *("id", "digest_id", "edition_id", "subscriber_id", "state", "parts_sent", "message_ids", "attempts", "due_at"),
    *("lease_until", "error", "updated", "revision"),
)


def _rebuild_delivery() -> None:
    """SQLite cannot change what is unique in a table: a new one takes its place. Dropping the old one takes the rows
    that point to it along, so those are kept aside."""
    op.create_table(
        "delivery_anew",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("digest_id", BIG, sa.ForeignKey("digest.id", ondelete="CASCADE"), nullable=False),
        sa.Column("edition_id", BIG, sa.ForeignKey("edition.id", ondelete="CASCADE"), nullable=False),
        sa.Column("subscriber_id", BIG, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("parts_sent", sa.Integer(), nullable=False),
        sa.Column("message_ids", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("lease_until", AT, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("updated", AT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("occasion", BIG, nullable=False, server_default="0"),
        sa.UniqueConstraint("digest_id", "subscriber_id", "occasion"),
        sqlite_autoincrement=True,
    )
    names = ", ".join(_OLD)
    op.execute(f"INSERT INTO delivery_anew ({names}) SELECT {names} FROM delivery ORDER BY id")  # noqa: S608 - our own names
    op.execute("CREATE TEMPORARY TABLE correction_aside AS SELECT * FROM correction")
    op.execute("DROP TABLE delivery")
    op.execute("ALTER TABLE delivery_anew RENAME TO delivery")
    op.execute("INSERT INTO correction SELECT * FROM correction_aside")
    op.execute("DROP TABLE correction_aside")
    op.create_index("ix_delivery_edition_id", "delivery", ["edition_id"])
    op.create_index("ix_delivery_subscriber_id", "delivery", ["subscriber_id", "digest_id"])
    for name, column, where in (
        ("ix_delivery_planned", ["due_at", "id"], _PLANNED),
        ("ix_delivery_retry", ["due_at"], "state = 'retry'"),
        ("ix_delivery_flying", ["id"], "state IN ('claimed', 'sending')"),
        ("ix_delivery_lost", ["state", "error"], "state IN ('failed', 'gone', 'unknown')"),
    ):
        op.create_index(name, "delivery", column, sqlite_where=sa.text(where))
