"""The operator's command. Whoever is not one of DIGESTBOT_ADMINS is answered as if it did not exist."""

from bot.core.actions import HoldDelivery, ShowAdmin
from bot.core.model import ChatKind
from bot.rendering.admin_view import admin_view
from bot.rendering.chat_view import Toast, toast
from bot.rendering.message import OutgoingMessage
from bot.tg.ask import Answer, Ask
from bot.tg.desk import Desk
from bot.tg.handlers.coming import unknown_command
from bot.tg.routes import Routes


def routes() -> Routes:
    """Commands and buttons of this module."""
    return Routes(commands={"admin": admin}, buttons={ShowAdmin: refresh, HoldDelivery: hold})


def admin(desk: Desk, ask: Ask) -> Answer:
    """`/admin`, in a private chat with an operator."""
    if not _allowed(desk, ask):
        return unknown_command(desk, ask, "admin")
    return Answer((_message(desk, ask),))


def refresh(desk: Desk, ask: Ask, _action: ShowAdmin) -> Answer:
    """The figures as they are now, in place."""
    return Answer(edit=_message(desk, ask)) if _allowed(desk, ask) else _refused(desk, ask)


def hold(desk: Desk, ask: Ask, action: HoldDelivery) -> Answer:
    """Hold all pushes, or let them go."""
    if not _allowed(desk, ask):
        return _refused(desk, ask)
    desk.control.hold(action.on)
    said = toast(desk.reader(ask).look.translator, Toast.HELD if action.on else Toast.RELEASED)
    return Answer(edit=_message(desk, ask), toast=said)


def _allowed(desk: Desk, ask: Ask) -> bool:
    return ask.kind is ChatKind.PRIVATE and ask.user_id in desk.admins


def _refused(desk: Desk, ask: Ask) -> Answer:
    return Answer(toast=toast(desk.reader(ask).look.translator, Toast.NOT_ADMIN))


def _message(desk: Desk, ask: Ask) -> OutgoingMessage:
    return admin_view(desk.control.report(now=ask.now), desk.reader(ask).look)
