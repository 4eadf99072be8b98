"""What delivery asks of whoever sends for it: the seam between deciding and Telegram, so that services know no library
and tests need no network.
"""

from typing import Protocol

from bot.core.ledger import SendResult
from bot.core.model import Place
from bot.rendering.message import OutgoingMessage


class Sender(Protocol):
    """Makes one Bot API call a time. Every outcome is a value, not an error; only TransportError is raised, when the
    server refuses the whole bot."""

    async def send(
        self, message: OutgoingMessage, place: Place, *, paid: bool = False, reply_to: int | None = None
    ) -> SendResult:
        """Send one message; `paid` pays for going over the free rate; `reply_to` is a message of the same chat, and
        is ignored when that is gone."""
        ...

    async def edit(self, message: OutgoingMessage, place: Place, message_id: int) -> SendResult:
        """Replace a message already sent, without a notification; one that already reads so counts as Sent."""
        ...
