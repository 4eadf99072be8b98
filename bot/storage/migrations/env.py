"""How Alembic runs here: on the connection and in the transaction that `bot.storage.schema` hands over, never from a
file of settings and never by itself.
"""

from alembic import context

from bot.storage import subscriber_tables as _subscriber_tables  # noqa: F401 - its tables join the metadata below
from bot.storage import tables as _tables  # noqa: F401 - the same
from bot.storage.columns import Row
from bot.storage.schema import VERSION_TABLE, include_object

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=True,
    include_object=include_object,
)
context.run_migrations()
