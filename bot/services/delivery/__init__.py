"""Sending what is due: the deliverer for pushes, the paced sender for answers, and what both are made of."""

from bot.services.delivery.calls import Calls, Figures
from bot.services.delivery.deliverer import Deliverer
from bot.services.delivery.replies import PacedSender
from bot.services.delivery.sender import Sender
from bot.services.delivery.settings import DeliverySettings
from bot.services.delivery.store import DeliveryStore, Render
from bot.services.delivery.turns import Turns

__all__ = [
    "Calls",
    "Deliverer",
    "DeliverySettings",
    "DeliveryStore",
    "Figures",
    "PacedSender",
    "Render",
    "Sender",
    "Turns",
]
