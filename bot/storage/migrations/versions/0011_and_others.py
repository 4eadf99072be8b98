"""Authors' names as they are compared, without "and others": `merve` and `merve 等` are one."""

import sqlalchemy as sa
from alembic import op

from bot.core.authors import person_key

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Compare the names that are known by their new keys."""
    author = sa.table("author", sa.column("id"), sa.column("name"), sa.column("folded"))
    connection = op.get_bind()
    known = connection.execute(sa.select(author.c.id, author.c.name, author.c.folded)).all()
    changed = [{"key": row.id, "to": key} for row in known if row.name and (key := person_key(row.name)) != row.folded]
    if changed:
        update = sa.update(author).where(author.c.id == sa.bindparam("key")).values(folded=sa.bindparam("to"))
        connection.execute(update, changed)
