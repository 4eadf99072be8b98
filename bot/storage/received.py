"""What one reader was sent, by items. Apart from the ledger, which asks who gets a message; this asks what somebody
has read.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.storage.ledger_rows import NEVER_ARRIVED
from bot.storage.statements import digest_id_from
from bot.storage.subscriber_tables import DELIVERY, EDITION


class Received:
    """Items by their reader."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def item_ids(self, subscriber_id: int, *, since: datetime) -> set[int]:
        """The items that a subscriber was sent, or is about to be, in digests whose slot is not earlier."""
        query = (
            select(EDITION.c.item_ids)
            .join(DELIVERY, DELIVERY.c.edition_id == EDITION.c.id)
            .where(
                DELIVERY.c.subscriber_id == subscriber_id,
                DELIVERY.c.digest_id >= digest_id_from(since),
                DELIVERY.c.state.not_in(NEVER_ARRIVED),
            )
        )
        return {item_id for item_ids in self._connection.execute(query).scalars() for item_id in item_ids}
